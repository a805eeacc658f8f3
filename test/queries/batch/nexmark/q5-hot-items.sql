SELECT auction, time_bucket(INTERVAL 2 SECOND, dateTime) + INTERVAL 2 SECOND * k AS window_end, COUNT(*) AS bids
FROM read_json('{bids}', columns = {auction: 'BIGINT', bidder: 'BIGINT', price: 'BIGINT', channel: 'VARCHAR', url: 'VARCHAR', dateTime: 'TIMESTAMP'}), range(1, 6) AS r(k) GROUP BY ALL HAVING COUNT(*) > 110
