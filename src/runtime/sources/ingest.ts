/**
 * What every row of a table goes through before any query sees it: its event time must be there (T8), NOT NULL computed
 * columns must hold, and the watermark before it is written down (T1). One emitted stage per table.
 */
import { type RowErrorName, rowErrorName } from "../../base/row-error.ts";
import { firstLeaf, leavesOf } from "../../base/types.ts";
import { StageControl } from "../../expr/emit/arena.ts";
import { ComputedColumns } from "../../expr/emit/computed.ts";
import { CTL_OWN, CTL_STATUS, StageStatus } from "../../expr/emit/control.ts";
import { type Split, splitExprs } from "../../expr/emit/split.ts";
import { Stage } from "../../expr/emit/stage.ts";
import type { Expr } from "../../expr/expr.ts";
import type { Callable } from "../../operators/operator.ts";
import type { TablePlan } from "../../operators/physical.ts";
import { type Fn, fn, i64, load, select } from "../../wasm/ir.ts";
import type { EngineMemory, MemoryOwner, Region } from "../../wasm/memory.ts";
import { compileModule } from "../../wasm/module.ts";
import { overPhysical } from "../computed.ts";

/**
 * Words of the control block: the partition's watermark (in and out), the least of the others, where to stop, where to
 * write, what no event may be later than.
 */
const CTL_WATERMARK = CTL_OWN;
const CTL_CAP = CTL_OWN + 8;
const CTL_STOP_ABOVE = CTL_OWN + 16;
const CTL_OUT = CTL_OWN + 24;
const CTL_HORIZON = CTL_OWN + 32;
const CTL_BYTES = 40;

/** The stage's own reasons to stop before a row. */
const NO_EVENT_TIME = StageStatus.OPERATOR;
const NULL_COMPUTED = StageStatus.OPERATOR + 1;
const TOO_FAR_AHEAD = StageStatus.OPERATOR + 2;
/** ... and after one: its watermark is above the bound. */
const ABOVE = StageStatus.OPERATOR + 3;

export interface IngestState {
  readonly watermark: bigint;
  readonly cap: bigint;
  readonly stopAbove: bigint;
  /** No event of a live source may be later (T7). */
  readonly horizon: bigint;
  /** Address of the i64 that belongs to row 0 of the batch. */
  readonly watermarks: number;
}

export class Ingest {
  private readonly memory: EngineMemory;
  private readonly control: StageControl;
  private readonly ctl: number;
  private readonly stage: Callable;
  /** What no emitted code computes, where the watermark needs such a thing. */
  private readonly computed: ComputedColumns | undefined;
  private batch = 0;

  constructor(table: TablePlan, memory: EngineMemory, owner: MemoryOwner, region: Region) {
    this.memory = memory;
    this.control = new StageControl(memory, owner, region, CTL_BYTES);
    this.ctl = this.control.at;
    const plan = planOf(table);
    const { split } = plan;
    // Stages take and give i32.
    const compile = (fns: readonly Fn[]): Record<string, Callable> =>
      compileModule(memory, fns) as Record<string, Callable>;
    this.computed =
      split.columns.length > 0 ? new ComputedColumns(split, undefined, { memory, owner, region, compile }) : undefined;
    const compiled = compile([ingestStage(plan, region)])["ingest"];
    if (compiled === undefined) throw new TypeError("the stage is not compiled");
    this.stage = compiled;
  }

  /** `rows` of `batch` are there. */
  begin(batch: number, rows: number, state: IngestState): void {
    this.control.begin();
    this.computed?.endRun();
    this.batch = this.computed?.extend(batch, rows) ?? batch;
    const view = this.memory.dataView;
    view.setBigInt64(this.ctl + CTL_WATERMARK, state.watermark, true);
    view.setBigInt64(this.ctl + CTL_CAP, state.cap, true);
    view.setBigInt64(this.ctl + CTL_STOP_ABOVE, state.stopAbove, true);
    view.setBigInt64(this.ctl + CTL_HORIZON, state.horizon, true);
    view.setUint32(this.ctl + CTL_OUT, state.watermarks, true);
  }

  /** Judges rows [low, high): the first one not taken. */
  run(low: number, high: number): number {
    let row = low;
    do row = this.stage(this.batch, row, high, this.ctl) >>> 0;
    while (row < high && this.control.resumed());
    return row;
  }

  private get status(): number {
    return this.memory.dataView.getUint32(this.ctl + CTL_STATUS, true);
  }
  /** Whether the last run ended because the watermark passed the bound. */
  get stopped(): boolean {
    return this.status === ABOVE;
  }
  /** What is wrong with the row at which the last run stopped. */
  get error(): RowErrorName {
    const status = this.status;
    if (status === TOO_FAR_AHEAD) return "TOO_FAR_AHEAD";
    if (status === NO_EVENT_TIME || status === NULL_COMPUTED) return "NULL_NOT_ALLOWED";
    return rowErrorName(status) ?? "INVALID_ARGUMENT";
  }
  close(): void {
    this.control.close();
    this.computed?.close();
  }
  get watermark(): bigint {
    return this.memory.dataView.getBigInt64(this.ctl + CTL_WATERMARK, true);
  }

  /** Row `row` is bad: it has a place among the watermarks all the same. */
  skip(row: number): void {
    const view = this.memory.dataView;
    const cap = view.getBigInt64(this.ctl + CTL_CAP, true);
    const watermark = this.watermark;
    view.setBigInt64(view.getUint32(this.ctl + CTL_OUT, true) + 8 * row, watermark < cap ? watermark : cap, true);
  }
}

interface Plan {
  readonly eventTime: Expr | undefined;
  readonly watermark: Expr | undefined;
  /** Computed columns that are NOT NULL. */
  readonly checks: readonly Expr[];
  /** Whether events may not be later than the horizon. */
  readonly hasHorizon: boolean;
  readonly split: Split;
}

function planOf(table: TablePlan): Plan {
  const leaves = leavesOf(table.schema);
  const column = (leaf: number): Expr[] => {
    const l = leaves[leaf];
    if (l === undefined) return [];
    return [overPhysical(table, { node: "column", leaf, name: l.path.join("."), type: l.type, nullable: true })];
  };
  const eventTime = table.eventTime === undefined ? [] : column(table.eventTime);
  const watermark = table.watermark === undefined ? [] : [overPhysical(table, table.watermark)];
  const checks = table.notNull
    .filter((c) => c >= table.physical.length)
    .flatMap((c) => column(firstLeaf(table.schema, c)));
  const split = splitExprs([...eventTime, ...watermark, ...checks], leavesOf(table.physical).length);
  const at = eventTime.length + watermark.length;
  return {
    eventTime: eventTime.length === 0 ? undefined : split.exprs[0],
    watermark: watermark.length === 0 ? undefined : split.exprs[eventTime.length],
    checks: split.exprs.slice(at),
    hasHorizon: table.live?.maxFutureDriftMs !== undefined,
    split,
  };
}

function ingestStage(plan: Plan, region: Region): Fn {
  const { eventTime, watermark, checks, hasHorizon, split } = plan;
  return fn("ingest", { batch: "i32", lo: "i32", hi: "i32", ctl: "i32" }, ["i32"], (f, p) => {
    const reads = [eventTime, watermark, ...checks].filter((e) => e !== undefined);
    const stage = new Stage(f, { region, ctl: p.ctl, batch: p.batch, reads, computedFrom: split.inputLeaves });
    const current = f.let("current", load.i64(p.ctl, CTL_WATERMARK));
    const cap = f.let("cap", load.i64(p.ctl, CTL_CAP));
    const stopAbove = f.let("stop_above", load.i64(p.ctl, CTL_STOP_ABOVE));
    const out = f.let("out", load.i32(p.ctl, CTL_OUT));
    const horizon = hasHorizon ? f.let("horizon", load.i64(p.ctl, CTL_HORIZON)) : i64(0n);
    stage.rows(p.lo, p.hi, () => {
      for (const check of checks) {
        const valid = stage.expr(check).valid;
        if (valid !== undefined) stage.stop(NULL_COMPUTED, valid.eqz());
      }
      if (eventTime !== undefined) {
        const { valid, parts } = stage.expr(eventTime);
        if (valid !== undefined) stage.stop(NO_EVENT_TIME, valid.eqz());
        if (hasHorizon && parts[0] !== undefined) stage.stop(TOO_FAR_AHEAD, parts[0].gt(horizon));
      }
      const value = watermark === undefined ? undefined : stage.expr(watermark);
      f.store.i64(out.add(stage.row.shl(3)), select(current.lt(cap), current, cap));
      const next = value?.parts[0];
      if (hasHorizon && next !== undefined) {
        const isAhead = next.gt(horizon);
        stage.stop(TOO_FAR_AHEAD, value?.valid === undefined ? isAhead : isAhead.and(value.valid));
      }
      if (value === undefined || next === undefined) return;
      const advances = next.gt(current);
      f.set(current, select(value.valid === undefined ? advances : advances.and(value.valid), next, current));
      f.if(current.gt(stopAbove), () => {
        f.set(stage.row, stage.row.add(1));
        stage.stop(ABOVE);
      });
    });
    f.store.i64(p.ctl, current, CTL_WATERMARK);
    stage.end();
  });
}
