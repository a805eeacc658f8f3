/** A bound query -> a continuous query with its name (N1), sink and physical plan. */
import { type Diagnostic, SqlError, sqlWarning } from "../base/error.ts";
import type { Span } from "../base/value.ts";
import type { PhysicalPlan, QueryPlan, SinkPlan } from "../operators/physical.ts";
import type * as ast from "../sql/ast.ts";
import type { Env } from "./bind/env.ts";
import { bindQuery } from "./bind/query.ts";
import type { Relation } from "./bind/scope.ts";
import { mayNotEnd } from "./changelog.ts";
import * as build from "./logical/build.ts";
import type { LogicalPlan } from "./logical/plan.ts";
import { scansOf, visit } from "./logical/plan.ts";
import { optimize } from "./optimize.ts";
import { buildPhysical } from "./physical-builder.ts";

export interface Registration {
  readonly name: string;
  readonly sink: SinkPlan;
  readonly span: Span;
  readonly sql: string;
}

/** The outermost query of a statement, with its columns exactly as people see them. */
export function bindOutermost(query: ast.Query, env: Env): Relation {
  const relation = bindQuery(query, env);
  checkEmission(query.emission, relation.plan);
  return exactColumns(relation);
}

function exactColumns(relation: Relation): Relation {
  const { plan, columns } = relation;
  const inOrder =
    columns.length === plan.schema.length && columns.every((c, i) => c.index === i && c.name === plan.schema[i]?.name);
  if (inOrder) return relation;
  const exprs = columns.map((c) => ({ name: c.name, expr: build.columnAt(plan.schema, c.index) }));
  return { plan: build.project(plan, exprs), columns: columns.map((c, index) => ({ ...c, index })) };
}

/** Only what says the default is taken: final results of windows (E1). */
function checkEmission(e: ast.Emission | undefined, plan: LogicalPlan): void {
  if (e === undefined) return;
  const refuse = (construct: string, span: Span): SqlError =>
    new SqlError("NOT_SUPPORTED", span, { construct, advice: undefined });
  if (e.allowLateness !== undefined) throw refuse("ALLOW LATENESS", e.span);
  if (e.lateTo !== undefined) throw refuse("LATE TO", e.lateTo.span);
  const { emit } = e;
  if (emit === undefined) return;
  if (emit.delay !== undefined) throw refuse("EMIT .. WITH DELAY", emit.delay.span);
  if (emit.timeout !== undefined) throw refuse("EMIT .. AND TIMEOUT", emit.timeout.span);
  switch (emit.mode) {
    case "FINAL":
    case "ON WINDOW CLOSE":
    case "AFTER WINDOW CLOSE":
      visit(plan, (p) => {
        if (p.kind === "aggregate" && p.window === undefined) {
          throw new SqlError("REFUSED", emit.span, {
            construct: `EMIT ${emit.mode}`,
            reason: "the query has a GROUP BY without a window, whose result is never final",
          });
        }
      });
      return;
    case "CHANGES":
    case "ON UPDATE":
    case "IMMEDIATELY":
    case "PERIODIC":
      throw refuse(`EMIT ${emit.mode}`, emit.span);
    default:
      emit.mode satisfies never;
  }
}

export function registerQuery(plan: LogicalPlan, r: Registration, env: Env): QueryPlan {
  const settings = env.catalog.settings;
  const { root, warnings: found } = buildPhysical(optimize(plan), { unboundedState: settings.get("unbounded_state") });
  for (const warning of [...found, ...missingWatermarks(plan)]) env.warnOnce(warning);
  env.catalog.markRead(scansOf(plan).map(({ table }) => table.name));
  if (root.mode === "retract" && r.sink.kind === "table" && r.sink.table.connector === undefined) {
    throw new SqlError("APPEND_ONLY_SINK", r.span, { name: r.sink.table.name });
  }
  // Said by EXPLAIN alone: most views are small.
  const warnings = [...found, ...unboundedResult(plan, root, r, settings.get("unbounded_state"))];
  const primaryKey =
    r.sink.kind === "table" && r.sink.table.primaryKey.length > 0 ? r.sink.table.primaryKey : undefined;
  return {
    name: r.name,
    root,
    sink: r.sink,
    key: primaryKey ?? root.upsertKey,
    time: root.timeAttributes.at(-1),
    settings: settings.snapshot(),
    warnings,
    span: r.span,
    sql: r.sql,
  };
}

/** A view whose rows only arrive keeps all of them, where the input may not end and no retention lets them go (N6, R4). */
function unboundedResult(
  plan: LogicalPlan,
  root: PhysicalPlan,
  { name, sink, span }: Registration,
  setting: string | undefined,
): readonly Diagnostic[] {
  const isBounded = sink.kind !== "view" || sink.retention !== undefined || root.mode !== "append";
  if (isBounded || !mayNotEnd(plan)) return [];
  if (setting === "error") throw new SqlError("UNBOUNDED_RESULT", span, { name });
  return [sqlWarning("UNBOUNDED_RESULT", span, { name })];
}

/** A query over several streams where one has no watermark waits for that one's end. */
function missingWatermarks(plan: LogicalPlan): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  visit(plan, (p) => {
    if (p.kind !== "windowTable") return;
    visit(p.input, (q) => {
      if (q.kind === "scan" && q.table.eventTime === undefined) {
        found.push(sqlWarning("NO_WATERMARK", p.window.span, { table: q.table.name }));
      }
    });
  });
  return found;
}
