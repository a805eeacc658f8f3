/** An operator over sessions, which lie in a keyed table and its nodes (fields.ts), whatever they hold (content.ts). */
import { MICROS_PER_MS, WATERMARK_MIN } from "../../base/batch.ts";
import { rowErrorName } from "../../base/row-error.ts";
import { leavesOf } from "../../base/types.ts";
import { changeOf, dataAddress, originAddress, readRow, watermarkAddress } from "../../expr/columns.ts";
import { StageControl } from "../../expr/emit/arena.ts";
import { ComputedColumns } from "../../expr/emit/computed.ts";
import { CTL_OWN, StageStatus } from "../../expr/emit/control.ts";
import type { Expr } from "../../expr/expr.ts";
import type { Prepared } from "../aggregation/prepare.ts";
import { Stop } from "../aggregation/stops.ts";
import { call, type Functions, GroupTables, groupTableFns } from "../aggregation/tables.ts";
import type { Operator, OperatorContext } from "../operator.ts";
import { causes, type Output } from "../rows/output.ts";
import { SessionSaving } from "../saving/sessions.ts";
import { relinkFns } from "../values/bags.ts";
import { floorTo } from "../window/windows.ts";
import type { CompiledContent, SessionHolder } from "./content.ts";
import { CTL_FILTERED, CTL_SEQUENCE, SESSION_CONTROL_BYTES } from "./fields.ts";
import { FiredSessions } from "./fired.ts";
import { expireFn } from "./functions.ts";
import { OpenSessions } from "./open.ts";
import { RowHolder } from "./row-holder.ts";
import { Rows } from "./rows.ts";
import { sessionStageFn } from "./stage.ts";
import { relocateNodesFn, timerFns } from "./timers.ts";

interface Fates {
  late: number;
  failed: number;
}

/** What an operator over sessions is made of. */
export interface SessionParts {
  readonly gap: bigint;
  readonly time: number;
  readonly prepared: Prepared;
  /** Computed before sessions form. */
  readonly before: Expr | undefined;
  readonly below: readonly Expr[];
  readonly content: CompiledContent;
  /** Names of the aggregates, in order. */
  readonly calls: readonly string[];
  readonly output: Output;
  holder(tables: GroupTables, control: StageControl): SessionHolder;
}

export class SessionOperator implements Operator {
  private readonly parts: SessionParts;
  private readonly context: OperatorContext;
  private readonly control: StageControl;
  private readonly computed: ComputedColumns | undefined;
  private readonly functions: Functions;
  private readonly open: OpenSessions;
  private readonly fired: FiredSessions;
  private readonly holder: SessionHolder;
  private readonly tables: GroupTables;
  private readonly progress = { watermark: WATERMARK_MIN };

  constructor(parts: SessionParts, context: OperatorContext) {
    this.parts = parts;
    this.context = context;
    const { groups, split } = parts.prepared;
    const { region } = context;
    this.control = new StageControl(context.memory, context.owner, region, SESSION_CONTROL_BYTES - CTL_OWN);
    if (split.columns.length > 0) this.computed = new ComputedColumns(split, parts.before, context);
    const { layout } = groups.code;
    const timers = timerFns(layout, parts.gap);
    this.functions = context.compile([
      sessionStageFn(this.stageOptions(timers)),
      ...groupTableFns(groups),
      timers.relink,
      ...relinkFns(groups),
      relocateNodesFn(layout),
      expireFn(region, groups, timers),
      ...parts.content.fns,
    ]);
    this.tables = new GroupTables(context, groups, this.functions);
    this.holder = parts.holder(this.tables, this.control);
    this.fired = new FiredSessions(context, this.control, layout.stride);
    this.open = new OpenSessions(this.tables, this.control, this.fired, parts.gap);
    const { tables, open, progress, holder } = this;
    const held =
      parts.content instanceof Rows && holder instanceof RowHolder ? { rows: parts.content, holder } : undefined;
    const saving = new SessionSaving({ tables, open, ctl: this.control.at, calls: parts.calls, held, progress });
    context.state(saving.parts());
  }

  private stageOptions(timers: ReturnType<typeof timerFns>): Parameters<typeof sessionStageFn>[0] {
    const { parts, context } = this;
    const { gap, prepared, before, below, content } = parts;
    const time = leavesOf(context.inputs[0] ?? [])[parts.time];
    return {
      region: context.region,
      groups: prepared.groups,
      content,
      timers,
      before,
      below,
      keys: prepared.keys,
      gap,
      time: parts.time,
      timeNullable: time?.nullable === true,
      wholeMs: time !== undefined && "precision" in time.type && time.type.precision <= 3,
      retracts: context.inputModes[0] === "retract",
      computedFrom: this.computed === undefined ? undefined : prepared.split.inputLeaves,
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
      else if (!this.open.makeRoom(status) && !this.holder.makeRoom(status)) {
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
    if (code === undefined) throw new TypeError(`a stage over sessions stopped with status ${status}`);
    this.context.fail(batch, row, code);
  }

  private late(batch: number, row: number): void {
    const { memory, inputs } = this.context;
    const word = (column: number): bigint => memory.dataView.getBigInt64(column + 8 * row, true);
    const start = floorTo(word(dataAddress(memory, batch, this.parts.time)), MICROS_PER_MS, 0n);
    this.context.late(() => ({
      origin: this.originOf(batch, row),
      partly: false,
      change: changeOf(memory, batch, row),
      watermark: word(watermarkAddress(memory, batch)),
      windows: [[start, start + this.parts.gap]],
      row: readRow(memory, batch, inputs[0] ?? [], row),
    }));
  }

  onWatermark(watermark: bigint): bigint {
    this.open.expire(watermark);
    const { address, count } = this.fired;
    if (count > 0) {
      this.parts.output.flush(causes(this.context.run, this.progress.watermark), () => {
        this.holder.putOut(address, count, watermark);
      });
      this.fired.clear();
    }
    this.progress.watermark = watermark;
    this.control.endRun();
    this.computed?.endRun();
    return watermark;
  }

  openRows(): number {
    return this.stateRows();
  }

  stateRows(): number {
    return this.holder.rows ?? this.open.count();
  }

  close(): void {
    this.context.memory.releaseOwner(this.context.owner);
  }
}
