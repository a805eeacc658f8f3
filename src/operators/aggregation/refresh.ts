/**
 * MIN and MAX over updating input: a group of which a value was taken back for the last time is stale. Emitted code sets
 * such groups back and accumulates the values that are left, in one pass over the second tables.
 */
import { Stage } from "../../expr/emit/stage.ts";
import { emitKeyOfSlot } from "../../state/keys.ts";
import { fieldOf } from "../../state/layout.ts";
import { emitSlots, TABLE_ARENA_END, TABLE_ARENA_TOP, TABLE_SLOTS } from "../../state/table.ts";
import { type Fn, fn, i64, load, type Term } from "../../wasm/ir.ts";
import type { Region } from "../../wasm/memory.ts";
import { VALUE_COUNT } from "../values/entries.ts";
import { type Groups, STALE_FIELD, valuesTableAt } from "./groups.ts";
import { type Accumulator, type ArgumentList, ORDINAL_FIELD } from "./plan.ts";
import { bytesRoom, type SlotFields } from "./slot.ts";
import { CTL_TABLE, CTL_WANTED, Stop } from "./stops.ts";

export const refreshValuesName = (list: number): string => `refresh_values${list}`;

/** Lists whose values MIN and MAX are found from again. */
export const refreshedLists = (groups: Groups): readonly (readonly [ArgumentList, number])[] =>
  groups.plan.lists.flatMap((list, i) => (accumulatorsOf(groups, i).length > 0 ? [[list, i] as const] : []));

const accumulatorsOf = (groups: Groups, list: number): readonly Accumulator[] =>
  groups.plan.accumulators.filter((a) => a.list === list && a.resolved.retractByValues === true);

export function refreshFns(region: Region, groups: Groups): readonly Fn[] {
  if (!groups.hasStaleField) return [];
  const values = refreshedLists(groups).map(([list, i]) => refreshValuesFn(region, groups, list, i));
  return [refreshGroupsFn(region, groups), ...values];
}

/** (table, map): sets stale groups back; `map`: by ordinal the slot of a stale group, or 0. */
function refreshGroupsFn(region: Region, groups: Groups): Fn {
  const { layout } = groups.code;
  return fn("refresh_groups", { control: "i32", map: "i32" }, [], (f, { control, map }) => {
    const stage = new Stage(f, { region, ctl: control });
    const at = f.local("at", "i32");
    emitSlots(f, layout, control, at, (slot) => {
      const ordinal = f.let("ordinal", load.i32(slot, fieldOf(layout, ORDINAL_FIELD).offset));
      const stale = fieldOf(layout, STALE_FIELD).offset;
      const isStale = f.let("is_stale", load.i32(slot, stale));
      f.store.i32(map.add(ordinal.shl(2)), slot.mul(isStale));
      f.if(isStale, () => {
        f.store.i32(slot, 0, stale);
        for (const [list, i] of refreshedLists(groups)) {
          f.store.i64(slot, i64(0), fieldOf(layout, list.countField).offset);
          for (const a of accumulatorsOf(groups, i)) a.resolved.emit.init?.(stage, groups.slot(f, a, slot, control));
        }
      });
    });
  });
}

/** (table, map, from, to, ctl) -> where it stopped: accumulates the values of stale groups. */
function refreshValuesFn(region: Region, groups: Groups, list: ArgumentList, index: number): Fn {
  const parameters = { control: "i32", map: "i32", from: "i32", to: "i32", ctl: "i32" } as const;
  const code = groups.valuesCode(list);
  return fn(refreshValuesName(index), parameters, ["i32"], (f, p) => {
    const stage = new Stage(f, { region, ctl: p.ctl });
    const table = f.let("values", load.i32(p.control, valuesTableAt(list.valuesTable ?? 0)));
    const slots = f.let("slots", load.i32(table, TABLE_SLOTS));
    stage.rows(p.from, p.to, (next) => {
      const entry = f.let("entry", slots.add(stage.row.mul(code.layout.stride)));
      // First: what is left of a group that was dropped has a number that the map need not have.
      const count = f.let("count", load.i64(entry, fieldOf(code.layout, VALUE_COUNT).offset));
      next(count.eqz());
      const [ordinal, ...values] = emitKeyOfSlot(f, code.key, code.layout, entry);
      const group = f.let("group", load.i32(p.map.add((ordinal?.parts[0] ?? entry).shl(2))));
      next(group.eqz());
      const fields = accumulatorsOf(groups, index).map((a) => [a, groups.slot(f, a, group, p.control)] as const);
      checkRoom(stage, fields, values[0]?.parts[1], p);
      for (const [a, slot] of fields) a.resolved.emit.accumulate(stage, slot, values, i64(0));
      const { offset } = fieldOf(groups.code.layout, list.countField);
      // COUNT(DISTINCT x) counts a value once.
      f.store.i64(group, load.i64(group, offset).add(list.distinct ? 1n : count), offset);
    });
    stage.end();
  });
}

function checkRoom(
  stage: Stage,
  fields: readonly (readonly [Accumulator, SlotFields])[],
  length: Term | undefined,
  p: { readonly control: Term; readonly ctl: Term },
): void {
  const { f } = stage;
  const keepers = fields.filter(([a]) => a.resolved.state.some((s) => s.type === "bytes")).length;
  if (keepers === 0 || length === undefined) return;
  const bytes = f.let("room", bytesRoom(length).mul(keepers));
  f.if(load.i32(p.control, TABLE_ARENA_END).sub(load.i32(p.control, TABLE_ARENA_TOP)).ltU(bytes), () => {
    f.store.i32(p.ctl, p.control, CTL_TABLE);
    f.store.i32(p.ctl, bytes, CTL_WANTED);
    stage.stop(Stop.ARENA_FULL);
  });
}
