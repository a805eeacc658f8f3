/**
 * Calls and casts that emitted code cannot compute, or not for every row, become computed columns: columns that are made
 * before the stage runs and stand behind the leaves of its input. So do their arguments, as far as they are more than a
 * column or a constant: TypeScript then computes the one node, and emitted code all that is below it. Columns are made
 * for every row that may need them; where that fails the number of the error goes into the validity byte, so that a row
 * only fails when it uses the value.
 */

import { leafCount } from "../../base/types.ts";
import { canEmitCast, isPartialCast } from "../cast/emit.ts";
import type { Expr } from "../expr.ts";
import { childrenOf, transform, withChildren } from "../expr.ts";
import { exprKey } from "./scope.ts";

export interface ComputedColumn {
  /** Its first leaf, behind those of the input and of the computed columns before it. */
  readonly leaf: number;
  /** What it holds, over the leaves before it; where TypeScript takes part, a call or cast over columns and constants. */
  readonly expr: Expr;
  /** `both`: by emitted code, which leaves some rows to TypeScript. */
  readonly by: "emitted" | "both" | "typescript";
}

export interface Split {
  /** The expressions over the input's leaves and the computed ones. All have an emitted form. */
  readonly exprs: readonly Expr[];
  readonly columns: readonly ComputedColumn[];
  /** How many leaves the input has. */
  readonly inputLeaves: number;
}

/** How a node is computed; undefined: where it stands. */
export function computedBy(e: Expr): "both" | "typescript" | undefined {
  if (e.node === "call") {
    const literals = e.args.map((a) => (a.node === "literal" ? a.value : undefined));
    const types = { args: e.args.map((a) => a.type), result: e.type };
    if (e.fn.emit === undefined || !(e.fn.canEmit?.(types, literals) ?? true)) return "typescript";
    const { partial = false } = e.fn;
    return (typeof partial === "boolean" ? partial : partial(types, literals)) ? "both" : undefined;
  }
  if (e.node === "cast") {
    if (!canEmitCast(e.arg.type, e.type)) return "typescript";
    return isPartialCast(e.arg.type, e.type) ? "both" : undefined;
  }
  return undefined;
}

export function splitExprs(exprs: readonly Expr[], inputLeaves: number): Split {
  const columns: ComputedColumn[] = [];
  const known = new Map<string, Expr>();
  let leaf = inputLeaves;
  const computed = (e: Expr, by: ComputedColumn["by"]): Expr => {
    const isShared = e.node !== "call" || e.fn.volatility === "immutable";
    const key = exprKey(e);
    const found = isShared ? known.get(key) : undefined;
    if (found !== undefined) return found;
    const name = `computed ${columns.length}`;
    const column: Expr = { node: "column", type: e.type, nullable: e.nullable, leaf, name };
    columns.push({ leaf, expr: e, by });
    leaf += leafCount(e.type);
    if (isShared) known.set(key, column);
    return column;
  };
  const argument = (e: Expr): Expr => (e.node === "literal" || e.node === "column" ? e : computed(e, "emitted"));
  const split = (e: Expr): Expr => {
    const by = computedBy(e);
    return by === undefined ? e : computed(withChildren(e, childrenOf(e).map(argument)), by);
  };
  return { exprs: exprs.map((e) => transform(e, split)), columns, inputLeaves };
}
