/**
 * How long snapshots take, and for how long they keep the engine's thread: `node bench/snapshot.ts [rows] [rounds]`. Rows
 * are groups of a window aggregate: key, window_start, count, sum, min, max; once with numbers as keys, once with strings.
 * Prints medians, and the longest that a timer of 1 ms was late.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BATCH_ROWS } from "../src/base/batch.ts";
import { BIGINT, type SqlType, timestamp, VARCHAR } from "../src/base/types.ts";
import { SnapshotThread } from "../src/connectors/snapshots/thread.ts";
import type { StagedChunk, StagedColumn, StagedTable, StagedVector } from "../src/state/snapshot/staged.ts";
import { ms, timed } from "./durability/figure.ts";
import { spreadOf } from "./statistics.ts";

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

function groups(key: SqlType, count: number): StagedTable {
  const chunks: StagedChunk[] = [];
  for (let from = 0; from < count; from += BATCH_ROWS) {
    const rows = Math.min(BATCH_ROWS, count - from);
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

/** Medians in milliseconds: writing, the longest that a timer of 1 ms was late meanwhile, reading; and the bytes of a file. */
export async function snapshotTimes(
  key: SqlType,
  rows: number,
  rounds: number,
): Promise<{ readonly write: number; readonly late: number; readonly read: number; readonly bytes: number }> {
  const folder = mkdtempSync(join(tmpdir(), "tidemark-bench-"));
  const thread = new SnapshotThread();
  const write: number[] = [];
  const late: number[] = [];
  const read: number[] = [];
  let bytes = 0;
  try {
    for (let round = 0; round < rounds; round++) {
      const path = join(folder, `${round}.duckdb`);
      const table = groups(key, rows);
      const written = await timed(() => thread.write(path, [table]));
      const loaded = await timed(() => thread.read(path, written.result.sha256));
      write.push(written.ms);
      late.push(written.lateMs);
      read.push(loaded.ms);
      ({ bytes } = written.result);
    }
  } finally {
    await thread.close();
    rmSync(folder, { recursive: true });
  }
  return { write: spreadOf(write).median, late: spreadOf(late).median, read: spreadOf(read).median, bytes };
}

if (import.meta.main) {
  const [rows = "1000000", rounds = "5"] = process.argv.slice(2);
  for (const key of [BIGINT, VARCHAR]) {
    const { write, late, read, bytes } = await snapshotTimes(key, Number(rows), Number(rounds));
    console.log(
      `${key.kind} key, ${rows} rows: write ${ms(write)} (timers late by ${ms(late)}), read ${ms(read)}, ${bytes} bytes`,
    );
  }
}
