WITH f AS (SELECT *, CASE WHEN date - lag(date) OVER w <= INTERVAL 36 HOUR THEN 0 ELSE 1 END AS first
  FROM read_parquet('{flights}') WHERE origin IN ('DLG', 'AKN', 'DUT', 'GST') WINDOW w AS (PARTITION BY origin ORDER BY date)),
n AS (SELECT *, SUM(first) OVER (PARTITION BY origin ORDER BY date ROWS UNBOUNDED PRECEDING) AS s FROM f)
SELECT origin, MIN(date) AS first_departure, MAX(date) + INTERVAL 36 HOUR - INTERVAL 1 MILLISECOND AS quiet_by, COUNT(*) AS departures,
  SUM(distance)::BIGINT AS miles FROM n GROUP BY origin, s HAVING COUNT(*) > 5
