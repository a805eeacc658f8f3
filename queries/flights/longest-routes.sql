-- Which ten routes have the most air miles in the half year?
-- ORDER BY and LIMIT over input that ends: printed once, in order.
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

SELECT origin, destination, COUNT(*) AS flights, SUM(distance) AS miles
FROM flights
GROUP BY origin, destination
ORDER BY miles DESC
LIMIT 10;
