/**
 * Dates (`YYYY-MM-DD`, to days since the epoch) and timestamps from text, at [at, end): `YYYY-MM-DD[T ]HH:MM:SS[.f{1,9}][Z|+HH|+HHMM|+HH:MM]`, to microseconds since the
 * epoch. A zone is applied; digits behind the microseconds are cut. Years 0001 to 9999, also after the zone.
 */
import { type Fn, fn, i32, i64, load, select, type Term } from "../ir.ts";
import { type CivilDate, emitDaysFromCivil, emitDaysOfMonth, MICROS_MAX, MICROS_MIN } from "./calendar.ts";
import { isDigit, ParseStatus, peek, ZERO } from "./digits.ts";

/** "YYYY-MM-DD" */
export const DATE_BYTES = 10;
/** "YYYY-MM-DDTHH:MM:SS" */
const BYTES = 19;
const FRACTION_DIGITS_MAX = 9;

/** A little-endian number with a byte for each character of a form. */
function each(form: string, byte: (c: string) => number): bigint {
  let word = 0n;
  for (let i = form.length - 1; i >= 0; i -= 1) word = (word << 8n) | BigInt(byte(form.charAt(i)));
  return word;
}

/**
 * Bytes of a form in which 0 stands for any digit, ? for any byte and others for themselves: the digits' values, and
 * whether the form is not kept to.
 */
function matchForm(f: Fn, bytes: Term, form: string): { readonly digits: Term; readonly wrong: Term } {
  const zeros = each(form, (c) => (c === "?" ? 0 : c.charCodeAt(0)));
  const digits = f.let("digits", bytes.xor(zeros).and(each(form, (c) => (c === "?" ? 0 : 0xff))));
  // Bit 7 shows in the lowest wrong byte: a digit above 9, or another byte that is not what it should be.
  const beyond = digits.add(each(form, (c) => (c === "0" ? 0x76 : c === "?" ? 0 : 0x7f)));
  const high = each(form, (c) => (c === "?" ? 0 : 0x80));
  return { digits, wrong: beyond.or(digits).and(high).ne(0n) };
}

/** The number of two digits at byte `i` of a matched form. */
function two(digits: Term, i: number): Term {
  const digit = (at: number): Term =>
    digits
      .shrU(8 * at)
      .toI32()
      .and(0xff);
  return digit(i)
    .mul(10)
    .add(digit(i + 1));
}

/** Days of a date that was read; `bad` where there is none. */
function emitCheckedDays(f: Fn, civil: CivilDate, bad: () => void): Term {
  const { year, month, day } = civil;
  f.if(year.eqz().or(month.sub(1).geU(12)), bad);
  f.if(day.sub(1).geU(emitDaysOfMonth(f, year, month)), bad);
  return emitDaysFromCivil(f, civil);
}

/** YYYY-MM-DD -> days, status (OK or BAD), next. */
export const parseDate: Fn = fn("parse_date", { at: "i32", end: "i32" }, ["i32", "i32", "i32"], (f, { at, end }) => {
  const bad = (): void => f.return(0, ParseStatus.BAD, at);
  f.if(end.sub(at).ltU(DATE_BYTES).or(end.ltU(at)), bad);
  const start = matchForm(f, load.i64(at), "0000-00-");
  const rest = matchForm(f, load.i64FromU32(at, 6), "?-00");
  f.if(start.wrong.or(rest.wrong), bad);
  const year = f.let("year", two(start.digits, 0).mul(100).add(two(start.digits, 2)));
  const month = f.let("month", two(start.digits, 5));
  const day = f.let("day", two(rest.digits, 2));
  const days = emitCheckedDays(f, { year, month, day }, bad);
  f.return(days, ParseStatus.OK, at.add(DATE_BYTES));
});

/** -> microseconds, 1 where a zone is written, status (OK or BAD), next. */
export const parseTimestamp: Fn = fn(
  "parse_timestamp",
  { at: "i32", end: "i32" },
  ["i64", "i32", "i32", "i32"],
  (f, { at, end }) => {
    const bad = (): void => f.return(0n, 0, ParseStatus.BAD, at);
    f.if(end.sub(at).ltU(BYTES).or(end.ltU(at)), bad);
    const date = matchForm(f, load.i64(at), "0000-00-");
    const middle = matchForm(f, load.i64(at, 8), "00?00:00");
    const seconds = matchForm(f, load.i64FromU32(at, 15), "?:00");
    const separator = f.let("separator", load.u8(at, 10));
    const separatorWrong = separator.ne(0x54).and(separator.ne(0x20));
    f.if(date.wrong.or(middle.wrong).or(seconds.wrong).or(separatorWrong), bad);

    const year = f.let("year", two(date.digits, 0).mul(100).add(two(date.digits, 2)));
    const month = f.let("month", two(date.digits, 5));
    const day = f.let("day", two(middle.digits, 0));
    const hour = f.let("hour", two(middle.digits, 3));
    const minute = f.let("minute", two(middle.digits, 6));
    const second = f.let("second", two(seconds.digits, 2));
    f.if(hour.gt(23).or(minute.gt(59)).or(second.gt(59)), bad);

    const days = emitCheckedDays(f, { year, month, day }, bad);
    const clock = hour.mul(3600).add(minute.mul(60)).add(second);
    const micros = f.let("micros", days.toI64S().mul(86400n).add(clock.toI64S()).mul(1_000_000n));
    f.set(at, at.add(BYTES));
    emitFraction(f, at, end, micros, bad);
    const hasZone = emitZone(f, at, end, micros, bad);
    f.if(micros.lt(MICROS_MIN).or(micros.gt(MICROS_MAX)), bad);
    f.return(micros, hasZone, ParseStatus.OK, at);
  },
);

function emitFraction(f: Fn, at: Term, end: Term, micros: Term, bad: () => void): void {
  f.if(peek(f, at, end).eq(0x2e), () => {
    f.set(at, at.add(1));
    const first = f.let("first", at);
    const unit = f.let("unit", i32(100_000));
    f.loop("fraction", (next, leave) => {
      const byte = peek(f, at, end);
      leave(isDigit(byte).eqz());
      f.set(micros, micros.add(byte.sub(ZERO).mul(unit).toI64S()));
      f.set(unit, unit.div(10));
      f.set(at, at.add(1));
      next();
    });
    f.if(at.sub(first).sub(1).geU(FRACTION_DIGITS_MAX), bad);
  });
}

/** Two digits at `at`, up to `most`. Moves `at`. */
function emitTwo(f: Fn, at: Term, end: Term, most: number, bad: () => void): Term {
  const tens = f.let("tens", peek(f, at, end).sub(ZERO));
  const ones = f.let("ones", peek(f, at.add(1), end).sub(ZERO));
  f.if(tens.geU(10).or(ones.geU(10)), bad);
  f.set(at, at.add(2));
  const value = f.let("value", tens.mul(10).add(ones));
  f.if(value.gt(most), bad);
  return value;
}

/** Applies the zone where one is written, and returns 1 there. */
function emitZone(f: Fn, at: Term, end: Term, micros: Term, bad: () => void): Term {
  const hasZone = f.let("has_zone", i32(0));
  const byte = peek(f, at, end);
  f.if(byte.eq(0x5a), () => {
    f.set(hasZone, 1);
    f.set(at, at.add(1));
  });
  f.if(byte.eq(0x2b).or(byte.eq(0x2d)), () => {
    f.set(hasZone, 1);
    f.set(at, at.add(1));
    const minutes = f.let("minutes", emitTwo(f, at, end, 23, bad).mul(60));
    const colon = f.let("colon", peek(f, at, end).eq(0x3a));
    f.set(at, at.add(colon));
    f.if(colon.or(isDigit(peek(f, at, end))), () => f.set(minutes, minutes.add(emitTwo(f, at, end, 59, bad))));
    const offset = f.let("offset", minutes.toI64S().mul(60_000_000n));
    // East of Greenwich the clock is ahead of UTC.
    f.set(micros, micros.sub(select(byte.eq(0x2b), offset, i64(0).sub(offset))));
  });
  return hasZone;
}
