WITH h AS (SELECT date_trunc('hour', date) AS h, COUNT(*) AS n FROM read_parquet('{flights}') GROUP BY 1)
SELECT time_bucket(INTERVAL 30 DAY, h, TIMESTAMP '1970-01-01') AS window_start, MAX(n) AS busiest_hour, AVG(n) AS average_hour, COUNT(*) AS hours
FROM h GROUP BY 1
