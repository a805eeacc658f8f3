/** Rows of values: a key that is equal for rows that are not distinct, and the order of E7. */
import type { Value } from "../../base/value.ts";
import { compareValues } from "../../expr/aggregates/values.ts";

/** Values as text that is equal where they are not distinct: NULLs, NaNs, 0 and -0 are each one. */
export function rowKey(values: readonly Value[]): string {
  return JSON.stringify(values, (_, v: unknown) => {
    if (typeof v === "bigint") return `${v}n`;
    if (typeof v === "number" && !Number.isFinite(v)) return `${v}f`;
    return typeof v === "string" ? `s${v}` : v;
  });
}

/** Ascending, NULLs last; a ROW field by field. */
export function compareNullable(a: Value, b: Value): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  if (!Array.isArray(a) || !Array.isArray(b)) return compareValues(a, b);
  return compareRows(a as readonly Value[], b as readonly Value[]); // Array.isArray forgets readonly
}

export function compareRows(a: readonly Value[], b: readonly Value[]): number {
  for (let i = 0; i < a.length; i++) {
    const order = compareNullable(a[i] ?? null, b[i] ?? null);
    if (order !== 0) return order;
  }
  return 0;
}
