/** MIN and MAX, over every type that has an order. Values are taken back by counting all of a group. */

import { INT, type SqlType } from "../../base/types.ts";
import type { Value } from "../../base/value.ts";
import { f64, i32, i64, select, type Term } from "../../wasm/ir.ts";
import type { AggregateFunction, ReferenceState, ResolvedAggregate, Slot } from "../aggregate.ts";
import type { Emitted, Emitter } from "../function.ts";
import { bump, countOf } from "./reference-sum.ts";
import { compareValues, emitLess, keptResult, keptStorage, loadValue, storeKept, valueField } from "./values.ts";

type Which = "min" | "max";
type Kept = NonNullable<ReturnType<typeof keptStorage>>;

/** What every value replaces: with it a state needs no look at its count. */
function identity(which: Which, storage: Kept): Term | undefined {
  switch (storage) {
    case "i8":
    case "i32":
      return i32(which === "min" ? 2 ** 31 - 1 : -(2 ** 31));
    case "i64":
      return i64(which === "min" ? 2n ** 63n - 1n : -(2n ** 63n));
    case "f32":
    case "f64":
      return f64(which === "min" ? Number.NaN : Number.NEGATIVE_INFINITY);
    default:
      return undefined;
  }
}

/** Takes the value in where `isAny` (undefined: always) and it is nearer to the end that is looked for. */
function take(e: Emitter, s: Slot, which: Which, storage: Kept, value: readonly Term[], isAny: Term | undefined): void {
  const { f } = e;
  const [v] = value;
  const old = loadValue(e, s, storage);
  const [o] = old;
  if (v === undefined || o === undefined) throw new TypeError("a value without parts");
  const isNearer = which === "min" ? emitLess(e, storage, value, old) : emitLess(e, storage, old, value);
  if (identity(which, storage) === undefined) {
    const first = s.load("count").eqz();
    const taken = first.or(isNearer);
    f.if(isAny === undefined ? taken : isAny.and(taken), () => storeKept(s, storage, value));
  } else if (v.type === "f64") f.if(isNearer, () => s.store("value", v));
  else s.store("value", select(isNearer, v, o));
}

function resolved(which: Which, type: SqlType, storage: Kept): ResolvedAggregate {
  const start = identity(which, storage);
  const takeReference = (s: ReferenceState, v: Value): void => {
    const old = s["value"] ?? null;
    const order = old === null ? 0 : compareValues(v, old);
    if (old === null || (which === "min" ? order < 0 : order > 0)) s["value"] = v;
  };
  return {
    params: [type],
    result: type,
    nullable: true,
    state: [valueField(storage)],
    skipNulls: true,
    retract: "supported",
    retractByValues: true,
    merge: "supported",
    invertible: false,
    counted: true,
    accumulator: which,
    emptyResult: null,
    reference: {
      init: () => ({ count: 0n, value: null }),
      accumulate: (s, [x]) => {
        takeReference(s, x ?? null);
        bump(s, "count", 1n);
      },
      retract: () => {
        throw new TypeError("the values of a group are kept by the caller");
      },
      merge: (into, from) => {
        if (countOf(from) > 0n) takeReference(into, from["value"] ?? null);
        bump(into, "count", countOf(from));
      },
      result: (s) => (countOf(s) === 0n ? null : (s["value"] ?? null)),
    },
    emit: {
      ...(start === undefined ? {} : { init: (_: Emitter, s: Slot) => s.store("value", start) }),
      accumulate: (e, s, [arg]) => arg && take(e, s, which, storage, arg.parts, undefined),
      merge: (e, into, from) =>
        take(e, into, which, storage, loadValue(e, from, storage), e.f.let("any", from.load("count").ne(0n))),
      result: (e, s): Emitted => keptResult(e, s, storage, type),
    },
  };
}

function define(which: Which): AggregateFunction {
  const name = which.toUpperCase();
  return {
    name,
    doc: `The ${which === "min" ? "least" : "greatest"} of the values that are not NULL; NULL where there are none. NaN is greater than every number, strings are compared by their bytes.`,
    usage: [`${name}(value)`],
    examples: [
      { sql: `SELECT ${name}(x) FROM (VALUES (3), (1), (NULL)) AS t(x)`, result: which === "min" ? "1" : "3" },
      { sql: `SELECT ${name}(x) FROM (VALUES ('b'), ('a')) AS t(x)`, result: which === "min" ? "a" : "b" },
    ],
    resolve(args) {
      const [arg] = args;
      if (arg === undefined || args.length !== 1) return undefined;
      const type = arg.type.kind === "NULL" ? INT : arg.type;
      const storage = keptStorage(type);
      return storage === undefined
        ? { reason: `${name} needs a type that has an order` }
        : resolved(which, type, storage);
    },
  };
}

export const min: AggregateFunction = define("min");
export const max: AggregateFunction = define("max");
