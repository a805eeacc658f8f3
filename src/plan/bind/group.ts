/**
 * GROUP BY: which of its keys determine a window (W7), and the way of an expression from the rows to the groups: what
 * is a key or an aggregate becomes a column of the groups, any other column is an error.
 */
import { SqlError } from "../../base/error.ts";
import { leafCount, type SqlType } from "../../base/types.ts";
import type { Span } from "../../base/value.ts";
import { childrenOf, type Expr, sameExpr, withChildren } from "../../expr/expr.ts";
import type { NamedExpr } from "../../operators/operator.ts";
import * as build from "../logical/build.ts";
import type {
  GroupWindow,
  LogicalAggregate,
  LogicalAggregateCall,
  LogicalPlan,
  WindowColumns,
} from "../logical/plan.ts";
import type { Env } from "./env.ts";
import { aggregateIndex } from "./expressions/call.ts";

export interface GroupKey extends NamedExpr {
  readonly span: Span;
}

/** The window of `windows` that the keys determine, the newest first. */
export function determinedWindow(plan: LogicalPlan, keys: readonly Expr[]): WindowColumns | undefined {
  const has = (leaf: number | undefined): boolean =>
    leaf !== undefined && keys.some((k) => k.node === "column" && k.leaf === leaf);
  return [...plan.windows].reverse().find((w) => {
    const start = has(w.start);
    const end = has(w.end) || has(w.time);
    switch (w.window.spec.kind) {
      case "tumble":
      case "hop":
        return start || end;
      case "cumulate":
        return end;
      case "session":
        return end && (start || (w.partition.length > 0 && w.partition.every(has)));
      default:
        return w.window.spec satisfies never;
    }
  });
}

const isWindowLeaf = (w: WindowColumns, e: Expr): boolean =>
  e.node === "column" && (e.leaf === w.start || e.leaf === w.end || e.leaf === w.time);

export interface Grouping {
  readonly plan: LogicalAggregate;
  /** Moves an expression over the rows to the groups. */
  readonly lift: (e: Expr) => Expr;
}

/** `plan` grouped by `keys`; equal keys count once. */
export function group(
  plan: LogicalPlan,
  keys: readonly GroupKey[],
  aggregates: readonly LogicalAggregateCall[],
  context: { readonly what: LogicalAggregate["what"]; readonly span: Span; readonly env: Env },
): Grouping {
  const distinct = keys.filter((k, i) => keys.findIndex((j) => sameExpr(j.expr, k.expr)) === i);
  const columns = determinedWindow(
    plan,
    distinct.map((k) => k.expr),
  );
  const plainKeys = distinct.filter((k) => columns === undefined || !isWindowLeaf(columns, k.expr));
  const node = build.aggregate(plan, {
    keys: plainKeys.map(({ name, expr }) => ({ name, expr })),
    aggregates,
    window: columns === undefined ? undefined : groupWindow(columns, plainKeys),
    what: context.what,
    span: context.span,
  });
  const targets: Target[] = plainKeys.map((k, i) => ({ from: k.expr, to: build.columnAt(node.schema, i) }));
  if (columns !== undefined)
    targets.push(...windowTargets(columns, distinct, node, plainKeys.length + aggregates.length));
  const lift = (e: Expr): Expr =>
    liftExpr(e, { targets, env: context.env, aggregate: (i) => build.columnAt(node.schema, plainKeys.length + i) });
  return { plan: node, lift };
}

function groupWindow(w: WindowColumns, keys: readonly NamedExpr[]): GroupWindow {
  const isKey = (leaf: number | undefined): boolean =>
    leaf !== undefined && keys.some((k) => k.expr.node === "column" && k.expr.leaf === leaf);
  return {
    identity: w.window,
    start: w.start,
    end: w.end,
    coversPartition: w.partition.every(isKey) && keys.length === w.partition.length,
  };
}

interface Target {
  readonly from: Expr;
  readonly to: Expr;
}

/** window_start, window_end and window_time of the groups, as far as GROUP BY names them. */
function windowTargets(
  w: WindowColumns,
  keys: readonly GroupKey[],
  node: LogicalAggregate,
  first: number,
): readonly Target[] {
  return [w.start, w.end, w.time].flatMap((leaf, i) => {
    const key = keys.find((k) => k.expr.node === "column" && k.expr.leaf === leaf);
    return key === undefined || leaf === undefined
      ? []
      : [{ from: key.expr, to: build.columnAt(node.schema, first + i) }];
  });
}

interface Lifting {
  readonly targets: readonly Target[];
  readonly aggregate: (index: number) => Expr;
  readonly env: Env;
}

function liftExpr(e: Expr, lifting: Lifting): Expr {
  for (const { from, to } of lifting.targets) {
    if (sameExpr(from, e)) return to;
    const part = partOf(from, e, to);
    if (part !== undefined) return part;
  }
  if (e.node === "column") {
    if (e.leaf < 0) return lifting.aggregate(aggregateIndex(e.leaf));
    throw new SqlError("NOT_GROUPED", lifting.env.spanOf(e), { name: e.name });
  }
  const children = childrenOf(e);
  if (children.length === 0) return e;
  return withChildren(
    e,
    children.map((c) => liftExpr(c, lifting)),
  );
}

/** A field of a ROW that is a key. */
function partOf(key: Expr, e: Expr, to: Expr): Expr | undefined {
  if (key.node !== "column" || e.node !== "column" || to.node !== "column" || !isRow(key.type)) return undefined;
  const offset = e.leaf - key.leaf;
  if (offset <= 0 || offset >= leafCount(key.type)) return undefined;
  return { ...e, leaf: to.leaf + offset };
}

const isRow = (t: SqlType): boolean => t.kind === "ROW";
