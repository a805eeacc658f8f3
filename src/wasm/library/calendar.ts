/**
 * The proleptic Gregorian calendar over days since 1970-01-01 (i32) and microseconds since then (i64). The conversions
 * count years from March on, so that the leap day is the last of its year, in eras of 400 years.
 */
import { type Fn, fn, i32, i64, select, type Term } from "../ir.ts";

export const DAY_MICROS = 86_400_000_000n;
const ERA_DAYS = 146097;
/** From 0000-03-01 to 1970-01-01. */
const EPOCH_SHIFT = 719468;
/** 0001-01-01 and 9999-12-31 as days. */
export const DAY_MIN = -719162;
export const DAY_MAX = 2932896;
export const MICROS_MIN: bigint = BigInt(DAY_MIN) * DAY_MICROS;
/** The last microsecond of 9999-12-31. */
export const MICROS_MAX: bigint = BigInt(DAY_MAX + 1) * DAY_MICROS - 1n;

/** x / by rounded down, for i64 or i32; by > 0. */
export function emitFloorDiv(f: Fn, x: Term, by: Term | bigint | number): Term {
  const divisor = x.same(by);
  const q = f.let("q", x.div(divisor));
  const below = x.sub(q.mul(divisor)).lt(0);
  f.set(q, q.sub(x.type === "i64" ? below.toI64U() : below));
  return q;
}
/** x - by * floor(x / by): 0 <= result < by; by > 0. */
export function emitFloorMod(f: Fn, x: Term, by: Term | bigint | number): Term {
  const divisor = x.same(by);
  const rest = f.let("rest", x.rem(divisor));
  f.set(rest, rest.add(select(rest.lt(0), divisor, 0)));
  return rest;
}

export interface CivilDate {
  readonly year: Term;
  readonly month: Term;
  readonly day: Term;
}

/** Days since the epoch of a date that exists. */
export function emitDaysFromCivil(f: Fn, { year, month, day }: CivilDate): Term {
  const y = f.let("march_year", year.sub(month.le(2)));
  const era = emitFloorDiv(f, y, 400);
  const yearOfEra = f.let("year_of_era", y.sub(era.mul(400)));
  const marchMonth = month.add(select(month.gt(2), i32(-3), 9));
  const dayOfYear = marchMonth.mul(153).add(2).div(5).add(day).sub(1);
  const dayOfEra = yearOfEra.mul(365).add(yearOfEra.div(4)).sub(yearOfEra.div(100)).add(dayOfYear);
  return f.let("days", era.mul(ERA_DAYS).add(dayOfEra).sub(EPOCH_SHIFT));
}

/** The date of any number of days. */
export function emitCivilFromDays(f: Fn, days: Term): CivilDate {
  // The last days would leave 32 bits with the shift: whole eras are taken off before.
  const eras = emitFloorDiv(f, days, ERA_DAYS);
  const shifted = f.let("shifted", days.sub(eras.mul(ERA_DAYS)).add(EPOCH_SHIFT));
  const more = f.let("more", shifted.div(ERA_DAYS));
  const era = f.let("era", eras.add(more));
  const dayOfEra = f.let("day_of_era", shifted.sub(more.mul(ERA_DAYS)));
  const leapDays = dayOfEra.div(1460).sub(dayOfEra.div(36524)).add(dayOfEra.div(146096));
  const yearOfEra = f.let("year_of_era", dayOfEra.sub(leapDays).div(365));
  const yearDays = yearOfEra.mul(365).add(yearOfEra.div(4)).sub(yearOfEra.div(100));
  const dayOfYear = f.let("day_of_year", dayOfEra.sub(yearDays));
  const marchMonth = f.let("march_month", dayOfYear.mul(5).add(2).div(153));
  const day = f.let("day", dayOfYear.sub(marchMonth.mul(153).add(2).div(5)).add(1));
  const month = f.let("month", marchMonth.add(select(marchMonth.lt(10), i32(3), -9)));
  const year = f.let("year", yearOfEra.add(era.mul(400)).add(month.le(2)));
  return { year, month, day };
}

const isLeap = (year: Term): Term =>
  year
    .and(3)
    .eqz()
    .and(year.rem(100).ne(0).or(year.rem(400).eqz()));

/** How many days a month has; year >= 0. */
export function emitDaysOfMonth(f: Fn, year: Term, month: Term): Term {
  // 30 days, one more in odd months up to July and in even ones from August on.
  const usual = i32(30).add(month.xor(month.shrU(3)).and(1));
  return f.let("days_of_month", select(month.eq(2), isLeap(year).add(28), usual));
}

const date = { year: "i32", month: "i32", day: "i32" } as const;

export const daysFromCivil: Fn = fn("days_from_civil", date, ["i32"], (f, d) => f.return(emitDaysFromCivil(f, d)));

/** Days -> year, month, day. */
export const civilFromDays: Fn = fn("civil_from_days", { days: "i32" }, ["i32", "i32", "i32"], (f, { days }) => {
  const { year, month, day } = emitCivilFromDays(f, days);
  f.return(year, month, day);
});

export const daysOfMonth: Fn = fn("days_of_month", { year: "i32", month: "i32" }, ["i32"], (f, { year, month }) =>
  f.return(emitDaysOfMonth(f, year, month)),
);

/** 1 (Monday) to 7 (Sunday). */
export const isoDayOfWeek: Fn = fn("iso_day_of_week", { days: "i32" }, ["i32"], (f, { days }) =>
  f.return(emitFloorMod(f, days.add(3), 7).add(1)),
);

/** 1 to 366. */
export const dayOfYear: Fn = fn("day_of_year", { days: "i32" }, ["i32"], (f, { days }) => {
  const { year } = emitCivilFromDays(f, days);
  f.return(days.sub(emitDaysFromCivil(f, { year, month: i32(1), day: i32(1) })).add(1));
});

/** ISO 8601 year and week: the week belongs to the year in which its Thursday lies. */
export const isoWeek: Fn = fn("iso_week", { days: "i32" }, ["i32", "i32"], (f, { days }) => {
  const thursday = f.let("thursday", days.sub(emitFloorMod(f, days.add(3), 7)).add(3));
  const { year } = emitCivilFromDays(f, thursday);
  const firstDay = emitDaysFromCivil(f, { year, month: i32(1), day: i32(1) });
  f.return(year, thursday.sub(firstDay).div(7).add(1));
});

/** Days + months, the day cut to the last of its month (January 31 + 1 month is February 28 or 29). */
export const addMonths: Fn = fn("add_months", { days: "i32", months: "i32" }, ["i32"], (f, { days, months }) => {
  const civil = emitCivilFromDays(f, days);
  const count = f.let("count", civil.year.mul(12).add(civil.month).sub(1).add(months));
  const year = emitFloorDiv(f, count, 12);
  const month = f.let("month", count.sub(year.mul(12)).add(1));
  const last = emitDaysOfMonth(f, year, month);
  f.return(emitDaysFromCivil(f, { year, month, day: select(civil.day.lt(last), civil.day, last) }));
});

/** Microseconds -> days and microseconds of the day. */
export function emitSplitMicros(f: Fn, micros: Term): { readonly days: Term; readonly timeOfDay: Term } {
  const days = emitFloorDiv(f, micros, DAY_MICROS);
  const timeOfDay = f.let("time_of_day", micros.sub(days.mul(DAY_MICROS)));
  return { days: f.let("days", days.toI32()), timeOfDay };
}

/** Microseconds + months, as addMonths; the time of day stays. */
export const addMonthsToMicros: Fn = fn(
  "add_months_to_micros",
  { micros: "i64", months: "i32" },
  ["i64"],
  (f, { micros, months }) => {
    const { days, timeOfDay } = emitSplitMicros(f, micros);
    f.return(f.call(addMonths, days, months).toI64S().mul(DAY_MICROS).add(timeOfDay));
  },
);

/** What can be extracted from microseconds by (size of the unit, how many of it make the next one). */
const clockFields = {
  hour: [3_600_000_000n, 24n],
  minute: [60_000_000n, 60n],
  second: [1_000_000n, 60n],
  /** Milliseconds and microseconds include the seconds. */
  millisecond: [1000n, 60_000n],
  microsecond: [1n, 60_000_000n],
} as const;
export type ClockField = keyof typeof clockFields;

/** A field of the time of day, as i64. */
export function emitClockField(f: Fn, micros: Term, field: ClockField): Term {
  const [unit, count] = clockFields[field];
  return emitFloorMod(f, emitFloorDiv(f, micros, unit), i64(count));
}
