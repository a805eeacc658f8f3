-- Which events were of magnitude 5.5 and more, and how deep?
-- No window: every row that passes is printed as it is read. `location` is a nested object of the record.
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

SELECT occurred, magnitude, UPPER(network) AS network, ROUND(location.depth_km, 1) AS depth_km, place
FROM earthquakes
WHERE magnitude >= 5.5;
