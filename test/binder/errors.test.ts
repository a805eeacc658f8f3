/** What is wrong in a file is said with SQLSTATE, place, hint and a suggestion, all of it, in order of position. */
import { expect, test } from "vitest";
import { errorsOf } from "./support.ts";

const cases: readonly (readonly [sql: string, errors: string])[] = [
  // names
  [
    "SELECT prise FROM bids",
    '42703 column "prise" does not exist [prise] hint: bids has columns .. did you mean: price',
  ],
  ["SELECT b.i FROM bids", '42P01 "b" is not a table of this FROM clause [b] hint: its tables are bids'],
  [
    "SELECT bidz.i FROM bids",
    '42P01 "bidz" is not a table of this FROM clause [bidz] hint: its tables are bids did you mean: bids',
  ],
  ["SELECT * FROM bid", '42P01 table "bid" does not exist [bid] hint: known are bids, zoned, plain did you mean: bids'],
  ["SELECT x.y FROM bids", '42809 "x" is a DOUBLE and has no fields [y]'],
  ["SELECT info.z FROM bids", '42703 info has no field "z" [z] hint: its fields are a, b'],
  ["SELECT foo(1)", "42883 function foo does not exist [foo]"],
  ["SELECT sume(i) FROM bids", "42883 function sume does not exist [sume] did you mean: sum"],
  [
    "SELECT a FROM (SELECT i AS a, x AS a FROM bids) AS t",
    '42702 column "a" is ambiguous [a] hint: two columns have this name: give one of them an alias',
  ],
  ["SELECT *", "42601 SELECT * needs a FROM clause [*]"],
  ["CREATE TABLE bids (a INT)", '42P07 "bids" already exists [bids] hint: it is a table; DROP it first'],
  ["CREATE TABLE BIDS (a INT)", '42P07 "bids" already exists [BIDS] hint: it is a table; DROP it first'],
  ["CREATE TABLE t (a INT, A INT)", '42701 column "A" is declared twice [A]'],
  [
    'CREATE TABLE "a$b" (a INT)',
    '42939 "a$b" is a reserved name: a name with $ belongs to the system, like t$errors ["a$b"]',
  ],
  ["SELECT i FROM bids GROUP BY 3", "42P10 GROUP BY position 3 is not in the select list of 1 columns [3]"],
  ["SELECT i FROM bids ORDER BY 2", "42P10 ORDER BY position 2 is not in the select list of 1 columns [2]"],
  ["DROP TABLE nothing", '42704 table "nothing" does not exist [nothing]'],
  ["DROP VIEW bids", '42809 "bids" is a table, not a view [bids] hint: write DROP TABLE'],
  ["INSERT INTO bids (nope) VALUES (1)", '42703 column "nope" does not exist [nope] hint: bids has columns ..'],
  ["SELECT :missing", "42P02 no value was given for :missing [:missing] hint: give it with --param"],
  // all errors of a statement, in order
  [
    "SELECT nope1, i, nope2 FROM bids WHERE nope3 > 1 GROUP BY nope4",
    '42703 column "nope1" does not exist [nope1] hint: bids has columns ..\n' +
      '42703 column "nope2" does not exist [nope2] hint: bids has columns ..\n' +
      '42703 column "nope3" does not exist [nope3] hint: bids has columns ..\n' +
      '42703 column "nope4" does not exist [nope4] hint: bids has columns ..',
  ],
  [
    "SELECT nope FROM bids; SELECT i FROM bids; SELECT * FROM missing",
    '42703 column "nope" does not exist [nope] hint: bids has columns ..\n' +
      '42P01 table "missing" does not exist [missing] hint: known are bids, zoned, plain',
  ],
  [
    "CREATE TABLE broken (a NOTYPE); SELECT * FROM broken; SELECT zzz FROM bids",
    '42704 type "NOTYPE" does not exist [NOTYPE]\n42703 column "zzz" does not exist [zzz] hint: bids has columns ..',
  ],
  // with statements that do not parse
  [
    "SELECT nope FROM bids; SELECT i j k FROM bids; SELECT nay FROM bids",
    '42703 column "nope" does not exist [nope] hint: bids has columns ..\n' +
      "42601 expected a comma or FROM but found k [k] hint: is a comma missing before k?\n" +
      '42703 column "nay" does not exist [nay] hint: bids has columns .. did you mean: day',
  ],
  [
    "CREATE TABLE t (a INT b INT); CREATE VIEW v AS SELECT a FROM t; INSERT INTO t SELECT a FROM v; EXPLAIN SELECT * FROM t",
    "42601 expected a comma or ) but found b [b] hint: is a comma missing?",
  ],
  [
    'CRAETE TABLE t (a INT); SELECT a FROM t; SELECT * FROM "t$errors"; SELECT a FROM tt',
    "42601 expected a statement but found CRAETE [CRAETE] did you mean: CREATE\n" +
      '42P01 table "tt" does not exist [tt] hint: known are bids, zoned, plain',
  ],
  [
    'SELECT 1 2; SELECT 3; SELECT * FROM "query_1$late"; SELECT * FROM "query_2$late"; SELECT * FROM "query_9$late"',
    "42601 expected a comma or FROM but found 2 [2] hint: is a comma missing before 2?\n" +
      '42P01 table "query_9$late" does not exist ["query_9$late"] hint: known are bids, zoned, plain',
  ],
  [
    'SELECT nope FROM bids; SELECT 3; SELECT * FROM "query_1$late"; SELECT * FROM "query_2$late"',
    '42703 column "nope" does not exist [nope] hint: bids has columns ..',
  ],
  [
    'INSERT INTO plain SELECT i i i FROM bids; SELECT * FROM "plain_insert$late"; SELECT * FROM "plain_insert_2$late"',
    "42601 expected a comma or FROM but found i [i] hint: is a comma missing before i?",
  ],
  [
    "DROP TABLE plain x; CREATE TABLE plain (z INT); SELECT z FROM plain",
    "42601 expected the end of the statement but found x [x]",
  ],
  // types
  ["SELECT i + channel FROM bids", "42883 no operator INT + STRING [i + channel] hint: convert one side with CAST"],
  ["SELECT i AND ok FROM bids", "42804 an operand of AND must be BOOLEAN, not INT [i]"],
  ["SELECT ok = 1 FROM bids", "42883 no operator BOOLEAN = INT [ok = 1] hint: the two sides have no common type"],
  [
    "SELECT ROUND(channel) FROM bids",
    "42883 ROUND does not take (STRING) [ROUND(channel)] hint: it is called as ROUND(number), ROUND(number, digits)",
  ],
  [
    "SELECT CASE WHEN ok THEN 1 ELSE channel END FROM bids",
    "42804 the results of CASE have no common type: INT, STRING [CASE WHEN ok THEN 1 ELSE channel END]",
  ],
  ["SELECT CAST(ok AS DATE) FROM bids", "42846 BOOLEAN cannot be cast to DATE [CAST(ok AS DATE)]"],
  ["SELECT i = 'abc' FROM bids", "22P02 'abc' is not a valid INT ['abc']"],
  [
    "SELECT ts > 'yesterday' FROM bids",
    "22007 'yesterday' is not a valid TIMESTAMP(3) ['yesterday'] hint: write it as 2026-01-31 12:00:00",
  ],
  ["SELECT CAST('x' AS INT)", "22P02 'x' is not a valid INT [CAST('x' AS INT)]"],
  ["SELECT i FROM bids WHERE i", "42804 WHERE must be BOOLEAN, not INT [i]"],
  ["SELECT (i).a FROM bids", '42809 "i" is a INT and has no fields [a]'],
  [
    "SELECT CAST(i AS DECIMAL) FROM bids",
    "42601 DECIMAL needs its precision and scale [DECIMAL] hint: write DECIMAL(38, 10), for example",
  ],
  ["SELECT CAST(i AS DECIMAL(40, 2)) FROM bids", "22023 DECIMAL: 40 is not between 1 and 38 [DECIMAL(40, 2)]"],
  [
    "SELECT INTERVAL 'soon'",
    "22007 'soon' is not a valid interval [INTERVAL 'soon'] hint: write INTERVAL '10' MINUTE, INTERVAL '1 day 2 hours' or 10s",
  ],
  ["SELECT SUM(channel) FROM bids", "42883 SUM does not take (STRING) [SUM(channel)] hint: SUM needs a number"],
  [
    "SELECT i FROM bids UNION ALL SELECT i, x FROM bids",
    "42601 the sides of UNION have 1 and 2 columns [SELECT i, x FROM bids]",
  ],
  [
    "SELECT i FROM bids UNION ALL SELECT channel FROM bids",
    '42804 the columns "i" of UNION have no common type: INT, STRING [SELECT i FROM bids UNION ALL SELECT channel FROM bids]',
  ],
  ["VALUES (1), (1, 2)", "42601 this row of VALUES has 2 columns, but 1 are expected [(1, 2)]"],
  // grouping
  ["SELECT i, x FROM bids GROUP BY i", '42803 column "x" must stand in GROUP BY or in an aggregate [x]'],
  ["SELECT i + 1 FROM bids GROUP BY i + 2", '42803 column "i" must stand in GROUP BY or in an aggregate [i]'],
  ["SELECT i FROM bids HAVING COUNT(*) > 1", '42803 column "i" must stand in GROUP BY or in an aggregate [i]'],
  ["SELECT COUNT(*) FROM bids WHERE COUNT(*) > 1", "42803 aggregate COUNT is not allowed in WHERE [COUNT(*)]"],
  ["SELECT SUM(COUNT(*)) FROM bids", "42803 aggregate COUNT stands inside another aggregate [COUNT(*)]"],
  ["SELECT i FROM bids GROUP BY COUNT(*)", "42803 aggregate COUNT is not allowed in GROUP BY [COUNT(*)]"],
  ["SELECT SUM(*) FROM bids", "42601 * is not allowed as an argument of SUM [SUM(*)]"],
  [
    "SELECT ABS(DISTINCT i) FROM bids",
    "42809 ABS is not an aggregate: DISTINCT does not apply to it [ABS(DISTINCT i)]",
  ],
  [
    "SELECT window_end, window_start FROM TUMBLE(TABLE bids, DESCRIPTOR(ts), 10s) GROUP BY window_end",
    '42803 column "window_start" must stand in GROUP BY or in an aggregate [window_start]',
  ],
  // windows
  [
    "SELECT * FROM HOP(TABLE bids, DESCRIPTOR(ts), INTERVAL '10' SECOND, INTERVAL '5' SECOND)",
    "22023 the slide 10 s is larger than the size 5 s [INTERVAL '10' SECOND] hint: did you swap them? HOP takes" +
      " the slide first: HOP(t, c, 5 s, 10 s)",
  ],
  [
    "SELECT * FROM HOP(TABLE bids, DESCRIPTOR(ts), INTERVAL '0.001' SECOND, INTERVAL '10.001' SECOND)",
    "54000 HOP of 10 s 1 ms by 1 ms would cut each window into 10001 panes; the limit is 10000 [HOP(TABLE bids," +
      " DESCRIPTOR(ts), INTERVAL '0.001' SECOND, INTERVAL '10.001' SECOND)] hint: choose a size that is a multiple" +
      " of the slide",
  ],
  [
    "SELECT * FROM CUMULATE(TABLE bids, DESCRIPTOR(ts), INTERVAL '3' SECOND, INTERVAL '10' SECOND)",
    "22023 the size 10 s of CUMULATE is not a multiple of its step 3 s [INTERVAL '3' SECOND]",
  ],
  [
    "SELECT * FROM TUMBLE(TABLE bids, DESCRIPTOR(ts))",
    '42883 TUMBLE needs its argument "SIZE" [TUMBLE(TABLE bids, DESCRIPTOR(ts))] hint: it is called as' +
      " TUMBLE(TABLE t, DESCRIPTOR(ts), size [, offset])",
  ],
  [
    "SELECT * FROM TUMBLE(TABLE bids, DESCRIPTOR(ts), 10s, 1s, 1s)",
    "42883 TUMBLE takes 3 or 4 arguments, not 5 [TUMBLE(TABLE bids, DESCRIPTOR(ts), 10s, 1s, 1s)] hint: it is" +
      " called as TUMBLE(TABLE t, DESCRIPTOR(ts), size [, offset])",
  ],
  [
    "SELECT * FROM TUMBLE(TABLE bids, DESCRIPTOR(ts), INTERVAL '0' SECOND)",
    "22023 the size of TUMBLE must be longer than zero, not 0 s [INTERVAL '0' SECOND]",
  ],
  [
    "SELECT * FROM TUMBLE(TABLE bids, DESCRIPTOR(ts), INTERVAL '1' MONTH)",
    "42804 an interval of months or years has no fixed length; the size of TUMBLE needs one [INTERVAL '1' MONTH]",
  ],
  [
    "SELECT * FROM TUMBLE(TABLE bids, DESCRIPTOR(ts), INTERVAL '0.0001' SECOND)",
    "22023 the size of TUMBLE must be whole milliseconds, not 100 us [INTERVAL '0.0001' SECOND]",
  ],
  [
    "SELECT * FROM TUMBLE(TABLE bids, DESCRIPTOR(ts), 10)",
    "42804 the size of TUMBLE must be an interval, not INT [10] hint: write INTERVAL '10' MINUTE, for example",
  ],
  [
    "SELECT * FROM TUMBLE(TABLE bids, DESCRIPTOR(tz), 10s)",
    '42703 column "tz" does not exist [tz] hint: bids has columns ..',
  ],
  [
    "SELECT * FROM TUMBLE(TABLE bids, DESCRIPTOR(at), 10s)",
    '42804 TUMBLE needs a time attribute, but "at" is an ordinary column [at] hint: its input has the time attribute ts',
  ],
  [
    "SELECT * FROM TUMBLE(TABLE bids, DESCRIPTOR(i), 10s)",
    '42804 TUMBLE needs a time attribute, but "i" is an ordinary column [i] hint: its input has the time attribute ts',
  ],
  [
    "SELECT * FROM TUMBLE(TABLE bids, DESCRIPTOR(ts, at), 10s)",
    "42804 the second argument of TUMBLE must be DESCRIPTOR(column) of one column, not DESCRIPTOR of 2 [DESCRIPTOR(ts, at)] hint: it is called as TUMBLE(TABLE t, DESCRIPTOR(ts), size [, offset])",
  ],
  [
    "SELECT * FROM TUMBLE(TABLE bids, 10s, 10s)",
    "42804 the second argument of TUMBLE must be DESCRIPTOR(column) of one column, not another expression [10s] hint: it is called as TUMBLE(TABLE t, DESCRIPTOR(ts), size [, offset])",
  ],
  [
    "SELECT * FROM TUMBLE(TABLE plain, DESCRIPTOR(ts), 10s)",
    "42804 table \"plain\" has no watermark, so no window over it can end [ts] hint: declare WATERMARK FOR ts AS ts - INTERVAL '5' SECOND",
  ],
  [
    "SELECT * FROM TUMBLE(TABLE missing, DESCRIPTOR(ts), 10s)",
    '42P01 table "missing" does not exist [missing] hint: known are bids, zoned, plain',
  ],
  [
    "SELECT * FROM TUMBLE(DATA => TABLE bids, TIMECOLUMN => DESCRIPTOR(ts), SIZE => 10s)",
    '42883 TUMBLE has no argument "TIMECOLUMN" [TIMECOLUMN => DESCRIPTOR(ts)] hint: its arguments are DATA,' +
      " TIMECOL, SIZE, OFFSET did you mean: TIMECOL",
  ],
  [
    "SELECT * FROM TUMBLE(TABLE bids PARTITION BY i, DESCRIPTOR(ts), 10s)",
    "0A000 PARTITION BY in TUMBLE is not supported yet [i] hint: group by the key instead",
  ],
  [
    "SELECT * FROM SESSION(TABLE bids PARTITION BY i + 1, DESCRIPTOR(ts), 10s)",
    "0A000 an expression as key of SESSION is not supported yet [i + 1] hint: compute it as a column in a subquery",
  ],
  [
    "SELECT * FROM TUMBLE((SELECT ts, i AS window_end FROM bids), DESCRIPTOR(ts), 10s)",
    '42701 the input of TUMBLE already has a column "window_end" [(SELECT ts, i AS window_end FROM bids)] hint:' +
      " rename it in a subquery; the window function adds window_start, window_end and window_time",
  ],
  [
    "SELECT * FROM TUMBLE((SELECT * FROM TUMBLE(TABLE bids, DESCRIPTOR(ts), 10s)), DESCRIPTOR(window_time), 20s)",
    '42701 the input of TUMBLE already has a column "window_start" [(SELECT * FROM TUMBLE(TABLE bids,' +
      " DESCRIPTOR(ts), 10s))] hint: rename it in a subquery; the window function adds window_start, window_end and" +
      " window_time",
  ],
  [
    "SELECT * FROM TUMBLE((SELECT i, MAX(ts) AS m FROM bids GROUP BY i), DESCRIPTOR(m), 10s)",
    '42804 TUMBLE needs a time attribute, but "m" is an ordinary column [m] hint: a column stays a time attribute' +
      " through projection, WHERE and UNION ALL; after a window function or a windowed GROUP BY only window_time is" +
      " one",
  ],
  // tables
  [
    "CREATE TABLE t (a INT, WATERMARK FOR a)",
    "42804 the watermark of a must be over a TIMESTAMP or TIMESTAMP_LTZ column, not INT [a]",
  ],
  [
    "CREATE TABLE t (a INT, ts TIMESTAMP(3), WATERMARK FOR tz)",
    '42703 column "tz" does not exist [tz] hint: the input has columns a, ts',
  ],
  [
    "CREATE TABLE t (ts TIMESTAMP(3), WATERMARK FOR ts AS 5)",
    "42804 the watermark of ts must be TIMESTAMP(3), not INT [5]",
  ],
  [
    "CREATE TABLE t (ts TIMESTAMP(3), u TIMESTAMP(3), WATERMARK FOR ts, WATERMARK FOR u)",
    "42601 a table has one watermark [WATERMARK FOR u]",
  ],
  ["CREATE TABLE t (a INT, b AS c + 1)", '42703 column "c" does not exist [c] hint: the input has columns a'],
  ["CREATE TABLE t (a INT, PRIMARY KEY (b))", '42703 column "b" does not exist [b] hint: the table has columns a'],
  ["CREATE TABLE t (a INT PRIMARY KEY, PRIMARY KEY (a))", "42601 a table has one primary key [a INT PRIMARY KEY]"],
  [
    "CREATE TABLE t (a INT METADATA FROM 'x')",
    "42704 metadata key \"x\" does not exist [a INT METADATA FROM 'x'] hint: a table without connector has no metadata",
  ],
  [
    "CREATE TABLE t (a DECIMAL)",
    "42601 DECIMAL needs its precision and scale [DECIMAL] hint: write DECIMAL(38, 10), for example",
  ],
  [
    "CREATE TABLE t (a INT) WITH ('connector' = 'filesystem')",
    "42601 connector 'filesystem' needs the option 'path' [t] hint: for example 'path' = '...'",
  ],
  ["CREATE TABLE t (a INT) WITH ('a' = 'b', 'A' = 'c')", "42601 option 'A' is given twice ['A']"],
  [
    "CREATE TABLE t (a INT) WITH ('changelog' = 'upsert')",
    "0A000 'changelog' = 'upsert' is not supported yet ['changelog' = 'upsert']",
  ],
  [
    "CREATE SINK s AS SELECT i FROM bids",
    "42601 a sink needs the option 'connector' [s] hint: for example 'connector' = 'filesystem'",
  ],
  // INSERT
  ["INSERT INTO plain VALUES (1, 2)", "42601 INSERT INTO plain has 2 columns, but 3 are expected [(1, 2)]"],
  [
    "INSERT INTO plain VALUES (1, 2, 'x')",
    "22007 'x' is not a valid TIMESTAMP(3) ['x'] hint: write it as 2026-01-31 12:00:00",
  ],
  ["INSERT INTO plain VALUES (1, ok, NULL)", '42703 column "ok" does not exist [ok] hint: there is no FROM clause'],
  [
    "INSERT INTO plain VALUES (3000000000, 2, NULL)",
    '22P02 row 1, column "a": numeric value out of range: cannot cast 3000000000 to INT [3000000000]',
  ],
  ["INSERT INTO bids (auction) VALUES (1)", '23502 row 1: column "bidder" is NOT NULL [(1)]'],
  ["INSERT INTO bids (bidder, auction) VALUES (NULL, 1)", '23502 row 1: column "bidder" is NOT NULL [NULL]'],
  ["INSERT INTO plain (a, a) VALUES (1, 2)", '42701 column "a" is declared twice [a]'],
  [
    "INSERT INTO plain SELECT i, x, channel FROM bids",
    '42804 column "ts" is TIMESTAMP(3), but the value is STRING [SELECT i, x, channel FROM bids] hint: convert it with CAST',
  ],
  [
    "INSERT INTO plain SELECT i, x FROM bids",
    "42601 INSERT INTO plain has 2 columns, but 3 are expected [SELECT i, x FROM bids]",
  ],
  [
    "INSERT INTO plain SELECT i, COUNT(*), NULL::TIMESTAMP(3) FROM bids GROUP BY i",
    '0A000 sink "plain" takes only new rows, but the query puts out changes [INSERT INTO plain SELECT i,' +
      " COUNT(*), NULL::TIMESTAMP(3) FROM bids GROUP BY i] hint: give the table a PRIMARY KEY with 'changelog' =" +
      " 'upsert', or aggregate over a window",
  ],
  [
    'INSERT INTO "bids$errors" VALUES (1)',
    '42809 "bids$errors" is a source, not a table that can be written ["bids$errors"]',
  ],
  // SET
  ["SET foo = 'bar'", '42704 setting "foo" does not exist [foo]'],
  ["SET 'on-eror' = 'skip'", "42704 setting \"on-eror\" does not exist ['on-eror'] did you mean: on-error"],
  ["SET 'on-error' = 'maybe'", "22023 setting 'on-error' must be 'keep' or 'skip' or 'fail', not 'maybe' ['maybe']"],
  [
    "SET TIME ZONE 'Europe/Berlin'",
    "22023 setting 'timezone' must be UTC (other time zones are not supported yet), not 'Europe/Berlin' ['Europe/Berlin']",
  ],
  [
    "SET unbounded_state = 'error'; SELECT i, COUNT(*) FROM bids GROUP BY i",
    "0A000 GROUP BY (GroupAggregate[2]) would keep every group for ever [GROUP BY i] hint: use a window, or" +
      " input that ends; or SET unbounded_state = 'warn'",
  ],
];

test.each(cases)("%s", (sql, errors) => {
  expect(errorsOf(sql)).toBe(errors);
});

test("options are checked against the connector, with a suggestion", () => {
  const error = (options: string): string => errorsOf(`CREATE TABLE t (a INT) WITH (${options})`);
  expect(error("'connector' = 'filesistem'")).toMatch(
    /^42704 there is no connector 'filesistem' \['connector' = 'filesistem'\] .* did you mean: filesystem$/,
  );
  expect(error("'connector' = 'filesystem', 'paht' = 'x'")).toMatch(
    /^42704 connector 'filesystem' has no option 'paht' \['paht' = 'x'\] .* did you mean: path$/,
  );
});
