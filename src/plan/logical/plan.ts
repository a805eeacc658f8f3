/**
 * The logical plan: what the binder makes and the rules rewrite. Each node knows its schema, which of its leaves are
 * time attributes (R5), and which carry the bounds of a window that was formed below (W7, nested windows).
 */
import type { Field, Schema, SqlType } from "../../base/types.ts";
import type { Span, Value } from "../../base/value.ts";
import type { Expr } from "../../expr/expr.ts";
import type { AggregateCall, NamedExpr, SortKey, WindowSpec } from "../../operators/operator.ts";
import type { TablePlan } from "../../operators/physical.ts";

/** One call of a window function in the text; compared by reference, so that columns can be traced back to it. */
export interface WindowIdentity {
  readonly spec: WindowSpec;
  /** Of window_time. */
  readonly timeType: SqlType;
  readonly span: Span;
}

/** Where a window's bounds lie among the leaves of a node; undefined where they have been projected away. */
export interface WindowColumns {
  readonly window: WindowIdentity;
  readonly start: number | undefined;
  readonly end: number | undefined;
  readonly time: number | undefined;
  /** SESSION: the first leaves of its partition keys. */
  readonly partition: readonly (number | undefined)[];
}

interface LogicalBase {
  readonly schema: Schema;
  /** Leaves, ascending. */
  readonly timeAttributes: readonly number[];
  readonly windows: readonly WindowColumns[];
}

export interface LogicalScan extends LogicalBase {
  readonly kind: "scan";
  readonly table: TablePlan;
}

export interface LogicalValues extends LogicalBase {
  readonly kind: "values";
  readonly rows: readonly (readonly Value[])[];
}

export interface LogicalFilter extends LogicalBase {
  readonly kind: "filter";
  readonly input: LogicalPlan;
  readonly predicate: Expr;
}

export interface LogicalProject extends LogicalBase {
  readonly kind: "project";
  readonly input: LogicalPlan;
  readonly exprs: readonly NamedExpr[];
}

/** Output: the input's columns, then window_start, window_end, window_time. */
export interface LogicalWindowTable extends LogicalBase {
  readonly kind: "windowTable";
  readonly input: LogicalPlan;
  readonly window: WindowIdentity;
  /** Leaf of the time attribute. */
  readonly time: number;
  /** SESSION: first leaves of the partition keys. */
  readonly partition: readonly number[];
}

export interface LogicalAggregateCall extends AggregateCall {
  readonly span: Span;
}

/** What a windowed GROUP BY is over: leaves of its input. At least one of start and end is known. */
export interface GroupWindow {
  readonly identity: WindowIdentity;
  readonly start: number | undefined;
  readonly end: number | undefined;
  /** Whether `keys` hold every partition key of a SESSION. */
  readonly coversPartition: boolean;
}

/**
 * GROUP BY and DISTINCT. Output: keys, aggregates, and with `window` window_start, window_end, window_time. `keys` do
 * not contain the window's columns.
 */
export interface LogicalAggregate extends LogicalBase {
  readonly kind: "aggregate";
  readonly input: LogicalPlan;
  readonly keys: readonly NamedExpr[];
  readonly aggregates: readonly LogicalAggregateCall[];
  readonly window: GroupWindow | undefined;
  readonly what: "GROUP BY" | "DISTINCT" | "aggregate";
  readonly span: Span;
}

export interface LogicalUnion extends LogicalBase {
  readonly kind: "union";
  readonly inputs: readonly LogicalPlan[];
}

export interface LogicalSort extends LogicalBase {
  readonly kind: "sort";
  readonly input: LogicalPlan;
  readonly keys: readonly SortKey[];
  readonly offset: number;
  readonly limit: number | undefined;
  readonly span: Span;
}

export type LogicalPlan =
  | LogicalScan
  | LogicalValues
  | LogicalFilter
  | LogicalProject
  | LogicalWindowTable
  | LogicalAggregate
  | LogicalUnion
  | LogicalSort;

export function inputsOf(plan: LogicalPlan): readonly LogicalPlan[] {
  switch (plan.kind) {
    case "scan":
    case "values":
      return [];
    case "filter":
    case "project":
    case "windowTable":
    case "aggregate":
    case "sort":
      return [plan.input];
    case "union":
      return plan.inputs;
    default:
      return plan satisfies never;
  }
}

/** The same node over other inputs of the same schemas. */
export function withInputs(plan: LogicalPlan, inputs: readonly LogicalPlan[]): LogicalPlan {
  const [input] = inputs;
  switch (plan.kind) {
    case "scan":
    case "values":
      return plan;
    case "filter":
    case "project":
    case "windowTable":
    case "aggregate":
    case "sort":
      return input === undefined || input === plan.input ? plan : { ...plan, input };
    case "union":
      return plan.inputs.every((p, i) => p === inputs[i]) ? plan : { ...plan, inputs };
    default:
      return plan satisfies never;
  }
}

/** Rewrites bottom-up. */
export function rewrite(plan: LogicalPlan, f: (plan: LogicalPlan) => LogicalPlan): LogicalPlan {
  return f(
    withInputs(
      plan,
      inputsOf(plan).map((p) => rewrite(p, f)),
    ),
  );
}

export function visit(plan: LogicalPlan, f: (plan: LogicalPlan) => void): void {
  f(plan);
  for (const input of inputsOf(plan)) visit(input, f);
}

/** Every scan of a table below. */
export function scansOf(plan: LogicalPlan): readonly LogicalScan[] {
  const scans: LogicalScan[] = [];
  visit(plan, (p) => {
    if (p.kind === "scan") scans.push(p);
  });
  return scans;
}

export const fieldOf = (e: NamedExpr): Field => ({ name: e.name, type: e.expr.type, nullable: e.expr.nullable });
