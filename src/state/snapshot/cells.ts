/**
 * Strings and blobs in DuckDB's vectors: cells of 16 bytes, length first, then the bytes themselves (up to 12, the rest
 * zero) or their first four and a pointer. All bytes of a chunk cross into and out of DuckDB together, never one by one.
 */
import duckdb from "@duckdb/node-bindings";
import type { StagedVector } from "./staged.ts";
import { checkText } from "./stored.ts";

const CELL_BYTES = 16;
const INLINE_MAX = 12;
/**
 * Strings with less between them are fetched together. What lies between is mapped memory: it is on a page of one of
 * the two.
 */
const GAP_MAX = 1024;

/** Fills `vector` with the strings (`isText`) or blobs of `rows` rows. Throws a RangeError for text that is no UTF-8. */
export function writeCells(vector: duckdb.Vector, staged: StagedVector, rows: number, isText: boolean): void {
  const { data, offsets } = staged;
  if (offsets === undefined) throw new RangeError("offsets are missing");
  if (isText) checkText(staged);
  const cells = new Uint8Array(rows * CELL_BYTES);
  const words = new Uint32Array(cells.buffer);
  const first = offsets[0] ?? 0;
  const bytes = data.subarray(first, offsets[rows] ?? 0);
  const base = bytes.length > INLINE_MAX ? keep(vector, bytes) : 0n;
  const pointers = new BigUint64Array(cells.buffer);
  for (let row = 0; row < rows; row++) {
    const from = offsets[row] ?? 0;
    const length = (offsets[row + 1] ?? 0) - from;
    words[row * 4] = length;
    const shown = length > INLINE_MAX ? 4 : length;
    const to = row * CELL_BYTES + 4;
    for (let i = 0; i < shown; i++) cells[to + i] = data[from + i] ?? 0;
    if (length > INLINE_MAX) pointers[row * 2 + 1] = base + BigInt(from - first);
  }
  duckdb.copy_data_to_vector(vector, 0, cells.buffer, 0, cells.length);
}

/** Copies `bytes` into the memory of `vector`, as one element that is overwritten afterwards; their address. */
function keep(vector: duckdb.Vector, bytes: Uint8Array): bigint {
  duckdb.vector_assign_string_element_len(vector, 0, bytes);
  const cell = new Uint8Array(duckdb.vector_get_data(vector, CELL_BYTES));
  return new BigUint64Array(cell.buffer)[1] ?? 0n;
}

/** The strings or blobs of a vector; those of rows that are not valid are empty. */
export function readCells(vector: duckdb.Vector, rows: number, valid: Uint8Array | undefined): StagedVector {
  const cells = new Uint8Array(duckdb.vector_get_data(vector, rows * CELL_BYTES));
  const words = new Uint32Array(cells.buffer);
  const offsets = new Uint32Array(rows + 1);
  let bytes = 0;
  let long = 0;
  for (let row = 0; row < rows; row++) {
    if (valid?.[row] === 0) words[row * 4] = 0;
    const length = words[row * 4] ?? 0;
    if (length > INLINE_MAX) long++;
    bytes += length;
    if (bytes > 0xffffffff) throw new RangeError(`the strings of ${rows} rows are longer than 4 GiB`);
    offsets[row + 1] = bytes;
  }
  const data = new Uint8Array(bytes);
  for (let row = 0; row < rows; row++) {
    const length = words[row * 4] ?? 0;
    if (length > INLINE_MAX) continue;
    const to = offsets[row] ?? 0;
    const from = row * CELL_BYTES + 4;
    for (let i = 0; i < length; i++) data[to + i] = cells[from + i] ?? 0;
  }
  if (long > 0) fetchLong(words, data, offsets, long);
  return valid === undefined ? { data, offsets } : { data, offsets, valid };
}

function fetchLong(words: Uint32Array, data: Uint8Array, offsets: Uint32Array, count: number): void {
  const rows = new Uint32Array(count);
  const pointers = new Float64Array(offsets.length - 1);
  let n = 0;
  for (let row = 0; row < pointers.length; row++) {
    if ((words[row * 4] ?? 0) <= INLINE_MAX) continue;
    pointers[row] = (words[row * 4 + 2] ?? 0) + (words[row * 4 + 3] ?? 0) * 2 ** 32;
    rows[n++] = row;
  }
  const pointer = (i: number): number => pointers[rows[i] ?? 0] ?? 0;
  const end = (i: number): number => pointer(i) + (words[(rows[i] ?? 0) * 4] ?? 0);
  // DuckDB lays strings down either upwards or from the end of a block.
  if (count > 1 && pointer(0) > pointer(count - 1)) rows.reverse();
  if (!isAscending(count, pointer)) rows.sort((a, b) => (pointers[a] ?? 0) - (pointers[b] ?? 0));
  const scratch = new BigUint64Array(1);
  for (let i = 0; i < count; ) {
    const from = pointer(i);
    let to = end(i);
    let next = i + 1;
    for (; next < count && pointer(next) <= to + GAP_MAX; next++) to = Math.max(to, end(next));
    scratch[0] = BigInt(from);
    const span = duckdb.get_data_from_pointer(scratch.buffer, 0, to - from);
    for (; i < next; i++) data.set(span.subarray(pointer(i) - from, end(i) - from), offsets[rows[i] ?? 0]);
  }
}

function isAscending(count: number, pointer: (i: number) => number): boolean {
  for (let i = 1; i < count; i++) if (pointer(i) < pointer(i - 1)) return false;
  return true;
}
