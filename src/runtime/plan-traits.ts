/** What the runtime wants to know of a physical plan before it opens it. */
import { leavesOf, type Schema } from "../base/types.ts";
import type { OperatorContext } from "../operators/operator.ts";
import type { OperatorPlan, PhysicalPlan, TablePlan } from "../operators/physical.ts";
import { columnsRead, leavesRead } from "./computed.ts";

const STATEFUL: ReadonlySet<string> = new Set([
  "windowTable",
  "windowAggregate",
  "sessionAggregate",
  "groupAggregate",
  "sort",
]);

/** Whether the operator itself keeps rows or groups. */
export const keepsState = (plan: PhysicalPlan): boolean => STATEFUL.has(plan.kind);

/** Whether rows of the table of that name enter the plan. */
export const readsTable = (plan: PhysicalPlan, table: string): boolean =>
  tablesRead(plan).some(({ name }) => name === table);

/** The tables whose rows enter the plan: one of each scan. */
export const tablesRead = (plan: PhysicalPlan): readonly TablePlan[] =>
  plan.kind === "scan" ? [plan.table] : plan.inputs.flatMap(tablesRead);

/** Whether it or something below it does. */
export const isStateful = (plan: PhysicalPlan): boolean => keepsState(plan) || plan.inputs.some(isStateful);

/** How a consumer reads batches: whether their order shows, and whether it still reads them later in the run. */
export type BatchUse = Pick<OperatorContext, "ordered" | "retained">;

/** How an operator reads its inputs' batches; `use`: how its own are read. */
export function useOfInputs(plan: OperatorPlan, use: BatchUse): BatchUse {
  const sortsItself = plan.kind === "sort" || plan.kind === "groupAggregate";
  return {
    ordered: readsOrder(plan) || (use.ordered && !sortsItself),
    retained: retainsInput(plan, use.retained),
  };
}

/** Whether the order in which a node takes its rows shows in what it puts out. */
function readsOrder(plan: PhysicalPlan): boolean {
  switch (plan.kind) {
    case "sort":
      return true;
    case "windowAggregate":
    case "sessionAggregate":
    case "groupAggregate":
      return plan.spec.aggregates.some((a) => a.function === "FIRST_VALUE" || a.function === "LAST_VALUE");
    default:
      return false;
  }
}

/** Whether an operator still reads a batch when it has returned from taking it; `retained`: whether its own consumer does. */
function retainsInput(plan: OperatorPlan, retained: boolean): boolean {
  // A union waits for all its inputs; a projection points to its input's columns.
  return plan.kind === "union" || (plan.kind === "calc" && retained);
}

/** Of the rows that an operator takes from `input`: the columns that have values. */
export function columnsKnown(input: PhysicalPlan | undefined): readonly boolean[] {
  if (input === undefined) return [];
  return input.kind === "scan" ? columnsRead(input.schema, leavesRead(input)) : input.schema.map(() => true);
}

/** The keys of the groups that an operator puts out, with their windows. */
export function groupSchema(plan: OperatorPlan): Schema {
  switch (plan.kind) {
    case "groupAggregate":
      return plan.schema.slice(0, plan.spec.keys.length);
    case "windowAggregate":
    case "sessionAggregate":
      // The last three columns: window_start, window_end, window_time.
      return [...plan.schema.slice(0, plan.spec.keys.length), ...plan.schema.slice(-3, -1)];
    default:
      return [];
  }
}

/**
 * Whether the changes that a plan puts out in an epoch may hold more than their net: a filter leaves halves of updates, a
 * projection updates that change nothing, a union both. A group aggregate puts out the net change itself.
 */
export function leavesPairs(plan: PhysicalPlan): boolean {
  if (plan.mode !== "retract" || plan.kind === "groupAggregate") return false;
  const input = plan.inputs[0];
  if (plan.kind !== "calc" || plan.spec.where !== undefined || input === undefined) return true;
  const passed = new Set(plan.spec.exprs.map(({ expr }) => (expr.node === "column" ? expr.leaf : -1)));
  const keepsAll = leavesOf(input.schema).every((l, leaf) => l.path.length > 1 || passed.has(leaf));
  return !keepsAll || leavesPairs(input);
}
