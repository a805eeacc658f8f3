/** What the fields of a group are called in a snapshot: after the aggregates that a person has written. */
import { STALE_FIELD } from "../aggregation/groups.ts";
import { type AggregationPlan, ORDINAL_FIELD, ROWS_FIELD } from "../aggregation/plan.ts";

/** By field; `calls`: the names of the aggregates, in order. */
export function fieldNames(plan: AggregationPlan, calls: readonly string[]): ReadonlyMap<string, string> {
  const names = new Map([
    [ROWS_FIELD, "rows"],
    [ORDINAL_FIELD, "group_number"],
    [STALE_FIELD, "stale"],
  ]);
  plan.lists.forEach((list, i) => {
    if (names.has(list.countField)) return;
    const ofList = plan.results.flatMap((r, call) =>
      plan.accumulators[r.accumulator]?.list === i ? [{ ...r, call }] : [],
    );
    const counting = ofList.find((r) => r.resolved.state.length === 0);
    const name = calls[(counting ?? ofList[0])?.call ?? -1] ?? list.countField;
    names.set(list.countField, counting === undefined ? `${name}_count` : name);
  });
  plan.accumulators.forEach(({ prefix, resolved }, i) => {
    const name = calls[plan.results.findIndex((r) => r.accumulator === i)] ?? prefix;
    for (const s of resolved.state) {
      names.set(`${prefix}.${s.name}`, resolved.state.length === 1 ? name : `${name}_${s.name}`);
    }
  });
  return names;
}
