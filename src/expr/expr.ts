/** Bound expressions: what the binder makes of SQL, typed, over the leaves of one input. Data; evaluated by evaluate.ts, emitted by emit/. */
import { leafCount, type SqlType, sameType } from "../base/types.ts";
import { isRow, type Span, type Value } from "../base/value.ts";
import type { ScalarFunction } from "./function.ts";

interface Typed {
  readonly type: SqlType;
  /** false: never NULL. */
  readonly nullable: boolean;
}

export type Expr =
  | (Typed & { readonly node: "literal"; readonly value: Value })
  /** Leaf `leaf` of the input; of a ROW its first leaf, the fields follow. `name` is for people. */
  | (Typed & { readonly node: "column"; readonly leaf: number; readonly name: string })
  | (Typed & {
      readonly node: "call";
      readonly fn: ScalarFunction;
      readonly args: readonly Expr[];
      readonly span: Span;
    })
  | (Typed & {
      readonly node: "cast";
      readonly arg: Expr;
      readonly isTry: boolean;
      /** Into a column: a text that is too long, in a ROW too, is an error and is not cut, but for spaces at its end (22001). */
      readonly isAssignment?: boolean;
      readonly span: Span;
    })
  /** Into a NOT NULL column: NULL is an error (23502). */
  | (Typed & { readonly node: "notNull"; readonly arg: Expr })
  /** Three-valued; left to right, only what is needed. */
  | (Typed & { readonly node: "and" | "or"; readonly args: readonly Expr[] })
  | (Typed & { readonly node: "not"; readonly arg: Expr })
  | (Typed & { readonly node: "isNull"; readonly arg: Expr; readonly negated: boolean })
  /** Searched CASE; the binder turns the simple form into it. Branch values have the type of the whole. */
  | (Typed & {
      readonly node: "case";
      readonly branches: readonly { readonly when: Expr; readonly then: Expr }[];
      readonly otherwise: Expr;
    })
  /** First argument that is not NULL; left to right, only what is needed. Arguments have the type of the whole. */
  | (Typed & { readonly node: "coalesce"; readonly args: readonly Expr[] })
  | (Typed & { readonly node: "row"; readonly fields: readonly Expr[] })
  /** Field `index` of a ROW that is not a column. */
  | (Typed & { readonly node: "field"; readonly arg: Expr; readonly index: number })
  /** The watermark before the row, TIMESTAMP(3); NULL before the first. */
  | (Typed & { readonly node: "watermark" });

export const literal = (value: Value, type: SqlType): Expr => ({
  node: "literal",
  type,
  nullable: value === null,
  value,
});

export function childrenOf(e: Expr): readonly Expr[] {
  switch (e.node) {
    case "literal":
    case "column":
    case "watermark":
      return [];
    case "call":
    case "and":
    case "or":
    case "coalesce":
      return e.args;
    case "cast":
    case "notNull":
    case "not":
    case "isNull":
    case "field":
      return [e.arg];
    case "case":
      return [...e.branches.flatMap((b) => [b.when, b.then]), e.otherwise];
    case "row":
      return e.fields;
    default:
      return e satisfies never;
  }
}

/** The column whose value `e` is, wherever it has one. */
export const copiedColumn = (e: Expr): Extract<Expr, { node: "column" }> | undefined =>
  e.node === "notNull" ? copiedColumn(e.arg) : e.node === "column" ? e : undefined;

/** The same node over other children (as many as childrenOf gives, in its order). */
export function withChildren(e: Expr, children: readonly Expr[]): Expr {
  const at = (i: number): Expr => {
    const c = children[i];
    if (c === undefined) throw new TypeError("too few children");
    return c;
  };
  switch (e.node) {
    case "literal":
    case "column":
    case "watermark":
      return e;
    case "call":
    case "and":
    case "or":
    case "coalesce":
      return { ...e, args: children };
    case "cast":
    case "notNull":
    case "not":
    case "isNull":
    case "field":
      return { ...e, arg: at(0) };
    case "case":
      return {
        ...e,
        branches: e.branches.map((_, i) => ({ when: at(2 * i), then: at(2 * i + 1) })),
        otherwise: at(2 * e.branches.length),
      };
    case "row":
      return { ...e, fields: children };
    default:
      return e satisfies never;
  }
}

/** Rebuilds bottom-up; returns the same object where nothing changed. */
export function transform(e: Expr, f: (e: Expr) => Expr): Expr {
  const before = childrenOf(e);
  const after = before.map((c) => transform(c, f));
  return f(after.every((c, i) => c === before[i]) ? e : withChildren(e, after));
}

/** Every leaf of the input that `e` reads, a ROW with all that is below it. */
export function leavesRead(e: Expr, into: Set<number> = new Set()): Set<number> {
  if (e.node === "column") for (let i = 0; i < leafCount(e.type); i++) into.add(e.leaf + i);
  for (const c of childrenOf(e)) leavesRead(c, into);
  return into;
}

/** Structural equality: the same computation. */
export function sameExpr(a: Expr, b: Expr): boolean {
  if (a === b) return true;
  if (a.node !== b.node || !sameType(a.type, b.type)) return false;
  if (a.node === "literal" && b.node === "literal") return sameValue(a.value, b.value);
  if (a.node === "column" && b.node === "column") return a.leaf === b.leaf;
  if (a.node === "call" && b.node === "call" && (a.fn !== b.fn || a.fn.volatility === "volatile")) return false;
  if (a.node === "cast" && b.node === "cast" && castKind(a) !== castKind(b)) return false;
  if (a.node === "isNull" && b.node === "isNull" && a.negated !== b.negated) return false;
  if (a.node === "field" && b.node === "field" && a.index !== b.index) return false;
  const ca = childrenOf(a);
  const cb = childrenOf(b);
  return ca.length === cb.length && ca.every((c, i) => sameExpr(c, cb[i] ?? c));
}

/** A word for what a cast does with a value that has none in the type. */
export const castKind = (e: Extract<Expr, { node: "cast" }>): "CAST" | "TRY_CAST" | "ASSIGN" =>
  e.isTry ? "TRY_CAST" : e.isAssignment === true ? "ASSIGN" : "CAST";

function sameValue(a: Value, b: Value): boolean {
  if (isRow(a) && isRow(b)) return a.length === b.length && a.every((v, i) => sameValue(v, b[i] ?? null));
  return Object.is(a, b);
}
