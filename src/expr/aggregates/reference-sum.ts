/** The reference face of SUM, AVG and the variances: sums and the count of the values, exact, or folded as sums.ts says. */
import { RowError } from "../../base/row-error.ts";
import type { Value } from "../../base/value.ts";
import type { ReferenceState } from "../aggregate.ts";
import { DECIMAL_LIMIT } from "./average.ts";
import type { SumKind } from "./sums.ts";

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

const doubles: ReturnType<typeof sumReference> = {
  init: () => ({ count: 0n, sum: 0 }),
  accumulate: (s, [x]) => {
    s["sum"] = numberOf(s["sum"]) + numberOf(x);
    bump(s, "count", 1n);
  },
  retract: () => {
    throw new TypeError("a plain sum of DOUBLEs takes nothing back");
  },
  merge: (into, from) => {
    into["sum"] = numberOf(into["sum"]) + numberOf(from["sum"]);
    bump(into, "count", countOf(from));
  },
};

function addTwo(s: ReferenceState, x: number): void {
  const a = numberOf(s["sum"]);
  const sum = a + x;
  const b = sum - a;
  const lost = a - (sum - b) + (x - b) + numberOf(s["rest"]);
  s["sum"] = sum + lost;
  s["rest"] = lost - (sum + lost - sum);
}

function addExact(s: ReferenceState, x: number, step: bigint): void {
  if (Number.isNaN(x)) bump(s, "nan", step);
  else if (!Number.isFinite(x)) bump(s, x > 0 ? "up" : "down", step);
  else addTwo(s, step > 0n ? x : -x);
  bump(s, "count", step);
}

const exactDoubles: ReturnType<typeof sumReference> = {
  init: () => ({ count: 0n, sum: 0, rest: 0, nan: 0n, up: 0n, down: 0n }),
  accumulate: (s, [x]) => addExact(s, numberOf(x), 1n),
  retract: (s, [x]) => {
    addExact(s, numberOf(x), -1n);
    if (countOf(s) === 0n) Object.assign(s, exactDoubles.init());
  },
  merge: (into, from) => {
    addTwo(into, numberOf(from["sum"]));
    addTwo(into, numberOf(from["rest"]));
    for (const c of ["nan", "up", "down", "count"]) bump(into, c, bigintOf(from[c]));
  },
};

export const integerSumOf = (s: ReferenceState): bigint => bigintOf(s["sum"]);

/** The DOUBLE that a sum of DOUBLEs stands for. */
export function doubleSumOf(s: ReferenceState): number {
  const [up, down] = [bigintOf(s["up"]) > 0n, bigintOf(s["down"]) > 0n];
  if (bigintOf(s["nan"]) > 0n || (up && down)) return Number.NaN;
  if (up) return Number.POSITIVE_INFINITY;
  return down ? Number.NEGATIVE_INFINITY : numberOf(s["sum"]);
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
