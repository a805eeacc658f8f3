/** Numbers: a / b and a % b. Integers truncate; division by zero fails for all types (V1). */
import { RowError } from "../../../base/row-error.ts";
import { isApproximate, type SqlType, storageOf } from "../../../base/types.ts";
import type { Value } from "../../../base/value.ts";
import { type Term } from "../../../wasm/ir.ts";
import { decimalDivide, decimalRemainder } from "../../../wasm/library/decimal.ts";
import { as128, decimalType, floatResult, fromInt128, rangeOf } from "../../emit/numbers.ts";
import { part } from "../../emit/values.ts";
import { divideRounded, floatValue, inPrecision, integerValue, pow10, rescale } from "../../exact.ts";
import type { CallTypes, Emitted, Emitter } from "../../function.ts";
import type { Overload } from "../overload.ts";
import { isNumericCall, resolveArithmetic } from "./types.ts";

/** By how many digits the dividend is moved for the quotient to have the scale of the result. */
function shiftOf(args: readonly SqlType[], result: SqlType): number {
  const [a, b] = args.map((t) => decimalType(t).scale);
  return decimalType(result).scale - (a ?? 0) + (b ?? 0);
}

function evaluateDivide([a, b]: readonly Value[], { args, result }: CallTypes): Value {
  if (typeof a === "number" && typeof b === "number" && isApproximate(result)) {
    if (b === 0 && !Number.isNaN(a)) throw new RowError("DIVISION_BY_ZERO");
    return floatValue(result, a / b, [a, b]);
  }
  // Exact numbers are number or bigint.
  const [x, y] = [BigInt(a as number | bigint), BigInt(b as number | bigint)];
  if (y === 0n) throw new RowError("DIVISION_BY_ZERO");
  if (result.kind !== "DECIMAL") return integerValue(result, x / y);
  const shift = shiftOf(args, result);
  const quotient = shift >= 0 ? divideRounded(x * pow10(shift), y) : divideRounded(x, y * pow10(-shift));
  return inPrecision(quotient, result);
}

function evaluateModulo([a, b]: readonly Value[], { args, result }: CallTypes): Value {
  if (typeof a === "number" && typeof b === "number" && isApproximate(result)) {
    if (b === 0 && !Number.isNaN(a)) throw new RowError("DIVISION_BY_ZERO");
    return a % b;
  }
  // Exact numbers are number or bigint.
  const [x, y] = [BigInt(a as number | bigint), BigInt(b as number | bigint)];
  if (y === 0n) throw new RowError("DIVISION_BY_ZERO");
  if (result.kind !== "DECIMAL") return integerValue(result, x % y);
  const [sx, sy] = args.map((t) => decimalType(t).scale);
  return inPrecision(rescale(x, sx ?? 0, result.scale) % rescale(y, sy ?? 0, result.scale), result);
}

const isZero = (v: Emitted): Term => (storageOf(v.type) === "i128" ? part(v).or(part(v, 1)).eqz() : part(v).eqz());

function emitDivide(e: Emitter, args: readonly Emitted[], { args: types, result }: CallTypes): Emitted {
  const [a, b] = args;
  if (a === undefined || b === undefined) throw new TypeError("too few arguments");
  if (result.kind === "FLOAT" || result.kind === "DOUBLE") {
    const [x, y] = [part(a), part(b)];
    e.fail(y.eq(0).and(x.eq(x)), "DIVISION_BY_ZERO");
    return floatResult(e, result, x.div(y), [x, y]);
  }
  e.fail(isZero(b), "DIVISION_BY_ZERO");
  if (result.kind === "DECIMAL") {
    const [x, y] = [as128(e, a), as128(e, b)];
    const divide = decimalDivide(shiftOf(types, result), result.precision);
    const r = e.f.callNamed(["lo", "hi", "over"], divide, x.lo, x.hi, y.lo, y.hi);
    e.fail(r.over, "OUT_OF_RANGE");
    return fromInt128(result, r);
  }
  const least = result.kind === "BIGINT" ? -(2n ** 63n) : rangeOf(result)[0];
  e.fail(part(a).eq(least).and(part(b).eq(-1)), "OUT_OF_RANGE");
  return { type: result, valid: undefined, parts: [part(a).div(part(b))] };
}

function emitModulo(e: Emitter, args: readonly Emitted[], { args: types, result }: CallTypes): Emitted {
  const [a, b] = args;
  if (a === undefined || b === undefined) throw new TypeError("too few arguments");
  e.fail(isZero(b), "DIVISION_BY_ZERO");
  if (result.kind !== "DECIMAL") return { type: result, valid: undefined, parts: [part(a).rem(part(b))] };
  const [ta, tb] = types.map(decimalType);
  const [upA, upB] = [result.scale - (ta?.scale ?? 0), result.scale - (tb?.scale ?? 0)];
  if ((ta?.precision ?? 38) <= 18 - upA && (tb?.precision ?? 38) <= 18 - upB) {
    const scaled = (v: Emitted, up: number): Term => (up === 0 ? part(v) : part(v).mul(pow10(up)));
    return { type: result, valid: undefined, parts: [scaled(a, upA).rem(scaled(b, upB))] };
  }
  const [x, y] = [as128(e, a), as128(e, b)];
  const r = e.f.callNamed(["lo", "hi"], decimalRemainder(upA, upB), x.lo, x.hi, y.lo, y.hi);
  return fromInt128(result, r);
}

export const numberDivide: Overload = {
  matches: isNumericCall,
  resolve: (args) => resolveArithmetic("/", args),
  evaluate: evaluateDivide,
  emit: emitDivide,
  canEmit: ({ args, result }) => result.kind !== "DECIMAL" || shiftOf(args, result) >= 0,
};

export const numberModulo: Overload = {
  matches: isNumericCall,
  resolve: (args) => resolveArithmetic("%", args),
  evaluate: evaluateModulo,
  emit: emitModulo,
  // WebAssembly has no remainder of floats.
  canEmit: ({ result }) => !isApproximate(result),
};
