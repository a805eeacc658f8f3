SELECT origin, date_trunc('day', date) + INTERVAL 1 DAY * k AS window_end, COUNT(*) AS flights,
  SUM(delay)::DOUBLE / COUNT(*) AS average_delay, MAX(delay) AS worst_delay
FROM read_parquet('{flights}'), range(1, 8) AS r(k) GROUP BY ALL HAVING COUNT(*) >= 5000 AND AVG(delay) > 20
