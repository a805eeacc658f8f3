/**
 * DuckDB's strings: cells of 16 bytes, length first, then the bytes themselves (up to 12) or a prefix and a pointer.
 * Short ones are used where they were copied to; long ones are fetched in spans of neighbours, never one by one.
 */
import duckdb from "@duckdb/node-bindings";
import type { EngineMemory } from "../../wasm/memory.ts";

export const CELL_BYTES = 16;
const INLINE_MAX = 12;
/**
 * Strings with less between them are fetched together. What lies between is mapped memory: it is on a page of one of
 * the two.
 */
const GAP_MAX = 1024;

/** Fills a column of (address, length) from the cells of `rows` rows at `cells`. `allocate`: memory that lives as long as the batch. */
export function readStrings(
  memory: EngineMemory,
  cells: number,
  data: number,
  rows: number,
  isValid: (row: number) => boolean,
  allocate: (bytes: number) => number,
): void {
  const { u32 } = memory;
  const long: number[] = [];
  for (let row = 0; row < rows; row++) {
    const cell = cells / 4 + row * 4;
    const length = u32[cell] ?? 0;
    u32[data / 4 + row * 2] = (cell + 1) * 4;
    u32[data / 4 + row * 2 + 1] = length;
    if (length > INLINE_MAX && isValid(row)) long.push(row);
  }
  if (long.length > 0) fetchLong(memory, cells, data, long, allocate);
}

function fetchLong(
  memory: EngineMemory,
  cells: number,
  data: number,
  rows: number[],
  allocate: (bytes: number) => number,
): void {
  const { u8, u32 } = memory;
  const pointer = (row: number): number => {
    const cell = cells / 4 + row * 4;
    return (u32[cell + 2] ?? 0) + (u32[cell + 3] ?? 0) * 2 ** 32;
  };
  const length = (row: number): number => u32[cells / 4 + row * 4] ?? 0;
  const sorted = isAscending(rows, pointer) ? rows : rows.sort((a, b) => pointer(a) - pointer(b));
  const scratch = new BigUint64Array(1);
  for (let i = 0; i < sorted.length; ) {
    const from = pointer(sorted[i] ?? 0);
    let to = from;
    let next = i;
    for (; next < sorted.length && pointer(sorted[next] ?? 0) <= to + GAP_MAX; next++) {
      to = Math.max(to, pointer(sorted[next] ?? 0) + length(sorted[next] ?? 0));
    }
    scratch[0] = BigInt(from);
    const address = allocate(to - from);
    u8.set(duckdb.get_data_from_pointer(scratch.buffer, 0, to - from), address);
    for (; i < next; i++) u32[data / 4 + (sorted[i] ?? 0) * 2] = address + pointer(sorted[i] ?? 0) - from;
  }
}

function isAscending(rows: readonly number[], pointer: (row: number) => number): boolean {
  let last = 0;
  for (const row of rows) {
    const p = pointer(row);
    if (p < last) return false;
    last = p;
  }
  return true;
}
