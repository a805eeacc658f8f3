-- How many earthquakes does each day have, how strong is the strongest, and how many did people feel?
-- USGS revises events for days, so event time is far out of order: the watermark waits a week, and nothing is late.
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
  WATERMARK FOR occurred AS occurred - INTERVAL '7' DAY
) WITH ('connector' = 'filesystem', 'path' = '../data/earthquakes.ndjson', 'format' = 'json');

SELECT window_start, COUNT(*) AS events, MAX(magnitude) AS strongest, COUNT(felt) AS felt_events, SUM(felt) AS reports
FROM TUMBLE(TABLE earthquakes, DESCRIPTOR(occurred), INTERVAL '1' DAY)
WHERE kind = 'earthquake'
GROUP BY window_start, window_end;
