-- How many flights arrive so late that the hour for which they were planned is already closed?
-- Event time is when the flight was due (its time less its delay), rows come in order of when it flew, and the watermark
-- waits two hours. What comes later is not lost: it stands in "hourly$late", with the windows that it missed.
-- Flags: --changelog final
CREATE TABLE flights (
  `date` TIMESTAMP(3),
  delay BIGINT,
  origin STRING,
  due AS `date` - delay * INTERVAL '1' MINUTE,
  WATERMARK FOR due AS due - INTERVAL '2' HOUR
) WITH (
  'connector' = 'filesystem',
  'path' = '../../node_modules/vega-datasets/data/flights-3m.parquet',
  'format' = 'parquet'
);

CREATE MATERIALIZED VIEW hourly AS
SELECT window_start, COUNT(*) AS flights
FROM TUMBLE(TABLE flights, DESCRIPTOR(due), INTERVAL '1' HOUR)
WHERE origin = 'SFO'
GROUP BY window_start, window_end;

SELECT COUNT(*) AS hours, SUM(flights) AS in_time FROM hourly;
SELECT COUNT(*) AS too_late FROM "hourly$late";
