/** FIRST_VALUE and LAST_VALUE: by the position of the rows (R9), NULLs skipped. They take nothing back. */
import { INT, type SqlType } from "../../base/types.ts";
import type { Term } from "../../wasm/ir.ts";
import type { AggregateFunction, ReferenceState, ResolvedAggregate } from "../aggregate.ts";
import { bump, countOf } from "./reference-sum.ts";
import { keptResult, keptStorage, loadValue, storeKept, valueField } from "./values.ts";

type Which = "first" | "last";
type Kept = NonNullable<ReturnType<typeof keptStorage>>;

const sequenceOf = (s: ReferenceState): bigint => {
  const at = s["at"];
  return typeof at === "bigint" ? at : 0n;
};

function resolved(which: Which, type: SqlType, storage: Kept): ResolvedAggregate {
  /** Of rows of one origin the one that came first is first, the one that came last is last. */
  const isBetter = (a: Term, b: Term): Term => (which === "first" ? a.lt(b) : a.ge(b));
  const takeReference = (s: ReferenceState, value: ReferenceState, at: bigint): void => {
    const better = which === "first" ? at < sequenceOf(s) : at >= sequenceOf(s);
    if (countOf(s) === 0n || better) Object.assign(s, { value: value["value"], at });
  };
  return {
    params: [type],
    result: type,
    nullable: true,
    state: [valueField(storage), { name: "at", type: "i64" }],
    skipNulls: true,
    retract: "unsupported",
    merge: "supported",
    invertible: false,
    counted: true,
    accumulator: which,
    emptyResult: null,
    reference: {
      init: () => ({ count: 0n, value: null, at: 0n }),
      accumulate: (s, [x], at) => {
        takeReference(s, { value: x ?? null }, at.sequence);
        bump(s, "count", 1n);
      },
      retract: () => {
        throw new TypeError("the first and the last value take nothing back");
      },
      merge: (into, from) => {
        if (countOf(from) > 0n) takeReference(into, from, sequenceOf(from));
        bump(into, "count", countOf(from));
      },
      result: (s) => (countOf(s) === 0n ? null : (s["value"] ?? null)),
    },
    emit: {
      accumulate: (e, s, [arg], sequence) => {
        if (arg === undefined) return;
        const [at] = e.bind("at", [sequence]);
        if (at === undefined) return;
        e.f.if(
          s
            .load("count")
            .eqz()
            .or(isBetter(at, s.load("at"))),
          () => {
            storeKept(s, storage, arg.parts);
            s.store("at", at);
          },
        );
      },
      merge: (e, into, from) => {
        const at = e.f.let("at", from.load("at"));
        const isTaken = into
          .load("count")
          .eqz()
          .or(isBetter(at, into.load("at")));
        e.f.if(from.load("count").ne(0n).and(isTaken), () => {
          storeKept(into, storage, loadValue(e, from, storage));
          into.store("at", at);
        });
      },
      result: (e, s) => keptResult(e, s, storage, type),
    },
  };
}

function define(which: Which): AggregateFunction {
  const name = `${which.toUpperCase()}_VALUE`;
  return {
    name,
    doc: `The ${which} of the values that are not NULL, in the order in which the rows arrived; NULL where there are none.`,
    usage: [`${name}(value)`],
    examples: [
      {
        sql: `SELECT ${name}(x) FROM (VALUES ('b'), ('a'), (NULL), ('c')) AS t(x)`,
        result: which === "first" ? "b" : "c",
      },
    ],
    resolve(args) {
      const [arg] = args;
      if (arg === undefined || args.length !== 1) return undefined;
      const type = arg.type.kind === "NULL" ? INT : arg.type;
      const storage = keptStorage(type);
      return storage === undefined ? { reason: `${name} of a ROW is not supported` } : resolved(which, type, storage);
    },
  };
}

export const firstValue: AggregateFunction = define("first");
export const lastValue: AggregateFunction = define("last");
