/** WITH of a view: how long a materialized one keeps its rows (N6). */
import { SqlError } from "../../base/error.ts";
import { leavesOf } from "../../base/types.ts";
import { checkOptions, viewOptions } from "../../connectors/options.ts";
import type { Retention } from "../../operators/physical.ts";
import type * as ast from "../../sql/ast.ts";
import { unsupported } from "../bind/expressions/operators.ts";
import * as build from "../logical/build.ts";
import type { LogicalPlan } from "../logical/plan.ts";
import { givenOptions } from "./options.ts";

/** `plan`: with the columns of the view. Throws SqlError where an option is wrong, and where rows have no time to go by. */
export function viewRetention(s: ast.CreateView, plan: LogicalPlan): Retention | undefined {
  const [option] = s.options;
  if (option === undefined) return undefined;
  if (!s.materialized) {
    throw unsupported(
      `option '${option.key}' of a view`,
      option.span,
      "a view is only a name: CREATE MATERIALIZED VIEW",
    );
  }
  const values = checkOptions("a materialized view", viewOptions, givenOptions(s.options), s.name.span);
  const ms = values.durationMs("retention") ?? 0;
  if (ms <= 0) throw values.invalid("retention", "a duration longer than nothing");
  const column = timeColumn(plan);
  if (column !== undefined) return { column, micros: BigInt(Math.round(ms * 1000)) };
  throw new SqlError("OPTION_NEEDS", values.spanOf("retention"), {
    name: "retention",
    what: "a column that says how old a row is",
    advice: "put window_end, or the event time, into the view",
  });
}

/** Leaves that are the end of a window: groups without a window, too, keep the window_end that they were made by. */
function windowEnds(plan: LogicalPlan): readonly number[] {
  switch (plan.kind) {
    case "filter":
      return windowEnds(plan.input);
    case "project":
      return build.copiesOf(plan.exprs, windowEnds(plan.input));
    case "aggregate":
      if (plan.window === undefined) return build.copiesOf(plan.keys, windowEnds(plan.input));
      break;
    case "union": {
      const [first = [], ...others] = plan.inputs.map(windowEnds);
      return first.filter((leaf) => others.every((ends) => ends.includes(leaf)));
    }
    default:
  }
  return plan.windows.flatMap(({ end }) => end ?? []);
}

/** The end of the last window that a row belongs to, else its event time. */
function timeColumn(plan: LogicalPlan): number | undefined {
  const leaf = windowEnds(plan).at(-1) ?? plan.timeAttributes.at(-1);
  const path = leaf === undefined ? undefined : leavesOf(plan.schema)[leaf]?.path;
  const column = plan.schema.findIndex(({ name }) => name === path?.[0]);
  return path?.length === 1 && column >= 0 ? column : undefined;
}
