WITH f AS (SELECT row_number() OVER () AS i, occurred FROM (SELECT * REPLACE (make_timestamp(occurred * 1000) AS occurred) FROM read_json('{earthquakes}', columns = {id: 'VARCHAR', occurred: 'BIGINT', magnitude: 'DOUBLE', place: 'VARCHAR', network: 'VARCHAR', kind: 'VARCHAR', felt: 'INTEGER', location: 'STRUCT(depth_km DOUBLE)'}))),
w AS (SELECT *, MAX(occurred) OVER (ORDER BY i ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) - INTERVAL 1 DAY AS watermark FROM f),
j AS (SELECT time_bucket(INTERVAL 6 HOUR, occurred) AS h,
  coalesce(time_bucket(INTERVAL 6 HOUR, occurred) + INTERVAL 6 HOUR - INTERVAL 1 MILLISECOND <= watermark, false) AS late FROM w)
SELECT COUNT(DISTINCT h) FILTER (WHERE NOT late) AS windows, COUNT(*) FILTER (WHERE NOT late) AS counted, NULL AS late FROM j
UNION ALL SELECT NULL, NULL, COUNT(*) FILTER (WHERE late) FROM j
