-- Where is a week of flights ending today delayed most on average, among airports with 5,000 flights in that week?
-- A hopping window: seven days, moving by one day. Each flight counts in seven windows, shared as daily panes.
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

SELECT origin, window_end, COUNT(*) AS flights, AVG(delay) AS average_delay, MAX(delay) AS worst_delay
FROM HOP(TABLE flights, DESCRIPTOR(`date`), INTERVAL '1' DAY, INTERVAL '7' DAY)
GROUP BY origin, window_start, window_end
HAVING COUNT(*) >= 5000 AND AVG(delay) > 20;
