-- What was the busiest hour of the whole country, in each stretch of thirty days?
-- Windows nest: the hourly counts carry the end of their hour (window_time), over which the second window runs.
CREATE TABLE flights (
  `date` TIMESTAMP(3),
  delay BIGINT,
  distance BIGINT,
  origin STRING,
  destination STRING,
  WATERMARK FOR `date` AS `date` - INTERVAL '1' MINUTE
) WITH (
  'connector' = 'filesystem',
  'path' = '../../node_modules/vega-datasets/data/flights-3m.parquet',
  'format' = 'parquet'
);

CREATE VIEW hourly AS
SELECT window_time AS hour_end, COUNT(*) AS departures
FROM TUMBLE(TABLE flights, DESCRIPTOR(`date`), INTERVAL '1' HOUR)
GROUP BY window_start, window_end, window_time;

SELECT window_start, MAX(departures) AS busiest_hour, AVG(departures) AS average_hour, COUNT(*) AS hours
FROM TUMBLE(TABLE hourly, DESCRIPTOR(hour_end), INTERVAL '30' DAY)
GROUP BY window_start, window_end;
