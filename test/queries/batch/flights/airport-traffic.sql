SELECT date_trunc('day', date)::TIMESTAMP AS window_start, COUNT(*) AS movements, SUM(o) AS outbound FROM (
  SELECT date, 1 AS o FROM read_parquet('{flights}') WHERE origin = 'DEN' UNION ALL SELECT date, 0 FROM read_parquet('{flights}') WHERE destination = 'DEN')
WHERE date >= TIMESTAMP '2001-06-01' GROUP BY 1
