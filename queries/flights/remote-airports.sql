-- When is there anything going on at small airports far out?
-- A session per airport: departures less than a day and a half apart belong together. Sessions of five flights or fewer are left out.
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

SELECT origin, window_start AS first_departure, window_time AS quiet_by, COUNT(*) AS departures, SUM(distance) AS miles
FROM SESSION(
  TABLE flights PARTITION BY origin, DESCRIPTOR(`date`), INTERVAL '36' HOUR)
WHERE origin IN ('DLG', 'AKN', 'DUT', 'GST')
GROUP BY origin, window_start, window_end, window_time
HAVING COUNT(*) > 5;
