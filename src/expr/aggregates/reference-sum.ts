/** The reference face of SUM, AVG and the variances: sums and the count of the values, exact, or folded as sums.ts says. */
import { RowError } from "../../base/row-error.ts";
import type { Value } from "../../base/value.ts";
import type { ReferenceState } from "../aggregate.ts";
import { DECIMAL_LIMIT } from "./average.ts";
import { OVER_FROM, OVER_SCALE, OVER_UNIT, type SumKind } from "./sums.ts";

export const bigintOf = (v: Value | undefined): bigint =>
  typeof v === "bigint" ? v : BigInt(typeof v === "number" ? v : 0);
const numberOf = (v: Value | undefined): number => (typeof v === "number" ? v : 0);

export const countOf = (s: ReferenceState): bigint => bigintOf(s["count"]);
export const bump = (s: ReferenceState, field: string, by: bigint): void => {
  s[field] = bigintOf(s[field]) + by;
};

export function sumReference(kind: SumKind): {
  init(): ReferenceState;
  accumulate(s: ReferenceState, args: readonly Value[]): void;
  retract(s: ReferenceState, args: readonly Value[]): void;
  merge(into: ReferenceState, from: ReferenceState): void;
} {
  if (kind === "f64") return doubles;
  return kind === "exact-f64" ? exactDoubles : integers;
}

const integers: ReturnType<typeof sumReference> = {
  init: () => ({ count: 0n, sum: 0n }),
  accumulate: (s, [x]) => {
    bump(s, "sum", bigintOf(x));
    bump(s, "count", 1n);
  },
  retract: (s, [x]) => {
    bump(s, "sum", -bigintOf(x));
    bump(s, "count", -1n);
  },
  merge: (into, from) => {
    bump(into, "sum", bigintOf(from["sum"]));
    bump(into, "count", countOf(from));
  },
};

/** a + x, what they are then, and how many units they have given away. */
function addInRange(a: number, x: number): { readonly a: number; readonly x: number; readonly over: bigint } {
  if (Math.abs(a + x) < OVER_FROM) return { a, x, over: 0n };
  const unitOf = (v: number): number => (Math.abs(v) >= OVER_UNIT / 2 ? Math.sign(v) : 0);
  const less = (v: number): number => v - unitOf(v) * OVER_UNIT;
  return { a: less(a), x: less(x), over: BigInt(unitOf(a) + unitOf(x)) };
}

function addDouble(s: ReferenceState, value: number): void {
  const { a, x, over } = addInRange(numberOf(s["sum"]), value);
  s["sum"] = a + x;
  bump(s, "over", over);
}

const doubles: ReturnType<typeof sumReference> = {
  init: () => ({ count: 0n, sum: 0, over: 0n }),
  accumulate: (s, [x]) => {
    addDouble(s, numberOf(x));
    bump(s, "count", 1n);
  },
  retract: () => {
    throw new TypeError("a plain sum of DOUBLEs takes nothing back");
  },
  merge: (into, from) => {
    addDouble(into, numberOf(from["sum"]));
    for (const c of ["over", "count"]) bump(into, c, bigintOf(from[c]));
  },
};

function addTwo(s: ReferenceState, value: number): void {
  const { a, x, over } = addInRange(numberOf(s["sum"]), value);
  const sum = a + x;
  const b = sum - a;
  const lost = a - (sum - b) + (x - b) + numberOf(s["rest"]);
  s["sum"] = sum + lost;
  s["rest"] = lost - (sum + lost - sum);
  bump(s, "over", over);
}

function addExact(s: ReferenceState, x: number, step: bigint): void {
  if (Number.isNaN(x)) bump(s, "nan", step);
  else if (!Number.isFinite(x)) bump(s, x > 0 ? "up" : "down", step);
  else addTwo(s, step > 0n ? x : -x);
  bump(s, "count", step);
}

const exactDoubles: ReturnType<typeof sumReference> = {
  init: () => ({ count: 0n, sum: 0, over: 0n, rest: 0, nan: 0n, up: 0n, down: 0n }),
  accumulate: (s, [x]) => addExact(s, numberOf(x), 1n),
  retract: (s, [x]) => {
    addExact(s, numberOf(x), -1n);
    if (countOf(s) === 0n) Object.assign(s, exactDoubles.init());
  },
  merge: (into, from) => {
    addTwo(into, numberOf(from["sum"]));
    addTwo(into, numberOf(from["rest"]));
    for (const c of ["over", "nan", "up", "down", "count"]) bump(into, c, bigintOf(from[c]));
  },
};

export const integerSumOf = (s: ReferenceState): bigint => bigintOf(s["sum"]);

/** The DOUBLE that a sum of DOUBLEs stands for, or that by `divisor`. */
export function doubleSumOf(s: ReferenceState, divisor = 1): number {
  const [up, down] = [bigintOf(s["up"]) > 0n, bigintOf(s["down"]) > 0n];
  if (bigintOf(s["nan"]) > 0n || (up && down)) return Number.NaN;
  if (up) return Number.POSITIVE_INFINITY;
  if (down) return Number.NEGATIVE_INFINITY;
  const sum = numberOf(s["sum"]);
  const over = Number(bigintOf(s["over"]));
  if (over === 0 || !Number.isFinite(sum)) return sum / divisor;
  const [a, x] = [over * (OVER_UNIT * OVER_SCALE), sum * OVER_SCALE];
  const b = a + x - a;
  const lost = s["rest"] === undefined ? 0 : a - (a + x - b) + (x - b) + numberOf(s["rest"]) * OVER_SCALE;
  const value = ((a + x + lost) / divisor) * (1 / OVER_SCALE);
  if (!Number.isFinite(value)) throw new RowError("OUT_OF_RANGE");
  return value;
}

export function checkedDecimal(x: bigint): bigint {
  if (x >= DECIMAL_LIMIT || x <= -DECIMAL_LIMIT) throw new RowError("OUT_OF_RANGE");
  return x;
}

/** n / d as the nearest double, ties to even; d > 0. */
export function nearestDouble(n: bigint, d: bigint): number {
  const magnitude = n < 0n ? -n : n;
  // At least 64 significant bits of the quotient, and one below them that says whether anything is left.
  const shift = BigInt(Math.max(0, 66 - magnitude.toString(2).length + d.toString(2).length));
  const scaled = magnitude << shift;
  const q = (scaled / d) * 2n + (scaled % d === 0n ? 0n : 1n);
  const value = Number(q) / 2 ** (Number(shift) + 1);
  return n < 0n ? -value : value;
}

/** n / d rounded half away from zero; d > 0. */
export function nearestInteger(n: bigint, d: bigint): bigint {
  const magnitude = n < 0n ? -n : n;
  const q = (2n * magnitude + d) / (2n * d);
  return n < 0n ? -q : q;
}

/** The lowest bit of a DOUBLE has this exponent. */
const LEAST_EXPONENT = -1074;

/** A finite x as a multiple of 2^LEAST_EXPONENT. */
export function wholeOf(x: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, x);
  const bits = view.getBigUint64(0);
  const biased = (bits >> 52n) & 0x7ffn;
  const fraction = bits & ((1n << 52n) - 1n);
  const magnitude = biased === 0n ? fraction : (fraction | (1n << 52n)) << (biased - 1n);
  return x < 0 ? -magnitude : magnitude;
}

/** (n * squares - sum^2) / (n * divisor), of sums of `wholeOf`, as the nearest DOUBLE. */
export function varianceOf(n: bigint, sum: bigint, squares: bigint, divisor: bigint): number {
  const dividend = n * squares - sum * sum;
  if (dividend === 0n) return 0;
  const d = n * divisor;
  // A quotient of at least 64 bits, and one below them that says whether anything is left.
  const shift = 66 - dividend.toString(2).length + d.toString(2).length;
  const [a, b] = shift > 0 ? [dividend << BigInt(shift), d] : [dividend, d << BigInt(-shift)];
  const rounded = Number((a / b) * 2n + (a % b === 0n ? 0n : 1n));
  // No step but the last can leave the range of DOUBLE where the result is in it.
  const power = 2 * LEAST_EXPONENT - shift - 1;
  const third = Math.trunc(power / 3);
  return rounded * 2 ** third * 2 ** third * 2 ** (power - 2 * third);
}
