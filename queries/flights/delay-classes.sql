-- How are delays spread over classes, and how far do those flights go?
-- Flags: --changelog final
-- GROUP BY without a window: a result that changes with every row; `--changelog final` prints it once, at the end.
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

SELECT
  CASE
    WHEN delay < 0 THEN '1 early'
    WHEN delay <= 15 THEN '2 on time'
    WHEN delay <= 60 THEN '3 up to an hour'
    ELSE '4 more than an hour'
  END AS class,
  COUNT(*) AS flights,
  AVG(distance) AS average_miles,
  MAX(delay) AS worst
FROM flights
GROUP BY CASE
    WHEN delay < 0 THEN '1 early'
    WHEN delay <= 15 THEN '2 on time'
    WHEN delay <= 60 THEN '3 up to an hour'
    ELSE '4 more than an hour'
  END;
