/**
 * Predicate push-down: a filter goes below UNION ALL, and below TUMBLE, HOP and CUMULATE where it reads no window column:
 * plain window functions never drop a row (T12), so each row meets the same predicate, once. Not below SESSION, whose
 * filtered rows still bridge (W7), nor below aggregates; through projections it goes when calcs are merged (chain.ts).
 */
import { type Expr, leavesRead } from "../../expr/expr.ts";
import * as build from "../logical/build.ts";
import type { LogicalPlan } from "../logical/plan.ts";
import { substitution } from "./chain.ts";

export function pushFilters(plan: LogicalPlan): LogicalPlan {
  switch (plan.kind) {
    case "scan":
    case "values":
      return plan;
    case "filter":
      return place(pushFilters(plan.input), plan.predicate);
    case "project":
    case "windowTable":
    case "aggregate":
    case "sort":
      return { ...plan, input: pushFilters(plan.input) };
    case "union":
      return { ...plan, inputs: plan.inputs.map(pushFilters) };
    default:
      return plan satisfies never;
  }
}

/** `predicate` over `plan`, as low as it may go. */
function place(plan: LogicalPlan, predicate: Expr): LogicalPlan {
  switch (plan.kind) {
    case "project":
      return { ...plan, input: place(plan.input, substitution(plan.exprs)(predicate)) };
    case "union":
      return { ...plan, inputs: plan.inputs.map((p) => place(p, predicate)) };
    case "windowTable": {
      const own = build.leavesIn(plan.input.schema);
      const belongsBelow = [...leavesRead(predicate)].every((leaf) => leaf < own);
      if (plan.window.spec.kind === "session" || !belongsBelow) return build.filter(plan, predicate);
      return { ...plan, input: place(plan.input, predicate) };
    }
    default:
      return build.filter(plan, predicate);
  }
}
