/** An operator's own line, from the registry of operators. */
import type { Schema } from "../../base/types.ts";
import { operators } from "../../operators/index.ts";
import type { OperatorPlan } from "../../operators/physical.ts";

export function describeOperator(node: OperatorPlan, inputs: readonly Schema[]): string {
  switch (node.kind) {
    case "calc":
      return operators.calc.describe(node.spec, inputs);
    case "windowTable":
      return operators.windowTable.describe(node.spec, inputs);
    case "windowAggregate":
      return operators.windowAggregate.describe(node.spec, inputs);
    case "sessionAggregate":
      return operators.sessionAggregate.describe(node.spec, inputs);
    case "groupAggregate":
      return operators.groupAggregate.describe(node.spec, inputs);
    case "union":
      return operators.union.describe(node.spec, inputs);
    case "sort":
      return operators.sort.describe(node.spec, inputs);
    default:
      return node satisfies never;
  }
}
