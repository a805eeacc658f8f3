/** INSERT: the columns of the target, rows of VALUES as constants, and a query's output cast to the target. */
import { didYouMean, SqlError } from "../../base/error.ts";
import { RowError } from "../../base/row-error.ts";
import { type Field, type Schema, typeText, VARCHAR } from "../../base/types.ts";
import type { Span, Value } from "../../base/value.ts";
import { type Expr, literal } from "../../expr/expr.ts";
import { characters } from "../../expr/text.ts";
import type { InsertRows, TablePlan } from "../../operators/physical.ts";
import type * as ast from "../../sql/ast.ts";
import type { Env } from "../bind/env.ts";
import { assignTo, notNull } from "../bind/expressions/coerce.ts";
import { isConstant, tryConstant } from "../bind/expressions/constant.ts";
import { bindExpr } from "../bind/expressions/expr.ts";
import { emptyScope, type Relation } from "../bind/scope.ts";
import * as build from "../logical/build.ts";
import type { LogicalPlan } from "../logical/plan.ts";

/** The table of an INSERT; refused where it cannot be written. */
export function insertTarget(node: ast.Insert, env: Env): TablePlan {
  if (node.overwrite)
    throw new SqlError("NOT_SUPPORTED", node.span, { construct: "INSERT OVERWRITE", advice: undefined });
  if (node.onConflict !== undefined) {
    throw new SqlError("REFUSED", node.onConflict.span, {
      construct: "ON CONFLICT",
      reason: "a table is a stream of rows",
      advice: "give a sink a PRIMARY KEY with 'changelog' = 'upsert'",
    });
  }
  const [returning] = node.returning;
  if (returning !== undefined) {
    throw new SqlError("NOT_SUPPORTED", returning.span, { construct: "RETURNING", advice: undefined });
  }
  const entry = env.catalog.relation(node.table);
  if (entry.kind !== "table") {
    throw new SqlError("WRONG_OBJECT", node.table.span, { name: entry.name, actual: entry.kind, expected: "table" });
  }
  if (entry.plan.role === "source" || entry.plan.connector === "system") {
    throw new SqlError("WRONG_OBJECT", node.table.span, {
      name: entry.name,
      actual: "source",
      expected: "table that can be written",
    });
  }
  return entry.plan;
}

/** By value of a row, the physical column that it goes to. Without a list: all but METADATA columns, in order. */
export function targetColumns(node: ast.Insert, table: TablePlan): readonly number[] {
  const writable = table.physical.flatMap((_, i) => (table.metadata[i] === undefined ? [i] : []));
  if (node.columns.length === 0) return writable;
  const names = writable.map((i) => table.physical[i]?.name ?? "");
  const seen = new Set<number>();
  return node.columns.map((c) => {
    const at = names.indexOf(c.name) >= 0 ? names.indexOf(c.name) : lowerIndex(names, c.name);
    const column = writable[at];
    if (column === undefined) {
      const details = { name: c.name, table: table.name, columns: names };
      throw new SqlError("UNKNOWN_COLUMN", c.span, details, didYouMean(c.name, names));
    }
    if (seen.has(column)) throw new SqlError("DUPLICATE_COLUMN", c.span, { name: c.name });
    seen.add(column);
    return column;
  });
}

const lowerIndex = (names: readonly string[], name: string): number =>
  names.findIndex((n) => n.toLowerCase() === name.toLowerCase());

/** Rows of VALUES without anything around them; undefined where the query is another one. */
export function plainValues(query: ast.Query): ast.Values | undefined {
  const isPlain =
    query.with === undefined &&
    query.orderBy.length === 0 &&
    query.limit === undefined &&
    query.offset === undefined &&
    query.emission === undefined;
  return isPlain && query.body.kind === "values" ? query.body : undefined;
}

export function insertRows(node: ast.Insert, values: ast.Values, table: TablePlan, env: Env): InsertRows {
  const columns = targetColumns(node, table);
  const scope = emptyScope(env, "VALUES");
  const rows = env.each(values.rows, (row, r): readonly Value[] => {
    checkCount(row.items.length, columns.length, table.name, row.span);
    const made: Value[] = table.physical.map(() => null);
    const given = env.each(row.items, (item, i): Value => {
      const field = table.physical[columns[i] ?? -1];
      if (field === undefined) throw new TypeError("the values were counted");
      const value = valueFor(bindExpr(item, scope), field, item.span, r);
      if (value === null && !field.nullable) {
        throw new SqlError("NULL_INSERT", item.span, { row: r + 1, column: field.name });
      }
      return value;
    });
    given.forEach((value, i) => {
      made[columns[i] ?? -1] = value;
    });
    table.physical.forEach((field, i) => {
      if (made[i] !== null || field.nullable || columns.includes(i)) return;
      throw new SqlError("NULL_INSERT", row.span, { row: r + 1, column: field.name });
    });
    return made;
  });
  return { table, rows, spans: values.rows.map((r) => r.span) };
}

function valueFor(e: Expr, field: Field, span: Span, row: number): Value {
  const cast = assignTo(e, field.type, span, field.name);
  if (!isConstant(cast)) throw new SqlError("NOT_CONSTANT", span, { what: "a value of INSERT" });
  const tooLong = excess(e, field, span);
  if (tooLong !== undefined)
    throw new SqlError("BAD_INSERT", span, { row: row + 1, column: field.name, reason: tooLong });
  const result = tryConstant(cast);
  if (result.kind === "value") return result.value;
  const reason = result.error instanceof RowError ? result.error.message : "";
  throw new SqlError("BAD_INSERT", span, { row: row + 1, column: field.name, reason });
}

/** A CAST cuts a text that is too long; an INSERT must not (22001), but for spaces at the end. */
function excess(e: Expr, field: Field, span: Span): string | undefined {
  const { type } = field;
  if ((type.kind !== "CHAR" && type.kind !== "VARCHAR") || type.length === undefined) return undefined;
  const whole = tryConstant(assignTo(e, VARCHAR, span, field.name));
  if (whole.kind !== "value" || typeof whole.value !== "string") return undefined;
  return characters(whole.value.trimEnd()).length > type.length ? `value too long for ${typeText(type)}` : undefined;
}

function checkCount(actual: number, expected: number, table: string, span: Span): void {
  if (actual !== expected) throw new SqlError("COLUMN_COUNT", span, { what: `INSERT INTO ${table}`, actual, expected });
}

/** The output of a query as the physical columns of `table`: cast, missing ones NULL. A row with a NULL that must not be fails. */
export function intoTable(query: Relation, columns: readonly number[], table: TablePlan, span: Span): LogicalPlan {
  checkCount(query.columns.length, columns.length, table.name, span);
  const exprs = table.physical.map((field, i) => {
    const at = columns.indexOf(i);
    const from = query.columns[at];
    if (from === undefined) {
      if (!field.nullable) throw new SqlError("NULL_INSERT", span, { row: 1, column: field.name });
      return { name: field.name, expr: literal(null, field.type) };
    }
    const expr = assignTo(build.columnAt(query.plan.schema, from.index), field.type, span, field.name);
    return { name: field.name, expr: field.nullable ? expr : notNull(expr) };
  });
  return build.project(query.plan, exprs);
}

/** A sink's schema where it is that of a query: names must be unique. */
export function sinkSchema(query: Relation, span: Span): Schema {
  const seen = new Set<string>();
  return query.columns.map((c) => {
    const field = query.plan.schema[c.index];
    if (field === undefined) throw new TypeError("no such column");
    if (seen.has(c.name.toLowerCase())) throw new SqlError("DUPLICATE_COLUMN", span, { name: c.name });
    seen.add(c.name.toLowerCase());
    if (field.type.kind === "NULL") {
      throw new SqlError("NO_COMMON_TYPE", span, {
        what: `the values of "${c.name}"`,
        types: "NULL",
        hint: "cast NULL to a type",
      });
    }
    return { name: c.name, type: field.type, nullable: field.nullable };
  });
}
