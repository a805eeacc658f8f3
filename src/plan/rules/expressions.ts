/** Rewrites every expression of a logical plan. */
import { type Expr, transform } from "../../expr/expr.ts";
import * as build from "../logical/build.ts";
import { type LogicalPlan, rewrite } from "../logical/plan.ts";

/** Applies `f` to every node of every expression, bottom-up. `f` keeps types. */
export function rewriteExpressions(plan: LogicalPlan, f: (e: Expr) => Expr): LogicalPlan {
  const map = (e: Expr): Expr => transform(e, f);
  return rewrite(plan, (p) => {
    switch (p.kind) {
      case "filter":
        return { ...p, predicate: map(p.predicate) };
      case "project":
        return build.project(
          p.input,
          p.exprs.map((e) => ({ name: e.name, expr: map(e.expr) })),
        );
      case "aggregate":
        return {
          ...p,
          keys: p.keys.map((k) => ({ name: k.name, expr: map(k.expr) })),
          aggregates: p.aggregates.map((a) => ({
            ...a,
            args: a.args.map(map),
            filter: a.filter === undefined ? undefined : map(a.filter),
          })),
        };
      default:
        return p;
    }
  });
}
