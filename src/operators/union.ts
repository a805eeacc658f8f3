/**
 * Union: UNION ALL. No state beyond the run but its watermark. Takes and gives any changelog. The rows of a run are put out in the order
 * of their origins, ties by the order of the inputs, once all of them are there. The watermark before a row is the least
 * of the inputs', so the column of its own input is held between the union's watermarks before and after the run.
 */
import {
  BATCH_ROWS,
  DESCRIPTOR_CHANGE,
  DESCRIPTOR_ORIGIN,
  DESCRIPTOR_WATERMARK,
  WATERMARK_MIN,
} from "../base/batch.ts";
import { leavesOf } from "../base/types.ts";
import { originAddress } from "../expr/columns.ts";
import { type Fn, fn, i32, load, select } from "../wasm/ir.ts";
import type { Callable, Operator, OperatorContext, OperatorDef, UnionSpec } from "./operator.ts";
import { emitCopyRow, emitSourceColumns } from "./rows/copy-rows.ts";
import { Output, type OutputLayout, outputLayout } from "./rows/output.ts";
import { longColumn, rowPart } from "./saving/small.ts";

const STATE_VERSION = 1;

const parameters = {
  batch: "i32",
  from: "i32",
  to: "i32",
  block: "i32",
  out: "i32",
  least: "i64",
  most: "i64",
} as const;

/** Copies rows from..to of a batch to the block, from row `out` on. */
function copyFn(name: string, context: OperatorContext, input: number, layout: OutputLayout): Fn {
  return fn(name, parameters, [], (f, p) => {
    const columns = emitSourceColumns(f, p.batch, leavesOf(context.inputs[input] ?? []));
    const origins = f.let("origins", load.i32(p.batch, DESCRIPTOR_ORIGIN));
    const watermarks = f.let("watermarks", load.i32(p.batch, DESCRIPTOR_WATERMARK));
    const changes = f.let("changes", load.i32(p.batch, DESCRIPTOR_CHANGE));
    const row = f.let("row", p.from);
    f.range("rows", row, p.to, () => {
      f.store.i32(p.block.add(p.out.shl(2)), load.i32(origins.add(row.shl(2))), layout.origin);
      const own = f.let("own", load.i64(watermarks.add(row.shl(3))));
      const lifted = f.let("lifted", select(own.lt(p.least), p.least, own));
      f.store.i64(p.block.add(p.out.shl(3)), select(lifted.gt(p.most), p.most, lifted), layout.watermark);
      if (layout.change !== undefined) {
        const change = f.let("change", i32(0));
        f.if(changes, () => f.set(change, load.u8(changes.add(row))));
        f.store.u8(p.block.add(p.out), change, layout.change);
      }
      emitCopyRow(f, columns, row, layout, p.block, p.out);
      f.set(p.out, p.out.add(1));
    });
  });
}

interface Taken {
  readonly input: number;
  readonly batch: number;
  readonly rows: number;
  next: number;
}

class Union implements Operator {
  private readonly context: OperatorContext;
  private readonly output: Output;
  private readonly copies: readonly (Callable | undefined)[];
  private taken: Taken[] = [];
  private forwarded = WATERMARK_MIN;

  constructor(context: OperatorContext) {
    this.context = context;
    const hasChange = context.inputModes.includes("retract");
    const layout = outputLayout(context.output, hasChange);
    this.output = new Output(layout, context);
    const fns = context.inputs.map((_, i) => copyFn(`copy${i}`, context, i, layout));
    const compiled = context.compile(fns);
    this.copies = fns.map((f) => compiled[f.name]);
    const watermark = rowPart(
      "",
      STATE_VERSION,
      [longColumn("watermark")],
      () => [this.forwarded],
      (cells) => {
        this.forwarded = cells.long();
      },
    );
    context.state([watermark]);
  }

  onBatch(input: number, batch: number, rows: number): void {
    this.taken.push({ input, batch, rows, next: 0 });
  }

  onWatermark(watermark: bigint): bigint {
    this.putOut(watermark);
    this.forwarded = watermark;
    return watermark;
  }

  onEpoch(): void {
    this.putOut(this.forwarded);
  }

  private putOut(watermark: bigint): void {
    // Inputs in order; the batches of one input stay in theirs.
    const queues = this.context.inputs.map((_, input) => this.taken.filter((t) => t.input === input));
    this.taken = [];
    for (;;) {
      const heads = queues.flatMap((q) => (q[0] === undefined ? [] : [q[0]]));
      const [head] = heads;
      if (head === undefined) break;
      const first = heads.reduce((a, b) => (this.origin(b) < this.origin(a) ? b : a), head);
      const to = this.endOfTurn(first, heads);
      this.copy(first, to, watermark);
      first.next = to;
      if (to === first.rows) queues[first.input]?.shift();
    }
    this.output.flush();
  }

  private origin(t: Taken, row: number = t.next): number {
    return this.context.memory.u32[originAddress(this.context.memory, t.batch) / 4 + row] ?? 0;
  }

  /** How far the rows of `t` go before one of another input comes first. */
  private endOfTurn(t: Taken, heads: readonly Taken[]): number {
    let before = Number.POSITIVE_INFINITY;
    let upTo = Number.POSITIVE_INFINITY;
    for (const other of heads) {
      if (other.input < t.input) before = Math.min(before, this.origin(other));
      if (other.input > t.input) upTo = Math.min(upTo, this.origin(other));
    }
    let row = t.next;
    while (row < t.rows && this.origin(t, row) < before && this.origin(t, row) <= upTo) row += 1;
    return row;
  }

  private copy(t: Taken, to: number, watermark: bigint): void {
    const copy = this.copies[t.input];
    if (copy === undefined) throw new TypeError("a batch of an unknown input");
    for (let row = t.next; row < to; ) {
      const block = this.output.room();
      const n = Math.min(to - row, BATCH_ROWS - block.rows);
      copy(t.batch, row, row + n, block.address, block.rows, this.forwarded, watermark);
      this.output.written(block.rows + n);
      row += n;
    }
  }

  close(): void {
    this.context.memory.releaseOwner(this.context.owner);
  }
}

export const union: OperatorDef<UnionSpec> = {
  describe: (_, inputs) => `Union(all=[true], inputs=[${inputs.length}])`,
  open: (_, context) => new Union(context),
};
