/** Emitted arithmetic over finished sums: averages rounded once, and the range of DECIMAL(38). */

import { rowErrors } from "../../base/row-error.ts";
import { type Fn, fn, i64, instr, select, type Term } from "../../wasm/ir.ts";
import { atLeastHalf, div128By64U, div256By128U, divWide, mul256By64U } from "../../wasm/library/divide.ts";
import { emitMagnitude, less128U } from "../../wasm/library/int128.ts";

export const DECIMAL_LIMIT: bigint = 10n ** 38n;

const low = (x: bigint): Term => i64(BigInt.asIntN(64, x));

/** 1 where an unsigned 128-bit number has at most 38 digits. */
export const fitsDecimal = (lo: Term, hi: Term): Term =>
  less128U({ lo, hi }, { lo: low(DECIMAL_LIMIT), hi: low(DECIMAL_LIMIT >> 64n) });

function results(terms: readonly Term[]): { at(i: number): Term } {
  return {
    at: (i) => {
      const t = terms[i];
      if (t === undefined) throw new TypeError(`no result ${i}`);
      return t;
    },
  };
}

/** sum / count as the nearest DOUBLE, ties to even; 0 < count <= 2^53, |sum| / count < 2^64. */
export const averageF64: Fn = fn(
  "average_f64",
  { lo: "i64", hi: "i64", count: "i64" },
  ["f64"],
  (f, { lo, hi, count }) => {
    // Both are exact as doubles: one division, rounded once.
    const isSmall = hi.eq(lo.shr(63)).and(lo.add(2n ** 53n).leU(2n ** 54n));
    f.if(isSmall, () => f.return(lo.toF64().div(count.toF64())));
    const m = emitMagnitude(f, { lo, hi });
    const whole = results(f.callMany("whole", div128By64U, m.lo, m.hi, count));
    const part = results(f.callMany("part", divWide, 0n, whole.at(2), count));
    const q = whole.at(0);
    // The top 64 bits; of those below only whether there are any matters, in the lowest bit, which a double has no room for.
    const shift = f.let("shift", q.op("clz").and(63n));
    const moved = select(shift.eqz(), i64(0), part.at(0).shrU(i64(64).sub(shift)));
    const below = part.at(0).shl(shift).or(part.at(1)).ne(0n).toI64U();
    const top = f.let("top", q.shl(shift).or(moved).or(below));
    const scale = i64(1023).sub(shift).shl(52).asF64();
    const magnitude = f.let("magnitude", instr("f64.convert_i64_u", top).mul(scale));
    f.return(magnitude.bits().or(m.sign.and(1n).shl(63)).asF64());
  },
);

const three = { w0: "i64", w1: "i64", w2: "i64" } as const;

/** magnitude * scale / count, rounded half away from zero: lo, hi, and the number of the error, 0 for none. */
export const averageDecimal: Fn = fn(
  "average_decimal",
  { ...three, scale: "i64", count: "i64" },
  ["i64", "i64", "i32"],
  (f, { w0, w1, w2, scale, count }) => {
    const scaled = results(f.callMany("scaled", mul256By64U, w0, w1, w2, 0n, scale));
    const args = [0, 1, 2, 3].map((i) => scaled.at(i));
    const q = results(f.callMany("q", div256By128U, ...args, count, 0n));
    const up = f.let("up", atLeastHalf(q.at(2), count).toI64U());
    const lo = f.let("lo", q.at(0).add(up));
    const hi = f.let("hi", q.at(1).add(lo.ltU(up).toI64U()));
    const tooLong = scaled.at(4).or(q.at(4)).or(fitsDecimal(lo, hi).eqz());
    f.return(lo, hi, select(tooLong, f.let("error", tooLong.same(rowErrors.OUT_OF_RANGE.number)), 0));
  },
);
