/** Rows of a batch as TypeScript values, and back: for errors, late rows, results of the library, tests. Not for hot paths. */
import {
  BATCH_ROWS,
  DESCRIPTOR_CHANGE,
  DESCRIPTOR_COLUMN_BYTES,
  DESCRIPTOR_COLUMNS,
  DESCRIPTOR_ORIGIN,
  DESCRIPTOR_ROWS,
  DESCRIPTOR_WATERMARK,
  descriptorBytes,
  VALID,
  WATERMARK_MIN,
} from "../base/batch.ts";
import { leafCount, leavesOf, type Schema, type SqlType, storageBytes, storageOf } from "../base/types.ts";
import { isRow, type Value } from "../base/value.ts";
import type { EngineMemory, MemoryOwner } from "../wasm/memory.ts";

const utf8 = new TextEncoder();

export const dataAddress = (memory: EngineMemory, batch: number, leaf: number): number =>
  memory.dataView.getUint32(batch + DESCRIPTOR_COLUMNS + DESCRIPTOR_COLUMN_BYTES * leaf, true);
export const validAddress = (memory: EngineMemory, batch: number, leaf: number): number =>
  memory.dataView.getUint32(batch + DESCRIPTOR_COLUMNS + DESCRIPTOR_COLUMN_BYTES * leaf + 4, true);
export const originAddress = (memory: EngineMemory, batch: number): number =>
  memory.dataView.getUint32(batch + DESCRIPTOR_ORIGIN, true);
export const watermarkAddress = (memory: EngineMemory, batch: number): number =>
  memory.dataView.getUint32(batch + DESCRIPTOR_WATERMARK, true);
/** The kind of change of a row, as its byte. */
export function changeOf(memory: EngineMemory, batch: number, row: number): number {
  const at = memory.dataView.getUint32(batch + DESCRIPTOR_CHANGE, true);
  return at === 0 ? 0 : (memory.u8[at + row] ?? 0);
}

export function readValue(memory: EngineMemory, batch: number, leaf: number, type: SqlType, row: number): Value {
  if (memory.u8[validAddress(memory, batch, leaf) + row] !== VALID) return null;
  const view = memory.dataView;
  const data = dataAddress(memory, batch, leaf);
  switch (type.kind) {
    case "BOOLEAN":
      return memory.u8[data + row] !== 0;
    case "TINYINT":
    case "SMALLINT":
    case "INT":
    case "DATE":
    case "INTERVAL_MONTH":
      return view.getInt32(data + 4 * row, true);
    case "BIGINT":
    case "TIMESTAMP":
    case "TIMESTAMP_LTZ":
    case "INTERVAL_DAY":
      return view.getBigInt64(data + 8 * row, true);
    case "DECIMAL":
      return storageOf(type) === "i64" ? view.getBigInt64(data + 8 * row, true) : readI128(memory, data + 16 * row);
    case "FLOAT":
      return view.getFloat32(data + 4 * row, true);
    case "DOUBLE":
      return view.getFloat64(data + 8 * row, true);
    case "CHAR":
    case "VARCHAR":
      return memory.text(view.getUint32(data + 8 * row, true), view.getUint32(data + 8 * row + 4, true));
    case "ROW": {
      const values: Value[] = [];
      let at = leaf + 1;
      for (const f of type.fields) {
        values.push(readValue(memory, batch, at, f.type, row));
        at += leafCount(f.type);
      }
      return values;
    }
    case "NULL":
      return null;
    default:
      return type satisfies never;
  }
}

export function readI128(memory: EngineMemory, at: number): bigint {
  const low = memory.dataView.getBigUint64(at, true);
  return (memory.dataView.getBigInt64(at + 8, true) << 64n) | low;
}

export function writeI128(memory: EngineMemory, at: number, value: bigint): void {
  memory.dataView.setBigInt64(at, BigInt.asIntN(64, value), true);
  memory.dataView.setBigInt64(at + 8, value >> 64n, true);
}

/** Writes a value that is not NULL to row `row` of the column at `at`; `keep` gives the bytes of a string an address. */
export function writeCell(
  memory: EngineMemory,
  at: number,
  type: SqlType,
  row: number,
  value: Exclude<Value, null>,
  keep: (bytes: Uint8Array) => number,
): void {
  const view = memory.dataView;
  switch (storageOf(type)) {
    case "i8":
      memory.u8[at + row] = value === true ? 1 : 0;
      return;
    case "i32":
      view.setInt32(at + 4 * row, Number(value), true);
      return;
    case "i64":
      view.setBigInt64(at + 8 * row, value as bigint, true); // by the type, base/types.ts
      return;
    case "i128":
      writeI128(memory, at + 16 * row, value as bigint); // by the type
      return;
    case "f32":
      view.setFloat32(at + 4 * row, Number(value), true);
      return;
    case "f64":
      view.setFloat64(at + 8 * row, Number(value), true);
      return;
    case "bytes": {
      const bytes = utf8.encode(String(value));
      view.setUint32(at + 8 * row, keep(bytes), true);
      view.setUint32(at + 8 * row + 4, bytes.length, true);
      return;
    }
    case "none":
      return;
  }
}

/** One value per column. */
export function readRow(memory: EngineMemory, batch: number, schema: Schema, row: number): Value[] {
  const values: Value[] = [];
  let leaf = 0;
  for (const field of schema) {
    values.push(readValue(memory, batch, leaf, field.type, row));
    leaf += leafCount(field.type);
  }
  return values;
}

/** A batch of up to BATCH_ROWS rows that TypeScript fills: the rows of INSERT, of the library, of system tables. */
export class BatchWriter {
  readonly batch: number;
  private readonly memory: EngineMemory;
  private readonly schema: Schema;
  private readonly owner: MemoryOwner;
  private readonly valid: readonly number[];
  private readonly data: readonly number[];
  private readonly change: number;
  private arena = 0;
  private arenaTop = 0;
  private arenaEnd = 0;
  private readonly arenas: number[] = [];
  private count = 0;

  constructor(memory: EngineMemory, owner: MemoryOwner, schema: Schema) {
    this.memory = memory;
    this.schema = schema;
    this.owner = owner;
    const leaves = leavesOf(schema);
    const sizes = leaves.map((l) => storageBytes[l.storage] * BATCH_ROWS);
    const total = descriptorBytes(leaves.length) + 64 + BATCH_ROWS * 13 + sizes.reduce((a, b) => a + b + BATCH_ROWS, 0);
    let at = memory.allocateZeroed(total, owner);
    const take = (bytes: number): number => {
      const address = at;
      at += Math.ceil(bytes / 16) * 16;
      return address;
    };
    this.batch = take(descriptorBytes(leaves.length));
    this.data = sizes.map(take);
    this.valid = leaves.map(() => take(BATCH_ROWS));
    this.change = take(BATCH_ROWS);
    const origin = take(BATCH_ROWS * 4);
    const watermark = take(BATCH_ROWS * 8);
    for (let i = 0; i < BATCH_ROWS; i++) {
      memory.dataView.setUint32(origin + 4 * i, i, true);
      memory.dataView.setBigInt64(watermark + 8 * i, WATERMARK_MIN, true);
    }
    const view = memory.dataView;
    view.setUint32(this.batch + DESCRIPTOR_ORIGIN, origin, true);
    view.setUint32(this.batch + DESCRIPTOR_WATERMARK, watermark, true);
    leaves.forEach((_, i) => {
      const word = this.batch + DESCRIPTOR_COLUMNS + DESCRIPTOR_COLUMN_BYTES * i;
      view.setUint32(word, this.data[i] ?? 0, true);
      view.setUint32(word + 4, this.valid[i] ?? 0, true);
    });
  }

  get rows(): number {
    return this.count;
  }
  get full(): boolean {
    return this.count === BATCH_ROWS;
  }

  /** Forgets the rows; the strings of the last batch are gone. */
  clear(): void {
    this.count = 0;
    for (const a of this.arenas.splice(0)) if (a !== this.arena) this.memory.release(a);
    if (this.arena !== 0) this.arenas.push(this.arena);
    this.arenaTop = this.arena;
    this.memory.dataView.setUint32(this.batch + DESCRIPTOR_ROWS, 0, true);
    this.memory.dataView.setUint32(this.batch + DESCRIPTOR_CHANGE, 0, true);
  }

  add(values: readonly Value[], change = 0): void {
    const row = this.count++;
    this.memory.dataView.setUint32(this.batch + DESCRIPTOR_ROWS, this.count, true);
    if (change !== 0) this.memory.dataView.setUint32(this.batch + DESCRIPTOR_CHANGE, this.change, true);
    this.memory.u8[this.change + row] = change;
    let leaf = 0;
    this.schema.forEach((field, i) => {
      leaf = this.write(leaf, field.type, row, values[i] ?? null);
    });
  }

  private write(leaf: number, type: SqlType, row: number, value: Value): number {
    const at = this.data[leaf] ?? 0;
    this.memory.u8[(this.valid[leaf] ?? 0) + row] = value === null ? 0 : VALID;
    if (type.kind === "ROW") {
      let next = leaf + 1;
      type.fields.forEach((f, i) => {
        next = this.write(next, f.type, row, isRow(value) ? (value[i] ?? null) : null);
      });
      return next;
    }
    if (value !== null) writeCell(this.memory, at, type, row, value, (bytes) => this.keep(bytes));
    return leaf + 1;
  }

  private keep(bytes: Uint8Array): number {
    if (this.arenaTop + bytes.length + 16 > this.arenaEnd || this.arena === 0) {
      this.arena = this.memory.allocate(Math.max(65536, bytes.length + 16), this.owner);
      this.arenas.push(this.arena);
      this.arenaTop = this.arena;
      this.arenaEnd = this.arena + this.memory.capacity(this.arena);
    }
    const at = this.arenaTop;
    this.memory.u8.set(bytes, at);
    this.arenaTop += bytes.length;
    return at;
  }
}
