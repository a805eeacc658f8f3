/** The reference evaluator: the definition of what an expression means for one row. Throws RowError where it fails. */

import { RowError } from "../base/row-error.ts";
import { isTimestamp, type SqlType, sameType } from "../base/types.ts";
import type { Value } from "../base/value.ts";
import { DAY_MAX, DAY_MIN, MICROS_MAX, MICROS_MIN } from "../wasm/library/calendar.ts";
import { assignedValue, castValue } from "./cast/evaluate.ts";
import type { Expr } from "./expr.ts";
import { valueToText } from "./text.ts";

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
      return calledValue(e, e.fn.evaluate(args, { args: e.args.map((a) => a.type), result: e.type }));
    }
    case "cast":
      return evaluateCast(e, evaluate(e.arg, input));
    case "notNull": {
      const arg = evaluate(e.arg, input);
      if (arg === null) throw new RowError("NULL_NOT_ALLOWED");
      return arg;
    }
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

/** What a function has given, where it is a value of its type. */
export function calledValue(e: Extract<Expr, { node: "call" }>, value: Value): Value {
  return e.fn.canFail && e.fn.nulls === "strict" ? inYears(e.type, value) : value;
}

/** A time that was computed is of the years 0001 to 9999 (T9). */
function inYears(type: SqlType, value: Value): Value {
  if (value === null) return null;
  const isOutside =
    typeof value === "bigint"
      ? isTimestamp(type) && (value < MICROS_MIN || value > MICROS_MAX)
      : type.kind === "DATE" && (Number(value) < DAY_MIN || Number(value) > DAY_MAX);
  if (!isOutside) return value;
  throw new RowError("TIME_OUT_OF_RANGE", `${valueToText(type, value)} is not of the years 0001 to 9999`);
}

function castOf(e: Extract<Expr, { node: "cast" }>, arg: Exclude<Value, null>): Value {
  const from = e.arg.type;
  if (sameType(from, e.type)) return arg;
  return e.isAssignment === true ? assignedValue(arg, from, e.type) : inYears(e.type, castValue(arg, from, e.type));
}

/** A cast of the value of its argument. */
export function evaluateCast(e: Extract<Expr, { node: "cast" }>, arg: Value): Value {
  if (arg === null) return null;
  try {
    return castOf(e, arg);
  } catch (error) {
    if (e.isTry && error instanceof RowError) return null;
    throw error;
  }
}
