-- The rules: folding, merging, push-down, pruning.
CREATE TABLE t (a INT, b INT, c STRING, r ROW<x INT, y ROW<z STRING, q INT>>, ts TIMESTAMP(3), d AS a + b, WATERMARK FOR ts AS ts - INTERVAL '5' SECOND);
-- constants; what fails stays
SELECT 1 + 2 * 3 AS x, a + (2 + 3) AS y, 1 / 0 AS z, CASE WHEN TRUE THEN a ELSE 1 / 0 END AS w FROM t WHERE TRUE AND 1 = 1;
SELECT a FROM t WHERE FALSE AND 1 / 0 = 1;
SELECT COALESCE(NULL, 5, a) AS x, UPPER('abc') AS y FROM t;
-- calcs merge, predicates keep their order, only what is read is scanned
SELECT x + 1 AS y FROM (SELECT a * 2 AS x, b, c FROM t WHERE b > 1) WHERE x > 10;
-- fields of a ROW one by one, a whole ROW with all that is below it
SELECT r.y.q FROM t WHERE r.x > 1;
SELECT r.y FROM t;
-- a computed column
SELECT d FROM t;
-- a filter through UNION ALL
SELECT * FROM (SELECT a, c FROM t UNION ALL SELECT b, c FROM t) AS u(n, c) WHERE n > 1;
-- VALUES are computed at once, but for what fails
SELECT n * 2 AS m FROM (VALUES (1), (2), (3)) AS v(n) WHERE n > 1;
SELECT 1 / n AS m FROM (VALUES (1), (0)) AS v(n);
-- an aggregate that nothing reads goes
SELECT a FROM (SELECT a, SUM(b) AS s, COUNT(*) AS n FROM t GROUP BY a);
-- plain columns in order are no calc
SELECT * FROM (SELECT a, COUNT(*) AS n FROM t GROUP BY a) AS g(k, m);
-- equal keys and equal calls count once
SELECT a, a AS a2, COUNT(b), COUNT(b) + 1, SUM(b) / COUNT(b) AS avg FROM t GROUP BY a, 2;
