/**
 * A bound on what waits in memory for somebody: subscribers, kept results, rows that wait for those of other queries; and
 * on what a state takes.
 */
import { describe, expect, test } from "vitest";
import { openSmall } from "./support.ts";

const ddl = "CREATE TABLE t (v INT) WITH ('retention' = '0'); CREATE MATERIALIZED VIEW m AS SELECT SUM(v) AS s FROM t;";
const numbers = (from: number, to: number): { v: number }[] =>
  Array.from({ length: to - from }, (_, i) => ({ v: from + i }));

describe("a subscriber", () => {
  test("that reads slowly makes the job wait, and loses nothing", async () => {
    await using db = await openSmall();
    await db.execute(`${ddl} SELECT v FROM t;`);
    const changes = db.subscribe("query_1", { bufferRows: 10 });
    const seen: unknown[] = [];
    const reading = (async () => {
      for await (const { row } of changes) {
        seen.push(row);
        await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    for (let i = 0; i < 20; i++) {
      await db.insert("t", numbers(8 * i, 8 * i + 8));
      // What it holds at most: the bound, and what one epoch puts out.
      expect(8 * (i + 1) - seen.length).toBeLessThanOrEqual(10 + 8 + 8);
    }
    db.endInput();
    await reading;
    expect(seen).toEqual(numbers(0, 160));
  });

  test.each([
    ["that nobody reads", {}],
    ["that asked for it", { whenFull: "fail" as const }],
  ])("%s ends with 53400 after what it has; the query goes on", async (_, options) => {
    await using db = await openSmall();
    await db.execute(`${ddl} SELECT v FROM t;`);
    const changes = db.subscribe("query_1", { bufferRows: 3, ...options });
    await db.insert("t", numbers(0, 5));
    const seen: unknown[] = [];
    const reading = (async () => {
      for await (const { row } of changes) seen.push(row);
    })();
    await expect(reading).rejects.toMatchObject({ sqlstate: "53400", code: "SUBSCRIBER_BEHIND" });
    expect(seen).toEqual(numbers(0, 3));
    await db.insert("t", numbers(5, 6));
    expect(db.resultRows("query_1")).toHaveLength(6);
  });

  test("that stays away does not keep the engine from closing", async () => {
    const db = await openSmall();
    await db.execute(`${ddl} SELECT v FROM t;`);
    const changes = db.subscribe("query_1", { bufferRows: 2 });
    const first = changes.next();
    const inserting = db.insert("t", numbers(0, 100)).catch(() => undefined);
    await first;
    await db.close();
    await inserting;
    expect((await changes.next()).done).toBe(false);
  });
});

describe("results that are kept", () => {
  test("of a bare SELECT the newest rows stay", async () => {
    await using db = await openSmall({ resultRowsMax: 3 });
    await db.execute(`${ddl} SELECT v FROM t;`);
    for (let i = 0; i < 10; i++) await db.insert("t", numbers(i, i + 1));
    expect(db.resultRows("query_1")).toEqual([[7], [8], [9]]);
  });

  test("a changelog, a view and the answer of query end with 53400; the others go on", async () => {
    await using db = await openSmall({ resultRowsMax: 3, viewRowsMax: 5 });
    await db.execute(`CREATE TABLE t (v INT); CREATE MATERIALIZED VIEW m AS SELECT COUNT(*) AS n FROM t;
      CREATE MATERIALIZED VIEW all_rows AS SELECT v FROM t; SELECT v, COUNT(*) FROM t GROUP BY v;`);
    const tooLarge = { code: "RESULT_TOO_LARGE", sqlstate: "53400" };
    await expect(db.insert("t", numbers(0, 10))).rejects.toMatchObject(tooLarge);
    await expect(db.query("SELECT v FROM t")).rejects.toMatchObject(tooLarge);
    expect(await db.query("SELECT v FROM t WHERE v < 2")).toEqual(numbers(0, 2));
    expect(db.resultRows("m")).toEqual([[10n]]);
    db.endInput();
    const { failures } = await db.finished();
    expect(failures.map((f) => f.query).sort()).toEqual(["all_rows", "query_1"]);
  });
});

test("more rows than may wait for those of other queries end the query that has them", async () => {
  await using db = await openSmall({
    waitingRowsMax: 4,
    print: () => ({ ordered: true, write: () => undefined, flush: () => undefined, close: () => Promise.resolve() }),
  });
  await db.execute(`CREATE TABLE t (v INT); SELECT v FROM t; SELECT COUNT(*) FROM t;`);
  await db.insert("t", numbers(0, 4));
  expect(db.stats().queries.map((q) => q.rowsOut)).toEqual([4, 3]);
  await expect(db.insert("t", numbers(0, 5))).rejects.toMatchObject({ code: "EPOCH_TOO_LARGE" });
  db.endInput();
  const { failures, stats } = await db.finished();
  expect(failures).toMatchObject([{ query: "query_1", error: { code: "EPOCH_TOO_LARGE" } }]);
  expect(stats.queries[1]?.conservation).toMatchObject([{ rowsIn: 9, accounted: 9 }]);
});

test.each([1, 2, 2048])(
  "so do more changes than may wait for their net change; those that cancel do not wait (%i rows at a time)",
  async (runRowsMax) => {
    await using db = await openSmall({ waitingRowsMax: 3, runRowsMax });
    await db.execute(`CREATE TABLE t (v INT); CREATE MATERIALIZED VIEW total AS SELECT SUM(v) AS s FROM t;
      CREATE MATERIALIZED VIEW m AS SELECT v FROM (SELECT v, COUNT(*) AS n FROM t GROUP BY v) AS g WHERE n > 0;`);
    await db.insert("t", numbers(0, 3));
    await db.insert("t", numbers(3, 6));
    await db.insert("t", numbers(0, 6));
    expect(db.resultRows("m")).toHaveLength(6);
    await expect(db.insert("t", numbers(6, 10))).rejects.toThrow(/^m puts out more than 3 rows in one epoch/);
    db.endInput();
    expect((await db.finished()).failures).toMatchObject([{ query: "m", error: { sqlstate: "53400" } }]);
    expect(db.resultRows("total")).toEqual([[60n]]);
  },
);

describe("a GROUP BY whose groups come and go", () => {
  const ids = 3000;
  const run = async (rounds: number): Promise<{ readonly peak: number; readonly rows: readonly unknown[] }> => {
    await using db = await openSmall();
    await db.execute(`CREATE TABLE t (id BIGINT, k BIGINT) WITH ('retention' = '0');
      CREATE MATERIALIZED VIEW m AS SELECT k, COUNT(DISTINCT id) AS ids, MIN(id) AS least, MAX(id) AS most
      FROM (SELECT id, MAX(k) AS k FROM t GROUP BY id) AS x GROUP BY k;`);
    for (let round = 0; round < rounds; round++) {
      await db.insertColumns("t", {
        id: BigInt64Array.from({ length: ids }, (_, i) => BigInt(i)),
        k: BigInt64Array.from({ length: ids }, (_, i) => BigInt(round * ids + i)),
      });
    }
    db.endInput();
    const { failures, stats } = await db.finished();
    expect(failures).toEqual([]);
    return { peak: stats.memoryPeakBytes, rows: db.resultRows("m") };
  };

  test("takes as much memory as those at one time, and knows the new ones from the old", async () => {
    const [short, long] = [await run(10), await run(80)];
    expect(long.peak).toBe(short.peak);
    const last = (i: number): bigint => BigInt(79 * ids + i);
    expect(long.rows.toSorted()).toEqual(
      Array.from({ length: ids }, (_, i) => [last(i), 1n, BigInt(i), BigInt(i)]).toSorted(),
    );
  });
});

test("panes of few groups take a few KiB each, their values and strings too", async () => {
  await using db = await openSmall();
  await db.execute(`CREATE TABLE t (ts TIMESTAMP(3), k STRING, v STRING, n INT, WATERMARK FOR ts AS ts) WITH ('retention' = '0');
    CREATE MATERIALIZED VIEW m AS SELECT COUNT(*) AS windows, SUM(vs) AS vs, SUM(ns) AS ns FROM (
      SELECT k, COUNT(DISTINCT v) AS vs, COUNT(DISTINCT n) AS ns
      FROM HOP(t, DESCRIPTOR(ts), INTERVAL '1' MINUTE, INTERVAL '1' HOUR) GROUP BY k, window_start, window_end) AS w;`);
  const before = db.memory.bytes;
  // A row a minute; a window does not fire inside a batch.
  const rows = 10;
  for (let from = 0; from < 24 * 60; from += rows) {
    await db.insertColumns("t", {
      ts: BigInt64Array.from({ length: rows }, (_, i) => 1_767_225_600_000_000n + BigInt(from + i) * 60_000_000n),
      k: Array.from({ length: rows }, (_, i) => `key ${(from + i) % 5}`),
      v: Array.from({ length: rows }, (_, i) => `value ${(from + i) % 7}`),
      n: Int32Array.from({ length: rows }, (_, i) => (from + i) % 11),
    });
  }
  db.endInput();
  const { failures, stats } = await db.finished();
  expect(failures).toEqual([]);
  // 60 panes of six tables and arenas, the running totals, and blocks of rows.
  expect(stats.memoryPeakBytes - before).toBeLessThan(2 << 20);
  // Each of five keys in its windows, with 7 and 11 values but for those at the ends.
  expect(db.resultRows("m")).toEqual([[5n * 1495n, 51_275n, 79_475n]]);
});
