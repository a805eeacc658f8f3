/** What tables without a connector keep (N2): the oldest rows go first, whatever the size of the inserts. */
import { expect, test } from "vitest";
import type { Feed } from "../../src/runtime/sources/feed.ts";
import { FeedLog, RETENTION_ROWS } from "../../src/runtime/sources/feed-log.ts";

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
  expect(kept(log)).toEqual(["t 1", "t 2", "t 3"]);
  for (let i = 0; i < 3; i++) log.take(cursor, all);
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
