/**
 * Histories of an engine over a disk that forgets: rows are inserted, the power goes at any call, the next process goes on.
 * What was acknowledged is in the tables and in the results, once, and the results are those of a life without a cut.
 */
import assert from "node:assert/strict";
import { isSqlError } from "../../../src/base/error.ts";
import { Engine } from "../../../src/engine.ts";
import { DiskError, PowerLoss, SimDisk } from "../disk.ts";
import { cutPower, failCalls } from "../faults.ts";
import { Random } from "../random.ts";
import { simState } from "../state.ts";
import { MEMORY_BYTES, type Told } from "./told.ts";

const SQL = `
  CREATE TABLE t (k STRING, v BIGINT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND);
  CREATE TABLE loud (k STRING, total BIGINT);
  CREATE MATERIALIZED VIEW windows AS SELECT k, COUNT(*) AS n, SUM(v) AS total, COUNT(DISTINCT v) AS kinds, window_end
    FROM TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '10' SECOND) GROUP BY k, window_start, window_end;
  CREATE MATERIALIZED VIEW sessions AS SELECT k, MIN(v) AS least, window_start, window_end
    FROM SESSION(TABLE t PARTITION BY k, DESCRIPTOR(ts), INTERVAL '3' SECOND) GROUP BY k, window_start, window_end;
  CREATE MATERIALIZED VIEW totals AS SELECT k, SUM(v) AS total, MAX(v) AS most FROM t GROUP BY k;
  INSERT INTO loud SELECT k, n FROM windows_source;
  CREATE MATERIALIZED VIEW heard AS SELECT k, COUNT(*) AS times, SUM(total) AS total FROM loud GROUP BY k;`.replace(
  "SELECT k, n FROM windows_source",
  `SELECT k, COUNT(*) FROM HOP(TABLE t, DESCRIPTOR(ts), INTERVAL '5' SECOND, INTERVAL '10' SECOND) GROUP BY k, window_start, window_end`,
);
const VIEWS = ["windows", "sessions", "totals", "heard"];

/** What is run in a life: SQL with a table `t` of k, v and ts. */
export interface Program {
  readonly sql: string;
  readonly views: readonly string[];
  /** It may be another one than in the life before: what is asked of it is in no order. */
  readonly mayChange: boolean;
}

interface Row {
  readonly [column: string]: string | bigint;
}

const start = Date.UTC(2026, 0, 1);

function rowsFrom(random: Random, clock: { now: number }): Row[] {
  return Array.from({ length: 1 + random.below(random.chance(0.1) ? 60 : 6) }, () => {
    clock.now += random.below(1500);
    const ms = start + clock.now - random.below(8000);
    return {
      k: `key ${random.below(4)} ${"x".repeat(random.below(20))}`.slice(0, 12),
      v: BigInt(random.below(30)),
      ts: new Date(ms).toISOString().slice(0, -1),
    };
  });
}

async function openEngine(disk: SimDisk, random: Random, { sql, mayChange }: Program): Promise<Engine> {
  const state = await simState(disk, { snapshotIntervalMs: random.below(20) });
  const options = {
    hashSeed: BigInt(random.below(1e9)),
    runRowsMax: 1 + random.below(9),
    memoryLimitBytes: MEMORY_BYTES,
  };
  const db = new Engine(options, state);
  await db.execute(sql, { isProgram: mayChange });
  return db;
}

const results = (db: Engine, { views, mayChange }: Program): unknown =>
  views.map((view) => {
    const rows = db.resultRows(view);
    return mayChange ? rows.map(textOf).sort() : rows;
  });

const textOf = (row: readonly unknown[]): string =>
  JSON.stringify(row, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value));

/** The rows of the inserts, in one life, with an epoch for each as there was. */
async function undisturbed(program: Program, inserts: readonly (readonly Row[])[]): Promise<unknown> {
  await using db = new Engine({ memoryLimitBytes: MEMORY_BYTES });
  await db.execute(program.sql);
  for (const rows of inserts) await db.insert("t", rows);
  db.endInput();
  await db.finished();
  return results(db, program);
}

/** Whether what was thrown is the loss of power or the failing disk, as whoever met it tells it. */
const isLoss = (error: unknown): boolean =>
  error instanceof PowerLoss || error instanceof DiskError || (isSqlError(error) && error.code === "STORAGE_FAILED");

/** Of every second history the log may forget what queries have passed on. */
export function insertHistory(seed: number, told: Told): Promise<void> {
  const sql = seed % 2 === 0 ? SQL : SQL.replace("total BIGINT);", "total BIGINT) WITH ('retention' = '0');");
  return history(seed, told, () => ({ sql, views: VIEWS, mayChange: false }));
}

/** `programOf`: what is run in the next life. */
export async function history(seed: number, told: Told, programOf: (random: Random) => Program): Promise<void> {
  const random = new Random(seed);
  const clock = { now: 0 };
  const taken: (readonly Row[])[] = [];
  let unsure: readonly Row[] | undefined;
  let disk = new SimDisk();
  disk.makeFolder("/state");
  disk.syncFolder("/state");
  for (let life = 1; life <= 5; life++) {
    const isLast = life === 5;
    const fails = !isLast && random.chance(0.25);
    if (fails) failCalls(disk, random, 120);
    else if (!isLast) cutPower(disk, random, 120);
    told.lives += 1;
    const program = programOf(random);
    let db: Engine | undefined;
    try {
      db = await openEngine(disk, random, program);
      const held = (await db.query("SELECT COUNT(*) AS n FROM t"))[0]?.["n"];
      const known = taken.reduce((n, rows) => n + rows.length, 0);
      if (unsure !== undefined && held === BigInt(known + unsure.length)) taken.push(unsure);
      else assert.equal(held, BigInt(known), `rows in life ${life}`);
      unsure = undefined;
      for (let i = random.below(12); i > 0; i--) {
        unsure = rowsFrom(random, clock);
        await db.insert("t", unsure);
        taken.push(unsure);
        unsure = undefined;
      }
      if (isLast) {
        db.endInput();
        await db.finished();
        assert.deepEqual(results(db, program), await undisturbed(program, taken));
      }
    } catch (error) {
      if (!isLoss(error)) throw error;
      if (fails) told.failures += 1;
      else told.cuts += 1;
    } finally {
      await db?.close().catch(() => undefined);
    }
    disk.onCall = () => undefined;
    disk.capacity = Number.POSITIVE_INFINITY;
    disk = random.chance(0.3) ? disk.kill() : disk.crash(random);
  }
}
