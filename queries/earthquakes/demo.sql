-- What does a week of earthquakes look like, 20,000 times as fast? `tidemark demo` runs this where it has no flights.
-- Three queries over one file: a hop, a session, and a window whose rows come late.
CREATE TABLE earthquakes (
  occurred TIMESTAMP(3),
  updated TIMESTAMP(3),
  magnitude DOUBLE,
  network STRING,
  WATERMARK FOR occurred AS occurred - INTERVAL '1' DAY
) WITH ('connector' = 'filesystem', 'path' = '../data/earthquakes.ndjson', 'format' = 'json', 'speed' = '20000x');

-- A day, moving by two hours: which networks' earthquakes are strongest on average?
CREATE MATERIALIZED VIEW sliding AS
SELECT network AS name, window_end, COUNT(*) AS events, AVG(magnitude) AS amount
FROM HOP(TABLE earthquakes, DESCRIPTOR(occurred), INTERVAL '2' HOUR, INTERVAL '24' HOUR)
GROUP BY network, window_start, window_end;

-- A swarm: events of one network less than half an hour apart.
CREATE MATERIALIZED VIEW sessions AS
SELECT network AS name, window_start, window_end - INTERVAL '30' MINUTE AS last_event, window_end, COUNT(*) AS events
FROM SESSION(TABLE earthquakes PARTITION BY network, DESCRIPTOR(occurred), INTERVAL '30' MINUTE)
GROUP BY network, window_start, window_end
HAVING COUNT(*) >= 6;

-- Events by the hour. USGS revises some for days; what comes a day late misses its window: "hourly$late" has it.
CREATE MATERIALIZED VIEW hourly AS
SELECT window_end, COUNT(*) AS events
FROM TUMBLE(TABLE earthquakes, DESCRIPTOR(occurred), INTERVAL '1' HOUR)
GROUP BY window_start, window_end;
