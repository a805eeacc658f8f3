-- Which airports had more than 975 departures on one day?
-- A tumbling window of a day; HAVING keeps the busiest. 3 million rows of Parquet in, a few lines out.
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

SELECT origin, window_start, COUNT(*) AS departures
FROM TUMBLE(TABLE flights, DESCRIPTOR(`date`), INTERVAL '1' DAY)
GROUP BY origin, window_start, window_end
HAVING COUNT(*) > 975;
