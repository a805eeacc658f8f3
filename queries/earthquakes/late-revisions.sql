-- With patience of one day only: which networks' events come too late for their six hours, and how many?
-- Late rows are dropped from the result, counted, and kept with their reason in "six_hours$late".
-- Flags: --changelog final
CREATE TABLE earthquakes (
  id STRING,
  occurred TIMESTAMP(3),
  updated TIMESTAMP(3),
  magnitude DOUBLE,
  place STRING,
  network STRING,
  status STRING,
  kind STRING,
  felt INT,
  location ROW<longitude DOUBLE, latitude DOUBLE, depth_km DOUBLE>,
  WATERMARK FOR occurred AS occurred - INTERVAL '1' DAY
) WITH ('connector' = 'filesystem', 'path' = '../data/earthquakes.ndjson', 'format' = 'json');

CREATE MATERIALIZED VIEW six_hours AS
SELECT window_start, window_end, COUNT(*) AS events
FROM TUMBLE(TABLE earthquakes, DESCRIPTOR(occurred), INTERVAL '6' HOUR)
GROUP BY window_start, window_end;

SELECT COUNT(*) AS windows, SUM(events) AS counted FROM six_hours;
SELECT COUNT(*) AS late FROM "six_hours$late";
