/** `||` and CONCAT. */
import { isString, VARCHAR } from "../../../base/types.ts";
import { i32, select, type Term } from "../../../wasm/ir.ts";
import { canCastExplicitly } from "../../coerce.ts";
import type { ArgumentType, Emitted, Emitter, ScalarFunction, Signature } from "../../function.ts";
import { bytesOf, common, textOf, textResult } from "./types.ts";

/** Copies pieces side by side into the arena. */
function emitJoin(e: Emitter, pieces: readonly (readonly [address: Term, length: Term])[]): Emitted {
  const { f } = e;
  const total = f.let(
    "total",
    pieces.map(([, length]) => length).reduce((a, b) => a.add(b)),
  );
  const start = e.arena(total);
  const to = f.let("to", start);
  for (const [address, length] of pieces) {
    f.copy(to, address, length);
    f.set(to, to.add(length));
  }
  return textResult(start, total);
}

function resolveText(args: readonly ArgumentType[]): Signature | undefined {
  if (!args.every((a) => canCastExplicitly(a.type, VARCHAR))) return undefined;
  return { params: args.map(() => VARCHAR), result: VARCHAR };
}

export const concatOperator: ScalarFunction = {
  ...common,
  name: "||",
  doc: "The two texts one behind the other; a side that is no text is turned into one.",
  usage: ["text || text"],
  examples: [
    { sql: "'stream' || 'ing'", result: "streaming" },
    { sql: "'n = ' || 42", result: "n = 42" },
    { sql: "'a' || NULL", result: "NULL" },
  ],
  canFail: false,
  resolve(args) {
    const hasText = args.some((a) => isString(a.type) || a.type.kind === "NULL");
    return args.length === 2 && hasText ? resolveText(args) : undefined;
  },
  evaluate: ([a, b]) => textOf(a) + textOf(b),
  emit: (e, [a, b]) => emitJoin(e, [bytesOf(a), bytesOf(b)]),
};

export const concat: ScalarFunction = {
  ...common,
  name: "CONCAT",
  doc: "All arguments one behind the other as text; NULLs are left out.",
  usage: ["CONCAT(value, ...)"],
  examples: [
    { sql: "CONCAT('a', 1, NULL, 'b')", result: "a1b" },
    { sql: "CONCAT(NULL)", result: '""' },
  ],
  nulls: "custom",
  canFail: false,
  resolve: (args) => (args.length === 0 ? undefined : resolveText(args)),
  evaluate: (args) => args.map(textOf).join(""),
  emit(e, args) {
    // The address of a NULL is undefined: nothing is read there.
    const pieces = args.map((a): readonly [Term, Term] => {
      const [address, length] = bytesOf(a);
      if (a.valid === undefined) return [address, length];
      return [e.f.let("address", select(a.valid, address, 0)), e.f.let("length", select(a.valid, length, i32(0)))];
    });
    return emitJoin(e, pieces);
  },
};
