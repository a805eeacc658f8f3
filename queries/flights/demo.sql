-- What does half a year of US flights look like, 400,000 times as fast? This is what `tidemark demo` runs.
-- Three queries over one file: a hop, a session, and a window whose rows come late.
CREATE TABLE flights (
  `date` TIMESTAMP(3),
  delay BIGINT,
  origin STRING,
  WATERMARK FOR `date` AS `date` - INTERVAL '1' MINUTE
) WITH (
  'connector' = 'filesystem',
  'path' = '../../node_modules/vega-datasets/data/flights-3m.parquet',
  'format' = 'parquet',
  'speed' = '400000x'
);

-- Event time here is when a flight was due, rows come when it flew: the more delayed, the later the row.
CREATE TABLE planned (
  `date` TIMESTAMP(3),
  delay BIGINT,
  due AS `date` - delay * INTERVAL '1' MINUTE,
  WATERMARK FOR due AS due - INTERVAL '2' HOUR
) WITH (
  'connector' = 'filesystem',
  'path' = '../../node_modules/vega-datasets/data/flights-3m.parquet',
  'format' = 'parquet',
  'speed' = '400000x'
);

-- Seven days, moving by one: which airports are delayed most?
CREATE MATERIALIZED VIEW sliding AS
SELECT origin AS name, window_end, COUNT(*) AS events, AVG(delay) AS amount
FROM HOP(TABLE flights, DESCRIPTOR(`date`), INTERVAL '1' DAY, INTERVAL '7' DAY)
GROUP BY origin, window_start, window_end
HAVING COUNT(*) >= 500;

-- A flying day: from the first departure until five quiet hours.
CREATE MATERIALIZED VIEW sessions AS
SELECT origin AS name, window_start, window_end - INTERVAL '5' HOUR AS last_event, window_end, COUNT(*) AS events
FROM SESSION(TABLE flights PARTITION BY origin, DESCRIPTOR(`date`), INTERVAL '5' HOUR)
WHERE origin IN ('SNA', 'DCA', 'SJC', 'LGA')
GROUP BY origin, window_start, window_end;

-- Flights by the hour in which they were due. What is more than two hours late misses its window: "hourly$late" has it.
CREATE MATERIALIZED VIEW hourly AS
SELECT window_end, COUNT(*) AS events
FROM TUMBLE(TABLE planned, DESCRIPTOR(due), INTERVAL '1' HOUR)
GROUP BY window_start, window_end;
