/** Numbers as text, exactly (V8): integers and decimals never pass through a double. */

/** RFC 8259. */
const JSON_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
/** What people write in strings and CSV fields: a plus, leading zeros, a bare point too. */
const TEXT_NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** No type holds more digits than this before and after the point together. */
const DIGITS_MAX = 60;
/** A float is told apart from its neighbours by fewer digits than this. */
const COMPARED_DIGITS_MAX = 800;

export const isJsonNumber = (text: string): boolean => JSON_NUMBER.test(text);
export const isTextNumber = (text: string): boolean => TEXT_NUMBER.test(text);

interface DecimalText {
  readonly negative: boolean;
  /** Without leading zeros; empty for zero. */
  readonly digits: string;
  /** The value is 0.digits x 10^point. */
  readonly point: number;
}

/** `text` must be a number by one of the grammars above. */
function split(text: string): DecimalText {
  const negative = text.startsWith("-");
  const unsigned = negative || text.startsWith("+") ? text.slice(1) : text;
  const [mantissa = "", exponent = "0"] = unsigned.split(/[eE]/);
  const [whole = "", fraction = ""] = mantissa.split(".");
  const all = whole + fraction;
  const digits = all.replace(/^0+/, "");
  return { negative, digits, point: whole.length - (all.length - digits.length) + Number(exponent) };
}

/**
 * The number times 10^scale as an integer. What is dropped behind it rounds half away from zero, or, where `exact`,
 * must be zeros. undefined: it is not ("fraction"), or has too many digits for any type ("range").
 */
export function scaledInteger(text: string, scale: number, exact: boolean): bigint | "range" | "fraction" {
  const { negative, digits, point } = split(text);
  if (digits === "") return 0n;
  const kept = point + scale;
  if (kept > DIGITS_MAX) return "range";
  if (kept < 0) return exact && /[1-9]/.test(digits) ? "fraction" : 0n;
  if (exact && /[1-9]/.test(digits.slice(kept))) return "fraction";
  const magnitude = BigInt(digits.slice(0, kept).padEnd(kept, "0") || "0");
  const rounded = (digits[kept] ?? "0") >= "5" ? magnitude + 1n : magnitude;
  return negative ? -rounded : rounded;
}

/** The double nearest to the number. */
export const nearestDouble = (text: string): number => Number(text);

const floatBits = new DataView(new ArrayBuffer(4));

/** The float after `f` (finite) in the direction of plus infinity. */
function nextFloat(f: number): number {
  if (f === 0) return 2 ** -149;
  floatBits.setFloat32(0, f);
  floatBits.setInt32(0, floatBits.getInt32(0) + (f > 0 ? 1 : -1));
  return floatBits.getFloat32(0);
}
const previousFloat = (f: number): number => -nextFloat(-f);

/** The float nearest to the number itself: rounding its nearest double again may end one too far. */
export function nearestFloat(text: string): number {
  const double = Number(text);
  const float = Math.fround(double);
  if (float === double || !Number.isFinite(float)) return float;
  const below = float < double ? float : previousFloat(float);
  const above = float < double ? nextFloat(float) : float;
  if (double - below !== above - double) return float;
  const order = compareToDouble(text, double);
  if (order === 0) return float;
  return order < 0 ? below : above;
}

/** Sign of (the number - double), exactly. */
function compareToDouble(text: string, double: number): number {
  const { negative, digits, point } = split(text);
  const sticky = /[1-9]/.test(digits.slice(COMPARED_DIGITS_MAX)) ? "1" : "";
  const used = digits.slice(0, COMPARED_DIGITS_MAX) + sticky;
  let left = BigInt(used || "0") * (negative ? -1n : 1n);
  const exponent = point - used.length;
  let right = 1n;
  if (exponent >= 0) left *= 10n ** BigInt(exponent);
  else right *= 10n ** BigInt(-exponent);
  let mantissa = double;
  let halvings = 0;
  while (!Number.isInteger(mantissa)) {
    mantissa *= 2;
    halvings += 1;
  }
  left *= 2n ** BigInt(halvings);
  right *= BigInt(mantissa);
  return left === right ? 0 : left < right ? -1 : 1;
}
