/** Queries: WITH, set operations, VALUES, ORDER BY and LIMIT around a SELECT. */
import { SqlError } from "../../base/error.ts";
import { type Field, leafCount, typeText } from "../../base/types.ts";
import type { Span, Value } from "../../base/value.ts";
import { commonTypeOf } from "../../expr/coerce.ts";
import type { Expr } from "../../expr/expr.ts";
import type { NamedExpr, SortKey } from "../../operators/operator.ts";
import type * as ast from "../../sql/ast.ts";
import { resolveName } from "../catalog/names.ts";
import * as build from "../logical/build.ts";
import type { LogicalPlan } from "../logical/plan.ts";
import type { Env } from "./env.ts";
import { argumentOf, castTo } from "./expressions/coerce.ts";
import { constantValue } from "./expressions/constant.ts";
import { bindExpr } from "./expressions/expr.ts";
import { unsupported } from "./expressions/operators.ts";
import { bindTable, renamed } from "./from.ts";
import { emptyScope, type Relation } from "./scope.ts";
import { type BoundSelect, bindSelect, distinct } from "./select.ts";

/** A query below another one: EMIT and its kin do not belong there. */
export function bindSubquery(query: ast.Query, env: Env): Relation {
  const e = query.emission;
  if (e !== undefined) {
    const clause = e.emit !== undefined ? "EMIT" : e.allowLateness !== undefined ? "ALLOW LATENESS" : "LATE TO";
    throw new SqlError("EMISSION_NOT_OUTERMOST", e.span, { clause });
  }
  return bindQuery(query, env);
}

export function bindQuery(query: ast.Query, env: Env): Relation {
  const depth = env.commonTables.length;
  try {
    if (query.with !== undefined) bindWith(query.with, env);
    return bindOrdered(query, env);
  } finally {
    env.commonTables.length = depth;
  }
}

function bindWith(node: ast.With, env: Env): void {
  if (node.recursive) throw unsupported("WITH RECURSIVE", node.span);
  const seen = new Set<string>();
  for (const t of node.tables) {
    const lower = t.name.name.toLowerCase();
    if (seen.has(lower)) throw new SqlError("DUPLICATE_ALIAS", t.name.span, { name: t.name.name });
    seen.add(lower);
    const relation = bindSubquery(t.query, env);
    const columns = renamed(relation.columns, t.columns, t.name.name, t.name.span);
    env.commonTables.push({ kind: "view", name: t.name.name, plan: relation.plan, columns, sql: "", uses: [] });
  }
}

function bindOrdered(query: ast.Query, env: Env): Relation {
  const bound = bindBody(query.body, query.orderBy, env);
  const keys = query.orderBy.map((o, i) => sortKey(o, bound, i));
  const limit = rowCount(query.limit, "LIMIT", env);
  const offset = rowCount(query.offset, "OFFSET", env) ?? 0;
  if (keys.length === 0 && limit === undefined && offset === 0) return { plan: bound.plan, columns: bound.columns };
  const [first] = query.orderBy;
  const span = first?.span ?? query.limit?.span ?? query.offset?.span ?? query.span;
  const sorted = build.sort(bound.plan, keys, { offset, limit, span });
  if (bound.visible === sorted.schema.length) return { plan: sorted, columns: bound.columns };
  const visible = build.identity(sorted.schema).slice(0, bound.visible);
  return { plan: build.project(sorted, visible), columns: bound.columns };
}

function sortKey(o: ast.OrderItem, bound: BoundSelect, index: number): SortKey {
  const column = bound.order[index] ?? 0;
  const leaf = bound.plan.schema.slice(0, column).reduce((n, f) => n + leafCount(f.type), 0);
  const field = bound.plan.schema[column];
  if (field?.type.kind === "ROW") throw unsupported("ORDER BY of a ROW", o.span);
  const nullsFirst = o.nulls === undefined ? o.descending : o.nulls === "FIRST";
  return { column: leaf, descending: o.descending, nullsFirst };
}

function rowCount(e: ast.Expr | undefined, clause: string, env: Env): number | undefined {
  if (e === undefined) return undefined;
  const bound = bindExpr(e, emptyScope(env, clause));
  const value = constantValue(bound, e.span, clause);
  if (value === null) return undefined;
  const n = typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;
  if ((typeof n !== "number" && typeof n !== "bigint") || n < 0 || !Number.isSafeInteger(Number(n))) {
    throw new SqlError("TYPE_MISMATCH", e.span, { what: clause, expected: "a number of rows", actual: String(value) });
  }
  return Number(n);
}

function bindBody(body: ast.QueryBody, orderBy: readonly ast.OrderItem[], env: Env): BoundSelect {
  switch (body.kind) {
    case "select":
      return bindSelect(body, orderBy, env, (q) => bindSubquery(q, env));
    case "nested":
      return byName(bindSubquery(body.query, env), orderBy);
    case "tableQuery":
      return byName(starOf(bindTable(body.name, env)), orderBy);
    case "values":
      return byName(bindValues(body, env), orderBy);
    case "setOperation":
      return byName(bindSetOperation(body, env), orderBy);
    default:
      return body satisfies never;
  }
}

/** `TABLE t` is SELECT * FROM t: columns in declared order. */
function starOf(r: Relation): Relation {
  const exprs = r.columns.map((c) => ({ name: c.name, expr: build.columnAt(r.plan.schema, c.index) }));
  return { plan: build.project(r.plan, exprs), columns: r.columns.map((c, index) => ({ ...c, index })) };
}

/** ORDER BY of anything but a SELECT: by output name or position only. */
function byName(relation: Relation, orderBy: readonly ast.OrderItem[]): BoundSelect {
  const { columns } = relation;
  const order = orderBy.map((o) => {
    const e = o.expr;
    if (e.kind === "number" && e.form === "integer") {
      const c = columns[Number(e.text) - 1];
      if (c !== undefined) return c.index;
      const details = { clause: "ORDER BY", position: e.text, count: columns.length };
      throw new SqlError("POSITION_OUT_OF_RANGE", e.span, details);
    }
    const [name] = e.kind === "column" && e.parts.length === 1 ? e.parts : [];
    if (name === undefined) throw unsupported("ORDER BY of an expression over a set operation", o.span);
    const found = resolveName(name.name, columns, (c) => c.name);
    if (found.kind === "found") return found.value.index;
    throw new SqlError("UNKNOWN_COLUMN", name.span, {
      name: name.name,
      table: "the result",
      columns: columns.map((c) => c.name),
    });
  });
  return { plan: relation.plan, columns, visible: relation.plan.schema.length, order };
}

// ---- Set operations ----

function bindSetOperation(node: ast.SetOperation, env: Env): Relation {
  if (node.op !== "UNION") throw unsupported(node.op, node.span);
  const [left, right] = env.each([node.left, node.right], (b) => {
    const bound = bindBody(b, [], env);
    return visibleOnly({ plan: bound.plan, columns: bound.columns });
  });
  if (left === undefined || right === undefined) throw new TypeError("a set operation has two sides");
  if (left.columns.length !== right.columns.length) {
    const details = { op: node.op, left: left.columns.length, right: right.columns.length };
    throw new SqlError("SET_OPERATION_COLUMNS", node.right.span, details);
  }
  const names = left.columns.map((c) => c.name);
  const sides = alignTypes([left, right], names, node.span);
  const inputs = sides.flatMap((p, i) => (i === 0 && p.kind === "union" && sideIsUnionAll(node.left) ? p.inputs : [p]));
  const plan = build.union(inputs);
  const columns = names.map((name, index) => ({ name, index, table: undefined }));
  return { plan: node.all ? plan : distinct(plan, node.span, env), columns };
}

/** a UNION ALL b UNION ALL c is one union of three. */
const sideIsUnionAll = (side: ast.QueryBody): boolean =>
  side.kind === "setOperation" && side.op === "UNION" && side.all;

/** Exactly the visible columns, in their order. */
function visibleOnly(r: Relation): Relation {
  const inOrder = r.columns.every((c, i) => c.index === i) && r.columns.length === r.plan.schema.length;
  return inOrder ? r : starOf(r);
}

function alignTypes(sides: readonly Relation[], names: readonly string[], span: Span): readonly LogicalPlan[] {
  const columns = sides.map((s) => s.columns.map((_, i) => build.columnAt(s.plan.schema, i)));
  const types = names.map((name, i) => {
    const exprs = columns.flatMap((c) => c[i] ?? []);
    const type = commonTypeOf(exprs.map(argumentOf));
    if (type !== undefined) return type;
    const shown = exprs.map((e) => typeText(e.type)).join(", ");
    throw new SqlError("NO_COMMON_TYPE", span, { what: `the columns "${name}" of UNION`, types: shown });
  });
  return sides.map((s, k) => {
    const exprs = (columns[k] ?? []).map(
      (e, i): NamedExpr => ({ name: names[i] ?? "", expr: castTo(e, types[i] ?? e.type, span) }),
    );
    const same = exprs.every((e) => e.expr.node === "column") && s.plan.schema.every((f, i) => f.name === names[i]);
    return same ? s.plan : build.project(s.plan, exprs);
  });
}

// ---- VALUES ----

function bindValues(node: ast.Values, env: Env): Relation {
  const scope = emptyScope(env, "VALUES");
  const width = node.rows[0]?.items.length ?? 0;
  const rows = env.each(node.rows, (row) => {
    if (row.items.length !== width) {
      throw new SqlError("COLUMN_COUNT", row.span, {
        what: "this row of VALUES",
        actual: row.items.length,
        expected: width,
      });
    }
    return env.each(row.items, (item) => bindExpr(item, scope));
  });
  const fields: Field[] = [];
  const constants: Value[][] = rows.map(() => []);
  for (let i = 0; i < width; i++) {
    const column = rows.flatMap((r) => r[i] ?? []);
    const type = commonTypeOf(column.map(argumentOf));
    if (type === undefined) {
      const types = column.map((e: Expr) => typeText(e.type)).join(", ");
      throw new SqlError("NO_COMMON_TYPE", node.span, { what: `column ${i + 1} of VALUES`, types });
    }
    env.each(column, (e, r) => {
      const span = node.rows[r]?.items[i]?.span ?? node.span;
      constants[r]?.push(constantValue(castTo(e, type, span), span, "a value of VALUES"));
    });
    fields.push({ name: `column${i + 1}`, type, nullable: constants.some((r) => r[i] === null) });
  }
  const columns = fields.map((f, index) => ({ name: f.name, index, table: undefined }));
  return { plan: build.values(fields, constants), columns };
}
