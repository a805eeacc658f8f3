/** Exact number arithmetic of the reference face: ranges (V1), scaling and rounding of DECIMALs (V2). */
import { RowError } from "../base/row-error.ts";
import { shownText } from "../base/shown-text.ts";
import { DECIMAL_PRECISION_MAX, type SqlType, typeText } from "../base/types.ts";
import { decimalText } from "./text.ts";

const powers: readonly bigint[] = Array.from({ length: 2 * DECIMAL_PRECISION_MAX + 2 }, (_, i) => 10n ** BigInt(i));

export const pow10 = (n: number): bigint => powers[n] ?? 10n ** BigInt(n);
export const absolute = (n: bigint): bigint => (n < 0n ? -n : n);

/** n / d, rounded half away from zero. */
export function divideRounded(n: bigint, d: bigint): bigint {
  const q = n / d;
  const twice = absolute(n % d) * 2n;
  if (twice < absolute(d)) return q;
  return n < 0n === d < 0n ? q + 1n : q - 1n;
}

/** The same number with another scale; digits that go are rounded half away from zero. */
export function rescale(unscaled: bigint, from: number, to: number): bigint {
  return to >= from ? unscaled * pow10(to - from) : divideRounded(unscaled, pow10(from - to));
}

/** Checks the number of digits. */
export function inPrecision(unscaled: bigint, type: Extract<SqlType, { kind: "DECIMAL" }>): bigint {
  if (absolute(unscaled) >= pow10(type.precision)) {
    throw new RowError("OUT_OF_RANGE", `${decimalText(unscaled, type.scale)} does not fit ${typeText(type)}`);
  }
  return unscaled;
}

export const integerBits = { TINYINT: 8, SMALLINT: 16, INT: 32, BIGINT: 64 } as const;

/** An exact integer as a value of an integer type, or out of range. */
export function integerValue(type: SqlType, n: bigint): number | bigint {
  switch (type.kind) {
    case "TINYINT":
    case "SMALLINT":
    case "INT":
    case "BIGINT":
      if (BigInt.asIntN(integerBits[type.kind], n) !== n) {
        throw new RowError("OUT_OF_RANGE", `${shownText(String(n))} does not fit ${type.kind}`);
      }
      return type.kind === "BIGINT" ? n : Number(n);
    default:
      throw new TypeError(`${type.kind} is not an integer type`);
  }
}

/** A float result: rounded to its type; infinite where no operand was is an overflow. */
export function floatValue(type: SqlType, x: number, operands: readonly number[]): number {
  const rounded = type.kind === "FLOAT" ? Math.fround(x) : x;
  if (Math.abs(rounded) === Infinity && operands.every((o) => Number.isFinite(o))) throw new RowError("OUT_OF_RANGE");
  return rounded;
}
