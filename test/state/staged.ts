/** Staged tables for tests: built from the bytes of single values, and taken apart into them again. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { SqlType } from "../../src/base/types.ts";
import {
  type StagedChunk,
  type StagedColumn,
  type StagedTable,
  type StagedType,
  type StagedVector,
  stagedStorage,
  stagedWidth,
} from "../../src/state/snapshot/staged.ts";

/** The bytes of a value, or NULL. */
export type Cell = Uint8Array | null;

const bytes = (view: ArrayBufferView): Uint8Array => new Uint8Array(view.buffer as ArrayBuffer);
export const i8 = (value: number): Cell => Uint8Array.of(value);
export const i32 = (value: number): Cell => bytes(Int32Array.of(value));
export const i64 = (value: bigint): Cell => bytes(BigInt64Array.of(value));
export const i128 = (value: bigint): Cell => bytes(BigInt64Array.of(BigInt.asIntN(64, value), value >> 64n));
export const f32 = (value: number): Cell => bytes(Float32Array.of(value));
export const f64 = (value: number): Cell => bytes(Float64Array.of(value));
export const text = (value: string): Cell => new Uint8Array(Buffer.from(value, "utf8"));

export const sql = (type: SqlType): StagedType => ({ kind: "sql", type });
export const column = (name: string, type: StagedType, nullable = true): StagedColumn => ({ name, type, nullable });

function vectorOf(type: StagedType, cells: readonly Cell[]): StagedVector {
  const valid = cells.includes(null) ? { valid: Uint8Array.from(cells, (cell) => (cell === null ? 0 : 1)) } : {};
  if (stagedStorage(type) !== "bytes") {
    const width = stagedWidth(type);
    const data = new Uint8Array(cells.length * width);
    cells.forEach((cell, i) => {
      data.set(cell ?? [], i * width);
    });
    return { data, ...valid };
  }
  const offsets = new Uint32Array(cells.length + 1);
  cells.forEach((cell, i) => (offsets[i + 1] = offsets[i]! + (cell?.length ?? 0)));
  return { data: new Uint8Array(Buffer.concat(cells.map((cell) => cell ?? new Uint8Array()))), offsets, ...valid };
}

/** `rows` as a table, cut into chunks of the sizes that `chunkRows` gives. */
export function staged(
  name: string,
  columns: readonly StagedColumn[],
  rows: readonly (readonly Cell[])[],
  chunkRows: () => number = () => 2048,
): StagedTable {
  const chunks: StagedChunk[] = [];
  for (let from = 0; from < rows.length; ) {
    const part = rows.slice(from, from + chunkRows());
    const vectors = columns.map(({ type }, i) =>
      vectorOf(
        type,
        part.map((row) => row[i] ?? null),
      ),
    );
    chunks.push({ rows: part.length, vectors });
    from += part.length;
  }
  return { name, columns, chunks };
}

function hexOf({ data, offsets, valid }: StagedVector, width: number, row: number): string | null {
  const [from, to] = offsets === undefined ? [row * width, (row + 1) * width] : [offsets[row]!, offsets[row + 1]!];
  const hex = Buffer.from(data.subarray(from, to)).toString("hex");
  if (valid?.[row] !== 0) return hex;
  // The value of a NULL is 0, or empty.
  return /^0*$/.test(hex) ? null : `NULL with ${hex}`;
}

/** A table as text: what of it must survive, and not how it was cut into chunks. */
export function contents({ name, columns, chunks }: StagedTable): unknown {
  const rows = chunks.flatMap((chunk) =>
    Array.from({ length: chunk.rows }, (_, row) =>
      columns.map(({ type }, i) => hexOf(chunk.vectors[i]!, stagedWidth(type), row)),
    ),
  );
  return { name, columns, rows };
}

/** A folder of the test's own, removed after it. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "tidemark-snapshot-"));
  onTestFinished(() => {
    rmSync(path, { recursive: true, force: true });
  });
  return path;
}
