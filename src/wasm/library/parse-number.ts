/**
 * Numbers from text, at [at, end). Each returns the value, a status (ParseStatus) and the position behind what it has
 * read; whether anything may follow there is the caller's business. A number has a digit before its point and one behind
 * it; leading zeros and a plus sign are taken.
 */
import { type Fn, f64, fn, i32, i64, load, select, type Term } from "../ir.ts";
import { once } from "../once.ts";
import { f64Pow10, fitsPrecision128, pow10 } from "./decimal.ts";
import {
  emitDigits,
  emitPoint,
  emitSign,
  emitSigned,
  isDigit,
  isExponent,
  ParseStatus,
  peek,
  returnStatus,
  ZERO,
} from "./digits.ts";
import { emitWithSign, mul128By64U } from "./int128.ts";

const range = { at: "i32", end: "i32" } as const;

/** [+-]digits -> i64, status, next. */
export const parseI64: Fn = fn("parse_i64", range, ["i64", "i32", "i32"], (f, { at, end }) => {
  const negative = emitSign(f, at, end);
  const value = f.let("value", i64(0));
  const digits = emitDigits(f, at, end, value);
  f.if(digits.count.eqz(), () => f.return(0n, ParseStatus.BAD, at));
  const limit = i64(2n ** 63n - 1n).add(negative.toI64U());
  f.if(digits.over.or(value.gtU(limit)), () => f.return(0n, ParseStatus.RANGE, at));
  f.return(emitSigned(f, value, negative), ParseStatus.OK, at);
});

/**
 * [+-]digits[.digits][e[+-]digits] -> f64, status, next. Exact where the digits fit 53 bits and the power of ten is an
 * f64 (Clinger's fast path): one rounding, of the product or quotient of two exact numbers. SLOW otherwise.
 */
export const parseF64: Fn = fn("parse_f64", range, ["f64", "i32", "i32"], (f, { at, end }) => {
  const negative = emitSign(f, at, end);
  const value = f.let("value", i64(0));
  const whole = emitDigits(f, at, end, value);
  f.if(whole.count.eqz(), () => returnStatus(f, ParseStatus.BAD, at));
  const over = f.let("over", whole.over);
  const exponent = f.let("exponent", i32(0));
  f.if(emitPoint(f, at, end), () => {
    const fraction = emitDigits(f, at, end, value);
    f.set(over, over.or(fraction.over));
    f.set(exponent, i32(0).sub(fraction.count));
  });
  f.if(isExponent(peek(f, at, end)), () => {
    f.set(at, at.add(1));
    const minus = emitSign(f, at, end);
    const first = f.let("first", at);
    const written = f.let("written", i32(0));
    f.loop("exponent_digits", (next, leave) => {
      const byte = peek(f, at, end);
      leave(isDigit(byte).eqz());
      // What is far out of range stays there.
      f.if(written.lt(100_000), () => f.set(written, written.mul(10).add(byte.sub(ZERO))));
      f.set(at, at.add(1));
      next();
    });
    f.if(at.eq(first), () => returnStatus(f, ParseStatus.BAD, at));
    f.set(exponent, exponent.add(select(minus, i32(0).sub(written), written)));
  });
  const sign = select(negative, f64(-1), 1);
  f.if(over.eqz(), () => {
    f.if(value.eqz(), () => f.return(f64(0).op("copysign", sign), ParseStatus.OK, at));
    const isExact = value.leU(2n ** 53n).and(exponent.add(22).leU(44));
    f.if(isExact, () => {
      const digits = f.let("digits", value.toF64().mul(sign));
      const power = f64Pow10(select(exponent.lt(0), i32(0).sub(exponent), exponent));
      f.if(
        exponent.lt(0),
        () => f.return(digits.div(power), ParseStatus.OK, at),
        () => f.return(digits.mul(power), ParseStatus.OK, at),
      );
    });
  });
  returnStatus(f, ParseStatus.SLOW, at);
});

/**
 * Reads the digits behind the point: `append` for each of the `scale` first ones, and for zeros in place of those that
 * are missing. Returns 1 (as i64) where the digit behind them rounds up.
 */
function emitFraction(f: Fn, at: Term, end: Term, scale: number, append: (digit: Term) => void): Term {
  const missing = f.let("missing", i32(scale));
  const up = f.let("up", i64(0));
  const digit = f.local("digit", "i32");
  f.if(emitPoint(f, at, end), () => {
    f.loop("fraction", (next, leave) => {
      leave(at.geU(end));
      f.set(digit, load.u8(at).sub(ZERO));
      leave(digit.ltU(10).eqz());
      f.if(missing.eqz(), () => f.set(up, digit.ge(5).toI64U()));
      f.if(missing.gt(0), () => append(digit));
      f.set(missing, missing.sub(1));
      f.set(at, at.add(1));
      next();
    });
  });
  f.if(isExponent(peek(f, at, end)), () => returnStatus(f, ParseStatus.SLOW, at));
  f.set(digit, 0);
  f.while(
    "zeros",
    () => missing.gt(0),
    () => {
      append(digit);
      f.set(missing, missing.sub(1));
    },
  );
  return up;
}

/** (at, end) -> unscaled i64, status, next; of a DECIMAL(precision, scale) of up to 18 digits, rounded half
 * away from zero. A number with an exponent is SLOW. */
export const parseDecimal64 = (precision: number, scale: number): Fn =>
  once(`parse_decimal64_${precision}_${scale}`, (name) =>
    fn(name, range, ["i64", "i32", "i32"], (f, { at, end }) => {
      const limit = pow10(precision);
      const negative = emitSign(f, at, end);
      const value = f.let("value", i64(0));
      const whole = emitDigits(f, at, end, value);
      f.if(whole.count.eqz(), () => returnStatus(f, ParseStatus.BAD, at));
      const over = f.let("over", whole.over);
      const up = emitFraction(f, at, end, scale, (digit) => {
        // What is at the limit stays above it, whatever follows; below it ten times as much fits 64 bits.
        f.set(over, over.or(value.geU(limit)));
        f.set(value, value.mul(10n).add(digit.toI64U()));
      });
      f.set(value, value.add(up));
      f.if(over.or(value.geU(limit)), () => returnStatus(f, ParseStatus.RANGE, at));
      f.return(emitSigned(f, value, negative), ParseStatus.OK, at);
    }),
  );

/** (at, end) -> unscaled (lo, hi), status, next; of a DECIMAL(precision, scale) of up to 38 digits. */
export const parseDecimal128 = (precision: number, scale: number): Fn =>
  once(`parse_decimal128_${precision}_${scale}`, (name) =>
    fn(name, range, ["i64", "i64", "i32", "i32"], (f, { at, end }) => {
      const negative = emitSign(f, at, end);
      const lo = f.let("lo", i64(0));
      const hi = f.let("hi", i64(0));
      const over = f.let("over", i32(0));
      const append = (digit: Term): void => {
        const ten = f.callNamed(["pLo", "pHi", "more"], mul128By64U, lo, hi, 10n);
        f.set(lo, ten.pLo.add(digit.toI64U()));
        f.set(hi, ten.pHi.add(lo.ltU(ten.pLo).toI64U()));
        f.set(over, over.or(ten.more).or(hi.lt(0n)));
      };
      const first = f.let("first", at);
      f.loop("whole", (next, leave) => {
        const byte = peek(f, at, end);
        leave(isDigit(byte).eqz());
        append(byte.sub(ZERO));
        f.set(at, at.add(1));
        next();
      });
      f.if(at.eq(first), () => returnStatus(f, ParseStatus.BAD, at));
      const up = emitFraction(f, at, end, scale, append);
      f.set(lo, lo.add(up));
      f.set(hi, hi.add(select(lo.eqz(), up, 0n)));
      const fits = fitsPrecision128({ lo, hi }, precision);
      f.if(over.or(fits.eqz()), () => returnStatus(f, ParseStatus.RANGE, at));
      const signed = emitWithSign(f, { lo, hi }, i64(0).sub(negative.toI64U()));
      f.return(signed.lo, signed.hi, ParseStatus.OK, at);
    }),
  );
