/**
 * Keyed tables out of linear memory into chunks, and back into tables of another process. Slots go in their order and come
 * back in it, dead ones too: what refers to a slot by its number stays right, and a table that drops dead slots when it is
 * full does so at the same row as the one that was saved. The code is emitted for the table's layout when first used.
 */

import { BATCH_ROWS } from "../../base/batch.ts";
import { type Fn, fn, i32, load, type Term } from "../../wasm/ir.ts";
import type { EngineMemory, MemoryOwner } from "../../wasm/memory.ts";
import type { StagedChunk, StagedColumn } from "../snapshot/staged.ts";
import { TABLE_ARENA_END, TABLE_ARENA_TOP, TABLE_COUNT, TABLE_SLOTS, tagOf } from "../table.ts";
import type { Table, TableFill, TableFunctions } from "../tables.ts";
import {
  BLOCK_ROWS,
  BLOCK_WANTED,
  type BlockLayout,
  blockLayout,
  emitLoadCells,
  emitStoreCells,
  StagingBlock,
} from "./block.ts";
import { columnsOfSlot, emitCellsOfSlot, emitSlotCells, emitStoreSlot, type SlotColumns } from "./slot-columns.ts";

export interface CopyContext {
  readonly memory: EngineMemory;
  readonly owner: MemoryOwner;
  compile(fns: readonly Fn[]): TableFunctions;
}

export interface TableCopyOptions extends SlotColumns {
  /** Names the emitted functions. */
  readonly name: string;
  /** Columns of 64 bits that are the same for all rows of a table, before the others: for people, for nothing reads them back. */
  readonly constants?: readonly StagedColumn[];
  /** Slots that are left out. */
  readonly without?: (f: Fn, slot: Term) => Term;
}

interface Layouts extends TableCopyOptions {
  readonly block: BlockLayout;
}

/** (table, from, to, block) -> the slot at which the strings found no room: copies slots behind the block's rows. */
function scanFn(o: Layouts): Fn {
  return fn(`${o.name}_scan`, { control: "i32", from: "i32", to: "i32", block: "i32" }, ["i32"], (f, p) => {
    const { block } = p;
    const out = f.let("out", load.i32(block, BLOCK_ROWS));
    const slots = f.let("slots", load.i32(p.control, TABLE_SLOTS));
    const at = f.let("at", p.from);
    const constants = emitConstants(f, o, block);
    f.range("rows", at, p.to, (next) => {
      const slot = f.let("slot", slots.add(at.mul(o.layout.stride)));
      if (o.without !== undefined) next(o.without(f, slot));
      emitStoreCells(f, o.block, block, out, [...constants, ...emitCellsOfSlot(f, o, slot, slots)], () => {
        f.store.i32(block, out, BLOCK_ROWS);
        f.return(at);
      });
      f.set(out, out.add(1));
    });
    f.store.i32(block, out, BLOCK_ROWS);
    f.return(at);
  });
}

const emitConstants = (f: Fn, o: Layouts, block: Term): readonly { readonly parts: readonly Term[] }[] =>
  (o.constants ?? []).map((_, i) => ({ parts: [f.let("constant", load.i64(block, o.block.constants + 8 * i))] }));

/** (table, from, to, block) -> the row at which the arena had no room for BLOCK_WANTED bytes: rows become slots behind those that are there. */
function insertFn(o: Layouts): Fn {
  const { stride } = o.layout;
  return fn(`${o.name}_insert`, { control: "i32", from: "i32", to: "i32", block: "i32" }, ["i32"], (f, p) => {
    const { block, control } = p;
    const slots = f.let("slots", load.i32(control, TABLE_SLOTS));
    const count = f.let("count", load.i32(control, TABLE_COUNT));
    const row = f.let("row", p.from);
    const top = f.let("top", load.i32(control, TABLE_ARENA_TOP));
    f.range("rows", row, p.to, () => {
      const cells = emitSlotCells(f, o, emitLoadCells(f, o.block, block, row).slice(o.constants?.length ?? 0));
      if (cells.bytes !== undefined) {
        f.if(load.i32(control, TABLE_ARENA_END).sub(top).ltU(cells.bytes), () => {
          f.store.i32(block, cells.bytes ?? i32(0), BLOCK_WANTED);
          f.store.i32(control, count, TABLE_COUNT);
          f.store.i32(control, top, TABLE_ARENA_TOP);
          f.return(row);
        });
      }
      const slot = f.let("slot", slots.add(count.mul(stride)));
      for (let at = 0; at < stride; at += 8) f.store.i64(slot, 0n, at);
      f.store.i32(slot, tagOf(cells.key.hash));
      emitStoreSlot(f, o, slot, cells, top, slots);
      f.set(count, count.add(1));
    });
    f.store.i32(control, count, TABLE_COUNT);
    f.store.i32(control, top, TABLE_ARENA_TOP);
    f.return(row);
  });
}

/** What is restored into which table. */
export interface CopyTarget {
  readonly table: Table;
  readonly fill: TableFill;
}

export class TableCopy {
  readonly columns: readonly StagedColumn[];
  private readonly options: Layouts;
  private readonly context: CopyContext;
  private functions: TableFunctions | undefined;

  constructor(options: TableCopyOptions, context: CopyContext) {
    this.columns = [...(options.constants ?? []), ...columnsOfSlot(options)];
    this.options = { ...options, block: blockLayout(this.columns, options.constants?.length) };
    this.context = context;
  }

  private call(name: "scan" | "insert", table: Table, from: number, to: number, block: StagingBlock): number {
    this.functions ??= this.context.compile([scanFn(this.options), insertFn(this.options)]);
    const f = this.functions[`${this.options.name}_${name}`];
    if (f === undefined) throw new TypeError(`${name} is not compiled`);
    return Number(f(table.control, from, to, block.address));
  }

  private withBlock(use: (block: StagingBlock) => void): void {
    const block = new StagingBlock(this.options.block, this.context.memory, this.context.owner);
    try {
      use(block);
    } finally {
      block.release();
    }
  }

  /** Tables one after the other, each with its constants. */
  save(
    tables: Iterable<{ readonly table: Table; readonly constants?: readonly bigint[] }>,
    put: (chunk: StagedChunk) => void,
  ): void {
    this.withBlock((block) => {
      for (const { table, constants } of tables) {
        block.setConstants(constants ?? []);
        for (let at = 0; at < table.count; ) {
          const to = Math.min(table.count, at + BATCH_ROWS - block.rows);
          at = this.call("scan", table, at, to, block);
          if (at < to ? !block.grow() : block.rows === BATCH_ROWS) put(block.take());
        }
      }
      if (block.rows > 0) put(block.take());
    });
  }

  /** Throws a RangeError where there are not as many rows as the tables take. */
  restore(targets: Iterable<CopyTarget>, chunks: Iterable<StagedChunk>): void {
    this.withBlock((block) => {
      const rows = new Rows(block, chunks);
      for (const { table, fill } of targets) {
        table.reopen(fill.limit);
        if (fill.rows > fill.limit) throw new RangeError(`${this.options.name}: more rows than there is room for`);
        while (table.count < fill.rows) {
          const from = rows.next();
          const to = Math.min(block.rows, from + fill.rows - table.count);
          rows.at = this.call("insert", table, from, to, block);
          if (rows.at < to) table.addArena(block.wanted);
        }
        table.settle(fill.arenaBytes);
      }
      rows.end();
    });
  }
}

/** Chunk after chunk in a block. */
export class Rows {
  at = 0;
  private readonly block: StagingBlock;
  private readonly chunks: Iterator<StagedChunk>;

  constructor(block: StagingBlock, chunks: Iterable<StagedChunk>) {
    this.block = block;
    this.chunks = chunks[Symbol.iterator]();
  }

  private hasMore(): boolean {
    while (this.at >= this.block.rows) {
      const next = this.chunks.next();
      if (next.done === true) return false;
      this.block.fill(next.value);
      this.at = 0;
    }
    return true;
  }

  /** The next row in the block. */
  next(): number {
    if (!this.hasMore()) throw new RangeError("a snapshot with fewer rows than it says");
    return this.at;
  }

  end(): void {
    if (this.hasMore()) throw new RangeError("a snapshot with more rows than it says");
  }
}
