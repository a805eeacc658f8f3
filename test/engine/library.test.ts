/** The library as a program holds it: execute, insert, subscribe, query, close. */
import { describe, expect, test } from "vitest";
import type { Change } from "../../src/api.ts";
import { SqlError, SqlErrors } from "../../src/base/error.ts";
import { at, inFolder, openSmall } from "./support.ts";

const table = "CREATE TABLE t (ts TIMESTAMP(3), k STRING, v INT, WATERMARK FOR ts AS ts);";
const sums = `CREATE MATERIALIZED VIEW sums AS SELECT k, SUM(v) AS s FROM t GROUP BY k;`;

async function take(changes: AsyncIterable<Change>, into: string[]): Promise<void> {
  for await (const { op, row } of changes) into.push(`${op} ${Object.values(row).map(String).join(",")}`);
}

describe("execute", () => {
  test("all errors of a text are thrown, in order, and nothing of it takes effect", async () => {
    await using db = await openSmall();
    await db.execute("CREATE TABLE before (v INT);");
    const bytes = db.memory.bytes;
    const failing = "CREATE TABLE t (v INT); SELECT w FROM t; SELECT v FROM nowhere; INSERT INTO before VALUES (1);";
    const error: unknown = await db.execute(failing).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(SqlErrors);
    expect(error instanceof SqlErrors ? error.errors.map((e) => e.sqlstate) : []).toEqual(["42703", "42P01"]);
    await expect(db.execute("SELECT v FROM t;")).rejects.toThrow('table "t" does not exist');
    expect(await db.query("SELECT v FROM before")).toEqual([]);
    expect(db.memory.bytes).toBe(bytes);
  });

  test("what is refused when sources open is refused before anything runs, and holds no memory", async () => {
    await using db = await openSmall();
    const bytes = db.memory.bytes;
    const sql = `CREATE TABLE a (v INT); CREATE TABLE f (v INT) WITH ('connector' = 'filesystem', 'path' = 'nothing.json', 'format' = 'json');
      SELECT v FROM a; SELECT v FROM f;`;
    await expect(db.execute(sql, { baseDirectory: "/" })).rejects.toThrow("does not exist");
    expect(db.memory.bytes).toBe(bytes);
    expect((await db.execute("SHOW TABLES;")).answers).toEqual([{ columns: ["table"], rows: [] }]);
  });

  test("statements build on each other across calls", async () => {
    await using db = await openSmall();
    await db.execute(table);
    await db.execute("CREATE VIEW big AS SELECT k, v FROM t WHERE v > 1;");
    const { queries } = await db.execute("SELECT k FROM big; SELECT v FROM big;");
    await db.insert("t", [
      { ts: at(1), k: "a", v: 1 },
      { ts: at(2), k: "b", v: 2 },
    ]);
    db.endInput();
    await db.finished();
    expect(queries.map((q) => db.resultRows(q))).toEqual([[["b"]], [[2]]]);
  });

  test("after close everything says that the engine is closed", async () => {
    const db = await openSmall();
    await db.execute(table);
    await db.close();
    await db.close();
    await expect(db.execute("SELECT 1;")).rejects.toMatchObject({ sqlstate: "57P01" });
    await expect(db.insert("t", [])).rejects.toMatchObject({ sqlstate: "57P01" });
    await expect(db.query("SELECT 1")).rejects.toMatchObject({ sqlstate: "57P01" });
  });

  test("await using ends the jobs: their memory is free", async () => {
    let memory;
    {
      await using db = await openSmall();
      memory = db.memory;
      await db.execute(`${table} ${sums}`);
      await db.insert("t", [{ ts: at(1), k: "a", v: 1 }]);
      expect(memory.bytes).toBeGreaterThan(0);
    }
    expect(memory.bytes).toBe(0);
  });
});

describe("insert", () => {
  test("rows are checked before any is taken: the error names row and column", async () => {
    await using db = await openSmall();
    await db.execute(
      "CREATE TABLE t (a INT NOT NULL, b BIGINT, r ROW<x INT>); CREATE MATERIALIZED VIEW all_rows AS SELECT a, b FROM t;",
    );
    const good = { a: 1, b: 2n };
    await expect(db.insert("t", [good, { a: 2, b: 2 ** 60 }])).rejects.toThrow('row 2, column "b"');
    await expect(db.insert("t", [good, { a: "x" }])).rejects.toMatchObject({ sqlstate: "22P02" });
    await expect(db.insert("t", [good, { b: 1 }])).rejects.toMatchObject({ sqlstate: "23502" });
    await expect(db.insert("t", [good, { a: 1, c: 1 }])).rejects.toThrow('column "c"');
    await expect(db.insert("t", [good, { a: 1, r: { x: "no" } }])).rejects.toThrow("invalid text");
    await expect(db.insert("nothing", [good])).rejects.toMatchObject({ sqlstate: "42P01" });
    await db.insert("t", [good]);
    expect(await db.query("SELECT * FROM all_rows")).toEqual([{ a: 1, b: 2n }]);
  });

  test("values of a row come back as they went in", async () => {
    await using db = await openSmall();
    await db.execute(`CREATE TABLE t (i INT, b BIGINT, d DECIMAL(20, 2), x DOUBLE, f FLOAT, s STRING, ok BOOLEAN, ts TIMESTAMP(3), z TIMESTAMP_LTZ(3), day DATE, r ROW<a INT, c STRING>);
      CREATE MATERIALIZED VIEW m AS SELECT * FROM t;`);
    const row = {
      i: -1,
      b: 9007199254740993n,
      d: "123456789012345678.90",
      x: 0.1,
      f: 0.5,
      s: "日本",
      ok: true,
      ts: "2026-01-01T00:00:00.001",
      z: "2026-01-01T00:00:00.000Z",
      day: "2026-01-01",
      r: { a: 1, c: null },
    };
    await db.insert("t", [row, { ...row, b: 7, z: new Date(Date.UTC(2026, 0, 1)) }, {}]);
    const nothing = Object.fromEntries(Object.keys(row).map((k) => [k, null]));
    expect(await db.query("SELECT * FROM m")).toEqual([row, { ...row, b: 7n }, nothing]);
  });

  test("it resolves when its own rows are through, not when others come", async () => {
    await using db = await openSmall();
    await db.execute("CREATE TABLE t (v BIGINT); CREATE MATERIALIZED VIEW n AS SELECT COUNT(*) AS c FROM t;");
    const rows = 200_000;
    let isThrough = false;
    const large = db.insertColumns("t", { v: new BigInt64Array(rows) }).then(() => {
      isThrough = true;
    });
    await new Promise<void>((resolve) => setImmediate(resolve));
    expect(db.stats().rowsIn).toBeLessThan(rows);
    const small = db.insert("t", [{ v: 1 }]);
    await Promise.resolve();
    expect(isThrough).toBe(false);
    await Promise.all([large, small]);
    expect(await db.query("SELECT c FROM n")).toEqual([{ c: BigInt(rows + 1) }]);
  });

  test("rows stay for queries that come later", async () => {
    await using db = await openSmall();
    await db.execute(table);
    await db.insert("t", [{ ts: at(1), k: "a", v: 1 }]);
    await db.execute(sums);
    await db.insert("t", [{ ts: at(2), k: "a", v: 2 }]);
    expect(await db.query("SELECT k, s FROM sums")).toEqual([{ k: "a", s: 3n }]);
    expect(await db.query("SELECT SUM(v) AS s FROM t")).toEqual([{ s: 3n }]);
  });
});

test("a table keeps its last million rows for queries that come later, the oldest go first (N2)", async () => {
  await using db = await openSmall();
  await db.execute("CREATE TABLE t (v BIGINT);");
  const part = 100_000;
  for (let call = 0; call < 12; call++) {
    await db.insertColumns("t", { v: BigInt64Array.from({ length: part }, (_, i) => BigInt(call * part + i)) });
  }
  expect(await db.query("SELECT COUNT(*) AS n, MIN(v) AS low, MAX(v) AS high FROM t")).toEqual([
    { n: 1_000_000n, low: 200_000n, high: 1_199_999n },
  ]);
});

describe("subscribe and query", () => {
  test("changes come in order, with their epoch, until the input ends", async () => {
    await using db = await openSmall();
    await db.execute(`${table} ${sums}`);
    const seen: Change[] = [];
    const reading = (async () => {
      for await (const change of db.subscribe("sums")) seen.push(change);
    })();
    await db.insert("t", [{ ts: at(1), k: "a", v: 1 }]);
    await db.insert("t", [
      { ts: at(2), k: "a", v: 2 },
      { ts: at(3), k: "b", v: 5 },
    ]);
    db.endInput();
    await db.finished();
    await reading;
    expect(seen.map(({ op, row }) => [op, row["k"], row["s"]])).toEqual([
      ["+I", "a", 1n],
      ["-U", "a", 1n],
      ["+U", "a", 3n],
      ["+I", "b", 5n],
    ]);
    const epochs = seen.map((c) => c.epoch);
    expect(epochs.slice(1).every((e, i) => e >= (epochs[i] ?? 0))).toBe(true);
    expect(epochs[1]).toBeGreaterThan(epochs[0] ?? Infinity);
  });

  test("an AbortSignal ends a subscription, another goes on", async () => {
    await using db = await openSmall();
    await db.execute(`${table} ${sums}`);
    const controller = new AbortController();
    const [short, long]: [string[], string[]] = [[], []];
    const first = take(db.subscribe("sums", { signal: controller.signal }), short);
    const second = take(db.subscribe("sums"), long);
    await db.insert("t", [{ ts: at(1), k: "a", v: 1 }]);
    controller.abort();
    await first;
    await db.insert("t", [{ ts: at(2), k: "a", v: 2 }]);
    db.endInput();
    await second;
    expect(short).toEqual(["+I a,1"]);
    expect(long).toEqual(["+I a,1", "-U a,1", "+U a,3"]);
  });

  test("changes count from the call on, whenever they are read", async () => {
    await using db = await openSmall();
    await db.execute(`${table} ${sums}`);
    const changes = db.subscribe("sums");
    await db.insert("t", [{ ts: at(1), k: "a", v: 1 }]);
    const seen: string[] = [];
    db.endInput();
    await take(changes, seen);
    expect(seen).toEqual(["+I a,1"]);
  });

  test("of a query that has ended, and under a signal that was given before, nothing more comes", async () => {
    await using db = await openSmall();
    await db.execute(`${table} ${sums}`);
    const seen: string[] = [];
    await take(db.subscribe("sums", { signal: AbortSignal.abort() }), seen);
    db.endInput();
    await db.finished();
    await take(db.subscribe("sums"), seen);
    expect(seen).toEqual([]);
  });

  test("a view that was dropped and made anew is subscribed to as it is now", async () => {
    await using db = await openSmall();
    await db.execute(`${table} CREATE MATERIALIZED VIEW w AS SELECT v FROM t;`);
    await db.execute("DROP MATERIALIZED VIEW w; CREATE MATERIALIZED VIEW w AS SELECT k, v + 1 AS x FROM t;");
    const changes = db.subscribe("w");
    await db.insert("t", [{ ts: at(1), k: "a", v: 1 }]);
    expect((await changes.next()).value).toMatchObject({ op: "+I", row: { k: "a", x: 2 } });
  });

  test("an AbortSignal ends a query over input without end", async () => {
    await using db = await openSmall();
    await db.execute("CREATE TABLE n (event_type INT) WITH ('connector' = 'nexmark');");
    const counting = db.query("SELECT COUNT(*) FROM n", [], { signal: AbortSignal.timeout(50) });
    await expect(counting).rejects.toMatchObject({ name: "TimeoutError" });
    await expect(db.query("SELECT 1", [], { signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: "AbortError",
    });
  });

  test("subscribing to nothing is an error that names what there is", async () => {
    await using db = await openSmall();
    await db.execute(`${table} ${sums}`);
    const error: unknown = await db
      .subscribe("summs")
      .next()
      .catch((e: unknown) => e);
    expect(error).toBeInstanceOf(SqlError);
    expect(error instanceof SqlError ? error.hint : "").toContain("sums");
  });

  test("a query over a file runs to its end; over views it reads what they hold now", async () => {
    await inFolder({ "t.csv": "k,v\na,1\nb,2\na,3\n" }, async (folder) => {
      await using db = await openSmall({ baseDirectory: folder });
      await db.execute(`CREATE TABLE f (k STRING, v INT) WITH ('connector' = 'filesystem', 'path' = 't.csv', 'format' = 'csv');
        ${table} ${sums}`);
      expect(await db.query("SELECT k, SUM(v) AS s FROM f GROUP BY k ORDER BY s DESC")).toEqual([
        { k: "a", s: 4n },
        { k: "b", s: 2n },
      ]);
      expect(await db.query("SELECT * FROM sums")).toEqual([]);
      await db.insert("t", [{ ts: at(1), k: "x", v: 1 }]);
      expect(await db.query("SELECT * FROM sums")).toEqual([{ k: "x", s: 1n }]);
      await expect(db.query("CREATE TABLE u (v INT)")).rejects.toMatchObject({ sqlstate: "42601" });
      await expect(db.query("SELECT k FROM f WHERE 1 / (v - 1) > 0")).resolves.toEqual([{ k: "b" }]);
    });
  });

  test("a view can be read when the inputs have ended", async () => {
    await using db = await openSmall();
    await db.execute(`${table} ${sums}`);
    await db.insert("t", [{ ts: at(1), k: "a", v: 1 }]);
    db.endInput();
    await db.finished();
    expect(await db.query("SELECT k, s FROM sums WHERE s > 0")).toEqual([{ k: "a", s: 1n }]);
    expect(db.resultRows("sums")).toEqual([["a", 1n]]);
  });
});

test("a drain leaves windows open; the signal of execute drains its job", async () => {
  await using db = await openSmall();
  const controller = new AbortController();
  await db.execute(
    `${table} SELECT window_end, SUM(v) FROM TUMBLE(t, DESCRIPTOR(ts), INTERVAL '10' SECOND) GROUP BY window_start, window_end;`,
    { signal: controller.signal },
  );
  await db.insert("t", [
    { ts: at(1000), k: "a", v: 1 },
    { ts: at(11_000), k: "a", v: 2 },
  ]);
  controller.abort();
  const { stats, failures } = await db.finished();
  expect(failures).toEqual([]);
  expect(db.resultRows("query_1")).toEqual([["2026-01-01T00:00:10.000", 1n]]);
  expect(stats.queries[0]).toMatchObject({ ended: false, watermark: BigInt(Date.UTC(2026, 0, 1, 0, 0, 11)) * 1000n });
});

test("jobs of several executes run beside each other and are told apart", async () => {
  await using db = await openSmall();
  await db.execute(
    "CREATE TABLE a (v INT); CREATE TABLE b (v INT); CREATE MATERIALIZED VIEW va AS SELECT SUM(v) AS s FROM a;",
  );
  await db.execute("CREATE MATERIALIZED VIEW vb AS SELECT SUM(v) AS s FROM b;");
  await db.execute("CREATE MATERIALIZED VIEW vab AS SELECT v FROM a UNION ALL SELECT v FROM b;");
  await Promise.all([db.insert("a", [{ v: 1 }, { v: 2 }]), db.insert("b", [{ v: 10 }])]);
  expect([await db.query("SELECT * FROM va"), await db.query("SELECT * FROM vb")]).toEqual([[{ s: 3n }], [{ s: 10n }]]);
  expect(await db.query("SELECT v FROM vab")).toEqual([{ v: 1 }, { v: 2 }, { v: 10 }]);
  expect(db.stats().queries.map((q) => q.name)).toEqual(["va", "vb", "vab"]);
});

describe("parameters of a query", () => {
  const ddl = `CREATE TABLE t (ts TIMESTAMP(3), shop STRING, price DECIMAL(10, 2), n BIGINT);
    INSERT INTO t VALUES (TIMESTAMP '2026-01-01 00:00:00', 'a', 12.50, 1), (TIMESTAMP '2026-01-02 00:00:00', 'b''; --', 7, 2);`;

  test("by position and by name; each takes its type from where it stands", async () => {
    await using db = await openSmall();
    await db.execute(ddl);
    expect(await db.query("SELECT n FROM t WHERE shop = $1 AND price > $2", ["a", 12])).toEqual([{ n: 1n }]);
    expect(await db.query("SELECT n FROM t WHERE shop = :shop", { shop: "b'; --" })).toEqual([{ n: 2n }]);
    expect(await db.query("SELECT n FROM t WHERE n = $1", ["2"])).toEqual([{ n: 2n }]);
    expect(await db.query("SELECT n FROM t WHERE ts >= $1", ["2026-01-02 00:00:00"])).toEqual([{ n: 2n }]);
    expect(await db.query("SELECT n FROM t WHERE ts < $1", [new Date(Date.UTC(2026, 0, 2))])).toEqual([{ n: 1n }]);
    expect(await db.query("SELECT n FROM t WHERE $2 = n AND $1 IS NULL AND $2 = n", [null, 2n])).toEqual([{ n: 2n }]);
  });

  test("a missing or surplus one is an error with its place", async () => {
    await using db = await openSmall();
    await db.execute(ddl);
    const refused = async (sql: string, given: readonly unknown[] | Record<string, unknown>): Promise<unknown> => {
      const error: unknown = await db.query(sql, given).catch((e: unknown) => e);
      return error instanceof SqlErrors ? error.errors.map((e) => [e.sqlstate, e.message, e.span]) : error;
    };
    expect(await refused("SELECT n FROM t WHERE n = $2", [1])).toEqual([
      ["42P02", "no value was given for $2", { start: 26, end: 28 }],
    ]);
    expect(await refused("SELECT n FROM t WHERE n = $1", [1, 2])).toEqual([
      ["08P01", "a value was given for $2, which does not stand here", { start: 0, end: 28 }],
    ]);
    expect(await refused("SELECT n FROM t", { shop: "a" })).toEqual([
      ["08P01", "a value was given for :shop, which does not stand here", { start: 0, end: 15 }],
    ]);
    expect(await refused("SELECT n FROM t WHERE n = $1", ["x"])).toMatchObject([
      ["22P02", expect.anything(), { start: 26 }],
    ]);
  });
});

describe("what an answer leaves out can be seen", () => {
  const ddl = "CREATE TABLE t (ts TIMESTAMP(3), k STRING, v BIGINT, WATERMARK FOR ts AS ts);";
  const rows = [10, 20, 1].map((second, v) => ({ ts: at(second * 1000), k: "a", v: BigInt(v) }));

  test.each([1, 2, 2048])(
    "rows whose expression failed, whether they are kept or not (%i rows at a time)",
    async (runRowsMax) => {
      const told: unknown[] = [];
      const onSideRow = (table: string, row: Readonly<Record<string, unknown>>): unknown =>
        told.push([table, row["field"], row["record"]]);
      await using db = await openSmall({ runRowsMax, onSideRow: (table, row) => void onSideRow(table, row) });
      await db.execute(ddl);
      await db.insert("t", rows);
      const answer = await db.query("SELECT 10 / v AS part FROM t");
      expect(answer).toEqual([{ part: 10n }, { part: 5n }]);
      expect([answer.failed, answer.late, Object.keys(answer)]).toEqual([1, 0, ["0", "1"]]);
      expect(told).toEqual([["query_1$errors", "part", '{"ts":"2026-01-01T00:00:10.000","v":0}']]);
      expect((await db.query("SELECT v FROM t")).failed).toBe(0);
      await db.execute("SET 'on-error' = 'skip'");
      expect((await db.query("SELECT 10 / v AS part FROM t")).failed).toBe(1);
      // A row of a changelog that is taken back has not failed in the end.
      const sums = "SELECT 10 / (n - 3) AS r FROM (SELECT k, COUNT(*) AS n FROM t GROUP BY k) AS g";
      expect((await db.query(sums)).failed).toBe(1);
      await db.insert("t", rows.slice(1, 2));
      expect((await db.query(sums)).failed).toBe(0);
      expect(told).toHaveLength(1);
    },
  );

  test("groups that do not fit, and late rows", async () => {
    await using db = await openSmall();
    await db.execute(ddl);
    await db.insert("t", [...rows, { ts: at(30_000), k: "b", v: 2n ** 63n - 1n }]);
    const windows = await db.query(`SELECT window_end, COUNT(*) AS n FROM TUMBLE(t, DESCRIPTOR(ts), INTERVAL '5' SECOND)
      GROUP BY window_start, window_end`);
    expect([windows.length, windows.failed, windows.late]).toEqual([3, 0, 1]);
    const whole = await db.query("SELECT k, CAST(SUM(v) * 2 AS BIGINT) AS s FROM t GROUP BY k");
    expect([whole, whole.failed]).toEqual([[{ k: "a", s: 6n }], 1]);
  });
});
