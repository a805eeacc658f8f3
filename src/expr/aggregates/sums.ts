/**
 * What SUM and AVG share: exact sums (V1). Integers of 32 bits add up in an i64 (enough for 2^32 rows), 64-bit ones in
 * an i128, DECIMAL of more than 18 digits in an i192; DOUBLE is folded in the order of the rows (V4), and over updating
 * input kept as a double-double, which takes back what it took in. Finite DOUBLEs never add up to an infinity: what
 * grows out of their range is counted beside the sum, so that it is judged when the group is put out, as of the others.
 */
import { rowErrors } from "../../base/row-error.ts";
import { BIGINT, DOUBLE, decimal, INT, isApproximate, isInteger, type SqlType, storageOf } from "../../base/types.ts";
import { f64, i32, i64, select, type Term } from "../../wasm/ir.ts";
import type { ResolvedAggregate, Slot, StateField } from "../aggregate.ts";
import type { Emitted, Emitter } from "../function.ts";

/** How the sum of a type is kept. */
export type SumKind = "i64" | "i128" | "i192" | "f64" | "exact-f64";

export interface Summed {
  /** The type to which the argument is cast. */
  readonly param: SqlType;
  readonly kind: SumKind;
}

export function summed(type: SqlType): Summed | undefined {
  if (type.kind === "NULL") return { param: INT, kind: "i64" };
  if (isInteger(type)) return type.kind === "BIGINT" ? { param: BIGINT, kind: "i128" } : { param: INT, kind: "i64" };
  if (isApproximate(type)) return { param: DOUBLE, kind: "f64" };
  if (type.kind !== "DECIMAL") return undefined;
  return { param: type, kind: storageOf(type) === "i64" ? "i128" : "i192" };
}

export const sumType = (type: SqlType): SqlType => {
  if (type.kind === "DECIMAL") return decimal(38, type.scale);
  return isApproximate(type) ? DOUBLE : BIGINT;
};

/** The words of the argument, its sign spread over as many as the sum has. */
function words(e: Emitter, kind: SumKind, arg: Emitted): readonly Term[] {
  const [a, b] = arg.parts;
  if (a === undefined) throw new TypeError("SUM needs a number");
  if (kind === "i64") return [a.type === "i32" ? a.toI64S() : a];
  const high = b ?? a;
  const sign = e.f.let("sign", high.shr(63));
  if (kind === "i128") return [a, sign];
  return [a, b ?? sign, sign];
}

function addWords(e: Emitter, s: Slot, value: readonly Term[]): void {
  const { f } = e;
  let carry: Term | undefined;
  value.forEach((v, i) => {
    const half = f.let("half", s.load("sum", i).add(v));
    const whole = carry === undefined ? half : f.let("word", half.add(carry));
    s.store("sum", whole, i);
    if (i + 1 === value.length) return;
    const over = carry === undefined ? half.ltU(v) : half.ltU(v).or(whole.ltU(carry));
    carry = f.let("carry", over.toI64U());
  });
}

function subtractWords(e: Emitter, s: Slot, value: readonly Term[]): void {
  const { f } = e;
  let borrow: Term | undefined;
  value.forEach((v, i) => {
    const old = f.let("old", s.load("sum", i));
    const half = f.let("half", old.sub(v));
    s.store("sum", borrow === undefined ? half : half.sub(borrow), i);
    if (i + 1 === value.length) return;
    const under = borrow === undefined ? old.ltU(v) : old.ltU(v).or(half.ltU(borrow));
    borrow = f.let("borrow", under.toI64U());
  });
}

const wordCount = { i64: 1, i128: 2, i192: 3 } as const;

function integerSum(
  kind: "i64" | "i128" | "i192",
): Pick<ResolvedAggregate["emit"], "accumulate" | "retract" | "merge" | "unmerge"> {
  const all = (s: Slot): Term[] => Array.from({ length: wordCount[kind] }, (_, i) => s.load("sum", i));
  const bound = (e: Emitter, s: Slot): readonly Term[] => e.bind("from", all(s));
  return {
    accumulate: (e, s, [arg]) => arg && addWords(e, s, words(e, kind, arg)),
    retract: (e, s, [arg]) => arg && subtractWords(e, s, words(e, kind, arg)),
    merge: (e, into, from) => addWords(e, into, bound(e, from)),
    unmerge: (e, into, from) => subtractWords(e, into, bound(e, from)),
  };
}

/** What a sum of DOUBLEs is short of by one in its field `over`. */
export const OVER_UNIT: number = 2 ** 1023;
/** From here on a sum gives units away; less is not an infinity with any rest that it may have. */
export const OVER_FROM: number = 1.5 * OVER_UNIT;
/** A sum with its units is scaled by this: 2^32 values and more are then in the range of DOUBLE. */
export const OVER_SCALE: number = 2 ** -40;

/** a + x; where that may not be a DOUBLE, a and x give units away first, which is exact. */
function addInRange(e: Emitter, s: Slot, a: Term, x: Term): Term {
  const { f } = e;
  const sum = f.let("sum", a.add(x));
  f.if(sum.op("abs").lt(OVER_FROM).eqz(), () => {
    for (const v of [a, x]) {
      f.if(v.op("abs").ge(OVER_UNIT / 2), () => {
        const unit = f.let("unit", f64(OVER_UNIT).op("copysign", v));
        f.set(v, v.sub(unit));
        s.store("over", s.load("over").add(select(unit.gt(0), i64(1), -1n)));
      });
    }
    f.set(sum, a.add(x));
  });
  return sum;
}

function addDouble(e: Emitter, s: Slot, x: Term): void {
  const { f } = e;
  s.store("sum", addInRange(e, s, f.let("a", s.load("sum")), f.let("x", x)));
}

const addOver = (into: Slot, from: Slot): void => into.store("over", into.load("over").add(from.load("over")));

const doubleSum: Pick<ResolvedAggregate["emit"], "accumulate" | "merge"> = {
  accumulate: (e, s, [arg]) => arg?.parts[0] && addDouble(e, s, arg.parts[0]),
  merge: (e, into, from) => {
    addDouble(e, into, from.load("sum"));
    addOver(into, from);
  },
};

/** NaN and the infinities stay in the sum for ever. */
const doubleFields: readonly StateField[] = [
  { name: "sum", type: "f64" },
  { name: "over", type: "i64" },
];

/** Finite values as sum + rest, the rest being what rounding lost; NaN and the infinities are counted apart. */
const exactFields: readonly StateField[] = [
  ...doubleFields,
  { name: "rest", type: "f64" },
  { name: "nan", type: "i64" },
  { name: "up", type: "i64" },
  { name: "down", type: "i64" },
];

function addExact(e: Emitter, s: Slot, x: Term, step: 1n | -1n): void {
  const { f } = e;
  const count = (field: string): void => s.store(field, s.load(field).add(step));
  f.if(
    x.sub(x).eq(0),
    () => addTwo(e, s, step === 1n ? x : x.mul(-1)),
    () =>
      f.if(
        x.ne(x),
        () => count("nan"),
        () =>
          f.if(
            x.gt(0),
            () => count("up"),
            () => count("down"),
          ),
      ),
  );
}

/** Adds x by Knuth's two-sum, and renormalises. */
function addTwo(e: Emitter, s: Slot, value: Term): void {
  const { f } = e;
  const x = f.let("x", value);
  const a = f.let("a", s.load("sum"));
  const sum = addInRange(e, s, a, x);
  const b = f.let("b", sum.sub(a));
  const lost = f.let("lost", a.sub(sum.sub(b)).add(x.sub(b)).add(s.load("rest")));
  const high = f.let("high", sum.add(lost));
  s.store("sum", high);
  s.store("rest", lost.sub(high.sub(sum)));
}

const exactDoubleSum: Pick<ResolvedAggregate["emit"], "accumulate" | "retract" | "merge"> = {
  accumulate: (e, s, [arg]) => arg?.parts[0] && addExact(e, s, arg.parts[0], 1n),
  retract: (e, s, [arg]) => {
    if (arg?.parts[0] === undefined) return;
    addExact(e, s, arg.parts[0], -1n);
    e.f.if(s.load("count").eqz(), () => {
      s.store("sum", e.f.let("zero", s.load("sum").sub(s.load("sum"))));
      s.store("rest", s.load("sum"));
      s.store("over", i64(0));
    });
  },
  merge: (e, into, from) => {
    addTwo(e, into, from.load("sum"));
    addTwo(e, into, from.load("rest"));
    addOver(into, from);
    for (const c of ["nan", "up", "down"]) into.store(c, into.load(c).add(from.load(c)));
  },
};

function sumState(kind: SumKind): readonly StateField[] {
  if (kind === "exact-f64") return exactFields;
  if (kind === "f64") return doubleFields;
  return [{ name: "sum", type: kind }];
}

export function sumEmit(kind: SumKind): Omit<ResolvedAggregate["emit"], "result" | "init"> {
  if (kind === "f64") return doubleSum;
  return kind === "exact-f64" ? exactDoubleSum : integerSum(kind);
}

/** sum + over * OVER_UNIT, by `divisor`: an infinity where that is no DOUBLE. */
function withUnits(e: Emitter, s: Slot, kind: "f64" | "exact-f64", divisor: Term | undefined): Term {
  const { f } = e;
  const scaled = (field: string): Term => s.load(field).mul(OVER_SCALE);
  const a = f.let(
    "units",
    s
      .load("over")
      .toF64()
      .mul(OVER_UNIT * OVER_SCALE),
  );
  const x = f.let("scaled", scaled("sum"));
  const total = f.let("total", a.add(x));
  if (kind === "exact-f64") {
    const b = f.let("b", total.sub(a));
    f.set(total, total.add(a.sub(total.sub(b)).add(x.sub(b)).add(scaled("rest"))));
  }
  return (divisor === undefined ? total : total.div(divisor)).mul(1 / OVER_SCALE);
}

/**
 * The DOUBLE that a sum of DOUBLEs stands for, or that by `divisor`. Fails where it is out of range: an infinity is that
 * of a value.
 */
export function doubleOfSum(e: Emitter, s: Slot, kind: "f64" | "exact-f64", divisor?: Term): Term {
  const { f } = e;
  const sum = f.let("sum", s.load("sum"));
  const value = f.let("value", divisor === undefined ? sum : sum.div(divisor));
  const isOver = f.let("is_over", s.load("over").ne(0n).and(sum.sub(sum).eq(0)));
  f.if(isOver, () => f.set(value, withUnits(e, s, kind, divisor)));
  const outOfRange = f.let("out_of_range", isOver.and(value.sub(value).ne(0)));
  if (kind === "exact-f64") {
    const [up, down] = [s.load("up").gt(0n), s.load("down").gt(0n)];
    const isNaN = f.let("is_nan", s.load("nan").gt(0n).or(up.and(down)));
    f.if(up, () => f.set(value, Number.POSITIVE_INFINITY));
    f.if(down, () => f.set(value, Number.NEGATIVE_INFINITY));
    f.if(isNaN, () => f.set(value, Number.NaN));
    f.if(isNaN.or(up).or(down), () => f.set(outOfRange, 0));
  }
  e.failWith(select(outOfRange, i32(rowErrors.OUT_OF_RANGE.number), 0));
  return value;
}

/** The sum as magnitude words (lowest first, as many as `n`), and its sign as 0 or -1. */
export function sumMagnitude(
  e: Emitter,
  s: Slot,
  kind: "i64" | "i128" | "i192",
  n: number,
): { words: Term[]; sign: Term } {
  const { f } = e;
  const own = Array.from({ length: wordCount[kind] }, (_, i) => f.let("sum", s.load("sum", i)));
  const last = own.at(-1);
  if (last === undefined) throw new TypeError("a sum without words");
  const sign = f.let("sign", last.shr(63));
  let borrow: Term = f.let("borrow", sign.and(1n));
  const magnitude = own.map((w) => {
    const flipped = f.let("flipped", w.xor(sign));
    const word = f.let("word", flipped.add(borrow));
    borrow = f.let("carry", word.ltU(borrow).toI64U());
    return word;
  });
  while (magnitude.length < n) magnitude.push(i64(0));
  return { words: magnitude, sign };
}

/** What SUM and AVG of a kind have in common: they share one accumulator. */
export const sumTraits = (
  kind: SumKind,
): Pick<
  ResolvedAggregate,
  "nullable" | "state" | "skipNulls" | "retract" | "merge" | "invertible" | "counted" | "accumulator" | "emptyResult"
> => ({
  nullable: true,
  state: sumState(kind),
  skipNulls: true,
  retract: "supported",
  merge: "supported",
  invertible: kind !== "f64" && kind !== "exact-f64",
  counted: true,
  accumulator: `sum ${kind}`,
  emptyResult: null,
});
