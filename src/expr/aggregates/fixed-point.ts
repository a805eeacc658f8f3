/**
 * Exact sums of DOUBLEs and of their squares: fixed-point numbers in two's complement, as words of 64 bits in memory,
 * lowest first, wide enough for 2^32 values of a type. Nothing is ever rounded, so values are taken back without a trace
 * and no order of rows shows; what is rounded, once, is the variance that is made of them.
 */
import { isApproximate, isInteger, type SqlType } from "../../base/types.ts";
import { type Fn, fn, i32, i64, instr, load, select, type Term } from "../../wasm/ir.ts";
import { div128By64U } from "../../wasm/library/divide.ts";
import { emitMulWideU } from "../../wasm/library/int128.ts";
import type { StateType } from "../aggregate.ts";

/** The two sums of a type. The lowest bit of the sum of squares has twice the exponent. */
export interface FixedSums {
  /** Of the lowest bit of the sum. */
  readonly exponent: number;
  readonly sumWords: number;
  readonly squareWords: number;
}

export const wordsType = (words: number): StateType => `words ${words}`;

/** The exponents between which a value that is not 0 lies: 2^least <= |x| < 2^most. */
function rangeOf(type: SqlType): { readonly least: number; readonly most: number } {
  const digits = (n: number): number => Math.ceil(n * Math.log2(10));
  if (type.kind === "BIGINT") return { least: 0, most: 64 };
  if (type.kind === "NULL" || isInteger(type)) return { least: 0, most: 32 };
  if (type.kind === "DECIMAL") return { least: -digits(type.scale) - 1, most: digits(type.precision - type.scale) + 1 };
  if (type.kind === "FLOAT") return { least: -149, most: 128 };
  if (isApproximate(type)) return { least: -1022, most: 1024 };
  throw new TypeError(`${type.kind} has no sum`);
}

/** Bits of a DOUBLE below its first. Subnormals have the exponents of the least normal numbers. */
const FRACTION = 52;
/** For 2^32 rows, and for the sign. */
const SPARE = 33;

export function fixedSums(type: SqlType): FixedSums {
  const { least, most } = rangeOf(type);
  const exponent = least - FRACTION;
  const words = (bits: number): number => Math.ceil((bits + SPARE) / 64);
  return { exponent, sumWords: words(most - exponent), squareWords: words(2 * (most - exponent)) };
}

/** Adds carry and `value` to the word at `at`; `carry` is set to what is left over. */
function emitAddWord(f: Fn, at: Term, value: Term, carry: Term): void {
  const half = f.let("half", load.i64(at).add(value));
  const sum = f.let("sum", half.add(carry));
  f.set(carry, half.ltU(value).or(sum.ltU(carry)).toI64U());
  f.store.i64(at, sum);
}

const addParameters = { at: "i32", words: "i32", position: "i32", lo: "i64", hi: "i64", sign: "i64" } as const;

/** Adds (hi, lo) * 2^position, unsigned; `sign` -1 subtracts it, 0 does not. */
const addFixed: Fn = fn("add_fixed", addParameters, [], (f, { at, words, position, lo, hi, sign }) => {
  const shift = f.let("shift", position.and(63).toI64U());
  const back = f.let("back", i64(63).sub(shift));
  // Up to three words; in two steps, for a shift by 64 would be one by 0.
  const a = f.let("a", lo.shl(shift));
  const b = f.let("b", hi.shl(shift).or(lo.shrU(1).shrU(back)));
  const c = f.let("c", hi.shrU(1).shrU(back));
  const carry = f.let("carry", sign.and(1n));
  const word = f.let("word", at.add(position.shrU(6).shl(3)));
  const end = f.let("end", at.add(words.shl(3)));
  f.while(
    "words",
    () => word.ltU(end),
    (_, leave) => {
      emitAddWord(f, word, f.let("value", a.xor(sign)), carry);
      f.set(a, b);
      f.set(b, c);
      f.set(c, 0n);
      // The words above would be added 0, or -1 and a carry.
      leave(
        a
          .or(b)
          .eqz()
          .and(carry.eq(sign.and(1n))),
      );
      f.set(word, word.add(8));
    },
  );
});

/** Adds the number at `from`; `sign` -1 subtracts it, 0 does not. */
const mergeFixed: Fn = fn(
  "merge_fixed",
  { into: "i32", from: "i32", words: "i32", sign: "i64" },
  [],
  (f, { into, from, words, sign }) => {
    const carry = f.let("carry", sign.and(1n));
    const offset = f.local("offset", "i32");
    const end = f.let("end", words.shl(3));
    f.while(
      "words",
      () => offset.ltU(end),
      () => {
        const value = f.let("value", load.i64(from.add(offset)).xor(sign));
        emitAddWord(f, f.let("to", into.add(offset)), value, carry);
        f.set(offset, offset.add(8));
      },
    );
  },
);

/** The two sums of a group: addresses. */
interface SumsAt {
  readonly sum: Term;
  readonly squares: Term;
}

/** Takes a finite x in, or with `sign` -1 out. */
export function emitAddFixed(f: Fn, sums: FixedSums, at: SumsAt, x: Term, sign: 0n | -1n): void {
  f.if(x.ne(0), () => {
    const bits = f.let("bits", x.bits());
    const biased = f.let("biased", bits.shrU(FRACTION).and(0x7ffn).toI32());
    const first = biased.ne(0).toI64U().shl(FRACTION);
    const mantissa = f.let("mantissa", bits.and((1n << 52n) - 1n).or(first));
    const lowest = select(biased.eqz(), i32(1), biased).sub(1075 + sums.exponent);
    const position = f.let("position", lowest);
    const own = f.let("own_sign", bits.shr(63).xor(sign));
    f.callMany("", addFixed, at.sum, sums.sumWords, position, mantissa, 0n, own);
    const { lo, hi } = emitMulWideU(f, mantissa, mantissa);
    f.callMany("", addFixed, at.squares, sums.squareWords, position.shl(1), lo, hi, sign);
  });
}

export function emitMergeFixed(f: Fn, sums: FixedSums, into: SumsAt, from: SumsAt, sign: 0n | -1n): void {
  f.callMany("", mergeFixed, into.sum, from.sum, sums.sumWords, sign);
  f.callMany("", mergeFixed, into.squares, from.squares, sums.squareWords, sign);
}

/** The squared sum, a word at a time from the lowest on: `next()` sets `word`. */
function emitSquare(f: Fn, sum: Term, words: Term, column: Term): { readonly word: Term; next(): void } {
  const at = (i: Term): Term => load.i64(sum.add(i.shl(3)));
  const sign = f.let("sum_sign", at(words.sub(1)).shr(63));
  // Of the magnitude the words from `low` to below `high` are not 0.
  const low = f.local("low", "i32");
  f.while(
    "zeros",
    () => low.lt(words),
    (_, leave) => {
      leave(at(low).ne(0n));
      f.set(low, low.add(1));
    },
  );
  const high = f.let("high", words);
  f.while(
    "signs",
    () => high.gt(low.add(1)),
    (_, leave) => {
      leave(at(high.sub(1)).ne(sign));
      f.set(high, high.sub(1));
    },
  );
  const magnitude = (i: Term): Term =>
    f.let(
      "factor",
      at(i)
        .xor(sign)
        .add(select(i.eq(low), sign.and(1n), i64(0))),
    );
  const [c0, c1, c2] = [f.local("c0", "i64"), f.local("c1", "i64"), f.local("c2", "i64")];
  const word = f.local("square", "i64");
  const next = (): void => {
    const least = f.let("least", column.sub(high).add(1));
    const i = f.let("i", select(least.gt(low), least, low));
    f.while(
      "products",
      () => i.lt(high).and(column.sub(i).ge(low)),
      () => {
        const { lo, hi } = emitMulWideU(f, magnitude(i), magnitude(column.sub(i)));
        f.set(c0, c0.add(lo));
        const up = f.let("up", hi.add(c0.ltU(lo).toI64U()));
        f.set(c1, c1.add(up));
        f.set(c2, c2.add(c1.ltU(up).toI64U()));
        f.set(i, i.add(1));
      },
    );
    f.set(word, c0);
    f.set(c0, c1);
    f.set(c1, c2);
    f.set(c2, 0n);
  };
  return { word, next };
}

/** 2^k, |k| <= 1022. */
const powerOfTwo = (k: Term): Term => k.add(1023).toI64S().shl(FRACTION).asF64();

const varianceParameters = {
  sum: "i32",
  sumWords: "i32",
  squares: "i32",
  squareWords: "i32",
  count: "i64",
  divisor: "i64",
  exponent: "i32",
} as const;

/** (count * squares - sum^2) / (count * divisor) as the nearest DOUBLE; `exponent`: of the lowest bit of the squares. */
const varianceFixed: Fn = fn("variance_fixed", varianceParameters, ["f64"], (f, p) => {
  const column = f.local("column", "i32");
  const square = emitSquare(f, p.sum, p.sumWords, column);
  const over = f.local("over", "i64");
  const borrow = f.local("borrow", "i64");
  // The latest words of the difference, whether those below are not all 0, and the same below its highest word.
  const [w1, w2, rest] = [f.local("w1", "i64"), f.local("w2", "i64"), f.local("rest", "i64")];
  const [t0, t1, t2] = [f.local("t0", "i64"), f.local("t1", "i64"), f.local("t2", "i64")];
  const [top, below] = [f.local("top", "i32"), f.local("below", "i64")];
  f.range("columns", column, p.squareWords.add(1), () => {
    square.next();
    const q = f.local("q", "i64");
    f.set(q, 0n);
    f.if(column.lt(p.squareWords), () => f.set(q, load.i64(p.squares.add(column.shl(3)))));
    const { lo, hi } = emitMulWideU(f, q, p.count);
    const scaled = f.let("scaled", lo.add(over));
    f.set(over, hi.add(scaled.ltU(lo).toI64U()));
    const half = f.let("half", scaled.sub(square.word));
    const word = f.let("word", half.sub(borrow));
    f.set(borrow, scaled.ltU(square.word).or(half.ltU(borrow)).toI64U());
    f.if(word.ne(0n), () => {
      f.set(top, column);
      f.set(t0, word);
      f.set(t1, w1);
      f.set(t2, w2);
      f.set(below, rest);
    });
    f.set(rest, rest.or(w2));
    f.set(w2, w1);
    f.set(w1, word);
  });
  f.if(t0.eqz(), () => f.return(0));
  const shift = f.let("shift", t0.op("clz"));
  const back = f.let("back", i64(63).sub(shift));
  const a = f.let("a", t0.shl(shift).or(t1.shrU(1).shrU(back)));
  const b = f.let("b", t1.shl(shift).or(t2.shrU(1).shrU(back)));
  const { qLo, qHi, left } = f.callNamed(["qLo", "qHi", "left"], div128By64U, b, a, p.count.mul(p.divisor));
  const power = f.let("power", p.exponent.add(top.sub(1).shl(6)).sub(shift.toI32()));
  // The dividend has 128 bits and the divisor at most 64: the quotient's low word is full where its high one is 0.
  const inexact = f.let("inexact", t2.shl(shift).or(below).or(left));
  const value = f.let("value", qLo);
  f.if(qHi.ne(0n), () => {
    const move = f.let("move", qHi.op("clz"));
    f.set(value, qHi.shl(move).or(qLo.shrU(1).shrU(i64(63).sub(move))));
    f.set(inexact, inexact.or(qLo.shl(move)));
    f.set(power, power.add(64).sub(move.toI32()));
  });
  // Of what is left only whether there is any matters, in the lowest bit, which a DOUBLE has no room for.
  const whole = f.let("whole", instr("f64.convert_i64_u", value.or(inexact.ne(0n).toI64U())));
  // No step but the last can leave the range of DOUBLE where the result is in it.
  const third = f.let("third", power.div(3));
  const part = f.let("part", powerOfTwo(third));
  f.return(
    whole
      .mul(part)
      .mul(part)
      .mul(powerOfTwo(power.sub(third.shl(1)))),
  );
});

/** The sum of squared distances from the mean by `divisor`, over `count` > 0 values. */
export function emitVariance(f: Fn, sums: FixedSums, at: SumsAt, count: Term, divisor: Term): Term {
  const { sumWords, squareWords, exponent } = sums;
  return f.call(varianceFixed, at.sum, sumWords, at.squares, squareWords, count, divisor, 2 * exponent);
}
