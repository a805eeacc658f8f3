SELECT channel_id, COUNT(*) AS bids FROM (SELECT CASE lower(channel) WHEN 'apple' THEN '0' WHEN 'google' THEN '1'
  WHEN 'facebook' THEN '2' WHEN 'baidu' THEN '3'
  ELSE CASE WHEN regexp_matches(url, '(&|^)channel_id=([^&]*)') THEN regexp_extract(url, '(&|^)channel_id=([^&]*)', 2) END END AS channel_id
  FROM read_json('{bids}', columns = {auction: 'BIGINT', bidder: 'BIGINT', price: 'BIGINT', channel: 'VARCHAR', url: 'VARCHAR', dateTime: 'TIMESTAMP'})) WHERE channel_id IS NOT NULL GROUP BY 1 HAVING COUNT(*) > 100
