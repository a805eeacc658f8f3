/** Text to DATE, TIMESTAMP and INTERVAL, as CAST reads it. The text is trimmed. */
import { RowError } from "../../base/row-error.ts";
import {
  daysFromCivil,
  daysInMonth,
  floorDiv,
  MICROS_PER_DAY,
  MICROS_PER_HOUR,
  MICROS_PER_MINUTE,
} from "../calendar.ts";

const dateText = /^([0-9]{4,6})-([0-9]{2})-([0-9]{2})$/;
const timestampText =
  /^([0-9]{4,6}-[0-9]{2}-[0-9]{2})(?:[T ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,9}))?)?)? ?(Z|[+-][0-9]{2}(?::?[0-9]{2})?)?$/i;

export function parseDate(text: string): number {
  const match = dateText.exec(text);
  if (match === null) return Number(floorDiv(parseTimestamp(text), MICROS_PER_DAY));
  const [, year, month, day] = match.map(Number);
  return days(year ?? 0, month ?? 0, day ?? 0);
}

function days(year: number, month: number, day: number): number {
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) {
    throw new RowError("TIME_OUT_OF_RANGE");
  }
  return daysFromCivil(year, month, day);
}

/** Microseconds since the epoch; a zone is applied, digits below the microsecond are cut. */
export function parseTimestamp(text: string): bigint {
  const match = timestampText.exec(text);
  if (match === null) throw new RowError("INVALID_TIME_TEXT");
  const [, date = "", hour = "0", minute = "0", second = "0", fraction = "", zone] = match;
  const [year = 0, month = 0, day = 0] = date.split("-").map(Number);
  const [h, m, s] = [Number(hour), Number(minute), Number(second)];
  const atDay = BigInt(days(year, month, day));
  if (h > 23 || m > 59 || s > 59) throw new RowError("TIME_OUT_OF_RANGE");
  const inDay = BigInt((h * 3600 + m * 60 + s) * 1e6 + Number(fraction.padEnd(6, "0").slice(0, 6)));
  const micros = atDay * MICROS_PER_DAY + inDay - zoneMicros(zone);
  if (BigInt.asIntN(64, micros) !== micros) throw new RowError("TIME_OUT_OF_RANGE");
  return micros;
}

function zoneMicros(zone: string | undefined): bigint {
  if (zone === undefined || zone.toUpperCase() === "Z") return 0n;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(3).replace(":", "") || "0");
  if (hours > 15 || minutes > 59) throw new RowError("TIME_OUT_OF_RANGE");
  const offset = BigInt(hours) * MICROS_PER_HOUR + BigInt(minutes) * MICROS_PER_MINUTE;
  return zone.startsWith("-") ? -offset : offset;
}

const unitMonths: Readonly<Record<string, number>> = { year: 12, yr: 12, y: 12, month: 1, mon: 1 };
const unitMicros: Readonly<Record<string, bigint>> = {
  week: 7n * MICROS_PER_DAY,
  w: 7n * MICROS_PER_DAY,
  day: MICROS_PER_DAY,
  d: MICROS_PER_DAY,
  hour: MICROS_PER_HOUR,
  hr: MICROS_PER_HOUR,
  h: MICROS_PER_HOUR,
  minute: MICROS_PER_MINUTE,
  min: MICROS_PER_MINUTE,
  m: MICROS_PER_MINUTE,
  second: 1_000_000n,
  sec: 1_000_000n,
  s: 1_000_000n,
  millisecond: 1000n,
  ms: 1000n,
  microsecond: 1n,
  us: 1n,
};

interface Piece {
  readonly number: string;
  readonly unit: string;
}

/** `1 day 2 hours`: numbers with units; undefined where the text is something else. */
function pieces(text: string): readonly Piece[] | undefined {
  const found: Piece[] = [];
  const rest = text.replace(/([+-]?[0-9]+(?:\.[0-9]+)?)\s*([a-z]+)\s*/gi, (_, number: string, unit: string) => {
    found.push({ number, unit: unit.toLowerCase() });
    return "";
  });
  return rest === "" && found.length > 0 ? found : undefined;
}

const singular = <T>(units: Readonly<Record<string, T>>, unit: string): T | undefined =>
  Object.hasOwn(units, unit) ? units[unit] : units[unit.replace(/s$/, "")];

/** `1-6` (years-months) or `1 year 6 mons`. */
export function parseMonthInterval(text: string): number {
  const short = /^([+-]?)([0-9]+)-([0-9]+)$/.exec(text);
  let months = 0;
  if (short !== null) months = (short[1] === "-" ? -1 : 1) * (Number(short[2]) * 12 + Number(short[3]));
  else if (text !== "00:00:00") {
    for (const { number, unit } of pieces(text) ?? [{ number: "", unit: "" }]) {
      const size = singular(unitMonths, unit);
      if (size === undefined || !/^[+-]?[0-9]+$/.test(number)) throw new RowError("INVALID_TIME_TEXT");
      months += Number(number) * size;
    }
  }
  if ((months | 0) !== months) throw new RowError("TIME_OUT_OF_RANGE");
  return months;
}

const clockText = /(^|\s)([+-]?)([0-9]+):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,9}))?)?$/;

/** `1 day 02:03:04.5`, `10 minutes`, `1 02:03:04`. */
export function parseDayInterval(text: string): bigint {
  const clock = clockText.exec(text);
  let rest = text;
  let micros = 0n;
  if (clock !== null) {
    const [whole, , sign, h = "0", m = "0", s = "0", fraction = ""] = clock;
    rest = text.slice(0, text.length - whole.length).trim();
    const t =
      BigInt(h) * MICROS_PER_HOUR +
      BigInt(m) * MICROS_PER_MINUTE +
      BigInt(s) * 1_000_000n +
      BigInt(fraction.padEnd(6, "0").slice(0, 6));
    micros = sign === "-" ? -t : t;
    if (/^[+-]?[0-9]+$/.test(rest)) rest = `${rest} days`;
  }
  if (rest !== "" || clock === null) {
    for (const { number, unit } of pieces(rest) ?? [{ number: "", unit: "" }]) {
      const size = singular(unitMicros, unit);
      if (size === undefined) throw new RowError("INVALID_TIME_TEXT");
      micros += scaledMicros(number, size);
    }
  }
  if (BigInt.asIntN(64, micros) !== micros) throw new RowError("TIME_OUT_OF_RANGE");
  return micros;
}

/** number * size, cut to whole microseconds. */
function scaledMicros(number: string, size: bigint): bigint {
  const [whole = "0", fraction = ""] = number.replace(/^[+-]/, "").split(".");
  const digits = fraction.slice(0, 9);
  const value = BigInt(whole) * size + (BigInt(digits || "0") * size) / 10n ** BigInt(digits.length);
  return number.startsWith("-") ? -value : value;
}
