/** Literals and parameters -> typed constants (V2: 1.5 is DECIMAL(2, 1), 1e3 DOUBLE). */
import { SqlError } from "../../../base/error.ts";
import {
  BIGINT,
  BOOLEAN,
  DATE,
  DECIMAL_PRECISION_MAX,
  DOUBLE,
  decimal,
  INT,
  NULL_TYPE,
  type SqlType,
  timestamp,
  timestampLtz,
  VARCHAR,
} from "../../../base/types.ts";
import type { Span, Value } from "../../../base/value.ts";
import { type Expr, literal } from "../../../expr/expr.ts";
import type { DatetimeLiteral, IntervalLiteral, NumberLiteral, Parameter } from "../../../sql/ast.ts";
import type { Env } from "../env.ts";
import { castTo } from "./coerce.ts";
import { intervalOf } from "./interval.ts";

const INT_MAX = 2n ** 31n - 1n;
const INT_MIN = -(2n ** 31n);
const BIGINT_MAX = 2n ** 63n - 1n;
const BIGINT_MIN = -(2n ** 63n);

function integer(value: bigint, span: Span): Expr {
  if (value >= INT_MIN && value <= INT_MAX) return literal(Number(value), INT);
  if (value >= BIGINT_MIN && value <= BIGINT_MAX) return literal(value, BIGINT);
  const digits = String(value < 0n ? -value : value).length;
  if (digits > DECIMAL_PRECISION_MAX) {
    throw new SqlError("NUMBER_OUT_OF_RANGE", span, { text: String(value), type: "DECIMAL(38, 0)" });
  }
  return literal(value, decimal(digits, 0));
}

/** `negative`: a minus stands before it; -9223372036854775808 is one number. */
export function numberLiteral(node: NumberLiteral, negative: boolean): Expr {
  const sign = negative ? "-" : "";
  switch (node.form) {
    case "integer":
      return integer(BigInt(sign + node.text), node.span);
    case "double": {
      const value = Number(sign + node.text);
      if (!Number.isFinite(value)) {
        throw new SqlError("NUMBER_OUT_OF_RANGE", node.span, { text: node.text, type: "DOUBLE" });
      }
      return literal(value, DOUBLE);
    }
    case "decimal": {
      const [whole = "", fraction = ""] = node.text.split(".");
      const digits = whole.replace(/^0+/, "") + fraction;
      const precision = Math.max(digits.length, fraction.length, 1);
      if (precision > DECIMAL_PRECISION_MAX) {
        throw new SqlError("NUMBER_OUT_OF_RANGE", node.span, { text: node.text, type: "DECIMAL(38, s)" });
      }
      return literal(BigInt(`${sign}${digits || "0"}`), decimal(precision, fraction.length));
    }
    default:
      return node.form satisfies never;
  }
}

/** As many digits as the text has, at most what a column keeps. */
const fractionDigits = (text: string): number => Math.min(/\.(\d+)/.exec(text)?.[1]?.length ?? 0, 6);

export function datetimeLiteral(node: DatetimeLiteral): Expr {
  const type: SqlType | undefined =
    node.type === "DATE"
      ? DATE
      : node.type === "TIMESTAMP"
        ? timestamp(fractionDigits(node.text))
        : node.type === "TIMESTAMP_LTZ"
          ? timestampLtz(fractionDigits(node.text))
          : undefined;
  if (type === undefined) throw new SqlError("NOT_SUPPORTED", node.span, { construct: "type TIME", advice: undefined });
  return castTo(literal(node.text, VARCHAR), type, node.span);
}

export function intervalLiteral(node: IntervalLiteral): Expr {
  const { type, value } = intervalOf(node, node.span);
  return literal(value, type);
}

export function parameter(node: Parameter, env: Env): Expr {
  const key = node.name ?? String(node.index);
  const value = env.params.get(key);
  env.usedParameters.add(key);
  if (value === undefined) {
    const name = node.name === undefined ? `$${key}` : `:${key}`;
    throw new SqlError("UNKNOWN_PARAMETER", node.span, { name });
  }
  return parameterValue(value, node.span);
}

function parameterValue(value: Value, span: Span): Expr {
  switch (typeof value) {
    case "string":
      return literal(value, VARCHAR);
    case "boolean":
      return literal(value, BOOLEAN);
    case "bigint":
      return integer(value, span);
    case "number":
      return Number.isSafeInteger(value) ? integer(BigInt(value), span) : literal(value, DOUBLE);
    default:
      if (value === null) return literal(null, NULL_TYPE);
      throw new SqlError("NOT_SUPPORTED", span, { construct: "a ROW as parameter", advice: undefined });
  }
}
