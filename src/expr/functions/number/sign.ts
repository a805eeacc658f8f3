/** ABS and the unary minus, of numbers and of intervals. */
import { isNumeric, type SqlType, storageOf } from "../../../base/types.ts";
import type { Value } from "../../../base/value.ts";
import { select, type Term } from "../../../wasm/ir.ts";
import { emitNeg128, type Int128 } from "../../../wasm/library/int128.ts";
import { rangeOf } from "../../emit/numbers.ts";
import { part } from "../../emit/values.ts";
import { absolute, integerValue } from "../../exact.ts";
import type { CallTypes, Emitted, Emitter, ScalarFunction } from "../../function.ts";
import type { Overload } from "../overload.ts";
import { numericTypes } from "./types.ts";

const isInterval = (t: SqlType): boolean => t.kind === "INTERVAL_MONTH" || t.kind === "INTERVAL_DAY";

/** An interval has the range of the integer type that it lies in. */
const rangeType = (t: SqlType): SqlType => {
  if (t.kind === "INTERVAL_MONTH") return { kind: "INT" };
  return t.kind === "INTERVAL_DAY" ? { kind: "BIGINT" } : t;
};

function checkedInteger(type: SqlType, n: bigint): Value {
  return type.kind === "DECIMAL" ? n : integerValue(rangeType(type), n);
}

const isLeast = (type: SqlType, x: Term): Term =>
  storageOf(type) === "i64" ? x.eq(-(2n ** 63n)) : x.eq(rangeOf(rangeType(type))[0]);

/** -x; the least integer has none. */
function emitNegative(e: Emitter, x: Emitted, type: SqlType): readonly Term[] {
  const storage = storageOf(type);
  if (storage === "f32" || storage === "f64") return [part(x).op("neg")];
  if (storage === "i128") {
    const r: Int128 = emitNeg128(e.f, { lo: part(x), hi: part(x, 1) });
    return [r.lo, r.hi];
  }
  return [part(x).same(0).sub(part(x))];
}

function failOnLeast(e: Emitter, x: Emitted, type: SqlType): void {
  const storage = storageOf(type);
  if ((storage === "i32" || storage === "i64") && type.kind !== "DECIMAL") {
    e.fail(isLeast(type, part(x)), "OUT_OF_RANGE");
  }
}

export const negate: Overload = {
  matches: ({ args }: CallTypes) => args.length === 1,
  resolve(args) {
    const [a] = args;
    if (args.length !== 1 || a === undefined) return undefined;
    const type = isInterval(a.type) ? a.type : numericTypes(args)?.[0];
    return type === undefined ? undefined : { params: [type], result: type };
  },
  evaluate([x = null], { result }) {
    if (typeof x === "number" && !isInterval(result) && storageOf(result) !== "i32") return -x;
    return x === null ? null : checkedInteger(result, -BigInt(x as number | bigint)); // numbers only
  },
  emit(e, [x], { result }) {
    if (x === undefined) throw new TypeError("- takes a number");
    failOnLeast(e, x, result);
    return { type: result, valid: undefined, parts: emitNegative(e, x, result) };
  },
};

export const abs: ScalarFunction = {
  name: "ABS",
  category: "number",
  doc: "The number without its sign.",
  usage: ["ABS(number)"],
  examples: [
    { sql: "ABS(-3)", result: "3" },
    { sql: "ABS(2.50)", result: "2.50" },
    { sql: "ABS(CAST(-128 AS TINYINT))", result: "error 22003" },
  ],
  volatility: "immutable",
  nulls: "strict",
  canFail: true,
  speculative: true,
  resolve(args) {
    const [type] = (args.length === 1 ? numericTypes(args) : undefined) ?? [];
    return type === undefined || !isNumeric(type) ? undefined : { params: [type], result: type };
  },
  evaluate([x = null], { result }) {
    if (typeof x === "number" && storageOf(result) !== "i32") return Math.abs(x);
    return x === null ? null : checkedInteger(result, absolute(BigInt(x as number | bigint))); // numbers only
  },
  emit(e, [x], { result }) {
    if (x === undefined) throw new TypeError("ABS takes a number");
    const storage = storageOf(result);
    if (storage === "f32" || storage === "f64") {
      return { type: result, valid: undefined, parts: [part(x).op("abs")] };
    }
    failOnLeast(e, x, result);
    const isNegative = storage === "i128" ? part(x, 1).lt(0n) : part(x).lt(0);
    const parts = emitNegative(e, x, result).map((p, i) => select(isNegative, p, part(x, i)));
    return { type: result, valid: undefined, parts };
  },
};
