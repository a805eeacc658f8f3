SELECT CASE WHEN delay < 0 THEN '1 early' WHEN delay <= 15 THEN '2 on time' WHEN delay <= 60 THEN '3 up to an hour' ELSE '4 more than an hour' END AS class, COUNT(*) AS flights, SUM(distance)::DOUBLE / COUNT(*) AS average_miles, MAX(delay) AS worst
FROM read_parquet('{flights}') GROUP BY 1
