/**
 * How staged columns lie in DuckDB: the natural type of each, and what its vectors need. DuckDB compares -0 equal to 0
 * where it compresses (Constant, RLE), so the sign of a zero is lost in its files: columns that hold a -0 have a second
 * one that says where.
 */

import { isUtf8 } from "node:buffer";
import duckdb from "@duckdb/node-bindings";
import type { StagedType, StagedVector } from "./staged.ts";

/**
 * What is done to values: `copy` nothing; `int8`, `int16`, `int32`: kept in fewer bytes than we have; `float`: a zero has no sign; `flag`: 0 or 1;
 * `months` and `micros`: one part of DuckDB's interval; `text` and `blob`: cells with pointers (cells.ts).
 */
export type StoredForm = "copy" | "float" | "int8" | "int16" | "int32" | "flag" | "months" | "micros" | "text" | "blob";

export interface StoredType {
  readonly sql: string;
  readonly id: duckdb.Type;
  /** Bytes of a value in a vector. */
  readonly width: number;
  readonly form: StoredForm;
  readonly decimal?: { readonly precision: number; readonly scale: number };
}

const stored = (sql: string, id: duckdb.Type, width: number, form: StoredForm = "copy"): StoredType => ({
  sql,
  id,
  width,
  form,
});

const HUGEINT = stored("HUGEINT", duckdb.Type.HUGEINT, 16);
const BLOB = stored("BLOB", duckdb.Type.BLOB, 16, "blob");
const BOOLEAN = stored("BOOLEAN", duckdb.Type.BOOLEAN, 1, "flag");
const INTEGER = stored("INTEGER", duckdb.Type.INTEGER, 4);

/** DuckDB keeps up to 4, 9, 18 and 38 digits in 2, 4, 8 and 16 bytes. */
function storedDecimal(precision: number, scale: number): StoredType {
  const sql = `DECIMAL(${precision}, ${scale})`;
  const decimal = { precision, scale };
  if (precision <= 4) return { ...stored(sql, duckdb.Type.DECIMAL, 2, "int16"), decimal };
  if (precision <= 9) return { ...stored(sql, duckdb.Type.DECIMAL, 4, "int32"), decimal };
  return { ...stored(sql, duckdb.Type.DECIMAL, precision <= 18 ? 8 : 16), decimal };
}

export function storedType(staged: StagedType): StoredType {
  if (staged.kind === "hugeint") return HUGEINT;
  if (staged.kind === "blob") return BLOB;
  const { type } = staged;
  switch (type.kind) {
    case "BOOLEAN":
    case "ROW":
      return BOOLEAN;
    case "TINYINT":
      return stored("TINYINT", duckdb.Type.TINYINT, 1, "int8");
    case "SMALLINT":
      return stored("SMALLINT", duckdb.Type.SMALLINT, 2, "int16");
    case "INT":
    case "NULL":
      return INTEGER;
    case "BIGINT":
      return stored("BIGINT", duckdb.Type.BIGINT, 8);
    case "FLOAT":
      return stored("FLOAT", duckdb.Type.FLOAT, 4, "float");
    case "DOUBLE":
      return stored("DOUBLE", duckdb.Type.DOUBLE, 8, "float");
    case "DECIMAL":
      return storedDecimal(type.precision, type.scale);
    case "CHAR":
    case "VARCHAR":
      return stored("VARCHAR", duckdb.Type.VARCHAR, 16, "text");
    case "DATE":
      return stored("DATE", duckdb.Type.DATE, 4);
    case "TIMESTAMP":
      return stored("TIMESTAMP", duckdb.Type.TIMESTAMP, 8);
    case "TIMESTAMP_LTZ":
      return stored("TIMESTAMP WITH TIME ZONE", duckdb.Type.TIMESTAMP_TZ, 8);
    case "INTERVAL_MONTH":
      return stored("INTERVAL", duckdb.Type.INTERVAL, 16, "months");
    case "INTERVAL_DAY":
      return stored("INTERVAL", duckdb.Type.INTERVAL, 16, "micros");
    default:
      return type satisfies never;
  }
}

export function logicalType({ id, decimal }: StoredType): duckdb.LogicalType {
  return decimal === undefined
    ? duckdb.create_logical_type(id)
    : duckdb.create_decimal_type(decimal.precision, decimal.scale);
}

/** Whether DuckDB's column `actual` is what `type` makes. */
export function isStoredAs(type: StoredType, actual: duckdb.LogicalType): boolean {
  if (duckdb.get_type_id(actual) !== type.id) return false;
  const { decimal } = type;
  if (decimal === undefined) return true;
  return duckdb.decimal_width(actual) === decimal.precision && duckdb.decimal_scale(actual) === decimal.scale;
}

type Integers = Int8Array | Int16Array | Int32Array;

/** `data` where a typed array of `width` bytes may begin. */
const alignedTo = (data: Uint8Array, width: number): Uint8Array =>
  data.byteOffset % width === 0 ? data : data.slice();

const bytesOf = (values: Integers | BigInt64Array): Uint8Array =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

export const int32Of = (data: Uint8Array): Int32Array => {
  const at = alignedTo(data, 4);
  return new Int32Array(at.buffer, at.byteOffset, at.length / 4);
};
export const int64Of = (data: Uint8Array): BigInt64Array => {
  const at = alignedTo(data, 8);
  return new BigInt64Array(at.buffer, at.byteOffset, at.length / 8);
};

/** A value that its type cannot hold would be cut silently. */
function narrowed(values: Int32Array | BigInt64Array, into: Integers): Uint8Array {
  for (let i = 0; i < values.length; i++) {
    const value = Number(values[i]);
    into[i] = value;
    if (into[i] !== value) throw new RangeError(`${value} is out of range`);
  }
  return bytesOf(into);
}

/** Whole numbers that the engine keeps in 8 bytes: a decimal of up to 9 digits; all others in 4. */
const integersOf = (data: Uint8Array, isDecimal: boolean): Int32Array | BigInt64Array =>
  isDecimal ? int64Of(data) : int32Of(data);

/** The values of `data`, of `rows` rows, as they lie in DuckDB's vector. Throws a RangeError for one that its type cannot hold. */
export function toStored(type: StoredType, staged: StagedVector, rows: number): Uint8Array {
  const { data } = staged;
  switch (type.form) {
    case "copy":
      return data;
    case "float": {
      const negative = negativeZeros(type.width, staged, rows);
      return negative === undefined ? data : withSigns(type.width, data.slice(), negative, 0);
    }
    case "flag":
      return data.map((byte) => (byte === 0 ? 0 : 1));
    case "int8":
      return narrowed(int32Of(data), new Int8Array(rows));
    case "int16":
      return narrowed(integersOf(data, type.decimal !== undefined), new Int16Array(rows));
    case "int32":
      return narrowed(int64Of(data), new Int32Array(rows));
    case "months": {
      const intervals = new Int32Array(rows * 4);
      int32Of(data).forEach((months, i) => (intervals[i * 4] = months));
      return bytesOf(intervals);
    }
    case "micros": {
      const intervals = new BigInt64Array(rows * 2);
      int64Of(data).forEach((micros, i) => (intervals[i * 2 + 1] = micros));
      return bytesOf(intervals);
    }
    case "text":
    case "blob":
      throw new TypeError("cells are built in cells.ts");
    default:
      return type.form satisfies never;
  }
}

/** What `toStored` made of values, back again, in memory of its own. */
export function fromStored(type: StoredType, data: Uint8Array, rows: number): Uint8Array {
  switch (type.form) {
    case "copy":
    case "float":
    case "flag":
      // A copy: the vector's memory is DuckDB's.
      return new Uint8Array(data);
    case "int8":
      return bytesOf(Int32Array.from(new Int8Array(data.buffer, data.byteOffset, rows)));
    case "int16": {
      const values = new Int16Array(alignedTo(data, 2).buffer, alignedTo(data, 2).byteOffset, rows);
      return bytesOf(type.decimal === undefined ? Int32Array.from(values) : BigInt64Array.from(values, BigInt));
    }
    case "int32":
      return bytesOf(BigInt64Array.from(int32Of(data), BigInt));
    case "months":
      return bytesOf(int32Of(data).filter((_, i) => i % 4 === 0));
    case "micros":
      return bytesOf(int64Of(data).filter((_, i) => i % 2 === 1));
    case "text":
    case "blob":
      throw new TypeError("cells are read in cells.ts");
    default:
      return type.form satisfies never;
  }
}

/** Of FLOAT and DOUBLE: a byte per row, 1 where it is -0; undefined where none is. */
export function negativeZeros(width: number, { data }: StagedVector, rows: number): Uint8Array | undefined {
  const words = int32Of(data);
  const perValue = width / 4;
  let found: Uint8Array | undefined;
  for (let row = 0; row < rows; row++) {
    if (words[row * perValue + perValue - 1] !== -0x80000000) continue;
    if (perValue === 2 && words[row * 2] !== 0) continue;
    found ??= new Uint8Array(rows);
    found[row] = 1;
  }
  return found;
}

/** The zeros of `data` that `where` marks are negative. */
export const signZeros = (width: number, data: Uint8Array, where: Uint8Array): Uint8Array =>
  withSigns(width, data, where, 0x80);

/** The last byte of a zero holds its sign and nothing else. */
function withSigns(width: number, data: Uint8Array, where: Uint8Array, byte: number): Uint8Array {
  where.forEach((isMarked, row) => {
    if (isMarked !== 0) data[row * width + width - 1] = byte;
  });
  return data;
}

/** DuckDB takes strings that are no UTF-8, and makes them empty without a word: they are refused here. */
export function checkText({ data, offsets }: StagedVector): void {
  if (!isUtf8(data)) throw new RangeError("a string is not UTF-8");
  for (const at of offsets ?? []) {
    if (at < data.length && ((data[at] ?? 0) & 0xc0) === 0x80)
      throw new RangeError("a string begins inside a character");
  }
}
