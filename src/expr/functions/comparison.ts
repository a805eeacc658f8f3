/** = <> < <= > >= and IS [NOT] DISTINCT FROM: V3 (NULLs), V4 (NaN), V5 (strings by their bytes). */
import { BOOLEAN, type SqlType } from "../../base/types.ts";
import type { Term } from "../../wasm/ir.ts";
import { commonTypeOf } from "../coerce.ts";
import { compareNullable, compareValues } from "../compare.ts";
import { emitEqual, emitLess, emitSame } from "../emit/compare.ts";
import type { ArgumentType, Emitted, Emitter, ScalarFunction, Signature } from "../function.ts";

interface Comparison {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly words: string;
  readonly holds: (order: number) => boolean;
  readonly emit: (e: Emitter, a: Emitted, b: Emitted) => Term;
}

const table: readonly Comparison[] = [
  { name: "=", aliases: ["=="], words: "equal to", holds: (c) => c === 0, emit: emitEqual },
  {
    name: "<>",
    aliases: ["!="],
    words: "not equal to",
    holds: (c) => c !== 0,
    emit: (e, a, b) => emitEqual(e, a, b).eqz(),
  },
  { name: "<", words: "less than", holds: (c) => c < 0, emit: emitLess },
  { name: "<=", words: "less than or equal to", holds: (c) => c <= 0, emit: (e, a, b) => emitLess(e, b, a).eqz() },
  { name: ">", words: "greater than", holds: (c) => c > 0, emit: (e, a, b) => emitLess(e, b, a) },
  { name: ">=", words: "greater than or equal to", holds: (c) => c >= 0, emit: (e, a, b) => emitLess(e, a, b).eqz() },
];

function resolve(args: readonly ArgumentType[], result: SqlType): Signature | { reason: string } | undefined {
  if (args.length !== 2) return undefined;
  const common = commonTypeOf(args);
  if (common === undefined) return { reason: "the two sides have no common type" };
  return { params: [common, common], result };
}

const comparisonOf = (c: Comparison): ScalarFunction => ({
  name: c.name,
  ...(c.aliases === undefined ? {} : { aliases: c.aliases }),
  category: "comparison",
  doc: `Whether the left side is ${c.words} the right one; NULL where one of them is.`,
  usage: [`a ${c.name} b`],
  examples: [
    { sql: `1 ${c.name} 2`, result: String(c.holds(-1)) },
    { sql: `'b' ${c.name} 'a'`, result: String(c.holds(1)) },
    { sql: `1.50 ${c.name} 1.5`, result: String(c.holds(0)) },
    { sql: `NULL ${c.name} 1`, result: "NULL" },
  ],
  volatility: "immutable",
  nulls: "strict",
  canFail: false,
  resolve: (args) => resolve(args, BOOLEAN),
  evaluate: ([a = null, b = null]) => (a === null || b === null ? null : c.holds(compareValues(a, b))),
  emit(e, [a, b]) {
    if (a === undefined || b === undefined) throw new TypeError(`${c.name} takes two arguments`);
    return { type: BOOLEAN, valid: undefined, parts: [c.emit(e, a, b)] };
  },
  canEmit: ({ args }) => c.name === "=" || c.name === "<>" || args[0]?.kind !== "ROW",
});

const distinctOf = (negated: boolean): ScalarFunction => ({
  name: negated ? "IS NOT DISTINCT FROM" : "IS DISTINCT FROM",
  category: "comparison",
  doc: `Whether two values are ${negated ? "the same" : "different"}, NULL taken as a value; never NULL.`,
  usage: [`a IS ${negated ? "NOT " : ""}DISTINCT FROM b`],
  examples: [
    { sql: `NULL IS ${negated ? "NOT " : ""}DISTINCT FROM NULL`, result: String(negated) },
    { sql: `1 IS ${negated ? "NOT " : ""}DISTINCT FROM NULL`, result: String(!negated) },
  ],
  volatility: "immutable",
  nulls: "custom",
  canFail: false,
  resolve: (args) => resolve(args, BOOLEAN),
  evaluate: ([a = null, b = null]) => (compareNullable(a, b) === 0) === negated,
  emit(e, [a, b]) {
    if (a === undefined || b === undefined) throw new TypeError("DISTINCT FROM takes two arguments");
    const same = emitSame(e, a, b);
    return { type: BOOLEAN, valid: undefined, parts: [negated ? same : same.eqz()] };
  },
});

export const comparisons: readonly ScalarFunction[] = [...table.map(comparisonOf), distinctOf(false), distinctOf(true)];
