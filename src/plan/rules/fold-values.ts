/** Projections and filters over VALUES are computed while planning, where no row fails. */
import type { Value } from "../../base/value.ts";
import { type Expr, literal, transform } from "../../expr/expr.ts";
import { isConstant, tryEvaluate } from "../bind/expressions/constant.ts";
import * as build from "../logical/build.ts";
import { fieldOf, type LogicalPlan, rewrite } from "../logical/plan.ts";

export function foldValues(plan: LogicalPlan): LogicalPlan {
  return rewrite(plan, (p) => {
    if (p.kind !== "project" && p.kind !== "filter") return p;
    if (p.input.kind !== "values") return p;
    return p.kind === "project" ? projected(p, p.input) : filtered(p, p.input);
  });
}

type Values = Extract<LogicalPlan, { kind: "values" }>;

function projected(p: Extract<LogicalPlan, { kind: "project" }>, input: Values): LogicalPlan {
  const { exprs } = p;
  if (!exprs.every((e) => isKnown(e.expr))) return p;
  const rows: Value[][] = [];
  for (const row of input.rows) {
    const made: Value[] = [];
    for (const { expr } of exprs) {
      const result = tryEvaluate(expr, valueAt(input, row));
      if (result.kind === "error") return p;
      made.push(result.value);
    }
    rows.push(made);
  }
  return build.values(exprs.map(fieldOf), rows);
}

function filtered(p: Extract<LogicalPlan, { kind: "filter" }>, input: Values): LogicalPlan {
  if (!isKnown(p.predicate)) return p;
  const rows: (readonly Value[])[] = [];
  for (const row of input.rows) {
    const result = tryEvaluate(p.predicate, valueAt(input, row));
    if (result.kind === "error") return p;
    if (result.value === true) rows.push(row);
  }
  return build.values(input.schema, rows);
}

/** Known once the row is: columns count as constants. */
function isKnown(e: Expr): boolean {
  const closed = transform(e, (x) => (x.node === "column" ? literal(null, x.type) : x));
  return isConstant(closed);
}

/** The value at a leaf of a row of `input`. */
function valueAt(input: Values, row: readonly Value[]): (leaf: number) => Value {
  const leaves: Value[] = [];
  const add = (value: Value, type: Expr["type"]): void => {
    leaves.push(value);
    if (type.kind !== "ROW") return;
    type.fields.forEach((f, i) => {
      add(typeof value === "object" && value !== null ? (value[i] ?? null) : null, f.type);
    });
  };
  input.schema.forEach((f, i) => {
    add(row[i] ?? null, f.type);
  });
  return (leaf) => leaves[leaf] ?? null;
}
