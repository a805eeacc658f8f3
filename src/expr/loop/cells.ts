/** Cells of a column as TypeScript values, for loops over rows: what does not differ between rows is settled before. */
import { isAscii } from "node:buffer";
import { INVALID, VALID } from "../../base/batch.ts";
import { RowError, rowErrorName } from "../../base/row-error.ts";
import { isString, type SqlType } from "../../base/types.ts";
import type { Value } from "../../base/value.ts";
import type { EngineMemory } from "../../wasm/memory.ts";
import { dataAddress, readValue, validAddress } from "../columns.ts";

/** The value of a row; throws RowError where its cell says why it has none. */
export type CellReader = (row: number) => Value;

/** Reads column `leaf` of a batch (a ROW: with its fields) for as long as nothing in it changes. */
export function cellReader(memory: EngineMemory, batch: number, leaf: number, type: SqlType, rows: number): CellReader {
  const valid = validAddress(memory, batch, leaf);
  const read: CellReader = isString(type)
    ? textReader(memory, dataAddress(memory, batch, leaf), valid, rows)
    : (row) => readValue(memory, batch, leaf, type, row);
  return (row) => {
    const byte = memory.u8[valid + row] ?? INVALID;
    if (byte === VALID) return read(row);
    const error = byte === INVALID ? undefined : rowErrorName(byte);
    if (error !== undefined) throw new RowError(error);
    return null;
  };
}

/** How many bytes are decoded at once at most, and how many times what the strings have. */
const SPAN_MAX = 1 << 20;
const SPREAD_MAX = 8;

/**
 * Strings of a batch mostly lie close together, and are ASCII: then the memory that they span becomes one text, of which
 * each is a piece. A call out of JavaScript for each of them costs several times as much.
 */
function textReader(memory: EngineMemory, data: number, valid: number, rows: number): (row: number) => string {
  const view = memory.dataView;
  let from = Number.POSITIVE_INFINITY;
  let end = 0;
  let bytes = 0;
  for (let row = 0; row < rows; row++) {
    if (memory.u8[valid + row] !== VALID) continue;
    const at = view.getUint32(data + 8 * row, true);
    const length = view.getUint32(data + 8 * row + 4, true);
    from = Math.min(from, at);
    end = Math.max(end, at + length);
    bytes += length;
  }
  const span = end - from;
  const isDense = span <= SPAN_MAX && span <= SPREAD_MAX * bytes;
  if (!isDense || !isAscii(memory.u8.subarray(from, end))) {
    return (row) => memory.text(view.getUint32(data + 8 * row, true), view.getUint32(data + 8 * row + 4, true));
  }
  const all = memory.asciiText(from, span);
  return (row) => {
    const at = view.getUint32(data + 8 * row, true) - from;
    return all.slice(at, at + view.getUint32(data + 8 * row + 4, true));
  };
}
