SELECT TIMESTAMP '2001-04-02' + INTERVAL 4 HOUR * k AS until_then, COUNT(*) AS departures, SUM(distance)::BIGINT AS miles,
  COUNT(*) FILTER (WHERE delay > 15) AS delayed
FROM read_parquet('{flights}'), range(1, 7) AS r(k)
WHERE origin = 'ORD' AND date >= TIMESTAMP '2001-04-02' AND date < TIMESTAMP '2001-04-02' + INTERVAL 4 HOUR * k GROUP BY k
