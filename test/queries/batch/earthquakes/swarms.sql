WITH f AS (SELECT *, CASE WHEN occurred - lag(occurred) OVER w <= INTERVAL 30 MINUTE THEN 0 ELSE 1 END AS first
  FROM (SELECT * REPLACE (make_timestamp(occurred * 1000) AS occurred) FROM read_json('{earthquakes}', columns = {id: 'VARCHAR', occurred: 'BIGINT', magnitude: 'DOUBLE', place: 'VARCHAR', network: 'VARCHAR', kind: 'VARCHAR', felt: 'INTEGER', location: 'STRUCT(depth_km DOUBLE)'})) WINDOW w AS (PARTITION BY network ORDER BY occurred)),
n AS (SELECT *, SUM(first) OVER (PARTITION BY network ORDER BY occurred ROWS UNBOUNDED PRECEDING) AS s FROM f)
SELECT network, MIN(occurred) AS window_start, MAX(occurred) + INTERVAL 30 MINUTE AS window_end, COUNT(*) AS events,
  MAX(magnitude) AS strongest FROM n GROUP BY network, s HAVING COUNT(*) >= 12
