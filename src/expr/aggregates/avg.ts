/** AVG: the exact sum divided by the count, rounded once (V2). */
import { DOUBLE, decimal, isInteger, type SqlType } from "../../base/types.ts";
import type { AggregateFunction, ResolvedAggregate, Slot } from "../aggregate.ts";
import type { Emitted, Emitter } from "../function.ts";
import { averageDecimal, averageF64 } from "./average.ts";
import {
  checkedDecimal,
  countOf,
  doubleSumOf,
  integerSumOf,
  nearestDouble,
  nearestInteger,
  sumReference,
} from "./reference-sum.ts";
import { doubleOfSum, type SumKind, sumEmit, sumMagnitude, summed, sumTraits } from "./sums.ts";

const scaleOf = (param: SqlType): number => (param.kind === "DECIMAL" ? Math.max(param.scale, 6) : 0);
/** What a sum of the argument's scale is multiplied with before the division. */
const factorOf = (param: SqlType): bigint =>
  param.kind === "DECIMAL" ? 10n ** BigInt(scaleOf(param) - param.scale) : 1n;

function averageResult(e: Emitter, s: Slot, kind: SumKind, param: SqlType, type: SqlType): Emitted {
  const { f } = e;
  const count = f.let("count", s.load("count"));
  const valid = f.let("has_average", count.ne(0n));
  if (kind === "f64" || kind === "exact-f64") {
    return { type, valid, parts: [doubleOfSum(e, s, kind, count.toF64())] };
  }
  if (isInteger(param)) {
    const average = f.local("average", "f64");
    const lo = f.let("sum", s.load("sum"));
    const hi = kind === "i64" ? lo.shr(63) : s.load("sum", 1);
    f.if(valid, () => f.set(average, f.call(averageF64, lo, hi, count)));
    return { type, valid, parts: [average] };
  }
  const [lo, hi] = [f.local("average_lo", "i64"), f.local("average_hi", "i64")];
  const error = f.local("average_error", "i32");
  f.set(error, 0);
  f.if(valid, () => {
    const { words, sign } = sumMagnitude(e, s, kind, 3);
    const [qLo, qHi, failed] = f.callMany("average", averageDecimal, ...words, factorOf(param), count);
    if (qLo === undefined || qHi === undefined || failed === undefined) throw new TypeError("three results are needed");
    f.set(error, failed);
    f.set(lo, qLo.xor(sign).sub(sign));
    f.set(hi, qHi.xor(sign).add(sign.and(1n).and(qLo.eqz().toI64U())));
  });
  e.failWith(error);
  return { type, valid, parts: [lo, hi] };
}

function resolved(param: SqlType, kind: SumKind): ResolvedAggregate {
  const isDouble = kind === "f64" || kind === "exact-f64";
  const result = param.kind === "DECIMAL" ? decimal(38, scaleOf(param)) : DOUBLE;
  return {
    params: [param],
    result,
    ...sumTraits(kind),
    ...(kind === "f64" ? { retractable: resolved(param, "exact-f64") } : {}),
    reference: {
      ...sumReference(kind),
      result: (s) => {
        const count = countOf(s);
        if (count === 0n) return null;
        if (isDouble) return doubleSumOf(s, Number(count));
        if (result.kind !== "DECIMAL") return nearestDouble(integerSumOf(s), count);
        return checkedDecimal(nearestInteger(integerSumOf(s) * factorOf(param), count));
      },
    },
    emit: { ...sumEmit(kind), result: (e, s) => averageResult(e, s, kind, param, result) },
  };
}

export const avg: AggregateFunction = {
  name: "AVG",
  doc: "The average of the values that are not NULL; NULL where there are none. Integers give DOUBLE (exact sum / count, rounded once), DECIMAL(p, s) gives DECIMAL(38, max(s, 6)), FLOAT and DOUBLE give DOUBLE.",
  usage: ["AVG(number)", "AVG(DISTINCT number)"],
  examples: [
    { sql: "SELECT AVG(x) FROM (VALUES (1), (2), (NULL)) AS t(x)", result: "1.5" },
    { sql: "SELECT AVG(x) FROM (VALUES (1.0), (2.0), (2.0)) AS t(x)", result: "1.666667" },
  ],
  resolve(args) {
    const [arg] = args;
    if (arg === undefined || args.length !== 1) return undefined;
    const how = summed(arg.type);
    return how === undefined ? { reason: "AVG needs a number" } : resolved(how.param, how.kind);
  },
};
