/** The columns that a program gives, and what they may hold that a table may not: checked once, before anything is inserted. */
import { isUtf8 } from "node:buffer";
import { type SqlType, typeText } from "../../../base/types.ts";
import { daysFromCivil, MICROS_PER_DAY } from "../../../expr/calendar.ts";
import { characters } from "../../../expr/text.ts";

/** Dates and times are of the years 0001 to 9999 (T9): days, and microseconds. */
const YEAR_1: number = daysFromCivil(1, 1, 1);
const YEAR_10000: number = daysFromCivil(10_000, 1, 1);
const TIME_LEAST: bigint = BigInt(YEAR_1) * MICROS_PER_DAY;
const TIME_END: bigint = BigInt(YEAR_10000) * MICROS_PER_DAY;

/** Strings as one block of UTF-8 with rows + 1 offsets. */
export interface BytesColumn {
  readonly bytes: Uint8Array;
  readonly offsets: Uint32Array | Int32Array;
}

/** Strings come as one block, or one by one. */
export type ColumnData =
  | BigInt64Array
  | Int32Array
  | Int16Array
  | Int8Array
  | Uint8Array
  | Float32Array
  | Float64Array
  | readonly (string | null)[]
  | BytesColumn;

export const isBytes = (c: ColumnData): c is BytesColumn => "offsets" in c;

/** Why the values cannot be taken, with the row; undefined: they can. Times may be anything where `nulls` is set. */
export function wrongValue(type: SqlType, values: ColumnData, nulls: Uint8Array | undefined): string | undefined {
  switch (type.kind) {
    case "TINYINT":
      return outside(type, values, 2 ** 7);
    case "SMALLINT":
      return outside(type, values, 2 ** 15);
    case "DECIMAL":
      return values instanceof BigInt64Array ? tooWide(type, values, type.precision) : undefined;
    case "BOOLEAN":
      return values instanceof Uint8Array ? notBoolean(values) : undefined;
    case "TIMESTAMP":
    case "TIMESTAMP_LTZ":
      return values instanceof BigInt64Array ? outOfYears(values, nulls) : undefined;
    case "DATE":
      return values instanceof Int32Array ? wrongDay(values, nulls) : undefined;
    case "CHAR":
    case "VARCHAR":
      if (isBytes(values))
        return wrongText(values) ?? tooLong(type, (row) => textAt(values, row), values.offsets.length - 1);
      return isTexts(values) ? (notText(values) ?? tooLong(type, (row) => values[row], values.length)) : undefined;
    default:
      return undefined;
  }
}

const atRow = (row: number, reason: string): string => `row ${row + 1}: ${reason}`;

function outside(type: SqlType, values: ColumnData, bound: number): string | undefined {
  if (!(values instanceof Int32Array)) return undefined;
  const row = values.findIndex((v) => v >= bound || v < -bound);
  return row < 0 ? undefined : atRow(row, `${values[row] ?? 0} is out of range for ${typeText(type)}`);
}

/** The halves of a value tell whether it may be too wide; only then is it looked at as a whole. */
function tooWide(type: SqlType, values: BigInt64Array, precision: number): string | undefined {
  const limit = 10n ** BigInt(precision);
  const suspect = Math.floor(Number(limit) / 2 ** 32) - 1;
  const halves = new Int32Array(values.buffer, values.byteOffset, 2 * values.length);
  for (let row = 0; row < values.length; row++) {
    const high = halves[2 * row + 1] ?? 0;
    if (high < suspect && high > -suspect) continue;
    const value = values[row] ?? 0n;
    if (value >= limit || value <= -limit) return atRow(row, `${value} has too many digits for ${typeText(type)}`);
  }
  return undefined;
}

/** Above and below these upper halves a timestamp is outside the years 0001 to 9999; at them it is looked at as a whole. */
const HIGH_LEAST = Number(TIME_LEAST >> 32n);
const HIGH_MOST = Number(TIME_END >> 32n);

function outOfYears(values: BigInt64Array, nulls: Uint8Array | undefined): string | undefined {
  const halves = new Int32Array(values.buffer, values.byteOffset, 2 * values.length);
  for (let row = 0; row < values.length; row++) {
    const high = halves[2 * row + 1] ?? 0;
    if (high > HIGH_LEAST && high < HIGH_MOST) continue;
    const value = values[row] ?? 0n;
    if ((nulls?.[row] ?? 0) !== 0) continue;
    if (value < TIME_LEAST || value >= TIME_END) return atRow(row, `${value} is outside the years 0001 to 9999`);
  }
  return undefined;
}

function wrongDay(values: Int32Array, nulls: Uint8Array | undefined): string | undefined {
  const row = values.findIndex((day, i) => (day < YEAR_1 || day >= YEAR_10000) && (nulls?.[i] ?? 0) === 0);
  return row < 0 ? undefined : atRow(row, `${values[row] ?? 0} is outside the years 0001 to 9999`);
}

const isTexts = (c: ColumnData): c is readonly (string | null)[] => Array.isArray(c);

function notText(values: readonly unknown[]): string | undefined {
  const row = values.findIndex((v) => v !== null && typeof v !== "string");
  return row < 0 ? undefined : atRow(row, `a ${typeof values[row]} is not a string`);
}

const utf8 = new TextDecoder();
const textAt = ({ bytes, offsets }: BytesColumn, row: number): string =>
  utf8.decode(bytes.subarray(offsets[row], offsets[row + 1]));

/** A row keeps what it was given, or is refused: nothing is cut. */
function tooLong(
  type: SqlType & { readonly kind: "CHAR" | "VARCHAR" },
  text: (row: number) => string | null | undefined,
  rows: number,
): string | undefined {
  if (type.length === undefined) return undefined;
  for (let row = 0; row < rows; row++) {
    const length = characters(text(row) ?? "").length;
    if (length > type.length) return atRow(row, `${length} characters are more than ${typeText(type)} holds`);
  }
  return undefined;
}

function notBoolean(values: Uint8Array): string | undefined {
  const row = values.findIndex((v) => v > 1);
  return row < 0 ? undefined : atRow(row, `${values[row] ?? 0} is not 0 or 1`);
}

/** Offsets must ascend within the bytes, which are UTF-8, each string for itself. */
function wrongText(column: BytesColumn): string | undefined {
  const { bytes, offsets } = column;
  const rows = offsets.length - 1;
  if (rows <= 0) return undefined;
  let start = offsets[0] ?? 0;
  for (let row = 0; row < rows; row++) {
    const end = offsets[row + 1] ?? 0;
    if (start < 0 || end < start || end > bytes.length)
      return atRow(row, `offsets ${start} to ${end} are not in its ${bytes.length} bytes`);
    // Only a string that begins within a character can be broken where the whole is not.
    if (end < bytes.length && ((bytes[end] ?? 0) & 0xc0) === 0x80 && end > start)
      return atRow(row, "the bytes are not UTF-8");
    start = end;
  }
  return isUtf8(bytes.subarray(offsets[0] ?? 0, start)) ? undefined : "the bytes are not UTF-8";
}
