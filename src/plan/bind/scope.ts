/** The names that an expression may use, and how a dotted name becomes a column or a field of one (V7). */
import { didYouMean, SqlError } from "../../base/error.ts";
import { leafCount, type Schema, typeText } from "../../base/types.ts";
import type { Span } from "../../base/value.ts";
import type { Expr } from "../../expr/expr.ts";
import type { Identifier } from "../../sql/ast.ts";
import type { NamedColumn } from "../catalog/entries.ts";
import { resolveName } from "../catalog/names.ts";
import { columnAt } from "../logical/build.ts";
import type { LogicalAggregateCall, LogicalPlan } from "../logical/plan.ts";
import type { Env } from "./env.ts";

export interface ScopeColumn extends NamedColumn {
  /** The table or alias that it belongs to. */
  readonly table: string | undefined;
}

/** A bound FROM item or query: a plan and its columns as people see them, in order. */
export interface Relation {
  readonly plan: LogicalPlan;
  readonly columns: readonly ScopeColumn[];
}

/** Where the aggregate calls of a SELECT are gathered; each stands in its expressions as a column of a leaf below 0. */
export interface AggregateSink {
  readonly calls: LogicalAggregateCall[];
}

export interface ExprScope {
  readonly env: Env;
  readonly schema: Schema;
  readonly columns: readonly ScopeColumn[];
  /** For messages: `WHERE`, `GROUP BY`. */
  readonly clause: string;
  /** undefined: aggregates are refused. `inside`: the scope is that of an aggregate's arguments. */
  readonly aggregates: AggregateSink | "inside" | undefined;
}

export const scopeOver = (env: Env, relation: Relation, clause: string): ExprScope => ({
  env,
  schema: relation.plan.schema,
  columns: relation.columns,
  clause,
  aggregates: undefined,
});

/** A scope without any column: of constants. */
export const emptyScope = (env: Env, clause: string): ExprScope => ({
  env,
  schema: [],
  columns: [],
  clause,
  aggregates: undefined,
});

export function tablesOf(columns: readonly ScopeColumn[]): readonly string[] {
  return [...new Set(columns.flatMap((c) => (c.table === undefined ? [] : [c.table])))];
}

export function resolveColumn(scope: ExprScope, parts: readonly Identifier[], span: Span): Expr {
  const [first, second] = parts;
  if (first === undefined) throw new TypeError("a column reference has parts");
  if (second !== undefined) {
    const qualified = scope.columns.filter((c) => c.table?.toLowerCase() === first.name.toLowerCase());
    const found = resolveName(second.name, qualified, (c) => c.name);
    if (found.kind !== "unknown") return path(scope, pick(scope, second, found, span), parts.slice(2), span);
    const asColumn = resolveName(first.name, scope.columns, (c) => c.name);
    if (asColumn.kind === "unknown") {
      if (qualified.length > 0) throw unknownColumn(second, qualified);
      throw unknownAlias(scope, first);
    }
  }
  const found = resolveName(first.name, scope.columns, (c) => c.name);
  if (found.kind === "unknown") throw unknownColumn(first, scope.columns);
  return path(scope, pick(scope, first, found, span), parts.slice(1), span);
}

type Found = Exclude<ReturnType<typeof resolveName<ScopeColumn>>, { kind: "unknown" }>;

function pick(scope: ExprScope, name: Identifier, found: Found, span: Span): Expr {
  if (found.kind === "ambiguous") {
    const tables = tablesOf(found.values);
    const details = tables.length > 1 ? { tables } : { hint: "two columns have this name: give one of them an alias" };
    throw new SqlError("AMBIGUOUS_COLUMN", name.span, { name: name.name, ...details });
  }
  return scope.env.mark(columnAt(scope.schema, found.value.index), span);
}

/** The place of a quoted name is longer than the name. */
const isQuoted = ({ name, span }: Identifier): boolean => span.end - span.start > name.length;

function unknownColumn(name: Identifier, columns: readonly ScopeColumn[]): SqlError {
  const names = columns.map((c) => c.name);
  const [table] = tablesOf(columns);
  const meant = didYouMean(name.name, names);
  const details =
    names.length === 0
      ? { hint: "there is no FROM clause" }
      : isQuoted(name) && meant === undefined
        ? { hint: `double quotes stand around names; a text is written '${name.name}'` }
        : { table: table ?? "the input", columns: names };
  return new SqlError("UNKNOWN_COLUMN", name.span, { name: name.name, ...details }, meant);
}

function unknownAlias(scope: ExprScope, name: Identifier): SqlError {
  const tables = tablesOf(scope.columns);
  const rows = scope.columns.filter((c) => scope.schema[c.index]?.type.kind === "ROW").map((c) => c.name);
  const details = tables.length === 0 ? { hint: "there is no table of that name here" } : { tables };
  return new SqlError(
    "UNKNOWN_ALIAS",
    name.span,
    { name: name.name, ...details },
    didYouMean(name.name, [...tables, ...rows]),
  );
}

function path(scope: ExprScope, base: Expr, names: readonly Identifier[], span: Span): Expr {
  let e = base;
  for (const name of names) e = scope.env.mark(fieldOf(e, name), span);
  return e;
}

/** Field `name` of a ROW. Of a column it is a leaf of its own. */
export function fieldOf(base: Expr, name: Identifier): Expr {
  if (base.type.kind !== "ROW") {
    const text = base.node === "column" ? base.name : "the value";
    throw new SqlError("NOT_A_ROW", name.span, { name: text, type: typeText(base.type) });
  }
  const { fields } = base.type;
  const found = resolveName(
    name.name,
    fields.map((_, i) => i),
    (i) => fields[i]?.name ?? "",
  );
  if (found.kind === "ambiguous") {
    throw new SqlError("AMBIGUOUS_COLUMN", name.span, { name: name.name, hint: "write the field exactly, in quotes" });
  }
  const index = found.kind === "found" ? found.value : -1;
  const field = fields[index];
  if (field === undefined) {
    const names = fields.map((f) => f.name);
    const type = base.node === "column" ? base.name : "the ROW";
    throw new SqlError(
      "UNKNOWN_FIELD",
      name.span,
      { type, name: name.name, fields: names },
      didYouMean(name.name, names),
    );
  }
  const nullable = base.nullable || field.nullable;
  if (base.node !== "column") return { node: "field", arg: base, index, type: field.type, nullable };
  const before = fields.slice(0, index).reduce((n, f) => n + leafCount(f.type), 0);
  return {
    node: "column",
    leaf: base.leaf + 1 + before,
    name: `${base.name}.${field.name}`,
    type: field.type,
    nullable,
  };
}
