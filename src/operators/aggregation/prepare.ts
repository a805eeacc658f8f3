/** From a spec with keys and aggregate calls to what its operator builds with. */
import { type Field, leavesOf, type Schema } from "../../base/types.ts";
import { type Split, splitExprs } from "../../expr/emit/split.ts";
import type { Expr } from "../../expr/expr.ts";
import type { LayoutField } from "../../state/layout.ts";
import { tableCode } from "../../state/table.ts";
import type { AggregateCall, NamedExpr, OperatorContext } from "../operator.ts";
import { valuesTables } from "../values/entries.ts";
import { Groups, STALE_FIELD } from "./groups.ts";
import { type AggregationNeeds, planAggregation, ROWS_FIELD } from "./plan.ts";

export interface Prepared {
  readonly groups: Groups;
  readonly split: Split;
  readonly conditions: readonly (Expr | undefined)[];
  readonly keys: readonly Expr[];
  readonly keySchema: Schema;
}

export function prepareGroups(
  spec: { readonly keys: readonly NamedExpr[]; readonly aggregates: readonly AggregateCall[] },
  conditions: readonly (Expr | undefined)[],
  context: OperatorContext,
  needs: AggregationNeeds,
  ownFields: readonly LayoutField[] = [],
  ownDeadField?: string,
): Prepared {
  const s = splitAggregation(context.inputs[0] ?? [], conditions, spec.keys, spec.aggregates);
  const plan = planAggregation(s.calls, needs);
  const keySchema = spec.keys.map((k): Field => ({ name: k.name, type: k.expr.type, nullable: k.expr.nullable }));
  const hasStale = needs.retracts && !plan.bags && plan.accumulators.some((a) => a.resolved.retractByValues === true);
  const fields: LayoutField[] = [
    ...(hasStale ? [{ name: STALE_FIELD, type: "i32" } as const] : []),
    ...ownFields,
    ...plan.fields,
  ];
  // The one group of an aggregation without keys stands without rows too.
  const deadField = ownDeadField ?? (plan.hasRows && keySchema.length > 0 ? ROWS_FIELD : undefined);
  const code = tableCode("groups", keySchema, fields, deadField);
  const groups = new Groups(plan, code, valuesTables("groups", plan), context.hashSeed);
  return { groups, split: s.split, conditions: s.conditions, keys: s.keys, keySchema };
}

interface SplitAggregation {
  readonly split: Split;
  /** The conditions in the order given. */
  readonly conditions: readonly (Expr | undefined)[];
  readonly keys: readonly Expr[];
  readonly calls: readonly AggregateCall[];
}

/** Splits off what emitted code cannot compute of an aggregation's expressions (expr/emit/split.ts). */
function splitAggregation(
  input: Schema,
  conditions: readonly (Expr | undefined)[],
  keys: readonly NamedExpr[],
  calls: readonly AggregateCall[],
): SplitAggregation {
  const exprs = [
    ...conditions.flatMap((c) => (c === undefined ? [] : [c])),
    ...keys.map((k) => k.expr),
    ...calls.flatMap((c) => (c.filter === undefined ? c.args : [c.filter, ...c.args])),
  ];
  const split = splitExprs(exprs, leavesOf(input).length);
  let next = 0;
  const take = (): Expr => {
    const e = split.exprs[next++];
    if (e === undefined) throw new TypeError("fewer expressions than were split");
    return e;
  };
  const taken = {
    conditions: conditions.map((c) => (c === undefined ? undefined : take())),
    keys: keys.map(take),
    calls: calls.map((c): AggregateCall => {
      const filter = c.filter === undefined ? undefined : take();
      return { ...c, filter, args: c.args.map(take) };
    }),
  };
  return { split, ...taken };
}
