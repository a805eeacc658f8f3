-- How deep are earthquakes, by strength? Read straight from one GeoJSON document of 1.2 MB, as USGS serves it.
-- 'json.records' names the array whose elements are the records; ROW columns address what is nested in them.
-- Flags: --changelog final
CREATE TABLE features (
  id STRING,
  properties ROW<mag DOUBLE, place STRING, `time` BIGINT, net STRING, sig INT, `type` STRING>,
  geometry ROW<`type` STRING>
) WITH (
  'connector' = 'filesystem',
  'path' = '../../node_modules/vega-datasets/data/earthquakes.json',
  'format' = 'json',
  'json.records' = 'features'
);

SELECT FLOOR(properties.mag) AS magnitude, COUNT(*) AS events, MAX(properties.sig) AS most_significant
FROM features
WHERE properties.`type` = 'earthquake' AND properties.mag >= 0
GROUP BY FLOOR(properties.mag);
