/**
 * Values as ASCII text, written at an address; each returns how many bytes it wrote (at most the constant of its name).
 * Of an f64 there are only those of few digits: the shortest text of all others is left to JavaScript.
 */
import { type Fn, f64, fn, i32, i64, instr, load, select, type Term } from "../ir.ts";
import { emitCivilFromDays, emitSplitMicros } from "./calendar.ts";
import { div128By64U } from "./divide.ts";
import { emitMagnitude } from "./int128.ts";

export const I64_TEXT_BYTES_MAX = 20;
/** A sign, 39 digits, a point and a zero before it. */
export const DECIMAL_TEXT_BYTES_MAX = 42;
/** Seven digits of a year, and ` BC`. */
export const DATE_TEXT_BYTES_MAX = 16;
/** A time of day, six digits of a second and a zone besides. */
export const TIMESTAMP_TEXT_BYTES_MAX: number = DATE_TEXT_BYTES_MAX + 19;

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

/** Writes a date as YYYY-MM-DD, the year with more digits where it needs them: where that ends, and whether it is BC. */
function emitDate(f: Fn, to: Term, days: Term): { readonly end: Term; readonly isBefore: Term } {
  const { year, month, day } = emitCivilFromDays(f, days);
  // There is no year 0: it is 1 BC.
  const isBefore = f.let("is_before", year.le(0));
  f.if(isBefore, () => f.set(year, i32(1).sub(year)));
  const digits = f.let("year_digits", i32(4).add(year.gt(9999)).add(year.gt(99_999)).add(year.gt(999_999)));
  const at = f.let("at", to.add(digits));
  f.do(emitDigitsBefore(f, at, year.toI64U(), i32(4)));
  f.store.u8(at, MINUS);
  emitTwo(f, at.add(1), month, MINUS);
  emitTwo(f, at.add(4), day);
  f.set(at, at.add(6));
  return { end: at, isBefore };
}

function emitEra(f: Fn, at: Term, isBefore: Term): void {
  f.if(isBefore, () => {
    // " BC"
    f.store.u8(at, 0x20);
    f.store.u8(at, 0x42, 1);
    f.store.u8(at, 0x43, 2);
    f.set(at, at.add(3));
  });
}

/** Days as YYYY-MM-DD; ` BC` behind a year before 1. */
export const formatDate: Fn = fn("format_date", { to: "i32", days: "i32" }, ["i32"], (f, { to, days }) => {
  const { end, isBefore } = emitDate(f, to, days);
  emitEra(f, end, isBefore);
  f.return(end.sub(to));
});

/**
 * Microseconds as YYYY-MM-DD HH:MM:SS, the fraction of the second without zeros at its end, `+00` where `zoned` is 1,
 * ` BC` behind all where the year is before 1.
 */
export const formatTimestamp: Fn = fn(
  "format_timestamp",
  { to: "i32", micros: "i64", zoned: "i32" },
  ["i32"],
  (f, { to, micros, zoned }) => {
    const { days, timeOfDay } = emitSplitMicros(f, micros);
    const seconds = f.let("seconds", timeOfDay.div(1_000_000n).toI32());
    const fraction = f.let("fraction", timeOfDay.rem(1_000_000n));
    const { end: at, isBefore } = emitDate(f, to, days);
    f.store.u8(at, 0x20);
    emitTwo(f, at.add(1), seconds.div(3600), 0x3a);
    emitTwo(f, at.add(4), seconds.div(60).rem(60), 0x3a);
    emitTwo(f, at.add(7), seconds.rem(60));
    f.set(at, at.add(9));
    f.if(fraction.ne(0n), () => {
      f.store.u8(at, POINT);
      f.set(at, at.add(7));
      f.do(emitDigitsBefore(f, at, fraction, i32(6)));
      f.loop("zeros", (next, leave) => {
        leave(load.u8(at.sub(1)).ne(ZERO));
        f.set(at, at.sub(1));
        next();
      });
    });
    f.if(zoned, () => {
      f.store.u8(at, 0x2b);
      f.store.u8(at, ZERO, 1);
      f.store.u8(at, ZERO, 2);
      f.set(at, at.add(3));
    });
    emitEra(f, at, isBefore);
    f.return(at.sub(to));
  },
);

/** An unsigned number with zeros before it where it has fewer than `least` digits. */
export const formatPadded: Fn = fn(
  "format_padded",
  { to: "i32", value: "i64", least: "i32" },
  ["i32"],
  (f, { to, value, least }) => {
    const count = emitDigitCount(f, value);
    const length = f.let("length", select(count.lt(least), least, count));
    f.do(emitDigitsBefore(f, to.add(length), value, length));
    f.return(length);
  },
);

/**
 * The shortest decimal that reads back as x >= 0: (unscaled, scale, found). It is found where it has at most 15 digits
 * (6 of a `single`, a binary32): so few digits are no other's, so that what reads back is the shortest. Others, and
 * numbers of 10^15 (10^6) and more, below 1e-4 or without a value are not.
 */
export const shortDecimal: Fn = fn(
  "short_decimal",
  { x: "f64", single: "i32" },
  ["i64", "i32", "i32"],
  (f, { x, single }) => {
    const limit = f.let("limit", select(single, f64(1e6), 1e15));
    const scale = f.let("scale", i32(0));
    const power = f.let("power", f64(1));
    const digits = f.local("digits", "f64");
    f.if(x.lt(1e-4).and(x.ne(0)), () => f.return(0n, 0, 0));
    f.loop("digits", (next) => {
      f.set(digits, x.mul(power).op("nearest"));
      // NaN is below no limit.
      f.if(digits.lt(limit).eqz(), () => f.return(0n, 0, 0));
      const back = f.let("back", digits.div(power));
      f.if(select(single, back.toF32().toF64(), back).eq(x), () =>
        f.return(instr("i64.trunc_sat_f64_s", digits), scale, 1),
      );
      f.set(scale, scale.add(1));
      f.set(power, power.mul(10));
      next();
    });
  },
);
