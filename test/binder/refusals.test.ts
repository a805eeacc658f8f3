/** What the language has and cannot run yet is refused by name, at its place, and nothing of it is half done. */
import { expect, test } from "vitest";
import { errorsOf, plan } from "./support.ts";

const cases: readonly (readonly [sql: string, errors: string])[] = [
  ["SELECT 1 FROM bids JOIN plain ON TRUE", "0A000 JOIN is not supported yet [bids JOIN plain ON TRUE]"],
  ["SELECT 1 FROM bids LEFT JOIN plain ON TRUE", "0A000 LEFT JOIN is not supported yet [bids LEFT JOIN plain ON TRUE]"],
  ["SELECT 1 FROM bids, plain", "0A000 a join (several tables in FROM) is not supported yet [plain]"],
  [
    "SELECT ROW_NUMBER() OVER (ORDER BY ts) FROM bids",
    "0A000 ROW_NUMBER OVER is not supported yet [ROW_NUMBER() OVER (ORDER BY ts)]",
  ],
  [
    "SELECT SUM(i) OVER (PARTITION BY i ORDER BY ts) FROM bids",
    "0A000 SUM OVER is not supported yet [SUM(i) OVER (PARTITION BY i ORDER BY ts)]",
  ],
  [
    "SELECT * FROM bids MATCH_RECOGNIZE (ORDER BY ts MEASURES A.i AS i PATTERN (A) DEFINE A AS A.i > 1)",
    "0A000 MATCH_RECOGNIZE is not supported yet [bids MATCH_RECOGNIZE (ORDER BY ts MEASURES A.i AS i PATTERN (A) DEFINE A AS A.i > 1)]",
  ],
  [
    "SELECT i FROM bids GROUP BY GROUPING SETS ((i), ())",
    "0A000 GROUPING SETS is not supported yet [GROUPING SETS ((i), ())]",
  ],
  ["SELECT i FROM bids GROUP BY ROLLUP (i)", "0A000 ROLLUP is not supported yet [ROLLUP (i)]"],
  ["SELECT i FROM bids GROUP BY CUBE (i)", "0A000 CUBE is not supported yet [CUBE (i)]"],
  [
    "SELECT TUMBLE_START(ts, INTERVAL '1' MINUTE) FROM bids GROUP BY TUMBLE(ts, INTERVAL '1' MINUTE)",
    "0A000 the group window TUMBLE_START is not supported yet [TUMBLE_START(ts, INTERVAL '1' MINUTE)] hint: write" +
      " FROM TUMBLE(TABLE t, DESCRIPTOR(ts), size) and GROUP BY window_start, window_end\n0A000 the group window" +
      " TUMBLE is not supported yet [TUMBLE(ts, INTERVAL '1' MINUTE)] hint: write FROM TUMBLE(TABLE t," +
      " DESCRIPTOR(ts), size) and GROUP BY window_start, window_end",
  ],
  ["SELECT i FROM bids EMIT CHANGES", "0A000 EMIT CHANGES is not supported yet [EMIT CHANGES]"],
  [
    "SELECT i, COUNT(*) FROM bids GROUP BY i EMIT ON WINDOW CLOSE",
    "0A000 EMIT ON WINDOW CLOSE is not possible: the query has a GROUP BY without a window, whose result is never final [EMIT ON WINDOW CLOSE]",
  ],
  [
    "SELECT i FROM bids ALLOW LATENESS INTERVAL '1' MINUTE",
    "0A000 ALLOW LATENESS is not supported yet [ALLOW LATENESS INTERVAL '1' MINUTE]",
  ],
  ["SELECT i FROM bids LATE TO plain", "0A000 LATE TO is not supported yet [plain]"],
  ["SELECT * FROM (SELECT i FROM bids EMIT CHANGES)", "42601 EMIT belongs to the outermost query [EMIT CHANGES]"],
  [
    "SELECT i FROM bids INTERSECT SELECT a FROM plain",
    "0A000 INTERSECT is not supported yet [SELECT i FROM bids INTERSECT SELECT a FROM plain]",
  ],
  [
    "SELECT i FROM bids EXCEPT SELECT a FROM plain",
    "0A000 EXCEPT is not supported yet [SELECT i FROM bids EXCEPT SELECT a FROM plain]",
  ],
  [
    "SELECT * FROM bids WHERE i IN (SELECT a FROM plain)",
    "0A000 IN (subquery) is not supported yet [i IN (SELECT a FROM plain)]",
  ],
  [
    "SELECT * FROM bids WHERE EXISTS (SELECT 1 FROM plain)",
    "0A000 EXISTS (subquery) is not supported yet [EXISTS (SELECT 1 FROM plain)]",
  ],
  ["SELECT (SELECT 1)", "0A000 a subquery as a value is not supported yet [(SELECT 1)]"],
  ["SELECT * FROM UNNEST(ARRAY[1, 2])", "0A000 UNNEST is not supported yet [UNNEST(ARRAY[1, 2])]"],
  ["SELECT ARRAY[1, 2]", "0A000 type ARRAY is not supported yet [ARRAY[1, 2]]"],
  ["SELECT MAP['a', 1]", "0A000 type MAP is not supported yet [MAP['a', 1]]"],
  ["SELECT DISTINCT ON (i) i FROM bids", "0A000 DISTINCT ON is not supported yet [i]"],
  ["SELECT i FROM bids QUALIFY TRUE", "0A000 QUALIFY is not supported yet [TRUE]"],
  [
    "SELECT i FROM bids WINDOW w AS (ORDER BY ts)",
    "0A000 WINDOW .. AS (OVER windows) is not supported yet [w AS (ORDER BY ts)]",
  ],
  [
    "SELECT i FROM bids WINDOW TUMBLING (SIZE 1 MINUTE)",
    "0A000 WINDOW TUMBLING is not supported yet [WINDOW TUMBLING (SIZE 1 MINUTE)] hint: write FROM TUMBLE(TABLE t, DESCRIPTOR(ts), size)",
  ],
  ["SELECT * FROM bids FOR SYSTEM_TIME AS OF ts", "0A000 FOR SYSTEM_TIME AS OF is not supported yet [ts]"],
  [
    "SELECT * FROM bids TABLESAMPLE BERNOULLI (10)",
    "0A000 TABLESAMPLE is not supported yet [bids TABLESAMPLE BERNOULLI (10)]",
  ],
  [
    "SELECT * FROM LATERAL TABLE(split(channel))",
    "0A000 the table function SPLIT is not supported yet [split] hint: window functions are TUMBLE, HOP, CUMULATE, SESSION",
  ],
  [
    "WITH RECURSIVE a AS (SELECT 1) SELECT * FROM a",
    "0A000 WITH RECURSIVE is not supported yet [WITH RECURSIVE a AS (SELECT 1)]",
  ],
  [
    "SELECT STRING_AGG(channel, ',' ORDER BY i) FROM bids",
    "0A000 function STRING_AGG is not supported yet [STRING_AGG]",
  ],
  [
    "SELECT FIRST_VALUE(i ORDER BY ts) FROM bids",
    "0A000 ORDER BY inside FIRST_VALUE is not supported yet [FIRST_VALUE(i ORDER BY ts)]",
  ],
  ["SELECT ts AT TIME ZONE 'UTC' FROM bids", "0A000 AT TIME ZONE is not supported yet [ts AT TIME ZONE 'UTC']"],
  ['SELECT channel COLLATE "C" FROM bids', '0A000 COLLATE is not supported yet [channel COLLATE "C"]'],
  ["SELECT JSON_VALUE(channel, '$.a') FROM bids", "0A000 JSON_VALUE is not supported yet [JSON_VALUE(channel, '$.a')]"],
  ["SELECT PROCTIME()", "0A000 the clock function PROCTIME is not supported yet [PROCTIME()]"],
  ["SELECT X'CAFE'", "0A000 type BYTES is not supported yet [X'CAFE']"],
  ["CREATE TABLE t (a ARRAY<INT>)", "0A000 type ARRAY is not supported yet [ARRAY<INT>]"],
  ["CREATE TABLE t (a MAP<STRING, INT>)", "0A000 type MAP is not supported yet [MAP<STRING, INT>]"],
  ["CREATE TABLE t (a BYTES)", "0A000 type BYTES is not supported yet [BYTES]"],
  ["CREATE TABLE t (a TIME)", "0A000 type TIME is not supported yet [TIME]"],
  ["CREATE TABLE t (a JSON)", "0A000 type JSON is not supported yet [JSON]"],
  ["CREATE TABLE t (a UUID)", "0A000 type UUID is not supported yet [UUID]"],
  ["CREATE TABLE t (a INT DEFAULT 1)", "0A000 DEFAULT is not supported yet [1]"],
  ["CREATE TABLE t (a INT UNIQUE)", "0A000 UNIQUE is not supported yet [a INT UNIQUE]"],
  [
    "CREATE TABLE t AS SELECT i FROM bids",
    "0A000 CREATE TABLE .. AS is not supported yet [SELECT i FROM bids] hint: CREATE the table, then INSERT INTO it; or CREATE SINK .. AS",
  ],
  ["CREATE TABLE t (LIKE bids)", "0A000 CREATE TABLE .. LIKE is not supported yet [LIKE bids]"],
  [
    "CREATE OR REPLACE VIEW v AS SELECT i FROM bids",
    "0A000 CREATE OR REPLACE VIEW is not supported yet [CREATE OR REPLACE VIEW v AS SELECT i FROM bids] hint: DROP it first",
  ],
  [
    "CREATE MATERIALIZED VIEW v WITH ('retention' = '1 day') AS SELECT i FROM bids",
    "42601 option 'retention' needs a column that says how old a row is ['retention' = '1 day'] hint: put window_end, or the event time, into the view",
  ],
  [
    "UPDATE bids SET i = 1",
    "0A000 UPDATE is not supported yet [UPDATE bids SET i = 1] hint: rows of a stream are facts; put out a newer row instead",
  ],
  [
    "DELETE FROM bids",
    "0A000 DELETE is not supported yet [DELETE FROM bids] hint: rows of a stream are facts; filter them where they are read",
  ],
  [
    "TRUNCATE TABLE bids",
    "0A000 TRUNCATE is not supported yet [TRUNCATE TABLE bids] hint: DROP the table and CREATE it again",
  ],
  [
    "INSERT INTO plain VALUES (1, 2, NULL) ON CONFLICT DO NOTHING",
    "0A000 ON CONFLICT is not possible: a table is a stream of rows [ON CONFLICT DO NOTHING] hint: give a sink a" +
      " PRIMARY KEY with 'changelog' = 'upsert'",
  ],
  ["INSERT INTO plain VALUES (1, 2, NULL) RETURNING a", "0A000 RETURNING is not supported yet [a]"],
  ["CREATE INDEX ON bids (i)", "0A000 CREATE INDEX is not supported yet [CREATE INDEX ON bids (i)]"],
  ["ALTER TABLE bids RENAME TO b", "0A000 ALTER is not supported yet [ALTER TABLE bids RENAME TO b]"],
  ["SUBSCRIBE bids", "0A000 SUBSCRIBE is not supported yet [SUBSCRIBE bids]"],
  ["BEGIN", "0A000 BEGIN is not supported yet [BEGIN]"],
  ["EXPLAIN ANALYZE SELECT 1", "0A000 EXPLAIN ANALYZE is not supported yet [EXPLAIN ANALYZE SELECT 1]"],
  ["SHOW DATABASES", "0A000 SHOW DATABASES is not supported yet [SHOW DATABASES]"],
  ["DROP INDEX i", "0A000 DROP INDEX is not supported yet [DROP INDEX i]"],
];

test.each(cases)("%s", (sql, errors) => {
  expect(errorsOf(sql)).toBe(errors);
});

test("E1: what says the default of a window is taken", () => {
  for (const emit of ["EMIT ON WINDOW CLOSE", "EMIT FINAL", "EMIT AFTER WINDOW CLOSE"]) {
    const sql = `SELECT window_end, COUNT(*) FROM TUMBLE(TABLE bids, DESCRIPTOR(ts), 10s) GROUP BY window_end ${emit}`;
    expect(plan(sql).errors).toEqual([]);
  }
});
