SELECT origin, date_trunc('day', date)::TIMESTAMP AS window_start, COUNT(*) AS departures
FROM read_parquet('{flights}') GROUP BY ALL HAVING COUNT(*) > 975
