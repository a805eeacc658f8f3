/**
 * Window fusion: a windowed GROUP BY over a window function becomes one operator with panes or sessions. What stands
 * between them moves: projections into the expressions, filters on the function's input columns into `where` (for SESSION
 * `after`: a filtered row still bridges, W7). Where something reads the window's columns, or a SESSION is grouped by other
 * keys than its own, rows keep their window and are grouped by it: kind "attached".
 */
import { leavesOf } from "../../base/types.ts";
import { type Expr, leavesRead, sameExpr } from "../../expr/expr.ts";
import type { AggregateCall, NamedExpr } from "../../operators/operator.ts";
import * as build from "../logical/build.ts";
import type { LogicalAggregate, LogicalPlan, LogicalWindowTable } from "../logical/plan.ts";
import { chainFrom } from "./chain.ts";

export interface GroupExprs {
  readonly keys: readonly NamedExpr[];
  readonly aggregates: readonly AggregateCall[];
}

export type WindowedGroup = GroupExprs &
  (
    | {
        readonly kind: "fused";
        readonly table: LogicalWindowTable;
        /** Over the leaves of `input`: from below the window function, then from above. */
        readonly before: readonly Expr[];
        /** What is computed below the window function and read above it. */
        readonly below: readonly Expr[];
        readonly after: readonly Expr[];
        readonly time: number;
        readonly input: LogicalPlan;
      }
    | {
        readonly kind: "attached";
        readonly input: LogicalPlan;
        readonly where: readonly Expr[];
        readonly start: number;
        readonly end: number;
      }
    /** A bound of the window cannot be found below. */
    | { readonly kind: "unknownBounds" }
  );

export function moveExprs(node: LogicalAggregate | GroupExprs, f: (e: Expr) => Expr): GroupExprs {
  return {
    keys: node.keys.map((k) => ({ name: k.name, expr: f(k.expr) })),
    aggregates: node.aggregates.map(({ name, function: fn, resolved, args, distinct, filter }) => ({
      name,
      function: fn,
      resolved,
      args: args.map(f),
      distinct,
      filter: filter === undefined ? undefined : f(filter),
    })),
  };
}

export function windowedGroup(node: LogicalAggregate): WindowedGroup {
  const { window } = node;
  if (window === undefined) throw new TypeError("the GROUP BY has no window");
  const above = chainFrom(node.input);
  const exprs = moveExprs(node, above.down);
  const { base } = above;
  if (base.kind === "windowTable" && base.window === window.identity && canFuse(base, exprs, above.predicates)) {
    return fuse(base, exprs, above.predicates);
  }
  const columns = base.windows.find((w) => w.window === window.identity);
  if (columns?.start === undefined || columns.end === undefined) return { kind: "unknownBounds", ...exprs };
  return { kind: "attached", input: base, where: above.predicates, start: columns.start, end: columns.end, ...exprs };
}

/** The leaves of the window function's output that are read above it. */
function leavesAbove(exprs: GroupExprs, predicates: readonly Expr[]): ReadonlySet<number> {
  const read = new Set<number>();
  for (const a of exprs.aggregates) for (const e of a.args) leavesRead(e, read);
  for (const a of exprs.aggregates) if (a.filter !== undefined) leavesRead(a.filter, read);
  for (const e of [...exprs.keys.map((k) => k.expr), ...predicates]) leavesRead(e, read);
  return read;
}

function canFuse(table: LogicalWindowTable, exprs: GroupExprs, predicates: readonly Expr[]): boolean {
  const own = build.leavesIn(table.input.schema);
  if (![...leavesAbove(exprs, predicates)].every((leaf) => leaf < own)) return false;
  if (table.window.spec.kind !== "session") return true;
  const isPartition = (e: Expr): boolean => e.node === "column" && table.partition.includes(e.leaf);
  const keys = exprs.keys.map((k) => k.expr);
  const distinct = keys.filter((k, i) => keys.findIndex((j) => sameExpr(j, k)) === i);
  return distinct.every(isPartition) && distinct.length === new Set(table.partition).size;
}

function fuse(table: LogicalWindowTable, exprs: GroupExprs, predicates: readonly Expr[]): WindowedGroup {
  const below = chainFrom(table.input);
  const timeColumn = columnOf(table.input, table.time);
  const time = below.down(timeColumn);
  if (time.node !== "column") throw new TypeError("a time attribute is a column");
  const read = leavesAbove(exprs, predicates);
  const made = build.identity(table.input.schema).filter(({ expr }) => [...leavesRead(expr)].some((l) => read.has(l)));
  return {
    kind: "fused",
    table,
    input: below.base,
    time: time.leaf,
    before: below.predicates,
    below: made.map(({ expr }) => below.down(expr)).filter((e) => e.node !== "column" && e.node !== "literal"),
    after: predicates.map(below.down),
    ...moveExprs(exprs, below.down),
  };
}

/** Leaf `leaf` of a plan's output as an expression. */
function columnOf(plan: LogicalPlan, leaf: number): Expr {
  const found = leavesOf(plan.schema)[leaf];
  if (found === undefined) throw new TypeError(`no leaf ${leaf}`);
  return { node: "column", leaf, name: found.path.join("."), type: found.type, nullable: found.nullable };
}
