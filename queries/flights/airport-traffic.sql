-- How many flights touch Denver on each day of June 2001: out and in together?
-- UNION ALL of two views of one stream, which is read once.
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

CREATE VIEW movements AS
SELECT `date`, origin AS airport, 1 AS outbound FROM flights
UNION ALL
SELECT `date`, destination AS airport, 0 AS outbound FROM flights;

SELECT window_start, COUNT(*) AS movements, SUM(outbound) AS outbound
FROM TUMBLE(TABLE movements, DESCRIPTOR(`date`), INTERVAL '1' DAY)
WHERE airport = 'DEN' AND window_start >= TIMESTAMP '2001-06-01 00:00:00'
GROUP BY window_start, window_end;
