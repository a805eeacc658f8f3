/** Text to BOOLEAN and numbers, as CAST reads it (PostgreSQL). The text is trimmed. */
import { RowError } from "../../base/row-error.ts";
import { DECIMAL_PRECISION_MAX } from "../../base/types.ts";
import { divideRounded, pow10 } from "../exact.ts";

const booleans: ReadonlyMap<string, boolean> = new Map([
  ...["true", "tru", "tr", "t", "yes", "ye", "y", "on", "1"].map((t) => [t, true] as const),
  ...["false", "fals", "fal", "fa", "f", "no", "n", "off", "of", "0"].map((t) => [t, false] as const),
]);

export function parseBoolean(text: string): boolean {
  const value = booleans.get(text.toLowerCase());
  if (value === undefined) throw new RowError("INVALID_TEXT");
  return value;
}

const BIGINT_DIGITS_MAX = 19;

/** Not checked against a type, but not longer than a BIGINT. */
export function parseInteger(text: string): bigint {
  if (!/^[+-]?[0-9]+$/.test(text)) throw new RowError("INVALID_TEXT");
  // Far from the range the number itself is not needed.
  if (text.replace(/^[+-]?0*/, "").length > BIGINT_DIGITS_MAX) throw new RowError("OUT_OF_RANGE");
  return BigInt(text.replace(/^\+/, ""));
}

const numberText = /^([+-]?)([0-9]*)(?:\.([0-9]*))?(?:[eE]([+-]?[0-9]+))?$/;

interface NumberParts {
  readonly negative: boolean;
  readonly digits: string;
  /** The number is digits * 10^exponent. */
  readonly exponent: number;
}

function numberParts(text: string): NumberParts {
  const match = numberText.exec(text);
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = match ?? [];
  if (match === null || whole + fraction === "") throw new RowError("INVALID_TEXT");
  return { negative: sign === "-", digits: whole + fraction, exponent: Number(exponent) - fraction.length };
}

/** Unscaled, with `scale` digits behind the point, rounded half away from zero. Not checked against a precision. */
export function parseDecimal(text: string, scale: number): bigint {
  const { negative, digits, exponent } = numberParts(text);
  const significant = digits.replace(/^0+/, "");
  if (significant === "") return 0n;
  const shift = exponent + scale;
  // Far from the range no power of ten has to be computed.
  if (significant.length + shift > 2 * DECIMAL_PRECISION_MAX) throw new RowError("OUT_OF_RANGE");
  if (significant.length + shift < 0) return 0n;
  const n = BigInt(significant);
  const unscaled = shift >= 0 ? n * pow10(shift) : divideRounded(n, pow10(-shift));
  return negative ? -unscaled : unscaled;
}

const specials: ReadonlyMap<string, number> = new Map([
  ["nan", Number.NaN],
  ...["infinity", "+infinity", "inf", "+inf"].map((t) => [t, Infinity] as const),
  ...["-infinity", "-inf"].map((t) => [t, -Infinity] as const),
]);

export function parseDouble(text: string, isSingle: boolean): number {
  const special = specials.get(text.toLowerCase());
  if (special !== undefined) return special;
  numberParts(text);
  const x = isSingle ? Math.fround(Number(text)) : Number(text);
  if (Math.abs(x) === Infinity) throw new RowError("OUT_OF_RANGE");
  return x;
}
