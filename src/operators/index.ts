/** The operators. A new one: its file, and a line here. */
import { calc } from "./calc.ts";
import { groupAggregate } from "./group-aggregate.ts";
import type { Operator, OperatorContext } from "./operator.ts";
import type { OperatorPlan } from "./physical.ts";
import { sessionAggregate } from "./session-aggregate.ts";
import { sort } from "./sort.ts";
import { union } from "./union.ts";
import { windowAggregate } from "./window-aggregate.ts";
import { windowTable } from "./window-table.ts";

interface Operators {
  readonly calc: typeof calc;
  readonly windowTable: typeof windowTable;
  readonly windowAggregate: typeof windowAggregate;
  readonly sessionAggregate: typeof sessionAggregate;
  readonly groupAggregate: typeof groupAggregate;
  readonly union: typeof union;
  readonly sort: typeof sort;
}

export const operators: Operators = {
  calc,
  windowTable,
  windowAggregate,
  sessionAggregate,
  groupAggregate,
  union,
  sort,
};

/** What runs a node of the plan. */
export function openOperator(plan: OperatorPlan, context: OperatorContext): Operator {
  switch (plan.kind) {
    case "calc":
      return calc.open(plan.spec, context);
    case "windowTable":
      return windowTable.open(plan.spec, context);
    case "windowAggregate":
      return windowAggregate.open(plan.spec, context);
    case "sessionAggregate":
      return sessionAggregate.open(plan.spec, context);
    case "groupAggregate":
      return groupAggregate.open(plan.spec, context);
    case "union":
      return union.open(plan.spec, context);
    case "sort":
      return sort.open(plan.spec, context);
    default:
      return plan satisfies never;
  }
}
