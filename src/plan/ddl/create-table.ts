/** CREATE TABLE and CREATE SOURCE: columns, computed and METADATA columns, PRIMARY KEY, WATERMARK. */
import { didYouMean, SqlError } from "../../base/error.ts";
import {
  type Field,
  firstLeaf,
  INTERVAL_DAY,
  isTimestamp,
  leafCount,
  type Schema,
  typeText,
} from "../../base/types.ts";
import type { Span } from "../../base/value.ts";
import { sources } from "../../connectors/index.ts";
import { checkPace } from "../../connectors/options.ts";
import { type Expr, leavesRead, literal, transform } from "../../expr/expr.ts";
import type { NamedExpr } from "../../operators/operator.ts";
import type { TablePlan } from "../../operators/physical.ts";
import type * as ast from "../../sql/ast.ts";
import type { Env } from "../bind/env.ts";
import { explicitCast, operator } from "../bind/expressions/coerce.ts";
import { foldConstant } from "../bind/expressions/constant.ts";
import { bindExpr } from "../bind/expressions/expr.ts";
import { unsupported } from "../bind/expressions/operators.ts";
import { bindType } from "../bind/expressions/types.ts";
import { type ExprScope, resolveColumn } from "../bind/scope.ts";
import type { CatalogTable, NamedColumn } from "../catalog/entries.ts";
import { SIDE_MAX_AGE } from "../catalog/settings.ts";
import { liveTimes } from "./live.ts";
import { checkTableOptions, type TableOptions, tableOptions } from "./options.ts";
import { partitionColumns } from "./partitions.ts";

/** What a file gives to its statements. */
export interface Source {
  readonly text: string;
  readonly path: string;
  /** Against which paths in it resolve. */
  readonly folder: string;
}

/** T10: WATERMARK FOR c alone is strictly ascending. */
const SMALLEST_DELAY_MICROS = 1_000n;

interface Declared {
  readonly def: ast.ColumnDef;
  /** undefined: computed. */
  readonly field: Field | undefined;
  readonly metadata: string | undefined;
}

export function createTable(node: ast.CreateTable, name: string, env: Env, source: Source): CatalogTable {
  refuseClauses(node);
  const role = node.object === "SOURCE" ? "source" : "table";
  const given = tableOptions(node.options, node.format, node.span);
  env.attempt(() => {
    checkTableOptions(given, role, node.name.span);
    checkPace(
      given.options,
      node.elements.some((e) => e.kind === "watermark"),
    );
  });
  const defs = node.elements.filter((e) => e.kind === "column");
  checkDuplicates(defs);
  const declared = env.each(defs, (def) => declare(def, given.connector));
  const physical = declared.flatMap((d) => d.field ?? []);
  const { schema, computed, columns } = computedColumns(declared, physical, env);
  const watermark = env.attempt(() => bindWatermark(node, schema, columns, env));
  const primaryKey = env.attempt(() => primaryKeyOf(node, defs, columns)) ?? [];
  const notNull = defs.flatMap((d) => {
    const column = columns.find((c) => c.name === d.name.name);
    return d.notNull && column !== undefined ? [column.index] : [];
  });
  const plan: TablePlan = {
    name,
    role,
    connector: given.connector,
    options: given.options,
    onError: onErrorOf(given, env),
    errorsMaxAge: env.catalog.settings.get("side-tables.max-age") ?? SIDE_MAX_AGE,
    physical,
    metadata: declared.flatMap((d) => (d.field === undefined ? [] : [d.metadata])),
    schema,
    computed,
    notNull,
    eventTime: watermark?.leaf,
    watermark: watermark?.expr,
    primaryKey,
    partitionedBy: env.attempt(() => partitionColumns(node.partitionedBy, physical, given.connector, role)) ?? [],
    live: liveTimes(given.connector, given.options),
    always: alwaysNeeded(schema, computed.length, watermark, notNull),
    ordinal: env.catalog.nextOrdinal(),
    span: node.span,
    file: source.path,
    folder: source.folder,
  };
  const extras = new Map(
    defs.flatMap((d): [number, string][] => {
      const index = columns.find((c) => c.name === d.name.name)?.index;
      const text = extraText(d, source.text);
      return index === undefined || text === undefined ? [] : [[index, text]];
    }),
  );
  return { kind: "table", name, plan, columns, extras, watermarkText: watermarkText(node, source.text) };
}

function onErrorOf({ options }: TableOptions, env: Env): TablePlan["onError"] {
  const value = (options.get("on-error")?.value ?? env.catalog.settings.get("on-error"))?.toLowerCase();
  return value === "skip" || value === "fail" ? value : "keep";
}

function refuseClauses(node: ast.CreateTable): void {
  if (node.temporary) throw unsupported("CREATE TEMPORARY TABLE", node.span);
  if (node.orReplace) throw unsupported("CREATE OR REPLACE TABLE", node.span, "DROP it first");
  if (node.like !== undefined) throw unsupported("CREATE TABLE .. LIKE", node.like.span);
  if (node.query !== undefined) {
    throw unsupported(
      "CREATE TABLE .. AS",
      node.query.span,
      "CREATE the table, then INSERT INTO it; or CREATE SINK .. AS",
    );
  }
}

function checkDuplicates(defs: readonly ast.ColumnDef[]): void {
  const seen = new Set<string>();
  for (const d of defs) {
    const lower = d.name.name.toLowerCase();
    if (seen.has(lower)) throw new SqlError("DUPLICATE_COLUMN", d.name.span, { name: d.name.name });
    seen.add(lower);
  }
}

function declare(def: ast.ColumnDef, connector: string | undefined): Declared {
  if (def.defaultValue !== undefined) throw unsupported("DEFAULT", def.defaultValue.span);
  if (def.unique) throw unsupported("UNIQUE", def.span);
  if (def.lateness !== undefined) {
    const advice = `declare WATERMARK FOR ${def.name.name} AS ${def.name.name} - the interval`;
    throw unsupported("LATENESS", def.lateness.span, advice);
  }
  const { source } = def;
  if (source.kind === "computed") return { def, field: undefined, metadata: undefined };
  if (def.type === undefined) throw new TypeError("a stored column has a type");
  const field: Field = { name: def.name.name, type: bindType(def.type), nullable: !def.notNull };
  if (source.kind === "physical") {
    sources.find((s) => s.name === connector)?.checkColumn?.(field, def.name.span);
    return { def, field, metadata: undefined };
  }
  return { def, field, metadata: metadataKey(def, source.key ?? def.name.name, connector) };
}

function metadataKey(def: ast.ColumnDef, key: string, connector: string | undefined): string {
  const known = Object.keys(sources.find((s) => s.name === connector)?.metadata ?? {});
  const found = known.find((k) => k === key) ?? known.find((k) => k.toLowerCase() === key.toLowerCase());
  if (found !== undefined) return found;
  const owner = connector === undefined ? "a table without connector" : `connector '${connector}'`;
  const hint = known.length === 0 ? `${owner} has no metadata` : `${owner} has ${known.join(", ")}`;
  throw new SqlError("UNKNOWN_OBJECT", def.span, { kind: "metadata key", name: key, hint }, didYouMean(key, known));
}

interface Columns {
  readonly schema: Schema;
  readonly computed: readonly NamedExpr[];
  /** As declared. */
  readonly columns: readonly NamedColumn[];
}

/** Computed columns may read physical ones, wherever they stand, and computed ones before them. */
function computedColumns(declared: readonly Declared[], physical: Schema, env: Env): Columns {
  const schema: Field[] = [...physical];
  const computed: NamedExpr[] = [];
  const columns: NamedColumn[] = [];
  const index = new Map(physical.map((f, i) => [f.name, i]));
  for (const { def, field } of declared) {
    const name = def.name.name;
    if (field !== undefined) {
      columns.push({ name, index: index.get(name) ?? -1 });
      continue;
    }
    const scope = tableScope(env, schema, "a computed column");
    const expr = env.attempt(() => computedExpr(def, scope));
    if (expr === undefined) continue;
    columns.push({ name, index: schema.length });
    schema.push({ name, type: expr.type, nullable: expr.nullable && !def.notNull });
    computed.push({ name, expr });
  }
  return { schema, computed, columns };
}

function computedExpr(def: ast.ColumnDef, scope: ExprScope): Expr {
  if (def.source.kind !== "computed") throw new TypeError("not a computed column");
  const ast = def.source.expr;
  const bound = bindExpr(ast, scope);
  if (bound.type.kind === "NULL")
    throw unsupported("a computed column that is always NULL", ast.span, "cast it to a type");
  const typed = def.type === undefined ? bound : explicitCast(bound, bindType(def.type), false, ast.span);
  return transform(typed, foldConstant);
}

const tableScope = (env: Env, schema: Schema, clause: string): ExprScope => ({
  env,
  schema,
  columns: schema.map((f, index) => ({ name: f.name, index, table: undefined })),
  clause,
  aggregates: undefined,
});

interface Watermark {
  readonly leaf: number;
  readonly expr: Expr;
}

function bindWatermark(
  node: ast.CreateTable,
  schema: Schema,
  columns: readonly NamedColumn[],
  env: Env,
): Watermark | undefined {
  const [def, second] = node.elements.filter((e) => e.kind === "watermark");
  if (def === undefined) return undefined;
  if (second !== undefined) throw new SqlError("DUPLICATE_WATERMARK", second.span, {});
  if (def.withTtl) throw unsupported("WATERMARK .. WITH TTL", def.span);
  const failed = node.elements.some(
    (e) =>
      e.kind === "column" && e.name.name === def.column.parts[0]?.name && !columns.some((c) => c.name === e.name.name),
  );
  if (failed) return undefined;
  const scope = tableScope(env, schema, "WATERMARK");
  const column = resolveColumn(scope, def.column.parts, def.column.span);
  const name = def.column.parts.map((p) => p.name).join(".");
  if (column.node !== "column" || !isTimestamp(column.type)) {
    throw new SqlError("WATERMARK_TYPE", def.column.span, {
      column: name,
      expected: "over a TIMESTAMP or TIMESTAMP_LTZ column",
      actual: typeText(column.type),
    });
  }
  const spans: [Span, Span, Span] = [def.span, def.span, def.span];
  const expr =
    def.expr === undefined
      ? operator("-", column, literal(SMALLEST_DELAY_MICROS, INTERVAL_DAY), spans)
      : bindExpr(def.expr, scope);
  if (expr.type.kind !== column.type.kind) {
    throw new SqlError("WATERMARK_TYPE", def.expr?.span ?? def.span, {
      column: name,
      expected: typeText(column.type),
      actual: typeText(expr.type),
    });
  }
  return { leaf: column.leaf, expr: transform(expr, foldConstant) };
}

function primaryKeyOf(
  node: ast.CreateTable,
  defs: readonly ast.ColumnDef[],
  columns: readonly NamedColumn[],
): readonly number[] {
  const constraints = node.elements.filter((e) => e.kind === "primaryKey");
  const inline = defs.filter((d) => d.primaryKey);
  const unique = node.elements.find((e) => e.kind === "unique");
  if (unique !== undefined) throw unsupported("UNIQUE", unique.span);
  const extra = constraints[1]?.span ?? (constraints.length > 0 ? inline[0]?.span : inline[1]?.span);
  if (extra !== undefined) throw new SqlError("INVALID_SYNTAX", extra, { reason: "a table has one primary key" });
  const names = constraints[0]?.columns ?? inline.map((d) => d.name);
  return names.map((n) => {
    const column =
      columns.find((c) => c.name === n.name) ?? columns.find((c) => c.name.toLowerCase() === n.name.toLowerCase());
    if (column !== undefined) return column.index;
    const known = columns.map((c) => c.name);
    const details = { name: n.name, table: "the table", columns: known };
    throw new SqlError("UNKNOWN_COLUMN", n.span, details, didYouMean(n.name, known));
  });
}

/** Leaves that must be there for every record, whatever a query reads. */
function alwaysNeeded(
  schema: Schema,
  computed: number,
  watermark: Watermark | undefined,
  notNull: readonly number[],
): readonly number[] {
  const leaves = new Set<number>();
  if (watermark !== undefined) {
    leaves.add(watermark.leaf);
    leavesRead(watermark.expr, leaves);
  }
  for (const column of notNull) {
    const field = schema[column];
    if (field === undefined || column < schema.length - computed) continue;
    const first = firstLeaf(schema, column);
    for (let i = 0; i < leafCount(field.type); i++) leaves.add(first + i);
  }
  return [...leaves].sort((a, b) => a - b);
}

function extraText(d: ast.ColumnDef, text: string): string | undefined {
  switch (d.source.kind) {
    case "physical":
      return undefined;
    case "computed":
      return `AS ${text.slice(d.source.expr.span.start, d.source.expr.span.end)}`;
    case "metadata":
      return `METADATA FROM '${d.source.key ?? d.name.name}'`;
    default:
      return d.source satisfies never;
  }
}

function watermarkText(node: ast.CreateTable, text: string): string | undefined {
  const def = node.elements.find((e) => e.kind === "watermark");
  if (def === undefined) return undefined;
  const column = def.column.parts.map((p) => p.name).join(".");
  if (def.expr === undefined) return `${column} - INTERVAL '0.001' SECOND`;
  return text.slice(def.expr.span.start, def.expr.span.end);
}
