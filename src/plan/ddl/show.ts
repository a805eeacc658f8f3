/** SHOW and DESCRIBE: finished tables of text. */
import { SqlError } from "../../base/error.ts";
import { firstLeaf, leafCount, typeText } from "../../base/types.ts";
import type { Span } from "../../base/value.ts";
import { sinks, sources } from "../../connectors/index.ts";
import { aggregates } from "../../expr/aggregates/index.ts";
import { functions } from "../../expr/functions/index.ts";
import type { ProgramStep } from "../../operators/physical.ts";
import type * as ast from "../../sql/ast.ts";
import type { Env } from "../bind/env.ts";
import { unsupported } from "../bind/expressions/operators.ts";
import { bindSubquery } from "../bind/query.ts";
import { describeKind } from "../catalog/catalog.ts";
import type { CatalogEntry } from "../catalog/entries.ts";
import { isSetting, unknownSetting } from "../catalog/settings.ts";

type Row = readonly (string | null)[];

const table = (columns: readonly string[], rows: readonly Row[], span: Span): ProgramStep => ({
  kind: "show",
  columns,
  rows,
  span,
});

export function settingsTable(env: Env, span: Span): ProgramStep {
  return table(["name", "setting", "description"], env.catalog.settings.rows(), span);
}

/** LIKE of SHOW: `%` and `_`. */
function likePattern(like: string | undefined): RegExp | undefined {
  if (like === undefined) return undefined;
  const escaped = like.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${escaped.replaceAll("%", ".*").replaceAll("_", ".")}$`, "is");
}

export function show(s: ast.Show, env: Env): ProgramStep {
  const pattern = likePattern(s.like);
  const named = (column: string, names: readonly string[]): ProgramStep =>
    table(
      [column],
      names.filter((n) => pattern === undefined || pattern.test(n)).map((n) => [n]),
      s.span,
    );
  const kind = (...kinds: readonly string[]): readonly string[] =>
    env.catalog.entries().flatMap((e) => (kinds.includes(describeKind(e)) ? [e.name] : []));
  switch (s.object) {
    case "ALL":
      return settingsTable(env, s.span);
    case "TABLES":
      return named("table", kind("table", "source", "sink"));
    case "SOURCES":
      return named("source", kind("source"));
    case "SINKS":
      return named("sink", kind("sink"));
    case "VIEWS":
      return named("view", kind("view"));
    case "MATERIALIZED VIEWS":
      return named("view", kind("materialized view"));
    case "QUERIES":
    case "JOBS":
      return named("query", kind("query", "materialized view", "sink"));
    case "FUNCTIONS":
      return showFunctions(pattern, s.span);
    case "CONNECTORS":
      return table(["connector", "reads", "writes"], connectorRows(), s.span);
    case "COLUMNS":
      if (s.name === undefined) throw unsupported("SHOW COLUMNS without a table", s.span);
      return describeEntry(env.catalog.relation(s.name), s.span);
    case "SETTING":
      return showSetting(s, env);
    default:
      throw unsupported(`SHOW ${s.object}`, s.span);
  }
}

function showSetting(s: ast.Show, env: Env): ProgramStep {
  const key = s.setting ?? "";
  if (!isSetting(key)) throw unknownSetting(key, s.span);
  const canonical = key.toLowerCase() === "time zone" ? "timezone" : key;
  return table([key], [[env.catalog.settings.get(canonical) ?? null]], s.span);
}

function showFunctions(pattern: RegExp | undefined, span: Span): ProgramStep {
  const rows = [
    ...Object.values(functions).map((f) => ({ name: f.name, kind: "scalar", doc: f.doc })),
    ...aggregates.map((a) => ({ name: a.name, kind: "aggregate", doc: a.doc })),
  ]
    .filter((f) => /^\w/.test(f.name) && (pattern === undefined || pattern.test(f.name)))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((f): Row => [f.name, f.kind, f.doc]);
  return table(["function", "kind", "description"], rows, span);
}

function connectorRows(): readonly Row[] {
  const names = [...new Set([...sources, ...sinks].map((c) => c.name))].sort();
  const has = (list: readonly { readonly name: string }[], name: string): string =>
    list.some((c) => c.name === name) ? "yes" : "no";
  return names.map((n) => [n, has(sources, n), has(sinks, n)]);
}

export function describe(s: ast.Describe, env: Env): ProgramStep {
  if (s.target.kind === "name") return describeEntry(env.catalog.relation(s.target.name), s.span);
  const { plan, columns } = bindSubquery(s.target.query, env);
  const rows = columns.map((c): Row => {
    const field = plan.schema[c.index];
    return [
      c.name,
      field === undefined ? "" : typeText(field.type),
      field?.nullable === true ? "yes" : "no",
      null,
      null,
    ];
  });
  return table(DESCRIBE_COLUMNS, rows, s.span);
}

const DESCRIBE_COLUMNS = ["name", "type", "null", "extras", "watermark"];

function describeEntry(entry: CatalogEntry, span: Span): ProgramStep {
  if (entry.kind === "query") {
    throw new SqlError("WRONG_OBJECT", span, { name: entry.name, actual: "query", expected: "table" });
  }
  const schema = entry.plan.schema;
  const rows = entry.columns.map((c): Row => {
    const field = schema[c.index];
    if (field === undefined) throw new TypeError("no such column");
    const extras = entry.kind === "table" ? (entry.extras.get(c.index) ?? null) : null;
    const watermark = entry.kind === "table" && isEventTime(entry, c.index) ? (entry.watermarkText ?? null) : null;
    return [c.name, typeText(field.type), field.nullable ? "yes" : "no", extras, watermark];
  });
  return table(DESCRIBE_COLUMNS, rows, span);
}

function isEventTime(entry: Extract<CatalogEntry, { kind: "table" }>, index: number): boolean {
  const { eventTime, schema } = entry.plan;
  if (eventTime === undefined) return false;
  const first = firstLeaf(schema, index);
  const field = schema[index];
  return field !== undefined && eventTime >= first && eventTime < first + leafCount(field.type);
}
