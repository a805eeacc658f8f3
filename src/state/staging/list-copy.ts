/**
 * Records that lie outside tables, found through a list, into chunks and back: each with the number of what it belongs to,
 * before the columns of its layout; an entry of the list is address and number, u32 each. How a row becomes a record again is its owner's.
 */
import { BATCH_ROWS } from "../../base/batch.ts";
import { INT } from "../../base/types.ts";
import { type Fn, fn, i32, load, type Term } from "../../wasm/ir.ts";
import type { StagedChunk, StagedColumn } from "../snapshot/staged.ts";
import type { TableFunctions } from "../tables.ts";
import {
  BLOCK_ROWS,
  BLOCK_WANTED,
  type BlockLayout,
  blockLayout,
  emitLoadCells,
  emitStoreCells,
  StagingBlock,
} from "./block.ts";
import { columnsOfSlot, emitCellsOfSlot, emitSlotCells, type SlotCells, type SlotColumns } from "./slot-columns.ts";
import { type CopyContext, Rows } from "./table-copy.ts";

export interface ListCopyOptions extends SlotColumns {
  /** Names the emitted functions. */
  readonly name: string;
  readonly numberName: string;
  /** Makes the record of a row. `full` leaves, before anything has changed, and says what is wanted. */
  emitRecord(f: Fn, number: Term, cells: SlotCells, full: (wanted: Term) => void): void;
}

/** (list, from, to, block) -> the entry at which strings found no room: copies records behind the block's rows. */
function scanFn(o: ListCopyOptions, layout: BlockLayout): Fn {
  return fn(`${o.name}_scan`, { list: "i32", from: "i32", to: "i32", block: "i32" }, ["i32"], (f, p) => {
    const out = f.let("out", load.i32(p.block, BLOCK_ROWS));
    const at = f.let("at", p.from);
    f.range("records", at, p.to, () => {
      const entry = f.let("entry", p.list.add(at.shl(3)));
      const number = { parts: [f.let("number", load.i32(entry, 4))] };
      const record = f.let("record", load.i32(entry));
      emitStoreCells(f, layout, p.block, out, [number, ...emitCellsOfSlot(f, o, record)], () => {
        f.store.i32(p.block, out, BLOCK_ROWS);
        f.return(at);
      });
      f.set(out, out.add(1));
    });
    f.store.i32(p.block, out, BLOCK_ROWS);
    f.return(at);
  });
}

/** (from, to, block) -> the row at which BLOCK_WANTED says that there is no room. */
function insertFn(o: ListCopyOptions, layout: BlockLayout): Fn {
  return fn(`${o.name}_insert`, { from: "i32", to: "i32", block: "i32" }, ["i32"], (f, p) => {
    const row = f.let("row", p.from);
    f.range("rows", row, p.to, () => {
      const [number, ...rest] = emitLoadCells(f, layout, p.block, row);
      o.emitRecord(f, number?.parts[0] ?? i32(0), emitSlotCells(f, o, rest), (wanted) => {
        f.store.i32(p.block, wanted, BLOCK_WANTED);
        f.return(row);
      });
    });
    f.return(row);
  });
}

export class ListCopy {
  readonly columns: readonly StagedColumn[];
  readonly slots: SlotColumns;
  private readonly options: ListCopyOptions;
  private readonly layout: BlockLayout;
  private readonly context: CopyContext;
  private functions: TableFunctions | undefined;

  constructor(options: ListCopyOptions, context: CopyContext) {
    const number: StagedColumn = { name: options.numberName, type: { kind: "sql", type: INT }, nullable: false };
    this.columns = [number, ...columnsOfSlot(options)];
    this.options = options;
    this.slots = options;
    this.layout = blockLayout(this.columns);
    this.context = context;
  }

  private call(name: "scan" | "insert", ...args: number[]): number {
    this.functions ??= this.context.compile([scanFn(this.options, this.layout), insertFn(this.options, this.layout)]);
    const f = this.functions[`${this.options.name}_${name}`];
    if (f === undefined) throw new TypeError(`${name} is not compiled`);
    return Number(f(...args));
  }

  save(list: number, count: number, put: (chunk: StagedChunk) => void): void {
    const block = new StagingBlock(this.layout, this.context.memory, this.context.owner);
    try {
      for (let at = 0; at < count; ) {
        const to = Math.min(count, at + BATCH_ROWS - block.rows);
        at = this.call("scan", list, at, to, block.address);
        if (at < to ? !block.grow() : block.rows === BATCH_ROWS) put(block.take());
      }
      if (block.rows > 0) put(block.take());
    } finally {
      block.release();
    }
  }

  /** `makeRoom` gets what `emitRecord` wanted. Throws a RangeError where there are not `count` rows. */
  restore(count: number, chunks: Iterable<StagedChunk>, makeRoom: (wanted: number) => void): void {
    const block = new StagingBlock(this.layout, this.context.memory, this.context.owner);
    try {
      const rows = new Rows(block, chunks);
      for (let left = count; left > 0; ) {
        const from = rows.next();
        const to = Math.min(block.rows, from + left);
        rows.at = this.call("insert", from, to, block.address);
        left -= rows.at - from;
        if (rows.at < to) makeRoom(block.wanted);
      }
      rows.end();
    } finally {
      block.release();
    }
  }
}
