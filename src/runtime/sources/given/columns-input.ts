/** The fast door for programs: whole columns as typed arrays, copied batch by batch into linear memory. */
import {
  BATCH_ROWS,
  DESCRIPTOR_COLUMN_BYTES,
  DESCRIPTOR_COLUMNS,
  DESCRIPTOR_ROWS,
  descriptorBytes,
} from "../../../base/batch.ts";
import { SqlError } from "../../../base/error.ts";
import { type Leaf, leavesOf, type Schema, storageBytes, typeText } from "../../../base/types.ts";
import { pow10 } from "../../../expr/exact.ts";
import { type Fn, fn, i32, load } from "../../../wasm/ir.ts";
import { emitFloorMod } from "../../../wasm/library/calendar.ts";
import type { EngineMemory, MemoryOwner } from "../../../wasm/memory.ts";
import { compileModule, type WasmFunction } from "../../../wasm/module.ts";
import { type BytesColumn, type ColumnData, isBytes, wrongValue } from "./column-values.ts";

/** A column, or a column with its NULLs: a byte per row, 1 where it is NULL. */
export type ColumnInput = ColumnData | { readonly values: ColumnData; readonly nulls: Uint8Array };

interface LeafInput {
  readonly values: ColumnData;
  readonly nulls: Uint8Array | undefined;
}

/** Columns that were checked against a table: one entry per leaf, undefined where the column is not given (NULL). */
export interface ColumnsInput {
  readonly rows: number;
  readonly leaves: readonly (LeafInput | undefined)[];
}

const lengthOf = (c: ColumnData): number => (isBytes(c) ? Math.max(0, c.offsets.length - 1) : c.length);

/**
 * Checks columns against a table's schema: names, kinds of array, lengths, NULLs (23502).
 * Timestamps, BIGINT and DECIMAL(p <= 18) (unscaled) are BigInt64Array, timestamps in microseconds (what is finer than the column
 * is cut when they are read, T9); INT and smaller and DATE (days) Int32Array; BOOLEAN Uint8Array; DOUBLE Float64Array; FLOAT Float32Array; strings as above.
 */
export function columnsInput(
  table: string,
  schema: Schema,
  columns: Readonly<Record<string, ColumnInput>>,
): ColumnsInput {
  const leaves = leavesOf(schema);
  const refuse = (reason: string): never => {
    throw new SqlError("BAD_COLUMNS", undefined, { table, reason });
  };
  if (!isObject(columns) || Array.isArray(columns)) refuse("expected an object with an array for each column");
  const given = Object.keys(columns);
  for (const name of given) if (!schema.some((f) => f.name === name)) refuse(`there is no column "${name}"`);
  let rows = -1;
  const inputs = leaves.map((leaf): LeafInput | undefined => {
    const name = leaf.path[0] ?? "";
    const column = columns[name];
    if (column === undefined) {
      if (!leaf.nullable) refuse(`column "${name}" is NOT NULL and not given`);
      return undefined;
    }
    if (leaf.type.kind === "ROW" || leaf.path.length > 1) refuse(`column "${name}" is a ROW: insert rows instead`);
    // A program without types may give anything.
    if (!isObject(column)) refuse(`column "${name}" must be an array, not ${kindOf(column)}`);
    const input: LeafInput =
      "nulls" in column ? { values: column.values, nulls: column.nulls } : { values: column, nulls: undefined };
    const reason = mismatch(leaf, input);
    if (reason !== undefined) refuse(reason);
    const n = lengthOf(input.values);
    if (rows >= 0 && n !== rows) refuse(`columns differ in length: "${name}" has ${n} rows, the ones before ${rows}`);
    rows = n;
    return input;
  });
  return { rows: Math.max(0, rows), leaves: inputs };
}

const isObject = (given: unknown): boolean => typeof given === "object" && given !== null;

/** What was given, for people: the class of an array. */
function kindOf(given: unknown): string {
  if (given === null) return "null";
  return typeof given === "object" ? given.constructor.name : `a ${typeof given}`;
}

/** What a column of each storage is given as. */
const arrayNames: Readonly<Record<Leaf["storage"], string>> = {
  i64: "a BigInt64Array",
  i32: "an Int32Array",
  i8: "a Uint8Array",
  f64: "a Float64Array",
  f32: "a Float32Array",
  bytes: "an array of strings, or bytes with offsets",
  i128: "no array (insert rows instead)",
  none: "no array (insert rows instead)",
};

function mismatch(leaf: Leaf, input: LeafInput): string | undefined {
  const { values, nulls } = input;
  const name = leaf.path.join(".");
  const fits = (() => {
    if (!isObject(values)) return false;
    switch (leaf.storage) {
      case "i64":
        return values instanceof BigInt64Array;
      case "i32":
        return values instanceof Int32Array;
      case "i8":
        return values instanceof Uint8Array;
      case "f64":
        return values instanceof Float64Array;
      case "f32":
        return values instanceof Float32Array;
      case "bytes":
        return Array.isArray(values) || isBytes(values);
      default:
        return false;
    }
  })();
  if (!fits)
    return `column "${name}" is ${typeText(leaf.type)} and takes ${arrayNames[leaf.storage]}, not ${kindOf(values)}`;
  const marks: unknown = nulls;
  if (marks !== undefined && !(marks instanceof Uint8Array)) return `column "${name}": nulls must be a Uint8Array`;
  if (nulls !== undefined && nulls.length !== lengthOf(values))
    return `column "${name}": nulls and values differ in length`;
  const hasNull = nulls?.some((n) => n !== 0) === true || (Array.isArray(values) && values.includes(null));
  if (hasNull && !leaf.nullable) return `column "${name}" is NOT NULL`;
  const wrong = wrongValue(leaf.type, values, nulls);
  return wrong === undefined ? undefined : `column "${name}": ${wrong}`;
}

/** The first `rows` rows, as a view. */
export const columnsUpTo = (input: ColumnsInput, rows: number): ColumnsInput => ({ ...input, rows });

/** The rows behind the first `gone`, as a view. */
export const columnsFrom = (input: ColumnsInput, gone: number): ColumnsInput => mapLeaves(input, gone, viewFrom);

/** A copy that shares nothing with the arrays that were given. */
export const ownColumns = (input: ColumnsInput): ColumnsInput => mapLeaves(input, 0, copyOf);

function mapLeaves(input: ColumnsInput, gone: number, part: (c: ColumnData, gone: number) => ColumnData): ColumnsInput {
  const leaves = input.leaves.map((leaf) => {
    if (leaf === undefined) return undefined;
    const nulls = leaf.nulls === undefined ? undefined : part(leaf.nulls, gone);
    return { values: part(leaf.values, gone), nulls: nulls instanceof Uint8Array ? nulls : undefined };
  });
  return { rows: input.rows - gone, leaves };
}

const viewFrom = (c: ColumnData, gone: number): ColumnData => {
  if (isStrings(c)) return c.slice(gone);
  return isBytes(c) ? { bytes: c.bytes, offsets: c.offsets.subarray(gone) } : c.subarray(gone);
};

function copyOf(c: ColumnData): ColumnData {
  if (!isBytes(c)) return c.slice();
  const first = c.offsets[0] ?? 0;
  const bytes = c.bytes.slice(first, c.offsets.at(-1) ?? first);
  const offsets = c.offsets.slice();
  if (first !== 0) for (let i = 0; i < offsets.length; i++) offsets[i] = (offsets[i] ?? first) - first;
  return { bytes, offsets };
}

const utf8 = new TextEncoder();

/** The digits of a second that the columns of one precision do not have are cut, towards the past (T9). */
const emitCutTimes = (precision: number): Fn =>
  fn(`cut_${precision}`, { data: "i32", rows: "i32" }, [], (f, { data, rows }) => {
    const row = f.let("row", i32(0));
    f.range("rows", row, rows, () => {
      const at = f.let("at", data.add(row.shl(3)));
      const micros = f.let("micros", load.i64(at));
      f.store.i64(at, micros.sub(emitFloorMod(f, micros, pow10(MICROS_DIGITS - precision))));
    });
  });

const MICROS_DIGITS = 6;

/** The precision to which the values of a leaf must be cut; undefined: they are as they come. */
function cutPrecision({ type }: Leaf): number | undefined {
  const isTime = type.kind === "TIMESTAMP" || type.kind === "TIMESTAMP_LTZ";
  return isTime && type.precision < MICROS_DIGITS ? type.precision : undefined;
}

/** Copies slices of columns into one batch of linear memory. */
export class ColumnsWriter {
  readonly batch: number;
  private readonly memory: EngineMemory;
  private readonly owner: MemoryOwner;
  private readonly leaves: readonly Leaf[];
  private data: readonly number[] = [];
  private valid: readonly number[] = [];
  private arena = 0;
  private nothing = 0;
  /** By leaf: cuts what was copied to the column's precision. */
  private cuts: readonly (WasmFunction | undefined)[] = [];

  constructor(schema: Schema, memory: EngineMemory, owner: MemoryOwner) {
    this.memory = memory;
    this.owner = owner;
    this.leaves = leavesOf(schema);
    this.batch = memory.allocateZeroed(descriptorBytes(this.leaves.length), owner);
  }

  /** Columns are placed when the first rows come: most tables never see any. */
  private prepare(): void {
    if (this.data.length > 0 || this.leaves.length === 0) return;
    const round = (n: number): number => Math.ceil(n / 64) * 64;
    const sizes = this.leaves.map((l) => round(storageBytes[l.storage] * BATCH_ROWS));
    let at = this.memory.allocateZeroed(
      sizes.reduce((a, b) => a + b + BATCH_ROWS, BATCH_ROWS),
      this.owner,
    );
    const take = (n: number): number => {
      at += n;
      return at - n;
    };
    this.nothing = take(BATCH_ROWS);
    this.data = sizes.map(take);
    this.valid = this.leaves.map(() => take(BATCH_ROWS));
    const precisions = this.leaves.map(cutPrecision);
    const emitted = [...new Set(precisions)].flatMap((p) => (p === undefined ? [] : [emitCutTimes(p)]));
    const compiled = emitted.length === 0 ? {} : compileModule(this.memory, emitted);
    this.cuts = precisions.map((p) => compiled[`cut_${p}`]);
  }

  write(input: ColumnsInput, from: number, rows: number): void {
    this.prepare();
    const view = this.memory.dataView;
    view.setUint32(this.batch + DESCRIPTOR_ROWS, rows, true);
    this.leaves.forEach((leaf, i) => {
      const column = input.leaves[i];
      const data = this.data[i] ?? 0;
      const at = this.batch + DESCRIPTOR_COLUMNS + DESCRIPTOR_COLUMN_BYTES * i;
      view.setUint32(at, data, true);
      view.setUint32(at + 4, column === undefined ? this.nothing : this.validity(i, column, from, rows), true);
      if (column === undefined) return;
      this.copy(leaf, column.values, data, from, rows);
      this.cuts[i]?.(data, rows);
    });
  }

  private validity(leaf: number, column: LeafInput, from: number, rows: number): number {
    const { values, nulls } = column;
    const at = this.valid[leaf] ?? 0;
    if (nulls !== undefined) {
      for (let i = 0; i < rows; i++) this.memory.u8[at + i] = nulls[from + i] === 0 ? 1 : 0;
      return at;
    }
    if (!Array.isArray(values)) return this.memory.allValid;
    for (let i = 0; i < rows; i++) this.memory.u8[at + i] = values[from + i] === null ? 0 : 1;
    return at;
  }

  private copy(leaf: Leaf, values: ColumnData, data: number, from: number, rows: number): void {
    const end = from + rows;
    if (values instanceof BigInt64Array) this.memory.i64.set(values.subarray(from, end), data / 8);
    else if (values instanceof Int32Array) this.memory.i32.set(values.subarray(from, end), data / 4);
    else if (values instanceof Float64Array) this.memory.f64.set(values.subarray(from, end), data / 8);
    else if (values instanceof Float32Array) this.memory.f32.set(values.subarray(from, end), data / 4);
    else if (values instanceof Uint8Array) this.memory.u8.set(values.subarray(from, end), data);
    else if (isStrings(values)) this.copyStrings(values, data, from, rows);
    else if (isBytes(values)) this.copyBytes(values, data, from, rows);
    else throw new TypeError(`unexpected array for ${leaf.path.join(".")}`);
  }

  private room(bytes: number): number {
    const slack = 16;
    if (this.arena !== 0 && this.memory.capacity(this.arena) < bytes + slack) {
      this.memory.release(this.arena);
      this.arena = 0;
    }
    this.arena = this.arena === 0 ? this.memory.allocate(bytes + slack, this.owner) : this.arena;
    return this.arena;
  }

  private copyBytes(column: BytesColumn, data: number, from: number, rows: number): void {
    const { bytes, offsets } = column;
    const first = offsets[from] ?? 0;
    const end = offsets[from + rows] ?? first;
    const base = this.roomFor(data, end - first);
    this.memory.u8.set(bytes.subarray(first, end), base);
    const u32 = this.memory.u32;
    const shift = base - first;
    let at = data / 4;
    let start = first;
    for (let i = 1; i <= rows; i++) {
      const next = offsets[from + i] ?? start;
      u32[at] = start + shift;
      u32[at + 1] = next - start;
      at += 2;
      start = next;
    }
  }

  private copyStrings(values: readonly (string | null)[], data: number, from: number, rows: number): void {
    const encoded: Uint8Array[] = [];
    let total = 0;
    for (let i = 0; i < rows; i++) {
      const e = utf8.encode(values[from + i] ?? "");
      encoded.push(e);
      total += e.length;
    }
    let at = this.roomFor(data, total);
    encoded.forEach((e, i) => {
      this.memory.u8.set(e, at);
      this.memory.u32[data / 4 + 2 * i] = at;
      this.memory.u32[data / 4 + 2 * i + 1] = e.length;
      at += e.length;
    });
  }

  /** Room for the strings of one column, kept per column. */
  private readonly rooms = new Map<number, number>();
  private roomFor(column: number, bytes: number): number {
    this.arena = this.rooms.get(column) ?? 0;
    const room = this.room(bytes);
    this.rooms.set(column, room);
    return room;
  }
}

const isStrings = (c: ColumnData): c is readonly (string | null)[] => Array.isArray(c);
