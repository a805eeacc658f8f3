/** Emitted code that merges all groups of one table into another of the same layout, or takes them out again. */
import { Stage } from "../../expr/emit/stage.ts";
import { emitKeyFromSlot } from "../../state/keys.ts";
import { emitProbe, TABLE_ARENA_END, TABLE_ARENA_TOP, TABLE_SLOTS } from "../../state/table.ts";
import { type Fn, fn, load } from "../../wasm/ir.ts";
import type { Region } from "../../wasm/memory.ts";
import type { Groups } from "./groups.ts";
import { CTL_TABLE, CTL_WANTED, Stop } from "./stops.ts";

/** (from table, first slot, slots, into table, ctl) -> the slot at which it stopped: the table has no room. */
export function mergeFn(name: string, region: Region, groups: Groups, sign: 1 | -1): Fn {
  return fn(name, { from: "i32", lo: "i32", hi: "i32", into: "i32", ctl: "i32" }, ["i32"], (f, p) => {
    const { code } = groups;
    const stage = new Stage(f, { region, ctl: p.ctl });
    const slots = f.let("from_slots", load.i32(p.from, TABLE_SLOTS));
    stage.rows(p.lo, p.hi, () => {
      const slot = f.let("from_slot", slots.add(stage.row.mul(code.layout.stride)));
      const key = emitKeyFromSlot(f, code.key, code.layout, slot);
      const into = emitProbe(f, code, p.into, key, {
        full: () => {
          f.store.i32(p.ctl, p.into, CTL_TABLE);
          stage.stop(Stop.TABLE_FULL);
        },
        arenaFull: (bytes) => {
          f.store.i32(p.ctl, p.into, CTL_TABLE);
          f.store.i32(p.ctl, bytes, CTL_WANTED);
          stage.stop(Stop.ARENA_FULL);
        },
        inserted: (s) => groups.init(stage, p.into, s),
      });
      const room = groups.mergeRoom(f, slot);
      if (room !== undefined) {
        f.if(load.i32(p.into, TABLE_ARENA_END).sub(load.i32(p.into, TABLE_ARENA_TOP)).ltU(room), () => {
          f.store.i32(p.ctl, p.into, CTL_TABLE);
          f.store.i32(p.ctl, room, CTL_WANTED);
          stage.stop(Stop.ARENA_FULL);
        });
      }
      groups.merge(stage, into, p.into, slot, p.from, sign);
    });
    stage.end();
  });
}
