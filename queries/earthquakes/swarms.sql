-- Where did the earth shake in swarms: at least 12 events of one network less than half an hour apart?
-- A session window over unordered rows: a late revision may join two sessions into one.
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

SELECT network, window_start, window_end, COUNT(*) AS events, MAX(magnitude) AS strongest
FROM SESSION(TABLE earthquakes PARTITION BY network, DESCRIPTOR(occurred), INTERVAL '30' MINUTE)
GROUP BY network, window_start, window_end
HAVING COUNT(*) >= 12;
