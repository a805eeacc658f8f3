/** What tables without a connector keep (N2): the oldest rows go first, whatever the size of the inserts. */
import { describe, expect, test } from "vitest";
import type { Feed } from "../../src/runtime/sources/feed.ts";
import { FeedLog, RETENTION_ROWS } from "../../src/runtime/sources/feed-log.ts";
import { openSmall } from "./support.ts";

const all = { has: () => true };
/** As many rows, that name what they are. */
const feed = (table: string, name: string, rows: number): Feed => ({
  table,
  kind: "rows",
  rows: new Array<readonly string[]>(rows).fill([name]),
});

function kept(log: FeedLog): string[] {
  const cursor = log.open();
  const found: string[] = [];
  for (;;) {
    const next = log.take(cursor, all);
    if (next === undefined) break;
    found.push(`${next.table} ${next.kind === "rows" ? String(next.rows[0]?.[0]) : ""}`);
  }
  log.release(cursor);
  return found;
}

test("a small insert behind a large one stays; the large one goes when the rest is enough", () => {
  const log = new FeedLog();
  log.append(feed("t", "large", RETENTION_ROWS));
  log.append(feed("t", "small", 1));
  expect(kept(log)).toEqual(["t large", "t small"]);
  log.append(feed("t", "next", RETENTION_ROWS));
  expect(kept(log)).toEqual(["t next"]);
});

test("every table has its own bound, and all stay in one order", () => {
  const log = new FeedLog();
  log.append(feed("a", "1", 1));
  log.append(feed("b", "1", RETENTION_ROWS));
  log.append(feed("a", "2", 1));
  log.append(feed("b", "2", RETENTION_ROWS));
  expect(kept(log)).toEqual(["a 1", "a 2", "b 2"]);
});

test("what a reader has still to take stays until it has gone through", () => {
  const log = new FeedLog();
  const cursor = log.open();
  for (const name of ["1", "2", "3"]) log.append(feed("t", name, RETENTION_ROWS));
  // Who begins later sees what the retention says.
  expect(kept(log)).toEqual(["t 3"]);
  for (let i = 0; i < 3; i++) expect(log.take(cursor, all)).toMatchObject({ rows: { length: RETENTION_ROWS } });
  log.settle(cursor);
  log.append(feed("t", "4", RETENTION_ROWS));
  expect(kept(log)).toEqual(["t 4"]);
  expect(log.take(cursor, all)?.table).toBe("t");
  expect(log.take(cursor, all)).toBeUndefined();
});

test("small inserts beside a table that hardly gets any cost the same at the end as at the start", () => {
  const log = new FeedLog();
  log.append(feed("quiet", "1", 1));
  const rows = feed("busy", "1", 50);
  const append = (n: number): number => {
    const start = performance.now();
    for (let i = 0; i < n; i++) log.append(rows);
    return performance.now() - start;
  };
  const first = append(RETENTION_ROWS / 50);
  // Quadratic, the second part took a hundred times as long as the first.
  expect(append(RETENTION_ROWS / 50)).toBeLessThan(10 * first + 500);
  expect(kept(log)).toHaveLength(1 + RETENTION_ROWS / 50);
});

describe("'retention' = n", () => {
  const rows = (from: number, to: number): { v: number }[] =>
    Array.from({ length: to - from }, (_, i) => ({ v: from + i }));

  test("later queries see exactly the newest n rows, however they came; the running one sees all", async () => {
    await using db = await openSmall();
    await db.execute(
      "CREATE TABLE t (v INT) WITH ('retention' = '5'); CREATE VIEW s AS SELECT v FROM t; SELECT v FROM t;",
    );
    await db.insert("t", rows(0, 3));
    expect(await db.query("SELECT v FROM t")).toEqual(rows(0, 3));
    await db.insertColumns("t", { v: Int32Array.from({ length: 12 }, (_, i) => 3 + i) });
    expect(await db.query("SELECT v FROM t")).toEqual(rows(10, 15));
    await db.insert("t", rows(15, 17));
    expect(await db.query("SELECT v FROM s")).toEqual(rows(12, 17));
    const { queries } = await db.execute("SELECT v FROM t");
    await db.insert("t", rows(17, 18));
    expect(queries.map((q) => db.resultRows(q))).toEqual([rows(12, 18).map(({ v }) => [v])]);
    expect(db.resultRows("query_1")).toEqual(rows(0, 18).map(({ v }) => [v]));
  });

  test("0 keeps nothing, and every running query has had the rows", async () => {
    await using db = await openSmall();
    await db.execute("CREATE TABLE t (v INT) WITH ('retention' = '0'); SELECT v FROM t;");
    await db.insert("t", rows(0, 3));
    await db.insertColumns("t", { v: Int32Array.of(3) });
    expect(await db.query("SELECT v FROM t")).toEqual([]);
    expect(db.resultRows("query_1")).toEqual([[0], [1], [2], [3]]);
  });
});
