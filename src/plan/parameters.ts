/** Values given from outside for `:name` and `$1`, as SQL values. */
import type { Value } from "../base/value.ts";

/** Numbers, bigints, booleans, text and null are taken as they are; a Date as its ISO text; anything else as text. */
export function parameterValues(given: Readonly<Record<string, unknown>>): ReadonlyMap<string, Value> {
  return new Map(Object.entries(given).map(([name, value]) => [name, toValue(value)]));
}

function toValue(value: unknown): Value {
  switch (typeof value) {
    case "number":
    case "bigint":
    case "boolean":
    case "string":
      return value;
    case "undefined":
      return null;
    default:
      if (value === null) return null;
      return value instanceof Date ? value.toISOString() : JSON.stringify(value);
  }
}
