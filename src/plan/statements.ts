/** One statement -> its steps. What the language has and cannot run yet is refused by name. */
import { SqlError, sqlWarning } from "../base/error.ts";
import type { Span } from "../base/value.ts";
import type { ProgramStep, QueryPlan, SinkPlan, TablePlan } from "../operators/physical.ts";
import type * as ast from "../sql/ast.ts";
import type { Env } from "./bind/env.ts";
import { unsupported } from "./bind/expressions/operators.ts";
import { bindTable, renamed } from "./bind/from.ts";
import type { Relation } from "./bind/scope.ts";
import { checkUserName } from "./catalog/catalog.ts";
import { freeName } from "./catalog/names.ts";
import { SIDE_MAX_AGE } from "./catalog/settings.ts";
import { createTable, type Source } from "./ddl/create-table.ts";
import { drop } from "./ddl/drop.ts";
import { insertRows, insertTarget, intoTable, plainValues, sinkSchema, targetColumns } from "./ddl/insert.ts";
import { checkTableOptions, tableOptions } from "./ddl/options.ts";
import { reset, set } from "./ddl/set.ts";
import { describe, show } from "./ddl/show.ts";
import { viewRetention } from "./ddl/view-options.ts";
import { explainJson } from "./explain/json.ts";
import { explainText } from "./explain/text.ts";
import * as build from "./logical/build.ts";
import { type LogicalPlan, scansOf } from "./logical/plan.ts";
import { bindOutermost, registerQuery } from "./register.ts";

export interface StatementContext {
  readonly env: Env;
  readonly source: Source;
}

export function planStatement(s: ast.Statement, c: StatementContext): readonly ProgramStep[] {
  switch (s.kind) {
    case "createTable":
      return createTableStep(s, c);
    case "createView":
      return createView(s, c);
    case "createSink":
      return createSink(s, c);
    case "insert":
      return insert(s, c);
    case "statementSet":
      return s.inserts.flatMap((i) => c.env.attempt(() => insert(i, c)) ?? []);
    case "queryStatement":
      return [{ kind: "registerQuery", query: bareQuery(s.query, s.span, c), span: s.span }];
    case "drop":
      return drop(s, c.env);
    case "set":
      return set(s, c.env);
    case "reset":
      return reset(s, c.env);
    case "show":
      return [show(s, c.env)];
    case "describe":
      return [describe(s, c.env)];
    case "explain":
      return [explain(s, c)];
    default:
      return refuse(s);
  }
}

const sqlOf = (span: Span, c: StatementContext): string => c.source.text.slice(span.start, span.end);

function createTableStep(s: ast.CreateTable, c: StatementContext): readonly ProgramStep[] {
  const name = c.env.catalog.checkNew(s.name, s.ifNotExists);
  if (name === undefined) return [];
  const errors = c.env.errors.length;
  const table = createTable(s, name, c.env, c.source);
  if (c.env.errors.length > errors) return [];
  c.env.catalog.add(table);
  return [{ kind: "createTable", table: table.plan, span: s.span }];
}

// ---- Views ----

function createView(s: ast.CreateView, c: StatementContext): readonly ProgramStep[] {
  const { env } = c;
  if (s.temporary) throw unsupported("CREATE TEMPORARY VIEW", s.span);
  if (s.orReplace) throw unsupported("CREATE OR REPLACE VIEW", s.span, "DROP it first");
  const name = env.catalog.checkNew(s.name, s.ifNotExists);
  if (name === undefined) return [];
  const bound = bindOutermost(s.query, env);
  const columns = renamed(bound.columns, s.columns, `view ${name}`, s.name.span);
  checkColumnNames(columns, s.name.span);
  const plan = build.project(
    bound.plan,
    columns.map((column) => ({ name: column.name, expr: build.columnAt(bound.plan.schema, column.index) })),
  );
  const retention = viewRetention(s, plan);
  const entry = {
    name,
    plan,
    columns: columns.map(({ name: column }, index) => ({ name: column, index })),
    sql: sqlOf(s.query.span, c),
    uses: env.takeUsed(),
  };
  if (!s.materialized) {
    env.catalog.add({ kind: "view", ...entry });
    return [{ kind: "createView", name, span: s.span }];
  }
  const query = register(plan, { name, sink: { kind: "view", name, retention }, span: s.span }, c);
  env.catalog.add({ kind: "materialized view", ...entry });
  return [{ kind: "registerQuery", query, span: s.span }];
}

function checkColumnNames(columns: Relation["columns"], span: Span): void {
  const seen = new Set<string>();
  for (const { name } of columns) {
    if (seen.has(name.toLowerCase())) throw new SqlError("DUPLICATE_COLUMN", span, { name });
    seen.add(name.toLowerCase());
  }
}

// ---- Sinks and INSERT ----

interface Target {
  readonly name: string;
  readonly sink: SinkPlan;
  readonly span: Span;
}

function register(plan: LogicalPlan, t: Target, c: StatementContext): QueryPlan {
  const { name, sink, span } = t;
  return registerQuery(plan, { name, sink, span, sql: sqlOf(span, c) }, c.env);
}

function createSink(s: ast.CreateSink, c: StatementContext): readonly ProgramStep[] {
  const { env } = c;
  if (s.into !== undefined) throw unsupported("CREATE SINK .. INTO", s.into.span, "write INSERT INTO the table");
  const name = env.catalog.checkNew(s.name, s.ifNotExists);
  if (name === undefined) return [];
  const given = tableOptions(s.options, s.format, s.span);
  env.attempt(() => checkTableOptions(given, "sink", s.name.span));
  if (s.input === undefined)
    throw unsupported("CREATE SINK without FROM or AS", s.span, "CREATE TABLE, then INSERT INTO it");
  const input = s.input.kind === "from" ? bindTable(s.input.name, env) : bindOutermost(s.input.query, env);
  const schema = sinkSchema(input, s.name.span);
  const table: TablePlan = {
    name,
    role: "sink",
    connector: given.connector,
    options: given.options,
    onError: "keep",
    errorsMaxAge: SIDE_MAX_AGE,
    physical: schema,
    metadata: schema.map(() => undefined),
    schema,
    computed: [],
    notNull: [],
    eventTime: undefined,
    watermark: undefined,
    primaryKey: [],
    partitionedBy: [],
    always: [],
    ordinal: env.catalog.nextOrdinal(),
    span: s.span,
    file: c.source.path,
    folder: c.source.folder,
  };
  const columns = schema.map((f, index) => ({ name: f.name, index }));
  const plan = intoTable(
    input,
    columns.map((column) => column.index),
    table,
    s.span,
  );
  const query = register(plan, { name, sink: { kind: "table", table }, span: s.span }, c);
  const from = { uses: env.takeUsed(), ended: false };
  const none = { extras: new Map<number, string>(), watermarkText: undefined };
  env.catalog.add({ kind: "table", name, plan: table, columns, ...none, query: from });
  return [
    { kind: "createTable", table, span: s.span },
    { kind: "registerQuery", query, span: s.span },
  ];
}

function insert(s: ast.Insert, c: StatementContext): readonly ProgramStep[] {
  const { env } = c;
  const table = insertTarget(s, env);
  const values = plainValues(s.query);
  if (values !== undefined && table.connector === undefined) {
    return [{ kind: "insertRows", span: s.span, ...insertRows(s, values, table, env) }];
  }
  const bound = bindOutermost(s.query, env);
  const plan = intoTable(bound, targetColumns(s, table), table, s.query.span);
  const name = queryName(`${table.name}_insert`, s.span, env);
  const reads = tablesRead(plan);
  checkNoLoop(reads, table.name, s.table.span, env);
  const query = register(plan, { name, sink: { kind: "table", table }, span: s.span }, c);
  const uses = [...env.takeUsed(), table.name];
  env.catalog.add({ kind: "query", name, sql: query.sql, reads, writes: table.name, uses, ended: false });
  return [{ kind: "registerQuery", query, span: s.span }];
}

const tablesRead = (plan: LogicalPlan): readonly string[] => scansOf(plan).map((s) => s.table.name);

/** A query must not be fed by what it writes, itself or through other queries: it would never end. */
function checkNoLoop(reads: readonly string[], target: string, span: Span, env: Env): void {
  const queries = env.catalog.entries().flatMap((e) => (e.kind === "query" ? [e] : []));
  const fed = new Set([target]);
  for (let size = 0; size !== fed.size; ) {
    size = fed.size;
    for (const q of queries) if (q.writes !== undefined && q.reads.some((r) => fed.has(r))) fed.add(q.writes);
  }
  const loop = reads.find((r) => fed.has(r));
  if (loop === undefined) return;
  const reason = `it reads ${loop}, which it feeds`;
  throw new SqlError("REFUSED", span, {
    construct: `this INSERT INTO ${target}`,
    reason,
    advice: "write to another table",
  });
}

/** N1: pipeline.name for one query, else the default, with a number where it is taken. */
function queryName(fallback: string, span: Span, env: Env): string {
  const given = env.catalog.settings.takePipelineName();
  if (given === undefined) return freeName(fallback, (n) => env.catalog.has(n));
  checkUserName(given, span);
  if (env.catalog.has(given))
    throw new SqlError("DUPLICATE_TABLE", span, { name: given, hint: "pipeline.name is taken" });
  return given;
}

// ---- SELECT and EXPLAIN ----

function bareQuery(query: ast.Query, span: Span, c: StatementContext): QueryPlan {
  const { env } = c;
  // Before anything can fail: the numbers of the queries after it do not depend on its errors.
  const ordinal = env.catalog.nextPrint();
  const bound = bindOutermost(query, env);
  const name = queryName(`query_${ordinal}`, span, env);
  const plan = register(bound.plan, { name, sink: { kind: "print", ordinal }, span }, c);
  const reads = tablesRead(bound.plan);
  env.catalog.add({
    kind: "query",
    name,
    sql: plan.sql,
    reads,
    writes: undefined,
    uses: env.takeUsed(),
    ended: false,
  });
  return plan;
}

/** The statement is planned against a copy of the catalog: EXPLAIN changes nothing. */
function explain(s: ast.Explain, c: StatementContext): ProgramStep {
  const refused = s.aspects.find((a) => a === "ANALYZE" || a === "PORTABILITY");
  if (refused !== undefined) throw unsupported(`EXPLAIN ${refused}`, s.span);
  const ignored = s.aspects.find((a) => a === "ESTIMATED_COST");
  if (ignored !== undefined) c.env.warnings.push(sqlWarning("IGNORED_CLAUSE", s.span, { clause: ignored }));
  const env = c.env.scratch();
  const steps = planStatement(s.statement, { ...c, env });
  c.env.absorb(env);
  const query = steps.flatMap((step) => (step.kind === "registerQuery" ? [step.query] : []))[0];
  if (query === undefined) {
    throw new SqlError("WRONG_OBJECT", s.statement.span, {
      name: s.statement.kind,
      actual: "statement",
      expected: "query",
    });
  }
  const json = s.format === "JSON";
  const format = s.aspects.includes("CODE") ? "code" : json ? "json" : "text";
  return { kind: "explain", query, format, text: json ? explainJson(query) : explainText(query), span: s.span };
}

// ---- Everything else ----

type Refused = Exclude<
  ast.Statement,
  {
    kind:
      | "createTable"
      | "createView"
      | "createSink"
      | "insert"
      | "statementSet"
      | "queryStatement"
      | "drop"
      | "set"
      | "reset"
      | "show"
      | "describe"
      | "explain";
  }
>;

const advice: Partial<Record<Refused["kind"], string>> = {
  update: "rows of a stream are facts; put out a newer row instead",
  delete: "rows of a stream are facts; filter them where they are read",
  truncate: "DROP the table and CREATE it again",
};

function refuse(s: Refused): never {
  const construct = s.kind === "transaction" ? s.action : statementName(s.kind);
  throw unsupported(construct, s.span, advice[s.kind]);
}

/** `createIndex` -> `CREATE INDEX`. */
const statementName = (kind: string): string => kind.replace(/[A-Z]/g, (letter) => ` ${letter}`).toUpperCase();
