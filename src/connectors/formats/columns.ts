/**
 * The columns of a reader's batch: one block of memory, made once. Validity bytes are VALID unless something else was
 * written for the batch, so decoders touch them only for NULLs and errors; `flags` remembers which leaves were touched.
 */
import { BATCH_ROWS, DESCRIPTOR_COLUMN_BYTES, DESCRIPTOR_COLUMNS, descriptorBytes, VALID } from "../../base/batch.ts";
import type { RowErrorName } from "../../base/row-error.ts";
import { rowErrors } from "../../base/row-error.ts";
import { type Leaf, storageBytes } from "../../base/types.ts";
import type { EngineMemory, MemoryOwner } from "../../wasm/memory.ts";
import type { BadRecord } from "../connector.ts";

export const SCRATCH_BYTES = 32;
const align = (n: number): number => Math.ceil(n / 16) * 16;

export class BatchColumns {
  readonly memory: EngineMemory;
  readonly leaves: readonly Leaf[];
  readonly needed: readonly boolean[];
  /** Address of the batch descriptor. */
  readonly descriptor: number;
  /** By leaf: address of its values, and of its validity; 0 where the leaf is not needed. */
  readonly data: readonly number[];
  readonly validity: readonly number[];
  /** Address of a byte per leaf: 1 where its validity was touched. The 32 bytes before it are scratch of emitted decoders. */
  readonly flags: number;
  /** Address of a byte: 1 where a validity byte of the batch is an error. */
  readonly errorFlag: number;
  /** Address of u32 per row: where its record starts. */
  readonly starts: number;
  /** Address of u32 pairs (row, end of record): rows that an emitted extractor left to the exact decoder. */
  readonly leftOver: number;
  private readonly block: number;
  private readonly bad = new Map<number, BadRecord>();
  private readonly text: TextArena;

  constructor(memory: EngineMemory, owner: MemoryOwner, leaves: readonly Leaf[], needed: readonly boolean[]) {
    this.memory = memory;
    this.leaves = leaves;
    this.needed = needed;
    this.text = new TextArena(memory, owner);
    const used = leaves.filter((_, i) => needed[i] === true);
    const columnBytes = used.reduce((n, leaf) => n + BATCH_ROWS * (storageBytes[leaf.storage] + 1), 0);
    const fixed = align(descriptorBytes(leaves.length)) + align(SCRATCH_BYTES + leaves.length + 1) + BATCH_ROWS * 12;
    this.block = memory.allocate(fixed + columnBytes + 64, owner);
    let at = this.block;
    const take = (bytes: number): number => {
      const address = at;
      at += align(bytes);
      return address;
    };
    this.descriptor = take(descriptorBytes(leaves.length));
    this.flags = take(SCRATCH_BYTES + leaves.length + 1) + SCRATCH_BYTES;
    this.errorFlag = this.flags + leaves.length;
    this.starts = take(BATCH_ROWS * 4);
    this.leftOver = take(BATCH_ROWS * 8);
    this.data = leaves.map((leaf, i) => (needed[i] === true ? take(BATCH_ROWS * storageBytes[leaf.storage]) : 0));
    this.validity = leaves.map((_, i) => (needed[i] === true ? take(BATCH_ROWS) : 0));
    memory.u8.fill(0, this.descriptor, this.starts);
    for (const address of this.validity) if (address !== 0) memory.u8.fill(VALID, address, address + BATCH_ROWS);
    for (let leaf = 0; leaf < leaves.length; leaf++) {
      memory.dataView.setUint32(this.word(leaf), this.data[leaf] || this.block, true);
      memory.dataView.setUint32(this.word(leaf) + 4, memory.allValid, true);
    }
  }

  private word(leaf: number): number {
    return this.descriptor + DESCRIPTOR_COLUMNS + DESCRIPTOR_COLUMN_BYTES * leaf;
  }

  /** A new batch: all rows valid, nothing bad; texts of the last one are gone. */
  begin(): void {
    const { u8, dataView } = this.memory;
    for (let leaf = 0; leaf < this.leaves.length; leaf++) {
      const validity = this.validity[leaf] ?? 0;
      if (validity === 0) continue;
      if (u8[this.flags + leaf] !== 0) u8.fill(VALID, validity, validity + BATCH_ROWS);
      u8[this.flags + leaf] = 0;
      dataView.setUint32(this.word(leaf) + 4, validity, true);
    }
    u8[this.errorFlag] = 0;
    this.bad.clear();
    this.text.clear();
  }

  /** The batch is filled: its descriptor says how many rows, and which leaves have no NULLs. */
  finish(rows: number): void {
    const { u8, dataView, allValid } = this.memory;
    dataView.setUint32(this.descriptor, rows, true);
    for (let leaf = 0; leaf < this.leaves.length; leaf++) {
      const validity = this.validity[leaf] ?? 0;
      if (validity !== 0 && u8[this.flags + leaf] === 0) dataView.setUint32(this.word(leaf) + 4, allValid, true);
    }
  }

  get hasErrors(): boolean {
    return this.memory.u8[this.errorFlag] !== 0;
  }

  setValidity(leaf: number, row: number, byte: number): void {
    const validity = this.validity[leaf] ?? 0;
    if (validity === 0) return;
    const { u8 } = this.memory;
    u8[validity + row] = byte;
    u8[this.flags + leaf] = 1;
    if (byte > VALID) u8[this.errorFlag] = 1;
  }

  /** Undoes what an extractor may have left in the validity of a row that it gave up. */
  resetRow(row: number): void {
    const { u8 } = this.memory;
    for (let leaf = 0; leaf < this.leaves.length; leaf++) {
      const validity = this.validity[leaf] ?? 0;
      if (validity !== 0 && u8[this.flags + leaf] !== 0) u8[validity + row] = VALID;
    }
  }

  /** The value of `leaf` in `row` cannot be read; `reason` is for people. */
  setBad(leaf: number, row: number, code: RowErrorName, reason: string): void {
    this.setValidity(leaf, row, rowErrors.UNDECODABLE.number);
    this.bad.set(row * this.leaves.length + leaf, { code, field: this.nameOf(leaf), reason });
  }

  badValue(row: number, leaf: number): BadRecord {
    const known = this.bad.get(row * this.leaves.length + leaf);
    if (known !== undefined) return known;
    const field = this.nameOf(leaf);
    const isNull = this.memory.u8[(this.validity[leaf] ?? 0) + row] === rowErrors.NULL_NOT_ALLOWED.number;
    const code: RowErrorName = isNull ? "NULL_NOT_ALLOWED" : "UNDECODABLE";
    return {
      code,
      field,
      reason: isNull ? `column "${field}" is NOT NULL, but has no value` : rowErrors[code].message,
    };
  }

  nameOf(leaf: number): string {
    return this.leaves[leaf]?.path.join(".") ?? "";
  }

  /** The address of `length` bytes of memory that live as long as the batch. */
  allocateText(length: number): number {
    return this.text.allocate(length);
  }

  /** Takes the rows `holes` (ascending) out of the first `rows` rows; the later ones move up. */
  removeRows(holes: readonly number[], rows: number): void {
    const { u8 } = this.memory;
    const shift = (column: number, bytes: number): void => {
      holes.forEach((hole, i) => {
        const next = holes[i + 1] ?? rows;
        u8.copyWithin(column + (hole - i) * bytes, column + (hole + 1) * bytes, column + next * bytes);
      });
    };
    this.leaves.forEach((leaf, i) => {
      if (this.needed[i] !== true) return;
      const validity = this.validity[i] ?? 0;
      if (leaf.storage !== "none") shift(this.data[i] ?? 0, storageBytes[leaf.storage]);
      if (u8[this.flags + i] === 0) return;
      shift(validity, 1);
      u8.fill(VALID, validity + rows - holes.length, validity + rows);
    });
    shift(this.starts, 4);
    this.renumberBad(holes);
  }

  private renumberBad(holes: readonly number[]): void {
    if (this.bad.size === 0) return;
    const width = this.leaves.length;
    const entries = [...this.bad];
    this.bad.clear();
    for (const [key, bad] of entries) {
      const row = Math.floor(key / width);
      const before = holes.filter((hole) => hole < row).length;
      if (!holes.includes(row)) this.bad.set(key - before * width, bad);
    }
  }

  release(): void {
    this.text.release();
    this.memory.release(this.block);
  }
}

const ARENA_BYTES = 65536;

/** Bytes that live as long as a batch: texts that do not stand in the input as they are. */
class TextArena {
  private readonly memory: EngineMemory;
  private readonly owner: MemoryOwner;
  private readonly blocks: number[] = [];
  private at = 0;
  private end = 0;

  constructor(memory: EngineMemory, owner: MemoryOwner) {
    this.memory = memory;
    this.owner = owner;
  }

  allocate(length: number): number {
    if (this.at + length > this.end) {
      const block = this.memory.allocate(Math.max(ARENA_BYTES, length), this.owner);
      this.blocks.push(block);
      this.at = block;
      this.end = block + this.memory.capacity(block);
    }
    const address = this.at;
    this.at += length;
    return address;
  }

  clear(): void {
    const first = this.blocks[0];
    for (const block of this.blocks.slice(1)) this.memory.release(block);
    this.blocks.length = Math.min(this.blocks.length, 1);
    this.at = first ?? 0;
    this.end = first === undefined ? 0 : first + this.memory.capacity(first);
  }

  release(): void {
    for (const block of this.blocks) this.memory.release(block);
    this.blocks.length = 0;
    this.at = 0;
    this.end = 0;
  }
}
