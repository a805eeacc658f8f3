/** Sessions that hold states of aggregates: put out as a row each, by their ends, starts and keys where order shows (E7). */
import { rowErrorName } from "../../base/row-error.ts";
import type { Schema } from "../../base/types.ts";
import type { StageControl } from "../../expr/emit/arena.ts";
import type { Stage } from "../../expr/emit/stage.ts";
import type { Expr } from "../../expr/expr.ts";
import type { Fn, Term } from "../../wasm/ir.ts";
import type { Groups, RoomExits } from "../aggregation/groups.ts";
import { expressionsOf } from "../aggregation/plan.ts";
import { slotBeforeFn, sortSlotsFn } from "../aggregation/sort-slots.ts";
import { call, type GroupTables } from "../aggregation/tables.ts";
import type { OperatorContext } from "../operator.ts";
import type { Output } from "../rows/output.ts";
import { emitMergeBags } from "../values/bags.ts";
import { emitMinus } from "../window/stage.ts";
import type { CompiledContent, RowTerms, SessionHolder } from "./content.ts";
import { CLOSE_LESS, LIMIT_MORE, sessionAt } from "./fields.ts";
import { putClosed } from "./fired.ts";
import { putSessionsFn } from "./functions.ts";

export class Aggregates implements CompiledContent {
  readonly reads: readonly Expr[];
  readonly fns: readonly Fn[];
  private readonly groups: Groups;
  private readonly after: Expr | undefined;

  /** `after`: the WHERE above the window function. */
  constructor(groups: Groups, after: Expr | undefined, context: OperatorContext, output: Output) {
    this.groups = groups;
    this.after = after;
    this.reads = [...(after === undefined ? [] : [after]), ...expressionsOf(groups.plan)];
    const { region, ordered } = context;
    const { key, layout } = groups.code;
    const skipsEmpty = groups.plan.hasRows;
    this.fns = [
      putSessionsFn({ region, groups, output: output.layout, skipsEmpty, sorted: ordered }),
      ...(ordered ? [sortSlotsFn("sort_slots", slotBeforeFn("slot_before", key, layout, "limit", "start"))] : []),
    ];
  }

  join(stage: Stage, into: Term, from: Term, { control }: RowTerms, exits: RoomExits): void {
    const { groups } = this;
    groups.checkMergeRoom(stage.f, from, control, exits);
    emitMergeBags(stage, groups, into, from, control, exits);
    groups.merge(stage, into, control, from, control, 1);
  }

  take(stage: Stage, session: Term, at: RowTerms, exits: RoomExits): void {
    const { groups } = this;
    const take = (): void => {
      const row = groups.evaluate(stage);
      const sequence = at.base.add(stage.origin().toI64U());
      const minus = at.changes === undefined ? undefined : emitMinus(stage.f, at.changes, stage.row);
      groups.accumulate(stage, at.control, session, row, sequence, minus, exits);
    };
    if (this.after === undefined) take();
    else stage.f.if(stage.isTrue(this.after), () => stage.branch(take));
  }
}

export class AggregateHolder implements SessionHolder {
  readonly rows = undefined;
  private readonly tables: GroupTables;
  private readonly control: StageControl;
  private readonly output: Output;
  private readonly keys: Schema;
  private readonly stride: number;
  private readonly at: ReturnType<typeof sessionAt>;

  constructor(tables: GroupTables, control: StageControl, output: Output, keys: Schema) {
    this.tables = tables;
    this.control = control;
    this.output = output;
    this.keys = keys;
    this.stride = tables.groups.code.layout.stride;
    this.at = sessionAt(tables.groups.code.layout);
  }

  makeRoom(): boolean {
    return false;
  }

  putOut(block: number, n: number, watermark: bigint): void {
    if (this.tables.context.ordered) this.putSorted(block, n);
    else this.put(block, 0, n, watermark);
  }

  /** By their ends, starts and keys: each end at the watermark that closed it. */
  private putSorted(block: number, n: number): void {
    const { context, functions } = this.tables;
    const { memory } = context;
    const lists = memory.allocate(8 * n, context.owner);
    for (let i = 0; i < n; i++) memory.u32[lists / 4 + i] = block + i * this.stride;
    const list = call(functions, "sort_slots", lists, lists + 4 * n, n) >>> 0;
    for (let at = 0; at < n; ) at = this.put(list, at, n, this.limitOf(this.slotAt(list, at)) - CLOSE_LESS);
    memory.release(lists);
  }

  private slotAt(list: number, i: number): number {
    return this.tables.context.ordered ? (this.tables.context.memory.u32[list / 4 + i] ?? 0) : list + i * this.stride;
  }
  private limitOf(slot: number): bigint {
    return this.tables.context.memory.i64[(slot + this.at.limit) / 8] ?? 0n;
  }

  /** Puts sessions out that `bound` closes: all, but of a sorted list up to one that closes later. The first not put out. */
  private put(list: number, from: number, to: number, bound: bigint): number {
    const { control, output, tables } = this;
    const putting = { functions: tables.functions, stage: "put_sessions", control, output };
    return putClosed(putting, list, [from, to], bound, (status, at) => {
      if (tables.makeRoom(control.at, status)) return at;
      this.fail(status, this.slotAt(list, at));
      return at + 1;
    });
  }

  private fail(status: number, slot: number): void {
    const { context } = this.tables;
    const code = rowErrorName(status);
    if (code === undefined) throw new TypeError(`putting sessions out stopped with status ${status}`);
    const start = context.memory.i64[(slot + this.at.start) / 8] ?? 0n;
    context.failGroup(code, [...this.tables.keyOf(slot, this.keys), start, this.limitOf(slot) - LIMIT_MORE]);
  }
}
