/**
 * Emitted code that gives the values of all groups of one table to those of another, or takes them out again: values that
 * their group did not have are taken in, those that nobody has any more are taken back. Only for states that subtract.
 */
import { INT } from "../../base/types.ts";
import { Stage } from "../../expr/emit/stage.ts";
import type { Emitted } from "../../expr/function.ts";
import { emitKey, emitKeyFromSlot, emitKeyOfSlot } from "../../state/keys.ts";
import { fieldOf } from "../../state/layout.ts";
import { emitProbe, emitSlots, TABLE_SLOTS } from "../../state/table.ts";
import { type Fn, fn, load } from "../../wasm/ir.ts";
import type { Region } from "../../wasm/memory.ts";
import { type Groups, roomExits, valuesTableAt } from "../aggregation/groups.ts";
import { type ArgumentList, ORDINAL_FIELD } from "../aggregation/plan.ts";
import { Entry } from "./entries.ts";

export type Sign = 1 | -1;

export const MAP_GROUPS = "map_groups";
export const mergeValuesName = (table: number, sign: Sign): string => `${sign === 1 ? "add" : "take"}_values${table}`;

/** What merging tables with second tables needs besides merging their groups. */
export function mergeValuesFns(region: Region, groups: Groups): readonly Fn[] {
  if (groups.plan.valuesTables === 0) return [];
  const merges = groups.plan.lists.flatMap((list, i) => {
    if (list.valuesTable === undefined) return [];
    return [mergeValuesFn(region, groups, list, i, 1), mergeValuesFn(region, groups, list, i, -1)];
  });
  return [mapGroupsFn(groups), ...merges];
}

/** (from table, into table, map): by the number of each group of `from` the slot of the same group in `into`, which has it. */
function mapGroupsFn(groups: Groups): Fn {
  const { code } = groups;
  return fn(MAP_GROUPS, { from: "i32", into: "i32", map: "i32" }, [], (f, { from, into, map }) => {
    const at = f.local("at", "i32");
    emitSlots(f, code.layout, from, at, (slot) => {
      const key = emitKeyFromSlot(f, code.key, code.layout, slot);
      const isThere = (): void => f.unreachable();
      const to = emitProbe(f, code, into, key, { full: isThere, arenaFull: isThere, inserted: isThere });
      const ordinal = load.i32(slot, fieldOf(code.layout, ORDINAL_FIELD).offset);
      f.store.i32(map.add(ordinal.shl(2)), to);
    });
  });
}

/** (from second table, map, first slot, slots, into table, ctl) -> where it stopped: the second table has no room. */
function mergeValuesFn(region: Region, groups: Groups, list: ArgumentList, index: number, sign: Sign): Fn {
  const table = list.valuesTable ?? 0;
  const parameters = { from: "i32", map: "i32", lo: "i32", hi: "i32", into: "i32", ctl: "i32" } as const;
  return fn(mergeValuesName(table, sign), parameters, ["i32"], (f, p) => {
    const code = groups.valuesCode(list);
    const stage = new Stage(f, { region, ctl: p.ctl });
    const exits = roomExits(stage, p.ctl);
    const slots = f.let("from_slots", load.i32(p.from, TABLE_SLOTS));
    const values = f.let("values", load.i32(p.into, valuesTableAt(table)));
    const accumulators = groups.plan.accumulators.filter((a) => a.list === index);
    const countAt = fieldOf(groups.code.layout, list.countField).offset;
    stage.rows(p.lo, p.hi, () => {
      const entry = new Entry(f, code, f.let("entry", slots.add(stage.row.mul(code.layout.stride))));
      const [ordinal, ...args] = emitKeyOfSlot(f, code.key, code.layout, entry.address);
      const slot = f.let("slot", load.i32(p.map.add((ordinal?.parts[0] ?? entry.address).shl(2))));
      const group: Emitted = { type: INT, valid: undefined, parts: [f.let("group", groups.ordinalOf(slot))] };
      const key = emitKey(f, code.key, [group, ...args], groups.seed);
      const found = emitProbe(f, code, values, key, {
        full: () => exits.full(values),
        arenaFull: (bytes) => exits.arenaFull(values, bytes),
        inserted: () => undefined,
      });
      const to = new Entry(f, code, found);
      const fields = accumulators.map((a) => [a.resolved.emit, groups.slot(f, a, slot, p.into)] as const);
      const bump = (by: bigint): void => f.store.i64(slot, load.i64(slot, countAt).add(by), countAt);
      if (sign === 1) {
        const seen = f.let("seen", to.count);
        f.if(seen.eqz(), () => {
          for (const [emit, state] of fields) emit.accumulate(stage, state, args, seen);
          bump(1n);
        });
        to.count = seen.add(entry.count);
      } else {
        const left = f.let("left", to.count.sub(entry.count));
        f.if(left.eqz(), () => {
          bump(-1n);
          for (const [emit, state] of fields) emit.retract?.(stage, state, args);
        });
        to.count = left;
      }
    });
    stage.end();
  });
}
