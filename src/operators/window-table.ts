/**
 * WindowTable: the plain output of a window function (T12): the input's columns and window_start, window_end,
 * window_time, a row for each window of the row. Takes and gives any changelog. TUMBLE, HOP and CUMULATE keep no state
 * and drop nothing, however late; SESSION holds its rows until their session closes (session/rows.ts).
 */
import { BATCH_ROWS, DESCRIPTOR_CHANGE } from "../base/batch.ts";
import { rowErrorName, rowErrors } from "../base/row-error.ts";
import { leafCount, leavesOf, type SqlType } from "../base/types.ts";
import { StageControl } from "../expr/emit/arena.ts";
import { CTL_OWN, StageStatus } from "../expr/emit/control.ts";
import { Stage } from "../expr/emit/stage.ts";
import type { Expr } from "../expr/expr.ts";
import { type Fn, fn, i32, load, select, type Term } from "../wasm/ir.ts";
import { windowText } from "./aggregation/describe.ts";
import { prepareGroups } from "./aggregation/prepare.ts";
import { CTL_REST, Stop } from "./aggregation/stops.ts";
import type { GroupTables } from "./aggregation/tables.ts";
import type { Callable, NamedExpr, Operator, OperatorContext, OperatorDef, WindowTableSpec } from "./operator.ts";
import { emitCopyRow, emitSourceColumns } from "./rows/copy-rows.ts";
import { emitStoreLeaves, Output, type OutputLayout, outputLayout, windowColumns } from "./rows/output.ts";
import { sessionFields } from "./session/fields.ts";
import { SessionOperator } from "./session/operator.ts";
import { RowHolder } from "./session/row-holder.ts";
import { Rows, rowFields } from "./session/rows.ts";
import { emitTime } from "./window/stage.ts";
import { type AlignedWindow, TIME_END, TIME_LEAST } from "./window/windows.ts";

/** The block, rows in it, and the start or end of the window with which the first row goes on (i64; 0: its first one). */
const CTL_BLOCK = CTL_REST;
const CTL_ROWS = CTL_REST + 4;
const CTL_GOES_ON = CTL_REST + 8;
const CTL_WINDOW = CTL_REST + 16;
const CONTROL_BYTES = CTL_REST + 24;

/** t rounded down to a multiple of `size` from `offset` on. */
function emitFloor(stage: Stage, t: Term, size: bigint, offset: bigint): Term {
  const { f } = stage;
  const m = f.let("m", t.sub(offset).rem(size));
  return f.let("floor", t.sub(select(m.lt(0n), m.add(size), m)));
}

/** The windows of a time, as a loop over `at` from `first` by `step` while at or below `last`: start and end by `at`. */
interface WindowLoop {
  readonly first: Term;
  readonly last: Term;
  readonly step: bigint;
  bounds(at: Term): readonly [start: Term, end: Term];
}

function emitWindows(stage: Stage, w: AlignedWindow, t: Term): WindowLoop {
  const { f } = stage;
  switch (w.kind) {
    case "tumble": {
      const start = emitFloor(stage, t, w.size, w.offset);
      return { first: start, last: start, step: w.size, bounds: (at) => [at, at.add(w.size)] };
    }
    case "hop": {
      const last = emitFloor(stage, t, w.slide, w.offset);
      const first = f.let("first", emitFloor(stage, t.sub(w.size), w.slide, w.offset).add(w.slide));
      return { first, last, step: w.slide, bounds: (at) => [at, at.add(w.size)] };
    }
    case "cumulate": {
      const start = emitFloor(stage, t, w.size, w.offset);
      const first = f.let("first", start.add(t.sub(start).div(w.step).add(1n).mul(w.step)));
      return { first, last: f.let("last", start.add(w.size)), step: w.step, bounds: (at) => [start, at] };
    }
    default:
      return w satisfies never;
  }
}

function tableFn(spec: WindowTableSpec, w: AlignedWindow, context: OperatorContext, layout: OutputLayout): Fn {
  const leaves = leavesOf(context.inputs[0] ?? []);
  const { region } = context;
  return fn("window_table", { batch: "i32", lo: "i32", hi: "i32", ctl: "i32" }, ["i32"], (f, p) => {
    const stage = new Stage(f, { region, ctl: p.ctl, batch: p.batch, leaves: [spec.time] });
    const columns = emitSourceColumns(f, p.batch, leaves);
    const changes = f.let("changes", load.i32(p.batch, DESCRIPTOR_CHANGE));
    const block = f.let("block", load.i32(p.ctl, CTL_BLOCK));
    const out = f.let("out", load.i32(p.ctl, CTL_ROWS));
    const goesOn = f.let("goes_on", load.i32(p.ctl, CTL_GOES_ON));
    const at = f.let("at", load.i64(p.ctl, CTL_WINDOW));
    stage.rows(p.lo, p.hi, () => {
      const t = emitTime(stage, spec.time, leaves[spec.time]?.nullable === true);
      const windows = emitWindows(stage, w, t);
      const [least] = windows.bounds(windows.first);
      const [, most] = windows.bounds(windows.last);
      stage.stop(rowErrors.TIME_OUT_OF_RANGE.number, least.lt(TIME_LEAST).or(most.ge(TIME_END)));
      f.if(goesOn.eqz(), () => f.set(at, windows.first));
      f.set(goesOn, 1);
      f.while(
        "windows",
        () => at.le(windows.last),
        () => {
          stage.stop(Stop.BLOCK_FULL, out.geU(BATCH_ROWS));
          f.store.i32(block.add(out.shl(2)), stage.origin(), layout.origin);
          f.store.i64(block.add(out.shl(3)), stage.watermark(), layout.watermark);
          if (layout.change !== undefined) {
            const change = f.let("change", i32(0));
            f.if(changes, () => f.set(change, load.u8(changes.add(stage.row))));
            f.store.u8(block.add(out), change, layout.change);
          }
          emitCopyRow(f, columns, stage.row, layout, block, out);
          const [start, end] = windows.bounds(at);
          emitStoreLeaves(f, layout, block, out, leaves.length, windowColumns(start, f.let("end", end)));
          f.set(out, out.add(1));
          f.set(at, at.add(windows.step));
        },
      );
      f.set(goesOn, 0);
    });
    f.store.i32(p.ctl, out, CTL_ROWS);
    f.store.i32(p.ctl, goesOn, CTL_GOES_ON);
    f.store.i64(p.ctl, at, CTL_WINDOW);
    stage.end();
  });
}

class WindowTable implements Operator {
  private readonly context: OperatorContext;
  private readonly control: StageControl;
  private readonly output: Output;
  private readonly stage: Callable;

  constructor(spec: WindowTableSpec, window: AlignedWindow, context: OperatorContext) {
    this.context = context;
    this.control = new StageControl(context.memory, context.owner, context.region, CONTROL_BYTES - CTL_OWN);
    const layout = outputLayout(context.output, context.inputModes[0] === "retract");
    this.output = new Output(layout, context);
    const stage = context.compile([tableFn(spec, window, context, layout)])["window_table"];
    if (stage === undefined) throw new TypeError("the stage is not compiled");
    this.stage = stage;
  }

  onBatch(_: number, batch: number, rows: number): void {
    const { control, context } = this;
    control.begin();
    control.setWord(CTL_GOES_ON, 0);
    let failed = 0;
    this.output.flush(undefined, () => {
      failed = this.take(batch, rows);
    });
    if (context.first && rows > failed) context.count("accounted", rows - failed);
  }

  /** Puts the rows of a batch out, one for each of their windows; how many failed. */
  private take(batch: number, rows: number): number {
    const { control, context } = this;
    let failed = 0;
    for (let row = 0; row < rows; ) {
      const block = this.output.room();
      control.setWord(CTL_BLOCK, block.address);
      control.setWord(CTL_ROWS, block.rows);
      row = this.stage(batch, row, rows, control.at);
      this.output.written(control.word(CTL_ROWS));
      const status = control.status();
      if (status === StageStatus.DONE) break;
      if (status === Stop.BLOCK_FULL) continue;
      const code = rowErrorName(status);
      if (code === undefined) throw new TypeError(`a window table stopped with status ${status}`);
      context.fail(batch, row, code);
      failed += 1;
      row += 1;
    }
    return failed;
  }

  onWatermark(watermark: bigint): bigint {
    this.control.endRun();
    return watermark;
  }

  close(): void {
    this.context.memory.releaseOwner(this.context.owner);
  }
}

/** The rows of each session, held until it closes (T12). */
function sessionTable(spec: WindowTableSpec, gap: bigint, context: OperatorContext): Operator {
  const input = context.inputs[0] ?? [];
  const retracts = context.inputModes[0] === "retract";
  const keys = spec.partition.map((leaf): NamedExpr => {
    const column = leavesOf(input)[leaf];
    if (column === undefined) throw new TypeError("a partition key that is not a column");
    return { name: column.path.join("."), expr: columnOf(leaf, column) };
  });
  const needs = { retracts: false, rows: false };
  const own = [...sessionFields, ...rowFields];
  const prepared = prepareGroups({ keys, aggregates: [] }, [], context, needs, own, "limit");
  const output = new Output(outputLayout(context.output, retracts), context);
  let leaf = 0;
  const columns = input.map((c): Expr => {
    const at = leaf;
    leaf += leafCount(c.type);
    return columnOf(at, c);
  });
  const content = new Rows({
    region: context.region,
    input,
    columns,
    sessions: prepared.groups.code.layout,
    output: output.layout,
    retracts,
    ordered: context.ordered,
  });
  const holder = (tables: GroupTables, control: StageControl): RowHolder =>
    new RowHolder(tables, control, output, content.limitAt);
  const parts = { gap, time: spec.time, prepared, before: undefined, below: [], calls: [], content, output, holder };
  return new SessionOperator(parts, context);
}

const columnOf = (leaf: number, { type, nullable }: { type: SqlType; nullable: boolean }): Expr => ({
  node: "column",
  leaf,
  name: `$${leaf}`,
  type,
  nullable,
});

export const windowTable: OperatorDef<WindowTableSpec> = {
  describe(spec, inputs) {
    const leaf = (i: number): string => leavesOf(inputs[0] ?? [])[i]?.path.join(".") ?? `$${i}`;
    const partition = spec.partition.length === 0 ? "" : `, partitionBy=[${spec.partition.map(leaf).join(", ")}]`;
    return `WindowTable(window=[${windowText(spec.window, leaf(spec.time))}]${partition})`;
  },
  open: (spec, context) =>
    spec.window.kind === "session"
      ? sessionTable(spec, spec.window.gap, context)
      : new WindowTable(spec, spec.window, context),
};
