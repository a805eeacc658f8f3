/** The rules in their order. Calc merging (rules/chain.ts) and window fusion (rules/fuse-window.ts) happen in the physical builder. */
import type { LogicalPlan } from "./logical/plan.ts";
import { foldConstants } from "./rules/fold-constants.ts";
import { foldValues } from "./rules/fold-values.ts";
import { pruneColumns } from "./rules/prune-columns.ts";
import { pushFilters } from "./rules/push-filters.ts";

const rules: readonly ((plan: LogicalPlan) => LogicalPlan)[] = [foldConstants, foldValues, pushFilters, pruneColumns];

export function optimize(plan: LogicalPlan): LogicalPlan {
  return rules.reduce((p, rule) => rule(p), plan);
}
