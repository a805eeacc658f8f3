/**
 * How long snapshots take, and for how long they keep the engine's thread: `node bench/snapshot.ts [rows] [rounds]`. Rows
 * are groups of a window aggregate: key, window_start, count, sum, min, max; once with numbers as keys, once with strings.
 * Prints medians, and the longest that a timer of 1 ms was late.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { BATCH_ROWS } from "../src/base/batch.ts";
import { BIGINT, type SqlType, timestamp, VARCHAR } from "../src/base/types.ts";
import { SnapshotThread } from "../src/connectors/snapshots/thread.ts";
import type { StagedChunk, StagedColumn, StagedTable, StagedVector } from "../src/state/snapshot/staged.ts";
import { spreadOf } from "./statistics.ts";

const NS_PER_MS = 1e6;
const [rowsArgument = "1000000", roundsArgument = "5"] = process.argv.slice(2);
const ROWS = Number(rowsArgument);
const ROUNDS = Number(roundsArgument);

const column = (name: string, type: SqlType): StagedColumn => ({ name, type: { kind: "sql", type }, nullable: false });

function numbers(count: number, value: (i: number) => bigint): StagedVector {
  return { data: new Uint8Array(BigInt64Array.from({ length: count }, (_, i) => value(i)).buffer) };
}

function strings(count: number, value: (i: number) => string): StagedVector {
  const parts = Array.from({ length: count }, (_, i) => Buffer.from(value(i)));
  const offsets = new Uint32Array(count + 1);
  parts.forEach((part, i) => (offsets[i + 1] = (offsets[i] ?? 0) + part.length));
  return { data: new Uint8Array(Buffer.concat(parts)), offsets };
}

/** Scattered over 32 bits, the same in every run. */
const scattered = (i: number): bigint => BigInt(Math.imul(i, 0x9e3779b1) >>> 0);

function groups(key: SqlType): StagedTable {
  const chunks: StagedChunk[] = [];
  for (let from = 0; from < ROWS; from += BATCH_ROWS) {
    const rows = Math.min(BATCH_ROWS, ROWS - from);
    const keys =
      key.kind === "VARCHAR"
        ? strings(rows, (i) => `customer-${scattered(from + i)}`)
        : numbers(rows, (i) => scattered(from + i));
    const vectors = [
      keys,
      numbers(rows, (i) => 1_700_000_000_000_000n + BigInt((from + i) % 6) * 10_000_000n),
      numbers(rows, (i) => scattered(from + i) % 1000n),
      numbers(rows * 2, (i) => (i % 2 === 0 ? scattered(from + i) * 4321n : 0n)),
      numbers(rows, (i) => scattered(from + i + 1) % 100n),
      numbers(rows, (i) => scattered(from + i + 2)),
    ];
    chunks.push({ rows, vectors });
  }
  const sum: StagedColumn = { name: "sum", type: { kind: "hugeint" }, nullable: false };
  const others = [column("window_start", timestamp(3)), column("count", BIGINT), sum];
  const columns = [column("key", key), ...others, column("min", BIGINT), column("max", BIGINT)];
  return { name: "groups", columns, chunks };
}

async function timed<T>(
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly ms: number; readonly lateMs: number }> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const start = performance.now();
  const result = await work();
  const ms = performance.now() - start;
  delay.disable();
  return { result, ms, lateMs: delay.max / NS_PER_MS - 1 };
}

const folder = mkdtempSync(join(tmpdir(), "tidemark-bench-"));
const thread = new SnapshotThread();
try {
  for (const key of [BIGINT, VARCHAR]) {
    const write: number[] = [];
    const late: number[] = [];
    const read: number[] = [];
    let bytes = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const path = join(folder, `${key.kind}-${round}.duckdb`);
      const table = groups(key);
      const written = await timed(() => thread.write(path, [table]));
      const loaded = await timed(() => thread.read(path, written.result.sha256));
      write.push(written.ms);
      late.push(written.lateMs);
      read.push(loaded.ms);
      ({ bytes } = written.result);
    }
    const ms = (values: readonly number[]): string => `${spreadOf(values).median.toFixed(0)} ms`;
    console.log(
      `${key.kind} key, ${ROWS} rows: write ${ms(write)} (timers late by ${ms(late)}), read ${ms(read)}, ${bytes} bytes`,
    );
  }
} finally {
  await thread.close();
  rmSync(folder, { recursive: true });
}
