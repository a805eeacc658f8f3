/**
 * VAR_POP, VAR_SAMP, STDDEV_POP, STDDEV_SAMP, as DOUBLE. The state is the mean and the sum of squared distances from it
 * (Welford), which stays accurate where the values are large and close together; states merge by Chan's formula.
 */
import { DOUBLE, isNumeric } from "../../base/types.ts";
import type { Value } from "../../base/value.ts";
import type { Term } from "../../wasm/ir.ts";
import type { AggregateFunction, ReferenceState, ResolvedAggregate, Slot } from "../aggregate.ts";
import type { Emitted, Emitter } from "../function.ts";
import { bump, countOf } from "./reference-sum.ts";

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
    throw new TypeError("variances take nothing back");
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

function resolved(v: Variant): ResolvedAggregate {
  const least = v.sample ? 2n : 1n;
  return {
    params: [DOUBLE],
    result: DOUBLE,
    nullable: true,
    state: [
      { name: "mean", type: "f64" },
      { name: "squares", type: "f64" },
    ],
    skipNulls: true,
    retract: "unsupported",
    merge: "supported",
    invertible: false,
    counted: true,
    accumulator: "variance",
    emptyResult: null,
    reference: {
      ...reference,
      result: (s) => {
        const n = countOf(s);
        if (n < least) return null;
        const variance = numberOf(s["squares"]) / Number(v.sample ? n - 1n : n);
        return v.root ? Math.sqrt(variance) : variance;
      },
    },
    emit: {
      accumulate: (e, s, [arg]) => arg?.parts[0] && accumulate(e, s, arg.parts[0]),
      merge,
      result: (e, s): Emitted => {
        const n = e.f.let("n", s.load("count"));
        const variance = s.load("squares").div((v.sample ? n.sub(1n) : n).toF64());
        const value = e.f.let("variance", v.root ? variance.op("sqrt") : variance);
        return { type: DOUBLE, valid: e.f.let("enough", n.ge(least)), parts: [value] };
      },
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
      return resolved(v);
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
