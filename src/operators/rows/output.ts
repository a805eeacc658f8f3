/**
 * Batches that an operator puts out: blocks of memory with a descriptor and columns at fixed places, so that emitted
 * code needs one address to write a row. Blocks are filled when windows fire and put out when their cause is known.
 */
import {
  BATCH_ROWS,
  DESCRIPTOR_CHANGE,
  DESCRIPTOR_COLUMN_BYTES,
  DESCRIPTOR_COLUMNS,
  DESCRIPTOR_ORIGIN,
  DESCRIPTOR_ROWS,
  DESCRIPTOR_WATERMARK,
  descriptorBytes,
  MICROS_PER_MS,
} from "../../base/batch.ts";
import { type Leaf, leavesOf, type Schema, storageBytes, timestamp } from "../../base/types.ts";
import { cellAddress, storeParts } from "../../expr/emit/values.ts";
import type { Emitted } from "../../expr/function.ts";
import { flatten } from "../../state/keys.ts";
import { type Fn, i32, type Term } from "../../wasm/ir.ts";
import type { EngineMemory, MemoryOwner } from "../../wasm/memory.ts";
import type { Run } from "../operator.ts";

/** Where the columns of a block lie, as offsets from its start. */
export interface OutputLayout {
  readonly leaves: readonly Leaf[];
  readonly data: readonly number[];
  /** undefined where the leaf has no NULLs. */
  readonly valid: readonly (number | undefined)[];
  readonly origin: number;
  readonly watermark: number;
  readonly change: number | undefined;
  readonly bytes: number;
}

export function outputLayout(schema: Schema, hasChange: boolean): OutputLayout {
  const leaves = leavesOf(schema);
  let at = 0;
  const take = (bytes: number): number => {
    const offset = at;
    at += Math.ceil(bytes / 16) * 16;
    return offset;
  };
  take(descriptorBytes(leaves.length));
  const origin = take(4 * BATCH_ROWS);
  const watermark = take(8 * BATCH_ROWS);
  const change = hasChange ? take(BATCH_ROWS) : undefined;
  const data = leaves.map((l) => take(storageBytes[l.storage] * BATCH_ROWS));
  const valid = leaves.map((l) => (l.nullable ? take(BATCH_ROWS) : undefined));
  return { leaves, data, valid, origin, watermark, change, bytes: at };
}

/** Stores values, one a leaf from `firstLeaf` on (a ROW takes several), in row `row` of the block. */
export function emitStoreLeaves(
  f: Fn,
  layout: OutputLayout,
  block: Term,
  row: Term,
  firstLeaf: number,
  values: readonly Emitted[],
): void {
  values
    .flatMap((v) => flatten(v))
    .forEach((value, i) => {
      const leaf = layout.leaves[firstLeaf + i];
      const data = layout.data[firstLeaf + i];
      if (leaf === undefined || data === undefined) throw new TypeError("more values than output columns");
      const valid = layout.valid[firstLeaf + i];
      if (valid !== undefined) f.store.u8(block.add(row), value.valid ?? i32(1), valid);
      storeParts(f, leaf.storage, cellAddress(block.add(data), leaf.storage, row), value.parts);
    });
}

/** window_start, window_end and window_time of a row that a window puts out. */
export function windowColumns(start: Term, end: Term): readonly Emitted[] {
  const column = (t: Term): Emitted => ({ type: timestamp(3), valid: undefined, parts: [t] });
  return [column(start), column(end), column(end.sub(MICROS_PER_MS))];
}

/** Rows of a block that one step of time put out. */
interface Segment {
  /** The watermark that causes them. */
  readonly bound: bigint;
  readonly from: number;
}

interface Block {
  readonly address: number;
  rows: number;
  readonly segments: Segment[];
}

export interface Cause {
  readonly origin: number;
  readonly watermark: bigint;
}

/**
 * The causes of rows that a run's watermark steps put out, for ascending bounds. The watermark before a step: the step
 * before it, or what was forwarded last; so rows are not late below, and the column ascends.
 */
export function causes(run: Run, forwarded: bigint): (bound: bigint) => Cause {
  let origin = -1;
  let watermark = forwarded;
  let step = forwarded;
  return (bound) => {
    const next = run.causeOf(bound);
    if (next !== origin) watermark = step;
    origin = next;
    step = bound;
    return { origin, watermark };
  };
}

function unknownCause(): never {
  throw new TypeError("rows with a bound need a cause");
}

export interface OutputContext {
  readonly memory: EngineMemory;
  readonly owner: MemoryOwner;
  emit(batch: number, rows: number): void;
  readonly retained: boolean;
  releaseAfterRun(address: number): void;
}

export class Output {
  readonly layout: OutputLayout;
  private readonly context: OutputContext;
  private blocks: Block[] = [];
  /** Set while blocks are put out as they fill. */
  private causeOf: ((bound: bigint) => Cause) | undefined;

  constructor(layout: OutputLayout, context: OutputContext) {
    this.layout = layout;
    this.context = context;
  }

  /** The block that takes the next rows: at least `least`. */
  room(least = 1): { readonly address: number; readonly rows: number } {
    const last = this.blocks.at(-1);
    if (last !== undefined && last.rows + least <= BATCH_ROWS) return last;
    if (this.causeOf !== undefined) this.putOut(this.causeOf);
    const block = {
      address: this.context.memory.allocate(this.layout.bytes, this.context.owner),
      rows: 0,
      segments: [],
    };
    this.blocks.push(block);
    return block;
  }

  /** Rows were written into the block of `room()`, up to row `rows`. Without a bound they have their origins and watermarks. */
  written(rows: number, bound?: bigint): void {
    const block = this.blocks.at(-1);
    if (block === undefined || rows === block.rows) return;
    if (bound !== undefined && block.segments.at(-1)?.bound !== bound) block.segments.push({ bound, from: block.rows });
    block.rows = rows;
  }

  get isEmpty(): boolean {
    return this.blocks.every((b) => b.rows === 0);
  }

  /**
   * Puts out what `write` writes block by block, so that a block is read while it is in the caches, but for the last one,
   * which waits for what comes next. `causeOf` is asked for ascending bounds, up to the flush that ends the run.
   */
  stream(causeOf: (bound: bigint) => Cause, write: () => void): void {
    this.causeOf = causeOf;
    write();
    this.causeOf = undefined;
  }

  /** Puts everything out, and what `write` writes block by block. */
  flush(causeOf: (bound: bigint) => Cause = unknownCause, write?: () => void): void {
    if (write !== undefined) this.stream(causeOf, write);
    this.putOut(causeOf);
  }

  private putOut(causeOf: (bound: bigint) => Cause): void {
    const { memory } = this.context;
    const blocks = this.blocks;
    this.blocks = [];
    for (const block of blocks) {
      const origin = (block.address + this.layout.origin) / 4;
      const watermark = (block.address + this.layout.watermark) / 8;
      block.segments.forEach((s, i) => {
        const to = block.segments[i + 1]?.from ?? block.rows;
        const cause = causeOf(s.bound);
        memory.u32.fill(cause.origin, origin + s.from, origin + to);
        memory.i64.fill(cause.watermark, watermark + s.from, watermark + to);
      });
      this.describe(block);
      if (block.rows > 0) this.context.emit(block.address, block.rows);
      if (this.context.retained) this.context.releaseAfterRun(block.address);
      else memory.release(block.address);
    }
  }

  private describe(block: Block): void {
    const { layout } = this;
    const { memory } = this.context;
    const put = (at: number, value: number): void => memory.dataView.setUint32(block.address + at, value, true);
    put(DESCRIPTOR_ROWS, block.rows);
    put(DESCRIPTOR_ORIGIN, block.address + layout.origin);
    put(DESCRIPTOR_WATERMARK, block.address + layout.watermark);
    put(DESCRIPTOR_CHANGE, layout.change === undefined ? 0 : block.address + layout.change);
    layout.leaves.forEach((_, i) => {
      const at = DESCRIPTOR_COLUMNS + DESCRIPTOR_COLUMN_BYTES * i;
      const valid = layout.valid[i];
      put(at, block.address + (layout.data[i] ?? 0));
      put(at + 4, valid === undefined ? memory.allValid : block.address + valid);
    });
  }
}
