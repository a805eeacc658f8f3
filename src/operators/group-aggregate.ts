/**
 * GroupAggregate: GROUP BY or DISTINCT without a window. State: a keyed table of groups, each with the row that stands
 * for it below. Takes any changelog; gives, at the end of each epoch, the net change of every group touched in it (E3):
 * +I, -U +U, -D, in the order of the groups' last changes (E7). Without keys there is one row from the start.
 */
import { WATERMARK_MIN } from "../base/batch.ts";
import { rowErrorName } from "../base/row-error.ts";
import { StageControl } from "../expr/emit/arena.ts";
import { ComputedColumns } from "../expr/emit/computed.ts";
import { CTL_OWN, StageStatus } from "../expr/emit/control.ts";
import { exprText } from "../expr/expr-text.ts";
import { fieldOf } from "../state/layout.ts";
import { callText, keysText } from "./aggregation/describe.ts";
import { type Prepared, prepareGroups } from "./aggregation/prepare.ts";
import { refreshFns } from "./aggregation/refresh.ts";
import { slotBeforeFn, sortSlotsFn } from "./aggregation/sort-slots.ts";
import { Stop } from "./aggregation/stops.ts";
import { call, type Functions, type GroupTable, GroupTables, groupTableFns } from "./aggregation/tables.ts";
import {
  CTL_FAILED,
  CTL_FILTERED,
  CTL_GONE,
  CTL_GROUPS,
  CTL_ROWS,
  CTL_SEQUENCE,
  CTL_TOUCHED,
  CTL_TOUCHED_COUNT,
  changesFn,
  ERROR_FIELD,
  GROUP_CONTROL_BYTES,
  globalGroupFn,
  groupFields,
  groupStageFn,
  LAST_FIELD,
  listTouchedFn,
} from "./group/stage.ts";
import type { GroupAggregateSpec, Operator, OperatorContext, OperatorDef } from "./operator.ts";
import { Output, outputLayout } from "./rows/output.ts";
import { type GroupProgress, groupParts } from "./saving/group.ts";

/** Strings that no slot points to any more may take this much before they are cleared away. */
const GARBAGE_LEAST = 1024 * 1024;
const GONE_LEAST = 1024;

class GroupAggregate implements Operator {
  private readonly context: OperatorContext;
  private readonly prepared: Prepared;
  private readonly control: StageControl;
  private readonly computed: ComputedColumns | undefined;
  private readonly functions: Functions;
  private readonly tables: GroupTables;
  private readonly table: GroupTable;
  private readonly output: Output;
  private readonly isGlobal: boolean;
  private touchedBlock = 0;
  private watermark = WATERMARK_MIN;
  private arenaBytesMost = GARBAGE_LEAST;

  constructor(spec: GroupAggregateSpec, context: OperatorContext) {
    this.context = context;
    this.isGlobal = spec.keys.length === 0;
    const retracts = context.inputModes[0] === "retract";
    const results = spec.aggregates.map((c) => c.resolved.result);
    this.prepared = prepareGroups(spec, [spec.where], context, { retracts, rows: true }, groupFields(results));
    const { groups, split, conditions, keys } = this.prepared;
    const { region } = context;
    this.control = new StageControl(context.memory, context.owner, region, GROUP_CONTROL_BYTES - CTL_OWN);
    if (split.columns.length > 0) this.computed = new ComputedColumns(split, conditions[0], context);
    const computedFrom = this.computed === undefined ? undefined : split.inputLeaves;
    const layout = outputLayout(context.output, true);
    this.output = new Output(layout, context);
    const before = slotBeforeFn("slot_before", groups.code.key, groups.code.layout, LAST_FIELD);
    this.functions = context.compile([
      groupStageFn({ region, groups, where: conditions[0], keys, retracts, computedFrom }),
      changesFn({ region, groups, results, output: layout, isGlobal: this.isGlobal, ordered: context.ordered }),
      ...groupTableFns(groups),
      listTouchedFn(groups),
      sortSlotsFn("sort_slots", before),
      ...(this.isGlobal ? [globalGroupFn(region, groups)] : []),
      ...refreshFns(region, groups),
    ]);
    this.tables = new GroupTables(context, groups, this.functions);
    this.table = this.tables.open(false, retracts);
    this.control.setWord(CTL_GROUPS, this.table.control);
    this.roomToTouch(1);
    const calls = spec.aggregates.map((a) => a.name);
    context.state(groupParts(this.tables, this.table, calls, this.progress()));
    if (!this.isGlobal) return;
    context.memory.i64[(this.control.at + CTL_SEQUENCE) / 8] = -1n;
    call(this.functions, "global_group", this.control.at);
  }

  private progress(): GroupProgress {
    return {
      save: () => ({
        watermark: this.watermark,
        gone: this.control.word(CTL_GONE),
        arenaBytesMost: this.arenaBytesMost,
      }),
      restore: ({ watermark, gone, arenaBytesMost }) => {
        this.watermark = watermark;
        this.arenaBytesMost = arenaBytesMost;
        this.control.setWord(CTL_GONE, gone);
        // The one group of an aggregation without keys was touched when it was made.
        this.control.setWord(CTL_TOUCHED_COUNT, 0);
      },
    };
  }

  /** Room in the list of touched groups for so many more; the list's memory at least doubles. */
  private roomToTouch(rows: number): void {
    const { memory, owner } = this.context;
    const count = this.control.word(CTL_TOUCHED_COUNT);
    const bytes = 4 * (count + rows);
    if (this.touchedBlock !== 0 && memory.capacity(this.touchedBlock) >= bytes) return;
    const next = memory.allocate(2 * bytes, owner);
    if (this.touchedBlock !== 0) {
      memory.u8.copyWithin(next, this.touchedBlock, this.touchedBlock + 4 * count);
      memory.release(this.touchedBlock);
    }
    this.touchedBlock = next;
    this.control.setWord(CTL_TOUCHED, next);
  }

  onBatch(_: number, batch: number, rows: number): void {
    const { control, context } = this;
    control.begin();
    const input = this.computed?.extend(batch, rows) ?? batch;
    this.roomToTouch(rows);
    context.memory.i64[(control.at + CTL_SEQUENCE) / 8] = context.run.first;
    let filtered = 0;
    let failed = 0;
    for (let row = 0; row < rows; ) {
      row = call(this.functions, "group_aggregate", input, row, rows, control.at);
      filtered += control.word(CTL_FILTERED);
      const status = control.status();
      if (status === StageStatus.DONE) break;
      if (status === StageStatus.ARENA_FULL) control.growArena();
      else if (this.tables.makeRoom(control.at, status)) this.moved(status);
      else {
        this.fail(batch, row, status);
        failed += 1;
        row += 1;
      }
    }
    if (!context.first) return;
    if (filtered > 0) context.count("filtered", filtered);
    if (rows > filtered + failed) context.count("accounted", rows - filtered - failed);
  }

  /** Slots of the groups' table may lie elsewhere now. */
  private moved(status: number): void {
    if (status === Stop.TABLE_FULL) call(this.functions, "list_touched", this.control.at);
  }

  private fail(batch: number, row: number, status: number): void {
    const code = rowErrorName(status);
    if (code === undefined) throw new TypeError(`a group aggregate stopped with status ${status}`);
    this.context.fail(batch, row, code);
  }

  onWatermark(watermark: bigint): bigint {
    this.watermark = watermark;
    this.control.endRun();
    this.computed?.endRun();
    return watermark;
  }

  onEpoch(): void {
    const { control, context } = this;
    const count = control.word(CTL_TOUCHED_COUNT);
    if (count === 0) return;
    this.tables.refresh(this.table, control.at);
    const scratch = context.memory.allocate(4 * count, context.owner);
    const list = context.ordered
      ? call(this.functions, "sort_slots", this.touchedBlock, scratch, count) >>> 0
      : this.touchedBlock;
    this.output.flush(undefined, () => this.putChanges(list, count));
    context.memory.release(scratch);
    control.setWord(CTL_TOUCHED_COUNT, 0);
    this.clearAway();
  }

  private putChanges(list: number, count: number): void {
    const { control, context } = this;
    control.setWord(CTL_FAILED, -1);
    for (let at = 0; ; ) {
      const block = this.output.room(2);
      control.setWord(CTL_ROWS, block.rows);
      const { first } = context.run;
      at = call(this.functions, "put_changes", list, at, count, block.address, first, this.watermark, control.at);
      this.output.written(control.word(CTL_ROWS));
      const status = control.status();
      if (status === StageStatus.DONE) return;
      if (status === Stop.BLOCK_FULL || this.tables.makeRoom(control.at, status)) continue;
      this.setError(context.memory.u32[list / 4 + at] ?? 0, status === Stop.MENDED ? 0 : status);
      // Once more, as a group without a row.
      if (status !== Stop.MENDED) control.setWord(CTL_FAILED, at);
    }
  }

  /** A group is in the error table once, from when its result fails until it fits or the group goes (V1, and E5 for rows). */
  private setError(slot: number, status: number): void {
    const { context, prepared } = this;
    const at = (slot + fieldOf(prepared.groups.code.layout, ERROR_FIELD).offset) / 4;
    const before = context.memory.u32[at] ?? 0;
    if (before === status) return;
    const [was, is] = [rowErrorName(before), rowErrorName(status)];
    if (is === undefined && status !== 0) throw new TypeError(`putting changes out stopped with status ${status}`);
    const group = this.tables.keyOf(slot, prepared.keySchema);
    if (was !== undefined) context.mendGroup(was, group);
    if (is !== undefined) context.failGroup(is, group);
    context.memory.u32[at] = status;
  }

  /** Nothing is touched now: groups that are gone and strings that nothing points to can go. */
  private clearAway(): void {
    const { groups } = this.table;
    const gone = this.control.word(CTL_GONE);
    const isWorthIt = gone > GONE_LEAST && 2 * gone > groups.count;
    if (groups.arenaBytes() <= this.arenaBytesMost && (this.isGlobal || !isWorthIt)) return;
    this.tables.compact(this.table);
    this.control.setWord(CTL_GONE, 0);
    this.arenaBytesMost = Math.max(GARBAGE_LEAST, 2 * groups.arenaBytes());
  }

  stateRows(): number {
    return this.table.groups.count;
  }

  close(): void {
    this.context.memory.releaseOwner(this.context.owner);
  }
}

export const groupAggregate: OperatorDef<GroupAggregateSpec> = {
  describe(spec) {
    const select = [keysText(spec.keys), ...spec.aggregates.map(callText)].filter((t) => t !== "");
    const groupBy = spec.keys.length === 0 ? "" : `groupBy=[${keysText(spec.keys)}], `;
    const where = spec.where === undefined ? "" : `, where=[${exprText(spec.where)}]`;
    return `GroupAggregate(${groupBy}select=[${select.join(", ")}]${where})`;
  },
  open: (spec, context) => new GroupAggregate(spec, context),
};
