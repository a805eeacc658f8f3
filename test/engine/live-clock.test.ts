/** What the clock has to say of live sources: partitions that have nothing (T6), rows that are ahead of it (T7). */
import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { SystemClock } from "../../src/connectors/clock.ts";
import { type Engine, open } from "../../src/engine.ts";

/** It stands where it is put; who waits is woken again and again, and finds it there. */
class SetClock implements SystemClock {
  ms = Date.UTC(2026, 0, 1);
  nowMs(): number {
    return this.ms;
  }
  nowMicros(): bigint {
    return BigInt(this.ms) * 1000n;
  }
  async sleep(): Promise<void> {
    await new Promise<void>((resolve) => setTimeout(resolve, 1));
  }
}

let folder = "";
let clock = new SetClock();
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tidemark-clock-"));
  clock = new SetClock();
});
afterEach(() => rmSync(folder, { recursive: true }));

const tableOf = (name: string, path: string, options = ""): string =>
  `CREATE TABLE ${name} (k STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts)
    WITH ('connector' = 'filesystem', 'path' = '${path}', 'format' = 'json', 'follow' = 'true'${options});`;
const WINDOWS = `CREATE MATERIALIZED VIEW w AS SELECT window_end, COUNT(*) AS n
  FROM TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '10' SECOND) GROUP BY window_start, window_end;`;
const start = Date.UTC(2026, 0, 1);
const iso = (seconds: number): string => new Date(start + 1000 * seconds).toISOString().slice(0, -1);

function append(name: string, ...seconds: readonly number[]): void {
  appendFileSync(join(folder, name), seconds.map((s) => `{"k":"${name}","ts":"${iso(s)}"}\n`).join(""));
}
const openDb = (sql: string, state?: string): Promise<Engine> =>
  open({ baseDirectory: folder, clock, ...(state !== undefined && { state }) }).then(async (db) => {
    await db.execute(sql);
    return db;
  });
const rowsIn = (db: Engine): number => db.stats().queries[0]?.conservation.reduce((n, c) => n + c.rowsIn, 0) ?? 0;
/** A little time goes by, or no partition would be asked again. */
const ticking = <T>(look: () => T) =>
  expect.poll(() => {
    clock.ms += 50;
    return look();
  });
const taken = (db: Engine, n: number) => ticking(() => rowsIn(db)).toBe(n);
/** The windows that have fired: end and count. */
const ends = (db: Engine) => db.resultRows("w").map(([end, n]) => [end, n]);
/** So that partitions are asked several times. */
const aWhile = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 60));

async function passes(ms: number): Promise<void> {
  // Steps: a partition is asked between them.
  for (let i = 0; i < 4; i++) {
    clock.ms += ms / 4;
    await aWhile();
  }
}

test("T6: a partition that has nothing for 'idle-timeout' leaves the minimum; one that comes back is judged by the watermark as it stands", async () => {
  append("a", 1, 2);
  append("b", 1, 15, 25);
  await using db = await openDb(tableOf("t", "*") + WINDOWS);
  await taken(db, 5);
  await passes(20_000);
  expect(ends(db)).toEqual([]);
  append("b", 26);
  await taken(db, 6);
  await passes(12_000);
  await ticking(() => ends(db)).toEqual([
    [iso(10), 3n],
    [iso(20), 1n],
  ]);
  // Late for both, then in time; the watermark does not fall.
  append("a", 5, 27);
  await taken(db, 8);
  append("b", 31);
  await taken(db, 9);
  expect(ends(db)).toHaveLength(2);
  append("a", 33);
  await ticking(() => ends(db)).toEqual([
    [iso(10), 3n],
    [iso(20), 1n],
    [iso(30), 3n],
  ]);
  expect(db.stats().queries[0]?.conservation[0]?.late).toBe(1);
});

test("T6: when all are idle the watermark stays; an idle table leaves the minimum of a union", async () => {
  append("a", 1, 25);
  append("b", 1, 2);
  await using db =
    await openDb(`${tableOf("t", "a", ", 'idle-timeout' = '1 min'")} ${tableOf("u", "b", ", 'idle-timeout' = '10 s'")}
    CREATE VIEW both_of AS SELECT * FROM t UNION ALL SELECT * FROM u; ${WINDOWS.replace("TABLE t", "TABLE both_of")}`);
  await taken(db, 4);
  await passes(12_000);
  await ticking(() => ends(db)).toEqual([[iso(10), 3n]]);
  await passes(120_000);
  expect(ends(db)).toHaveLength(1);
  append("b", 3, 26);
  await taken(db, 6);
  append("a", 40);
  append("b", 41);
  await ticking(() => ends(db)).toEqual([
    [iso(10), 3n],
    [iso(30), 2n],
  ]);
});

test("T6, T11: transitions stand in the log: another process puts out the same, and counts idle time anew", async () => {
  const state = join(folder, ".state");
  const sql = tableOf("t", "[ab]") + WINDOWS;
  append("a", 1);
  append("b", 25);
  await (async () => {
    await using db = await openDb(sql, state);
    await taken(db, 2);
    await passes(31_000);
    append("b", 35);
    await ticking(() => ends(db)).toEqual([
      [iso(10), 1n],
      [iso(30), 1n],
    ]);
  })();
  await using db = await openDb(sql, state);
  append("b", 45);
  await taken(db, 4);
  await ticking(() => ends(db)).toHaveLength(3);
  append("a", 46);
  await taken(db, 5);
  append("b", 55);
  await taken(db, 6);
  await passes(20_000);
  expect(ends(db)).toHaveLength(3);
  await passes(12_000);
  append("b", 56);
  await ticking(() => ends(db)).toHaveLength(4);
});

test("T7: a row that is further ahead of the clock than 'max-future-drift' is bad, and moves no watermark", async () => {
  append("a", 1, 3601, 3600, 2);
  await using db = await openDb(`${tableOf("t", "a")} ${WINDOWS}`);
  await taken(db, 4);
  expect(await db.query('SELECT code, field, reason FROM "t$errors"')).toEqual([
    { code: "22008", field: "ts", reason: "the event is further ahead of the clock than 'max-future-drift' allows" },
  ]);
  await ticking(() => ends(db)).toEqual([[iso(10), 1n]]);
  expect(db.stats().queries[0]?.conservation[0]).toMatchObject({ rowsIn: 4, bad: 1, late: 1 });
});

test("EXPLAIN shows the time-outs of a live source, and 'close-after-idle' is refused by name", async () => {
  append("a", 1);
  await using db = await open({ baseDirectory: folder });
  const [explained] = db.explain(
    `${tableOf("t", "a", ", 'idle-timeout' = '5 s', 'max-future-drift' = '1 min'")} SELECT k FROM t;`,
  );
  expect(explained?.text).toContain("live: a partition is idle after 5 s, rows up to 1 min ahead of the clock");
  await expect(db.execute(tableOf("u", "a", ", 'close-after-idle' = '1 s'"))).rejects.toMatchObject({
    errors: [{ code: "NOT_SUPPORTED" }],
  });
});
