/** SUM: exact, overflow judged when the group is put out (V1). */
import { RowError, rowErrors } from "../../base/row-error.ts";
import { type SqlType, storageOf } from "../../base/types.ts";
import { i32, select } from "../../wasm/ir.ts";
import type { AggregateFunction, ResolvedAggregate, Slot } from "../aggregate.ts";
import type { Emitted, Emitter } from "../function.ts";
import { fitsDecimal } from "./average.ts";
import { checkedDecimal, countOf, doubleSumOf, integerSumOf, sumReference } from "./reference-sum.ts";
import { doubleOfSum, type SumKind, sumEmit, sumMagnitude, summed, sumTraits, sumType } from "./sums.ts";

function sumResult(e: Emitter, s: Slot, kind: SumKind, type: SqlType): Emitted {
  const { f } = e;
  const valid = f.let("has_sum", s.load("count").ne(0n));
  if (kind === "f64" || kind === "exact-f64") return { type, valid, parts: [doubleOfSum(e, s, kind)] };
  if (storageOf(type) === "i64") {
    const sum = f.let("sum", s.load("sum"));
    if (kind !== "i64") {
      const isLong = s.load("sum", 1).ne(sum.shr(63));
      e.failWith(select(isLong, i32(rowErrors.OUT_OF_RANGE.number), 0));
    }
    return { type, valid, parts: [sum] };
  }
  const { words } = sumMagnitude(e, s, kind, 3);
  const [lo, hi, top] = words;
  if (lo === undefined || hi === undefined || top === undefined) throw new TypeError("three words are needed");
  const isLong = fitsDecimal(lo, hi).eqz().or(top.ne(0n));
  e.failWith(select(isLong, i32(rowErrors.OUT_OF_RANGE.number), 0));
  return { type, valid, parts: [f.let("lo", s.load("sum")), f.let("hi", s.load("sum", 1))] };
}

function resolved(param: SqlType, kind: SumKind): ResolvedAggregate {
  const result = sumType(param);
  const isDouble = kind === "f64" || kind === "exact-f64";
  return {
    params: [param],
    result,
    ...sumTraits(kind),
    ...(kind === "f64" ? { retractable: resolved(param, "exact-f64") } : {}),
    reference: {
      ...sumReference(kind),
      result: (s) => {
        if (countOf(s) === 0n) return null;
        if (isDouble) return doubleSumOf(s);
        if (result.kind === "DECIMAL") return checkedDecimal(integerSumOf(s));
        const sum = integerSumOf(s);
        if (sum !== BigInt.asIntN(64, sum)) throw new RowError("OUT_OF_RANGE");
        return sum;
      },
    },
    emit: { ...sumEmit(kind), result: (e, s) => sumResult(e, s, kind, result) },
  };
}

export const sum: AggregateFunction = {
  name: "SUM",
  doc: "The sum of the values that are not NULL; NULL where there are none. Integers give BIGINT, DECIMAL(p, s) gives DECIMAL(38, s), FLOAT and DOUBLE give DOUBLE. A sum out of range is an error of the group (22003), also one of finite DOUBLEs.",
  usage: ["SUM(number)", "SUM(DISTINCT number)"],
  examples: [
    { sql: "SELECT SUM(x) FROM (VALUES (1), (2), (NULL)) AS t(x)", result: "3" },
    { sql: "SELECT SUM(x) FROM (VALUES (1.5), (2.25)) AS t(x)", result: "3.75" },
  ],
  resolve(args) {
    const [arg] = args;
    if (arg === undefined || args.length !== 1) return undefined;
    const how = summed(arg.type);
    return how === undefined ? { reason: "SUM needs a number" } : resolved(how.param, how.kind);
  },
};
