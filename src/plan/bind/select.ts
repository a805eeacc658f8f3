/** SELECT: FROM, WHERE, GROUP BY, HAVING, the select list, DISTINCT; and the ORDER BY that may look inside it. */
import { SqlError } from "../../base/error.ts";
import type { Span } from "../../base/value.ts";
import { type Expr, sameExpr } from "../../expr/expr.ts";
import type { NamedExpr } from "../../operators/operator.ts";
import type * as ast from "../../sql/ast.ts";
import { resolveName } from "../catalog/names.ts";
import * as build from "../logical/build.ts";
import type { LogicalAggregateCall, LogicalPlan } from "../logical/plan.ts";
import { type Env, Reported } from "./env.ts";
import { aggregateLeaf } from "./expressions/call.ts";
import { bindCondition, bindExpr } from "./expressions/expr.ts";
import { unsupported } from "./expressions/operators.ts";
import { outputName } from "./expressions/output-name.ts";
import { type BindQuery, bindFrom, warnHints } from "./from.ts";
import { type GroupKey, group } from "./group.ts";
import { type AggregateSink, type ExprScope, fieldOf, type Relation, scopeOver, tablesOf } from "./scope.ts";

/** A SELECT with the columns that its ORDER BY needs besides: those stand behind `visible`. */
export interface BoundSelect {
  readonly plan: LogicalPlan;
  readonly columns: Relation["columns"];
  readonly visible: number;
  /** By item of ORDER BY: the column of `plan`. */
  readonly order: readonly number[];
}

interface Item extends NamedExpr {
  readonly span: Span;
}

export function bindSelect(
  node: ast.Select,
  orderBy: readonly ast.OrderItem[],
  env: Env,
  bindQuery: BindQuery,
): BoundSelect {
  refuseClauses(node);
  warnHints(node.hints, env);
  const from = bindFrom(node.from, env, bindQuery);
  const where = node.where;
  const predicate =
    where === undefined ? undefined : env.attempt(() => bindCondition(where, scopeOver(env, from, "WHERE")));
  const sink: AggregateSink = { calls: [] };
  const scope: ExprScope = { ...scopeOver(env, from, "SELECT"), aggregates: sink };
  const items = env.attempt(() => bindItems(node.items, scope, from));
  const keys = env.attempt(() => groupKeys(node.groupBy, node.items, items, scope));
  const having = node.having;
  const havingExpr =
    having === undefined ? undefined : env.attempt(() => bindCondition(having, { ...scope, clause: "HAVING" }));
  if (items === undefined) throw new Reported();
  const ordered = env.each(orderBy, (o) => orderTarget(o, node, items, scope));
  if (
    keys === undefined ||
    (where !== undefined && predicate === undefined) ||
    (having !== undefined && havingExpr === undefined)
  ) {
    throw new Reported();
  }
  const filtered = predicate === undefined ? from.plan : build.filter(from.plan, predicate);
  const isGrouped = node.groupBy !== undefined || sink.calls.length > 0 || having !== undefined;
  const { plan, lift } = isGrouped
    ? grouped(filtered, named(keys, items), namedCalls(sink, items), havingExpr, {
        env,
        span: node.groupBy?.span ?? node.span,
        hasKeys: node.groupBy !== undefined,
      })
    : { plan: filtered, lift: (e: Expr): Expr => e };
  const lifted = env.each(items, (i): NamedExpr => ({ name: i.name, expr: lift(i.expr) }));
  const liftedOrder = env.each(ordered, (o) => (typeof o === "number" ? o : lift(o)));
  return output(plan, lifted, liftedOrder, node, orderBy, env);
}

function refuseClauses(node: ast.Select): void {
  if (node.distinctOn[0] !== undefined) throw unsupported("DISTINCT ON", node.distinctOn[0].span);
  if (node.streamWindow !== undefined) {
    const advice = "write FROM TUMBLE(TABLE t, DESCRIPTOR(ts), size)";
    throw unsupported(`WINDOW ${node.streamWindow.kind}`, node.streamWindow.span, advice);
  }
  if (node.windows[0] !== undefined) throw unsupported("WINDOW .. AS (OVER windows)", node.windows[0].span);
  if (node.qualify !== undefined) throw unsupported("QUALIFY", node.qualify.span);
}

// ---- The select list ----

function bindItems(items: readonly ast.SelectItem[], scope: ExprScope, from: Relation): readonly Item[] {
  return scope.env
    .each(items, (item): readonly Item[] => {
      if (item.kind === "star") return expandStar(item, scope, from);
      const expr = bindExpr(item.expr, scope);
      const name = item.alias?.name ?? asDeclared(outputName(item.expr), expr);
      return [{ name, expr, span: item.expr.span }];
    })
    .flat();
}

/** A column keeps the spelling of its declaration, however it is written (V7). */
function asDeclared(written: string, e: Expr): string {
  if (e.node !== "column" || e.leaf < 0) return written;
  const declared = e.name.slice(-written.length);
  return declared.toLowerCase() === written.toLowerCase() ? declared : written;
}

function expandStar(
  star: Extract<ast.SelectItem, { kind: "star" }>,
  scope: ExprScope,
  from: Relation,
): readonly Item[] {
  if (from.columns.length === 0) throw new SqlError("NO_FROM_FOR_STAR", star.span, {});
  const all = star.qualifier.length === 0 ? columnsOf(from, scope, star.span) : qualified(star, scope, from);
  const excluded = star.except.map((e) => {
    const found = resolveName(e.name, all, (i) => i.name);
    if (found.kind === "found") return found.value;
    throw new SqlError("UNKNOWN_COLUMN", e.span, { name: e.name, table: "the list", columns: all.map((i) => i.name) });
  });
  return all.filter((i) => !excluded.includes(i));
}

const columnsOf = (from: Relation, scope: ExprScope, span: Span, table?: string): readonly Item[] =>
  from.columns
    .filter((c) => table === undefined || c.table?.toLowerCase() === table.toLowerCase())
    .map((c) => ({ name: c.name, expr: scope.env.mark(build.columnAt(scope.schema, c.index), span), span }));

/** `t.*`, or the fields of a ROW: `bid.*`. */
function qualified(star: Extract<ast.SelectItem, { kind: "star" }>, scope: ExprScope, from: Relation): readonly Item[] {
  const [first] = star.qualifier;
  if (first !== undefined && star.qualifier.length === 1) {
    const columns = columnsOf(from, scope, star.span, first.name);
    if (columns.length > 0) return columns;
    const tables = tablesOf(from.columns);
    const column = resolveName(first.name, from.columns, (c) => c.name);
    if (column.kind === "unknown") throw new SqlError("UNKNOWN_ALIAS", first.span, { name: first.name, tables });
  }
  const row = bindExpr({ kind: "column", parts: star.qualifier, span: star.span }, scope);
  if (row.type.kind !== "ROW") {
    throw new SqlError("NOT_A_ROW", star.span, {
      name: star.qualifier.map((q) => q.name).join("."),
      type: row.type.kind,
    });
  }
  return row.type.fields.map((f) => ({
    name: f.name,
    expr: scope.env.mark(fieldOf(row, { name: f.name, span: star.span }), star.span),
    span: star.span,
  }));
}

// ---- GROUP BY and ORDER BY ----

/** `2`: the second column of the select list. */
function position(e: ast.Expr, clause: string, count: number): number | undefined {
  if (e.kind !== "number" || e.form !== "integer") return undefined;
  const at = Number(e.text);
  if (at < 1 || at > count) throw new SqlError("POSITION_OUT_OF_RANGE", e.span, { clause, position: e.text, count });
  return at - 1;
}

function groupKeys(
  groupBy: ast.GroupBy | undefined,
  asts: readonly ast.SelectItem[],
  items: readonly Item[] | undefined,
  scope: ExprScope,
): readonly GroupKey[] {
  if (groupBy === undefined) return [];
  if (groupBy.distinct) throw unsupported("GROUP BY DISTINCT", groupBy.span);
  const exprs = groupBy.elements.flatMap((e): readonly ast.Expr[] => {
    switch (e.kind) {
      case "groupingExpr":
        return e.expr.kind === "row" ? e.expr.items : [e.expr];
      case "groupingSet":
        return e.items;
      case "rollup":
        throw unsupported("ROLLUP", e.span);
      case "cube":
        throw unsupported("CUBE", e.span);
      case "groupingSets":
        throw unsupported("GROUPING SETS", e.span);
      default:
        return e satisfies never;
    }
  });
  const keyScope: ExprScope = { ...scope, clause: "GROUP BY", aggregates: undefined };
  const keys = scope.env.each(exprs, (e): readonly GroupKey[] => {
    const count = items?.length ?? asts.length;
    const at = position(e, "GROUP BY", count) ?? aliasIndex(e, asts, items ?? [], scope);
    if (at === undefined) return [{ name: outputName(e), expr: bindExpr(e, keyScope), span: e.span }];
    const item = items?.[at];
    // The select list has errors of its own, and this is part of it.
    if (item === undefined) return [];
    if (readsAggregate(item.expr)) {
      throw new SqlError("AGGREGATE_NOT_ALLOWED", e.span, { name: item.name, clause: "GROUP BY" });
    }
    return [{ name: item.name, expr: item.expr, span: e.span }];
  });
  return keys.flat();
}

const readsAggregate = (e: Expr): boolean =>
  e.node === "column" ? e.leaf < 0 : "args" in e ? e.args.some(readsAggregate) : "arg" in e && readsAggregate(e.arg);

/** A bare name in GROUP BY is a column of the input, or else an alias of the select list (PostgreSQL). */
function aliasIndex(
  e: ast.Expr,
  asts: readonly ast.SelectItem[],
  items: readonly Item[],
  scope: ExprScope,
): number | undefined {
  const [name] = e.kind === "column" && e.parts.length === 1 ? e.parts : [];
  if (name === undefined || resolveName(name.name, scope.columns, (c) => c.name).kind !== "unknown") return undefined;
  const aliases = asts.flatMap((a) => (a.kind === "item" && a.alias !== undefined ? [a.alias.name] : []));
  const found = resolveName(name.name, aliases, (a) => a);
  if (found.kind !== "found") return undefined;
  return Math.max(
    items.findIndex((i) => i.name === found.value),
    0,
  );
}

/** A bare name in ORDER BY is an output column, or else an expression over the input (PostgreSQL). */
function orderTarget(o: ast.OrderItem, node: ast.Select, items: readonly Item[], scope: ExprScope): Expr | number {
  const at = position(o.expr, "ORDER BY", items.length);
  if (at !== undefined) return at;
  const [name] = o.expr.kind === "column" && o.expr.parts.length === 1 ? o.expr.parts : [];
  if (name !== undefined) {
    const found = resolveName(name.name, items, (i) => i.name);
    if (found.kind === "found") return items.indexOf(found.value);
    if (found.kind === "ambiguous" && !allSame(found.values)) {
      throw new SqlError("AMBIGUOUS_COLUMN", name.span, {
        name: name.name,
        hint: "it stands twice in the select list",
      });
    }
  }
  const expr = bindExpr(o.expr, { ...scope, clause: "ORDER BY" });
  const same = items.findIndex((i) => sameExpr(i.expr, expr));
  if (same >= 0) return same;
  if (node.distinct) throw unsupported("ORDER BY of a column that SELECT DISTINCT does not list", o.span);
  return expr;
}

const allSame = (items: readonly Item[]): boolean =>
  items.every((i) => items[0] !== undefined && sameExpr(i.expr, items[0].expr));

// ---- Putting it together ----

/** Keys and aggregates are called as the select list calls them, where it holds them plainly. */
const named = (keys: readonly GroupKey[], items: readonly Item[]): readonly GroupKey[] =>
  keys.map((k) => ({ ...k, name: items.find((i) => sameExpr(i.expr, k.expr))?.name ?? k.name }));

const namedCalls = (sink: AggregateSink, items: readonly Item[]): readonly LogicalAggregateCall[] =>
  sink.calls.map((c, index) => {
    const leaf = aggregateLeaf(index);
    return { ...c, name: items.find((i) => i.expr.node === "column" && i.expr.leaf === leaf)?.name ?? c.name };
  });

function grouped(
  input: LogicalPlan,
  keys: readonly GroupKey[],
  calls: readonly LogicalAggregateCall[],
  having: Expr | undefined,
  context: { readonly env: Env; readonly span: Span; readonly hasKeys: boolean },
): { readonly plan: LogicalPlan; readonly lift: (e: Expr) => Expr } {
  const { env, span } = context;
  const what = context.hasKeys ? "GROUP BY" : "aggregate";
  const { plan, lift } = group(input, keys, calls, { what, span, env });
  return { plan: having === undefined ? plan : build.filter(plan, lift(having)), lift };
}

function output(
  plan: LogicalPlan,
  items: readonly NamedExpr[],
  ordered: readonly (Expr | number)[],
  node: ast.Select,
  orderBy: readonly ast.OrderItem[],
  env: Env,
): BoundSelect {
  const exprs = [...items];
  const order = ordered.map((o, i) => {
    if (typeof o === "number") return o;
    return exprs.push({ name: outputName(orderBy[i]?.expr ?? { kind: "null", span: node.span }), expr: o }) - 1;
  });
  const projected = build.project(plan, exprs);
  const columns = items.map((i, index) => ({ name: i.name, index, table: undefined }));
  if (!node.distinct) return { plan: projected, columns, visible: items.length, order };
  return { plan: distinct(projected, node.span, env), columns, visible: items.length, order };
}

/** SELECT DISTINCT: a GROUP BY of all columns, which a window may bound as well (W7). The columns stay in order. */
export function distinct(input: LogicalPlan, span: Span, env: Env): LogicalPlan {
  const all = build.identity(input.schema);
  const { plan, lift } = group(
    input,
    all.map((k) => ({ ...k, span })),
    [],
    { what: "DISTINCT", span, env },
  );
  return build.project(
    plan,
    all.map((k) => ({ name: k.name, expr: lift(k.expr) })),
  );
}
