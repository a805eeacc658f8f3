/** Values of SQL as JSON has them, exactly: what it has not is an object with one field that says what it is. */
import type { Value } from "../../base/value.ts";

/** The values of a row, for JSON. */
export const plainValues = (row: readonly Value[]): readonly unknown[] => row.map(plain);

function plain(value: Value): unknown {
  if (typeof value === "bigint") return { n: String(value) };
  if (typeof value === "number") {
    return Number.isFinite(value) && !Object.is(value, -0) ? value : { f: Object.is(value, -0) ? "-0" : String(value) };
  }
  return Array.isArray(value) ? { r: value.map(plain) } : value;
}

/** The values that `plainValues` was given. Throws TypeError where it was not. */
export const valuesOf = (row: readonly unknown[]): Value[] => row.map(valueOf);

function valueOf(plainValue: unknown): Value {
  switch (typeof plainValue) {
    case "string":
    case "number":
    case "boolean":
      return plainValue;
    case "object": {
      if (plainValue === null) return null;
      if ("n" in plainValue && typeof plainValue.n === "string") return BigInt(plainValue.n);
      if ("f" in plainValue) return Number(plainValue.f);
      if ("r" in plainValue && Array.isArray(plainValue.r)) return plainValue.r.map(valueOf);
      throw new TypeError("not a value");
    }
    default:
      throw new TypeError("not a value");
  }
}
