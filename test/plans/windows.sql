-- W7: which GROUP BY is a window aggregate, what fuses, and what keeps its window in columns.
CREATE TABLE t (k STRING, v BIGINT, w INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND);
CREATE TABLE u (k STRING, v BIGINT, w INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '1' SECOND);

-- TUMBLE: one bound is enough
SELECT k, window_end, SUM(v) FROM TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '10' SECOND, INTERVAL '2' SECOND) GROUP BY k, window_end;
-- CUMULATE: window_start is not enough, so the GROUP BY is updating
SELECT window_start, SUM(v) FROM CUMULATE(TABLE t, DESCRIPTOR(ts), INTERVAL '5' SECOND, INTERVAL '15' SECOND) GROUP BY window_start;
SELECT window_end, SUM(v) FROM CUMULATE(TABLE t, DESCRIPTOR(ts), INTERVAL '5' SECOND, INTERVAL '15' SECOND) GROUP BY window_end;
-- filters below and above a window function become one
SELECT window_end, k, COUNT(*) FROM TUMBLE((SELECT k, v, ts FROM t WHERE w > 1), DESCRIPTOR(ts), 10s) WHERE v > 2 GROUP BY window_end, k;
-- a filter on the window's columns keeps the window in columns
SELECT window_end, k, COUNT(*) FROM TUMBLE(TABLE t, DESCRIPTOR(ts), 10s) WHERE v > 2 AND window_start >= '2026-01-01 00:00:00' GROUP BY window_end, k;
-- so does an aggregate that reads them
SELECT window_end, MAX(window_end - ts) FROM TUMBLE(TABLE t, DESCRIPTOR(ts), 10s) GROUP BY window_end;
-- SESSION: a filter above bridges, a filter below does not
SELECT k, window_start, window_end, COUNT(*) FROM SESSION(TABLE t PARTITION BY k, DESCRIPTOR(ts), 10s) WHERE v > 2 GROUP BY k, window_start, window_end;
SELECT k, window_end, COUNT(*) FROM SESSION((SELECT k, ts FROM t WHERE v > 2) PARTITION BY k, DESCRIPTOR(ts), 10s) GROUP BY k, window_end;
-- SESSION without partition, and grouped by other keys than its own
SELECT window_start, window_end, COUNT(*) FROM SESSION(TABLE t, DESCRIPTOR(ts), 10s) GROUP BY window_start, window_end;
SELECT w, window_start, window_end, COUNT(*) FROM SESSION(TABLE t PARTITION BY k, DESCRIPTOR(ts), 10s) GROUP BY w, window_start, window_end;
SELECT w, window_end, COUNT(*) FROM SESSION(TABLE t PARTITION BY k, DESCRIPTOR(ts), 10s) GROUP BY w, window_end;
-- plain output
SELECT k, window_start, window_end, window_time FROM TUMBLE(TABLE t, DESCRIPTOR(ts), 10s) WHERE v > 2;
SELECT k, v, window_end FROM SESSION(TABLE t PARTITION BY k, DESCRIPTOR(ts), 10s) WHERE v > 2;
-- R5: nested by window_time, over two levels
CREATE VIEW minutes AS SELECT k, window_time AS wt, SUM(v) AS s FROM TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' MINUTE) GROUP BY k, window_start, window_end, window_time;
SELECT window_end, k, SUM(s), COUNT(*) FROM TUMBLE(TABLE minutes, DESCRIPTOR(wt), INTERVAL '1' HOUR) GROUP BY window_end, k;
-- the same window again: grouped by its columns
SELECT window_start, window_end, MAX(n) FROM (
  SELECT k, window_start, window_end, COUNT(*) AS n FROM HOP(TABLE t, DESCRIPTOR(ts), 5s, 10s) GROUP BY k, window_start, window_end
) GROUP BY window_start, window_end;
-- a window over UNION ALL
SELECT window_end, COUNT(*) FROM TUMBLE((SELECT ts, v FROM t UNION ALL SELECT ts, v FROM u), DESCRIPTOR(ts), 10s) WHERE v > 1 GROUP BY window_end;
-- DISTINCT over a window is one too
SELECT DISTINCT window_end, k FROM TUMBLE(TABLE t, DESCRIPTOR(ts), 10s);
-- HAVING, expressions over groups
SELECT k, window_end, SUM(v) * 2 AS double FROM TUMBLE(TABLE t, DESCRIPTOR(ts), 10s) GROUP BY k, window_end HAVING COUNT(*) > 1;
