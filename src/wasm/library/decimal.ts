/**
 * Arithmetic of DECIMALs: unscaled integers, i64 up to 18 digits and 128 bits (lo, hi) up to 38. Scales are known when
 * code is generated, so a routine that depends on them is a function `(digits) -> Fn`, each made once. Everything rounds
 * half away from zero. An overflow flag of 1 says that the result has more digits than its type; it is then undefined.
 */
import { type Fn, f64, fn, i32, i64, select, type Term } from "../ir.ts";
import { once } from "../once.ts";
import {
  atLeastHalf,
  div128By64Round,
  div128By64U,
  div256By64U,
  div256By128U,
  mul128U,
  mul256By64U,
} from "./divide.ts";
import {
  emitMagnitude,
  emitMulI64,
  emitMulWide,
  emitSub128,
  emitWithSign,
  fitsI64,
  type Int128,
  less128,
  less128U,
  mul128By64,
} from "./int128.ts";

export const pow10 = (digits: number): bigint => 10n ** BigInt(digits);
const STEP_DIGITS = 18;

/** The digits of a power of ten in parts that fit an i64: 40 = 18 + 18 + 4. */
function parts(digits: number): number[] {
  const count = Math.ceil(digits / STEP_DIGITS);
  return Array.from({ length: count }, (_, i) => Math.min(STEP_DIGITS, digits - i * STEP_DIGITS));
}

function wide(value: bigint): Int128 {
  return { lo: i64(BigInt.asIntN(64, value)), hi: i64(BigInt.asIntN(64, value >> 64n)) };
}

/** 1 where an i64 has at most `precision` digits (1 to 18). */
export const fitsPrecision64 = (x: Term, precision: number): Term =>
  x.add(pow10(precision) - 1n).leU(2n * (pow10(precision) - 1n));
/** 1 where a 128-bit integer has at most `precision` digits (1 to 38). */
export const fitsPrecision128 = (x: Int128, precision: number): Term =>
  less128(x, wide(pow10(precision))).and(less128(wide(-pow10(precision)), x));

/** x * 10^digits with an overflow flag (of 64 bits), digits in 0..18. */
export function emitScaleUp64(f: Fn, x: Term, digits: number): { readonly value: Term; readonly overflow: Term } {
  return digits === 0 ? { value: x, overflow: i32(0) } : emitMulI64(f, x, i64(pow10(digits)));
}
/** x / 10^digits, rounded, digits in 0..18. */
export function emitScaleDown64(f: Fn, x: Term, digits: number): Term {
  if (digits === 0) return x;
  const power = pow10(digits);
  const q = f.let("q", x.div(power));
  const rest = f.let("rest", x.sub(q.mul(power)));
  const up = rest.ge(power / 2n).toI64U();
  const down = rest.le(-(power / 2n)).toI64U();
  return f.let("rounded", q.add(up).sub(down));
}

const value128 = { lo: "i64", hi: "i64" } as const;
const pair128 = { aLo: "i64", aHi: "i64", bLo: "i64", bHi: "i64" } as const;

/** (lo, hi) -> (lo, hi, overflow): x * 10^digits, digits in 0..38. */
export const scaleUp128 = (digits: number): Fn =>
  once(`scale_up128_${digits}`, (name) =>
    fn(name, value128, ["i64", "i64", "i32"], (f, { lo, hi }) => {
      const over = f.local("over", "i32");
      for (const part of parts(digits)) {
        const { pLo, pHi, pOver } = f.callNamed(["pLo", "pHi", "pOver"], mul128By64, lo, hi, pow10(part));
        f.set(lo, pLo);
        f.set(hi, pHi);
        f.set(over, over.or(pOver));
      }
      f.return(lo, hi, over);
    }),
  );

/** (lo, hi) -> (lo, hi): x / 10^digits, rounded, digits in 0..38. */
export const scaleDown128 = (digits: number): Fn =>
  once(`scale_down128_${digits}`, (name) =>
    fn(name, value128, ["i64", "i64"], (f, { lo, hi }) => {
      const steps = parts(digits);
      const last = steps.pop();
      if (last === undefined) return f.return(lo, hi);
      // Digits that are cut before the last step cannot change how it rounds: a half is a whole number of 10^part.
      for (const part of steps) {
        const { lo: mLo, hi: mHi, sign } = emitMagnitude(f, { lo, hi });
        const q = f.callNamed(["qLo", "qHi", "rest"], div128By64U, mLo, mHi, pow10(part));
        const signed = emitWithSign(f, { lo: q.qLo, hi: q.qHi }, sign);
        f.set(lo, signed.lo);
        f.set(hi, signed.hi);
      }
      const q = f.callNamed(["lo", "hi"], div128By64Round, lo, hi, pow10(last));
      f.return(q.lo, q.hi);
    }),
  );

/** (a, b) -> (lo, hi, overflow): a * b / 10^drop, rounded, in `precision` digits; drop in 0..76. */
export const decimalMultiply = (drop: number, precision: number): Fn =>
  once(`decimal_multiply_${drop}_${precision}`, (name) =>
    fn(name, pair128, ["i64", "i64", "i32"], (f, { aLo, aHi, bLo, bHi }) => {
      const [a, b] = [
        { lo: aLo, hi: aHi },
        { lo: bLo, hi: bHi },
      ];
      const giveBack = (x: Int128): void => f.return(x.lo, x.hi, fitsPrecision128(x, precision).eqz());
      if (drop <= STEP_DIGITS) {
        f.if(fitsI64(a).and(fitsI64(b)), () => {
          const product = emitMulWide(f, aLo, bLo);
          if (drop === 0) return giveBack(product);
          giveBack(f.callNamed(["lo", "hi"], div128By64Round, product.lo, product.hi, pow10(drop)));
        });
      }
      const [x, y] = [emitMagnitude(f, a), emitMagnitude(f, b)];
      const p = f.callNamed(["w0", "w1", "w2", "w3"], mul128U, x.lo, x.hi, y.lo, y.hi);
      parts(drop).forEach((part, i, all) => {
        const names = ["q0", "q1", "q2", "q3", "rest"] as const;
        const q = f.callNamed(names, div256By64U, p.w0, p.w1, p.w2, p.w3, pow10(part));
        f.set(p.w0, q.q0);
        f.set(p.w1, q.q1);
        f.set(p.w2, q.q2);
        f.set(p.w3, q.q3);
        if (i === all.length - 1) emitIncrement(f, p.w0, p.w1, atLeastHalf(q.rest, i64(pow10(part))));
      });
      f.if(p.w2.or(p.w3).ne(0n).or(p.w1.lt(0n)), () => f.return(0n, 0n, 1));
      giveBack(emitWithSign(f, { lo: p.w0, hi: p.w1 }, x.sign.xor(y.sign)));
    }),
  );

/** Adds a condition to a 128-bit local. */
function emitIncrement(f: Fn, lo: Term, hi: Term, cond: Term): void {
  const up = f.let("up", cond.toI64U());
  f.set(lo, lo.add(up));
  f.set(hi, hi.add(select(lo.eqz(), up, 0n)));
}

interface Words {
  readonly w0: Term;
  readonly w1: Term;
  readonly w2: Term;
  readonly w3: Term;
}

/** |x| * 10^digits in 256 bits, and whether it needs more. */
function emitScaled256(f: Fn, x: Int128, digits: number): Words & { readonly over: Term } {
  const words = {
    w0: f.let("w0", x.lo),
    w1: f.let("w1", x.hi),
    w2: f.let("w2", i64(0)),
    w3: f.let("w3", i64(0)),
    over: f.let("over", i32(0)),
  };
  for (const part of parts(digits)) {
    const p = f.callNamed(
      ["p0", "p1", "p2", "p3", "more"],
      mul256By64U,
      words.w0,
      words.w1,
      words.w2,
      words.w3,
      pow10(part),
    );
    f.set(words.w0, p.p0);
    f.set(words.w1, p.p1);
    f.set(words.w2, p.p2);
    f.set(words.w3, p.p3);
    f.set(words.over, words.over.or(p.more));
  }
  return words;
}

const divisionNames = ["qLo", "qHi", "rLo", "rHi", "long"] as const;

/** (a, b) -> (lo, hi, overflow): a * 10^up / b, rounded, in `precision` digits. b = 0 traps: look before. */
export const decimalDivide = (up: number, precision: number): Fn =>
  once(`decimal_divide_${up}_${precision}`, (name) =>
    fn(name, pair128, ["i64", "i64", "i32"], (f, { aLo, aHi, bLo, bHi }) => {
      const x = emitMagnitude(f, { lo: aLo, hi: aHi });
      const y = emitMagnitude(f, { lo: bLo, hi: bHi });
      const { w0, w1, w2, w3, over } = emitScaled256(f, x, up);
      // A dividend beyond 2^256 over a divisor below 10^38 has more than 38 digits.
      f.if(over, () => f.return(0n, 0n, 1));
      const q = f.callNamed(divisionNames, div256By128U, w0, w1, w2, w3, y.lo, y.hi);
      const rest = { lo: q.rLo, hi: q.rHi };
      emitIncrement(f, q.qLo, q.qHi, less128U(rest, emitSub128(f, y, rest)).eqz());
      f.if(q.long.or(q.qHi.lt(0n)), () => f.return(0n, 0n, 1));
      const signed = emitWithSign(f, { lo: q.qLo, hi: q.qHi }, x.sign.xor(y.sign));
      f.return(signed.lo, signed.hi, fitsPrecision128(signed, precision).eqz());
    }),
  );

/** (a, b) -> (lo, hi): the remainder of a * 10^upA by b * 10^upB, with the sign of a; one of the two is 0. b = 0 traps. */
export const decimalRemainder = (upA: number, upB: number): Fn =>
  once(`decimal_remainder_${upA}_${upB}`, (name) =>
    fn(name, pair128, ["i64", "i64"], (f, { aLo, aHi, bLo, bHi }) => {
      const x = emitMagnitude(f, { lo: aLo, hi: aHi });
      const y = emitMagnitude(f, { lo: bLo, hi: bHi });
      const divisor = emitScaled256(f, y, upB);
      // A divisor beyond 128 bits is more than a, which then has upA = 0.
      f.if(divisor.over.or(divisor.w2.or(divisor.w3).ne(0n)), () => f.return(aLo, aHi));
      const { w0, w1, w2, w3 } = emitScaled256(f, x, upA);
      const q = f.callNamed(divisionNames, div256By128U, w0, w1, w2, w3, divisor.w0, divisor.w1);
      const signed = emitWithSign(f, { lo: q.rLo, hi: q.rHi }, x.sign);
      f.return(signed.lo, signed.hi);
    }),
  );

/** (a, b) -> -1, 0, 1: a * 10^upA against b * 10^upB; one of the two is 0. */
export const decimalCompare = (upA: number, upB: number): Fn =>
  once(`decimal_compare_${upA}_${upB}`, (name) =>
    fn(name, pair128, ["i32"], (f, { aLo, aHi, bLo, bHi }) => {
      const scaled = (lo: Term, hi: Term, digits: number, beyond: (sign: Term) => Term): Int128 => {
        if (digits === 0) return { lo, hi };
        const s = f.callNamed(["lo", "hi", "over"], scaleUp128(digits), lo, hi);
        // Beyond 128 bits the sign decides.
        f.if(s.over, () => f.return(beyond(hi)));
        return s;
      };
      const a = scaled(aLo, aHi, upA, (hi) => select(hi.lt(0n), i32(-1), 1));
      const b = scaled(bLo, bHi, upB, (hi) => select(hi.lt(0n), i32(1), -1));
      f.return(less128(b, a).sub(less128(a, b)));
    }),
  );

/** 10^exponent as f64, exact; exponent in 0..22. */
export function f64Pow10(exponent: Term): Term {
  const factor = (bit: number): Term => select(exponent.and(bit), f64(10 ** bit), 1);
  // Each product is exact, for every power of ten up to 22 is an f64.
  return factor(16).mul(factor(4)).mul(factor(2)).mul(factor(1)).mul(factor(8));
}

/** (lo, hi) -> (f64, exact): x / 10^scale rounded once, or exact = 0: then another way has to be found. */
export const decimalToF64 = (scale: number): Fn =>
  once(`decimal_to_f64_${scale}`, (name) =>
    fn(name, value128, ["f64", "i32"], (f, { lo, hi }) => {
      const limit = 2n ** 53n;
      const isExact = fitsI64({ lo, hi }).and(lo.add(limit).leU(2n * limit));
      if (scale > 22) return f.return(0, 0);
      f.if(isExact.eqz(), () => f.return(0, 0));
      f.return(lo.toF64().div(Number(pow10(scale))), 1);
    }),
  );
