/** Pieces of the parsers of numbers: signs, points, runs of digits eight at a time. */
import { type Fn, i32, i64, load, select, type Term } from "../ir.ts";
import { pow10 } from "./decimal.ts";
import { emitTail, splat } from "./words.ts";

/** What comes out of a parser. */
export const ParseStatus = {
  OK: 0,
  /** There is no number of this form. */
  BAD: 1,
  /** It does not fit the type. */
  RANGE: 2,
  /** It is one, or could be, that another way has to read exactly. */
  SLOW: 3,
} as const;

const MINUS = 0x2d;
const PLUS = 0x2b;
const POINT = 0x2e;
export const ZERO = 0x30;

/** The byte at a position, 0 at the end. */
export function peek(f: Fn, at: Term, end: Term): Term {
  const byte = f.local("byte", "i32");
  f.set(byte, 0);
  f.if(at.ltU(end), () => f.set(byte, load.u8(at)));
  return byte;
}
export const isDigit = (byte: Term): Term => byte.sub(ZERO).ltU(10);

/** Reads a sign: 1 where it is a minus. Moves `at`. */
export function emitSign(f: Fn, at: Term, end: Term): Term {
  const byte = peek(f, at, end);
  const negative = f.let("negative", byte.eq(MINUS));
  f.set(at, at.add(negative.or(byte.eq(PLUS))));
  return negative;
}

/** Up to eight digits at a position: how many, and their value. */
function emitEightDigits(f: Fn, at: Term, end: Term): { readonly count: Term; readonly value: Term } {
  const word = f.local("digits", "i64");
  const rest = f.let("rest", end.sub(at));
  f.set(word, 0n);
  f.if(
    rest.geU(8),
    () => f.set(word, load.i64(at)),
    () => f.if(rest, () => f.set(word, emitTail(f, at, rest))),
  );
  f.set(word, word.xor(splat(ZERO)));
  // Bit 7 of the lowest byte above 9; what it carries into bytes behind it does not matter.
  const others = f.let("others", word.add(splat(0x76)).or(word).and(splat(0x80)));
  const count = f.let("count", others.op("ctz").shrU(3).toI32());
  // Leading zeros are moved in, so that there are eight digits.
  const eight = f.let("eight", select(count.eqz(), i64(0), word.shl(i64(64).sub(count.shl(3).toI64U()))));
  f.set(eight, eight.and(splat(0x0f)).mul(2561n).shrU(8));
  f.set(eight, eight.and(0x00ff00ff00ff00ffn).mul(6553601n).shrU(16));
  return { count, value: f.let("value", eight.and(0x0000ffff0000ffffn).mul(42949672960001n).shrU(32)) };
}

/** 10^count for count in 0..8. */
function smallPow10(count: Term): Term {
  const factor = (bit: number): Term => select(count.and(bit), i64(pow10(bit)), 1n);
  return factor(1).mul(factor(2)).mul(factor(4)).mul(factor(8));
}

/**
 * All digits at `at`, behind those that `value` holds: how many, and whether the value has left 64 unsigned bits.
 * Moves `at`.
 */
export function emitDigits(f: Fn, at: Term, end: Term, value: Term): { readonly count: Term; readonly over: Term } {
  const first = f.let("first", at);
  const over = f.let("over", i32(0));
  f.loop("digit_groups", (_, leave) => {
    const group = emitEightDigits(f, at, end);
    // 2^64 / 10^8 is 184467440737.09...: below it no check is needed.
    const fits = value.ltU(184467440737n);
    f.if(
      fits,
      () => {
        const power = f.let("power", i64(pow10(8)));
        f.if(group.count.ne(8), () => f.set(power, smallPow10(group.count)));
        f.set(value, value.mul(power).add(group.value));
      },
      () => f.if(group.count, () => emitLastDigits(f, value, group.count, group.value, over)),
    );
    f.set(at, at.add(group.count));
    leave(group.count.ne(8));
  });
  return { count: f.let("digit_count", at.sub(first)), over };
}

function emitLastDigits(f: Fn, value: Term, count: Term, group: Term, over: Term): void {
  const power = f.let("power", smallPow10(count));
  const most = f.let("most", i64(-1n).sub(group).divU(power));
  f.if(
    value.gtU(most),
    () => f.set(over, 1),
    () => f.set(value, value.mul(power).add(group)),
  );
}

/** Whether an exponent begins with this byte. */
export const isExponent = (byte: Term): Term => byte.or(0x20).eq(0x65);

/** Where a point stands at `at`, moves behind it and returns 1; BAD where no digit follows it. */
export function emitPoint(f: Fn, at: Term, end: Term): Term {
  const point = f.let("point", peek(f, at, end).eq(POINT));
  f.if(point, () => {
    f.set(at, at.add(1));
    f.if(isDigit(peek(f, at, end)).eqz(), () => returnStatus(f, ParseStatus.BAD, at));
  });
  return point;
}

/** A return without a value: zeros, then status and position. */
export function returnStatus(f: Fn, status: number, at: Term): void {
  const zeros = f.results.slice(0, -2).map((type) => (type === "i64" ? 0n : 0));
  f.return(...zeros, status, at);
}

/** x, or -x where `negative` is 1. */
export function emitSigned(f: Fn, x: Term, negative: Term): Term {
  const sign = f.let("sign", i64(0).sub(negative.toI64U()));
  return x.xor(sign).sub(sign);
}
