/**
 * Emitted code over groups: evaluates the arguments of all aggregates of a row, finds what they touch, and only then
 * changes anything, so that a row that fails or finds no room leaves every aggregate as it was (V1).
 */

import { INT } from "../../base/types.ts";
import type { Stage } from "../../expr/emit/stage.ts";
import { assignValue, both, valueLocals } from "../../expr/emit/values.ts";
import type { Emitted } from "../../expr/function.ts";
import { emitKey } from "../../state/keys.ts";
import { fieldOf, type Layout } from "../../state/layout.ts";
import { emitProbe, TABLE_ARENA_END, TABLE_ARENA_TOP, TABLE_OWN, type TableCode } from "../../state/table.ts";
import { type Fn, i32, i64, load, type Term } from "../../wasm/ir.ts";
import { bagBytes, Entry, sizeAt, VALUE_COUNT } from "../values/entries.ts";
import { emitOrdinal, ORDINALS_BYTES } from "../values/ordinals.ts";
import {
  type Accumulator,
  type AggregationPlan,
  type ArgumentList,
  listOrdered,
  ORDINAL_FIELD,
  ROWS_FIELD,
} from "./plan.ts";
import { bytesRoom, SlotFields } from "./slot.ts";
import { CTL_TABLE, CTL_WANTED, Stop } from "./stops.ts";

/** How a row leaves the stage where a table has no room; the control block of the table says which. */
export interface RoomExits {
  full(control: Term): void;
  arenaFull(control: Term, bytes: Term): void;
}

/** Stops the stage with what the driver needs to make room (stops.ts). */
export const roomExits = (stage: Stage, ctl: Term): RoomExits => ({
  full: (control) => {
    stage.f.store.i32(ctl, control, CTL_TABLE);
    stage.stop(Stop.TABLE_FULL);
  },
  arenaFull: (control, bytes) => {
    stage.f.store.i32(ctl, control, CTL_TABLE);
    stage.f.store.i32(ctl, bytes, CTL_WANTED);
    stage.stop(Stop.ARENA_FULL);
  },
});

/** The arguments of one list for the row at hand. */
export interface Evaluated {
  /** Whether the row counts; undefined: always. */
  readonly taken: Term | undefined;
  readonly values: readonly Emitted[];
}

/** Field of a group's control block that holds the control block of a second table. */
export const valuesTableAt = (index: number): number => TABLE_OWN + 4 * index;
/** Field of a group's control block: 1 where a group is stale. */
export const staleAt = (plan: AggregationPlan): number => valuesTableAt(plan.valuesTables);
/** The numbers of the table's groups (values/ordinals.ts), or the first free bag. */
export const ordinalsAt = (plan: AggregationPlan): number => staleAt(plan) + 4;
/** How many rows the table's groups have taken in (i64); only kept with bags. */
export const arrivalsAt = (plan: AggregationPlan): number => Math.ceil((ordinalsAt(plan) + ORDINALS_BYTES) / 8) * 8;
export const groupControlBytes = (plan: AggregationPlan): number => arrivalsAt(plan) + 8;

export class Groups {
  readonly plan: AggregationPlan;
  readonly code: TableCode;
  readonly values: readonly TableCode[];
  readonly seed: bigint;

  constructor(plan: AggregationPlan, code: TableCode, values: readonly TableCode[], seed: bigint) {
    this.plan = plan;
    this.code = code;
    this.values = values;
    this.seed = seed;
  }

  private get layout(): Layout {
    return this.code.layout;
  }
  list(a: Accumulator): ArgumentList {
    const list = this.plan.lists[a.list];
    if (list === undefined) throw new TypeError("an accumulator without a list");
    return list;
  }
  slot(f: Fn, a: Accumulator, address: Term, control: Term): SlotFields {
    return new SlotFields(f, this.layout, address, control, a.prefix, this.list(a).countField);
  }

  /** Filters and arguments of every list; an argument is computed only where its filter is true. */
  evaluate(stage: Stage): readonly Evaluated[] {
    const { f } = stage;
    return this.plan.lists.map((list): Evaluated => {
      if (list.filter === undefined) {
        const values = list.args.map((a) => stage.expr(a));
        return { taken: list.skipsNulls ? values[0]?.valid : undefined, values };
      }
      const cond = f.let("filter", stage.isTrue(list.filter));
      const values = list.args.map((a, i) => valueLocals(f, `arg${i}`, a.type, a.nullable));
      f.if(cond, () =>
        stage.branch(() => {
          list.args.forEach((a, i) => {
            const to = values[i];
            if (to !== undefined) assignValue(f, to, stage.expr(a));
          });
        }),
      );
      return { taken: list.skipsNulls ? both(cond, values[0]?.valid) : cond, values };
    });
  }

  /** A new group's fields that do not start as zero. */
  init(stage: Stage, control: Term, slot: Term): void {
    const { f } = stage;
    if (this.plan.valuesTables > 0) {
      const ordinal = this.plan.bags ? this.takeBag(f, control) : emitOrdinal(f, control, ordinalsAt(this.plan));
      f.store.i32(slot, ordinal, fieldOf(this.layout, ORDINAL_FIELD).offset);
    }
    for (const a of this.plan.accumulators) a.resolved.emit.init?.(stage, this.slot(f, a, slot, control));
  }

  /** There is one: it was looked for before. */
  private takeBag(f: Fn, control: Term): Term {
    const bag = f.let("bag", load.i32(control, ordinalsAt(this.plan)));
    f.store.i32(control, load.i32(bag), ordinalsAt(this.plan));
    for (let i = 0; i < bagBytes(this.plan); i += 8) f.store.i64(bag, 0n, i);
    return bag;
  }

  /**
   * Takes a row into the group at `slot`. `minus`: 1 where the row takes one back; undefined over append-only input.
   * Exits before anything is changed.
   */
  accumulate(
    stage: Stage,
    control: Term,
    slot: Term,
    row: readonly Evaluated[],
    sequence: Term,
    minus: Term | undefined,
    exits: RoomExits,
  ): void {
    const { f } = stage;
    const entries = this.plan.lists.map((list, i) => this.findValue(stage, control, slot, list, row[i], exits));
    this.checkRoom(f, control, row, exits);
    if (minus === undefined) this.add(stage, control, slot, row, entries, sequence);
    else {
      f.if(
        minus,
        () => this.subtract(stage, control, slot, row, entries),
        () => this.add(stage, control, slot, row, entries, sequence),
      );
    }
  }

  /** The entry of a list's values in its second table; a new one counts 0. */
  private findValue(
    stage: Stage,
    control: Term,
    slot: Term,
    list: ArgumentList,
    row: Evaluated | undefined,
    exits: RoomExits,
  ): Term | undefined {
    const code = list.valuesTable === undefined ? undefined : this.values[list.valuesTable];
    if (code === undefined || list.valuesTable === undefined || row === undefined) return undefined;
    const { f } = stage;
    const entry = f.local("entry", "i32");
    const table = f.let("values", load.i32(control, valuesTableAt(list.valuesTable)));
    const find = (): void => {
      const ordinal = f.let("ordinal", load.i32(slot, fieldOf(this.layout, ORDINAL_FIELD).offset));
      const group: Emitted = { type: INT, valid: undefined, parts: [ordinal] };
      const key = emitKey(f, code.key, [group, ...row.values], this.seed);
      const found = emitProbe(f, code, table, key, {
        full: () => exits.full(table),
        arenaFull: (bytes) => exits.arenaFull(table, bytes),
        inserted: () => undefined,
      });
      f.set(entry, found);
    };
    if (row.taken === undefined) find();
    else f.if(row.taken, find);
    return entry;
  }

  /** Room in the arena for all strings that the row's aggregates may keep. */
  private checkRoom(f: Fn, control: Term, row: readonly Evaluated[], exits: RoomExits): void {
    let need: Term | undefined;
    for (const a of this.plan.accumulators) {
      const length = row[a.list]?.values[0]?.parts[1];
      const keepsBytes = a.resolved.state.some((s) => s.type === "bytes");
      const isLater = this.plan.bags && this.list(a).valuesTable !== undefined;
      if (!keepsBytes || length === undefined || isLater) continue;
      // Of a NULL the length is undefined.
      const taken = row[a.list]?.taken;
      const room = taken === undefined ? bytesRoom(length) : i32(0).sub(taken).and(bytesRoom(length));
      need = need === undefined ? room : need.add(room);
    }
    if (need === undefined) return;
    const bytes = f.let("room", need);
    const free = load.i32(control, TABLE_ARENA_END).sub(load.i32(control, TABLE_ARENA_TOP));
    f.if(free.ltU(bytes), () => exits.arenaFull(control, bytes));
  }

  private add(
    stage: Stage,
    control: Term,
    slot: Term,
    row: readonly Evaluated[],
    entries: readonly (Term | undefined)[],
    sequence: Term,
  ): void {
    const { f } = stage;
    this.plan.lists.forEach((list, i) => {
      const evaluated = row[i];
      if (evaluated === undefined) return;
      const takeIn = (): void => {
        for (const a of this.plan.accumulators.filter((x) => x.list === i)) {
          a.resolved.emit.accumulate(stage, this.slot(f, a, slot, control), evaluated.values, sequence);
        }
        if (list.countField !== ROWS_FIELD) this.bump(f, slot, list.countField, 1n);
      };
      const entry = entries[i];
      guarded(f, evaluated.taken, () => {
        if (entry === undefined) return takeIn();
        if (this.plan.bags) return this.count(f, control, slot, list, entry, 1n);
        const at = fieldOf(this.valuesCode(list).layout, VALUE_COUNT).offset;
        const seen = f.let("seen", load.i64(entry, at));
        // MIN and MAX lose nothing by taking a value in again, but their count is of rows.
        if (list.distinct) f.if(seen.eqz(), takeIn);
        else takeIn();
        f.store.i64(entry, seen.add(1n), at);
      });
    });
    if (this.plan.hasRows) this.bump(f, slot, ROWS_FIELD, 1n);
  }

  private subtract(
    stage: Stage,
    control: Term,
    slot: Term,
    row: readonly Evaluated[],
    entries: readonly (Term | undefined)[],
  ): void {
    const { f } = stage;
    if (this.plan.hasRows) this.bump(f, slot, ROWS_FIELD, -1n);
    this.plan.lists.forEach((list, i) => {
      const evaluated = row[i];
      if (evaluated === undefined) return;
      const takeOut = (): void => {
        if (list.countField !== ROWS_FIELD) this.bump(f, slot, list.countField, -1n);
        for (const a of this.plan.accumulators.filter((x) => x.list === i && x.resolved.retractByValues !== true)) {
          a.resolved.emit.retract?.(stage, this.slot(f, a, slot, control), evaluated.values);
        }
      };
      const entry = entries[i];
      guarded(f, evaluated.taken, () => {
        if (entry === undefined) return takeOut();
        if (this.plan.bags) return this.count(f, control, slot, list, entry, -1n);
        const at = fieldOf(this.valuesCode(list).layout, VALUE_COUNT).offset;
        const left = f.let("left", load.i64(entry, at).sub(1n));
        f.store.i64(entry, left, at);
        if (list.distinct) f.if(left.eqz(), takeOut);
        else takeOut();
        if (!this.hasStaleField) return;
        f.if(left.eqz(), () => {
          f.store.i32(slot, 1, fieldOf(this.layout, STALE_FIELD).offset);
          f.store.i32(control, 1, staleAt(this.plan));
        });
      });
    });
  }

  /** Counts a value of a list without taking it in. */
  private count(f: Fn, control: Term, slot: Term, list: ArgumentList, address: Term, by: 1n | -1n): void {
    const entry = new Entry(f, this.valuesCode(list), address);
    const seen = f.let("seen", entry.count);
    f.if(entry.isLinked.eqz(), () => {
      const bag = f.let("bag", this.ordinalOf(slot));
      entry.link(list, bag);
      f.store.i32(bag, load.i32(bag, sizeAt(this.plan)).add(1), sizeAt(this.plan));
    });
    if (listOrdered(this.plan, list)) {
      f.if(seen.eqz(), () => {
        const arrival = f.let("arrival", load.i64(control, arrivalsAt(this.plan)));
        f.store.i64(control, arrival.add(1n), arrivalsAt(this.plan));
        entry.first = arrival;
      });
    }
    entry.count = seen.add(i64(by));
  }

  /** What second tables know a group by. */
  ordinalOf(slot: Term): Term {
    return load.i32(slot, fieldOf(this.layout, ORDINAL_FIELD).offset);
  }

  /** Whether second tables know groups by number. */
  get hasOrdinals(): boolean {
    return this.plan.valuesTables > 0 && !this.plan.bags;
  }
  get hasStaleField(): boolean {
    return this.layout.fields.some((x) => x.name === STALE_FIELD);
  }
  valuesCode(list: ArgumentList): TableCode {
    const code = list.valuesTable === undefined ? undefined : this.values[list.valuesTable];
    if (code === undefined) throw new TypeError("a list without a second table");
    return code;
  }
  private bump(f: Fn, slot: Term, field: string, by: bigint): void {
    const { offset } = fieldOf(this.layout, field);
    f.store.i64(slot, load.i64(slot, offset).add(i64(by)), offset);
  }

  /** The results of the calls over a group; stops the stage where one fails. */
  results(stage: Stage, control: Term, slot: Term): readonly Emitted[] {
    return this.plan.results.map(({ resolved, accumulator }) => {
      const a = this.plan.accumulators[accumulator];
      if (a === undefined) throw new TypeError("a call without an accumulator");
      return resolved.emit.result(stage, this.slot(stage.f, a, slot, control));
    });
  }

  /** Rows put out point to the strings of this group: what is stored next takes room of its own. */
  seal(f: Fn, slot: Term): void {
    for (const field of this.layout.fields) if (field.type === "bytes") f.store.i32(slot, 0, field.offset + 8);
  }

  /** Merges group `from` into group `into` of another table of the same layout, but for what second tables count; `sign` -1 takes it out again. */
  merge(stage: Stage, into: Term, intoControl: Term, from: Term, fromControl: Term, sign: 1 | -1): void {
    const { f } = stage;
    for (const a of this.plan.accumulators) {
      if (this.list(a).valuesTable !== undefined) continue;
      const [to, source] = [this.slot(f, a, into, intoControl), this.slot(f, a, from, fromControl)];
      if (sign === 1) a.resolved.emit.merge?.(stage, to, source);
      else a.resolved.emit.unmerge?.(stage, to, source);
    }
    const counts = new Set(this.plan.lists.filter((l) => l.valuesTable === undefined).map((l) => l.countField));
    if (this.plan.hasRows) counts.add(ROWS_FIELD);
    for (const c of counts) {
      const { offset } = fieldOf(this.layout, c);
      const moved = load.i64(from, offset);
      const before = load.i64(into, offset);
      f.store.i64(into, sign === 1 ? before.add(moved) : before.sub(moved), offset);
    }
  }

  /** Exits where the arena has no room for merging group `from` into a group of the table at `control`. */
  checkMergeRoom(f: Fn, from: Term, control: Term, exits: RoomExits): void {
    const room = this.mergeRoom(f, from);
    if (room === undefined) return;
    const free = load.i32(control, TABLE_ARENA_END).sub(load.i32(control, TABLE_ARENA_TOP));
    f.if(free.ltU(room), () => exits.arenaFull(control, room));
  }

  /** Room that merging group `from` may take in another arena: undefined where its states keep no strings. */
  private mergeRoom(f: Fn, from: Term): Term | undefined {
    let need: Term | undefined;
    for (const a of this.plan.accumulators) {
      for (const s of a.resolved.state) {
        if (s.type !== "bytes" || this.list(a).valuesTable !== undefined) continue;
        const length = load.i32(from, fieldOf(this.layout, `${a.prefix}.${s.name}`).offset + 4);
        need = need === undefined ? bytesRoom(length) : need.add(bytesRoom(length));
      }
    }
    return need === undefined ? undefined : f.let("merge_room", need);
  }
}

/** Set in a group (i32) of which a value was taken back for the last time: MIN and MAX are to be found anew. */
export const STALE_FIELD = "stale";

function guarded(f: Fn, cond: Term | undefined, build: () => void): void {
  if (cond === undefined) build();
  else f.if(cond, build);
}
