/** Values -> rows of a program: plain objects. */
import { uniqueNames } from "../../base/names.ts";
import type { Schema } from "../../base/types.ts";
import type { Value } from "../../base/value.ts";
import { type JsValue, valueToJs } from "../../expr/text.ts";

/** A row as a plain object; a repeated name gets `_1`, `_2` (V7). */
export function toObject(schema: Schema, row: readonly Value[]): Record<string, JsValue> {
  const object: Record<string, JsValue> = {};
  uniqueNames(schema.map((f) => f.name)).forEach((name, i) => {
    const type = schema[i]?.type;
    if (type !== undefined) object[name] = valueToJs(type, row[i] ?? null);
  });
  return object;
}
