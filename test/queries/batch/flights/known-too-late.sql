-- The watermark before each row, by hand: the latest due time so far, less two hours.
WITH f AS (SELECT row_number() OVER () AS i, origin, date - delay * INTERVAL 1 MINUTE AS due FROM read_parquet('{flights}')),
w AS (SELECT *, MAX(due) OVER (ORDER BY i ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) - INTERVAL 2 HOUR AS watermark FROM f),
j AS (SELECT date_trunc('hour', due) AS h,
  coalesce(date_trunc('hour', due) + INTERVAL 1 HOUR - INTERVAL 1 MILLISECOND <= watermark, false) AS late FROM w WHERE origin = 'SFO')
SELECT COUNT(DISTINCT h) FILTER (WHERE NOT late) AS hours, COUNT(*) FILTER (WHERE NOT late) AS in_time, NULL AS too_late FROM j
UNION ALL SELECT NULL, NULL, COUNT(*) FILTER (WHERE late) FROM j
