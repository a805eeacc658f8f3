/** Emitted steps over timestamps and dates that must be checked against their range. */
import { isTimestamp, type SqlType } from "../../base/types.ts";
import { i64, type Term } from "../../wasm/ir.ts";
import {
  addMonths,
  DAY_MAX,
  DAY_MICROS,
  DAY_MIN,
  emitFloorMod,
  emitSplitMicros,
  MICROS_MAX,
  MICROS_MIN,
} from "../../wasm/library/calendar.ts";
import { emitMulI64 } from "../../wasm/library/int128.ts";
import { pow10 } from "../exact.ts";
import type { Emitted, Emitter } from "../function.ts";
import { one, outside } from "./numbers.ts";
import { part } from "./values.ts";

/** More months than this leave the range of a timestamp from wherever they start. */
const MONTHS_MAX = 12n * 600_000n;
/** Days whose microseconds fit an i64, on both sides of the epoch. */
const DAYS_MAX = 106_751_991;

/** Microseconds moved by months (i64); the time of day stays. */
export function emitAddMonths(e: Emitter, micros: Term, months: Term): Term {
  const { f } = e;
  const count = one(e, "months", months);
  e.fail(outside(count, -MONTHS_MAX, MONTHS_MAX), "TIME_OUT_OF_RANGE");
  const { days, timeOfDay } = emitSplitMicros(f, micros);
  const { value, overflow } = emitMulI64(f, f.call(addMonths, days, count.toI32()).toI64S(), i64(DAY_MICROS));
  const moved = one(e, "moved", value.add(timeOfDay));
  e.fail(overflow.or(moved.lt(value)), "TIME_OUT_OF_RANGE");
  return moved;
}

/** Fails where the microseconds of a day (i32) do not fit. */
export function emitCheckDays(e: Emitter, days: Term): void {
  e.fail(outside(days, -DAYS_MAX, DAYS_MAX), "TIME_OUT_OF_RANGE");
}

/** Days (i32) as microseconds. */
export function emitDaysToMicros(e: Emitter, days: Term): Term {
  emitCheckDays(e, days);
  const micros = days.toI64S().mul(DAY_MICROS);
  return one(e, "micros", micros);
}

/** A time that was computed, of the years 0001 to 9999 (T9). Other values, and what was only handed on, are as they are. */
export function emitInYears(e: Emitter, v: Emitted): Emitted {
  const isDate = v.type.kind === "DATE";
  if (!(isDate || isTimestamp(v.type)) || v.valid !== undefined) return v;
  const time = one(e, "time", part(v));
  e.fail(isDate ? outside(time, DAY_MIN, DAY_MAX) : outside(time, MICROS_MIN, MICROS_MAX), "TIME_OUT_OF_RANGE");
  return { ...v, parts: [time] };
}

/** Cuts the digits of a second beyond the precision, towards the past. */
export function emitCut(e: Emitter, micros: Term, from: SqlType | undefined, precision: number): Term {
  const known = from !== undefined && "precision" in from ? from.precision : 6;
  if (precision >= 6 || known <= precision) return micros;
  const rest = emitFloorMod(e.f, micros, pow10(6 - precision));
  const cut = one(e, "cut", micros.sub(rest));
  e.fail(cut.gt(micros), "TIME_OUT_OF_RANGE");
  return cut;
}
