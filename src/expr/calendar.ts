/** The proleptic Gregorian calendar over days and microseconds since 1970-01-01, in TypeScript. */
export const MICROS_PER_SECOND = 1_000_000n;
export const MICROS_PER_MINUTE: bigint = 60n * MICROS_PER_SECOND;
export const MICROS_PER_HOUR: bigint = 60n * MICROS_PER_MINUTE;
export const MICROS_PER_DAY: bigint = 24n * MICROS_PER_HOUR;

export interface CivilDate {
  /** Astronomical: 0 is 1 BC. */
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

export interface CivilTime extends CivilDate {
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly micro: number;
}

export const floorDiv = (a: bigint, b: bigint): bigint => {
  const q = a / b;
  return a % b !== 0n && a < 0n !== b < 0n ? q - 1n : q;
};
export const floorMod = (a: bigint, b: bigint): bigint => a - floorDiv(a, b) * b;

/** Years of 400 repeat after 146,097 days; within them March is the first month, so the leap day is the last. */
export function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  return era * 146097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719468;
}

export function civilFromDays(days: number): CivilDate {
  const z = days + 719468;
  const era = Math.floor(z / 146097);
  const dayOfEra = z - era * 146097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36524) - Math.floor(dayOfEra / 146096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shifted = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * shifted + 2) / 5) + 1;
  const month = shifted < 10 ? shifted + 3 : shifted - 9;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day };
}

export const isLeapYear = (year: number): boolean => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;

export function daysInMonth(year: number, month: number): number {
  if (month === 2) return isLeapYear(year) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

export function civilFromMicros(micros: bigint): CivilTime {
  const days = floorDiv(micros, MICROS_PER_DAY);
  const inDay = Number(micros - days * MICROS_PER_DAY);
  const seconds = Math.floor(inDay / 1e6);
  return {
    ...civilFromDays(Number(days)),
    hour: Math.floor(seconds / 3600),
    minute: Math.floor(seconds / 60) % 60,
    second: seconds % 60,
    micro: inDay % 1e6,
  };
}

/** `days` moved by months, the day cut to the length of the month (PostgreSQL). */
export function addMonths(days: number, months: number): number {
  const c = civilFromDays(days);
  const all = c.year * 12 + (c.month - 1) + months;
  const year = Math.floor(all / 12);
  const month = all - year * 12 + 1;
  return daysFromCivil(year, month, Math.min(c.day, daysInMonth(year, month)));
}

/** 0 is Sunday. */
export const dayOfWeek = (days: number): number => (((days + 4) % 7) + 7) % 7;

/** ISO 8601 week and the year that it belongs to. */
export function isoWeek(days: number): { readonly year: number; readonly week: number } {
  const monday = days - ((dayOfWeek(days) + 6) % 7);
  const { year } = civilFromDays(monday + 3);
  const january4 = daysFromCivil(year, 1, 4);
  const firstMonday = january4 - ((dayOfWeek(january4) + 6) % 7);
  return { year, week: Math.floor((monday - firstMonday) / 7) + 1 };
}
