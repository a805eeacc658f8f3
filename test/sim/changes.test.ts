/**
 * Histories of a program that is changed from life to life over a disk that forgets: queries are added, dropped, changed and
 * put back, the power goes at any call, also while the state becomes that of another program. What is asked at the end is
 * what the last program gives in one life.
 */
import { expect, test } from "vitest";
import { isSqlError } from "../../src/base/error.ts";
import { EngineState } from "../../src/engine/state.ts";
import { Engine } from "../../src/engine.ts";
import { scaled } from "../scale.ts";
import { PowerLoss, SimDisk } from "./disk.ts";
import { Random } from "./random.ts";
import { simSnapshots } from "./snapshots.ts";

const TABLES = `CREATE TABLE t (k STRING, v BIGINT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND);
  CREATE TABLE loud (k STRING, total BIGINT);
  INSERT INTO loud SELECT k, COUNT(*) FROM HOP(TABLE t, DESCRIPTOR(ts), INTERVAL '5' SECOND, INTERVAL '10' SECOND)
    GROUP BY k, window_start, window_end;`;

/** By view, what it may be. */
const VARIANTS: Readonly<Record<string, readonly string[]>> = {
  windows: ["COUNT(*) AS n, SUM(v) AS x", "COUNT(*) AS n, MAX(v) AS x"].map(
    (select) => `SELECT k, ${select}, window_end FROM TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '10' SECOND)
      GROUP BY k, window_start, window_end`,
  ),
  sessions: ["3", "4"].map(
    (gap) => `SELECT k, MIN(v) AS least, window_start, window_end
      FROM SESSION(TABLE t PARTITION BY k, DESCRIPTOR(ts), INTERVAL '${gap}' SECOND) GROUP BY k, window_start, window_end`,
  ),
  totals: ["SUM(v)", "MIN(v)"].map((x) => `SELECT k, ${x} AS x FROM t GROUP BY k`),
  heard: ["total", "total + 1"].map((x) => `SELECT k, COUNT(*) AS times, SUM(${x}) AS total FROM loud GROUP BY k`),
};

interface Program {
  readonly sql: string;
  readonly views: readonly string[];
}

function programFrom(random: Random): Program {
  const chosen = Object.entries(VARIANTS).flatMap(([view, variants]) =>
    random.chance(0.75) ? [{ view, select: variants[random.below(variants.length)] ?? "" }] : [],
  );
  const views = chosen.map(({ view, select }) => `CREATE MATERIALIZED VIEW ${view} AS ${select};`);
  return { sql: [TABLES, ...views].join("\n"), views: chosen.map(({ view }) => view) };
}

interface Row {
  readonly [column: string]: string | bigint;
}

const start = Date.UTC(2026, 0, 1);

function rowsFrom(random: Random, clock: { now: number }): Row[] {
  return Array.from({ length: 1 + random.below(8) }, () => {
    clock.now += random.below(1500);
    const ts = new Date(start + clock.now - random.below(8000)).toISOString().slice(0, -1);
    return { k: `key ${random.below(4)}`, v: BigInt(random.below(30)), ts };
  });
}

async function openEngine(disk: SimDisk, random: Random, program: Program): Promise<Engine> {
  let now = 0;
  const state = await EngineState.at({
    storage: disk,
    folder: "/state",
    newId: () => "sim",
    build: "sim",
    segmentBytesMax: 3000,
    nowMs: () => now++,
    snapshotIntervalMs: random.below(40),
    format: () => simSnapshots(disk),
    lock: { release: () => undefined },
    say: () => undefined,
  });
  const db = new Engine({ hashSeed: BigInt(random.below(1e9)), runRowsMax: 1 + random.below(9) }, state);
  await db.execute(program.sql, { isProgram: true });
  return db;
}

/** In no order: a view that was computed anew has its rows in the order of another life. */
const results = (db: Engine, { views }: Program): unknown =>
  views.map((view) => [view, db.resultRows(view).map(textOf).sort()]);

const textOf = (row: readonly unknown[]): string =>
  JSON.stringify(row, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value));

async function undisturbed(program: Program, inserts: readonly (readonly Row[])[]): Promise<unknown> {
  await using db = new Engine({});
  await db.execute(program.sql);
  for (const rows of inserts) await db.insert("t", rows);
  db.endInput();
  await db.finished();
  return results(db, program);
}

/** Whether what was thrown is the loss of power, as whoever met it tells it. */
const isLoss = (error: unknown): boolean =>
  error instanceof PowerLoss || (isSqlError(error) && error.code === "STORAGE_FAILED");

async function history(seed: number): Promise<void> {
  const random = new Random(seed);
  const clock = { now: 0 };
  const taken: (readonly Row[])[] = [];
  let unsure: readonly Row[] | undefined;
  let disk = new SimDisk();
  disk.makeFolder("/state");
  disk.syncFolder("/state");
  for (let life = 1; life <= 6; life++) {
    const isLast = life === 6;
    const program = programFrom(random);
    let calls = random.below(150);
    disk.onCall = () => {
      if (!isLast && calls-- === 0) throw new PowerLoss("now");
    };
    let db: Engine | undefined;
    try {
      db = await openEngine(disk, random, program);
      const held = (await db.query("SELECT COUNT(*) AS n FROM t"))[0]?.["n"];
      const known = taken.reduce((n, rows) => n + rows.length, 0);
      if (unsure !== undefined && held === BigInt(known + unsure.length)) taken.push(unsure);
      else expect(held, `seed ${seed}, life ${life}`).toBe(BigInt(known));
      unsure = undefined;
      for (let i = random.below(10); i > 0; i--) {
        unsure = rowsFrom(random, clock);
        await db.insert("t", unsure);
        taken.push(unsure);
        unsure = undefined;
      }
      if (isLast) {
        db.endInput();
        await db.finished();
        expect(results(db, program), `seed ${seed}`).toEqual(await undisturbed(program, taken));
      }
    } catch (error) {
      if (!isLoss(error)) throw new Error(`seed ${seed}, life ${life}`, { cause: error });
    } finally {
      await db?.close().catch(() => undefined);
    }
    disk.onCall = () => undefined;
    disk = random.chance(0.3) ? disk.kill() : disk.crash(random);
  }
}

test(
  "a program that is changed gives what it gives in one life, wherever the power goes",
  async () => {
    for (let seed = 1; seed <= scaled(12); seed++) await history(seed);
  },
  120_000 * scaled(1),
);
