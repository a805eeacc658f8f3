-- How does the first Monday of April 2001 fill up at Chicago O'Hare, in steps of four hours?
-- A cumulating window: every four hours the day so far, until the day is complete.
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

SELECT window_end AS until_then, COUNT(*) AS departures, SUM(distance) AS miles, COUNT(*) FILTER (WHERE delay > 15) AS delayed
FROM CUMULATE(
  TABLE flights, DESCRIPTOR(`date`), step => INTERVAL '4' HOUR, size => INTERVAL '1' DAY)
WHERE origin = 'ORD' AND window_start = TIMESTAMP '2001-04-02 00:00:00'
GROUP BY window_start, window_end;
