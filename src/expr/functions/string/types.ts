/** What the string functions share. */
import { INT, isInteger, isString, type SqlType, VARCHAR } from "../../../base/types.ts";
import type { Value } from "../../../base/value.ts";
import type { Term } from "../../../wasm/ir.ts";
import { part } from "../../emit/values.ts";
import type { ArgumentType, Emitted, ScalarFunction, Signature } from "../../function.ts";

export const common = { category: "string", volatility: "immutable", nulls: "strict" } as const;

/** A signature by a word per parameter: `text` or `int`; those from `least` on may be left out. A bare NULL is either. */
export function textSignature(
  args: readonly ArgumentType[],
  kinds: readonly ("text" | "int")[],
  least: number,
  result: SqlType,
  canBeNull = false,
): Signature | undefined {
  if (args.length < least || args.length > kinds.length) return undefined;
  const fits = args.every((a, i) => {
    if (a.type.kind === "NULL") return true;
    return kinds[i] === "text" ? isString(a.type) : isInteger(a.type) && a.type.kind !== "BIGINT";
  });
  if (!fits) return undefined;
  return { params: args.map((_, i) => (kinds[i] === "text" ? VARCHAR : INT)), result, canBeNull };
}

/** The arguments of a strict function, none of them NULL, as text and numbers. */
export const textOf = (v: Value | undefined): string => (typeof v === "string" ? v : "");
export const numberOf = (v: Value | undefined): number => (typeof v === "number" ? v : 0);

export function bytesOf(v: Emitted | undefined): readonly [address: Term, length: Term] {
  if (v === undefined) throw new TypeError("too few arguments");
  return [part(v), part(v, 1)];
}
export const textResult = (address: Term, length: Term): Emitted => ({
  type: VARCHAR,
  valid: undefined,
  parts: [address, length],
});

/** A function of strings that cannot fail. */
export type TextFunction = Omit<ScalarFunction, "category" | "volatility" | "nulls">;
export const textFunction = (f: TextFunction): ScalarFunction => ({ ...common, ...f });
