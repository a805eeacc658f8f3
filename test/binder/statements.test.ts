/** Statements: names of queries (N1), rows of INSERT, DDL that later statements see, SET, SHOW, DESCRIBE. */
import { describe, expect, test } from "vitest";
import { errorsOf, outputOf, plan, queryOf, stepsOf } from "./support.ts";

const names = (sql: string): readonly string[] =>
  plan(sql).steps.flatMap((s) => (s.kind === "registerQuery" ? [s.query.name] : []));

describe("N1: names of queries", () => {
  test("bare SELECTs are numbered in order of the file", () => {
    expect(names("SELECT 1; SELECT 2")).toEqual(["query_1", "query_2"]);
  });
  test("INSERT INTO is named by its table, with a number from the second on", () => {
    const sql = "INSERT INTO plain SELECT i, i, ts FROM bids;";
    expect(names(sql + sql + sql)).toEqual(["plain_insert", "plain_insert_2", "plain_insert_3"]);
  });
  test("pipeline.name names the next query only", () => {
    expect(names("SET 'pipeline.name' = 'mine'; SELECT 1; SELECT 2")).toEqual(["mine", "query_2"]);
  });
  test("a view is named by itself, EXPLAIN uses no name up", () => {
    expect(names("CREATE MATERIALIZED VIEW mv AS SELECT i FROM bids; EXPLAIN SELECT 1; SELECT 1")).toEqual([
      "mv",
      "query_1",
    ]);
  });
  test("a name is taken by any object", () => {
    expect(errorsOf("SET 'pipeline.name' = 'bids'; SELECT 1")).toBe(
      '42P07 "bids" already exists [SELECT 1] hint: pipeline.name is taken',
    );
  });
});

describe("INSERT .. VALUES", () => {
  const rowsOf = (sql: string): unknown => plan(sql).steps.flatMap((s) => (s.kind === "insertRows" ? s.rows : []));

  test("values are cast to the columns, in the order of the text", () => {
    expect(rowsOf("INSERT INTO plain VALUES (1, '2', '2026-01-01 00:00:00.5'), (NULL, 1.5, NULL)")).toEqual([
      [1, 2, 1_767_225_600_500_000n],
      [null, 2, null],
    ]);
  });
  test("a text that is too long is refused, not cut, but for spaces at the end", () => {
    const table = "CREATE TABLE short (k VARCHAR(3)); ";
    expect(rowsOf(`${table}INSERT INTO short VALUES ('abc  ')`)).toEqual([["abc"]]);
    const { errors } = plan(`${table}INSERT INTO short VALUES ('abcd')`);
    expect(errors.map((e) => e.message)).toEqual(['row 1, column "k": value too long for VARCHAR(3)']);
  });
  test("columns that are not listed are NULL", () => {
    expect(rowsOf('INSERT INTO plain ("B") VALUES (7)')).toEqual([[null, 7, null]]);
  });
  test("ROW values", () => {
    expect(rowsOf("INSERT INTO bids (bidder, info) VALUES (1, ROW(2, ROW('x')))")).toEqual([
      [null, 1n, null, null, null, null, null, null, null, null, null, null, null, [2, ["x"]], null],
    ]);
  });
});

describe("CREATE TABLE", () => {
  const tableOf = (sql: string) => {
    const outcome = plan(sql);
    expect(outcome.errors).toEqual([]);
    const step = outcome.steps.at(-1);
    if (step?.kind !== "createTable") throw new Error("no table was made");
    return step.table;
  };

  test("computed columns follow the physical ones in the plan and keep their place for people", () => {
    const ddl = "CREATE TABLE t (a INT, b AS a + 1, c INT NOT NULL, d AS b * 2)";
    const table = tableOf(ddl);
    expect(table.physical.map((f) => f.name)).toEqual(["a", "c"]);
    expect(table.schema.map((f) => f.name)).toEqual(["a", "c", "b", "d"]);
    expect(table.notNull).toEqual([1]);
    expect(outputOf(`${ddl}; SELECT * FROM t`)).toBe("a INT, b INT, c INT NOT NULL, d INT");
  });
  test("T10: WATERMARK FOR c alone is a millisecond behind", () => {
    const table = tableOf("CREATE TABLE t (ts TIMESTAMP(3), WATERMARK FOR ts)");
    const { watermark } = table;
    expect(watermark?.node === "call" && watermark.args[1]).toMatchObject({ node: "literal", value: 1000n });
  });
  test("what watermark and NOT NULL computed columns need is always read", () => {
    const table = tableOf(
      "CREATE TABLE t (a INT, b INT, ms BIGINT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '1' SECOND)",
    );
    expect(table.eventTime).toBe(3);
    expect(table.always).toEqual([3]);
  });
  test("IF NOT EXISTS leaves the table as it is", () => {
    expect(stepsOf(plan("CREATE TABLE IF NOT EXISTS plain (z INT)"))).toEqual([]);
  });
  test("a nested field may be the event time", () => {
    const table = tableOf("CREATE TABLE t (r ROW<a INT, ts TIMESTAMP(3)>, WATERMARK FOR r.ts AS r.ts)");
    expect(table.eventTime).toBe(2);
  });
});

describe("parameters are bound as values", () => {
  test("text takes the type that its place asks for", () => {
    expect(outputOf("SELECT i FROM bids WHERE ts > :t AND i = :n", { t: "2026-01-01 00:00:00", n: "5" })).toBe("i INT");
  });
  test("they are never part of the SQL", () => {
    expect(outputOf("SELECT :x AS x", { x: "1; DROP TABLE bids" })).toBe("x STRING NOT NULL");
  });
});

describe("system tables (N5)", () => {
  test("every table has $errors, every query $errors and $late", () => {
    expect(outputOf('SELECT source, line FROM "bids$errors"')).toBe("source STRING, line BIGINT");
    expect(outputOf('SELECT 1; SELECT windows FROM "query_1$late"')).toBe("windows STRING NOT NULL");
    expect(errorsOf('SELECT * FROM "bids$late"')).toContain('42P01 table "bids$late" does not exist');
  });
});

describe("SHOW and DESCRIBE", () => {
  const shown = (sql: string): unknown => {
    const step = plan(sql).steps.at(-1);
    return step?.kind === "show" ? step.rows : undefined;
  };
  test("lists follow the file, LIKE filters", () => {
    expect(shown("SHOW TABLES")).toEqual([["bids"], ["zoned"], ["plain"]]);
    expect(shown("SHOW TABLES LIKE '%d%'")).toEqual([["bids"], ["zoned"]]);
    expect(shown("CREATE VIEW v AS SELECT 1 AS x; SHOW VIEWS")).toEqual([["v"]]);
    expect(shown("SELECT 1; SHOW QUERIES")).toEqual([["query_1"]]);
  });
  test("DESCRIBE tells types, computed columns and watermark as written", () => {
    expect(
      shown(
        "CREATE TABLE t (a INT NOT NULL, b AS a + 1, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '1' SECOND); DESCRIBE t",
      ),
    ).toEqual([
      ["a", "INT", "no", null, null],
      ["b", "INT", "no", "AS a + 1", null],
      ["ts", "TIMESTAMP(3)", "yes", null, "ts - INTERVAL '1' SECOND"],
    ]);
  });
  test("a setting shows what was set", () => {
    expect(shown("SET 'on-error' = 'SKIP'; SHOW \"on-error\"")).toEqual([["skip"]]);
  });
});

test("a setting of another engine is taken with a notice", () => {
  const { errors, warnings } = plan("SET 'execution.checkpointing.interval' = '10s'");
  expect(errors).toEqual([]);
  expect(warnings.map((w) => w.message)).toEqual([
    "setting 'execution.checkpointing.interval' is accepted and has no effect",
  ]);
});

test("a statement set registers its queries in order, and says the errors of all", () => {
  const set = (body: string): string => `EXECUTE STATEMENT SET BEGIN ${body} END`;
  const insert = "INSERT INTO plain SELECT i, i, ts FROM bids;";
  expect(names(set(insert + insert))).toEqual(["plain_insert", "plain_insert_2"]);
  expect(plan(set("INSERT INTO plain SELECT z FROM bids; INSERT INTO nope SELECT 1;")).errors).toHaveLength(2);
});

test("DROP: later statements do not see the object; a table under a view stays", () => {
  expect(errorsOf("DROP TABLE plain; SELECT * FROM plain")).toContain('table "plain" does not exist');
  expect(errorsOf("CREATE VIEW v AS SELECT a FROM plain; DROP TABLE plain")).toContain('2BP01 "plain" is used by v');
  expect(errorsOf("DROP TABLE IF EXISTS nothing")).toBe("");
});

test("R4: state without bound is a warning", () => {
  expect(plan("SELECT i, COUNT(*) FROM bids GROUP BY i").warnings.map((w) => w.message)).toEqual([
    "GROUP BY (GroupAggregate[2]) keeps every group for ever: its state has no bound",
  ]);
  expect(plan("SELECT COUNT(*) FROM bids").warnings).toEqual([]);
});

test("a view's state is warned of once, however many queries read it, and each of its places", () => {
  const view = (name: string): string => `CREATE VIEW ${name} AS SELECT i, COUNT(*) AS n FROM bids GROUP BY i;`;
  const codes = (sql: string): readonly string[] => plan(sql).warnings.map((w) => `${w.code} ${w.span?.start ?? -1}`);
  expect(codes(`${view("v")} SELECT i FROM v; SELECT n FROM v WHERE n > 1; SELECT SUM(n) FROM v;`)).toHaveLength(1);
  expect(codes(`${view("v")} ${view("w")} SELECT i FROM v; SELECT i FROM w; SELECT i FROM v;`)).toHaveLength(2);
  expect(codes(`${view("v")} EXPLAIN SELECT i FROM v; EXPLAIN SELECT n FROM v;`)).toHaveLength(1);
});

test("a query's key: the group of an updating GROUP BY, as far as the output has it", () => {
  const key = (sql: string): readonly number[] | undefined => queryOf(plan(sql))?.key;
  expect(key("SELECT COUNT(*), i FROM bids GROUP BY i")).toEqual([1]);
  expect(key("SELECT COUNT(*) FROM bids GROUP BY i")).toBeUndefined();
  expect(key("SELECT COUNT(*) FROM bids")).toEqual([]);
  expect(key("SELECT i FROM bids")).toBeUndefined();
});

test("a query that would feed itself is refused, also through others", () => {
  expect(errorsOf("INSERT INTO plain SELECT a, a, ts FROM plain")).toBe(
    "0A000 this INSERT INTO plain is not possible: it reads plain, which it feeds [plain] hint: write to another table",
  );
  const through =
    "CREATE TABLE p2 (a INT, ts TIMESTAMP(3)); INSERT INTO p2 SELECT a, ts FROM plain; INSERT INTO plain SELECT a, a, ts FROM p2";
  expect(errorsOf(through)).toContain("it reads p2, which it feeds");
});

test("an option may be written with underscores, and without quotes", () => {
  const step = plan("CREATE TABLE t (a INT) WITH (on_error = 'skip')").steps.at(-1);
  expect(step?.kind === "createTable" && [...step.table.options.keys()]).toEqual(["on-error"]);
});
