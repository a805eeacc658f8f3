/** The reference evaluator: the definition of what an expression means for one row. Throws RowError where it fails. */

import { RowError } from "../base/row-error.ts";
import type { Value } from "../base/value.ts";
import { assignedValue, castValue } from "./cast/evaluate.ts";
import type { Expr } from "./expr.ts";

export interface EvaluateInput {
  /** The value at a leaf; of a ROW its fields as an array. */
  leaf(index: number): Value;
  /** The watermark before the row, microseconds; null before the first. */
  readonly watermark: bigint | null;
}

export function evaluate(e: Expr, input: EvaluateInput): Value {
  switch (e.node) {
    case "literal":
      return e.value;
    case "column":
      return input.leaf(e.leaf);
    case "call": {
      const args = e.args.map((a) => evaluate(a, input));
      if (e.fn.nulls === "strict" && args.includes(null)) return null;
      return e.fn.evaluate(args, { args: e.args.map((a) => a.type), result: e.type });
    }
    case "cast":
      return evaluateCast(e, evaluate(e.arg, input));
    case "and":
    case "or":
      return logic(e, input);
    case "not": {
      const arg = evaluate(e.arg, input);
      return arg === null ? null : arg !== true;
    }
    case "isNull":
      return (evaluate(e.arg, input) === null) !== e.negated;
    case "case":
      return evaluate(e.branches.find((b) => isTrue(b.when, input))?.then ?? e.otherwise, input);
    case "coalesce":
      for (const a of e.args) {
        const value = evaluate(a, input);
        if (value !== null) return value;
      }
      return null;
    case "row":
      return e.fields.map((x) => evaluate(x, input));
    case "field": {
      const row = evaluate(e.arg, input);
      // A value of type ROW is an array or NULL.
      return row === null ? null : ((row as readonly Value[])[e.index] ?? null);
    }
    case "watermark":
      return input.watermark;
    default:
      return e satisfies never;
  }
}

/** Whether a condition is TRUE. Conjuncts after the first that is not TRUE are not computed. */
export function isTrue(e: Expr, input: EvaluateInput): boolean {
  return e.node === "and" ? e.args.every((a) => isTrue(a, input)) : evaluate(e, input) === true;
}

/** The argument that decides (FALSE for AND, TRUE for OR) ends it; else NULL where one was NULL. */
function logic(e: Extract<Expr, { node: "and" | "or" }>, input: EvaluateInput): Value {
  const decisive = e.node === "or";
  let sawNull = false;
  for (const a of e.args) {
    const value = evaluate(a, input);
    if (value === decisive) return decisive;
    sawNull ||= value === null;
  }
  return sawNull ? null : !decisive;
}

/** A cast of the value of its argument. */
export function evaluateCast(e: Extract<Expr, { node: "cast" }>, arg: Value): Value {
  if (arg === null) return null;
  try {
    return e.isAssignment === true ? assignedValue(arg, e.arg.type, e.type) : castValue(arg, e.arg.type, e.type);
  } catch (error) {
    if (e.isTry && error instanceof RowError) return null;
    throw error;
  }
}
