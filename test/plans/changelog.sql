-- Changes, keys and state of queries without a window.
CREATE TABLE t (k STRING, v BIGINT, w INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND);
SELECT k, SUM(v), COUNT(DISTINCT w) FILTER (WHERE v > 1) FROM t WHERE w > 0 GROUP BY k;
-- a second aggregate takes rows back
SELECT n, COUNT(*) FROM (SELECT k, COUNT(*) AS n FROM t GROUP BY k) GROUP BY n HAVING COUNT(*) > 1;
-- the key survives a projection that has it, and goes with one that has not
SELECT n * 2 AS n2, k FROM (SELECT k, COUNT(*) AS n FROM t GROUP BY k) WHERE n > 1;
SELECT n FROM (SELECT k, COUNT(*) AS n FROM t GROUP BY k);
SELECT COUNT(*), MAX(v) FROM t;
SELECT DISTINCT k, w FROM t;
SELECT k FROM t UNION SELECT CAST(w AS STRING) FROM t;
SELECT k, v FROM t UNION ALL SELECT k, COUNT(*) FROM t GROUP BY k;
SELECT k, SUM(v) AS s FROM t GROUP BY k ORDER BY s DESC, MAX(w) NULLS FIRST LIMIT 3;
-- a materialized view is inlined where it is read
CREATE MATERIALIZED VIEW mv AS SELECT k, COUNT(*) AS n FROM t GROUP BY k;
SELECT SUM(n) FROM mv;
CREATE TABLE out (k STRING, v BIGINT, w INT, ts TIMESTAMP(3));
INSERT INTO out SELECT k, v + 1, w, ts FROM t WHERE v < 10;
