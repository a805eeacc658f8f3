/** Builds specs and schemas as the planner does, for tests. */
import { type Field, leavesOf, type Schema, type SqlType, timestamp } from "../../src/base/types.ts";
import { findAggregate } from "../../src/expr/aggregates/index.ts";
import type { Expr } from "../../src/expr/expr.ts";
import type { AggregateCall, NamedExpr } from "../../src/operators/operator.ts";

export const field = (name: string, type: SqlType, nullable = true): Field => ({ name, type, nullable });

export function column(schema: Schema, name: string): Expr {
  const leaf = leavesOf(schema).findIndex((l) => l.path.join(".") === name);
  const found = leavesOf(schema)[leaf];
  if (found === undefined) throw new Error(`no column ${name}`);
  return { node: "column", type: found.type, nullable: found.nullable, leaf, name };
}

export const keys = (schema: Schema, ...names: string[]): NamedExpr[] =>
  names.map((name) => ({ name, expr: column(schema, name) }));

export function aggregate(
  schema: Schema,
  name: string,
  args: readonly (string | Expr)[] = [],
  more: { readonly distinct?: boolean; readonly filter?: Expr } = {},
): AggregateCall {
  const exprs = args.map((a) => (typeof a === "string" ? column(schema, a) : a));
  const resolved = findAggregate(name)?.resolve(
    exprs.map((e) => ({ type: e.type, nullable: e.nullable, literal: e.node === "literal" ? e.value : undefined })),
  );
  if (resolved === undefined || "reason" in resolved) throw new Error(`${name} does not take these`);
  const span = { start: 0, end: 0 };
  const cast = exprs.map((e, i): Expr => {
    const type = resolved.params[i] ?? e.type;
    return type.kind === e.type.kind ? e : { node: "cast", type, nullable: e.nullable, arg: e, isTry: false, span };
  });
  const distinct = more.distinct ?? false;
  return { name: name.toLowerCase(), function: name, resolved, args: cast, distinct, filter: more.filter };
}

/** Keys, aggregates and, of windows, their bounds. */
export function outputSchema(ks: readonly NamedExpr[], calls: readonly AggregateCall[], windowed: boolean): Schema {
  return [
    ...ks.map((k) => field(k.name, k.expr.type, k.expr.nullable)),
    ...calls.map((c) => field(c.name, c.resolved.result, c.resolved.nullable)),
    ...(windowed ? ["window_start", "window_end", "window_time"].map((n) => field(n, timestamp(3), false)) : []),
  ];
}
