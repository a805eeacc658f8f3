/** Dates and timestamps as text and as epoch numbers (V6). All results are exact or undefined. */

export type EpochUnit = "s" | "ms" | "us" | "ns";
export const epochUnits: readonly EpochUnit[] = ["s", "ms", "us", "ns"];

/** 0001-01-01 and 9999-12-31T23:59:59.999999, in microseconds since the epoch. */
export const TIMESTAMP_MIN: bigint = -62_135_596_800_000_000n;
export const TIMESTAMP_MAX: bigint = 253_402_300_799_999_999n;

const STAMP = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:Z|([+-])(\d\d)(?::?(\d\d))?)?$/;
const DAY = /^(\d{4})-(\d\d)-(\d\d)$/;
const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Days since 1970-01-01, of the proleptic Gregorian calendar; undefined for an impossible date. */
export function daysOf(year: number, month: number, day: number): number | undefined {
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const length = month === 2 && leap ? 29 : MONTH_DAYS[month - 1];
  if (year < 1 || length === undefined || day < 1 || day > length) return undefined;
  // Years begin in March, so that the leap day is the last.
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

export function parseDate(text: string): number | undefined {
  const [, year, month, day] = DAY.exec(text) ?? [];
  return year === undefined ? undefined : daysOf(Number(year), Number(month), Number(day));
}

/** Microseconds since the epoch; a zone is applied, without one the clock is UTC's. */
export function parseTimestamp(text: string, precision: number): bigint | undefined {
  const match = STAMP.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second, fraction = "", sign, zoneHour = "0", zoneMinute = "0"] = match;
  const days = daysOf(Number(year), Number(month), Number(day));
  if (days === undefined || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  if (Number(zoneHour) > 23 || Number(zoneMinute) > 59) return undefined;
  const zoneSeconds = (Number(zoneHour) * 60 + Number(zoneMinute)) * (sign === "-" ? -60 : 60);
  const seconds = days * 86_400 + Number(hour) * 3600 + Number(minute) * 60 + Number(second) - zoneSeconds;
  const kept = fraction.slice(0, Math.min(precision, 6)).padEnd(6, "0");
  return inRange(BigInt(seconds) * 1_000_000n + BigInt(kept));
}

/** An epoch number as microseconds, cut (down) to the precision. */
export function timestampOfEpoch(value: bigint, unit: EpochUnit, precision: number): bigint | undefined {
  const micros = unit === "ns" ? floorTo(value, 1000n) / 1000n : value * { s: 1_000_000n, ms: 1000n, us: 1n }[unit];
  return inRange(floorTo(micros, 10n ** BigInt(6 - Math.min(precision, 6))));
}

const inRange = (micros: bigint): bigint | undefined =>
  micros < TIMESTAMP_MIN || micros > TIMESTAMP_MAX ? undefined : micros;

/** The multiple of `unit` at or below `value`. */
function floorTo(value: bigint, unit: bigint): bigint {
  const rest = value % unit;
  return value - (rest < 0n ? rest + unit : rest);
}
