/**
 * Changelog inference: how the rows of each edge are to be read, which key identifies a row, and what is therefore
 * refused: aggregates that cannot take rows back, ORDER BY without end, state without bound (R4).
 */
import { type Diagnostic, SqlError, sqlWarning } from "../base/error.ts";
import { leafCount, type Schema } from "../base/types.ts";
import type { Span } from "../base/value.ts";
import { copiedColumn } from "../expr/expr.ts";
import type { ChangelogMode, NamedExpr } from "../operators/operator.ts";
import type { TablePlan } from "../operators/physical.ts";
import { type LogicalAggregate, type LogicalPlan, type LogicalSort, scansOf } from "./logical/plan.ts";

export interface Changelog {
  readonly mode: ChangelogMode;
  readonly upsertKey: readonly number[] | undefined;
}

export const APPEND: Changelog = { mode: "append", upsertKey: undefined };

/** A calc keeps the key where it copies all of its columns. */
export function throughCalc(input: Changelog, schema: Schema, exprs: readonly NamedExpr[]): Changelog {
  if (input.mode === "append" || input.upsertKey === undefined) return input;
  const key: number[] = [];
  for (const column of input.upsertKey) {
    const leaf = schema.slice(0, column).reduce((n, f) => n + leafCount(f.type), 0);
    const at = exprs.findIndex((e) => copiedColumn(e.expr)?.leaf === leaf);
    if (at < 0) return { mode: "retract", upsertKey: undefined };
    key.push(at);
  }
  return { mode: "retract", upsertKey: key };
}

export function groupChangelog(keys: number): Changelog {
  return { mode: "retract", upsertKey: Array.from({ length: keys }, (_, i) => i) };
}

export function unionChangelog(inputs: readonly Changelog[]): Changelog {
  return inputs.some((i) => i.mode === "retract") ? { mode: "retract", upsertKey: undefined } : APPEND;
}

/** Refuses aggregates that their input or window does not allow. `merges`: partial states are merged (panes, sessions). */
export function checkAggregates(node: LogicalAggregate, input: ChangelogMode, merges: boolean): void {
  for (const a of node.aggregates) {
    if (input === "retract" && a.resolved.retract === "unsupported") {
      const advice = "aggregate over a window, or over rows that only arrive";
      throw new SqlError("CANNOT_RETRACT", a.span, { aggregate: a.function, advice });
    }
    if (merges && a.resolved.merge === "unsupported") {
      throw new SqlError("REFUSED", a.span, {
        construct: `${a.function} over this window`,
        reason: "its partial results cannot be merged",
      });
    }
  }
}

const isLive = ({ live }: TablePlan): boolean => live !== undefined;

const tablesOf = (plan: LogicalPlan): readonly TablePlan[] => scansOf(plan).map((s) => s.table);

export function checkSort(node: LogicalSort): void {
  const live = tablesOf(node).find(isLive);
  if (live === undefined) return;
  if (node.limit === undefined) throw new SqlError("UNBOUNDED_ORDER_BY", node.span, {});
  throw new SqlError("NOT_SUPPORTED", node.span, {
    construct: `LIMIT over the live table ${live.name} (Top-N)`,
    advice: "read bounded input",
  });
}

/** Whether nothing says that the input ends; rows of INSERT end with the file, and not in a program. */
export const mayNotEnd = (plan: LogicalPlan): boolean =>
  tablesOf(plan).some((t) => t.connector === undefined || isLive(t));

/** R4: state that grows as long as the input does. Input that is known to end bounds it. */
export function unboundedState(
  node: LogicalAggregate,
  operator: string,
): { readonly operator: string; readonly span: Span } | undefined {
  if (node.window !== undefined) return undefined;
  const hasKeys = node.keys.length > 0 || node.aggregates.some((a) => a.distinct);
  return hasKeys && mayNotEnd(node) ? { operator, span: node.span } : undefined;
}

/** By `SET unbounded_state`. */
export function reportUnbounded(
  found: { readonly operator: string; readonly span: Span },
  setting: string | undefined,
): Diagnostic {
  const details = { operator: found.operator };
  if (setting === "error") throw new SqlError("UNBOUNDED_STATE", found.span, details);
  return sqlWarning("UNBOUNDED_STATE", found.span, details);
}
