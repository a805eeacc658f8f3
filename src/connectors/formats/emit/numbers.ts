/** Emitted decoders of numbers: the usual forms, eight digits at a time. Others give the record up. */
import { type Fn, f64, fn, i32, i64, instr, load, select, type Term } from "../../../wasm/ir.ts";
import { f64Pow10, pow10 } from "../../../wasm/library/decimal.ts";
import { divWide } from "../../../wasm/library/divide.ts";
import { type Cursor, eightDigits, MINUS, numberOfEight, rightAligned, ZERO } from "./cursor.ts";

/** 10^count for count in 0..8. */
function smallPow10(count: Term): Term {
  const factor = (bit: number): Term => select(count.and(bit), i64(pow10(bit)), 1n);
  return factor(1).mul(factor(2)).mul(factor(4)).mul(factor(8));
}

/** Appends the digits at `at` to `value`; how many came. `at` moves. More than 18 in all are for the caller to refuse. */
function appendDigits(f: Fn, at: Term, value: Term): Term {
  const total = f.let("total", i32(0));
  f.loop("digit_groups", (_, leave) => {
    const { word, count } = eightDigits(f, at);
    leave(count.eqz());
    const group = numberOfEight(f, f.let("aligned", rightAligned(word, count)));
    f.set(value, value.mul(smallPow10(count)).add(group));
    f.set(at, at.add(count));
    f.set(total, total.add(count));
    leave(count.ne(8).or(total.ge(24)));
  });
  return total;
}

const signed = (f: Fn, value: Term, negative: Term): Term => {
  const sign = f.let("sign", i64(0).sub(negative.toI64U()));
  return value.xor(sign).sub(sign);
};

/** -?digits of a JSON integer, as i64; -2^63 is left to the exact decoder. */
export function readInteger(c: Cursor): Term {
  const { f, at, fail } = c;
  const negative = f.let("negative", load.u8(at).eq(MINUS));
  f.set(at, at.add(negative));
  const { word, count } = eightDigits(f, at);
  fail(count.eqz());
  // Without leading zeros; a number of one digit may be zero.
  fail(word.and(0xff).eqz().and(count.ne(1)));
  const value = f.let("value", numberOfEight(f, f.let("aligned", rightAligned(word, count))));
  f.set(at, at.add(count));
  f.if(count.eq(8), () => {
    const more = appendDigits(f, at, value);
    // Nineteen digits fit 64 bits unsigned: the top bit tells whether they fit signed.
    fail(more.gt(11).or(value.lt(0)));
  });
  return f.let("integer", signed(f, value, negative));
}

/** magnitude, digits behind the point, 1 for a minus, next (0: an unusual form). Of a JSON number without exponent, up to 18 digits. */
export const readDecimal: Fn = fn("read_decimal", { from: "i32" }, ["i64", "i32", "i32", "i32"], (f, { from }) => {
  const at = f.let("at", from);
  const negative = f.let("negative", load.u8(at).eq(MINUS));
  f.set(at, at.add(negative));
  const value = f.let("value", i64(0));
  const leadingZero = f.let("leading_zero", load.u8(at).eq(ZERO));
  const whole = appendDigits(f, at, value);
  f.if(whole.eqz().or(leadingZero.and(whole.ne(1))), () => f.return(0n, 0, 0, 0));
  const fraction = f.let("fraction", i32(0));
  f.if(load.u8(at).eq(0x2e), () => {
    f.set(at, at.add(1));
    f.set(fraction, appendDigits(f, at, value));
    f.if(fraction.eqz(), () => f.return(0n, 0, 0, 0));
  });
  const isExponent = load.u8(at).or(0x20).eq(0x65);
  f.if(whole.add(fraction).gt(18).or(isExponent), () => f.return(0n, 0, 0, 0));
  f.return(value, fraction, negative, at);
});

/** magnitude / 10^digits as the nearest f64; digits in 0..18. */
const nearestF64: Fn = fn("nearest_f64", { magnitude: "i64", digits: "i32" }, ["f64"], (f, { magnitude, digits }) => {
  // One rounding, of the quotient of two exact numbers.
  f.if(magnitude.leU(2n ** 53n), () => f.return(magnitude.toF64().div(f64Pow10(digits))));
  // 10^digits as a product: up to 10^8 times up to 10^10.
  const first = f.let("first", select(digits.gt(8), i32(8), digits));
  const second = f.let("second", select(digits.sub(first).gt(8), i32(8), digits.sub(first)));
  const third = digits.sub(first).sub(second);
  const tens = f.let(
    "tens",
    smallPow10(first)
      .mul(smallPow10(second))
      .mul(smallPow10(f.let("third", third))),
  );
  // With both moved up to the top bit the quotient has 63 or 64 bits: its last one keeps whether there is a rest.
  const up = f.let("up", magnitude.op("clz"));
  const tensUp = f.let("tens_up", tens.op("clz"));
  const high = f.let("high", magnitude.shl(up));
  const { q, rest } = f.callNamed(["q", "rest"], divWide, high.shl(63), high.shrU(1), tens.shl(tensUp));
  const rounded = f.let("rounded", instr("f64.convert_i64_u", q.or(rest.ne(0n).toI64U())));
  const exponent = f.let("exponent", tensUp.sub(up).sub(63));
  f.return(rounded.mul(exponent.add(1023n).shl(52).asF64()));
});

/** A JSON number as the nearest f64. */
export function readDouble(c: Cursor): Term {
  const { f, at, fail } = c;
  const { magnitude, digits, negative, next } = f.callNamed(
    ["magnitude", "digits", "negative", "next"],
    readDecimal,
    at,
  );
  fail(next.eqz());
  f.set(at, next);
  const value = f.let("double", f.call(nearestF64, magnitude, digits));
  return f.let("signed", value.op("copysign", select(negative, f64(-1), 1)));
}

/** A JSON number as an unscaled i64 with `scale` digits behind the point, of at most `precision` digits (both up to 18 in use). */
export function readUnscaled(c: Cursor, precision: number, scale: number): Term {
  const { f, at, fail } = c;
  const { magnitude, digits, negative, next } = f.callNamed(
    ["magnitude", "digits", "negative", "next"],
    readDecimal,
    at,
  );
  fail(next.eqz());
  f.set(at, next);
  // Rounding, and what needs more than 18 digits, is for the exact decoder.
  fail(digits.gt(scale));
  const missing = f.let("missing", i32(scale).sub(digits));
  const limit = pow10(Math.min(precision, 18));
  f.loop("scale_up", (again, leave) => {
    leave(missing.eqz());
    fail(magnitude.geU(limit / 10n));
    f.set(magnitude, magnitude.mul(10));
    f.set(missing, missing.sub(1));
    again();
  });
  fail(magnitude.geU(limit));
  return f.let("unscaled", signed(f, magnitude, negative));
}
