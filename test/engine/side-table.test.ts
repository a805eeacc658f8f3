/** The tables of what did not become a result: bounded, and rows of a changelog can be taken back (N5, E5). */
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Engine } from "../../src/engine.ts";
import { SIDE_ROWS_MAX, SideTable } from "../../src/runtime/accounting/side-table.ts";
import { at, inFolder, openSmall, TestClock } from "./support.ts";

test("the last row of a key is taken back, as often as there is one", () => {
  const side = new SideTable("q$errors", []);
  side.add(["a1"], "a");
  side.add(["b1"], "b");
  side.add(["a2"], "a");
  side.add(["c1"]);
  side.takeBack("a");
  expect(side.kept()).toEqual([["a1"], ["b1"], ["c1"]]);
  side.takeBack("a");
  side.takeBack("a");
  side.takeBack("none");
  expect(side.kept()).toEqual([["b1"], ["c1"]]);
  side.add(["a3"], "a");
  side.takeBack("a");
  expect([side.total, side.evicted, side.kept()]).toEqual([5, 0, [["b1"], ["c1"]]]);
});

test("a row that was evicted stays counted, whatever is taken back later", () => {
  const side = new SideTable("q$errors", []);
  for (let i = 0; i < SIDE_ROWS_MAX + 2; i++) side.add([i], i % 2 === 0 ? "even" : undefined);
  expect(side.evicted).toBe(2);
  expect(side.kept()[0]).toEqual([2]);
  for (let i = 0; i < SIDE_ROWS_MAX; i++) side.takeBack("even");
  expect(side.kept().length).toBe(SIDE_ROWS_MAX / 2);
  expect([side.total, side.evicted]).toEqual([SIDE_ROWS_MAX + 2, 2]);
});

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** One row that is late, one that fails, and the first on time that is in the window. */
const LATE_AND_FAILED = `CREATE TABLE t (ts TIMESTAMP(3), d INT, WATERMARK FOR ts AS ts);
  CREATE MATERIALIZED VIEW v AS SELECT window_end, SUM(10 / d) AS s
  FROM TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' SECOND) GROUP BY window_start, window_end;`;

const row = (ms: number, d: number) => ({ ts: at(ms), d });

/** How many rows the late and the error table hold, and how many were evicted from them. */
async function sides(db: Engine): Promise<unknown> {
  const rows = async (name: string): Promise<number> => (await db.query(`SELECT * FROM "${name}"`)).length;
  const evicted = db.stats().sideTables.map(({ name, evicted: n, rows: all }) => [name, all, n]);
  return { late: await rows("v$late"), failed: await rows("v$errors"), evicted };
}

const balances = (db: Engine): boolean =>
  db
    .stats()
    .queries.flatMap((q) => q.conservation)
    .every((c) => c.rowsIn === c.bad + c.skipped + c.failed + c.filtered + c.late + c.accounted);

test("late and failed rows go after seven days of the epoch clock, stay counted, and come back from a snapshot", async () => {
  const state = mkdtempSync(join(tmpdir(), "tidemark-age-"));
  const clock = new TestClock();
  try {
    await (async () => {
      await using db = await openSmall({ state, clock });
      await db.execute(LATE_AND_FAILED);
      await db.insert("t", [row(5000, 1), row(1000, 1), row(6000, 0)]);
      clock.ms += 6 * DAY_MS;
      await db.insert("t", [row(1000, 1), row(6000, 0)]);
      expect(await sides(db)).toEqual({
        late: 2,
        failed: 2,
        evicted: [
          ["v$errors", 2, 0],
          ["v$late", 2, 0],
        ],
      });
    })();
    clock.ms += DAY_MS + HOUR_MS;
    await using db = await openSmall({ state, clock });
    // What they keep is nothing that a query depends on: it goes on.
    await db.execute(`SET 'side-tables.max-age' = '150 hours'; ${LATE_AND_FAILED}`);
    await db.insert("t", [row(6500, 1)]);
    const expected = {
      late: 1,
      failed: 1,
      evicted: [
        ["v$errors", 2, 1],
        ["v$late", 2, 1],
      ],
    };
    expect(await sides(db)).toEqual(expected);
    expect(balances(db)).toBe(true);
    // Nobody reads the wall clock: without an epoch nothing grows old.
    clock.ms += 30 * DAY_MS;
    expect(await sides(db)).toEqual(expected);
  } finally {
    rmSync(state, { recursive: true });
  }
});

test("'side-tables.max-age' is set for a query and for a table", async () => {
  const lines = ['{"d":1}', "x", '{"d":2}', "y"].join("\n");
  await inFolder({ "t.ndjson": `${lines}\n` }, async (folder) => {
    const clock = new TestClock();
    await using db = await openSmall({ baseDirectory: folder, clock });
    await db.execute(`SET 'side-tables.max-age' = '2 hours';
      CREATE TABLE t (d INT) WITH ('connector' = 'filesystem', 'path' = 't.ndjson', 'format' = 'json', 'rate' = '1');
      SET 'side-tables.max-age' = '1 day';
      CREATE SINK o AS SELECT 1 / (d - 1) AS x FROM t WITH ('connector' = 'blackhole')`);
    const { nowMicros } = clock;
    // Every reading is an hour behind the one before.
    clock.nowMicros = () => {
      clock.ms += HOUR_MS;
      return nowMicros.call(clock);
    };
    await db.finished();
    const [bad, failed] = db.stats().sideTables;
    expect(bad).toMatchObject({ name: "t$errors", rows: 2, evicted: 1, inputRows: 2 });
    expect(failed).toMatchObject({ name: "o$errors", rows: 1, evicted: 0, inputRows: 1 });
    expect((await db.query(`SELECT record FROM "t$errors"`)).map(({ record }) => record)).toEqual(["y"]);
    expect(balances(db)).toBe(true);
  });
});

test("epochs that are gone through again evict by the clock that was recorded", async () => {
  const folder = mkdtempSync(join(tmpdir(), "tidemark-age-"));
  const clock = new TestClock();
  const lateRows = (db: Engine) => db.query(`SELECT "at", record FROM "v$late"`);
  try {
    await using db = await openSmall({ state: join(folder, "killed"), clock });
    await db.execute(LATE_AND_FAILED);
    await db.insert("t", [row(5000, 1), row(1000, 1)]);
    clock.ms += 5 * DAY_MS;
    await db.insert("t", [row(2000, 1)]);
    clock.ms += 3 * DAY_MS;
    await db.insert("t", [row(6500, 1)]);
    // As a process leaves it that is killed here: a log and no snapshot.
    cpSync(join(folder, "killed"), join(folder, "next"), { recursive: true });
    await using next = await openSmall({ state: join(folder, "next"), clock });
    await next.execute(LATE_AND_FAILED);
    expect(await lateRows(next)).toEqual(await lateRows(db));
    expect(await sides(next)).toEqual({ late: 1, failed: 0, evicted: [["v$late", 2, 1]] });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("the late rows of a sink's query can be read under its name", async () => {
  await using db = await openSmall();
  await db.execute(
    `${LATE_AND_FAILED.slice(0, LATE_AND_FAILED.indexOf("CREATE MATERIALIZED"))} CREATE SINK o AS
    SELECT window_end, COUNT(*) AS n FROM TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' SECOND)
    GROUP BY window_start, window_end WITH ('connector' = 'blackhole')`,
  );
  await db.insert("t", [row(5000, 1), row(1000, 1)]);
  expect(await db.query(`SELECT op FROM "o$late"`)).toEqual([{ op: "+I" }]);
});

test("a duration that is none is refused where it is set", async () => {
  await using db = await openSmall();
  await expect(db.execute("SET 'side-tables.max-age' = '0 days'")).rejects.toMatchObject({
    errors: [{ code: "INVALID_SETTING" }],
  });
});
