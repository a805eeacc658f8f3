/** The driver's side of groups: opens, grows, merges and releases their tables, with the second tables that belong to them. */

import type { Field, Schema } from "../../base/types.ts";
import type { Value } from "../../base/value.ts";
import { readI128 } from "../../expr/columns.ts";
import { CTL_STATUS, StageStatus } from "../../expr/emit/control.ts";
import { type KeyColumn } from "../../state/keys.ts";
import { fieldOf } from "../../state/layout.ts";
import { tableFns } from "../../state/table.ts";
import { type Table, type TableFill, TablePool } from "../../state/tables.ts";
import type { Fn } from "../../wasm/ir.ts";
import type { Callable, OperatorContext } from "../operator.ts";
import { MAP_GROUPS, mergeValuesName, type Sign } from "../values/merge.ts";
import { FREE_ORDINALS, freeOrdinalsFn, Ordinals } from "../values/ordinals.ts";
import { type Groups, groupControlBytes, ordinalsAt, staleAt, valuesTableAt } from "./groups.ts";
import { mergeName } from "./merge.ts";
import { ORDINAL_FIELD } from "./plan.ts";
import { refreshedLists, refreshValuesName } from "./refresh.ts";
import { CTL_TABLE, CTL_WANTED, Stop } from "./stops.ts";

export type Functions = Readonly<Record<string, Callable>>;

/** The groups of one pane, window or query. */
export interface GroupTable {
  readonly control: number;
  readonly groups: Table;
  readonly values: readonly Table[];
}

/** What of a GroupTable is not in its slots. */
export interface GroupTableFill {
  readonly groups: TableFill;
  readonly values: readonly TableFill[];
  /** Whether groups wait for MIN and MAX to be found anew. */
  readonly isStale: boolean;
  /** Numbers given so far, and those to be given again (values/ordinals.ts); none with bags. */
  readonly ordinals: number;
  readonly freeOrdinals: Uint8Array;
}

export function call(functions: Functions, name: string, ...args: (number | bigint)[]): number {
  const f = functions[name];
  if (f === undefined) throw new TypeError(`${name} is not compiled`);
  return f(...args);
}

export const groupTableFns = (groups: Groups): readonly Fn[] => [
  ...[groups.code, ...groups.values].flatMap(tableFns),
  ...(groups.hasOrdinals ? [freeOrdinalsFn(groups.code.layout, ORDINAL_FIELD, ordinalsAt(groups.plan))] : []),
];

export class GroupTables {
  readonly context: OperatorContext;
  readonly groups: Groups;
  readonly functions: Functions;
  private readonly pool: TablePool;
  private readonly valuePools: readonly TablePool[];
  private readonly byControl = new Map<number, Table>();
  /** By the control block of their table. */
  private readonly ordinals = new Map<number, Ordinals>();
  private readonly freeControls: number[] = [];

  constructor(context: OperatorContext, groups: Groups, functions: Functions) {
    this.context = context;
    this.groups = groups;
    this.functions = functions;
    const release = (address: number): void => context.releaseAfterRun(address);
    this.pool = new TablePool(groups.code, context.memory, context.owner, functions, release);
    this.valuePools = groups.values.map((c) => new TablePool(c, context.memory, context.owner, functions, release));
  }

  /** `dies`: its groups can fall to 0 rows and are then dropped. `valuesDie`: the same of the values that it counts. */
  open(dies = false, valuesDie = false): GroupTable {
    const { plan } = this.groups;
    const control = this.control(groupControlBytes(plan));
    this.context.memory.u32[(control + staleAt(plan)) / 4] = 0;
    const ordinals = new Ordinals(this.context.memory, this.context.owner, control + ordinalsAt(plan));
    if (this.groups.hasOrdinals) this.ordinals.set(control, ordinals);
    const values = this.valuePools.map((pool, i) => {
      const table = pool.open(this.control(64), valuesDie);
      this.context.memory.u32[(control + valuesTableAt(i)) / 4] = table.control;
      this.byControl.set(table.control, table);
      return table;
    });
    const groups = this.pool.open(control, dies);
    this.byControl.set(control, groups);
    return { control, groups, values };
  }

  release(t: GroupTable): void {
    this.ordinals.get(t.control)?.release();
    this.ordinals.delete(t.control);
    for (const table of [t.groups, ...t.values]) {
      this.byControl.delete(table.control);
      this.freeControls.push(table.control);
      table.release();
    }
  }

  fillOf(t: GroupTable): GroupTableFill {
    const ordinals = this.ordinals.get(t.control);
    return {
      groups: t.groups.fill,
      values: t.values.map((v) => v.fill),
      isStale: this.context.memory.u32[(t.control + staleAt(this.groups.plan)) / 4] === 1,
      ordinals: ordinals?.count ?? 0,
      freeOrdinals: ordinals?.free ?? new Uint8Array(0),
    };
  }

  /** What restoring the slots of its tables leaves to do. */
  refill(t: GroupTable, fill: GroupTableFill): void {
    this.context.memory.u32[(t.control + staleAt(this.groups.plan)) / 4] = Number(fill.isStale);
    this.ordinals.get(t.control)?.restore(fill.ordinals, fill.freeOrdinals);
  }

  /** How large the last tables became: those of groups, then those of values. */
  get lastSizes(): readonly (readonly [rows: number, arenaBytes: number])[] {
    return [this.pool, ...this.valuePools].map((p) => p.last);
  }
  set lastSizes(sizes: readonly (readonly [rows: number, arenaBytes: number])[]) {
    [this.pool, ...this.valuePools].forEach((p, i) => {
      p.remember(...(sizes[i] ?? p.last));
    });
  }

  private control(bytes: number): number {
    return (
      this.freeControls.pop() ?? this.context.region.alloc(Math.max(bytes, groupControlBytes(this.groups.plan), 64))
    );
  }

  /** Makes room where a stage has found none; false where it stopped for another reason. */
  makeRoom(ctl: number, status: number): boolean {
    if (status !== Stop.TABLE_FULL && status !== Stop.ARENA_FULL) return false;
    const { u32 } = this.context.memory;
    const table = this.byControl.get(u32[(ctl + CTL_TABLE) / 4] ?? 0);
    if (table === undefined) throw new TypeError("a stage stopped for a table that is not open");
    if (status === Stop.TABLE_FULL) this.grow(table);
    else table.addArena(u32[(ctl + CTL_WANTED) / 4] ?? 0);
    return true;
  }

  private grow(table: Table): void {
    const { count } = table;
    table.grow();
    if (table.count < count) this.reuseOrdinals(table);
  }

  /** Drops groups without rows and strings that nothing points to. */
  compact({ groups }: GroupTable): void {
    groups.compact(groups.alive() + 1);
    this.reuseOrdinals(groups);
  }

  private reuseOrdinals({ control }: Table): void {
    this.ordinals.get(control)?.reuse((list) => call(this.functions, FREE_ORDINALS, control, list));
  }

  statusOf(ctl: number): number {
    return this.context.memory.u32[(ctl + CTL_STATUS) / 4] ?? 0;
  }

  /** Merges all groups of `from` into `into`, or takes them out again. */
  merge(sign: Sign, into: GroupTable, from: GroupTable, ctl: number): void {
    const name = mergeName(sign);
    this.resumed(ctl, (at) => call(this.functions, name, from.control, at, from.groups.count, into.control, ctl));
    if (from.values.length === 0) return;
    const { memory } = this.context;
    const map = this.ordinalMap(from);
    call(this.functions, MAP_GROUPS, from.control, into.control, map);
    from.values.forEach((values, i) => {
      const add = mergeValuesName(i, sign);
      this.resumed(ctl, (at) => call(this.functions, add, values.control, map, at, values.count, into.control, ctl));
    });
    memory.release(map);
  }

  /** Room for a word by the number of each group of a table. */
  private ordinalMap(t: GroupTable): number {
    const { memory, owner } = this.context;
    return memory.allocate(4 * Math.max(1, this.ordinals.get(t.control)?.count ?? 0), owner);
  }

  /** Calls a stage again where it has stopped for room, until it is done. */
  private resumed(ctl: number, stage: (at: number) => number): void {
    for (let at = 0; ; ) {
      at = stage(at);
      const status = this.statusOf(ctl);
      if (status === StageStatus.DONE) return;
      if (!this.makeRoom(ctl, status)) throw new TypeError(`merging stopped with status ${status}`);
    }
  }

  /** Finds MIN and MAX of stale groups anew. */
  refresh(t: GroupTable, ctl: number): void {
    const { groups, context } = this;
    const flag = (t.control + staleAt(groups.plan)) / 4;
    if (!groups.hasStaleField || context.memory.u32[flag] !== 1) return;
    context.memory.u32[flag] = 0;
    const map = this.ordinalMap(t);
    call(this.functions, "refresh_groups", t.control, map);
    for (const [list, i] of refreshedLists(groups)) {
      const values = t.values[list.valuesTable ?? -1];
      if (values === undefined) throw new TypeError("a list without a second table");
      const name = refreshValuesName(i);
      this.resumed(ctl, (at) => call(this.functions, name, t.control, map, at, values.count, ctl));
    }
    context.memory.release(map);
  }

  /** The key of a slot, one value per key column. */
  keyOf(slot: number, schema: Schema): Value[] {
    let next = 0;
    const take = (field: Field): Value => {
      const column = this.groups.code.key.columns[next++];
      if (column === undefined) throw new TypeError("the key has fewer columns than its schema");
      const isNull = this.isNull(slot, column);
      if (field.type.kind === "ROW") {
        const values = field.type.fields.map(take);
        return isNull ? null : values;
      }
      return isNull || column.field === undefined ? null : this.value(slot, column, column.field);
    };
    return schema.map(take);
  }

  private isNull(slot: number, column: KeyColumn): boolean {
    if (column.nullBit === undefined) return false;
    const { offset } = fieldOf(this.groups.code.layout, `nulls${Math.floor(column.nullBit / 32)}`);
    return (((this.context.memory.u32[(slot + offset) / 4] ?? 0) >>> (column.nullBit % 32)) & 1) === 1;
  }

  private value(slot: number, column: KeyColumn, field: string): Value {
    const { memory } = this.context;
    const at = slot + fieldOf(this.groups.code.layout, field).offset;
    const view = memory.dataView;
    switch (column.leaf.storage) {
      case "i8":
        return view.getInt32(at, true) !== 0;
      case "i32":
        return view.getInt32(at, true);
      case "i64":
        return view.getBigInt64(at, true);
      case "i128":
        return readI128(memory, at);
      case "f32":
      case "f64":
        return view.getFloat64(at, true);
      case "bytes":
        return memory.text(view.getUint32(at + 4, true), view.getUint32(at, true));
      case "none":
        return null;
      default:
        return column.leaf.storage satisfies never;
    }
  }
}
