/** FROM: tables, views, subqueries and window functions. Everything else that may stand there is refused by name. */
import { SqlError, sqlWarning } from "../../base/error.ts";
import type { Span } from "../../base/value.ts";
import type * as ast from "../../sql/ast.ts";
import type { CatalogTable, CatalogView } from "../catalog/entries.ts";
import { resolveName } from "../catalog/names.ts";
import * as build from "../logical/build.ts";
import type { Env } from "./env.ts";
import { unsupported } from "./expressions/operators.ts";
import type { Relation, ScopeColumn } from "./scope.ts";
import { bindWindowFunction } from "./window-function.ts";
import { windowFunctionNames, windowKind } from "./window-names.ts";

export type BindQuery = (query: ast.Query) => Relation;

/** A table, view or name of WITH. */
export function bindTable(name: ast.QualifiedName, env: Env): Relation {
  const [only] = name.parts;
  if (name.parts.length === 1 && only !== undefined) {
    const found = resolveName(only.name, [...env.commonTables].reverse(), (t) => t.name);
    if (found.kind !== "unknown") {
      const [first] = found.kind === "found" ? [found.value] : found.values;
      if (first !== undefined) return relationOf(first);
    }
  }
  const entry = env.catalog.relation(name);
  if (entry.kind === "table" && entry.plan.role === "sink") {
    throw new SqlError("WRONG_OBJECT", name.span, {
      name: entry.name,
      actual: "sink",
      expected: "table that can be read",
    });
  }
  if (entry.kind === "table" && entry.plan.partitionedBy.length > 0) {
    const advice = "read the folder through a table of its own; the column FROM METADATA 'file' has the partition";
    throw unsupported("reading a table that is PARTITIONED BY", name.span, advice);
  }
  env.use(entry, name.span);
  return relationOf(entry);
}

export function relationOf(entry: CatalogTable | CatalogView): Relation {
  const columns = entry.columns.map((c) => ({ ...c, table: entry.name }));
  return { plan: entry.kind === "table" ? build.scan(entry.plan) : entry.plan, columns };
}

export function bindFrom(refs: readonly ast.TableRef[], env: Env, bindQuery: BindQuery): Relation {
  const [first, second] = refs;
  if (first === undefined) return { plan: build.values([], [[]]), columns: [] };
  if (second !== undefined) throw unsupported("a join (several tables in FROM)", second.span);
  return bindTableRef(first, env, bindQuery);
}

function bindTableRef(ref: ast.TableRef, env: Env, bindQuery: BindQuery): Relation {
  switch (ref.kind) {
    case "table":
      if (ref.systemTime !== undefined) throw unsupported("FOR SYSTEM_TIME AS OF", ref.systemTime.span);
      warnHints(ref.hints, env);
      return aliased(bindTable(ref.name, env), ref.alias);
    case "derived":
      if (ref.lateral) throw unsupported("LATERAL", ref.span);
      return aliased(anonymous(bindQuery(ref.query)), ref.alias);
    case "function":
      return aliased(bindFunctionTable(ref, env, bindQuery), ref.alias);
    case "unnest":
      throw unsupported("UNNEST", ref.span);
    case "join":
      throw unsupported(joinName(ref), ref.span);
    case "matchRecognize":
      throw unsupported("MATCH_RECOGNIZE", ref.span);
    case "sample":
      throw unsupported("TABLESAMPLE", ref.span);
    default:
      return ref satisfies never;
  }
}

const joinName = (join: ast.Join): string =>
  `${join.asof ? "ASOF " : ""}${join.type === "INNER" ? "" : `${join.type} `}JOIN`;

export function warnHints(hints: readonly ast.Hint[], env: Env): void {
  for (const h of hints) env.warnings.push(sqlWarning("IGNORED_HINT", h.name.span, { name: h.name.name }));
}

function bindFunctionTable(ref: ast.FunctionTable, env: Env, bindQuery: BindQuery): Relation {
  const name = ref.call.name.parts.at(-1)?.name ?? "";
  const kind = windowKind(name);
  if (kind === undefined) {
    const advice = `window functions are ${windowFunctionNames.join(", ")}`;
    throw unsupported(`the table function ${name.toUpperCase()}`, ref.call.name.span, advice);
  }
  if (ref.withOrdinality) throw unsupported("WITH ORDINALITY", ref.span);
  return bindWindowFunction(ref.call, kind, {
    env,
    table: (table) => bindTable(table, env),
    query: (query) => anonymous(bindQuery(query)),
  });
}

/** The columns of a subquery belong to no table until it has an alias. */
const anonymous = (r: Relation): Relation => ({
  plan: r.plan,
  columns: r.columns.map((c) => ({ ...c, table: undefined })),
});

/** `AS a`, `AS a(x, y)`: fewer names than columns rename the first ones, as in PostgreSQL. */
export function aliased(relation: Relation, alias: ast.TableAlias | undefined): Relation {
  if (alias === undefined) return relation;
  const columns = renamed(relation.columns, alias.columns, alias.name.name, alias.span);
  return { plan: relation.plan, columns: columns.map((c) => ({ ...c, table: alias.name.name })) };
}

export function renamed(
  columns: readonly ScopeColumn[],
  names: readonly ast.Identifier[],
  what: string,
  span: Span,
): readonly ScopeColumn[] {
  if (names.length > columns.length) {
    throw new SqlError("COLUMN_COUNT", span, { what, actual: columns.length, expected: names.length });
  }
  return columns.map((c, i) => ({ ...c, name: names[i]?.name ?? c.name }));
}
