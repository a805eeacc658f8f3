/** Emitted code that merges all groups of one table into another of the same layout, or takes them out again. */
import { Stage } from "../../expr/emit/stage.ts";
import { emitKeyFromSlot } from "../../state/keys.ts";
import { emitProbe, TABLE_SLOTS } from "../../state/table.ts";
import { type Fn, fn, load } from "../../wasm/ir.ts";
import type { Region } from "../../wasm/memory.ts";
import type { Sign } from "../values/merge.ts";
import { type Groups, roomExits } from "./groups.ts";

export const mergeName = (sign: Sign): string => (sign === 1 ? "merge_in" : "merge_out");

/** (from table, first slot, slots, into table, ctl) -> the slot at which it stopped: the table has no room. */
export function mergeFn(region: Region, groups: Groups, sign: Sign): Fn {
  return fn(mergeName(sign), { from: "i32", lo: "i32", hi: "i32", into: "i32", ctl: "i32" }, ["i32"], (f, p) => {
    const { code } = groups;
    const stage = new Stage(f, { region, ctl: p.ctl });
    const slots = f.let("from_slots", load.i32(p.from, TABLE_SLOTS));
    stage.rows(p.lo, p.hi, () => {
      const slot = f.let("from_slot", slots.add(stage.row.mul(code.layout.stride)));
      const key = emitKeyFromSlot(f, code.key, code.layout, slot);
      const exits = roomExits(stage, p.ctl);
      const into = emitProbe(f, code, p.into, key, {
        full: () => exits.full(p.into),
        arenaFull: (bytes) => exits.arenaFull(p.into, bytes),
        inserted: (s) => groups.init(stage, p.into, s),
      });
      groups.checkMergeRoom(f, slot, p.into, exits);
      groups.merge(stage, into, p.into, slot, p.from, sign);
    });
    stage.end();
  });
}
