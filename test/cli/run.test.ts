// `tidemark run` through real processes: what goes to which stream, in which format, with which exit code.
import { spawnSync } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { main, runCli } from "./process.ts";

const ORDERS = `CREATE TABLE orders (shop STRING, price BIGINT, ts TIMESTAMP(3), WATERMARK FOR ts);
INSERT INTO orders VALUES
  ('a', 3, TIMESTAMP '2026-01-01 00:00:01'), ('b', 9007199254740993, TIMESTAMP '2026-01-01 00:00:02'),
  ('a', NULL, TIMESTAMP '2026-01-01 00:00:12'), (NULL, 5, TIMESTAMP '2026-01-01 00:00:13');
`;
const TUMBLED = `SELECT shop, window_end, SUM(price) AS revenue
FROM TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '10' SECOND) GROUP BY shop, window_start, window_end;`;
const GROUPED = "SELECT shop, COUNT(*) AS n FROM orders GROUP BY shop;";

let folder = "";
const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const run = (sql: string, ...flags: string[]) => runCli(["run", ...flags, "-"], { stdin: sql, cwd: folder });

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "tidemark-run-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("queries that fail", () => {
  const input = "CREATE TABLE t (v INT); INSERT INTO t VALUES (1), (0);";
  const full =
    "CREATE SINK s AS SELECT v FROM t WITH ('connector' = 'filesystem', 'path' = '/dev/full', 'format' = 'json');";

  test("a sink that fails alone is a failure of the connector (6); where others went on it is 8", async () => {
    const alone = await runCli(["run", "-"], { stdin: input + full });
    expect(alone.code).toBe(6);
    expect(alone.stderr).toMatch(/query s failed\nerror\[58030\]: \/dev\/full cannot be written: ENOSPC/);
    const beside = await runCli(["run", "-"], { stdin: `${input}${full} SELECT v FROM t;` });
    expect(beside).toMatchObject({ code: 8, stdout: '{"v":1}\n{"v":0}\n' });
    expect(beside.stderr).toContain("query s failed; the others went on");
  });

  test("a source that breaks fails the queries that read it (8 where others went on, else 6), with the file", async () => {
    const lines = Array.from({ length: 20_000 }, (_, i) => `{"a":${i}}\n`).join("");
    writeFileSync(join(folder, "cut.json.gz"), gzipSync(lines).subarray(0, 5000));
    file("whole.csv", "a\n1\n2\n");
    const table = (name: string, path: string): string =>
      `CREATE TABLE ${name} (a INT) WITH ('connector'='filesystem','path'='${path}');`;
    const cut = `${table("t", "cut.json.gz")} SELECT COUNT(*) AS c FROM t;`;
    const beside = await run(
      `${cut} ${table("w", "whole.csv")} SELECT COUNT(*) AS d FROM w;`,
      "--changelog",
      "final",
      "--format",
      "csv",
    );
    expect(beside.code).toBe(8);
    expect(beside.stdout).toMatch(/\b2\n$/);
    expect(beside.stderr).toMatch(
      /query query_1 failed; the others went on\nerror\[58030\]: .*cut\.json\.gz cannot be read/,
    );
    const alone = await run(cut);
    expect(alone.code).toBe(6);
    expect(alone.stderr).toMatch(/query query_1 failed\nerror\[58030\]: .*cut\.json\.gz cannot be read/);
  });

  test("a row that fails is told and counted, where it comes from a table or from none", async () => {
    const { code, stderr, stdout } = await runCli(["run", "-"], { stdin: "SELECT 1 / 0;" });
    expect([code, stdout]).toEqual([0, ""]);
    expect(stderr).toContain('1 row failed in query_1, see "query_1$errors" or --errors');
    const counted = await runCli(["run", "-", "--stats"], { stdin: "SELECT 1 / 0;" });
    expect(counted.stderr).toContain("query_1 from VALUES: 1 in = 0 bad + 0 skipped + 1 failed");
  });
});

describe("formats", () => {
  test("json is the format of a pipe: keys in column order, exact BIGINT, NULL as null", async () => {
    expect(await run(ORDERS + TUMBLED)).toEqual({
      code: 0,
      stderr: "",
      stdout:
        '{"shop":"a","window_end":"2026-01-01T00:00:10.000","revenue":3}\n' +
        '{"shop":"b","window_end":"2026-01-01T00:00:10.000","revenue":9007199254740993}\n' +
        '{"shop":"a","window_end":"2026-01-01T00:00:20.000","revenue":null}\n' +
        '{"shop":null,"window_end":"2026-01-01T00:00:20.000","revenue":5}\n',
    });
  });

  test("csv has a header once, and tells NULL from the empty string", async () => {
    const sql =
      "CREATE TABLE t (a STRING, b INT); INSERT INTO t VALUES ('x,y', 1), ('', NULL), (NULL, 2); SELECT * FROM t;";
    expect((await run(sql, "--format", "csv")).stdout).toBe('a,b\n"x,y",1\n"",\n,2\n');
  });

  test("a result that changes says how each row changes it", async () => {
    const { stdout } = await run(ORDERS + GROUPED);
    for (const line of stdout.trimEnd().split("\n")) expect(line).toMatch(/^\{"\$op":"[+-][IUD]","shop":/);
  });

  test("--changelog final prints the result once, without changes", async () => {
    const { stdout } = await run(ORDERS + GROUPED, "--changelog", "final");
    expect(stdout.trimEnd().split("\n").sort()).toEqual([
      '{"shop":"a","n":2}',
      '{"shop":"b","n":1}',
      '{"shop":null,"n":1}',
    ]);
  });

  test("several queries are told apart by number", async () => {
    const { stdout } = await run("SELECT * FROM (VALUES (1)) AS t(a); SELECT * FROM (VALUES (2)) AS t(b);");
    expect(stdout.trimEnd().split("\n").sort()).toEqual(['{"$query":1,"a":1}', '{"$query":2,"b":2}']);
  });

  test("rows of several tables stand under their own header, which is repeated where the query changes", async () => {
    const sql = `CREATE TABLE t (a INT); INSERT INTO t VALUES (1), (2); INSERT INTO t VALUES (30);
      SELECT a FROM t; SELECT a + 1 AS b FROM t WHERE a < 2;`;
    const { stdout } = await run(sql, "--format", "table");
    expect(stdout.split("\n")).toEqual(
      ["$query | a", "-------+--", "1      | 1", "", "$query | b", "-------+--", "2      | 2", ""].concat([
        "$query |  a",
        "-------+---",
        "1      |  2",
        "1      | 30",
        "",
      ]),
    );
  });

  test("a table is drawn where it is asked for", async () => {
    const { stdout } = await run(ORDERS + TUMBLED, "--format", "table");
    expect(stdout).toContain("revenue");
    expect(stdout).toContain("9007199254740993");
    expect(stdout).not.toContain("{");
  });
});

describe("input", () => {
  test("a path in a file is relative to the file, wherever the command runs", async () => {
    file("rows.ndjson", '{"a":1}\n{"a":2}\n');
    const sql = file(
      "rows.sql",
      "CREATE TABLE t (a INT) WITH ('connector'='filesystem','path'='rows.ndjson','format'='json'); SELECT a FROM t;",
    );
    expect(await runCli(["run", sql], { cwd: "/" })).toEqual({ code: 0, stderr: "", stdout: '{"a":1}\n{"a":2}\n' });
  });

  test("a pipe is a table", async () => {
    const sql = file(
      "pipe.sql",
      "CREATE TABLE t (a INT) WITH ('connector' = 'stdin', 'format' = 'json'); SELECT SUM(a) AS s FROM t;",
    );
    const { stdout, code } = await runCli(["run", "--changelog", "final", sql], {
      stdin: '{"a":1}\n{"a":2}\n{"a":39}\n',
    });
    expect({ stdout, code }).toEqual({ stdout: '{"s":42}\n', code: 0 });
  });

  test("--param binds a value and never text", async () => {
    const sql = `CREATE TABLE t (a STRING); INSERT INTO t VALUES ('x'), ('x'' OR ''1''=''1'); SELECT a FROM t WHERE a = :wanted;`;
    const { stdout } = await run(sql, "--param", "wanted=x' OR '1'='1");
    expect(stdout).toBe(`{"a":"x' OR '1'='1"}\n`);
  });

  test("several files are one program", async () => {
    const [ddl, query] = [
      file("ddl.sql", "CREATE TABLE t (a INT); INSERT INTO t VALUES (7);"),
      file("q.sql", "SELECT a FROM t;"),
    ];
    expect((await runCli(["run", ddl, query])).stdout).toBe('{"a":7}\n');
  });

  test("of several files all queries are registered before rows flow, numbered through; paths are relative to their own file (N3)", async () => {
    mkdirSync(join(folder, "deep"));
    file("deep/rows.json", '{"a":1}\n');
    const first = file(
      "deep/first.sql",
      `CREATE TABLE t (a INT); INSERT INTO t VALUES (7); SELECT a FROM t;
       CREATE TABLE f (a INT) WITH ('connector' = 'filesystem', 'path' = 'rows.json', 'format' = 'json');`,
    );
    const second = file(
      "second.sql",
      "SELECT a + 1 AS b FROM t; INSERT INTO t VALUES (8); SELECT a FROM f WHERE a = :one;",
    );
    const { stdout, stderr } = await runCli(["run", "--param", "one=1", first, second], { cwd: "/" });
    expect(stderr).toBe("");
    expect(stdout.split("\n")).toEqual([
      '{"$query":1,"a":7}',
      '{"$query":2,"b":8}',
      '{"$query":1,"a":8}',
      '{"$query":2,"b":9}',
      '{"$query":3,"a":1}',
      "",
    ]);
  });

  test("errors of all files are told together, each with its own path, and nothing runs", async () => {
    const first = file(
      "one.sql",
      "CREATE TABLE t (a INT); INSERT INTO t VALUES (7); SELECT a FROM t; SELECT b FROM t;",
    );
    const second = file("two.sql", "SELECT c FROM t; SELEC 1;");
    const { stdout, stderr, code } = await runCli(["run", first, second]);
    expect([code, stdout]).toEqual([3, ""]);
    const places = [...stderr.matchAll(/--> .*?(\w+\.sql:\d+:\d+)/g)].map((m) => m[1]);
    expect(places).toEqual(["one.sql:1:75", "two.sql:1:8", "two.sql:1:18"]);
  });
});

describe("what goes wrong", () => {
  test("refused SQL: all errors on stderr with line and caret, exit 3, nothing on stdout", async () => {
    const sql = file("bad.sql", "CREATE TABLE orders (price INT);\nSELECT prise FROM orders;\nSELECT * FROM order;\n");
    const { stdout, stderr, code } = await runCli(["run", sql]);
    expect({ stdout, code }).toEqual({ stdout: "", code: 3 });
    expect(stderr).toContain(`bad.sql:2:8`);
    expect(stderr).toContain('did you mean "price"?');
    expect(stderr).toContain(`bad.sql:3:`);
    expect(stderr).not.toContain("    at ");
  });

  test("a missing data file is an error at its option, before anything runs", async () => {
    const sql =
      "CREATE TABLE t (a INT) WITH ('connector'='filesystem','path'='nowhere.ndjson','format'='json');\nSELECT a FROM t;";
    const { stdout, stderr, code } = await run(sql);
    expect({ stdout, code }).toEqual({ stdout: "", code: 3 });
    expect(stderr).toContain("nowhere.ndjson");
    expect(stderr).toContain("<stdin>:1:");
  });

  test("bad records are kept and counted, and the query goes on", async () => {
    file("mixed.ndjson", '{"a":1}\n{"a":"x"}\nnot json\n{"a":4}\n');
    const sql =
      "CREATE TABLE t (a INT) WITH ('connector'='filesystem','path'='mixed.ndjson','format'='json'); SELECT a FROM t;";
    const { stdout, stderr, code } = await run(sql, "--errors", "errors.ndjson", "--stats");
    expect({ stdout, code }).toEqual({ stdout: '{"a":1}\n{"a":4}\n', code: 0 });
    expect(stderr).toContain("2 bad");
    const errors = readFileSync(join(folder, "errors.ndjson"), "utf8").trimEnd().split("\n");
    expect(errors.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { table: "t$errors", field: "a", line: 2, record: '{"a":"x"}' },
      { table: "t$errors", line: 3, record: "not json" },
    ]);
  });

  test("a file for --errors that cannot be written is refused before anything runs", async () => {
    const { stdout, stderr, code } = await run("SELECT 1 AS a;", "--errors", "nowhere/x");
    expect([code, stdout]).toEqual([6, ""]);
    expect(stderr).toMatch(/^error\[58030\]: nowhere\/x cannot be written: ENOENT/);
  });

  test("on-error = fail stops at the first bad record with exit 4", async () => {
    file("one-bad.ndjson", '{"a":1}\n{"a":"x"}\n');
    const sql =
      "CREATE TABLE t (a INT) WITH ('connector'='filesystem','path'='one-bad.ndjson','format'='json','on-error'='fail'); SELECT a FROM t;";
    const { stderr, code } = await run(sql);
    expect(code).toBe(4);
    expect(stderr).toContain("one-bad.ndjson:2");
  });

  test("--strict ends the run at the first bad record, unless its table says otherwise", async () => {
    file("bad.ndjson", '{"a":1}\n{"a":"x"}\n');
    const table = (extra: string): string =>
      `CREATE TABLE t (a INT) WITH ('connector'='filesystem','path'='bad.ndjson'${extra}); SELECT a FROM t;`;
    expect(await run(table(""), "--strict")).toMatchObject({
      code: 4,
      stderr: expect.stringContaining("bad.ndjson:2") as unknown,
    });
    expect((await run(table(",'on-error'='keep'"), "--strict")).code).toBe(0);
  });

  test("a table cannot read the standard input that the SQL came from", async () => {
    const { code, stderr } = await run("CREATE TABLE t (a INT) WITH ('connector'='stdin'); SELECT a FROM t;");
    expect(code).toBe(6);
    expect(stderr).toContain("the SQL came from it");
  });

  test("a wrong --set points to no place of the file", async () => {
    const { code, stderr } = await run(ORDERS + TUMBLED, "--set", "nope=1");
    expect(code).toBe(3);
    expect(stderr).toBe('error[42704]: setting "nope" does not exist\n');
  });

  test.skipIf(process.platform !== "linux")("a full disk under the results is an error, not a crash", () => {
    const full = openSync("/dev/full", "w");
    const ended = spawnSync(process.execPath, [main, "run", "-"], {
      input: ORDERS + TUMBLED,
      stdio: ["pipe", full, "pipe"],
      encoding: "utf8",
    });
    closeSync(full);
    expect(ended.status).toBe(6);
    expect(ended.stderr).toMatch(/^error: results could not be written: ENOSPC/);
  });

  test("--strict makes a warning an error", async () => {
    const relaxed = await run(ORDERS + GROUPED);
    expect(relaxed).toMatchObject({ code: 0, stderr: expect.stringContaining("warning") as unknown });
    const strict = await run(ORDERS + GROUPED, "--strict");
    expect(strict).toMatchObject({ code: 3, stdout: "" });
    expect(strict.stderr).toContain("error");
  });
});

describe("figures", () => {
  test("--stats accounts for every row (E6)", async () => {
    const sql = `CREATE TABLE t (k INT, v INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts);
      INSERT INTO t VALUES (1, 1, TIMESTAMP '2026-01-01 00:00:01'), (1, 0, TIMESTAMP '2026-01-01 00:00:02'),
        (2, 5, TIMESTAMP '2026-01-01 00:01:00'), (1, 7, TIMESTAMP '2026-01-01 00:00:03');
      SELECT k, SUM(v) AS s FROM TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '10' SECOND) WHERE v > 0 GROUP BY k, window_start, window_end;`;
    const { stdout, stderr } = await run(sql, "--stats");
    expect(stdout).toBe('{"k":1,"s":1}\n{"k":2,"s":5}\n');
    expect(stderr).toContain("4 in = 0 bad + 0 skipped + 0 failed + 1 filtered + 1 late + 2 accounted");
  });

  test("--stats says how much a query held when it ended, whatever became of its memory", async () => {
    const rows = Array.from({ length: 40 }, (_, k) => `('key ${k}', 1.5)`).join(", ");
    const sql = `CREATE TABLE t (k STRING, p DECIMAL(10, 2)); INSERT INTO t VALUES ${rows};
      SELECT k, COUNT(*) AS n, SUM(p) AS s FROM t GROUP BY k;`;
    expect((await run(sql, "--stats", "--changelog", "final")).stderr).toContain("40 in state");
  });

  test("rows that are in no result are noted on stderr, unless --errors or --stats says so already", async () => {
    file("left.ndjson", '{"a":"x"}\n{"a":1}\n{"a":0}\n');
    const sql = `CREATE TABLE t (a INT) WITH ('connector'='filesystem','path'='left.ndjson'); SELECT 1 / a AS q FROM t;`;
    expect((await run(sql)).stderr).toBe(
      'note: 1 row was bad in t, see "t$errors" or --errors\nnote: 1 row failed in query_1, see "query_1$errors" or --errors\n',
    );
    expect((await run(sql, "--errors", "left-errors.ndjson")).stderr).toBe("");
    expect((await run(sql, "--stats")).stderr).not.toContain("note:");
  });

  test.each([
    ["a group that does not fit", "SUM(a)", "", "1 result failed"],
    ["an expression above an aggregate", "10 / (COUNT(*) - 2)", "", "1 result failed"],
    ["a HAVING", "COUNT(*)", "HAVING 10 / (COUNT(*) - 2) > 0", "1 result failed"],
    ["rows and a group", "SUM(a + 1), 10 / (COUNT(*) - 1)", "", "1 row and 1 result failed"],
  ])("%s that fails is noted, and counted under --stats (V1, E5)", async (_, select, having, what) => {
    const sql = `CREATE TABLE t (a BIGINT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts);
      INSERT INTO t VALUES (9223372036854775807, TIMESTAMP '2026-01-01 00:00:00'), (1, TIMESTAMP '2026-01-01 00:00:01');
      SELECT ${select} FROM TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' MINUTE)
      GROUP BY window_start, window_end ${having};`;
    expect(await run(sql)).toEqual({
      code: 0,
      stdout: "",
      stderr: `note: ${what} in query_1, see "query_1$errors" or --errors\n`,
    });
    expect((await run(sql, "--stats")).stderr).toContain(`in "query_1$errors": ${what} in query_1\n`);
  });

  test("a group that fits again is no failure, and what 'on-error' = 'skip' leaves out is in no table", async () => {
    const mended = `CREATE TABLE t (a BIGINT); INSERT INTO t VALUES (9223372036854775807), (1), (-1);
      SELECT SUM(a) AS s FROM t;`;
    const { stdout, stderr } = await run(mended, "--changelog", "final");
    expect(stdout).toBe('{"s":9223372036854775807}\n');
    expect(stderr).not.toContain("note:");
    expect((await run("SET 'on-error' = 'skip'; SELECT 1 / 0;")).stderr).toBe("");
  });

  test("a row that is late for some of its windows only is noted as such", async () => {
    const sql = `CREATE TABLE t (a INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts);
      INSERT INTO t VALUES (1, TIMESTAMP '2026-01-01 00:00:10'), (2, TIMESTAMP '2026-01-01 00:00:09');
      SELECT COUNT(*) AS n FROM HOP(TABLE t, DESCRIPTOR(ts), INTERVAL '10' SECOND, INTERVAL '20' SECOND)
      GROUP BY window_start, window_end;`;
    expect((await run(sql)).stderr).toBe(
      'note: 1 row was late for some windows of query_1, see "query_1$late" or --errors\n',
    );
  });

  test("nothing but results is on stdout, and nothing at all on stderr, where nobody looks", async () => {
    expect((await run(ORDERS + TUMBLED)).stderr).toBe("");
  });
});
