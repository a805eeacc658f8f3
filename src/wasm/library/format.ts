/**
 * Values as ASCII text, written at an address; each returns how many bytes it wrote (at most the constant beside it).
 * The shortest text of an f64 is not here: it is left to JavaScript.
 */
import { type Fn, fn, i32, i64, type Term } from "../ir.ts";
import { emitCivilFromDays, emitSplitMicros } from "./calendar.ts";
import { div128By64U } from "./divide.ts";
import { emitMagnitude } from "./int128.ts";

export const I64_TEXT_BYTES_MAX = 20;
/** A sign, 39 digits, a point and a zero before it. */
export const DECIMAL_TEXT_BYTES_MAX = 42;

const ZERO = 0x30;
const MINUS = 0x2d;
const POINT = 0x2e;

/** Writes the digits of an unsigned number, at least `least` of them, to end before `end`; returns where they begin. */
function emitDigitsBefore(f: Fn, end: Term, value: Term, least: Term): Term {
  const at = f.let("at", end);
  const rest = f.let("rest", value);
  const floor = f.let("floor", end.sub(least));
  f.while(
    "digits",
    () => rest.eqz().eqz().or(at.gtU(floor)),
    () => {
      const tenth = f.let("tenth", rest.divU(10n));
      f.set(at, at.sub(1));
      f.store.u8(at, rest.sub(tenth.mul(10n)).toI32().add(ZERO));
      f.set(rest, tenth);
    },
  );
  return at;
}

/** How many digits an unsigned number has, at least 1. */
function emitDigitCount(f: Fn, value: Term): Term {
  const count = f.let("count", i32(1));
  const power = f.let("power", i64(10));
  f.loop("count_digits", (next, leave) => {
    leave(value.ltU(power));
    f.set(count, count.add(1));
    // 10^20 does not fit.
    leave(count.eq(20));
    f.set(power, power.mul(10n));
    next();
  });
  return count;
}

export const formatI64: Fn = fn("format_i64", { to: "i32", value: "i64" }, ["i32"], (f, { to, value }) => {
  const sign = f.let("sign", value.shr(63));
  const magnitude = f.let("magnitude", value.xor(sign).sub(sign));
  const start = f.let("start", to);
  f.if(sign.ne(0n), () => {
    f.store.u8(to, MINUS);
    f.set(start, to.add(1));
  });
  const end = f.let("end", start.add(emitDigitCount(f, magnitude)));
  f.do(emitDigitsBefore(f, end, magnitude, i32(1)));
  f.return(end.sub(to));
});

/** An unscaled 128-bit DECIMAL; scale 0 writes no point, and a number below 1 has a zero before the point. */
export const formatDecimal: Fn = fn(
  "format_decimal",
  { to: "i32", lo: "i64", hi: "i64", scale: "i32" },
  ["i32"],
  (f, { to, lo, hi, scale }) => {
    const magnitude = emitMagnitude(f, { lo, hi });
    // All digits go to the end of the room and are moved to its front afterwards.
    const end = f.let("end", to.add(DECIMAL_TEXT_BYTES_MAX));
    const at = f.let("at", end);
    const written = f.let("written", i32(0));
    const [restLo, restHi] = [f.let("rest_lo", magnitude.lo), f.let("rest_hi", magnitude.hi)];
    f.loop("digits", (next, leave) => {
      leave(restLo.or(restHi).eqz().and(written.gt(scale)));
      const { qLo, qHi, digit } = f.callNamed(["qLo", "qHi", "digit"], div128By64U, restLo, restHi, 10n);
      f.if(written.eq(scale).and(scale.ne(0)), () => {
        f.set(at, at.sub(1));
        f.store.u8(at, POINT);
      });
      f.set(at, at.sub(1));
      f.store.u8(at, digit.toI32().add(ZERO));
      f.set(written, written.add(1));
      f.set(restLo, qLo);
      f.set(restHi, qHi);
      next();
    });
    f.if(magnitude.sign.ne(0n), () => {
      f.set(at, at.sub(1));
      f.store.u8(at, MINUS);
    });
    f.copy(to, at, end.sub(at));
    f.return(end.sub(at));
  },
);

/** Two digits and what follows them. */
function emitTwo(f: Fn, at: Term, value: Term, separator?: number): void {
  const tens = f.let("tens", value.divU(10));
  f.store.u8(at, tens.add(ZERO));
  f.store.u8(at, value.sub(tens.mul(10)).add(ZERO), 1);
  if (separator !== undefined) f.store.u8(at, separator, 2);
}

/** Days as YYYY-MM-DD; a year before 0 or after 9999 has a sign or more digits. */
export const formatDate: Fn = fn("format_date", { to: "i32", days: "i32" }, ["i32"], (f, { to, days }) => {
  const { year, month, day } = emitCivilFromDays(f, days);
  const at = f.let("at", to);
  f.if(year.lt(0), () => {
    f.store.u8(at, MINUS);
    f.set(at, at.add(1));
    f.set(year, i32(0).sub(year));
  });
  const digits = f.let("year_digits", i32(4).add(year.gt(9999)).add(year.gt(99_999)).add(year.gt(999_999)));
  f.set(at, at.add(digits));
  f.do(emitDigitsBefore(f, at, year.toI64U(), i32(4)));
  f.store.u8(at, MINUS);
  emitTwo(f, at.add(1), month, MINUS);
  emitTwo(f, at.add(4), day);
  f.return(at.add(6).sub(to));
});

/** Microseconds as YYYY-MM-DD HH:MM:SS and `precision` (0 to 6) digits of the second behind a point. */
export const formatTimestamp: Fn = fn(
  "format_timestamp",
  { to: "i32", micros: "i64", precision: "i32" },
  ["i32"],
  (f, { to, micros, precision }) => {
    const { days, timeOfDay } = emitSplitMicros(f, micros);
    const seconds = f.let("seconds", timeOfDay.div(1_000_000n).toI32());
    const fraction = f.let("fraction", timeOfDay.rem(1_000_000n));
    const at = f.let("at", to.add(f.call(formatDate, to, days)));
    f.store.u8(at, 0x20);
    emitTwo(f, at.add(1), seconds.div(3600), 0x3a);
    emitTwo(f, at.add(4), seconds.div(60).rem(60), 0x3a);
    emitTwo(f, at.add(7), seconds.rem(60));
    f.if(precision.eqz(), () => f.return(at.add(9).sub(to)));
    f.store.u8(at, POINT, 9);
    // All six digits are written, in room that the caller has, and those beyond the precision not counted.
    f.do(emitDigitsBefore(f, at.add(16), fraction, i32(6)));
    f.return(at.add(10).add(precision).sub(to));
  },
);
