/** Units of time by their names, and what lies below and above an instant in them. */
import { RowError } from "../../../base/row-error.ts";
import type { Value } from "../../../base/value.ts";
import {
  civilFromDays,
  daysFromCivil,
  floorDiv,
  MICROS_PER_DAY,
  MICROS_PER_HOUR,
  MICROS_PER_MINUTE,
  MICROS_PER_SECOND,
} from "../../calendar.ts";

/** Units of a fixed length, in microseconds. Weeks start on Monday. */
export const fixedUnits: Readonly<
  Record<"MICROSECOND" | "MILLISECOND" | "SECOND" | "MINUTE" | "HOUR" | "DAY" | "WEEK", bigint>
> = {
  MICROSECOND: 1n,
  MILLISECOND: 1000n,
  SECOND: MICROS_PER_SECOND,
  MINUTE: MICROS_PER_MINUTE,
  HOUR: MICROS_PER_HOUR,
  DAY: MICROS_PER_DAY,
  WEEK: 7n * MICROS_PER_DAY,
};

/** Units of whole months. */
export const monthUnits = { MONTH: 1, QUARTER: 3, YEAR: 12, DECADE: 120, CENTURY: 1200, MILLENNIUM: 12000 } as const;

export type FixedUnit = keyof typeof fixedUnits;
export type MonthUnit = keyof typeof monthUnits;
export type Unit = FixedUnit | MonthUnit;

/** 1970-01-01 was a Thursday: the Monday before it. */
export const WEEK_ORIGIN: bigint = -3n * MICROS_PER_DAY;

export const isFixed = (unit: Unit): unit is FixedUnit => Object.hasOwn(fixedUnits, unit);

/** The unit of a name in singular or plural, any case. */
export function unitOf(name: Value | undefined): Unit | undefined {
  if (typeof name !== "string") return undefined;
  const upper = name.trim().toUpperCase();
  const known = (n: string): n is Unit => Object.hasOwn(fixedUnits, n) || Object.hasOwn(monthUnits, n);
  for (const candidate of [upper, upper.replace(/S$/, "")]) if (known(candidate)) return candidate;
  return upper === "CENTURIES"
    ? "CENTURY"
    : upper === "MILLENNIA" || upper === "MILLENNIUMS"
      ? "MILLENNIUM"
      : undefined;
}

/** The first month of the unit, as years * 12 + month - 1. Centuries and millennia begin with the year 1 of theirs. */
export function truncateMonths(months: number, unit: MonthUnit): number {
  const size = monthUnits[unit];
  const shift = unit === "CENTURY" || unit === "MILLENNIUM" ? 12 : 0;
  return Math.floor((months - shift) / size) * size + shift;
}

const inRange = (micros: bigint): bigint => {
  if (BigInt.asIntN(64, micros) !== micros) throw new RowError("TIME_OUT_OF_RANGE");
  return micros;
};

function monthStart(months: number): bigint {
  const year = Math.floor(months / 12);
  return BigInt(daysFromCivil(year, months - year * 12 + 1, 1)) * MICROS_PER_DAY;
}

/** The start of the unit in which an instant lies; or, `up`, the first start at or after it. */
export function roundTime(micros: bigint, unit: Unit, up: boolean): bigint {
  if (isFixed(unit)) {
    const size = fixedUnits[unit];
    const origin = unit === "WEEK" ? WEEK_ORIGIN : 0n;
    const start = floorDiv(micros - origin, size) * size + origin;
    return inRange(up && start !== micros ? start + size : start);
  }
  const c = civilFromDays(Number(floorDiv(micros, MICROS_PER_DAY)));
  const months = truncateMonths(c.year * 12 + c.month - 1, unit);
  const start = monthStart(months);
  return inRange(up && start !== micros ? monthStart(months + monthUnits[unit]) : start);
}
