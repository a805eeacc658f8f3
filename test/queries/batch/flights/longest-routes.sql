SELECT origin, destination, COUNT(*) AS flights, SUM(distance)::BIGINT AS miles FROM read_parquet('{flights}')
GROUP BY ALL ORDER BY miles DESC LIMIT 10
