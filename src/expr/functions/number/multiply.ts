/** Numbers: a * b. */
import { isApproximate, type SqlType } from "../../../base/types.ts";
import type { Value } from "../../../base/value.ts";
import { decimalMultiply } from "../../../wasm/library/decimal.ts";
import { emitMulI64, emitMulWide } from "../../../wasm/library/int128.ts";
import {
  as128,
  asI64,
  type Decimal,
  decimalType,
  floatResult,
  fromI64,
  fromInt128,
  isNarrow,
} from "../../emit/numbers.ts";
import { part } from "../../emit/values.ts";
import { floatValue, inPrecision, integerValue, rescale } from "../../exact.ts";
import type { CallTypes, Emitted, Emitter } from "../../function.ts";
import type { Overload } from "../overload.ts";
import { isNumericCall, resolveArithmetic } from "./types.ts";

const scaleSum = (args: readonly SqlType[]): number => args.reduce((n, t) => n + decimalType(t).scale, 0);

function evaluate([a, b]: readonly Value[], { args, result }: CallTypes): Value {
  if (typeof a === "number" && typeof b === "number" && isApproximate(result)) return floatValue(result, a * b, [a, b]);
  // Exact numbers are number or bigint.
  const product = BigInt(a as number | bigint) * BigInt(b as number | bigint);
  if (result.kind !== "DECIMAL") return integerValue(result, product);
  return inPrecision(rescale(product, scaleSum(args), result.scale), result);
}

function emit(e: Emitter, args: readonly Emitted[], { args: types, result }: CallTypes): Emitted {
  const [a, b] = args;
  if (a === undefined || b === undefined) throw new TypeError("too few arguments");
  switch (result.kind) {
    case "FLOAT":
    case "DOUBLE":
      return floatResult(e, result, part(a).mul(part(b)), [part(a), part(b)]);
    case "BIGINT": {
      const { value, overflow } = emitMulI64(e.f, part(a), part(b));
      e.fail(overflow, "OUT_OF_RANGE");
      return { type: result, valid: undefined, parts: [value] };
    }
    case "DECIMAL":
      return emitDecimal(e, a, b, scaleSum(types) - result.scale, result);
    default:
      return fromI64(e, result, asI64(a).mul(asI64(b)));
  }
}

function emitDecimal(e: Emitter, a: Emitted, b: Emitted, drop: number, result: Decimal): Emitted {
  if (drop === 0 && result.precision <= 18) {
    return { type: result, valid: undefined, parts: [asI64(a).mul(asI64(b))] };
  }
  // Without digits to drop the result type has room for every product of its operands.
  const isExact = drop === 0 && decimalType(a.type).precision + decimalType(b.type).precision < 38;
  if (isExact && isNarrow(a) && isNarrow(b)) return fromInt128(result, emitMulWide(e.f, asI64(a), asI64(b)));
  const [x, y] = [as128(e, a), as128(e, b)];
  const names = ["lo", "hi", "over"] as const;
  const r = e.f.callNamed(names, decimalMultiply(drop, result.precision), x.lo, x.hi, y.lo, y.hi);
  e.fail(r.over, "OUT_OF_RANGE");
  return fromInt128(result, r);
}

export const numberMultiply: Overload = {
  matches: isNumericCall,
  resolve: (args) => resolveArithmetic("*", args),
  evaluate,
  emit,
};
