/**
 * VAR_POP, VAR_SAMP, STDDEV_POP, STDDEV_SAMP, as DOUBLE. The state is the mean and the sum of squared distances from it
 * (Welford), which stays accurate where the values are large and close together; states merge by Chan's formula. Over
 * updating input it is the exact sum of the values and of their squares (fixed-point.ts), which take back what they took
 * in, whatever went by meanwhile; NaN and the infinities are counted apart.
 */
import { DOUBLE, isNumeric, type SqlType } from "../../base/types.ts";
import type { Value } from "../../base/value.ts";
import type { Term } from "../../wasm/ir.ts";
import type { AggregateFunction, ReferenceState, ResolvedAggregate, Slot } from "../aggregate.ts";
import type { Emitted, Emitter } from "../function.ts";
import { emitAddFixed, emitMergeFixed, emitVariance, type FixedSums, fixedSums, wordsType } from "./fixed-point.ts";
import { bigintOf, bump, countOf, varianceOf, wholeOf } from "./reference-sum.ts";

interface Variant {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly sample: boolean;
  readonly root: boolean;
  readonly doc: string;
  readonly example: string;
}

const numberOf = (v: Value | undefined): number => (typeof v === "number" ? v : 0);

function accumulate(e: Emitter, s: Slot, x: Term): void {
  const { f } = e;
  const n = f.let("n", s.load("count").add(1n).toF64());
  const delta = f.let("delta", x.sub(s.load("mean")));
  const mean = f.let("mean", s.load("mean").add(delta.div(n)));
  s.store("mean", mean);
  s.store("squares", s.load("squares").add(delta.mul(x.sub(mean))));
}

function merge(e: Emitter, into: Slot, from: Slot): void {
  const { f } = e;
  const [a, b] = [f.let("a", into.load("count").toF64()), f.let("b", from.load("count").toF64())];
  const n = f.let("n", a.add(b));
  const delta = f.let("delta", from.load("mean").sub(into.load("mean")));
  // Into an empty state the other goes as it is, unrounded.
  f.if(
    a.eq(0),
    () => {
      into.store("mean", from.load("mean"));
      into.store("squares", from.load("squares"));
    },
    () =>
      f.if(b.ne(0), () => {
        into.store("mean", into.load("mean").add(delta.mul(b).div(n)));
        const between = delta.mul(delta).mul(a).mul(b).div(n);
        into.store("squares", into.load("squares").add(from.load("squares")).add(between));
      }),
  );
}

const reference = {
  init: (): ReferenceState => ({ count: 0n, mean: 0, squares: 0 }),
  accumulate: (s: ReferenceState, args: readonly Value[]): void => {
    const x = numberOf(args[0]);
    bump(s, "count", 1n);
    const before = numberOf(s["mean"]);
    const delta = x - before;
    const mean = before + delta / Number(countOf(s));
    s["mean"] = mean;
    s["squares"] = numberOf(s["squares"]) + delta * (x - mean);
  },
  retract: (): void => {
    throw new TypeError("a variance by distances from the mean takes nothing back");
  },
  merge: (into: ReferenceState, from: ReferenceState): void => {
    const [a, b] = [Number(countOf(into)), Number(countOf(from))];
    if (b === 0) return;
    if (a === 0) return void Object.assign(into, from);
    const delta = numberOf(from["mean"]) - numberOf(into["mean"]);
    into["mean"] = numberOf(into["mean"]) + (delta * b) / (a + b);
    const between = (delta * delta * a * b) / (a + b);
    into["squares"] = numberOf(into["squares"]) + numberOf(from["squares"]) + between;
    bump(into, "count", countOf(from));
  },
};

const traits = {
  params: [DOUBLE],
  result: DOUBLE,
  nullable: true,
  skipNulls: true,
  retract: "supported",
  merge: "supported",
  counted: true,
  emptyResult: null,
} as const;

const leastOf = (v: Variant): bigint => (v.sample ? 2n : 1n);
/** By what the sum of squared distances is divided. */
const divisorOf = (v: Variant, n: Term): Term => (v.sample ? n.sub(1n) : n);

function resolved(v: Variant, type: SqlType): ResolvedAggregate {
  return {
    ...traits,
    retractable: exact(v, fixedSums(type)),
    state: [
      { name: "mean", type: "f64" },
      { name: "squares", type: "f64" },
    ],
    invertible: false,
    accumulator: "variance",
    reference: {
      ...reference,
      result: (s) => {
        const n = countOf(s);
        if (n < leastOf(v)) return null;
        const variance = numberOf(s["squares"]) / Number(v.sample ? n - 1n : n);
        return v.root ? Math.sqrt(variance) : variance;
      },
    },
    emit: {
      accumulate: (e, s, [arg]) => arg?.parts[0] && accumulate(e, s, arg.parts[0]),
      merge,
      result: (e, s): Emitted => {
        const n = e.f.let("n", s.load("count"));
        const variance = s.load("squares").div(divisorOf(v, n).toF64());
        const value = e.f.let("variance", v.root ? variance.op("sqrt") : variance);
        return { type: DOUBLE, valid: e.f.let("enough", n.ge(leastOf(v))), parts: [value] };
      },
    },
  };
}

const sumsAt = (s: Slot): { readonly sum: Term; readonly squares: Term } => ({
  sum: s.addressOf("sum"),
  squares: s.addressOf("squares"),
});

function step(e: Emitter, s: Slot, sums: FixedSums, arg: Emitted | undefined, sign: 0n | -1n): void {
  const x = arg?.parts[0];
  if (x === undefined) return;
  e.f.if(
    x.sub(x).eq(0),
    () => emitAddFixed(e.f, sums, sumsAt(s), x, sign),
    () => s.store("apart", s.load("apart").add(sign === 0n ? 1n : -1n)),
  );
}

function mergeExact(e: Emitter, sums: FixedSums, into: Slot, from: Slot, sign: 0n | -1n): void {
  emitMergeFixed(e.f, sums, sumsAt(into), sumsAt(from), sign);
  const moved = from.load("apart");
  into.store("apart", sign === 0n ? into.load("apart").add(moved) : into.load("apart").sub(moved));
}

function exactResult(e: Emitter, s: Slot, v: Variant, sums: FixedSums): Emitted {
  const { f } = e;
  const n = f.let("n", s.load("count"));
  const valid = f.let("enough", n.ge(leastOf(v)));
  const value = f.local("variance", "f64");
  f.set(value, Number.NaN);
  f.if(valid.and(s.load("apart").eqz()), () => {
    const variance = emitVariance(f, sums, sumsAt(s), n, divisorOf(v, n));
    f.set(value, v.root ? variance.op("sqrt") : variance);
  });
  return { type: DOUBLE, valid, parts: [value] };
}

function stepReference(s: ReferenceState, args: readonly Value[], by: 1n | -1n): void {
  const x = numberOf(args[0]);
  bump(s, "count", by);
  if (!Number.isFinite(x)) return bump(s, "apart", by);
  const whole = wholeOf(x);
  bump(s, "sum", by * whole);
  bump(s, "squares", by * whole * whole);
}

function exact(v: Variant, sums: FixedSums): ResolvedAggregate {
  return {
    ...traits,
    state: [
      { name: "sum", type: wordsType(sums.sumWords) },
      { name: "squares", type: wordsType(sums.squareWords) },
      { name: "apart", type: "i64" },
    ],
    invertible: true,
    accumulator: `exact variance ${sums.exponent} ${sums.sumWords}`,
    reference: {
      init: () => ({ count: 0n, sum: 0n, squares: 0n, apart: 0n }),
      accumulate: (s, args) => stepReference(s, args, 1n),
      retract: (s, args) => stepReference(s, args, -1n),
      merge: (into, from) => {
        for (const field of ["count", "sum", "squares", "apart"]) bump(into, field, bigintOf(from[field]));
      },
      result: (s) => {
        const n = countOf(s);
        if (n < leastOf(v)) return null;
        if (bigintOf(s["apart"]) > 0n) return Number.NaN;
        const variance = varianceOf(n, bigintOf(s["sum"]), bigintOf(s["squares"]), v.sample ? n - 1n : n);
        return v.root ? Math.sqrt(variance) : variance;
      },
    },
    emit: {
      accumulate: (e, s, [arg]) => step(e, s, sums, arg, 0n),
      retract: (e, s, [arg]) => step(e, s, sums, arg, -1n),
      merge: (e, into, from) => mergeExact(e, sums, into, from, 0n),
      unmerge: (e, into, from) => mergeExact(e, sums, into, from, -1n),
      result: (e, s) => exactResult(e, s, v, sums),
    },
  };
}

function define(v: Variant): AggregateFunction {
  return {
    name: v.name,
    ...(v.aliases === undefined ? {} : { aliases: v.aliases }),
    doc: v.doc,
    usage: [`${v.name}(number)`],
    examples: [{ sql: `SELECT ${v.name}(x) FROM (VALUES (1), (3)) AS t(x)`, result: v.example }],
    resolve(args) {
      const [arg] = args;
      if (arg === undefined || args.length !== 1) return undefined;
      if (!isNumeric(arg.type) && arg.type.kind !== "NULL") return { reason: `${v.name} needs a number` };
      return resolved(v, arg.type);
    },
  };
}

const NULLS = "of the values that are not NULL, as DOUBLE";

export const varPop: AggregateFunction = define({
  name: "VAR_POP",
  sample: false,
  root: false,
  doc: `The population variance ${NULLS}; NULL where there are none.`,
  example: "1.0",
});
export const varSamp: AggregateFunction = define({
  name: "VAR_SAMP",
  aliases: ["VARIANCE"],
  sample: true,
  root: false,
  doc: `The sample variance ${NULLS}; NULL where there are fewer than two.`,
  example: "2.0",
});
export const stddevPop: AggregateFunction = define({
  name: "STDDEV_POP",
  sample: false,
  root: true,
  doc: `The population standard deviation ${NULLS}; NULL where there are none.`,
  example: "1.0",
});
export const stddevSamp: AggregateFunction = define({
  name: "STDDEV_SAMP",
  aliases: ["STDDEV"],
  sample: true,
  root: true,
  doc: `The sample standard deviation ${NULLS}; NULL where there are fewer than two.`,
  example: "1.4142135623730951",
});
