WITH f AS (SELECT *, CASE WHEN dateTime - lag(dateTime) OVER w <= INTERVAL 10 SECOND THEN 0 ELSE 1 END AS first
  FROM read_json('{bids}', columns = {auction: 'BIGINT', bidder: 'BIGINT', price: 'BIGINT', channel: 'VARCHAR', url: 'VARCHAR', dateTime: 'TIMESTAMP'}) WINDOW w AS (PARTITION BY bidder ORDER BY dateTime)),
n AS (SELECT *, SUM(first) OVER (PARTITION BY bidder ORDER BY dateTime ROWS UNBOUNDED PRECEDING) AS s FROM f)
SELECT bidder, MIN(dateTime) AS window_start, MAX(dateTime) + INTERVAL 10 SECOND AS window_end, COUNT(*) AS bids
FROM n GROUP BY bidder, s HAVING COUNT(*) > 400
