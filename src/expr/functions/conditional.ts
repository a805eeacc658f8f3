/** NULLIF, GREATEST, LEAST. (CASE and COALESCE are nodes of their own: they are lazy.) */
import { i32, type Term } from "../../wasm/ir.ts";
import { commonTypeOf } from "../coerce.ts";
import { compareValues } from "../compare.ts";
import { emitEqual, emitLess } from "../emit/compare.ts";
import { assignValue, valueLocals } from "../emit/values.ts";
import type { ArgumentType, Emitted, Emitter, ScalarFunction, Signature } from "../function.ts";

function resolve(
  args: readonly ArgumentType[],
  least: number,
  most: number,
): Signature | { reason: string } | undefined {
  if (args.length < least || args.length > most) return undefined;
  const common = commonTypeOf(args);
  if (common === undefined) return { reason: "the arguments have no common type" };
  return { params: args.map(() => common), result: common, canBeNull: true };
}

export const nullIf: ScalarFunction = {
  name: "NULLIF",
  category: "conditional",
  doc: "NULL where both arguments are equal, else the first.",
  usage: ["NULLIF(value, other)"],
  examples: [
    { sql: "NULLIF(1, 1)", result: "NULL" },
    { sql: "NULLIF(1, 2)", result: "1" },
    { sql: "NULLIF('a', NULL)", result: "a" },
  ],
  volatility: "immutable",
  nulls: "custom",
  canFail: false,
  resolve: (args) => resolve(args, 2, 2),
  evaluate: ([a = null, b = null]) => (a !== null && b !== null && compareValues(a, b) === 0 ? null : a),
  emit(e, [a, b]) {
    if (a === undefined || b === undefined) throw new TypeError("NULLIF takes two arguments");
    const { f } = e;
    const valid = f.let("nullif_valid", a.valid ?? i32(1));
    const both = valid.and(b.valid ?? 1);
    f.if(both, () => f.set(valid, emitEqual(e, a, b).eqz()));
    return { ...a, valid };
  },
};

function emitExtreme(e: Emitter, args: readonly Emitted[], precedes: (a: Emitted, b: Emitted) => Term): Emitted {
  const { f } = e;
  const [first, ...rest] = args;
  if (first === undefined) throw new TypeError("an extreme of nothing");
  const isNullable = args.every((a) => a.valid !== undefined);
  const best = valueLocals(f, "best", first.type, true);
  assignValue(f, best, first);
  const { valid } = best;
  for (const next of rest) {
    const take = f.let("take", i32(1));
    f.if(next.valid ?? i32(1), () => {
      if (valid !== undefined) f.if(valid, () => f.set(take, precedes(next, best)));
      f.if(take, () => assignValue(f, best, next));
    });
  }
  return isNullable ? best : { ...best, valid: undefined };
}

const extreme = (name: "GREATEST" | "LEAST", sign: 1 | -1): ScalarFunction => ({
  name,
  category: "conditional",
  doc: `The ${name.toLowerCase()} of the values that are not NULL; NULL where all are.`,
  usage: [`${name}(value, ...)`],
  examples: [
    { sql: `${name}(1, 3, 2)`, result: sign > 0 ? "3" : "1" },
    { sql: `${name}(NULL, 'a', 'b')`, result: sign > 0 ? "b" : "a" },
    { sql: `${name}(1, 2.5)`, result: sign > 0 ? "2.5" : "1.0" },
  ],
  volatility: "immutable",
  nulls: "custom",
  canFail: false,
  resolve: (args) => resolve(args, 1, Number.POSITIVE_INFINITY),
  evaluate(args) {
    const known = args.filter((a) => a !== null);
    const [first] = known;
    if (first === undefined) return null;
    return known.reduce((best, a) => (compareValues(a, best) * sign > 0 ? a : best), first);
  },
  emit: (e, args) => emitExtreme(e, args, (a, b) => (sign > 0 ? emitLess(e, b, a) : emitLess(e, a, b))),
  canEmit: ({ result }) => result.kind !== "ROW",
});

export const greatest: ScalarFunction = extreme("GREATEST", 1);
export const least: ScalarFunction = extreme("LEAST", -1);
