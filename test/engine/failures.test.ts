/** What fails at run time: a query alone (exit code 8), a row, or everything under on-error = fail (exit code 4). */
import { PassThrough } from "node:stream";
import { describe, expect, test } from "vitest";
import { SqlError } from "../../src/base/error.ts";
import type { Sink } from "../../src/connectors/connector.ts";
import { BadDataError } from "../../src/runtime/bad-data.ts";
import { at, inFolder, openSmall } from "./support.ts";

const told = (inserting: Promise<void>): Promise<string> => inserting.then(() => "done", String);

const KEYS = 400_000;
const keys = { k: BigInt64Array.from({ length: KEYS }, (_, i) => BigInt(i)) };
const outOfMemory = { sqlstate: "53200" };

describe("memory", () => {
  test("a query that needs more than the limit fails with 53200, the others go on", async () => {
    await using db = await openSmall({ memoryLimitBytes: 16 << 20 });
    await db.execute(`CREATE TABLE t (ts TIMESTAMP(3), k BIGINT, WATERMARK FOR ts AS ts);
      CREATE MATERIALIZED VIEW small AS SELECT COUNT(*) AS n FROM t;
      SELECT k, window_end, COUNT(*) FROM TUMBLE(t, DESCRIPTOR(ts), INTERVAL '1' DAY) GROUP BY k, window_start, window_end;`);
    const before = db.memory.bytes;
    const inserting = db.insertColumns("t", {
      ts: new BigInt64Array(KEYS).fill(1_767_225_600_000_000n),
      k: BigInt64Array.from({ length: KEYS }, (_, i) => BigInt(i)),
    });
    await expect(inserting).rejects.toMatchObject({ code: "MEMORY_EXHAUSTED" });
    db.endInput();
    const { failures, stats } = await db.finished();
    expect(failures).toHaveLength(1);
    expect(failures[0]).toMatchObject({ query: "query_1", error: { code: "MEMORY_EXHAUSTED", sqlstate: "53200" } });
    expect(String(failures[0]?.error)).toMatch(/query query_1.* needs more memory than the limit of \d+ MiB/);
    expect(db.resultRows("small")).toEqual([[BigInt(KEYS)]]);
    expect(stats.memoryPeakBytes).toBeLessThanOrEqual(16 << 20);
    expect(before).toBeLessThan(16 << 20);
  });

  test("a view whose query has failed is no answer to a query", async () => {
    await using db = await openSmall({ memoryLimitBytes: 16 << 20 });
    await db.execute(`CREATE TABLE t (k BIGINT);
      CREATE MATERIALIZED VIEW m AS SELECT k, COUNT(*) AS n FROM t GROUP BY k;
      CREATE MATERIALIZED VIEW total AS SELECT COUNT(*) AS n FROM t;`);
    await expect(db.insertColumns("t", keys)).rejects.toMatchObject(outOfMemory);
    await expect(db.query("SELECT COUNT(*) AS n FROM m")).rejects.toThrow(/query m.* needs more memory/);
    expect(await db.query("SELECT n FROM total")).toEqual([{ n: BigInt(KEYS) }]);
  });

  test("rows that SESSION holds count, and are given back when their session has closed", async () => {
    const rows = 100_000;
    const sql = `CREATE TABLE t (ts TIMESTAMP(3), k BIGINT, s STRING, WATERMARK FOR ts AS ts);
      CREATE MATERIALIZED VIEW n AS SELECT COUNT(*) AS n FROM SESSION(TABLE t PARTITION BY k, DESCRIPTOR(ts), INTERVAL '5' SECOND) WHERE s <> '';`;
    const insert = async (db: Awaited<ReturnType<typeof openSmall>>, stepMicros: bigint): Promise<void> => {
      await db.execute(sql);
      await db.insertColumns("t", {
        ts: BigInt64Array.from({ length: rows }, (_, i) => 1_767_225_600_000_000n + BigInt(i) * stepMicros),
        k: BigInt64Array.from({ length: rows }, (_, i) => BigInt(i % 10)),
        s: Array.from({ length: rows }, (_, i) => `row ${i} ${"x".repeat(100)}`),
      });
      db.endInput();
    };
    await using full = await openSmall({ memoryLimitBytes: 16 << 20 });
    await expect(insert(full, 1000n)).rejects.toMatchObject(outOfMemory);
    full.endInput();
    expect((await full.finished()).failures).toMatchObject([{ query: "n", error: { sqlstate: "53200" } }]);
    await using db = await openSmall({ memoryLimitBytes: 16 << 20 });
    await insert(db, 10_000_000n);
    expect((await db.finished()).failures).toEqual([]);
    expect(db.resultRows("n")).toEqual([[BigInt(rows)]]);
  });

  test("a batch whose rows lie in many windows takes no more memory than a row does", async () => {
    await using db = await openSmall({ memoryLimitBytes: 16 << 20 });
    await db.execute(`CREATE TABLE t (ts TIMESTAMP(3), v BIGINT, WATERMARK FOR ts AS ts);
      CREATE MATERIALIZED VIEW n AS SELECT COUNT(*) AS n FROM
        (SELECT v, window_start FROM HOP(t, DESCRIPTOR(ts), INTERVAL '0.001' SECOND, INTERVAL '1' SECOND)) AS w WHERE v >= 0;`);
    const rows = 1024;
    await db.insertColumns("t", {
      ts: BigInt64Array.from({ length: rows }, (_, i) => 1_767_225_600_000_000n + BigInt(i) * 1000n),
      v: BigInt64Array.from({ length: rows }, (_, i) => BigInt(i)),
    });
    db.endInput();
    expect((await db.finished()).failures).toEqual([]);
    expect(db.resultRows("n")).toEqual([[BigInt(1000 * rows)]]);
  });

  test("windows that a row has missed are put out as they are put together, not when its batch ends", async () => {
    await using db = await openSmall({ memoryLimitBytes: 16 << 20 });
    await db.execute(`CREATE TABLE t (ts TIMESTAMP(3), v BIGINT, WATERMARK FOR ts AS ts);
      CREATE MATERIALIZED VIEW n AS SELECT COUNT(*) AS n, SUM(c) AS c FROM
        (SELECT v, COUNT(*) AS c FROM HOP(t, DESCRIPTOR(ts), INTERVAL '0.001' SECOND, INTERVAL '2' SECOND)
         GROUP BY v, window_start, window_end) AS w WHERE v >= 0;`);
    const keys = 1000;
    // A thousand windows end at the row before the last one, which belongs to some of them.
    const ms = [...Array.from({ length: keys }, () => 0), 1000, 999];
    await db.insertColumns("t", {
      ts: BigInt64Array.from(ms, (at) => 1_767_225_600_000_000n + BigInt(at) * 1000n),
      v: BigInt64Array.from(ms, (_, i) => BigInt(i % keys)),
    });
    db.endInput();
    expect((await db.finished()).failures).toEqual([]);
    // A row lies in 2000 windows. Those of the first millisecond but the first row have missed one, the last row two.
    expect(db.resultRows("n")).toEqual([[3000n + 2998n + 998n * 1999n, 2000n + 999n * 1999n + 2000n + 1998n]]);
  });

  test("a subscriber of the query that failed gets the error, after what came before", async () => {
    await using db = await openSmall({ memoryLimitBytes: 16 << 20 });
    await db.execute(
      "CREATE TABLE t (k BIGINT); CREATE MATERIALIZED VIEW m AS SELECT k, COUNT(*) AS n FROM t GROUP BY k;",
    );
    const seen: unknown[] = [];
    const reading = (async () => {
      for await (const change of db.subscribe("m")) seen.push(change.row);
    })().catch((error: unknown) => error);
    await db.insertColumns("t", { k: BigInt64Array.of(1n) });
    await expect(db.insertColumns("t", keys)).rejects.toMatchObject(outOfMemory);
    expect(await reading).toMatchObject({ sqlstate: "53200" });
    expect(seen[0]).toEqual({ k: 1n, n: 1n });
  });

  test("rows that are sorted count as memory; with LIMIT only so many are held", async () => {
    await using db = await openSmall({ memoryLimitBytes: 16 << 20 });
    await db.execute(`CREATE TABLE t (k BIGINT);
      SELECT k FROM t ORDER BY k DESC;
      SELECT k FROM t ORDER BY k DESC LIMIT 3;`);
    await expect(db.insertColumns("t", keys)).rejects.toMatchObject(outOfMemory);
    expect(db.stats().queries.find((q) => q.name === "query_2")?.stateRows).toBeLessThan(10_000);
    db.endInput();
    const { failures } = await db.finished();
    expect(failures).toMatchObject([{ query: "query_1", error: { sqlstate: "53200" } }]);
    expect(db.resultRows("query_2")).toEqual([1, 2, 3].map((n) => [BigInt(KEYS - n)]));
  });

  test("a statement whose queries do not fit at all is refused, and leaves its memory", async () => {
    await using db = await openSmall({ memoryLimitBytes: 2 << 20 });
    await db.execute("CREATE TABLE t (ts TIMESTAMP(3), k STRING, WATERMARK FOR ts AS ts);");
    const bytes = db.memory.bytes;
    const many = Array.from({ length: 40 }, () => "SELECT k, COUNT(*) FROM t GROUP BY k;").join("\n");
    await expect(db.execute(many)).rejects.toMatchObject({ sqlstate: "53200" });
    expect(db.memory.bytes).toBe(bytes);
    await db.execute("SELECT k FROM t;");
    await db.insert("t", [{ ts: at(1), k: "a" }]);
    expect(db.resultRows("query_1")).toEqual([["a"]]);
  });
});

describe("a sink that fails", () => {
  const full = (when: "write" | "flush" | "close"): Sink => {
    const fail = (): never => {
      throw new SqlError("PATH_UNWRITABLE", { path: "out" }, { path: "out", reason: "ENOSPC" });
    };
    const nothing = (): void => undefined;
    return {
      ordered: true,
      write: when === "write" ? fail : nothing,
      flush: when === "flush" ? () => Promise.reject(new Error("ENOSPC")) : nothing,
      close: () => (when === "close" ? fail() : Promise.resolve()),
    };
  };

  test.each(["write", "flush", "close"] as const)("in %s ends its query; the others go on", async (when) => {
    await using db = await openSmall({ print: ({ ordinal }) => (ordinal === 1 ? full(when) : full("close")) });
    await db.execute(`CREATE TABLE t (v INT); SELECT v FROM t; SELECT v + 1 FROM t;
      CREATE MATERIALIZED VIEW m AS SELECT SUM(v) AS s FROM t;`);
    const inserts = [await told(db.insert("t", [{ v: 1 }])), await told(db.insert("t", [{ v: 2 }]))];
    expect(inserts.filter((text) => text.includes("ENOSPC"))).toHaveLength(when === "close" ? 0 : 1);
    db.endInput();
    const { failures, stats } = await db.finished();
    expect(failures.map((f) => [f.query, String(f.error).includes("ENOSPC")])).toEqual([
      ["query_1", true],
      ["query_2", true],
    ]);
    expect(db.resultRows("m")).toEqual([[3n]]);
    expect(stats.memoryBytes).toBe(0);
  });

  test("a stream that is closed ends the query that writes to it", async () => {
    const stdout = new PassThrough();
    await using db = await openSmall({ stdout });
    await db.execute(`CREATE TABLE t (v INT); CREATE SINK p AS SELECT v FROM t WITH ('connector' = 'print');
      CREATE MATERIALIZED VIEW m AS SELECT v FROM t;`);
    await db.insert("t", [{ v: 1 }]);
    stdout.destroy(new Error("nobody reads"));
    // A sink learns it when it writes out, which is at the end of an epoch and not before an insert is done.
    const outcomes = [await told(db.insert("t", [{ v: 2 }])), await told(db.insert("t", [{ v: 3 }]))];
    expect(outcomes.filter((text) => text !== "done").length).toBeLessThanOrEqual(1);
    db.endInput();
    expect((await db.finished()).failures).toMatchObject([{ query: "p", error: { sqlstate: "08006" } }]);
    expect(db.resultRows("m")).toEqual([[1], [2], [3]]);
  });
});

describe("a query that stopped", () => {
  test("is the failure of the insert whose rows it was taking, and of no other", async () => {
    await using db = await openSmall({ viewRowsMax: 2 });
    await db.execute(`CREATE TABLE t (v INT); CREATE TABLE other (v INT);
      CREATE MATERIALIZED VIEW small AS SELECT v FROM t WHERE v > 0;
      CREATE MATERIALIZED VIEW total AS SELECT SUM(v) AS s FROM T;
      CREATE MATERIALIZED VIEW of_other AS SELECT SUM(v) AS s FROM other;`);
    const rows = [1, 2, 3].map((v) => ({ v }));
    const inserts = [db.insert("T", rows), db.insert("other", rows)];
    await expect(inserts[0]).rejects.toMatchObject({ code: "RESULT_TOO_LARGE" });
    await expect(inserts[1]).resolves.toBeUndefined();
    // What has ended takes no more rows.
    await expect(db.insert("t", [{ v: 4 }])).resolves.toBeUndefined();
    expect([db.resultRows("total"), db.resultRows("of_other")]).toEqual([[[10n]], [[6n]]]);
  });

  test("is counted up to the row where it did, and the counts add up (E6)", async () => {
    await using db = await openSmall({ memoryLimitBytes: 16 << 20 });
    await db.execute(`CREATE TABLE t (k BIGINT); CREATE MATERIALIZED VIEW m AS SELECT COUNT(*) AS n FROM t;
      SELECT k, COUNT(*) FROM t WHERE k >= 0 GROUP BY k;`);
    const inserting = db.insertColumns("t", { k: BigInt64Array.from({ length: KEYS }, (_, i) => BigInt(i - 5)) });
    await expect(inserting).rejects.toMatchObject(outOfMemory);
    db.endInput();
    const { stats } = await db.finished();
    const [whole, stopped] = stats.queries;
    expect(whole).toMatchObject({ stoppedAt: undefined, conservation: [{ rowsIn: KEYS, accounted: KEYS }] });
    const [counts] = stopped?.conservation ?? [];
    expect(counts).toMatchObject({ filtered: 5, failed: 0 });
    expect(counts?.rowsIn).toBe(5 + (counts?.accounted ?? 0));
    expect(stopped?.stoppedAt).toEqual({ table: "t", partition: "0", position: BigInt(counts?.rowsIn ?? 0) });
    expect(counts?.rowsIn).toBeLessThan(KEYS);
  });
});

describe("on-error = fail", () => {
  const lines = [1, 2, 3].map((v) => `{"v": ${v}}`);
  const ddl =
    "CREATE TABLE t (v INT) WITH ('connector' = 'filesystem', 'path' = 't.json', 'format' = 'json', 'on-error' = 'fail');";

  test.each([1, 2, 7, 2048])(
    "the first bad record ends the job; what came before it is put out (%i rows at a time)",
    async (runRowsMax) => {
      await inFolder({ "t.json": [...lines, '{"v": "x"}', '{"v": 5}', ""].join("\n") }, async (folder) => {
        await using db = await openSmall({ baseDirectory: folder, runRowsMax });
        await db.execute(`${ddl} SELECT v FROM t; SELECT SUM(v) FROM t;`);
        const error: unknown = await db.finished().catch((e: unknown) => e);
        expect(error).toBeInstanceOf(BadDataError);
        expect(error).toMatchObject({ error: { code: "BAD_RECORD", place: { line: 4 } } });
        expect([db.resultRows("query_1"), db.resultRows("query_2")]).toEqual([[[1], [2], [3]], [[6n]]]);
        await expect(db.finished()).rejects.toBe(error);
      });
    },
  );

  test("a broken record does it too", async () => {
    await inFolder({ "t.json": [...lines, "nothing", ""].join("\n") }, async (folder) => {
      await using db = await openSmall({ baseDirectory: folder });
      await db.execute(`${ddl} SELECT v FROM t;`);
      await expect(db.finished()).rejects.toMatchObject({ error: { code: "BAD_RECORD" } });
      expect(db.resultRows("query_1")).toEqual([[1], [2], [3]]);
    });
  });

  test("a setting makes a failing expression end the job, and insert says so", async () => {
    await using db = await openSmall({ settings: { "on-error": "fail" } });
    await db.execute("CREATE TABLE t (v INT); SELECT 1 / v FROM t;");
    await db.insert("t", [{ v: 1 }]);
    await expect(db.insert("t", [{ v: 0 }])).rejects.toMatchObject({ error: { code: "ROW_FAILED" } });
    await expect(db.finished()).rejects.toBeInstanceOf(BadDataError);
  });
});

test("side rows are told as they happen, as objects of their table", async () => {
  const told: [string, unknown, unknown][] = [];
  await inFolder(
    { "t.json": '{"ts": "2026-01-01 00:00:10", "v": 1}\n{"ts": "2026-01-01 00:00:01", "v": 0}\n?\n' },
    async (folder) => {
      await using db = await openSmall({
        baseDirectory: folder,
        onSideRow: (table, row) => told.push([table, row["line"], row["record"]]),
      });
      await db.execute(`CREATE TABLE t (ts TIMESTAMP(3), v INT, WATERMARK FOR ts AS ts) WITH ('connector' = 'filesystem', 'path' = 't.json', 'format' = 'json');
      SELECT window_end, SUM(v) FROM TUMBLE(t, DESCRIPTOR(ts), INTERVAL '10' SECOND) GROUP BY window_start, window_end;
      SELECT 1 / v FROM t;`);
      await db.finished();
    },
  );
  expect(told.sort((a, b) => (a[0] < b[0] ? -1 : 1))).toEqual([
    ["query_1$late", undefined, '{"ts":"2026-01-01T00:00:01.000","v":0}'],
    ["query_2$errors", 2n, '{"ts":"2026-01-01T00:00:01.000","v":0}'],
    ["t$errors", 3n, "?"],
  ]);
});
