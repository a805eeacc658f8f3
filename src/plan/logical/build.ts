/** Constructors of logical nodes: they derive schema, time attributes and window columns from the inputs. */
import { type Field, firstLeaf, leafCount, type Schema, type SqlType, timestamp } from "../../base/types.ts";
import type { Span, Value } from "../../base/value.ts";
import { copiedColumn, type Expr } from "../../expr/expr.ts";
import type { NamedExpr, SortKey } from "../../operators/operator.ts";
import type { TablePlan } from "../../operators/physical.ts";
import {
  fieldOf,
  type GroupWindow,
  type LogicalAggregate,
  type LogicalAggregateCall,
  type LogicalFilter,
  type LogicalPlan,
  type LogicalProject,
  type LogicalScan,
  type LogicalSort,
  type LogicalUnion,
  type LogicalValues,
  type LogicalWindowTable,
  type WindowColumns,
  type WindowIdentity,
} from "./plan.ts";

export const WINDOW_COLUMN_NAMES = ["window_start", "window_end", "window_time"] as const;
export const WINDOW_BOUND_TYPE: SqlType = timestamp(3);

export const leavesIn = (schema: Schema): number => firstLeaf(schema, schema.length);

/** Column `index` of `schema` as an expression. */
export function columnAt(schema: Schema, index: number): Expr {
  const field = schema[index];
  if (field === undefined) throw new TypeError(`no column ${index}`);
  return {
    node: "column",
    leaf: firstLeaf(schema, index),
    name: field.name,
    type: field.type,
    nullable: field.nullable,
  };
}

/** All columns of a schema, by name. */
export const identity = (schema: Schema): readonly NamedExpr[] =>
  schema.map((f, i) => ({ name: f.name, expr: columnAt(schema, i) }));

export function scan(table: TablePlan): LogicalScan {
  const timeAttributes = table.eventTime === undefined ? [] : [table.eventTime];
  return { kind: "scan", table, schema: table.schema, timeAttributes, windows: [] };
}

export function values(schema: Schema, rows: readonly (readonly Value[])[]): LogicalValues {
  return { kind: "values", schema, rows, timeAttributes: [], windows: [] };
}

export function filter(input: LogicalPlan, predicate: Expr): LogicalFilter {
  const { schema, timeAttributes, windows } = input;
  return { kind: "filter", input, predicate, schema, timeAttributes, windows };
}

/** By leaf of the input, the first leaf of the output that is a plain copy of it. */
function copies(exprs: readonly NamedExpr[]): ReadonlyMap<number, number> {
  const map = new Map<number, number>();
  let out = 0;
  for (const { expr } of exprs) {
    const n = leafCount(expr.type);
    const column = copiedColumn(expr);
    if (column !== undefined) {
      for (let i = 0; i < n; i++) if (!map.has(column.leaf + i)) map.set(column.leaf + i, out + i);
    }
    out += n;
  }
  return map;
}

/** Every leaf of the output that is a plain copy of a leaf in `of`. */
export function copiesOf(exprs: readonly NamedExpr[], of: readonly number[]): readonly number[] {
  const found: number[] = [];
  let out = 0;
  for (const { expr } of exprs) {
    const n = leafCount(expr.type);
    const column = copiedColumn(expr);
    if (column !== undefined) {
      for (let i = 0; i < n; i++) if (of.includes(column.leaf + i)) found.push(out + i);
    }
    out += n;
  }
  return found;
}

export function mapWindow(w: WindowColumns, leaf: (input: number) => number | undefined): WindowColumns {
  const at = (l: number | undefined): number | undefined => (l === undefined ? undefined : leaf(l));
  return { window: w.window, start: at(w.start), end: at(w.end), time: at(w.time), partition: w.partition.map(at) };
}

export function project(input: LogicalPlan, exprs: readonly NamedExpr[]): LogicalProject {
  const map = copies(exprs);
  return {
    kind: "project",
    input,
    exprs,
    schema: exprs.map(fieldOf),
    timeAttributes: copiesOf(exprs, input.timeAttributes),
    windows: input.windows.map((w) => mapWindow(w, (l) => map.get(l))),
  };
}

function windowFields(timeType: SqlType): readonly Field[] {
  const [start, end, time] = WINDOW_COLUMN_NAMES;
  return [
    { name: start, type: WINDOW_BOUND_TYPE, nullable: false },
    { name: end, type: WINDOW_BOUND_TYPE, nullable: false },
    { name: time, type: timeType, nullable: false },
  ];
}

/** window_time has the kind of the time attribute, in milliseconds (T9). */
export function windowTimeType(time: SqlType): SqlType {
  return { kind: time.kind === "TIMESTAMP_LTZ" ? "TIMESTAMP_LTZ" : "TIMESTAMP", precision: 3 };
}

export function windowTable(
  input: LogicalPlan,
  window: WindowIdentity,
  time: number,
  partition: readonly number[],
): LogicalWindowTable {
  const first = leavesIn(input.schema);
  return {
    kind: "windowTable",
    input,
    window,
    time,
    partition,
    schema: [...input.schema, ...windowFields(window.timeType)],
    timeAttributes: [first + 2],
    windows: [...input.windows, { window, start: first, end: first + 1, time: first + 2, partition }],
  };
}

export interface AggregateParts {
  readonly keys: readonly NamedExpr[];
  readonly aggregates: readonly LogicalAggregateCall[];
  readonly window: GroupWindow | undefined;
  readonly what: LogicalAggregate["what"];
  readonly span: Span;
}

export function aggregate(input: LogicalPlan, parts: AggregateParts): LogicalAggregate {
  const { keys, aggregates, window } = parts;
  const fields: Field[] = [
    ...keys.map(fieldOf),
    ...aggregates.map((a) => ({ name: a.name, type: a.resolved.result, nullable: aggregateNullable(a, keys, window) })),
  ];
  const first = leavesIn(fields);
  const keyLeaves = copies(keys);
  const windows: WindowColumns[] =
    window === undefined
      ? []
      : input.windows
          .filter((w) => w.window === window.identity)
          .map((w) => ({
            window: w.window,
            start: first,
            end: first + 1,
            time: first + 2,
            partition: w.partition.map((l) => (l === undefined ? undefined : keyLeaves.get(l))),
          }));
  return {
    kind: "aggregate",
    input,
    keys,
    aggregates,
    window,
    what: parts.what,
    span: parts.span,
    schema: window === undefined ? fields : [...fields, ...windowFields(window.identity.timeType)],
    timeAttributes: window === undefined ? [] : [first + 2],
    windows,
  };
}

/** A group of a GROUP BY has rows; the one row of a global aggregate, and what FILTER leaves, may not. */
function aggregateNullable(a: LogicalAggregateCall, keys: readonly NamedExpr[], window: unknown): boolean {
  if (a.resolved.emptyResult !== null) return false;
  return a.resolved.nullable || a.filter !== undefined || (keys.length === 0 && window === undefined);
}

/** Inputs must have the same types; the names are those of the first. A column is nullable where it is in any. */
export function union(inputs: readonly LogicalPlan[]): LogicalUnion {
  const [first] = inputs;
  if (first === undefined) throw new TypeError("a union has inputs");
  const schema = first.schema.map((f, i) => ({
    ...f,
    nullable: inputs.some((p) => p.schema[i]?.nullable === true),
  }));
  const timeAttributes = first.timeAttributes.filter((l) => inputs.every((p) => p.timeAttributes.includes(l)));
  const windows = first.windows.filter((w) =>
    inputs.every((p) => p.windows.some((v) => v.window === w.window && v.start === w.start && v.end === w.end)),
  );
  return { kind: "union", inputs, schema, timeAttributes, windows };
}

export function sort(
  input: LogicalPlan,
  keys: readonly SortKey[],
  range: { readonly offset: number; readonly limit: number | undefined; readonly span: Span },
): LogicalSort {
  const { schema } = input;
  const { offset, limit, span } = range;
  return { kind: "sort", input, keys, offset, limit, span, schema, timeAttributes: [], windows: [] };
}
