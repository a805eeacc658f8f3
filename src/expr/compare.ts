/** Order and equality of values of one type, in TypeScript: V3 to V5. Neither value is NULL, fields of a ROW may be. */
import type { Value } from "../base/value.ts";

type Known = Exclude<Value, null>;

/** By UTF-8 bytes, that is by code points. */
export function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return codePointOrder(x) - codePointOrder(y);
  }
  return a.length - b.length;
}

/** UTF-16 units in the order of code points: surrogates come after all others. */
const codePointOrder = (unit: number): number => {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
};

/** NaN equals NaN and is the greatest; -0 equals 0. */
export function compareNumbers(a: number, b: number): number {
  if (a < b) return -1;
  if (a > b) return 1;
  return a === b ? 0 : Number(Number.isNaN(a)) - Number(Number.isNaN(b));
}

/** -1, 0, 1. Of two ROWs NULL fields are equal and the greatest. */
export function compareValues(a: Known, b: Known): number {
  if (typeof a === "number" && typeof b === "number") return compareNumbers(a, b);
  if (typeof a === "string" && typeof b === "string") return Math.sign(compareText(a, b));
  if (Array.isArray(a) && Array.isArray(b)) {
    for (let i = 0; i < a.length; i++) {
      const c = compareNullable((a[i] ?? null) as Value, (b[i] ?? null) as Value); // fields of a ROW are values
      if (c !== 0) return c;
    }
    return 0;
  }
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The same where NULL is a value: equal to itself and the greatest. */
export function compareNullable(a: Value, b: Value): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  return compareValues(a, b);
}
