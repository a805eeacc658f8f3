/** A binary floating-point number as a DECIMAL: its exact value, rounded half away from zero. */
import { RowError } from "../../base/row-error.ts";
import type { SqlType } from "../../base/types.ts";
import { divideRounded, inPrecision, pow10 } from "../exact.ts";

const MANTISSA_BITS = 52n;

/** x as mantissa * 2^exponent, exactly. x is finite. */
export function exactParts(x: number): { readonly mantissa: bigint; readonly exponent: number } {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, x);
  const bits = view.getBigUint64(0);
  const field = Number((bits >> MANTISSA_BITS) & 0x7ffn);
  const fraction = bits & ((1n << MANTISSA_BITS) - 1n);
  const magnitude = field === 0 ? fraction : fraction | (1n << MANTISSA_BITS);
  return { mantissa: x < 0 ? -magnitude : magnitude, exponent: Math.max(field, 1) - 1075 };
}

export function decimalOfDouble(x: number, to: Extract<SqlType, { kind: "DECIMAL" }>): bigint {
  if (!Number.isFinite(x)) throw new RowError("OUT_OF_RANGE");
  const { mantissa, exponent } = exactParts(x);
  const scaled = mantissa * pow10(to.scale);
  const unscaled = exponent >= 0 ? scaled << BigInt(exponent) : divideRounded(scaled, 1n << BigInt(-exponent));
  return inPrecision(unscaled, to);
}
