/** DATE_TRUNC, and FLOOR and CEIL of a time TO a unit. */
import { isString, isTimestamp, type SqlType, timestamp } from "../../../base/types.ts";
import type { Value } from "../../../base/value.ts";
import { type Fn, select, type Term } from "../../../wasm/ir.ts";
import {
  DAY_MICROS,
  daysFromCivil,
  emitCivilFromDays,
  emitFloorDiv,
  emitFloorMod,
} from "../../../wasm/library/calendar.ts";
import { floorDiv, MICROS_PER_DAY } from "../../calendar.ts";
import { emitCheckDays, emitDaysToMicros } from "../../emit/calendar.ts";
import { one } from "../../emit/numbers.ts";
import { part } from "../../emit/values.ts";
import type { ArgumentType, CallTypes, Emitted, Emitter, ScalarFunction, Signature } from "../../function.ts";
import type { Overload } from "../overload.ts";
import { fixedUnits, isFixed, type MonthUnit, monthUnits, roundTime, type Unit, unitOf, WEEK_ORIGIN } from "./units.ts";

/** Dates are rounded as the microseconds of their start. */
function evaluateRounded(x: Value, unit: Value, up: boolean, type: SqlType): Value {
  const known = unitOf(unit);
  if (x === null || known === undefined) return null;
  if (type.kind !== "DATE") return roundTime(x as bigint, known, up); // a timestamp is a bigint
  return Number(floorDiv(roundTime(BigInt(x as number) * MICROS_PER_DAY, known, up), MICROS_PER_DAY));
}

/** A start of a unit that lies `size` further, where `up` asks for it. */
function emitFixed(e: Emitter, x: Term, unit: keyof typeof fixedUnits, up: boolean): Term {
  const size = fixedUnits[unit];
  const origin = unit === "WEEK" ? WEEK_ORIGIN : 0n;
  const { f } = e;
  // Shifting by the origin could leave the range; the remainder can be shifted instead.
  const rest = f.let("rest", x.rem(size).sub(((origin % size) + size) % size));
  f.set(rest, rest.add(select(rest.lt(0n), x.same(size), 0n)));
  f.set(rest, rest.add(select(rest.lt(0n), x.same(size), 0n)));
  const start = one(e, "start", x.sub(rest));
  if (!up) {
    e.fail(start.gt(x), "TIME_OUT_OF_RANGE");
    return start;
  }
  const end = one(e, "end", select(rest.eqz(), x, x.add(x.same(size).sub(rest))));
  e.fail(end.lt(x), "TIME_OUT_OF_RANGE");
  return end;
}

/** The start of a unit of months around days, and of the next one: days. */
function emitStarts(f: Fn, days: Term, unit: MonthUnit): { readonly start: Term; readonly next: () => Term } {
  const civil = emitCivilFromDays(f, days);
  const size = monthUnits[unit];
  const shift = unit === "CENTURY" || unit === "MILLENNIUM" ? 12 : 0;
  const months = f.let(
    "months",
    civil.year
      .mul(12)
      .add(civil.month)
      .sub(1 + shift),
  );
  const count = emitFloorDiv(f, months, size);
  const startOf = (n: Term): Term => {
    const first = f.let("first", n.mul(size).add(shift));
    const year = emitFloorDiv(f, first, 12);
    return f.call(daysFromCivil, year, first.sub(year.mul(12)).add(1), 1);
  };
  return { start: f.let("start", startOf(count)), next: () => f.let("next", startOf(count.add(1))) };
}

function emitMonths(e: Emitter, x: Term, unit: MonthUnit, up: boolean): Term {
  const { f } = e;
  const days = f.let("days", emitFloorDiv(f, x, DAY_MICROS).toI32());
  const { start, next } = emitStarts(f, days, unit);
  const at = f.let("at", x);
  if (!up) {
    f.set(at, emitDaysToMicros(e, start));
    return at;
  }
  f.if(start.toI64S().mul(DAY_MICROS).ne(x).or(days.lt(-106_751_991)), () => {
    f.set(at, emitDaysToMicros(e, next()));
  });
  return at;
}

/** Of a date, whose units below the day are whole days. */
function emitRoundedDays(e: Emitter, days: Term, unit: Unit, up: boolean): Term {
  const { f } = e;
  const at = f.let("at", days);
  if (unit === "WEEK") {
    const rest = emitFloorMod(f, days.toI64S().add(3n), 7n).toI32();
    f.set(at, days.sub(rest));
    if (up) f.if(rest, () => f.set(at, at.add(7)));
  } else if (!isFixed(unit)) {
    const { start, next } = emitStarts(f, days, unit);
    f.set(at, start);
    if (up) f.if(start.ne(days), () => f.set(at, next()));
  }
  emitCheckDays(e, at);
  return at;
}

function emitRounded(e: Emitter, v: Emitted, unit: Unit, up: boolean): Emitted {
  const x = part(v);
  const value = (t: Term): Emitted => ({ type: v.type, valid: undefined, parts: [t] });
  if (v.type.kind === "DATE") return value(emitRoundedDays(e, x, unit, up));
  return value(isFixed(unit) ? emitFixed(e, x, unit, up) : emitMonths(e, x, unit, up));
}

const isTime = (t: SqlType): boolean => isTimestamp(t) || t.kind === "DATE";

function unitReason(unit: ArgumentType): { reason: string } | undefined {
  return unitOf(unit.literal) === undefined ? { reason: "the unit must be a constant such as 'hour'" } : undefined;
}

export const dateTrunc: ScalarFunction = {
  name: "DATE_TRUNC",
  category: "time",
  doc: "The start of the unit (microsecond to millennium, week from Monday) in which the time lies.",
  usage: ["DATE_TRUNC('unit', time)"],
  examples: [
    { sql: "DATE_TRUNC('hour', TIMESTAMP '2026-05-17 13:45:10')", result: "2026-05-17T13:00:00.000" },
    { sql: "DATE_TRUNC('week', TIMESTAMP '2026-05-17 13:45:10')", result: "2026-05-11T00:00:00.000" },
    { sql: "DATE_TRUNC('quarter', DATE '2026-05-17')", result: "2026-04-01T00:00:00.000" },
  ],
  volatility: "immutable",
  nulls: "strict",
  canFail: true,
  resolve([unit, time, ...rest]) {
    if (unit === undefined || time === undefined || rest.length > 0) return undefined;
    if (!isString(unit.type) || !(isTime(time.type) || time.type.kind === "NULL")) return undefined;
    const type = isTimestamp(time.type) ? time.type : timestamp(3);
    return unitReason(unit) ?? { params: [unit.type, type], result: type };
  },
  evaluate: ([unit = null, x = null], { result }) => evaluateRounded(x, unit, false, result),
  emit(e, [unit, x]) {
    const known = unitOf(unit?.literal);
    if (known === undefined || x === undefined) throw new TypeError("DATE_TRUNC needs a unit");
    return emitRounded(e, x, known, false);
  },
};

/** FLOOR(time TO unit) and CEIL(time TO unit): the unit is the second argument, a constant text. */
export const timeTo = (up: boolean): Overload => ({
  matches: ({ args }: CallTypes) => args.length === 2,
  resolve([time, unit, ...rest]): Signature | { reason: string } | undefined {
    if (time === undefined || unit === undefined || rest.length > 0) return undefined;
    if (!isTime(time.type) || !isString(unit.type)) return undefined;
    return unitReason(unit) ?? { params: [time.type, unit.type], result: time.type };
  },
  evaluate: ([x = null, unit = null], { result }) => evaluateRounded(x, unit, up, result),
  emit(e, [x, unit]) {
    const known = unitOf(unit?.literal);
    if (known === undefined || x === undefined) throw new TypeError("a unit is needed");
    return emitRounded(e, x, known, up);
  },
});
