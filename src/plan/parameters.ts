/** Values given from outside for `:name` and `$1`, as SQL values. They are bound as constants, and never are text of the statement. */
import type { Value } from "../base/value.ts";

/** By name, or by position: the first is `$1`. */
export type Parameters = readonly unknown[] | Readonly<Record<string, unknown>>;

const isList = (given: Parameters): given is readonly unknown[] => Array.isArray(given);

/** How a parameter is written: the keys are names, or numbers from 1 on. */
export const parameterName = (key: string): string => (/^\d+$/.test(key) ? `$${key}` : `:${key}`);

/** Numbers, bigints, booleans, text and null are taken as they are; a Date as its ISO text; anything else as text. */
export function parameterValues(given: Parameters): ReadonlyMap<string, Value> {
  const named = isList(given) ? given.map((value, i) => [String(i + 1), value] as const) : Object.entries(given);
  return new Map(named.map(([name, value]) => [name, toValue(value)]));
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
