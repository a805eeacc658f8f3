/** The values of constant expressions, found while planning. */
import { SqlError } from "../../../base/error.ts";
import { RowError, rowErrors } from "../../../base/row-error.ts";
import { type SqlType, typeText } from "../../../base/types.ts";
import type { Span, Value } from "../../../base/value.ts";
import { evaluate } from "../../../expr/evaluate.ts";
import { childrenOf, type Expr, literal } from "../../../expr/expr.ts";

export type Constant =
  | { readonly kind: "value"; readonly value: Value }
  | { readonly kind: "error"; readonly error: RowError };

/** Whether the value of `e` is known now: no column, no watermark, nothing volatile. */
export function isConstant(e: Expr): boolean {
  if (e.node === "column" || e.node === "watermark") return false;
  if (e.node === "call" && e.fn.volatility === "volatile") return false;
  return childrenOf(e).every(isConstant);
}

/** Evaluates `e` over the values of one row. */
export function tryEvaluate(e: Expr, leaf: (index: number) => Value): Constant {
  try {
    return { kind: "value", value: evaluate(e, { leaf, watermark: null }) };
  } catch (error) {
    if (error instanceof RowError) return { kind: "error", error };
    throw error;
  }
}

const noLeaf = (): never => {
  throw new TypeError("a constant reads no column");
};

export const tryConstant = (e: Expr): Constant => tryEvaluate(e, noLeaf);

const dateHint = "a date is year-month-day, with months from 01 to 12 and days that the month has";

/** A text constant that is no `type`. */
export function constantError(error: RowError, text: Expr, type: SqlType, span: Span): SqlError {
  const shown = text.node === "literal" ? `'${String(text.value)}'` : "the value";
  switch (error.code) {
    case "INVALID_TIME_TEXT":
      return new SqlError("INVALID_DATETIME", span, {
        text: shown,
        type: typeText(type),
        form: type.kind === "DATE" ? "2026-01-31" : "2026-01-31 12:00:00",
      });
    case "OUT_OF_RANGE":
    case "TIME_OUT_OF_RANGE":
      return new SqlError("NUMBER_OUT_OF_RANGE", span, {
        text: shown,
        type: typeText(type),
        hint: error.code === "TIME_OUT_OF_RANGE" || type.kind === "DATE" ? dateHint : undefined,
      });
    default:
      return new SqlError("INVALID_LITERAL", span, { text: shown, type: typeText(type) });
  }
}

/** The value of an expression that must be constant; `what` names it in errors. */
export function constantValue(e: Expr, span: Span, what: string): Value {
  if (!isConstant(e)) throw new SqlError("NOT_CONSTANT", span, { what });
  const result = tryConstant(e);
  if (result.kind === "value") return result.value;
  throw new SqlError("CONSTANT_FAILS", span, {
    reason: `${result.error.message} (${rowErrors[result.error.code].sqlstate})`,
  });
}

/** A constant as a literal; anything else, and what fails, stays as it is (E5: no rewrite adds or removes an error). */
export function foldConstant(e: Expr): Expr {
  if (e.node === "literal" || !isConstant(e)) return e;
  const result = tryConstant(e);
  return result.kind === "value" ? literal(result.value, e.type) : e;
}
