-- Statements of Apache Flink's own tests and of programs run on Flink 2.2.1.
-- T1-before-1970
CREATE TABLE T (`ts` TIMESTAMP(3), `k` STRING, `v` INT, WATERMARK FOR `ts` AS `ts` - INTERVAL '0' SECOND) WITH ('connector'='values');
-- T1-before-1970
SELECT k, window_start, window_end, COUNT(*) c, SUM(v) s FROM TABLE(TUMBLE(TABLE T, DESCRIPTOR(ts), INTERVAL '5' SECOND)) GROUP BY k, window_start, window_end;
-- T10-no-delay-equal
CREATE TABLE T (`ts` TIMESTAMP(3), `k` STRING, `v` INT, WATERMARK FOR `ts` AS ts) WITH ('connector'='values');
-- T12-plain-tvf-late
SELECT k, v, window_start, window_end, window_time FROM TABLE(TUMBLE(TABLE T, DESCRIPTOR(ts), INTERVAL '5' SECOND));
-- T3-cumulate
SELECT k, window_start, window_end, COUNT(*) c, SUM(v) s FROM TABLE(CUMULATE(TABLE T, DESCRIPTOR(ts), INTERVAL '5' SECOND, INTERVAL '15' SECOND)) GROUP BY k, window_start, window_end;
-- T3-hop-newkey
SELECT k, window_start, window_end, COUNT(*) c, SUM(v) s FROM TABLE(HOP(TABLE T, DESCRIPTOR(ts), INTERVAL '5' SECOND, INTERVAL '10' SECOND)) GROUP BY k, window_start, window_end;
-- T4-late-bridge-fired
SELECT k, window_start, window_end, COUNT(*) c, SUM(v) s FROM TABLE(SESSION(TABLE T PARTITION BY k, DESCRIPTOR(ts), INTERVAL '5' SECOND)) GROUP BY k, window_start, window_end;
-- W2-ltz-day-spring
CREATE TABLE T (`ts` TIMESTAMP_LTZ(3), `k` STRING, `v` INT, WATERMARK FOR `ts` AS `ts` - INTERVAL '0' SECOND) WITH ('connector'='values');
-- W2-ltz-day-spring
SELECT k, window_start, window_end, CAST(window_start AS STRING) ws, COUNT(*) c, MIN(v) mn, MAX(v) mx FROM TABLE(TUMBLE(TABLE T, DESCRIPTOR(ts), INTERVAL '1' DAY)) GROUP BY k, window_start, window_end;
-- W2-neg-hop
CREATE TABLE T (`ts` TIMESTAMP(3), `k` STRING, `v` INT, WATERMARK FOR `ts` AS `ts` - INTERVAL '1' DAY) WITH ('connector'='values');
-- W6-dedup-last
SELECT window_start, k, v, ts FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end, k ORDER BY ts DESC) rn FROM TABLE(TUMBLE(TABLE T, DESCRIPTOR(ts), INTERVAL '5' SECOND))) WHERE rn = 1;
-- W6-grouping-sets
CREATE TABLE T (`ts` TIMESTAMP(3), `a` STRING, `b` STRING, `v` INT, WATERMARK FOR `ts` AS `ts` - INTERVAL '1' SECOND) WITH ('connector'='values');
-- W6-grouping-sets
SELECT window_start, a, b, GROUPING(a) ga, GROUPING_ID(a, b) g, COUNT(*) c, SUM(v) s FROM TABLE(TUMBLE(TABLE T, DESCRIPTOR(ts), INTERVAL '5' SECOND)) GROUP BY window_start, window_end, GROUPING SETS ((a, b), (a), ());
-- W6-rollup
SELECT window_start, a, b, COUNT(*) c, SUM(v) s FROM TABLE(TUMBLE(TABLE T, DESCRIPTOR(ts), INTERVAL '5' SECOND)) GROUP BY window_start, window_end, ROLLUP (a, b);
-- W6-topn-after-agg
SELECT * FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY s DESC) rn FROM (SELECT k, window_start, window_end, SUM(v) s FROM TABLE(TUMBLE(TABLE T, DESCRIPTOR(ts), INTERVAL '5' SECOND)) GROUP BY k, window_start, window_end)) WHERE rn <= 1;
-- W6-window-full-join
CREATE TABLE L (`ts` TIMESTAMP(3), `k` STRING, `a` INT, WATERMARK FOR `ts` AS `ts` - INTERVAL '0' SECOND) WITH ('connector'='values');
-- W6-window-full-join
CREATE TABLE R (`ts` TIMESTAMP(3), `k` STRING, `b` INT, WATERMARK FOR `ts` AS `ts` - INTERVAL '0' SECOND) WITH ('connector'='values');
-- W6-window-full-join
SELECT L.k, L.a, R.k, R.b, L.window_start, R.window_start FROM (SELECT * FROM TABLE(TUMBLE(TABLE L, DESCRIPTOR(ts), INTERVAL '5' SECOND))) L FULL JOIN (SELECT * FROM TABLE(TUMBLE(TABLE R, DESCRIPTOR(ts), INTERVAL '5' SECOND))) R ON L.k = R.k AND L.window_start = R.window_start AND L.window_end = R.window_end;
-- W6-window-join-late-min
SELECT L.k, L.a, R.b, L.window_start FROM (SELECT * FROM TABLE(TUMBLE(TABLE L, DESCRIPTOR(ts), INTERVAL '5' SECOND))) L JOIN (SELECT * FROM TABLE(TUMBLE(TABLE R, DESCRIPTOR(ts), INTERVAL '5' SECOND))) R ON L.k = R.k AND L.window_start = R.window_start AND L.window_end = R.window_end;
-- cep-avg-condition
CREATE TABLE Ticker (`symbol` STRING, `ts` TIMESTAMP(3), `price` INT, `tax` INT, WATERMARK FOR `ts` AS `ts` - INTERVAL '3' SECOND) WITH ('connector'='values');
-- cep-avg-condition
SELECT * FROM Ticker MATCH_RECOGNIZE (PARTITION BY symbol ORDER BY ts MEASURES FIRST(A.ts) AS start_ts, LAST(A.ts) AS end_ts, SUM(A.price) AS total, COUNT(A.price) AS n ONE ROW PER MATCH AFTER MATCH SKIP PAST LAST ROW PATTERN (A+ B) DEFINE A AS SUM(A.price) < 60) MR;
-- cep-within
SELECT * FROM Ticker MATCH_RECOGNIZE (PARTITION BY symbol ORDER BY ts MEASURES A.ts AS a, LAST(B.ts) AS b, C.ts AS c ONE ROW PER MATCH AFTER MATCH SKIP PAST LAST ROW PATTERN (A B* C) WITHIN INTERVAL '3' SECOND DEFINE B AS B.price < A.price, C AS C.price > A.price) MR;
-- dedup-first-by-rowtime
SELECT k, v, ts FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY ts ASC) rn FROM T) WHERE rn = 1;
-- dedup-last-by-rowtime
SELECT k, v, ts FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY ts DESC) rn FROM T) WHERE rn = 1;
-- doc-hop-bids
CREATE TABLE Bid (`ts` TIMESTAMP(3), `item` STRING, `price` DECIMAL(10,2), `supplier` STRING, WATERMARK FOR `ts` AS `ts` - INTERVAL '1' MINUTE) WITH ('connector'='values');
-- doc-hop-bids
SELECT window_start, window_end, supplier, SUM(price) AS total, COUNT(DISTINCT item) AS items FROM TABLE(HOP(TABLE Bid, DESCRIPTOR(ts), INTERVAL '5' MINUTES, INTERVAL '10' MINUTES)) GROUP BY supplier, window_start, window_end;
-- except
CREATE TABLE A (`k` STRING, `v` INT) WITH ('connector'='values');
-- except
CREATE TABLE B (`k` STRING, `v` INT) WITH ('connector'='values');
-- except
SELECT k, v FROM A EXCEPT SELECT k, v FROM B;
-- groupby-having-retract
CREATE TABLE T (`k` STRING, `j` INT, `v` INT) WITH ('connector'='values');
-- groupby-having-retract
SELECT k, SUM(v) s FROM T GROUP BY k HAVING SUM(v) > 4;
-- groupby-retract-count-of-count
SELECT c, COUNT(*) n, SUM(s) s FROM (SELECT k, COUNT(*) c, SUM(v) s FROM T GROUP BY k) GROUP BY c;
-- interval-late-row
SELECT L.a, R.b FROM L LEFT JOIN R ON L.k = R.k AND R.ts BETWEEN L.ts - INTERVAL '1' SECOND AND L.ts + INTERVAL '2' SECOND;
-- interval-left
CREATE TABLE O (`ot` TIMESTAMP(3), `id` INT, `item` STRING, WATERMARK FOR `ot` AS `ot` - INTERVAL '10' MINUTE) WITH ('connector'='values');
-- interval-left
CREATE TABLE S (`st` TIMESTAMP(3), `id` INT, `via` STRING, WATERMARK FOR `st` AS `st` - INTERVAL '10' MINUTE) WITH ('connector'='values');
-- interval-left
SELECT O.id, item, via, O.ot, S.st FROM O LEFT JOIN S ON O.id = S.id AND S.st BETWEEN O.ot AND O.ot + INTERVAL '30' MINUTE;
-- join-left-condition
CREATE TABLE Users (`id` INT, `name` STRING, `city` STRING) WITH ('connector'='values');
-- join-left-condition
CREATE TABLE Orders (`oid` INT, `uid` INT, `amt` DECIMAL(8,2)) WITH ('connector'='values');
-- join-left-condition
SELECT name, oid FROM Users LEFT JOIN Orders ON Users.id = Orders.uid AND Orders.amt > 6;
-- join-then-agg-retract
SELECT city, COUNT(*) users, SUM(total) total FROM (SELECT u.city, u.id, COALESCE(SUM(o.amt), 0) total FROM Users u LEFT JOIN Orders o ON u.id = o.uid GROUP BY u.city, u.id) GROUP BY city;
-- nested-tumble-tumble
CREATE VIEW V AS SELECT k, window_time AS wt, SUM(v) AS s, COUNT(*) AS c FROM TABLE(TUMBLE(TABLE T, DESCRIPTOR(ts), INTERVAL '5' SECOND)) GROUP BY k, window_start, window_end, window_time;
-- nested-tumble-tumble
SELECT window_start, window_end, SUM(s) s, MAX(c) mc, COUNT(*) n FROM TABLE(TUMBLE(TABLE V, DESCRIPTOR(wt), INTERVAL '20' SECOND)) GROUP BY window_start, window_end;
-- nexmark-q5-shape
CREATE TABLE T (`ts` TIMESTAMP(3), `auction` INT, WATERMARK FOR `ts` AS `ts` - INTERVAL '2' SECOND) WITH ('connector'='values');
-- nexmark-q5-shape
SELECT AB.auction, AB.num, AB.starttime FROM (SELECT auction, COUNT(*) AS num, window_start AS starttime, window_end AS endtime FROM TABLE(HOP(TABLE T, DESCRIPTOR(ts), INTERVAL '2' SECOND, INTERVAL '10' SECOND)) GROUP BY auction, window_start, window_end) AS AB JOIN (SELECT MAX(CB.num) AS maxn, CB.starttime, CB.endtime FROM (SELECT COUNT(*) AS num, window_start AS starttime, window_end AS endtime FROM TABLE(HOP(TABLE T, DESCRIPTOR(ts), INTERVAL '2' SECOND, INTERVAL '10' SECOND)) GROUP BY auction, window_start, window_end) AS CB GROUP BY CB.starttime, CB.endtime) AS MB ON AB.starttime = MB.starttime AND AB.endtime = MB.endtime AND AB.num >= MB.maxn;
-- over-lag
CREATE TABLE T (`ts` TIMESTAMP(3), `k` STRING, `v` INT, `d` DECIMAL(8,2), WATERMARK FOR `ts` AS `ts` - INTERVAL '2' SECOND) WITH ('connector'='values');
-- over-lag
SELECT k, ts, v, LAG(v) OVER (PARTITION BY k ORDER BY ts) l1, LAG(v, 2, 99) OVER (PARTITION BY k ORDER BY ts) l2 FROM T;
-- over-range-interval
SELECT k, ts, v, COUNT(*) OVER w c, SUM(v) OVER w s, MIN(d) OVER w mn, MAX(d) OVER w mx FROM T WINDOW w AS (PARTITION BY k ORDER BY ts RANGE BETWEEN INTERVAL '3' SECOND PRECEDING AND CURRENT ROW);
-- plain-hop-offset-plus
SELECT v, window_start, window_end, window_time FROM TABLE(HOP(TABLE T, DESCRIPTOR(ts), INTERVAL '5' SECOND, INTERVAL '10' SECOND, INTERVAL '2' SECOND));
-- plain-tumble-ltz-kolkata
CREATE TABLE T (`ts` TIMESTAMP_LTZ(3), `v` INT, WATERMARK FOR `ts` AS `ts` - INTERVAL '1' DAY) WITH ('connector'='values');
-- plain-tumble-ltz-kolkata
SELECT v, window_start, window_end, window_time FROM TABLE(TUMBLE(TABLE T, DESCRIPTOR(ts), INTERVAL '1' DAY));
-- plain-tumble-offset-minus
SELECT v, window_start, window_end, window_time FROM TABLE(TUMBLE(TABLE T, DESCRIPTOR(ts), INTERVAL '5' SECOND, INTERVAL '-2' SECOND));
-- session-where-after
SELECT k, window_start, window_end, COUNT(*) c FROM TABLE(SESSION(TABLE T PARTITION BY k, DESCRIPTOR(ts), INTERVAL '5' SECOND)) WHERE v > 0 GROUP BY k, window_start, window_end;
-- temporal-left
CREATE TABLE Orders (`ts` TIMESTAMP(3), `id` INT, `cur` STRING, `amt` DECIMAL(10,2), WATERMARK FOR `ts` AS `ts` - INTERVAL '30' MINUTE) WITH ('connector'='values');
-- temporal-left
CREATE TABLE Rates (`rt` TIMESTAMP(3), `cur` STRING, `rate` DECIMAL(8,4), PRIMARY KEY (cur) NOT ENFORCED, WATERMARK FOR `rt` AS `rt` - INTERVAL '30' MINUTE) WITH ('connector'='values');
-- temporal-left
SELECT o.id, o.cur, r.rate, r.rt FROM Orders o LEFT JOIN Rates FOR SYSTEM_TIME AS OF o.ts AS r ON o.cur = r.cur;
-- temporal-with-deletes
CREATE TABLE Rates (rt TIMESTAMP(3), cur STRING, rate DECIMAL(8,4), PRIMARY KEY (cur) NOT ENFORCED, WATERMARK FOR rt AS rt - INTERVAL '30' MINUTE) WITH ('connector'='values');
-- temporal-with-deletes
SELECT o.id, o.cur, r.rate FROM Orders o LEFT JOIN Rates FOR SYSTEM_TIME AS OF o.ts AS r ON o.cur = r.cur;
-- topn-over-agg
SELECT k, s, rn FROM (SELECT *, ROW_NUMBER() OVER (ORDER BY s DESC, k ASC) rn FROM (SELECT k, SUM(v) s FROM T WHERE k IS NOT NULL AND v IS NOT NULL GROUP BY k)) WHERE rn <= 2;
-- tumble-ltz-new-york
CREATE TABLE T (`ts` TIMESTAMP_LTZ(3), `v` INT, WATERMARK FOR `ts` AS `ts` - INTERVAL '0' SECOND) WITH ('connector'='values');
-- tumble-ltz-new-york
SELECT window_start, window_end, COUNT(*) c, SUM(v) s FROM TABLE(TUMBLE(TABLE T, DESCRIPTOR(ts), INTERVAL '1' DAY)) GROUP BY window_start, window_end;
-- union-all-distinct-agg
SELECT k, COUNT(*) c, COUNT(DISTINCT v) d FROM (SELECT k, v FROM A UNION ALL SELECT k, v FROM B) GROUP BY k;
-- window-agg-over-cdc
CREATE TABLE T (ts TIMESTAMP(3), k STRING, v INT, WATERMARK FOR ts AS ts - INTERVAL '1' SECOND) WITH ('connector'='values');
-- window-agg-over-cdc
SELECT k, window_start, COUNT(*) c, SUM(v) s, MIN(v) mn, MAX(v) mx FROM TABLE(TUMBLE(TABLE T, DESCRIPTOR(ts), INTERVAL '5' SECOND)) GROUP BY k, window_start, window_end;
-- cep-simple
CREATE TABLE MyTable (`id` INT, `name` STRING, `proctime` AS PROCTIME()) WITH ('connector'='values');
-- cep-simple
SELECT T.aid, T.bid, T.cid FROM MyTable MATCH_RECOGNIZE (ORDER BY proctime MEASURES A.id AS aid, B.id AS bid, C.id AS cid PATTERN (A B C) DEFINE A AS name = 'a', B AS name = 'b', C AS name = 'c') AS T;
-- cumulate-5s-15s
CREATE TABLE T1 (`rowtime` TIMESTAMP(3), `int` INT, `double` DOUBLE, `float` FLOAT, `bigdec` DECIMAL(10,2), `string` STRING, `name` STRING, WATERMARK FOR `rowtime` AS `rowtime` - INTERVAL '1' SECOND) WITH ('connector'='values');
-- cumulate-5s-15s
SELECT `name`, window_start, window_end, COUNT(*) AS cnt, SUM(`bigdec`) AS s, MAX(`double`) AS mx, MIN(`float`) AS mn, COUNT(DISTINCT `string`) AS uv
FROM TABLE(CUMULATE(TABLE T1, DESCRIPTOR(rowtime), INTERVAL '5' SECOND, INTERVAL '15' SECOND))
GROUP BY `name`, window_start, window_end;
-- hop-5s-10s
SELECT `name`, window_start, window_end, COUNT(*) AS cnt, SUM(`bigdec`) AS s, MAX(`double`) AS mx, MIN(`float`) AS mn, COUNT(DISTINCT `string`) AS uv
FROM TABLE(HOP(TABLE T1, DESCRIPTOR(rowtime), INTERVAL '5' SECOND, INTERVAL '10' SECOND))
GROUP BY `name`, window_start, window_end;
-- interval-join-inner
CREATE TABLE T1 (`rowtime` TIMESTAMP(3), `key` STRING, `id` STRING, WATERMARK FOR `rowtime` AS `rowtime` - INTERVAL '0.001' SECOND) WITH ('connector'='values');
-- interval-join-inner
SELECT t2.key, t2.id, t1.id FROM T1 AS t1 JOIN T2 AS t2 ON t1.key = t2.key AND t1.rowtime BETWEEN t2.rowtime - INTERVAL '5' SECOND AND t2.rowtime + INTERVAL '6' SECOND;
-- legacy-session-merge
CREATE TABLE T1 (`rowtime` TIMESTAMP(3), `int` INT, `string` STRING, `name` STRING, WATERMARK FOR `rowtime` AS `rowtime` - INTERVAL '0.010' SECOND) WITH ('connector'='values');
-- legacy-session-merge
SELECT `string`, SESSION_START(rowtime, INTERVAL '0.005' SECOND) AS s, SESSION_ROWTIME(rowtime, INTERVAL '0.005' SECOND) AS r, COUNT(1) AS c, SUM(1) AS s1, COUNT(`int`) AS ci, SUM(`int`) AS si, COUNT(DISTINCT name) AS cd FROM T1 GROUP BY `string`, SESSION(rowtime, INTERVAL '0.005' SECOND);
-- legacy-tumble-allowed-lateness-10ms
CREATE TABLE T1 (`rowtime` TIMESTAMP(3), `long` BIGINT, `int` INT, `string` STRING, WATERMARK FOR `rowtime` AS `rowtime` - INTERVAL '0' SECOND) WITH ('connector'='values');
-- legacy-tumble-allowed-lateness-10ms
SELECT `string`, TUMBLE_START(rowtime, INTERVAL '0.005' SECOND) AS w_start, TUMBLE_END(rowtime, INTERVAL '0.005' SECOND) AS w_end, COUNT(DISTINCT `long`) AS a, COUNT(`int`) AS b, CAST(AVG(`int`) AS INT) AS c, MIN(`int`) AS d, MAX(`int`) AS e, SUM(`int`) AS f FROM T1 GROUP BY `string`, TUMBLE(rowtime, INTERVAL '0.005' SECOND);
-- over-range-1s-event-time
CREATE TABLE T1 (`rowtime` TIMESTAMP(3), `a` BIGINT, `b` INT, `c` STRING, WATERMARK FOR `rowtime` AS SOURCE_WATERMARK()) WITH ('connector'='values');
-- over-range-1s-event-time
SELECT c, b, COUNT(a) OVER w AS n, SUM(a) OVER w AS s FROM T1 WINDOW w AS (PARTITION BY c ORDER BY rowtime RANGE BETWEEN INTERVAL '1' SECOND PRECEDING AND CURRENT ROW);
-- over-rows-5-proctime
CREATE TABLE MyTable (`a` INT, `b` BIGINT, `c` INT, `d` STRING, `e` BIGINT, `proctime` AS PROCTIME()) WITH ('connector'='values');
-- over-rows-5-proctime
SELECT a, SUM(c) OVER w AS s, MIN(c) OVER w AS m FROM MyTable WINDOW w AS (PARTITION BY a ORDER BY proctime ROWS BETWEEN 4 PRECEDING AND CURRENT ROW);
-- restore-hop
SELECT `name`, window_start, window_end, COUNT(*) AS cnt, SUM(`int`) AS s, COUNT(DISTINCT `string`) AS d FROM TABLE(HOP(TABLE T1, DESCRIPTOR(rowtime), INTERVAL '5' SECOND, INTERVAL '10' SECOND)) GROUP BY `name`, window_start, window_end;
-- restore-tumble
SELECT `name`, window_start, window_end, COUNT(*) AS cnt, SUM(`int`) AS s, COUNT(DISTINCT `string`) AS d FROM TABLE(TUMBLE(TABLE T1, DESCRIPTOR(rowtime), INTERVAL '5' SECOND)) GROUP BY `name`, window_start, window_end;
-- session-5s
SELECT `name`, window_start, window_end, COUNT(*) AS cnt, SUM(`bigdec`) AS s, MAX(`double`) AS mx, MIN(`float`) AS mn, COUNT(DISTINCT `string`) AS uv
FROM TABLE(SESSION(TABLE T1 PARTITION BY `name`, DESCRIPTOR(rowtime), INTERVAL '5' SECOND))
GROUP BY `name`, window_start, window_end;
-- tumble-1d-offset-8h
SELECT `name`, window_start, window_end, COUNT(*) AS cnt, SUM(`bigdec`) AS s, MAX(`double`) AS mx, MIN(`float`) AS mn, COUNT(DISTINCT `string`) AS uv
FROM TABLE(TUMBLE(TABLE T1, DESCRIPTOR(rowtime), INTERVAL '1' DAY, INTERVAL '8' HOUR))
GROUP BY `name`, window_start, window_end;
-- tumble-5s
SELECT `name`, window_start, window_end, COUNT(*) AS cnt, SUM(`bigdec`) AS s, MAX(`double`) AS mx, MIN(`float`) AS mn, COUNT(DISTINCT `string`) AS uv
FROM TABLE(TUMBLE(TABLE T1, DESCRIPTOR(rowtime), INTERVAL '5' SECOND))
GROUP BY `name`, window_start, window_end;
-- tumble-cube
SELECT GROUPING_ID(`name`) AS gid, `name`, window_start, window_end, COUNT(*) AS cnt, SUM(`bigdec`) AS s, MAX(`double`) AS mx, MIN(`float`) AS mn, COUNT(DISTINCT `string`) AS uv
FROM TABLE(TUMBLE(TABLE T1, DESCRIPTOR(rowtime), INTERVAL '5' SECOND))
GROUP BY CUBE(`name`), window_start, window_end;
-- window-dedup-first
SELECT rowtime, `int`, `double`, `float`, `bigdec`, `string`, `name`, window_start, window_end, window_time FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end, `name` ORDER BY rowtime) AS rownum FROM TABLE(TUMBLE(TABLE T1, DESCRIPTOR(rowtime), INTERVAL '5' SECOND))) WHERE rownum <= 1;
-- window-join-inner
SELECT L.`name`, L.window_start, L.window_end, uv1, uv2 FROM (SELECT `name`, window_start, window_end, COUNT(DISTINCT `string`) AS uv1 FROM TABLE(TUMBLE(TABLE T1, DESCRIPTOR(rowtime), INTERVAL '5' SECOND)) GROUP BY `name`, window_start, window_end) L  JOIN (SELECT `name`, window_start, window_end, COUNT(DISTINCT `string`) AS uv2 FROM TABLE(TUMBLE(TABLE T2, DESCRIPTOR(rowtime), INTERVAL '5' SECOND)) GROUP BY `name`, window_start, window_end) R ON L.window_start = R.window_start AND L.window_end = R.window_end AND L.`name` = R.`name`;
-- window-join-left
SELECT L.`name`, L.window_start, L.window_end, uv1, uv2 FROM (SELECT `name`, window_start, window_end, COUNT(DISTINCT `string`) AS uv1 FROM TABLE(TUMBLE(TABLE T1, DESCRIPTOR(rowtime), INTERVAL '5' SECOND)) GROUP BY `name`, window_start, window_end) L LEFT JOIN (SELECT `name`, window_start, window_end, COUNT(DISTINCT `string`) AS uv2 FROM TABLE(TUMBLE(TABLE T2, DESCRIPTOR(rowtime), INTERVAL '5' SECOND)) GROUP BY `name`, window_start, window_end) R ON L.window_start = R.window_start AND L.window_end = R.window_end AND L.`name` = R.`name`;
-- window-semi-in
SELECT * FROM (SELECT `name`, window_start, window_end, COUNT(DISTINCT `string`) AS uv1 FROM TABLE(TUMBLE(TABLE T1, DESCRIPTOR(rowtime), INTERVAL '5' SECOND)) GROUP BY `name`, window_start, window_end) L WHERE L.`name` IN (SELECT `name` FROM (SELECT `name`, window_start, window_end, COUNT(DISTINCT `string`) AS uv2 FROM TABLE(TUMBLE(TABLE T2, DESCRIPTOR(rowtime), INTERVAL '5' SECOND)) GROUP BY `name`, window_start, window_end) R WHERE L.window_start = R.window_start AND L.window_end = R.window_end);
-- window-topn-2
SELECT * FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY sum_b DESC) AS rownum FROM (SELECT `name`, window_start, window_end, COUNT(*) AS cnt, SUM(`bigdec`) AS sum_b, MAX(`double`) AS max_d, MIN(`float`) AS min_f, COUNT(DISTINCT `string`) AS uv FROM TABLE(TUMBLE(TABLE T1, DESCRIPTOR(rowtime), INTERVAL '5' SECOND)) GROUP BY `name`, window_start, window_end)) WHERE rownum <= 2;
-- rnd-0002
SELECT k1, window_start, window_end, n, rn, a0, a1, a2, a3 FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY n DESC, COALESCE(CAST(k1 AS STRING), '~') ASC) AS rn FROM (SELECT k1, window_start, window_end, SUM(i) AS a0, SUM(x) AS a1, MAX(k1) FILTER (WHERE (NOT f AND x + 1 > 0)) AS a2, SUM(x) AS a3, COUNT(*) AS n FROM TABLE(CUMULATE(TABLE T, DESCRIPTOR(ts), INTERVAL '0.25' SECOND, INTERVAL '0.5' SECOND)) GROUP BY k1, window_start, window_end)) WHERE rn <= 3;
-- rnd-0006
SELECT window_start, window_end, MAX(s) AS a0, AVG(d) AS a1 FROM TABLE(HOP(TABLE T, DESCRIPTOR(ts), INTERVAL '30' MINUTE, INTERVAL '1' HOUR)) GROUP BY window_start, window_end;
-- rnd-0016
SELECT window_start, window_end, MIN(i) AS a0, COUNT(DISTINCT i) AS a1, MAX(ts) FILTER (WHERE x IS NULL) AS a2 FROM TABLE(SESSION(TABLE V, DESCRIPTOR(ts), INTERVAL '0.1' SECOND)) GROUP BY window_start, window_end;
-- rnd-0020
SELECT k2, window_start, window_end, AVG(d) AS a0, COUNT(DISTINCT s) AS a1, COUNT(*) AS a2 FROM TABLE(CUMULATE(TABLE T, DESCRIPTOR(ts), INTERVAL '0.2' SECOND, INTERVAL '2' SECOND)) WHERE (d >= 12.5 OR i <> 0) GROUP BY k2, window_start, window_end HAVING COUNT(*) > 1;
-- rnd-0026
SELECT k2, window_start, window_end, COUNT(*) AS a0 FROM TABLE(TUMBLE(TABLE T, DESCRIPTOR(ts), INTERVAL '5' SECOND)) GROUP BY k2, window_start, window_end;
-- rnd-0029
SELECT window_start, window_end, COUNT(DISTINCT k2) FILTER (WHERE k2 <> 0) AS a0, SUM(b) AS a1, SUM(b) AS a2 FROM TABLE(SESSION(TABLE V, DESCRIPTOR(ts), INTERVAL '2' SECOND)) GROUP BY window_start, window_end;
-- rnd-0032
SELECT window_start, window_end, COUNT(*) AS c, MIN(a0) AS lo, MAX(a0) AS hi FROM (SELECT window_start, window_end, SUM(x) AS a0, MAX(b) FILTER (WHERE NOT (s IS NOT NULL)) AS a1, MAX(ts) AS a2, MAX(ts) AS a3 FROM TABLE(CUMULATE(TABLE T, DESCRIPTOR(ts), INTERVAL '0.1' SECOND, INTERVAL '0.5' SECOND)) GROUP BY window_start, window_end) GROUP BY window_start, window_end;
-- rnd-0034
SELECT window_start, window_end, MAX(s) FILTER (WHERE NOT (f IS NOT FALSE)) AS a0, COUNT(*) AS a1, MAX(k2) FILTER (WHERE f IS TRUE) AS a2 FROM TABLE(CUMULATE(TABLE T, DESCRIPTOR(ts), INTERVAL '15' SECOND, INTERVAL '30' SECOND)) WHERE (f IS TRUE OR s <> '') GROUP BY window_start, window_end;
-- rnd-0035
SELECT window_start, window_end, SUM(DISTINCT x) AS a0, MIN(ts) AS a1, COUNT(DISTINCT f) AS a2, COUNT(*) AS a3 FROM TABLE(CUMULATE(TABLE T, DESCRIPTOR(ts), INTERVAL '2.5' SECOND, INTERVAL '10' SECOND, INTERVAL '-6' SECOND)) WHERE x IS NULL GROUP BY window_start, window_end HAVING COUNT(*) < 20;
-- rnd-0043
SELECT k2, window_start, window_end, SUM(b) AS a0, MAX(k2) AS a1, SUM(b) AS a2, COUNT(DISTINCT k2) AS a3 FROM TABLE(HOP(TABLE T, DESCRIPTOR(ts), INTERVAL '10' SECOND, INTERVAL '30' SECOND)) GROUP BY k2, window_start, window_end;
-- rnd-0047
SELECT k1, window_start, window_end, SUM(x) FILTER (WHERE (NOT (i > 0) AND f IS TRUE)) AS a0 FROM TABLE(TUMBLE(TABLE T, DESCRIPTOR(ts), INTERVAL '1' SECOND)) GROUP BY k1, window_start, window_end HAVING COUNT(*) BETWEEN 2 AND 50;
-- rnd-0053
SELECT k1, window_start, window_end, COUNT(DISTINCT d) AS a0, COUNT(f) AS a1, COUNT(*) AS a2, COUNT(*) AS a3 FROM TABLE(CUMULATE(TABLE T, DESCRIPTOR(ts), INTERVAL '2' SECOND, INTERVAL '10' SECOND, INTERVAL '3.051' SECOND)) WHERE k2 <> 0 GROUP BY k1, window_start, window_end;
-- rnd-0060
SELECT k1, k2, window_start, window_end, n, rn, a0, a1, a2, a3 FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY n DESC, COALESCE(CAST(k1 AS STRING), '~') ASC, COALESCE(CAST(k2 AS STRING), '~') ASC) AS rn FROM (SELECT k1, k2, window_start, window_end, MAX(b) AS a0, COUNT(DISTINCT i) FILTER (WHERE NOT (ABS(i) > 10)) AS a1, AVG(x) AS a2, MAX(ts) AS a3, COUNT(*) AS n FROM TABLE(TUMBLE(TABLE T, DESCRIPTOR(ts), INTERVAL '30' SECOND, INTERVAL '17.771' SECOND)) GROUP BY k1, k2, window_start, window_end)) WHERE rn <= 1;
-- rnd-0065
SELECT k1, window_start, window_end, MIN(d) AS a0, MIN(k2) AS a1 FROM TABLE(HOP(TABLE T, DESCRIPTOR(ts), INTERVAL '1' SECOND, INTERVAL '2' SECOND)) GROUP BY k1, window_start, window_end HAVING COUNT(*) BETWEEN 2 AND 50;
-- rnd-0069
SELECT window_start, window_end, COUNT(*) AS c, MIN(a0) AS lo, MAX(a0) AS hi FROM (SELECT window_start, window_end, SUM(d) AS a0 FROM TABLE(CUMULATE(TABLE T, DESCRIPTOR(ts), INTERVAL '12' HOUR, INTERVAL '1' DAY)) GROUP BY window_start, window_end) GROUP BY window_start, window_end;
-- rnd-0074
SELECT window_start, window_end, COUNT(*) AS c, MIN(a0) AS lo, MAX(a0) AS hi FROM (SELECT window_start, window_end, COUNT(*) AS a0 FROM TABLE(TUMBLE(TABLE T, DESCRIPTOR(ts), INTERVAL '1' HOUR)) GROUP BY window_start, window_end) GROUP BY window_start, window_end;
-- rnd-0083
SELECT k1, window_start, window_end, n, rn, a0, a1, a2, a3 FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY n DESC, COALESCE(CAST(k1 AS STRING), '~') ASC) AS rn FROM (SELECT k1, window_start, window_end, AVG(d) AS a0, MIN(i) AS a1, COUNT(DISTINCT x) AS a2, COUNT(DISTINCT d) AS a3, COUNT(*) AS n FROM TABLE(HOP(TABLE T, DESCRIPTOR(ts), INTERVAL '2.5' SECOND, INTERVAL '10' SECOND)) GROUP BY k1, window_start, window_end)) WHERE rn <= 3;
-- rnd-0087
SELECT k1, window_start, window_end, COUNT(DISTINCT k1) AS a0 FROM TABLE(SESSION(TABLE V PARTITION BY k1, DESCRIPTOR(ts), INTERVAL '0.7' SECOND)) GROUP BY k1, window_start, window_end;
-- rnd-0088
SELECT window_start, window_end, n, rn, a0, a1 FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY n ASC, window_start) AS rn FROM (SELECT window_start, window_end, COUNT(DISTINCT i) AS a0, SUM(d) AS a1, COUNT(*) AS n FROM TABLE(HOP(TABLE T, DESCRIPTOR(ts), INTERVAL '150' SECOND(4), INTERVAL '5' MINUTE)) WHERE d >= 12.5 GROUP BY window_start, window_end HAVING COUNT(*) < 20)) WHERE rn <= 3;
-- rnd-0090
SELECT s, d, window_start, window_end, COUNT(DISTINCT d) AS a0, MIN(ts) FILTER (WHERE s LIKE 'a%') AS a1 FROM TABLE(HOP(TABLE T, DESCRIPTOR(ts), INTERVAL '0.5' SECOND, INTERVAL '5' SECOND)) WHERE (NOT (k1 NOT IN ('a', 'c')) AND b IS NULL) GROUP BY s, d, window_start, window_end HAVING COUNT(*) < 20;
-- rnd-0094
SELECT k1, window_start, window_end, COUNT(*) AS c, SUM(n) AS n, MIN(a0) AS lo, MAX(a0) AS hi, COUNT(a0) AS ca FROM TABLE(HOP(TABLE V, DESCRIPTOR(wt), INTERVAL '18' SECOND, INTERVAL '90' SECOND)) GROUP BY k1, window_start, window_end;
-- rnd-0101
SELECT window_start, window_end, COUNT(*) AS c, SUM(n) AS n, MIN(a0) AS lo, MAX(a0) AS hi, COUNT(a0) AS ca FROM TABLE(TUMBLE(TABLE V, DESCRIPTOR(wt), INTERVAL '4' HOUR)) GROUP BY window_start, window_end;
-- rnd-0106
SELECT window_start, window_end, COUNT(DISTINCT b) AS a0, SUM(d) FILTER (WHERE f IS TRUE) AS a1 FROM TABLE(HOP(TABLE T, DESCRIPTOR(ts), INTERVAL '0.05' SECOND, INTERVAL '0.5' SECOND)) GROUP BY window_start, window_end HAVING COUNT(*) BETWEEN 2 AND 50;
-- rnd-0108
SELECT k1, f, d, window_start, window_end, window_time FROM TABLE(CUMULATE(TABLE T, DESCRIPTOR(ts), INTERVAL '2' SECOND, INTERVAL '10' SECOND));
-- rnd-0129
SELECT s, f, window_start, window_end, COUNT(DISTINCT i) AS a0, COUNT(DISTINCT f) AS a1, COUNT(i) AS a2, SUM(i) AS a3 FROM TABLE(HOP(TABLE T, DESCRIPTOR(ts), INTERVAL '1' SECOND, INTERVAL '5' SECOND)) WHERE s LIKE 'a%' GROUP BY s, f, window_start, window_end;
