/**
 * Division of wide integers, which WebAssembly does not have: long division in digits of 32 bits, then of 64 (Knuth,
 * The Art of Computer Programming 2, 4.3.1, algorithm D). Unsigned throughout; a divisor of 0 traps.
 */
import { type Fn, fn, i64, select, type Term } from "../ir.ts";
import { emitMulWideU, emitSub128, emitWithSign, less128U } from "./int128.ts";

const LOW = 0xffffffffn;

/** x << shift with `from`'s top bits moved in, shift in 0..63. */
function shiftIn(x: Term, from: Term, shift: Term): Term {
  // In two steps: a shift by 64 would be one by 0.
  return x.shl(shift).or(from.shrU(1).shrU(i64(63).sub(shift)));
}

/** One digit of 32 bits: (remainder * 2^32 + next) / divisor, where divisor has its top bit set. */
function emitDigit(f: Fn, remainder: Term, next: Term, divisor: Term): Term {
  const divisorHi = f.let("divisor_hi", divisor.shrU(32));
  const divisorLo = f.let("divisor_lo", divisor.and(LOW));
  const digit = f.let("digit", remainder.divU(divisorHi));
  const rest = f.let("rest", remainder.sub(digit.mul(divisorHi)));
  // The estimate is never too small and at most 2 too big.
  f.loop("corrections", (again, leave) => {
    const tooBig = digit
      .shrU(32)
      .ne(0n)
      .or(digit.mul(divisorLo).gtU(rest.shl(32).or(next)));
    leave(tooBig.eqz());
    f.set(digit, digit.sub(1));
    f.set(rest, rest.add(divisorHi));
    again(rest.shrU(32).eqz());
    leave();
  });
  return digit;
}

/** (hi * 2^64 + lo) / divisor, where hi < divisor: quotient and remainder. */
export const divWide: Fn = fn(
  "div_wide",
  { lo: "i64", hi: "i64", divisor: "i64" },
  ["i64", "i64"],
  (f, { lo, hi, divisor }) => {
    f.if(hi.eqz(), () => f.return(lo.divU(divisor), lo.remU(divisor)));
    const shift = f.let("shift", divisor.op("clz"));
    const d = f.let("d", divisor.shl(shift));
    const top = f.let("top", shiftIn(hi, lo, shift));
    const low = f.let("low", lo.shl(shift));
    const q1 = emitDigit(f, top, low.shrU(32), d);
    const middle = f.let("middle", top.shl(32).or(low.shrU(32)).sub(q1.mul(d)));
    const q0 = emitDigit(f, middle, low.and(LOW), d);
    const rest = middle.shl(32).or(low.and(LOW)).sub(q0.mul(d));
    f.return(q1.shl(32).add(q0), rest.shrU(shift));
  },
);

/** 128 / 64 bits: quotient (lo, hi), remainder. */
export const div128By64U: Fn = fn(
  "div128_by64_u",
  { lo: "i64", hi: "i64", divisor: "i64" },
  ["i64", "i64", "i64"],
  (f, { lo, hi, divisor }) => {
    const qHi = f.let("q_hi", hi.divU(divisor));
    const { q, rest } = f.callNamed(["q", "rest"], divWide, lo, hi.sub(qHi.mul(divisor)), divisor);
    f.return(q, qHi, rest);
  },
);

/** One digit of 64 bits: (u2, u1, u0) / (vHi, vLo), where (u2, u1) < v and v has its top bit set: digit, remainder. */
const divideDigit: Fn = fn(
  "divide_digit",
  { u2: "i64", u1: "i64", u0: "i64", vHi: "i64", vLo: "i64" },
  ["i64", "i64", "i64"],
  (f, { u2, u1, u0, vHi, vLo }) => {
    const digit = f.local("digit", "i64");
    const rest = f.local("rest", "i64");
    /** Whether rest has left 64 bits: then the digit is right as it is. */
    const done = f.local("done", "i32");
    f.if(
      u2.eq(vHi),
      () => {
        f.set(digit, -1n);
        f.set(rest, u1.add(vHi));
        f.set(done, rest.ltU(vHi));
      },
      () => {
        const { q, r } = f.callNamed(["q", "r"], divWide, u1, u2, vHi);
        f.set(digit, q);
        f.set(rest, r);
      },
    );
    f.loop("corrections", (again, leave) => {
      leave(done);
      const product = emitMulWideU(f, digit, vLo);
      leave(less128U({ lo: u0, hi: rest }, product).eqz());
      f.set(digit, digit.sub(1));
      f.set(rest, rest.add(vHi));
      f.set(done, rest.ltU(vHi));
      again();
    });
    const product = emitMulWideU(f, digit, vLo);
    f.set(product.hi, product.hi.add(digit.mul(vHi)));
    const remainder = emitSub128(f, { lo: u0, hi: u1 }, product);
    f.return(digit, remainder.lo, remainder.hi);
  },
);

const four = { w0: "i64", w1: "i64", w2: "i64", w3: "i64" } as const;

/**
 * 256 / 128 bits: the low 128 bits of the quotient, the remainder, and 1 where the quotient needs more than 128 bits.
 * w0 is the lowest word.
 */
export const div256By128U: Fn = fn(
  "div256_by128_u",
  { ...four, dLo: "i64", dHi: "i64" },
  ["i64", "i64", "i64", "i64", "i32"],
  (f, { w0, w1, w2, w3, dLo, dHi }) => {
    const long = f.local("long", "i32");
    f.if(dHi.eqz(), () => {
      const r3 = f.let("r3", w3.remU(dLo));
      const { q2, r2 } = f.callNamed(["q2", "r2"], divWide, w2, r3, dLo);
      const { q1, r1 } = f.callNamed(["q1", "r1"], divWide, w1, r2, dLo);
      const { q0, r0 } = f.callNamed(["q0", "r0"], divWide, w0, r1, dLo);
      f.return(q0, q1, r0, 0n, w3.divU(dLo).or(q2).ne(0n));
    });
    const shift = f.let("shift", dHi.op("clz"));
    const vHi = f.let("v_hi", shiftIn(dHi, dLo, shift));
    const vLo = f.let("v_lo", dLo.shl(shift));
    // The dividend has a fifth word once it is shifted.
    const u2 = f.let("u2", w3.shrU(1).shrU(i64(63).sub(shift)));
    const u1 = f.let("u1", shiftIn(w3, w2, shift));
    const u0 = f.let("u0", shiftIn(w2, w1, shift));
    const step = (below: Term): Term => {
      const { digit, restLo, restHi } = f.callNamed(["digit", "restLo", "restHi"], divideDigit, u2, u1, u0, vHi, vLo);
      f.set(u2, restHi);
      f.set(u1, restLo);
      f.set(u0, below);
      return digit;
    };
    f.set(long, step(shiftIn(w1, w0, shift)).ne(0n));
    const q1 = step(w0.shl(shift));
    const q0 = step(i64(0));
    const restLo = u1.shrU(shift).or(u2.shl(1).shl(i64(63).sub(shift)));
    f.return(q0, q1, restLo, u2.shrU(shift), long);
  },
);

/** 128 x 128 bits: the four words of the product, lowest first. */
export const mul128U: Fn = fn(
  "mul128_u",
  { aLo: "i64", aHi: "i64", bLo: "i64", bHi: "i64" },
  ["i64", "i64", "i64", "i64"],
  (f, { aLo, aHi, bLo, bHi }) => {
    const low = emitMulWideU(f, aLo, bLo);
    f.if(aHi.or(bHi).eqz(), () => f.return(low.lo, low.hi, 0n, 0n));
    const cross = emitMulWideU(f, aLo, bHi);
    const cross2 = emitMulWideU(f, aHi, bLo);
    const high = emitMulWideU(f, aHi, bHi);
    const w1a = f.let("w1a", low.hi.add(cross.lo));
    const w1 = f.let("w1", w1a.add(cross2.lo));
    const carry1 = f.let("carry1", w1a.ltU(low.hi).add(w1.ltU(w1a)).toI64U());
    // high <= (2^64 - 1)^2, so the sum with what is carried has room in 128 bits.
    const w2a = f.let("w2a", high.lo.add(cross.hi));
    const w2b = f.let("w2b", w2a.add(cross2.hi));
    const w2 = f.let("w2", w2b.add(carry1));
    const carry2 = w2a.ltU(high.lo).add(w2b.ltU(w2a)).add(w2.ltU(w2b)).toI64U();
    f.return(low.lo, w1, w2, high.hi.add(carry2));
  },
);

/** 256 x 64 bits, and 1 where the product needs more than 256. */
export const mul256By64U: Fn = fn(
  "mul256_by64_u",
  { ...four, by: "i64" },
  ["i64", "i64", "i64", "i64", "i32"],
  (f, { w0, w1, w2, w3, by }) => {
    const carry = f.local("carry", "i64");
    const words = [w0, w1, w2, w3].map((w) => {
      const product = emitMulWideU(f, w, by);
      f.set(product.lo, product.lo.add(carry));
      f.set(carry, product.hi.add(product.lo.ltU(carry).toI64U()));
      return product.lo;
    });
    f.return(...words, carry.ne(0n));
  },
);

/** 256 / 64 bits: the four words of the quotient, and the remainder. */
export const div256By64U: Fn = fn(
  "div256_by64_u",
  { ...four, divisor: "i64" },
  ["i64", "i64", "i64", "i64", "i64"],
  (f, { w0, w1, w2, w3, divisor }) => {
    const q3 = f.let("q3", w3.divU(divisor));
    const { q2, r2 } = f.callNamed(["q2", "r2"], divWide, w2, w3.sub(q3.mul(divisor)), divisor);
    const { q1, r1 } = f.callNamed(["q1", "r1"], divWide, w1, r2, divisor);
    const { q0, r0 } = f.callNamed(["q0", "r0"], divWide, w0, r1, divisor);
    f.return(q0, q1, q2, q3, r0);
  },
);

/** 1 where 2 * rest >= divisor, of unsigned 64-bit numbers with rest < divisor: where half away from zero rounds up. */
export const atLeastHalf = (rest: Term, divisor: Term): Term => rest.geU(divisor.sub(rest));

/** Signed 128 / unsigned 64 bits > 0, rounded half away from zero. */
export const div128By64Round: Fn = fn(
  "div128_by64_round",
  { lo: "i64", hi: "i64", divisor: "i64" },
  ["i64", "i64"],
  (f, { lo, hi, divisor }) => {
    const sign = f.let("sign", hi.shr(63));
    const magnitude = emitWithSign(f, { lo, hi }, sign);
    const { qLo, qHi, rest } = f.callNamed(["qLo", "qHi", "rest"], div128By64U, magnitude.lo, magnitude.hi, divisor);
    const up = f.let("up", atLeastHalf(rest, divisor).toI64U());
    f.set(qLo, qLo.add(up));
    f.set(qHi, qHi.add(select(qLo.eqz(), up, 0n)));
    const signed = emitWithSign(f, { lo: qLo, hi: qHi }, sign);
    f.return(signed.lo, signed.hi);
  },
);
