/** Emitted: timestamps of a column cut to the column's precision, those out of range found. */
import { type Fn, fn, i32, load } from "../../wasm/ir.ts";
import { emitFloorMod } from "../../wasm/library/calendar.ts";
import { once } from "../../wasm/once.ts";
import { TIMESTAMP_MAX, TIMESTAMP_MIN } from "../formats/time-text.ts";

/** (data, rows) -> how many are outside the years 1 to 9999 (NULLs may be among them: their data is anything). */
export const cutStamps = (precision: number): Fn =>
  once(`cut_stamps_${Math.min(precision, 6)}`, (name) =>
    fn(name, { data: "i32", rows: "i32" }, ["i32"], (f, { data, rows }) => {
      const row = f.let("row", i32(0));
      const outside = f.let("outside", i32(0));
      f.range("stamps", row, rows, () => {
        const at = f.let("at", data.add(row.shl(3)));
        const micros = f.let("micros", load.i64(at));
        f.set(outside, outside.add(micros.sub(TIMESTAMP_MIN).gtU(TIMESTAMP_MAX - TIMESTAMP_MIN)));
        if (precision < 6) f.store.i64(at, micros.sub(emitFloorMod(f, micros, 10n ** BigInt(6 - precision))));
      });
      f.return(outside);
    }),
  );
