/**
 * What a group keeps for a list of aggregate calls. Calls over the same arguments with the same FILTER and DISTINCT share
 * one argument list, which counts its rows once; calls of the same accumulator over one list share their state
 * (SUM and AVG). A list without FILTER, DISTINCT and NULLs has the count of the group's rows as its own.
 */

import type { ResolvedAggregate } from "../../expr/aggregate.ts";
import { exprKey } from "../../expr/emit/scope.ts";
import type { Expr } from "../../expr/expr.ts";
import type { LayoutField } from "../../state/layout.ts";
import type { AggregateCall } from "../operator.ts";

/** Rows of the group (i64); kept only where something needs it. */
export const ROWS_FIELD = "rows";
/** What second tables know the group by (i32): its number (values/ordinals.ts), or the address of its bag; kept only where there are some. */
export const ORDINAL_FIELD = "ordinal";

export interface ArgumentList {
  readonly args: readonly Expr[];
  readonly filter: Expr | undefined;
  /** Rows whose first argument is NULL do not count. */
  readonly skipsNulls: boolean;
  readonly countField: string;
  /** Index of the second table that counts its values by group: for DISTINCT, and for MIN and MAX over updating input. */
  readonly valuesTable: number | undefined;
  readonly distinct: boolean;
}

export interface Accumulator {
  readonly resolved: ResolvedAggregate;
  readonly list: number;
  /** Its state fields are `<prefix>.<name>`. */
  readonly prefix: string;
}

export interface AggregationPlan {
  readonly lists: readonly ArgumentList[];
  readonly accumulators: readonly Accumulator[];
  /** By call: its variant and the accumulator that holds its state. */
  readonly results: readonly { readonly resolved: ResolvedAggregate; readonly accumulator: number }[];
  readonly fields: readonly LayoutField[];
  readonly hasRows: boolean;
  /** How many second tables there are. */
  readonly valuesTables: number;
  /** Groups merge and end one by one: second tables know them by bags (values/entries.ts), and what they count is accumulated when the group is put out. */
  readonly bags: boolean;
}

export interface AggregationNeeds {
  /** The input takes rows back. */
  readonly retracts: boolean;
  /** The count of a group's rows is needed for more than the calls. */
  readonly rows: boolean;
  readonly bags?: boolean;
}

interface Building extends ArgumentList {
  readonly key: string;
}

export function planAggregation(calls: readonly AggregateCall[], needs: AggregationNeeds): AggregationPlan {
  const lists: Building[] = [];
  const accumulators: Accumulator[] = [];
  const fields: LayoutField[] = [];
  let valuesTables = 0;
  const listOf = (call: AggregateCall, resolved: ResolvedAggregate): number => {
    const skipsNulls = resolved.skipNulls && call.args[0]?.nullable === true;
    // MIN and MAX lose nothing by taking a value in again: unless rows are taken back, DISTINCT is nothing to them.
    const distinct = call.distinct && (needs.retracts || resolved.retractByValues !== true);
    const byValues = distinct || (needs.retracts && resolved.retractByValues === true);
    const isAll = !byValues && call.filter === undefined && !skipsNulls;
    const filter = call.filter === undefined ? "" : exprKey(call.filter);
    const key = isAll
      ? `all:${call.args.map(exprKey).join()}`
      : `${distinct}:${byValues}:${skipsNulls}:${filter}:${call.args.map(exprKey).join()}`;
    const known = lists.findIndex((l) => l.key === key);
    if (known >= 0) return known;
    const countField = isAll ? ROWS_FIELD : `count${lists.length}`;
    if (!isAll) fields.push({ name: countField, type: "i64" });
    const valuesTable = byValues ? valuesTables++ : undefined;
    const { args } = call;
    return lists.push({ key, args, filter: call.filter, skipsNulls, countField, valuesTable, distinct }) - 1;
  };
  const results = calls.map((call) => {
    const resolved = (needs.retracts ? call.resolved.retractable : undefined) ?? call.resolved;
    if (needs.retracts && resolved.retract === "unsupported") {
      throw new TypeError(`${call.function} cannot take rows back: the planner refuses it over updating input`);
    }
    const list = listOf(call, resolved);
    let accumulator = accumulators.findIndex((a) => a.list === list && a.resolved.accumulator === resolved.accumulator);
    if (accumulator < 0) {
      const prefix = `a${accumulators.length}`;
      accumulator = accumulators.push({ resolved, list, prefix }) - 1;
      for (const s of resolved.state) fields.push({ name: `${prefix}.${s.name}`, type: s.type });
    }
    return { resolved, accumulator };
  });
  const hasRows = needs.rows || lists.some((l) => l.countField === ROWS_FIELD);
  if (valuesTables > 0) fields.unshift({ name: ORDINAL_FIELD, type: "i32" });
  if (hasRows) fields.unshift({ name: ROWS_FIELD, type: "i64" });
  return { lists, accumulators, results, fields, hasRows, valuesTables, bags: needs.bags === true };
}

/**
 * Whether every state can be merged with another one: then windows may share panes. With second tables the values are
 * merged, in the order of a hash table: not where that could show.
 */
export const isMergeable = (plan: AggregationPlan): boolean =>
  plan.accumulators.every((a) => {
    const hasValues = plan.lists[a.list]?.valuesTable !== undefined;
    return hasValues ? a.resolved.invertible : a.resolved.merge === "supported";
  });

/** Whether merging can be undone by subtracting: then windows may keep running totals. */
export const isInvertible = (plan: AggregationPlan): boolean =>
  isMergeable(plan) && plan.accumulators.every((a) => a.resolved.invertible);

/** All expressions that the calls read. */
export const expressionsOf = (plan: AggregationPlan): readonly Expr[] =>
  plan.lists.flatMap((l) => (l.filter === undefined ? l.args : [l.filter, ...l.args]));

/** Whether the order in which the list's values are taken in can show in a result. */
export const listOrdered = (plan: AggregationPlan, list: ArgumentList): boolean =>
  plan.accumulators.some(
    (a) => plan.lists[a.list] === list && !a.resolved.invertible && a.resolved.retractByValues !== true,
  );
