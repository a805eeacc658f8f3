/** What a scalar function is. One function (or a close family) a file under functions/, one line in functions/index.ts. */
import type { RowErrorName } from "../base/row-error.ts";
import type { SqlType } from "../base/types.ts";
import type { Value } from "../base/value.ts";
import type { Fn, Term } from "../wasm/ir.ts";

/** How a call resolved against the types of its arguments. */
export interface Signature {
  /** The types to which the binder casts the arguments, one each. */
  readonly params: readonly SqlType[];
  readonly result: SqlType;
  /** Whether the result may be NULL though no argument is (with `nulls: "strict"`). */
  readonly canBeNull?: boolean;
}

/** What resolution sees of an argument. `literal` is set where it is a constant, for functions that need one (a pattern, a unit). */
export interface ArgumentType {
  readonly type: SqlType;
  readonly nullable: boolean;
  readonly literal: Value | undefined;
}

export interface CallTypes {
  readonly args: readonly SqlType[];
  readonly result: SqlType;
}

export interface Example {
  /** An expression, as SQL. */
  readonly sql: string;
  /** Its value as text (cli.md's CSV form), or NULL; or the SQLSTATE of its error as `error 22012`. */
  readonly result: string;
}

export interface ScalarFunction {
  /** Upper case; operators by their sign: `+`, `||`. */
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly category: "comparison" | "number" | "string" | "time" | "conditional" | "regex";
  /** One or two sentences for the reference. */
  readonly doc: string;
  readonly examples: readonly Example[];
  /** `immutable`: same arguments, same result: may be folded. `volatile`: never folded, shared or moved. */
  readonly volatility: "immutable" | "volatile";
  /** `strict`: NULL where any argument is NULL, and neither face is then called. `custom`: both faces see NULLs. */
  readonly nulls: "strict" | "custom";
  /** Whether a call can fail for some row. Only infallible code may run where it is not needed. */
  readonly canFail: boolean;
  /** The signature for these arguments; undefined where there is none (the binder then lists `usage`). May throw a SqlError-free string reason. */
  resolve(args: readonly ArgumentType[]): Signature | { readonly reason: string } | undefined;
  /** How it is called, for messages and the reference: `ROUND(number [, digits])`. */
  readonly usage: readonly string[];
  /** The definition. Arguments have exactly the signature's types. Throws RowError. */
  evaluate(args: readonly Value[], types: CallTypes): Value;
  /**
   * `evaluate` for many rows of one call: what depends on constants alone (a pattern) is made once. `literals[i]` is
   * undefined where the argument is none; the function that it returns gets all arguments. Throws only when that runs.
   */
  prepare?(literals: readonly (Value | undefined)[], types: CallTypes): (args: readonly Value[]) => Value;
  /**
   * An argument that alone, where it is constant, may make every call fail (a pattern): `check` gets the constants,
   * undefined where an argument is none, and throws RowError where they do. For warnings only.
   */
  readonly deciding?: { readonly argument: number; check(literals: readonly (Value | undefined)[]): void };
  /** The same as emitted code; without it the call runs as a loop in TypeScript between stages. */
  emit?(e: Emitter, args: readonly Emitted[], types: CallTypes): Emitted;
  /** Whether `emit` covers these types and constants (`literals[i]` is undefined where the argument is none). Default: all. */
  canEmit?(types: CallTypes, literals: readonly (Value | undefined)[]): boolean;
  /** The emitted code may run over undefined data of a NULL (it neither traps nor reads memory): then no branch guards it. */
  readonly speculative?: boolean;
  /** `emit` may leave some rows to `evaluate` (`e.unhandled`): the call then becomes a computed column (emit/split.ts). */
  readonly partial?: boolean | ((types: CallTypes, literals: readonly (Value | undefined)[]) => boolean);
}

/**
 * A value in emitted code. `parts` by storage (base/types.ts): i8, i32 -> [i32]; i64 -> [i64]; f32, f64 -> [f64] (an f32 is
 * computed as f64 and rounded when its operation says so); i128 -> [low i64, high i64]; bytes -> [address i32, length i32];
 * ROW -> none, its fields in `fields`. Parts must be cheap to repeat: locals or constants (use `e.bind`).
 */
export interface Emitted {
  readonly type: SqlType;
  /** i32, 1 where the value is not NULL; undefined where it never is. */
  readonly valid: Term | undefined;
  readonly parts: readonly Term[];
  readonly fields?: readonly Emitted[];
  /** Where the value is a constant: it. */
  readonly literal?: Value;
  /** Of an i128: its high word is known to be the sign of its low word. */
  readonly narrow?: boolean;
}

/** What `emit` of a function or aggregate builds with. */
export interface Emitter {
  readonly f: Fn;
  /** Stops the stage at this row with an error where `cond` holds and the value being computed is needed and not NULL. */
  fail(cond: Term, code: RowErrorName): void;
  /** The same, the number of the error (base/row-error.ts) known only when it runs; 0 is none. */
  failWith(number: Term): void;
  /** Leaves this value to `evaluate` where `cond` holds; only in functions that are `partial`. */
  unhandled(cond: Term): void;
  /** Terms -> locals, so that they are computed once. */
  bind(name: string, parts: readonly Term[]): readonly Term[];
  /** Constant bytes (UTF-8 of a string, a table) that live as long as the query: their address and length as parts. */
  bytes(data: string | Uint8Array): readonly [Term, Term];
  /**
   * Room for `size` bytes (a term) in the arena of the batch, at least 16 of slack behind; valid until the end of the run. Stops the stage
   * (to be entered again at this row with an empty arena or split batch) where there is none. Give back what was not used with `arenaShrink`.
   */
  arena(size: Term): Term;
  /** Sets the arena's top to `end`: after writing less than was asked for. */
  arenaShrink(end: Term): void;
}
