/** DOUBLE to DECIMAL in emitted code: the exact binary value, scaled and rounded half away from zero. */
import { i32, i64, select, type Term } from "../../wasm/ir.ts";
import { emitMulWideU, emitWithSign, mul128By64U } from "../../wasm/library/int128.ts";
import { checked128, type Decimal, one } from "../emit/numbers.ts";
import { pow10 } from "../exact.ts";
import type { Emitted, Emitter } from "../function.ts";

/** A mantissa of 53 bits times the power of ten must stay below 2^127. */
const SCALE_MAX = 18;

export const canEmitDecimalOfDouble = (to: Decimal): boolean => to.scale <= SCALE_MAX;

export function emitDecimalOfDouble(e: Emitter, x: Term, to: Decimal): Emitted {
  const { f } = e;
  const bits = f.let("bits", x.bits());
  const field = f.let("field", bits.shrU(52).and(0x7ffn).toI32());
  e.fail(field.eq(0x7ff), "OUT_OF_RANGE");
  const fraction = bits.and(0xfffffffffffffn);
  const mantissa = f.let("mantissa", select(field.eqz(), fraction, fraction.or(1n << 52n)));
  const exponent = f.let("exponent", select(field.eqz(), i32(1), field).sub(1075));
  const product = emitMulWideU(f, mantissa, i64(pow10(to.scale)));
  const lo = f.let("lo", product.lo);
  const hi = f.let("hi", product.hi);
  const over = f.let("over", i32(0));
  f.if(
    exponent.ge(0),
    () => {
      // 2^exponent in two factors of at most 62 bits; above 2^124 every mantissa is out of range.
      f.set(over, exponent.gt(124).and(mantissa.ne(0n)));
      const first = select(exponent.lt(62), exponent, i32(62));
      const second = select(exponent.lt(62), i32(0), exponent.sub(62).and(63));
      for (const power of [first, second]) {
        const p = f.callNamed(["lo", "hi", "more"], mul128By64U, lo, hi, i64(1).shl(power.toI64U()));
        f.set(lo, p.lo);
        f.set(hi, p.hi);
        f.set(over, over.or(p.more).or(p.hi.lt(0n)));
      }
    },
    () => {
      // Half of the unit that is cut, added before the cut, rounds half away from zero.
      const shift = f.let("shift", i32(0).sub(exponent));
      f.if(
        shift.gt(126),
        () => {
          f.set(lo, 0n);
          f.set(hi, 0n);
        },
        () => {
          const below = one(e, "below", shift.sub(1).toI64U());
          const isLow = below.lt(64n);
          const half = f.let("half_lo", select(isLow, i64(1).shl(below), 0n));
          const before = f.let("before", lo);
          f.set(lo, lo.add(half));
          f.set(hi, hi.add(select(isLow, i64(0), i64(1).shl(below))).add(lo.ltU(before).toI64U()));
          const s = one(e, "s", shift.toI64U());
          f.if(
            shift.ge(64),
            () => {
              f.set(lo, hi.shrU(s.sub(64n)));
              f.set(hi, 0n);
            },
            () => {
              f.set(lo, lo.shrU(s).or(hi.shl(1n).shl(i64(63).sub(s))));
              f.set(hi, hi.shrU(s));
            },
          );
        },
      );
    },
  );
  e.fail(over, "OUT_OF_RANGE");
  const signed = emitWithSign(f, { lo, hi }, f.let("sign", bits.shr(63)));
  return checked128(e, to, signed);
}
