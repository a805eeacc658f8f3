/**
 * Arithmetic on 128-bit integers in two's complement, as (lo, hi): pairs of i64. Signed unless the name ends in U.
 * What overflows says so in an i32 flag; the value is then undefined.
 */
import { type Fn, fn, i64, instr, select, type Term } from "../ir.ts";

export interface Int128 {
  readonly lo: Term;
  readonly hi: Term;
}

/** 1 where the value is that of its low half as an i64. */
export const fitsI64 = (x: Int128): Term => x.hi.eq(x.lo.shr(63));

export function emitAdd128(f: Fn, a: Int128, b: Int128): Int128 {
  const lo = f.let("lo", a.lo.add(b.lo));
  const hi = f.let("hi", a.hi.add(b.hi).add(lo.ltU(a.lo).toI64U()));
  return { lo, hi };
}
export function emitSub128(f: Fn, a: Int128, b: Int128): Int128 {
  const lo = f.let("lo", a.lo.sub(b.lo));
  const hi = f.let("hi", a.hi.sub(b.hi).sub(a.lo.ltU(b.lo).toI64U()));
  return { lo, hi };
}
export function emitNeg128(f: Fn, x: Int128): Int128 {
  return emitSub128(f, { lo: i64(0), hi: i64(0) }, x);
}
/** 1 where the sum `sum` of a and b has overflowed. */
export const addOverflows = (a: Int128, b: Int128, sum: Int128): Term =>
  a.hi.xor(sum.hi).and(b.hi.xor(sum.hi)).shrU(63).toI32();
/** 1 where the difference a - b has overflowed. */
export const subOverflows = (a: Int128, b: Int128, difference: Int128): Term =>
  a.hi.xor(b.hi).and(a.hi.xor(difference.hi)).shrU(63).toI32();

export const less128 = (a: Int128, b: Int128): Term => select(a.hi.eq(b.hi), a.lo.ltU(b.lo), a.hi.lt(b.hi));
export const less128U = (a: Int128, b: Int128): Term => select(a.hi.eq(b.hi), a.lo.ltU(b.lo), a.hi.ltU(b.hi));

/** The magnitude as an unsigned number (right for the least value too), and the sign as 0 or -1. */
export function emitMagnitude(f: Fn, x: Int128): Int128 & { readonly sign: Term } {
  const sign = f.let("sign", x.hi.shr(63));
  return { ...emitWithSign(f, x, sign), sign };
}
/** x where sign is 0, -x where it is -1. */
export function emitWithSign(f: Fn, x: Int128, sign: Term): Int128 {
  return emitSub128(f, { lo: x.lo.xor(sign), hi: x.hi.xor(sign) }, { lo: sign, hi: sign });
}

const LOW = 0xffffffffn;

/** The product of two unsigned 64-bit numbers. */
export function emitMulWideU(f: Fn, a: Term, b: Term): Int128 {
  const [a0, a1] = [f.let("a0", a.and(LOW)), f.let("a1", a.shrU(32))];
  const [b0, b1] = [f.let("b0", b.and(LOW)), f.let("b1", b.shrU(32))];
  const p00 = f.let("p00", a0.mul(b0));
  const p01 = f.let("p01", a0.mul(b1));
  const p10 = f.let("p10", a1.mul(b0));
  const middle = f.let("middle", p00.shrU(32).add(p01.and(LOW)).add(p10.and(LOW)));
  const lo = f.let("lo", middle.shl(32).or(p00.and(LOW)));
  const hi = f.let("hi", a1.mul(b1).add(p01.shrU(32)).add(p10.shrU(32)).add(middle.shrU(32)));
  return { lo, hi };
}
/** The product of two i64. */
export function emitMulWide(f: Fn, a: Term, b: Term): Int128 {
  const { lo, hi } = emitMulWideU(f, a, b);
  f.set(hi, hi.sub(a.shr(63).and(b)).sub(b.shr(63).and(a)));
  return { lo, hi };
}

/** The product of two i64 as an i64, and 1 where it has overflowed. */
export function emitMulI64(f: Fn, a: Term, b: Term): { readonly value: Term; readonly overflow: Term } {
  const value = f.let("product", a.mul(b));
  const overflow = f.local("overflow", "i32");
  f.set(overflow, 0);
  const [x, y] = [f.let("a", a), f.let("b", b)];
  const isShort = (v: Term): Term => v.toI32().toI64S().eq(v);
  f.if(isShort(x).and(isShort(y)).eqz(), () => f.set(overflow, emitMulWide(f, x, y).hi.ne(value.shr(63))));
  return { value, overflow };
}

const twoWords = { aLo: "i64", aHi: "i64", bLo: "i64", bHi: "i64" } as const;

export const add128: Fn = fn("add128", twoWords, ["i64", "i64", "i32"], (f, { aLo, aHi, bLo, bHi }) => {
  const [a, b] = [
    { lo: aLo, hi: aHi },
    { lo: bLo, hi: bHi },
  ];
  const sum = emitAdd128(f, a, b);
  f.return(sum.lo, sum.hi, addOverflows(a, b, sum));
});

export const sub128: Fn = fn("sub128", twoWords, ["i64", "i64", "i32"], (f, { aLo, aHi, bLo, bHi }) => {
  const [a, b] = [
    { lo: aLo, hi: aHi },
    { lo: bLo, hi: bHi },
  ];
  const difference = emitSub128(f, a, b);
  f.return(difference.lo, difference.hi, subOverflows(a, b, difference));
});

/** The negative; that of the least value is itself. */
export const neg128: Fn = fn("neg128", { lo: "i64", hi: "i64" }, ["i64", "i64"], (f, x) => {
  const negative = emitNeg128(f, x);
  f.return(negative.lo, negative.hi);
});

/** -1, 0, 1. */
export const compare128: Fn = fn("compare128", twoWords, ["i32"], (f, { aLo, aHi, bLo, bHi }) => {
  const [a, b] = [
    { lo: aLo, hi: aHi },
    { lo: bLo, hi: bHi },
  ];
  f.return(less128(b, a).sub(less128(a, b)));
});

export const mulWide: Fn = fn("mul_wide", { a: "i64", b: "i64" }, ["i64", "i64"], (f, { a, b }) => {
  const product = emitMulWide(f, a, b);
  f.return(product.lo, product.hi);
});

export const mulI64: Fn = fn("mul_i64", { a: "i64", b: "i64" }, ["i64", "i32"], (f, { a, b }) => {
  const { value, overflow } = emitMulI64(f, a, b);
  f.return(value, overflow);
});

/** Unsigned 128 x unsigned 64 bits; the flag says that the product needs more than 128. */
export const mul128By64U: Fn = fn(
  "mul128_by64_u",
  { lo: "i64", hi: "i64", by: "i64" },
  ["i64", "i64", "i32"],
  (f, { lo, hi, by }) => {
    const low = emitMulWideU(f, lo, by);
    f.if(hi.eqz(), () => f.return(low.lo, low.hi, 0));
    const high = emitMulWideU(f, hi, by);
    const sum = f.let("sum", low.hi.add(high.lo));
    f.return(low.lo, sum, high.hi.ne(0n).or(sum.ltU(low.hi)));
  },
);

/** Signed 128 x signed 64 bits, with an overflow flag. */
export const mul128By64: Fn = fn(
  "mul128_by64",
  { lo: "i64", hi: "i64", by: "i64" },
  ["i64", "i64", "i32"],
  (f, { lo, hi, by }) => {
    const a = emitMagnitude(f, { lo, hi });
    const bySign = f.let("by_sign", by.shr(63));
    const { pLo, pHi, over } = f.callNamed(["pLo", "pHi", "over"], mul128By64U, a.lo, a.hi, by.xor(bySign).sub(bySign));
    const sign = f.let("product_sign", a.sign.xor(bySign));
    const signed = emitWithSign(f, { lo: pLo, hi: pHi }, sign);
    // A product that is not 0 has the sign that it should have, or it has left the range.
    const wrong = signed.hi.shr(63).ne(sign).and(pLo.or(pHi).ne(0n));
    f.return(signed.lo, signed.hi, over.or(wrong));
  },
);

/** A 128-bit integer as the nearest f64, ties to even. */
export const f64FromI128: Fn = fn("f64_from_i128", { lo: "i64", hi: "i64" }, ["f64"], (f, x) => {
  f.if(fitsI64(x), () => f.return(x.lo.toF64()));
  const { lo, hi, sign } = emitMagnitude(f, x);
  const value = f.let("value", lo.toF64());
  const signBit = f.let("sign_bit", sign.and(1n).shl(63));
  f.if(
    hi.eqz(),
    () => f.set(value, unsignedToF64(lo)),
    () => {
      const shift = f.let("shift", hi.op("clz"));
      const moved = select(shift.eqz(), i64(0), lo.shrU(i64(64).sub(shift)));
      // The top 64 bits; of those below only whether there are any matters, in the lowest bit, which f64 has no room for.
      const top = f.let("top", hi.shl(shift).or(moved));
      const below = lo.shl(shift).ne(0n).toI64U();
      const power = i64(1023 + 64)
        .sub(shift)
        .shl(52)
        .asF64();
      f.set(value, unsignedToF64(top.or(below)).mul(power));
    },
  );
  f.return(value.bits().or(signBit).asF64());
});

function unsignedToF64(x: Term): Term {
  return instr("f64.convert_i64_u", x);
}
