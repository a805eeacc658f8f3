/** Constant folding: `1 + 2` becomes 3, WHERE TRUE goes away. What fails stays and fails where it is evaluated (E5). */
import type { Expr } from "../../expr/expr.ts";
import { foldNode } from "../../expr/fold.ts";
import { type LogicalPlan, rewrite } from "../logical/plan.ts";
import { rewriteExpressions } from "./expressions.ts";

export function foldConstants(plan: LogicalPlan): LogicalPlan {
  const folded = rewriteExpressions(plan, foldNode);
  return rewrite(folded, (p) => (p.kind === "filter" && isTrue(p.predicate) ? p.input : p));
}

const isTrue = (e: Expr): boolean => e.node === "literal" && e.value === true;
