/** Rows of values as chunks and back, in plain TypeScript: for state that is small, or lies in TypeScript. */
import { BATCH_ROWS } from "../../base/batch.ts";
import { type Field, leavesOf, type Schema, type SqlType } from "../../base/types.ts";
import { isRow, type Value } from "../../base/value.ts";
import {
  type StagedChunk,
  type StagedColumn,
  type StagedType,
  type StagedVector,
  stagedStorage,
  stagedWidth,
} from "../snapshot/staged.ts";
import { stagedLeaf } from "./slot-columns.ts";

/** A value of a staged column: of a blob its bytes, of a ROW whether it is one (true) or NULL. */
export type StagedValue = Value | Uint8Array;

/** The columns of a schema: one for each leaf. */
export const columnsOfSchema = (schema: Schema): readonly StagedColumn[] => leavesOf(schema).map(stagedLeaf);

/** A value and, of a ROW, those below it. */
function flatten(type: SqlType, value: Value, into: StagedValue[]): void {
  if (type.kind !== "ROW") {
    into.push(value);
    return;
  }
  into.push(value === null ? null : true);
  type.fields.forEach((f, i) => {
    flatten(f.type, isRow(value) ? (value[i] ?? null) : null, into);
  });
}

/** One value a column of the schema as one a staged column. */
export function flatRow(schema: Schema, row: readonly Value[]): readonly StagedValue[] {
  const flat: StagedValue[] = [];
  schema.forEach((f, i) => {
    flatten(f.type, row[i] ?? null, flat);
  });
  return flat;
}

export function rowOfFlat(schema: Schema, flat: readonly StagedValue[]): Value[] {
  let next = 0;
  const take = ({ type }: Field): Value => {
    const value = flat[next++] ?? null;
    if (value instanceof Uint8Array) throw new TypeError("a value of SQL is no blob");
    if (type.kind !== "ROW") return value;
    const fields = type.fields.map(take);
    return value === null ? null : fields;
  };
  return schema.map(take);
}

/** Rows in chunks, handed on as they fill. */
export class CellWriter {
  private readonly columns: readonly StagedColumn[];
  private readonly put: (chunk: StagedChunk) => void;
  private rows: (readonly StagedValue[])[] = [];

  constructor(columns: readonly StagedColumn[], put: (chunk: StagedChunk) => void) {
    this.columns = columns;
    this.put = put;
  }

  add(row: readonly StagedValue[]): void {
    this.rows.push(row);
    if (this.rows.length === BATCH_ROWS) this.end();
  }

  /** Hands the rest on. */
  end(): void {
    const { rows } = this;
    if (rows.length === 0) return;
    this.rows = [];
    const vectors = this.columns.map((c, i) =>
      vectorOf(
        c,
        rows.map((r) => r[i] ?? null),
      ),
    );
    this.put({ rows: rows.length, vectors });
  }
}

const utf8 = new TextEncoder();

function vectorOf({ type, nullable }: StagedColumn, values: readonly StagedValue[]): StagedVector {
  const valid = nullable ? { valid: Uint8Array.from(values, (v) => (v === null ? 0 : 1)) } : {};
  if (stagedStorage(type) !== "bytes") return { data: numbers(type, values), ...valid };
  const parts = values.map((v) => (v instanceof Uint8Array ? v : utf8.encode(typeof v === "string" ? v : "")));
  const offsets = new Uint32Array(values.length + 1);
  parts.forEach((p, i) => {
    offsets[i + 1] = (offsets[i] ?? 0) + p.length;
  });
  const data = new Uint8Array(offsets[values.length] ?? 0);
  parts.forEach((p, i) => {
    data.set(p, offsets[i]);
  });
  return { data, offsets, ...valid };
}

function numbers(type: StagedType, values: readonly StagedValue[]): Uint8Array {
  const width = stagedWidth(type);
  const data = new Uint8Array(values.length * width);
  const view = new DataView(data.buffer);
  const storage = stagedStorage(type);
  values.forEach((v, i) => {
    const at = i * width;
    if (storage === "i8") view.setUint8(at, v === true ? 1 : 0);
    else if (storage === "i32") view.setInt32(at, Number(v ?? 0), true);
    else if (storage === "f32") view.setFloat32(at, Number(v ?? 0), true);
    else if (storage === "f64") view.setFloat64(at, Number(v ?? 0), true);
    else view.setBigInt64(at, BigInt.asIntN(64, whole(v)), true);
    if (storage === "i128") view.setBigInt64(at + 8, whole(v) >> 64n, true);
  });
  return data;
}

const whole = (v: StagedValue): bigint => (typeof v === "bigint" ? v : 0n);

/** The rows of chunks of these columns. */
export function* cellRows(columns: readonly StagedColumn[], chunks: Iterable<StagedChunk>): Generator<StagedValue[]> {
  for (const { rows, vectors } of chunks) {
    const readers = columns.map(({ type }, i) => readerOf(type, vectors[i]));
    for (let row = 0; row < rows; row++) yield readers.map((read) => read(row));
  }
}

const text = new TextDecoder("utf-8", { ignoreBOM: true });

function readerOf(type: StagedType, vector: StagedVector | undefined): (row: number) => StagedValue {
  if (vector === undefined) throw new RangeError("a chunk of other columns");
  const { data, offsets, valid } = vector;
  const read = valueReader(type, data, offsets);
  return (row) => (valid?.[row] === 0 ? null : read(row));
}

function valueReader(
  type: StagedType,
  data: Uint8Array,
  offsets: Uint32Array | undefined,
): (row: number) => StagedValue {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const storage = stagedStorage(type);
  switch (storage) {
    case "i8":
      return type.kind === "sql" && type.type.kind === "ROW" ? () => true : (row) => data[row] !== 0;
    case "i32":
      return (row) => view.getInt32(4 * row, true);
    case "f32":
      return (row) => view.getFloat32(4 * row, true);
    case "f64":
      return (row) => view.getFloat64(8 * row, true);
    case "i64":
      return (row) => view.getBigInt64(8 * row, true);
    case "i128":
      return (row) => (view.getBigInt64(16 * row + 8, true) << 64n) | view.getBigUint64(16 * row, true);
    case "bytes":
      return (row) => {
        const bytes = data.subarray(offsets?.[row] ?? 0, offsets?.[row + 1] ?? 0);
        return type.kind === "blob" ? bytes : text.decode(bytes);
      };
    default:
      return storage satisfies never;
  }
}
