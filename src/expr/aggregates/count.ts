/** COUNT(*) and COUNT(x): the count that the caller keeps, put out. */
import { BIGINT } from "../../base/types.ts";
import type { AggregateFunction, ReferenceState } from "../aggregate.ts";
import { bump, countOf } from "./reference-sum.ts";

export const count: AggregateFunction = {
  name: "COUNT",
  doc: "How many rows there are, or how many in which the argument is not NULL.",
  usage: ["COUNT(*)", "COUNT(value)", "COUNT(DISTINCT value)"],
  examples: [
    { sql: "SELECT COUNT(*) FROM (VALUES (1), (NULL)) AS t(x)", result: "2" },
    { sql: "SELECT COUNT(x) FROM (VALUES (1), (NULL)) AS t(x)", result: "1" },
  ],
  resolve(args) {
    if (args.length > 1) return undefined;
    return {
      params: args.map((a) => a.type),
      result: BIGINT,
      nullable: false,
      state: [],
      skipNulls: args.length === 1,
      retract: "supported",
      merge: "supported",
      invertible: true,
      counted: true,
      accumulator: "count",
      emptyResult: 0n,
      reference: {
        init: (): ReferenceState => ({ count: 0n }),
        accumulate: (s) => bump(s, "count", 1n),
        retract: (s) => bump(s, "count", -1n),
        merge: (into, from) => bump(into, "count", countOf(from)),
        result: countOf,
      },
      emit: {
        accumulate: () => undefined,
        retract: () => undefined,
        merge: () => undefined,
        unmerge: () => undefined,
        result: (e, s) => ({ type: BIGINT, valid: undefined, parts: [e.f.let("count", s.load("count"))] }),
      },
    };
  },
};
