/** Output names, types and nullability of queries (V1, V2, V3, V7, W1), one line a query. */
import { expect, test } from "vitest";
import { outputOf } from "./support.ts";

const cases: readonly (readonly [sql: string, columns: string])[] = [
  // V2: literals and arithmetic
  [
    "SELECT 1, 2147483648, 9223372036854775808, 1.5, .05, 1e3, 'a', TRUE, NULL::INT",
    "?column? INT NOT NULL, ?column? BIGINT NOT NULL, ?column? DECIMAL(19, 0) NOT NULL, ?column? DECIMAL(2, 1) NOT" +
      " NULL, ?column? DECIMAL(2, 2) NOT NULL, ?column? DOUBLE NOT NULL, ?column? STRING NOT NULL, bool BOOLEAN NOT" +
      " NULL, int4 INT",
  ],
  ["SELECT -9223372036854775808 AS x, -2147483648 AS y", "x BIGINT NOT NULL, y INT NOT NULL"],
  [
    "SELECT price + 1, price * price, price / 3, price % 2 FROM bids",
    "?column? DECIMAL(13, 2), ?column? DECIMAL(21, 4), ?column? DECIMAL(21, 13), ?column? DECIMAL(10, 2)",
  ],
  [
    "SELECT small + tiny, i + auction, i / 2, x + 1, f * 2, price + x FROM bids",
    "?column? SMALLINT, ?column? BIGINT, ?column? INT, ?column? DOUBLE, ?column? DOUBLE, ?column? DOUBLE",
  ],
  ["SELECT -price, -i, +x FROM bids", "?column? DECIMAL(10, 2), ?column? INT, ?column? DOUBLE"],
  ["SELECT 0.908 * auction FROM bids", "?column? DECIMAL(23, 3)"],
  // comparison, logic, NULL
  [
    "SELECT i > 1, i IS NULL, ok IS TRUE, ok IS NOT FALSE, NOT ok, ok AND i = 1, i IN (1, 2, NULL) FROM bids",
    "?column? BOOLEAN, ?column? BOOLEAN NOT NULL, ?column? BOOLEAN NOT NULL, ?column? BOOLEAN NOT NULL, ?column?" +
      " BOOLEAN, ?column? BOOLEAN, ?column? BOOLEAN",
  ],
  [
    "SELECT bidder = 1, bidder IN (1, 2), bidder BETWEEN 1 AND 2, bidder IS DISTINCT FROM NULL FROM bids",
    "?column? BOOLEAN NOT NULL, ?column? BOOLEAN NOT NULL, ?column? BOOLEAN NOT NULL, ?column? BOOLEAN",
  ],
  [
    "SELECT ts > '2026-01-01 00:00:00', day = '2026-01-01', i = '7', x < '1.5' FROM bids",
    "?column? BOOLEAN, ?column? BOOLEAN, ?column? BOOLEAN, ?column? BOOLEAN",
  ],
  // names (PostgreSQL's)
  [
    "SELECT i, bids.i, i::BIGINT, CAST(i + 1 AS BIGINT), 1::INT, COUNT(*), sum(i), CASE WHEN ok THEN 1 ELSE i END FROM bids GROUP BY i, ok",
    "i INT, i INT, i BIGINT, int8 BIGINT, int4 INT NOT NULL, count BIGINT NOT NULL, sum BIGINT, i INT",
  ],
  [
    "SELECT i + 1, COALESCE(i, 0), NULLIF(i, 1), info.a, (info).b.c, channel || 'x' FROM bids",
    "?column? INT, coalesce INT NOT NULL, nullif INT, a INT, c STRING, ?column? STRING",
  ],
  // fields of a ROW
  [
    "SELECT info.a, info.b.c, bids.info.b, info FROM bids",
    "a INT, c STRING, b ROW<c STRING NOT NULL>, info ROW<a INT, b ROW<c STRING NOT NULL>>",
  ],
  ["SELECT info.* FROM bids", "a INT, b ROW<c STRING NOT NULL>"],
  ["SELECT ROW(i, channel) AS r FROM bids", "r ROW<f1 INT, f2 STRING> NOT NULL"],
  ["SELECT (ROW(1, 'a')).f2 AS x", "x STRING NOT NULL"],
  // CASE, COALESCE and friends
  [
    "SELECT CASE i WHEN 1 THEN 1 WHEN 2 THEN 2.5 END AS c, COALESCE(i, bidder) AS d, IF(ok, 1, NULL) AS e FROM bids",
    "c DECIMAL(11, 1), d BIGINT NOT NULL, e INT",
  ],
  [
    "SELECT NULLIF(bidder, 1) AS a, IFNULL(i, 0) AS b, GREATEST(i, bidder) AS c FROM bids",
    "a BIGINT, b INT NOT NULL, c BIGINT",
  ],
  ["SELECT CASE WHEN ok THEN '1' ELSE 'b' END AS c FROM bids", "c STRING NOT NULL"],
  // casts
  [
    "SELECT CAST('1' AS INT) AS a, '2026-01-01'::DATE AS b, TRY_CAST(channel AS INT) AS c, CAST(bidder AS STRING) AS d FROM bids",
    "a INT NOT NULL, b DATE NOT NULL, c INT, d STRING NOT NULL",
  ],
  [
    "SELECT TIMESTAMP '2026-01-01 00:00:00' AS a, TIMESTAMP '2026-01-01 00:00:00.123' AS b, DATE '2026-01-01' AS c",
    "a TIMESTAMP(0) NOT NULL, b TIMESTAMP(3) NOT NULL, c DATE NOT NULL",
  ],
  // intervals
  [
    "SELECT ts + INTERVAL '1' DAY AS a, ts - ts AS b, INTERVAL '1' MONTH AS c, day + INTERVAL '1' MONTH AS d, 5s AS e FROM bids",
    "a TIMESTAMP(3), b INTERVAL DAY TO SECOND, c INTERVAL YEAR TO MONTH NOT NULL, d TIMESTAMP(3), e INTERVAL DAY TO SECOND NOT NULL",
  ],
  // aggregates
  [
    "SELECT COUNT(*) a, COUNT(i) b, SUM(tiny) c, SUM(auction) d, SUM(price) e, SUM(x) f, AVG(i) g, AVG(price) h, MIN(channel) i, MAX(ts) j FROM bids",
    "a BIGINT NOT NULL, b BIGINT NOT NULL, c BIGINT, d BIGINT, e DECIMAL(38, 2), f DOUBLE, g DOUBLE, h DECIMAL(38, 6), i STRING, j TIMESTAMP(3)",
  ],
  [
    "SELECT k, COUNT(*), SUM(v) FILTER (WHERE v > 1), MIN(v) FROM (VALUES (1, 2), (1, 3)) AS t(k, v) GROUP BY k",
    "k INT NOT NULL, count BIGINT NOT NULL, sum BIGINT, min INT",
  ],
  [
    "SELECT i, SUM(bidder) a, COUNT(DISTINCT auction) b, FIRST_VALUE(bidder) c, STDDEV_SAMP(x) d, STDDEV_POP(x) e FROM bids GROUP BY i",
    "i INT, a BIGINT, b BIGINT NOT NULL, c BIGINT, d DOUBLE, e DOUBLE",
  ],
  ["SELECT i + 1 AS j, COUNT(*) + 1 AS n FROM bids GROUP BY i + 1 HAVING COUNT(*) > 1", "j INT, n BIGINT NOT NULL"],
  ["SELECT info.a, COUNT(*) FROM bids GROUP BY info", "a INT, count BIGINT NOT NULL"],
  ["SELECT i % 10 AS bucket, COUNT(*) FROM bids GROUP BY bucket", "bucket INT, count BIGINT NOT NULL"],
  ["SELECT i, COUNT(*) FROM bids GROUP BY 1", "i INT, count BIGINT NOT NULL"],
  // windows
  [
    "SELECT window_start, window_end, window_time, COUNT(*) FROM TUMBLE(TABLE bids, DESCRIPTOR(ts), INTERVAL '10'" +
      " SECOND) GROUP BY window_start, window_end, window_time",
    "window_start TIMESTAMP(3) NOT NULL, window_end TIMESTAMP(3) NOT NULL, window_time TIMESTAMP(3) NOT NULL, count BIGINT NOT NULL",
  ],
  [
    "SELECT window_start, window_time, k FROM TABLE(HOP(TABLE zoned, DESCRIPTOR(at), INTERVAL '5' SECOND, INTERVAL '10' SECOND))",
    "window_start TIMESTAMP(3) NOT NULL, window_time TIMESTAMP_LTZ(3) NOT NULL, k INT",
  ],
  [
    "SELECT k, window_end FROM CUMULATE(DATA => TABLE zoned, TIMECOL => DESCRIPTOR(at), STEP => 5s, SIZE => 10s) GROUP BY k, window_end",
    "k INT, window_end TIMESTAMP(3) NOT NULL",
  ],
  [
    "SELECT window_start FROM tumble(bids, ts, interval '10' second) w GROUP BY w.window_start",
    "window_start TIMESTAMP(3) NOT NULL",
  ],
  [
    "SELECT window_end, auction FROM SESSION(TABLE bids PARTITION BY (auction, i), DESCRIPTOR(ts), INTERVAL '10' SECOND)",
    "window_end TIMESTAMP(3) NOT NULL, auction BIGINT",
  ],
  [
    "SELECT window_end, COUNT(*) FROM TUMBLE((SELECT i, ts FROM bids WHERE i > 1), DESCRIPTOR(ts), '10 minutes') GROUP BY 1",
    "window_end TIMESTAMP(3) NOT NULL, count BIGINT NOT NULL",
  ],
  // subqueries, WITH, VALUES, set operations
  ["WITH a AS (SELECT i AS k FROM bids), b(z) AS (SELECT k + 1 FROM a) SELECT z FROM b", "z INT"],
  ["SELECT * FROM (VALUES (1, 'a'), (2.5, NULL)) AS t", "column1 DECIMAL(11, 1) NOT NULL, column2 STRING"],
  ["SELECT * FROM (VALUES (1, 'a'), (2.5, NULL)) AS t(n)", "n DECIMAL(11, 1) NOT NULL, column2 STRING"],
  ["VALUES (1, NULL), (NULL, 2)", "column1 INT, column2 INT"],
  ["SELECT i FROM bids UNION ALL SELECT bidder FROM bids UNION ALL SELECT price FROM bids", "i DECIMAL(21, 2)"],
  ['SELECT a FROM plain UNION SELECT "B" FROM plain', "a INT"],
  ["TABLE plain", "a INT, B INT, ts TIMESTAMP(3)"],
  ["SELECT * EXCEPT (a) FROM plain", "B INT, ts TIMESTAMP(3)"],
  ["SELECT t.* FROM plain AS t", "a INT, B INT, ts TIMESTAMP(3)"],
  ["SELECT A, b FROM PLAIN", "a INT, B INT"],
  ["SELECT DISTINCT i, ok FROM bids", "i INT, ok BOOLEAN"],
  ['SELECT a AS z FROM plain ORDER BY z, "B" DESC LIMIT 2 OFFSET 1', "z INT"],
  ["SELECT CURRENT_WATERMARK(ts) AS w FROM bids", "w TIMESTAMP(3)"],
];

test.each(cases)("%s", (sql, columns) => {
  expect(outputOf(sql)).toBe(columns);
});
