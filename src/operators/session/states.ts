/** SessionAggregate whose sessions merge as states: they lie in a keyed table and its nodes (fields.ts). */
import { WATERMARK_MIN } from "../../base/batch.ts";
import { rowErrorName } from "../../base/row-error.ts";
import { leavesOf } from "../../base/types.ts";
import { changeOf, dataAddress, originAddress, readRow, watermarkAddress } from "../../expr/columns.ts";
import { StageControl } from "../../expr/emit/arena.ts";
import { ComputedColumns } from "../../expr/emit/computed.ts";
import { CTL_OWN, StageStatus } from "../../expr/emit/control.ts";
import type { Prepared } from "../aggregation/prepare.ts";
import { slotBeforeFn, sortSlotsFn } from "../aggregation/sort-slots.ts";
import { Stop } from "../aggregation/stops.ts";
import { call, type Functions, GroupTables, groupTableFns } from "../aggregation/tables.ts";
import type { Operator, OperatorContext, SessionAggregateSpec } from "../operator.ts";
import { Output, outputLayout } from "../rows/output.ts";
import { relinkFns } from "../values/bags.ts";
import { floorTo, MICROS_PER_MS } from "../window/windows.ts";
import { CTL_FILTERED, CTL_SEQUENCE, SESSION_CONTROL_BYTES } from "./fields.ts";
import { FiredSessions } from "./fired.ts";
import { expireFn, putSessionsFn } from "./functions.ts";
import { OpenSessions } from "./open.ts";
import { sessionStageFn } from "./stage.ts";
import { relocateNodesFn, timerFns } from "./timers.ts";

interface Fates {
  late: number;
  failed: number;
}

export class SessionStates implements Operator {
  private readonly spec: SessionAggregateSpec;
  private readonly context: OperatorContext;
  private readonly control: StageControl;
  private readonly computed: ComputedColumns | undefined;
  private readonly functions: Functions;
  private readonly tables: GroupTables;
  private readonly open: OpenSessions;
  private readonly fired: FiredSessions;
  private forwarded = WATERMARK_MIN;

  constructor(spec: SessionAggregateSpec, context: OperatorContext, prepared: Prepared) {
    this.spec = spec;
    this.context = context;
    const { groups, split, conditions } = prepared;
    const { region, ordered } = context;
    this.control = new StageControl(context.memory, context.owner, region, SESSION_CONTROL_BYTES - CTL_OWN);
    if (split.columns.length > 0) this.computed = new ComputedColumns(split, conditions[0], context);
    const output = new Output(outputLayout(context.output, false), context);
    const { layout, key, relocate } = groups.code;
    const timers = timerFns(layout, spec.gap);
    const skipsEmpty = groups.plan.hasRows;
    this.functions = context.compile([
      sessionStageFn(this.stageOptions(prepared, timers)),
      ...groupTableFns(groups),
      timers.relink,
      ...relinkFns(groups),
      relocateNodesFn(layout, relocate),
      expireFn(region, groups, timers),
      putSessionsFn({ region, groups, output: output.layout, skipsEmpty, sorted: ordered }),
      ...(ordered ? [sortSlotsFn("sort_slots", slotBeforeFn("slot_before", key, layout, "limit", "start"))] : []),
    ]);
    this.tables = new GroupTables(context, groups, this.functions);
    this.fired = new FiredSessions(this.tables, this.control, output, prepared.keySchema);
    this.open = new OpenSessions(this.tables, this.control, this.fired, spec.gap);
  }

  private stageOptions(
    { groups, split, conditions, keys }: Prepared,
    timers: ReturnType<typeof timerFns>,
  ): Parameters<typeof sessionStageFn>[0] {
    const { spec, context } = this;
    const time = leavesOf(context.inputs[0] ?? [])[spec.time];
    const [before, after, ...below] = conditions;
    return {
      region: context.region,
      groups,
      timers,
      before,
      below: below.flatMap((e) => (e === undefined ? [] : [e])),
      after,
      keys,
      gap: spec.gap,
      time: spec.time,
      timeNullable: time?.nullable === true,
      wholeMs: time !== undefined && "precision" in time.type && time.type.precision <= 3,
      retracts: context.inputModes[0] === "retract",
      computedFrom: this.computed === undefined ? undefined : split.inputLeaves,
    };
  }

  onBatch(_: number, batch: number, rows: number): void {
    const { control, context } = this;
    control.begin();
    const input = this.computed?.extend(batch, rows) ?? batch;
    context.memory.i64[(control.at + CTL_SEQUENCE) / 8] = context.run.first;
    const fates: Fates = { late: 0, failed: 0 };
    let filtered = 0;
    for (let row = 0; row < rows; ) {
      row = call(this.functions, "session_aggregate", input, row, rows, control.at);
      filtered += control.word(CTL_FILTERED);
      const status = control.status();
      if (status === StageStatus.DONE) break;
      if (status === StageStatus.ARENA_FULL) control.growArena();
      else if (!this.open.makeRoom(status)) {
        this.leaveOut(batch, row, status, fates);
        row += 1;
      }
    }
    if (!context.first) return;
    const accounted = rows - filtered - fates.late - fates.failed;
    if (filtered > 0) context.count("filtered", filtered);
    if (fates.late > 0) context.count("late", fates.late);
    if (accounted > 0) context.count("accounted", accounted);
  }

  /** A row that is late, or whose expressions have failed. */
  private leaveOut(batch: number, row: number, status: number, fates: Fates): void {
    if (status === Stop.LATE) {
      fates.late += 1;
      this.late(batch, row);
    } else {
      fates.failed += 1;
      this.fail(batch, row, status);
    }
  }

  private originOf(batch: number, row: number): number {
    return this.context.memory.dataView.getUint32(originAddress(this.context.memory, batch) + 4 * row, true);
  }

  private fail(batch: number, row: number, status: number): void {
    const code = rowErrorName(status);
    if (code === undefined) throw new TypeError(`a session aggregate stopped with status ${status}`);
    const { memory, inputs } = this.context;
    this.context.fail(this.originOf(batch, row), code, () => readRow(memory, batch, inputs[0] ?? [], row));
  }

  private late(batch: number, row: number): void {
    const { memory, inputs } = this.context;
    const word = (column: number): bigint => memory.dataView.getBigInt64(column + 8 * row, true);
    const start = floorTo(word(dataAddress(memory, batch, this.spec.time)), MICROS_PER_MS, 0n);
    this.context.late(() => ({
      origin: this.originOf(batch, row),
      partly: false,
      change: changeOf(memory, batch, row),
      watermark: word(watermarkAddress(memory, batch)),
      windows: [[start, start + this.spec.gap]],
      row: readRow(memory, batch, inputs[0] ?? [], row),
    }));
  }

  onWatermark(watermark: bigint): bigint {
    this.open.expire(watermark);
    this.fired.putOut(watermark, this.forwarded);
    this.forwarded = watermark;
    this.control.endRun();
    this.computed?.endRun();
    return watermark;
  }

  stateRows(): number {
    return this.open.count();
  }

  close(): void {
    this.context.memory.releaseOwner(this.context.owner);
  }
}
