/** Values -> rows of a program: plain objects. */
import { uniqueNames } from "../../base/names.ts";
import type { Schema } from "../../base/types.ts";
import type { Value } from "../../base/value.ts";
import { type JsValue, valueToJs } from "../../expr/text.ts";
import type { ResultStore } from "./result-store.ts";

/** The rows of a result as plain objects, with counts of what is not among them. */
export function toQueryRows(
  { schema, rows }: { readonly schema: Schema; readonly rows: readonly (readonly Value[])[] },
  counts: { readonly failed: number; readonly late: number },
): Record<string, JsValue>[] & { readonly failed: number; readonly late: number } {
  const objects = rows.map((row) => toObject(schema, row));
  // Not enumerable: rows print and compare as what they are, an array.
  return Object.defineProperties(objects, {
    failed: { value: counts.failed },
    late: { value: counts.late },
  }) as typeof objects & typeof counts;
}

/** A row as a plain object; a repeated name gets `_1`, `_2` (V7). */
export function toObject(schema: Schema, row: readonly Value[]): Record<string, JsValue> {
  const object: Record<string, JsValue> = {};
  uniqueNames(schema.map((f) => f.name)).forEach((name, i) => {
    const type = schema[i]?.type;
    if (type !== undefined) object[name] = valueToJs(type, row[i] ?? null);
  });
  return object;
}

/** The rows of a result by position. */
export const toPositions = (store: ResultStore): JsValue[][] =>
  store.current().map((row) => store.schema.map((f, i) => valueToJs(f.type, row[i] ?? null)));
