/** Numbers: a + b and a - b. */
import { isApproximate, type SqlType } from "../../../base/types.ts";
import type { Value } from "../../../base/value.ts";
import { addOverflows, emitAdd128, emitSub128, type Int128, subOverflows } from "../../../wasm/library/int128.ts";
import {
  as128,
  asI64,
  checked128,
  decimalType,
  emitRescale128,
  floatResult,
  fromI64,
  fromInt128,
  isNarrow,
  one,
} from "../../emit/numbers.ts";
import { part } from "../../emit/values.ts";
import { floatValue, inPrecision, integerValue, rescale } from "../../exact.ts";
import type { CallTypes, Emitted, Emitter } from "../../function.ts";
import type { Overload } from "../overload.ts";
import { isNumericCall, resolveArithmetic } from "./types.ts";

type AddSign = "+" | "-";

function evaluate(sign: AddSign, [a, b]: readonly Value[], { args, result }: CallTypes): Value {
  if (typeof a === "number" && typeof b === "number" && isApproximate(result)) {
    return floatValue(result, sign === "+" ? a + b : a - b, [a, b]);
  }
  // Exact numbers are number or bigint.
  const [x, y] = [BigInt(a as number | bigint), BigInt(b as number | bigint)];
  if (result.kind !== "DECIMAL") return integerValue(result, sign === "+" ? x + y : x - y);
  const [sx, sy] = args.map((t) => decimalType(t).scale);
  const scale = Math.max(sx ?? 0, sy ?? 0);
  const [u, v] = [rescale(x, sx ?? 0, scale), rescale(y, sy ?? 0, scale)];
  return inPrecision(rescale(sign === "+" ? u + v : u - v, scale, result.scale), result);
}

/** The operands' digits at their greater scale. */
function widths(args: readonly SqlType[]): { readonly scale: number; readonly digits: number } {
  const types = args.map(decimalType);
  const scale = Math.max(...types.map((t) => t.scale));
  return { scale, digits: Math.max(...types.map((t) => t.precision - t.scale + scale)) };
}

function emit(sign: AddSign, e: Emitter, args: readonly Emitted[], { args: types, result }: CallTypes): Emitted {
  const [a, b] = args;
  if (a === undefined || b === undefined) throw new TypeError("too few arguments");
  switch (result.kind) {
    case "FLOAT":
    case "DOUBLE": {
      const [x, y] = [part(a), part(b)];
      return floatResult(e, result, sign === "+" ? x.add(y) : x.sub(y), [x, y]);
    }
    case "BIGINT": {
      const [x, y] = [part(a), part(b)];
      const r = one(e, "sum", sign === "+" ? x.add(y) : x.sub(y));
      const overflow = sign === "+" ? x.xor(r).and(y.xor(r)) : x.xor(y).and(x.xor(r));
      e.fail(overflow.lt(0), "OUT_OF_RANGE");
      return { type: result, valid: undefined, parts: [r] };
    }
    case "DECIMAL":
      return emitDecimal(sign, e, [a, b], types, result);
    default: {
      const [x, y] = [asI64(a), asI64(b)];
      return fromI64(e, result, sign === "+" ? x.add(y) : x.sub(y));
    }
  }
}

function emitDecimal(
  sign: AddSign,
  e: Emitter,
  args: readonly Emitted[],
  types: readonly SqlType[],
  result: Extract<SqlType, { kind: "DECIMAL" }>,
): Emitted {
  const { scale, digits } = widths(types);
  if (result.precision <= 18 && args.every(isNarrow)) {
    const [x, y] = args.map((v, i) => {
      const up = scale - decimalType(types[i]).scale;
      return up === 0 ? asI64(v) : asI64(v).mul(10n ** BigInt(up));
    });
    if (x === undefined || y === undefined) throw new TypeError("too few arguments");
    return { type: result, valid: undefined, parts: [sign === "+" ? x.add(y) : x.sub(y)] };
  }
  const [x, y] = args.map((v, i): Int128 => emitRescale128(e, as128(e, v), scale - decimalType(types[i]).scale));
  if (x === undefined || y === undefined) throw new TypeError("too few arguments");
  const r = sign === "+" ? emitAdd128(e.f, x, y) : emitSub128(e.f, x, y);
  if (digits < 38) return fromInt128(result, r);
  e.fail(sign === "+" ? addOverflows(x, y, r) : subOverflows(x, y, r), "OUT_OF_RANGE");
  return checked128(e, result, emitRescale128(e, r, result.scale - scale));
}

export const numberAdd = (sign: AddSign): Overload => ({
  matches: isNumericCall,
  resolve: (args) => resolveArithmetic(sign, args),
  evaluate: (args, types) => evaluate(sign, args, types),
  emit: (e, args, types) => emit(sign, e, args, types),
  // Beyond 38 digits the exact sum would need more than 128 bits before it is rounded.
  canEmit: ({ args, result }) => result.kind !== "DECIMAL" || widths(args).digits <= 38,
});
