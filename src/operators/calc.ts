/**
 * Calc: WHERE and the SELECT list, `SELECT exprs FROM input WHERE condition`. No state. Takes and gives any changelog:
 * rows keep their kind of change. Batch in, at most one batch out: one emitted stage writes the rows that pass side by
 * side, columns that are only passed on are moved after them. Where all rows pass nothing is moved: the output points to
 * the input's columns.
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
} from "../base/batch.ts";
import { rowErrorName } from "../base/row-error.ts";
import { type Leaf, leafCount, leavesOf, storageBytes } from "../base/types.ts";
import { originAddress } from "../expr/columns.ts";
import { StageControl } from "../expr/emit/arena.ts";
import { ComputedColumns } from "../expr/emit/computed.ts";
import { CTL_OWN } from "../expr/emit/control.ts";
import { type Split, splitExprs } from "../expr/emit/split.ts";
import { Stage, storeLeaves } from "../expr/emit/stage.ts";
import type { Expr } from "../expr/expr.ts";
import { exprText } from "../expr/expr-text.ts";
import { type Fn, fn, load } from "../wasm/ir.ts";
import type { CalcSpec, Callable, Operator, OperatorContext, OperatorDef } from "./operator.ts";
import { type CellBytes, emitMoveRows } from "./rows/move-rows.ts";

/** The control block's own words: the output's descriptor, rows written to it, and which rows they are (u32 each). */
const CTL_OUTPUT = CTL_OWN;
const CTL_WRITTEN = CTL_OWN + 4;
const CTL_SELECTION = CTL_OWN + 8;
const OWN_BYTES = 12;

/** An output column: its expression and its leaves of the output. */
interface Target {
  readonly expr: Expr;
  readonly first: number;
  readonly leaves: readonly Leaf[];
  /** Only passed on: in a stage that all rows pass its columns are shared with the input. */
  readonly isShared: boolean;
}

interface Plan {
  readonly where: Expr | undefined;
  readonly targets: readonly Target[];
  readonly outputLeaves: readonly Leaf[];
  readonly split: Split;
}

function planOf(spec: CalcSpec, context: OperatorContext): Plan {
  const inputLeaves = leavesOf(context.inputs[0] ?? []).length;
  const exprs = [...(spec.where === undefined ? [] : [spec.where]), ...spec.exprs.map((e) => e.expr)];
  const split = splitExprs(exprs, inputLeaves);
  const where = spec.where === undefined ? undefined : split.exprs[0];
  const rest = split.exprs.slice(spec.where === undefined ? 0 : 1);
  const outputLeaves = leavesOf(context.output);
  let first = 0;
  const targets = rest.map((expr): Target => {
    const count = leafCount(expr.type);
    const leaves = outputLeaves.slice(first, first + count);
    const target = { expr, first, leaves, isShared: expr.node === "column" && expr.leaf < inputLeaves };
    first += count;
    return target;
  });
  return { where, targets, outputLeaves, split };
}

const params = { batch: "i32", lo: "i32", hi: "i32", ctl: "i32" } as const;
const leafWord = (leaf: number): number => DESCRIPTOR_COLUMNS + DESCRIPTOR_COLUMN_BYTES * leaf;

/**
 * Computes what is not only passed on. `all`: every row passes and goes to its own place; else the rows that pass go side
 * by side, and the selection says which they are.
 */
function computeStage(name: string, plan: Plan, all: boolean, context: OperatorContext): Fn {
  const targets = plan.targets.filter((t) => !t.isShared);
  const reads = [...(plan.where === undefined ? [] : [plan.where]), ...targets.map((t) => t.expr)];
  return fn(name, params, ["i32"], (f, { batch, lo, hi, ctl }) => {
    const computedFrom = plan.split.inputLeaves;
    const stage = new Stage(f, { region: context.region, ctl, batch, reads, computedFrom });
    const output = f.let("output", load.i32(ctl, CTL_OUTPUT));
    const written = f.let("written", load.i32(ctl, CTL_WRITTEN));
    const selection = f.let("selection", load.i32(ctl, CTL_SELECTION));
    const columns = targets.map((t) =>
      t.leaves.map((leaf, i) => ({
        data: f.let("out_data", load.i32(output, leafWord(t.first + i))),
        valid: leaf.nullable ? f.let("out_valid", load.i32(output, leafWord(t.first + i) + 4)) : undefined,
      })),
    );
    stage.rows(lo, hi, (next) => {
      stage.filter(plan.where, next);
      targets.forEach((t, i) => {
        storeLeaves(f, stage.expr(t.expr), columns[i] ?? [], written);
      });
      if (!all) f.store.i32(selection.add(written.shl(2)), stage.row);
      f.set(written, written.add(1));
    });
    f.store.i32(ctl, written, CTL_WRITTEN);
    stage.end();
  });
}

/** Moves what is passed on, origins, watermarks and changes: `(batch, output, selection, rows) -> rows`. */
function moveStage(name: string, plan: Plan, context: OperatorContext): Fn {
  const stageParams = { batch: "i32", output: "i32", selection: "i32", rows: "i32" } as const;
  return fn(name, stageParams, ["i32"], (f, { batch, output, selection, rows }) => {
    const move = (bytes: number, to: number, from: number): void => {
      const size = cellBytes.find((b) => b === bytes);
      if (size !== undefined) emitMoveRows(f, size, load.i32(output, to), load.i32(batch, from), selection, rows);
    };
    move(4, DESCRIPTOR_ORIGIN, DESCRIPTOR_ORIGIN);
    move(8, DESCRIPTOR_WATERMARK, DESCRIPTOR_WATERMARK);
    if (context.inputModes[0] !== "append") {
      f.if(load.i32(batch, DESCRIPTOR_CHANGE), () => move(1, DESCRIPTOR_CHANGE, DESCRIPTOR_CHANGE));
    }
    for (const t of plan.targets) {
      if (!t.isShared || t.expr.node !== "column") continue;
      const { leaf: source } = t.expr;
      t.leaves.forEach((leaf, i) => {
        const [to, from] = [leafWord(t.first + i), leafWord(source + i)];
        move(storageBytes[leaf.storage], to, from);
        if (!leaf.nullable) return;
        const { allValid } = context.memory;
        f.if(
          load.i32(batch, from + 4).eq(allValid | 0),
          () => f.store.i32(output, allValid | 0, to + 4),
          () => move(1, to + 4, from + 4),
        );
      });
    }
    f.return(rows);
  });
}

const cellBytes: readonly CellBytes[] = [1, 4, 8, 16];

/** Room for one output batch. */
interface Output {
  readonly batch: number;
  readonly origin: number;
  readonly watermark: number;
  readonly change: number;
  readonly leaves: readonly { readonly data: number; readonly valid: number }[];
}

class Calc implements Operator {
  private readonly context: OperatorContext;
  private readonly plan: Plan;
  private readonly control: StageControl;
  private readonly computed: ComputedColumns | undefined;
  private readonly shared: Callable | undefined;
  private readonly outputs: Output[] = [];
  private used = 0;
  /** Compiled when it is first needed: without a WHERE only for a batch in which a row fails. */
  private some: { readonly compute: Callable; readonly move: Callable } | undefined;
  private readonly selection: number;

  constructor(spec: CalcSpec, context: OperatorContext) {
    this.context = context;
    this.plan = planOf(spec, context);
    const { where, split, targets } = this.plan;
    this.control = new StageControl(context.memory, context.owner, context.region, OWN_BYTES);
    if (split.columns.length > 0) this.computed = new ComputedColumns(split, where, context);
    this.selection = context.region.alloc(4 * BATCH_ROWS);
    if (where !== undefined) this.some = this.compileSome();
    else if (targets.some((t) => !t.isShared)) {
      this.shared = context.compile([computeStage("calc_all", this.plan, true, context)])["calc_all"];
    }
  }

  private compileSome(): { readonly compute: Callable; readonly move: Callable } {
    const { context, plan } = this;
    const stages = [computeStage("calc", plan, false, context), moveStage("calc_move", plan, context)];
    const { calc: compute, calc_move: move } = context.compile(stages);
    if (compute === undefined || move === undefined) throw new TypeError("a stage is not among what was compiled");
    return { compute, move };
  }

  onBatch(_: number, batch: number, rows: number): void {
    this.control.begin();
    const input = this.computed?.extend(batch, rows) ?? batch;
    const output = this.outputs[this.used] ?? this.makeOutput();
    if (this.plan.where !== undefined || !this.passAll(input, batch, output, rows)) {
      this.move(input, batch, output, rows);
    }
  }

  /** All rows, without copies of what is passed on; false where one fails. */
  private passAll(input: number, batch: number, output: Output, rows: number): boolean {
    const { memory } = this.context;
    this.point(output, originAddress(memory, batch), memory.dataView.getUint32(batch + DESCRIPTOR_WATERMARK, true));
    memory.dataView.setUint32(output.batch + DESCRIPTOR_CHANGE, this.changeOf(batch), true);
    for (const t of this.plan.targets) {
      if (!t.isShared || t.expr.node !== "column") continue;
      const bytes = DESCRIPTOR_COLUMN_BYTES * t.leaves.length;
      const from = batch + leafWord(t.expr.leaf);
      memory.u8.copyWithin(output.batch + leafWord(t.first), from, from + bytes);
    }
    if (this.shared !== undefined) {
      this.control.setWord(CTL_OUTPUT, output.batch);
      this.control.setWord(CTL_WRITTEN, 0);
      for (let row = 0; row < rows; ) {
        row = this.shared(input, row, rows, this.control.at);
        if (row < rows && !this.control.resumed()) return false;
      }
    }
    this.put(output, rows);
    return true;
  }

  private changeOf(batch: number): number {
    return this.context.memory.dataView.getUint32(batch + DESCRIPTOR_CHANGE, true);
  }

  /** Row by row: those that pass move up, those that fail go to the error table. */
  private move(input: number, batch: number, output: Output, rows: number): void {
    const { memory } = this.context;
    this.some ??= this.compileSome();
    this.point(output, output.origin, output.watermark);
    memory.dataView.setUint32(output.batch + DESCRIPTOR_CHANGE, this.changeOf(batch) === 0 ? 0 : output.change, true);
    this.plan.outputLeaves.forEach((leaf, i) => {
      const own = output.leaves[i];
      if (own === undefined) return;
      memory.dataView.setUint32(output.batch + leafWord(i), own.data, true);
      memory.dataView.setUint32(output.batch + leafWord(i) + 4, leaf.nullable ? own.valid : memory.allValid, true);
    });
    this.control.setWord(CTL_OUTPUT, output.batch);
    this.control.setWord(CTL_WRITTEN, 0);
    this.control.setWord(CTL_SELECTION, this.selection);
    let failed = 0;
    for (let row = 0; row < rows; ) {
      row = this.some.compute(input, row, rows, this.control.at);
      if (row >= rows || this.control.resumed()) continue;
      this.fail(batch, row);
      failed += 1;
      row += 1;
    }
    const written = this.control.word(CTL_WRITTEN);
    if (this.context.first && written + failed < rows) this.context.count("filtered", rows - written - failed);
    if (written === 0) return;
    this.some.move(batch, output.batch, this.selection, written);
    this.put(output, written);
  }

  private fail(batch: number, row: number): void {
    const status = this.control.status();
    const code = rowErrorName(status);
    if (code === undefined) throw new TypeError(`a stage stopped with status ${status}`);
    this.context.fail(batch, row, code);
  }

  private point(output: Output, origin: number, watermark: number): void {
    const view = this.context.memory.dataView;
    view.setUint32(output.batch + DESCRIPTOR_ORIGIN, origin, true);
    view.setUint32(output.batch + DESCRIPTOR_WATERMARK, watermark, true);
  }

  private put(output: Output, rows: number): void {
    if (this.context.retained) this.used += 1;
    this.context.memory.dataView.setUint32(output.batch + DESCRIPTOR_ROWS, rows, true);
    this.context.emit(output.batch, rows);
  }

  private makeOutput(): Output {
    const { region, memory } = this.context;
    const leaves = this.plan.outputLeaves.map((leaf) => ({
      data: region.alloc(BATCH_ROWS * storageBytes[leaf.storage]),
      valid: leaf.nullable ? region.alloc(BATCH_ROWS) : memory.allValid,
    }));
    const output = {
      batch: region.alloc(descriptorBytes(leaves.length)),
      origin: region.alloc(4 * BATCH_ROWS),
      watermark: region.alloc(8 * BATCH_ROWS),
      change: region.alloc(BATCH_ROWS),
      leaves,
    };
    leaves.forEach((l, i) => {
      memory.dataView.setUint32(output.batch + leafWord(i), l.data, true);
      memory.dataView.setUint32(output.batch + leafWord(i) + 4, l.valid, true);
    });
    this.outputs.push(output);
    return output;
  }

  /** Called at the end of every run: what was put out during it is no longer read. */
  onWatermark(watermark: bigint): bigint {
    this.used = 0;
    this.control.endRun();
    this.computed?.endRun();
    return watermark;
  }

  close(): void {
    this.control.close();
    this.computed?.close();
  }
}

export const calc: OperatorDef<CalcSpec> = {
  describe(spec) {
    const select = spec.exprs.map((e) => {
      const text = exprText(e.expr);
      return text === e.name ? text : `${text} AS ${e.name}`;
    });
    const where = spec.where === undefined ? "" : `, where=[${exprText(spec.where)}]`;
    return `Calc(select=[${select.join(", ")}]${where})`;
  },
  open: (spec, context) => new Calc(spec, context),
};
