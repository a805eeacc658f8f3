/** A million groups: what saving them costs the engine's thread, and how long a process takes to come back to them. */
import { cpSync, existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { BIGINT } from "../../src/base/types.ts";
import { type Engine, open } from "../../src/index.ts";
import { snapshotTimes } from "../snapshot.ts";
import { type Measure, mebibytes, ms, timed } from "./figure.ts";

const KEYS = 1_000_000;
const LOG_BYTES = 256 * 2 ** 20;
const BLOCK_ROWS = 1 << 16;
const NEVER = Number.POSITIVE_INFINITY;
/** Key, window_start, and three aggregates: five columns that are kept of each group. The window does not end. */
const SQL = `CREATE TABLE input (k BIGINT, v BIGINT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('retention' = '0');
  CREATE SINK result AS
  SELECT k, window_end, COUNT(*) AS n, MIN(v) AS low, MAX(v) AS high
  FROM TUMBLE(TABLE input, DESCRIPTOR(ts), INTERVAL '1' DAY) GROUP BY k, window_start, window_end
  WITH ('connector' = 'blackhole')`;

/** Rows of the keys from `from` on, all of one instant. */
async function fill(db: Engine, from: number, rows: number, keys: number): Promise<void> {
  const k = BigInt64Array.from({ length: rows }, (_, i) => BigInt((from + i) % keys));
  await db.insertColumns("input", { k, v: k, ts: new BigInt64Array(rows) });
}

async function filled(state: string, keys: number, snapshotIntervalMs: number): Promise<Engine> {
  const db = await open({ state, snapshotIntervalMs });
  await db.execute(SQL);
  for (let from = 0; from < keys; from += BLOCK_ROWS) await fill(db, from, Math.min(BLOCK_ROWS, keys - from), keys);
  return db;
}

function snapshotsOf(state: string): readonly string[] {
  const folder = join(state, "snapshots");
  return existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".duckdb")) : [];
}

const SNAPSHOT_MS = 8000;
const CALM_EPOCHS = 100;

/** Timers are late by what the engine's thread does: small epochs, and in one of them the snapshot. */
export const stall: Measure = async (folder, scale) => {
  const keys = Math.round(KEYS * scale);
  const state = join(folder, "state");
  await using db = await filled(state, keys, SNAPSHOT_MS);
  const until = async (condition: () => boolean): Promise<void> => {
    while (!condition()) {
      await fill(db, 0, 1, keys);
      await sleep(5);
    }
  };
  await until(() => snapshotsOf(state).length > 0);
  let epochs = 0;
  const calm = await timed(() => until(() => epochs++ >= CALM_EPOCHS));
  const before = snapshotsOf(state).join();
  const saved = await timed(() => until(() => snapshotsOf(state).join() !== before));
  const staged = await snapshotTimes(BIGINT, keys, 3);
  return [
    {
      what: `longest stall of the engine, a snapshot of ${keys} groups`,
      value: ms(saved.lateMs),
      beside: { what: "epochs without one", value: ms(calm.lateMs), ratio: saved.lateMs / calm.lateMs },
    },
    {
      what: "the same rows written by the thread of their own",
      value: ms(staged.write),
      beside: { what: "timers late", value: ms(staged.late), ratio: staged.late / staged.write },
    },
  ];
};

const logBytes = (state: string): number =>
  readdirSync(join(state, "log")).reduce((n, name) => n + statSync(join(state, "log", name)).size, 0);

/** A snapshot of the groups, and a log behind it; the process that wrote it is gone without a word. */
export const recovery: Measure = async (folder, scale) => {
  const keys = Math.round(KEYS * scale);
  const wanted = LOG_BYTES * scale;
  const state = join(folder, "state");
  await (await filled(state, keys, NEVER)).close();
  const killed = join(folder, "killed");
  await (async () => {
    await using db = await open({ state, snapshotIntervalMs: NEVER });
    await db.execute(SQL);
    const begin = logBytes(state);
    // The next block would be the one that makes a snapshot due.
    let block = 0;
    for (let from = 0; logBytes(state) - begin < wanted - 2 * block; from += BLOCK_ROWS) {
      const size = logBytes(state);
      await fill(db, from, BLOCK_ROWS, keys);
      block = logBytes(state) - size;
    }
    cpSync(state, killed, { recursive: true });
  })();
  const bytes = logBytes(killed);
  const back = await timed(async () => {
    await using db = await open({ state: killed, snapshotIntervalMs: NEVER });
    await db.execute(SQL);
    const { stateRows } = db.stats();
    if (stateRows !== keys) throw new Error(`${stateRows} groups have come back, and not ${keys}`);
    return performance.now();
  });
  return [
    { what: `recovery of ${keys} groups and ${mebibytes(bytes)} of log, with the last snapshot`, value: ms(back.ms) },
  ];
};
