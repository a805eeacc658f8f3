/**
 * Emitted code that touches index and slots of the next rows of a batch before they are looked up. Keys of a large table
 * miss the caches, and a lookup ends in a branch on what it finds: one after the other they wait for memory one by one,
 * loads without a branch between them wait side by side.
 */
import type { Stage } from "../../expr/emit/stage.ts";
import type { Expr } from "../../expr/expr.ts";
import { emitKey } from "../../state/keys.ts";
import { entryAt, firstEntry, TABLE_INDEX, TABLE_MASK, TABLE_SLOTS, tagOf } from "../../state/table.ts";
import { i32, load, select, type Term } from "../../wasm/ir.ts";
import type { Groups } from "./groups.ts";
import { CTL_WANTED } from "./stops.ts";

const ROWS_AHEAD = 16;
/** Smaller tables lie in the caches. */
const TABLE_BYTES_LEAST = 4 * 1024 * 1024;

/** At the head of a loop over rows up to `hi`. `control`: the table that most of the rows go to, 0 where it is not known. */
export function emitTouchAhead(
  stage: Stage,
  groups: Groups,
  keys: readonly Expr[],
  control: Term,
  hi: Term,
  ctl: Term,
): void {
  // Other expressions may fail, or cost more than it is worth to compute them twice.
  if (keys.length === 0 || !keys.every((k) => k.node === "column")) return;
  const { f, row } = stage;
  const { stride } = groups.code.layout;
  const entriesLeast = Math.ceil(TABLE_BYTES_LEAST / stride);
  f.if(
    row
      .and(ROWS_AHEAD - 1)
      .eqz()
      .and(control.ne(0)),
    () => {
      const mask = f.let("touch_mask", load.i32(control, TABLE_MASK));
      f.if(mask.geU(entriesLeast), () => {
        const slots = f.let("touch_slots", load.i32(control, TABLE_SLOTS));
        const index = f.let("touch_index", load.i32(control, TABLE_INDEX));
        const here = f.let("here", row);
        const ahead = f.let("ahead", row.add(ROWS_AHEAD));
        f.set(ahead, select(ahead.lt(hi), ahead, hi));
        const touched = f.let("touched", i32(0));
        f.while(
          "touch",
          () => row.lt(ahead),
          () => {
            stage.branch(() => {
              const values = keys.map((k) => stage.expr(k));
              const key = emitKey(f, groups.code.key, values, groups.seed);
              const tag = f.let("touch_tag", tagOf(key.hash));
              const entry = f.let("touch_entry", load.i64(entryAt(index, firstEntry(tag, mask))));
              // No branch: of a key that is not at its first place, the first slot, which is in the caches.
              const offset = select(entry.toI32().eq(tag), entry.shrU(32).toI32(), 0);
              const slot = f.let("touch_slot", slots.add(offset));
              f.set(touched, touched.xor(load.i32(slot)).xor(load.i32(slot, stride - 4)));
            });
            f.set(row, row.add(1));
          },
        );
        f.set(row, here);
        // Only stored so that the loads are not left out.
        f.store.i32(ctl, touched, CTL_WANTED);
      });
    },
  );
}
