/**
 * WindowAggregate: GROUP BY over TUMBLE, HOP, CUMULATE, or over windows that the rows carry. State: a keyed table of
 * groups for each pane. Takes any changelog, gives inserts: each group once, when the watermark passes its window's end
 * (E1, T2). Windows do not fire inside a batch: a row is judged by the watermark before it, so a row that comes after a
 * window should have fired never enters it; where it enters a pane of that window, the window is put together first.
 */
import { WATERMARK_MIN } from "../base/batch.ts";
import { rowErrorName, rowErrors } from "../base/row-error.ts";
import { leavesOf } from "../base/types.ts";
import { changeOf, dataAddress, originAddress, readRow, watermarkAddress } from "../expr/columns.ts";
import { StageControl } from "../expr/emit/arena.ts";
import { ComputedColumns } from "../expr/emit/computed.ts";
import { CTL_OWN, StageStatus } from "../expr/emit/control.ts";
import { exprText } from "../expr/expr-text.ts";
import type { Fn } from "../wasm/ir.ts";
import type { Region } from "../wasm/memory.ts";
import { callText, keysText, windowText } from "./aggregation/describe.ts";
import type { Groups } from "./aggregation/groups.ts";
import { mergeFn } from "./aggregation/merge.ts";
import { isMergeable } from "./aggregation/plan.ts";
import { type Prepared, prepareGroups } from "./aggregation/prepare.ts";
import { refreshFns } from "./aggregation/refresh.ts";
import { Scanner, scannerFns } from "./aggregation/scanner.ts";
import { Stop } from "./aggregation/stops.ts";
import { GroupTables, groupTableFns } from "./aggregation/tables.ts";
import type { Callable, Operator, OperatorContext, OperatorDef, WindowAggregateSpec } from "./operator.ts";
import { type Cause, causes, Output, outputLayout } from "./rows/output.ts";
import { windowParts } from "./saving/windows.ts";
import { mergeValuesFns } from "./values/merge.ts";
import { CumulateStore } from "./window/cumulate-store.ts";
import { DirectStore } from "./window/direct-store.ts";
import { Directory } from "./window/directory.ts";
import { HopStore } from "./window/hop-store.ts";
import { SingleStore } from "./window/single-store.ts";
import {
  CTL_DIRECTORY,
  CTL_ENTRIES,
  CTL_FILTERED,
  CTL_JUDGED,
  CTL_SEQUENCE,
  CTL_TARGET,
  STAGE_CONTROL_BYTES,
  windowStageFn,
} from "./window/stage.ts";
import type { StoreContext, WindowStore } from "./window/store.ts";
import { fireBound, inRange, type Panes, panesOf, type Window } from "./window/windows.ts";

type Attached = Extract<WindowAggregateSpec["window"], { readonly kind: "attached" }>;

/** Rows carry their window: a pane is named by its start, and its windows are known from the row. */
const attachedPanes: Panes = {
  width: 0n,
  paneOf: (t) => t,
  windowsOf: () => {
    throw new TypeError("a row carries its own window");
  },
};

/** Whether windows overlap and share panes, whose states are merged. */
const isShared = (window: WindowAggregateSpec["window"], groups: Groups, retracts: boolean): boolean =>
  (window.kind === "hop" || window.kind === "cumulate") && isMergeable(groups.plan) && !retracts;

const mergeFns = (region: Region, groups: Groups): readonly Fn[] => [
  mergeFn(region, groups, 1),
  mergeFn(region, groups, -1),
  ...mergeValuesFns(region, groups),
];

function storeOf(window: WindowAggregateSpec["window"], context: StoreContext): WindowStore {
  if (window.kind === "attached" || window.kind === "tumble") {
    return new SingleStore(context, window.kind === "attached");
  }
  if (!isShared(window, context.tables.groups, context.retracts)) return new DirectStore(context);
  if (window.kind === "hop") return new HopStore(context, window.size / context.panes.width);
  return new CumulateStore(context, window);
}

class WindowAggregate implements Operator {
  private readonly context: OperatorContext;
  private readonly attached: Attached | undefined;
  private readonly time: number;
  private readonly panes: Panes;
  private readonly single: boolean;
  private readonly prepared: Prepared;
  private readonly control: StageControl;
  private readonly computed: ComputedColumns | undefined;
  private readonly stage: Callable;
  private readonly tables: GroupTables;
  private readonly output: Output;
  private readonly store: WindowStore;
  private readonly directory: Directory;
  /** What onWatermark returned last. */
  private readonly progress = { watermark: WATERMARK_MIN };
  /** The causes of what the run puts out, from when it first does. */
  private causeOf: ((bound: bigint) => Cause) | undefined;
  /** Whether the directory in memory is not that of the store. */
  private isStale = true;

  constructor(spec: WindowAggregateSpec, context: OperatorContext) {
    this.context = context;
    const { window } = spec;
    this.attached = window.kind === "attached" ? window : undefined;
    this.panes = window.kind === "attached" ? attachedPanes : panesOf(window);
    this.time = spec.time;
    this.single = window.kind === "attached" || window.kind === "tumble";
    const retracts = context.inputModes[0] === "retract";
    // Running totals and updating input leave groups without rows behind.
    const keepsTotals = window.kind === "hop" && spec.aggregates.every((a) => a.resolved.invertible);
    this.prepared = prepareGroups(spec, [spec.where], context, { retracts, rows: retracts || keepsTotals });
    const { groups, split } = this.prepared;
    this.control = new StageControl(context.memory, context.owner, context.region, STAGE_CONTROL_BYTES - CTL_OWN);
    if (split.columns.length > 0) this.computed = new ComputedColumns(split, this.prepared.conditions[0], context);
    const layout = outputLayout(context.output, false);
    this.output = new Output(layout, context);
    const functions = context.compile([
      this.stageFn(retracts),
      ...groupTableFns(groups),
      ...scannerFns({
        region: context.region,
        groups,
        output: layout,
        skipsEmpty: groups.plan.hasRows,
        ordered: context.ordered,
      }),
      ...(isShared(window, groups, retracts) ? mergeFns(context.region, groups) : []),
      ...refreshFns(context.region, groups),
    ]);
    const stage = functions["window_aggregate"];
    if (stage === undefined) throw new TypeError("the stage is not compiled");
    this.stage = stage;
    this.tables = new GroupTables(context, groups, functions);
    const scanner = new Scanner(this.tables, this.output, this.prepared.keySchema);
    this.store = storeOf(window, {
      tables: this.tables,
      scanner,
      panes: this.panes,
      ctl: context.region.alloc(STAGE_CONTROL_BYTES),
      retracts,
    });
    this.directory = new Directory(context.memory, context.owner);
    const calls = spec.aggregates.map((a) => a.name);
    context.state(windowParts(this.tables, this.store, calls, this.progress));
  }

  private stageFn(retracts: boolean): ReturnType<typeof windowStageFn> {
    const time = this.attached === undefined ? [this.time] : [this.attached.start, this.attached.end];
    const leaves = leavesOf(this.context.inputs[0] ?? []);
    return windowStageFn({
      name: "window_aggregate",
      region: this.context.region,
      groups: this.prepared.groups,
      where: this.prepared.conditions[0],
      keys: this.prepared.keys,
      time,
      timeNullable: time.some((t) => leaves[t]?.nullable === true),
      single: this.single,
      retracts,
      computedFrom: this.computed === undefined ? undefined : this.prepared.split.inputLeaves,
    });
  }

  onBatch(_: number, batch: number, rows: number): void {
    const { control, context } = this;
    control.begin();
    const input = this.computed?.extend(batch, rows) ?? batch;
    control.setWord(CTL_JUDGED, -1);
    control.setWord(CTL_TARGET, 0);
    context.memory.i64[(control.at + CTL_SEQUENCE) / 8] = context.run.first;
    const fates = { filtered: 0, late: 0, failed: 0 };
    for (let row = 0; row < rows; ) {
      this.writeDirectory();
      row = this.stage(input, row, rows, control.at);
      fates.filtered += control.word(CTL_FILTERED);
      const status = control.status();
      if (status === StageStatus.DONE) break;
      if (status === StageStatus.ARENA_FULL) control.growArena();
      else if (!this.tables.makeRoom(control.at, status)) row = this.stopped(batch, row, status, fates);
    }
    if (!context.first) return;
    const accounted = rows - fates.filtered - fates.late - fates.failed;
    if (fates.filtered > 0) context.count("filtered", fates.filtered);
    if (fates.late > 0) context.count("late", fates.late);
    if (accounted > 0) context.count("accounted", accounted);
  }

  /** Handles a row at which the stage stopped; the row to go on with. */
  private stopped(batch: number, row: number, status: number, fates: { late: number; failed: number }): number {
    if (status !== Stop.OPEN && status !== Stop.LATE) {
      this.fail(batch, row, status);
      fates.failed += 1;
      return row + 1;
    }
    const windows = this.windowsOf(batch, row);
    if (!windows.every(inRange)) {
      this.fail(batch, row, rowErrors.TIME_OUT_OF_RANGE.number);
      fates.failed += 1;
      return row + 1;
    }
    const watermark = this.word64(watermarkAddress(this.context.memory, batch), row);
    const missed = windows.filter(([, end]) => fireBound(end) <= watermark);
    const isLate = missed.length === windows.length;
    if (status === Stop.LATE || isLate) this.late(batch, row, watermark, missed, !isLate);
    if (isLate) {
      fates.late += 1;
      return row + 1;
    }
    // The windows that the row has missed are put together without it.
    const hasFired = missed.length > 0 && this.fireInside(watermark);
    if (status === Stop.LATE) this.control.setWord(CTL_JUDGED, row);
    else if (!hasFired) {
      this.store.open(this.paneOf(batch, row), windows, watermark);
      this.isStale = true;
    }
    // After firing the row's pane may be another one: the stage looks again.
    return row;
  }

  private word64(column: number, row: number): bigint {
    return this.context.memory.dataView.getBigInt64(column + 8 * row, true);
  }
  private timeOf(batch: number, row: number, leaf: number): bigint {
    return this.word64(dataAddress(this.context.memory, batch, leaf), row);
  }
  private paneOf(batch: number, row: number): bigint {
    return this.panes.paneOf(this.timeOf(batch, row, this.attached?.start ?? this.time));
  }
  private windowsOf(batch: number, row: number): readonly Window[] {
    if (this.attached === undefined) return this.panes.windowsOf(this.paneOf(batch, row));
    return [[this.timeOf(batch, row, this.attached.start), this.timeOf(batch, row, this.attached.end)]];
  }

  private originOf(batch: number, row: number): number {
    return this.context.memory.dataView.getUint32(originAddress(this.context.memory, batch) + 4 * row, true);
  }

  private fail(batch: number, row: number, status: number): void {
    const code = rowErrorName(status);
    if (code === undefined) throw new TypeError(`a window aggregate stopped with status ${status}`);
    this.context.fail(batch, row, code);
  }

  private late(batch: number, row: number, watermark: bigint, windows: readonly Window[], partly: boolean): void {
    const { memory, inputs } = this.context;
    this.context.late(() => ({
      origin: this.originOf(batch, row),
      partly,
      change: changeOf(memory, batch, row),
      watermark,
      windows,
      row: readRow(memory, batch, inputs[0] ?? [], row),
    }));
  }

  private writeDirectory(): void {
    if (!this.isStale) return;
    const entries = this.store.entries();
    this.control.setWord(CTL_DIRECTORY, this.directory.write(entries, this.single));
    this.control.setWord(CTL_ENTRIES, entries.length);
    this.isStale = false;
  }

  /** Fires the windows that a watermark fires; whether there were any. */
  private fireUpTo(watermark: bigint): boolean {
    let hasFired = false;
    for (;;) {
      const window = this.store.next();
      if (window === undefined || fireBound(window[1]) > watermark) return hasFired;
      this.store.fire(window);
      this.isStale = true;
      hasFired = true;
    }
  }

  private causes(): (bound: bigint) => Cause {
    this.causeOf ??= causes(this.context.run, this.progress.watermark);
    return this.causeOf;
  }

  /** Fires inside a batch: what is put out is handed on as blocks fill, so that memory does not depend on the batch. */
  private fireInside(watermark: bigint): boolean {
    let hasFired = false;
    this.output.stream(this.causes(), () => {
      hasFired = this.fireUpTo(watermark);
    });
    return hasFired;
  }

  onWatermark(watermark: bigint): bigint {
    this.output.flush(this.causes(), () => this.fireUpTo(watermark));
    this.causeOf = undefined;
    this.progress.watermark = watermark;
    this.control.endRun();
    this.computed?.endRun();
    return watermark;
  }

  openRows(): number {
    return this.stateRows();
  }

  stateRows(): number {
    return this.store.rows();
  }

  close(): void {
    this.context.memory.releaseOwner(this.context.owner);
  }
}

export const windowAggregate: OperatorDef<WindowAggregateSpec> = {
  describe(spec, inputs) {
    const leaf = (i: number): string => leavesOf(inputs[0] ?? [])[i]?.path.join(".") ?? `$${i}`;
    const { window } = spec;
    const text =
      window.kind === "attached" ? `[${leaf(window.start)}, ${leaf(window.end)})` : windowText(window, leaf(spec.time));
    const select = [keysText(spec.keys), ...spec.aggregates.map(callText), "window_start", "window_end", "window_time"];
    const where = spec.where === undefined ? "" : `, where=[${exprText(spec.where)}]`;
    return `WindowAggregate(groupBy=[${keysText(spec.keys)}], window=[${text}], select=[${select.filter((t) => t !== "").join(", ")}]${where})`;
  },
  open: (spec, context) => new WindowAggregate(spec, context),
};
