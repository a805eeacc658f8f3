/**
 * Makes computed columns (split.ts): `extend(batch, rows)` gives a descriptor with the columns of `batch` and the
 * computed ones behind them, valid until the end of the run. Emitted code goes first where there is some; cells that it
 * leaves, and columns without it, are computed by a loop in TypeScript (loop/row-loop.ts).
 */
import { BATCH_ROWS, DESCRIPTOR_COLUMN_BYTES, DESCRIPTOR_COLUMNS, descriptorBytes, INVALID } from "../../base/batch.ts";
import { BOOLEAN, leafCount, leavesOf, storageBytes } from "../../base/types.ts";
import { type Fn, fn, i32, load, select } from "../../wasm/ir.ts";
import type { EngineMemory, MemoryOwner, Region } from "../../wasm/memory.ts";
import { validAddress } from "../columns.ts";
import { type Expr, leavesRead } from "../expr.ts";
import { RowLoop } from "../loop/row-loop.ts";
import { StageControl } from "./arena.ts";
import { CTL_OWN, UNHANDLED } from "./control.ts";
import type { ComputedColumn, Split } from "./split.ts";
import { Stage, storeLeaves } from "./stage.ts";

type Compiled = (...args: (number | bigint)[]) => number;

export interface ComputedContext {
  readonly memory: EngineMemory;
  readonly owner: MemoryOwner;
  readonly region: Region;
  compile(fns: readonly Fn[]): Readonly<Record<string, Compiled>>;
}

/** The address of the mask of the rows to compute, a byte per row. */
const CTL_MASK = CTL_OWN;
const OWN_BYTES = 4;
const leafWord = (leaf: number): number => DESCRIPTOR_COLUMNS + DESCRIPTOR_COLUMN_BYTES * leaf;

/** Room for the computed columns of one batch. */
interface Buffers {
  readonly batch: number;
  readonly mask: number;
}

export class ComputedColumns {
  private readonly context: ComputedContext;
  private readonly split: Split;
  private readonly control: StageControl;
  private readonly compiled: Readonly<Record<string, Compiled>>;
  /** By column, where TypeScript takes part. */
  private readonly loops: readonly (RowLoop | undefined)[];
  /** Columns that the condition needs; they are computed for every row. */
  private readonly first: ReadonlySet<ComputedColumn>;
  private readonly buffers: Buffers[] = [];
  private used = 0;

  /** `where`, one of the split expressions: only rows for which it is TRUE need the columns that it does not read. */
  constructor(split: Split, where: Expr | undefined, context: ComputedContext) {
    this.context = context;
    this.split = split;
    this.control = new StageControl(context.memory, context.owner, context.region, OWN_BYTES);
    this.loops = split.columns.map((c) =>
      c.by === "emitted" ? undefined : new RowLoop(c.expr, c.leaf, context.memory, this.control),
    );
    this.first = neededBy(where, split);
    const fns = split.columns.flatMap((c, i) =>
      c.by === "typescript" ? [] : [columnStage(`computed${i}`, c, split, context)],
    );
    if (where !== undefined && this.first.size < split.columns.length) fns.push(maskStage(where, split, context));
    this.compiled = fns.length === 0 ? {} : context.compile(fns);
  }

  extend(batch: number, rows: number): number {
    const { memory } = this.context;
    this.control.begin();
    const b = this.buffers[this.used] ?? this.makeBuffers();
    this.used += 1;
    memory.u8.copyWithin(b.batch, batch, batch + descriptorBytes(this.split.inputLeaves));
    memory.u8.fill(1, b.mask, b.mask + rows);
    this.control.setWord(CTL_MASK, b.mask);
    const make = (isFirst: boolean): void => {
      this.split.columns.forEach((c, i) => {
        if (this.first.has(c) === isFirst) this.compute(c, i, b, rows);
      });
    };
    make(true);
    const mask = this.compiled["mask"];
    if (mask !== undefined) this.run(mask, b.batch, rows);
    make(false);
    return b.batch;
  }

  endRun(): void {
    this.used = 0;
    this.control.endRun();
  }

  close(): void {
    this.control.close();
  }

  private run(stage: Compiled, batch: number, rows: number): void {
    for (let row = 0; row < rows; ) {
      row = stage(batch, row, rows, this.control.at);
      if (row < rows && !this.control.resumed()) throw new TypeError("a computed column stopped without a reason");
    }
  }

  private compute(c: ComputedColumn, index: number, b: Buffers, rows: number): void {
    const stage = this.compiled[`computed${index}`];
    if (stage !== undefined) this.run(stage, b.batch, rows);
    else {
      const valid = validAddress(this.context.memory, b.batch, c.leaf);
      this.context.memory.u8.fill(UNHANDLED, valid, valid + rows);
    }
    this.loops[index]?.run(b.batch, b.mask, rows);
  }

  private makeBuffers(): Buffers {
    const { memory, region } = this.context;
    const leaves = leavesOf(this.split.columns.map((c) => ({ name: "c", type: c.expr.type, nullable: true })));
    const batch = region.alloc(descriptorBytes(this.split.inputLeaves + leaves.length));
    leaves.forEach((l, i) => {
      const word = batch + leafWord(this.split.inputLeaves + i);
      memory.dataView.setUint32(word, region.alloc(BATCH_ROWS * storageBytes[l.storage]), true);
      memory.dataView.setUint32(word + 4, region.alloc(BATCH_ROWS), true);
    });
    const made = { batch, mask: region.alloc(BATCH_ROWS) };
    this.buffers.push(made);
    return made;
  }
}

/** The computed columns that an expression needs, directly or through others. */
function neededBy(e: Expr | undefined, split: Split): ReadonlySet<ComputedColumn> {
  const needed = new Set<ComputedColumn>();
  const visit = (x: Expr): void => {
    const leaves = leavesRead(x);
    for (const c of split.columns) {
      if (!leaves.has(c.leaf) || needed.has(c)) continue;
      needed.add(c);
      visit(c.expr);
    }
  };
  if (e !== undefined) visit(e);
  return needed;
}

const params = { batch: "i32", lo: "i32", hi: "i32", ctl: "i32" } as const;

/** Computes a column where the mask is 1: validity byte, error number or UNHANDLED, and the value. */
function columnStage(name: string, c: ComputedColumn, split: Split, context: ComputedContext): Fn {
  return fn(name, params, ["i32"], (f, { batch, lo, hi, ctl }) => {
    const options = { region: context.region, ctl, batch, reads: [c.expr], computedFrom: split.inputLeaves };
    const stage = new Stage(f, options);
    const mask = f.let("mask", load.i32(ctl, CTL_MASK));
    const leaves = Array.from({ length: leafCount(c.expr.type) }, (_, i) => ({
      data: f.let("out_data", load.i32(batch, leafWord(c.leaf + i))),
      valid: f.let("out_valid", load.i32(batch, leafWord(c.leaf + i) + 4)),
    }));
    const validity = (leaves[0]?.valid ?? batch).add(stage.row);
    stage.rows(lo, hi, (next) => {
      f.store.u8(validity, INVALID);
      next(load.u8(mask.add(stage.row)).eqz());
      const { value, error } = stage.capture(c.expr.type, () => stage.expr(c.expr));
      storeLeaves(f, value, leaves, stage.row);
      f.if(error, () => f.store.u8(validity, error));
    });
    stage.end();
  });
}

/** Sets the mask to whether the condition is TRUE; where it fails the stage itself will see it. */
function maskStage(where: Expr, split: Split, context: ComputedContext): Fn {
  return fn("mask", params, ["i32"], (f, { batch, lo, hi, ctl }) => {
    const options = { region: context.region, ctl, batch, reads: [where], computedFrom: split.inputLeaves };
    const stage = new Stage(f, options);
    const mask = f.let("mask", load.i32(ctl, CTL_MASK));
    stage.rows(lo, hi, () => {
      const { value, error } = stage.capture(BOOLEAN, () => ({
        type: BOOLEAN,
        valid: undefined,
        parts: [stage.isTrue(where)],
      }));
      const holds = value.parts[0] ?? i32(0);
      f.store.u8(mask.add(stage.row), select(error, i32(0), holds));
    });
    stage.end();
  });
}
