/** Calls: aggregates, the few functions with a meaning of their own, and everything in the registry. */
import { didYouMean, SqlError } from "../../../base/error.ts";
import { timestamp, typeText } from "../../../base/types.ts";
import type { Span } from "../../../base/value.ts";
import type { ResolvedAggregate } from "../../../expr/aggregate.ts";
import { aggregates, findAggregate } from "../../../expr/aggregates/index.ts";
import { type Expr, sameExpr } from "../../../expr/expr.ts";
import { findFunction, functions } from "../../../expr/functions/index.ts";
import type * as ast from "../../../sql/ast.ts";
import type { LogicalAggregateCall } from "../../logical/plan.ts";
import type { AggregateSink, ExprScope } from "../scope.ts";
import { isWindowFunctionName } from "../window-names.ts";
import { argumentOf, call, castTo, unify } from "./coerce.ts";
import { isLaterFunction } from "./later-functions.ts";
import { type Bind, caseOf, condition, unsupported } from "./operators.ts";

/** Functions that only make sense with OVER. */
const OVER_ONLY = new Set([
  "ROW_NUMBER",
  "RANK",
  "DENSE_RANK",
  "LAG",
  "LEAD",
  "NTILE",
  "NTH_VALUE",
  "PERCENT_RANK",
  "CUME_DIST",
]);
const GROUP_WINDOW_AUXILIARY = /^(TUMBLE|HOP|SESSION)_(START|END|ROWTIME|PROCTIME)$/;
const CLOCK = new Set([
  "PROCTIME",
  "NOW",
  "CURRENT_TIMESTAMP",
  "LOCALTIMESTAMP",
  "CURRENT_DATE",
  "CURRENT_TIME",
  "LOCALTIME",
]);

type BindIn = (e: ast.Expr, scope: ExprScope) => Expr;

/** `f` or `schema.f`. */
function functionName(node: ast.Call): string {
  return (node.name.parts.at(-1)?.name ?? "").toUpperCase();
}

export function bindCall(node: ast.Call, scope: ExprScope, bind: Bind, bindIn: BindIn): Expr {
  const name = functionName(node);
  if (node.over !== undefined) throw unsupported(`${name} OVER`, node.span);
  const aggregate = findAggregate(name);
  if (aggregate !== undefined) return bindAggregate(node, name, scope, bindIn);
  refuseByName(node, name);
  checkExists(node, name);
  for (const [clause, used] of [
    ["DISTINCT", node.distinct],
    ["FILTER", node.filter !== undefined],
    ["ORDER BY", node.orderBy.length > 0],
    ["WITHIN GROUP", node.withinGroup.length > 0],
    ["IGNORE NULLS", node.nulls !== undefined],
  ] as const) {
    if (used) throw new SqlError("NOT_AN_AGGREGATE", node.span, { name, clause });
  }
  const args = node.args.map((a) => plainArgument(a, name));
  return special(node, name, args, bind) ?? registered(node, name, args, bind);
}

function refuseByName(node: ast.Call, name: string): void {
  if (OVER_ONLY.has(name)) throw unsupported(`${name} OVER`, node.span);
  if (GROUP_WINDOW_AUXILIARY.test(name) || isWindowFunctionName(name)) {
    const advice = "write FROM TUMBLE(TABLE t, DESCRIPTOR(ts), size) and GROUP BY window_start, window_end";
    throw unsupported(`the group window ${name}`, node.span, advice);
  }
  if (CLOCK.has(name) && findFunction(name) === undefined) throw unsupported(`the clock function ${name}`, node.span);
}

/** Functions that are nodes of their own. */
const SPECIAL = new Set(["IFNULL", "NVL", "COALESCE", "IF", "IIF", "CURRENT_WATERMARK"]);

function checkExists(node: ast.Call, name: string): void {
  if (SPECIAL.has(name) || findFunction(name) !== undefined) return;
  if (isLaterFunction(name)) throw unsupported(`function ${name}`, node.name.span);
  const names = [...Object.keys(functions), ...aggregates.map((a) => a.name), ...SPECIAL].filter((n) =>
    /^\w+$/.test(n),
  );
  const meant = didYouMean(name, names)?.toLowerCase();
  throw new SqlError("UNKNOWN_FUNCTION", node.name.span, { name: name.toLowerCase() }, meant);
}

function plainArgument(arg: ast.Argument, name: string): ast.Expr {
  switch (arg.kind) {
    case "star":
      throw new SqlError("STAR_NOT_ALLOWED", arg.span, { where: `as an argument of ${name}` });
    case "namedArgument":
      throw unsupported(`a named argument of ${name}`, arg.span);
    case "tableArgument":
    case "descriptor":
      throw unsupported(`a table as an argument of ${name}`, arg.span);
    default:
      return arg;
  }
}

/** Functions that evaluate only what is needed, and so are nodes of their own. */
function special(node: ast.Call, name: string, args: readonly ast.Expr[], bind: Bind): Expr | undefined {
  const { span } = node;
  const spans = args.map((a) => a.span);
  const count = (expected: number, usage: string): void => {
    if (args.length === expected) return;
    throw new SqlError("WRONG_ARGUMENT_COUNT", span, { name, expected, actual: args.length, usage });
  };
  switch (name) {
    case "IFNULL":
    case "NVL":
      count(2, `${name}(value, default)`);
      return coalesce(args.map(bind), spans, span);
    case "COALESCE":
      if (args.length === 0) count(1, "COALESCE(value, ..)");
      return coalesce(args.map(bind), spans, span);
    case "IF":
    case "IIF": {
      count(3, `${name}(condition, then, else)`);
      const [test, then, otherwise] = args.map(bind);
      if (test === undefined || then === undefined || otherwise === undefined) return undefined;
      const [yes, no] = unify([then, otherwise], spans.slice(1), `the results of ${name}`, span);
      if (yes === undefined || no === undefined) return undefined;
      return caseOf([{ when: condition(test, spans[0] ?? span, `the condition of ${name}`), then: yes }], no);
    }
    case "CURRENT_WATERMARK": {
      if (args.length > 1) count(1, "CURRENT_WATERMARK(ts)");
      for (const a of args) bind(a);
      return { node: "watermark", type: timestamp(3), nullable: true };
    }
    default:
      return undefined;
  }
}

function coalesce(args: readonly Expr[], spans: readonly Span[], span: Span): Expr {
  const unified = unify(args, spans, "the arguments of COALESCE", span);
  const [first] = unified;
  if (first === undefined) throw new TypeError("COALESCE has arguments");
  if (unified.length === 1) return first;
  return { node: "coalesce", args: unified, type: first.type, nullable: unified.every((a) => a.nullable) };
}

function registered(node: ast.Call, name: string, args: readonly ast.Expr[], bind: Bind): Expr {
  return call(
    name,
    args.map(bind),
    args.map((a) => a.span),
    node.span,
  );
}

// ---- Aggregates ----

/** The leaf by which expressions refer to call `index` until they are moved above the aggregation. */
export const aggregateLeaf = (index: number): number => -1 - index;
export const aggregateIndex = (leaf: number): number => -1 - leaf;

function bindAggregate(node: ast.Call, name: string, scope: ExprScope, bindIn: BindIn): Expr {
  const { aggregates: sink, clause } = scope;
  if (sink === "inside") throw new SqlError("NESTED_AGGREGATE", node.span, { name });
  if (sink === undefined) throw new SqlError("AGGREGATE_NOT_ALLOWED", node.span, { name, clause });
  if (node.orderBy.length > 0) throw unsupported(`ORDER BY inside ${name}`, node.span);
  if (node.withinGroup.length > 0) throw unsupported("WITHIN GROUP", node.span);
  if (node.nulls === "RESPECT") throw unsupported("RESPECT NULLS", node.span);
  const inner: ExprScope = { ...scope, aggregates: "inside", clause: name };
  const star = node.args.length === 1 && node.args[0]?.kind === "star";
  if (star && name !== "COUNT")
    throw new SqlError("STAR_NOT_ALLOWED", node.span, { where: `as an argument of ${name}` });
  if (star && node.distinct) throw new SqlError("STAR_NOT_ALLOWED", node.span, { where: "after DISTINCT" });
  const asts = star ? [] : node.args.map((a) => plainArgument(a, name));
  if (!star && asts.length === 0 && name === "COUNT") {
    throw new SqlError("WRONG_ARGUMENT_COUNT", node.span, {
      name,
      expected: 1,
      actual: 0,
      usage: "COUNT(*) or COUNT(value)",
    });
  }
  const bound = asts.map((a) => bindIn(a, inner));
  const filterScope: ExprScope = { ...inner, clause: "FILTER" };
  const filter =
    node.filter === undefined ? undefined : condition(bindIn(node.filter, filterScope), node.filter.span, "FILTER");
  const resolved = resolveAggregate(name, bound, node.span);
  const args = bound.map((a, i) => castTo(a, resolved.params[i] ?? a.type, asts[i]?.span ?? node.span));
  const entry: LogicalAggregateCall = {
    name: name.toLowerCase(),
    function: findAggregate(name)?.name ?? name,
    resolved,
    args,
    distinct: node.distinct,
    filter,
    span: node.span,
  };
  const index = indexOfCall(sink, entry);
  return {
    node: "column",
    leaf: aggregateLeaf(index),
    name: entry.name,
    type: resolved.result,
    nullable: resolved.emptyResult === null,
  };
}

function resolveAggregate(name: string, args: readonly Expr[], span: Span): ResolvedAggregate {
  const fn = findAggregate(name);
  const resolved = fn?.resolve(args.map(argumentOf));
  if (resolved !== undefined && !("reason" in resolved)) return resolved;
  const why = resolved === undefined ? { usage: fn?.usage ?? [] } : { hint: resolved.reason };
  const types = args.length === 0 ? "*" : args.map((a) => typeText(a.type)).join(", ");
  throw new SqlError("NO_SUCH_SIGNATURE", span, { name, types, ...why });
}

/** The same call twice is computed once. */
function indexOfCall(sink: AggregateSink, entry: LogicalAggregateCall): number {
  const same = sink.calls.findIndex(
    (c) =>
      c.function === entry.function &&
      c.distinct === entry.distinct &&
      c.args.length === entry.args.length &&
      c.args.every((a, i) => sameExpr(a, entry.args[i] ?? a)) &&
      (c.filter === undefined || entry.filter === undefined
        ? c.filter === entry.filter
        : sameExpr(c.filter, entry.filter)),
  );
  return same >= 0 ? same : sink.calls.push(entry) - 1;
}
