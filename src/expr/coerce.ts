/**
 * Which types turn into which: implicit casts, the common type of several expressions, and the result types of DECIMAL
 * arithmetic (V2). The binder inserts the casts that these rules ask for.
 */
import {
  DECIMAL_PRECISION_MAX,
  DOUBLE,
  FLOAT,
  isApproximate,
  isInteger,
  isNumeric,
  isString,
  isTimestamp,
  NULL_TYPE,
  type SqlType,
  sameType,
  VARCHAR,
} from "../base/types.ts";
import type { ArgumentType } from "./function.ts";

type Decimal = Extract<SqlType, { kind: "DECIMAL" }>;

const integerDigits = { TINYINT: 3, SMALLINT: 5, INT: 10, BIGINT: 19 } as const;
const integerOrder = ["TINYINT", "SMALLINT", "INT", "BIGINT"] as const;

/** An exact number type as DECIMAL: INT is DECIMAL(10, 0), BIGINT (19, 0). Undefined for other types. */
export function asDecimal(type: SqlType): Decimal | undefined {
  switch (type.kind) {
    case "DECIMAL":
      return type;
    case "TINYINT":
    case "SMALLINT":
    case "INT":
    case "BIGINT":
      return { kind: "DECIMAL", precision: integerDigits[type.kind], scale: 0 };
    default:
      return undefined;
  }
}

/** A DECIMAL of that many digits, or, above 38, with a scale shrunk to leave room for the integer digits. */
export function fitDecimal(precision: number, scale: number): Decimal {
  if (precision <= DECIMAL_PRECISION_MAX) return { kind: "DECIMAL", precision, scale };
  const whole = precision - scale;
  const fitted = Math.max(DECIMAL_PRECISION_MAX - whole, Math.min(scale, 6));
  return { kind: "DECIMAL", precision: DECIMAL_PRECISION_MAX, scale: fitted };
}

/** The type of `a sign b` over DECIMALs. */
export function decimalResult(sign: "+" | "-" | "*" | "/" | "%", a: Decimal, b: Decimal): Decimal {
  const wholeA = a.precision - a.scale;
  const wholeB = b.precision - b.scale;
  const scale = Math.max(a.scale, b.scale);
  switch (sign) {
    case "+":
    case "-":
      return fitDecimal(Math.max(wholeA, wholeB) + scale + 1, scale);
    case "*":
      return fitDecimal(a.precision + b.precision + 1, a.scale + b.scale);
    case "/": {
      const quotientScale = Math.max(6, a.scale + b.precision + 1);
      return fitDecimal(wholeA + b.scale + quotientScale, quotientScale);
    }
    case "%":
      return fitDecimal(Math.max(1, Math.min(wholeA, wholeB) + scale), scale);
    default:
      return sign satisfies never;
  }
}

/** Whether a value of `from` becomes one of `to` without being asked, losing nothing (but digits beyond a DOUBLE's). */
export function canCastImplicitly(from: SqlType, to: SqlType): boolean {
  if (sameType(from, to) || from.kind === "NULL") return true;
  if (isNumeric(from) && isNumeric(to)) return numberWidens(from, to);
  if (isString(from)) return to.kind === "VARCHAR" && (to.length === undefined || lengthOf(from) <= to.length);
  if (from.kind === "DATE") return isTimestamp(to);
  if (from.kind === "TIMESTAMP") return isTimestamp(to) && precisionOf(from) <= precisionOf(to);
  if (from.kind === "TIMESTAMP_LTZ") return to.kind === "TIMESTAMP_LTZ" && precisionOf(from) <= precisionOf(to);
  if (from.kind === "ROW" && to.kind === "ROW") {
    return (
      from.fields.length === to.fields.length &&
      from.fields.every((f, i) => {
        const g = to.fields[i];
        return g !== undefined && (g.nullable || !f.nullable) && canCastImplicitly(f.type, g.type);
      })
    );
  }
  return false;
}

function numberWidens(from: SqlType, to: SqlType): boolean {
  if (to.kind === "DOUBLE") return true;
  if (to.kind === "FLOAT") return from.kind === "TINYINT" || from.kind === "SMALLINT";
  if (isApproximate(from)) return false;
  const a = asDecimal(from);
  const b = asDecimal(to);
  if (a === undefined || b === undefined) return false;
  if (isInteger(to)) return isInteger(from) && a.precision <= b.precision;
  return a.scale <= b.scale && a.precision - a.scale <= b.precision - b.scale;
}

/** Whether INSERT may store a `from` in a column of type `to`: the implicit casts and those that may fail or round for some value. */
export function canAssign(from: SqlType, to: SqlType): boolean {
  if (canCastImplicitly(from, to)) return true;
  if (isNumeric(from) && isNumeric(to)) return true;
  if (isString(from) && isString(to)) return true;
  if ((isTimestamp(from) || from.kind === "DATE") && (isTimestamp(to) || to.kind === "DATE")) return true;
  return (
    from.kind === "ROW" &&
    to.kind === "ROW" &&
    from.fields.length === to.fields.length &&
    from.fields.every((f, i) => canAssign(f.type, to.fields[i]?.type ?? NULL_TYPE))
  );
}

/** Whether CAST(x AS to) exists. */
export function canCastExplicitly(from: SqlType, to: SqlType): boolean {
  if (from.kind === "NULL" || isString(to)) return true;
  if (isString(from)) return to.kind !== "ROW" && to.kind !== "NULL";
  if (from.kind === "BOOLEAN") return to.kind === "BOOLEAN" || isInteger(to);
  if (isNumeric(from)) return isNumeric(to) || (to.kind === "BOOLEAN" && isInteger(from));
  if (from.kind === "DATE" || isTimestamp(from)) return to.kind === "DATE" || isTimestamp(to);
  if (from.kind === "ROW") {
    return (
      to.kind === "ROW" &&
      from.fields.length === to.fields.length &&
      from.fields.every((f, i) => canCastExplicitly(f.type, to.fields[i]?.type ?? NULL_TYPE))
    );
  }
  return from.kind === to.kind;
}

const lengthOf = (t: SqlType): number => (t.kind === "CHAR" || t.kind === "VARCHAR" ? (t.length ?? Infinity) : 0);
const precisionOf = (t: SqlType): number => (isTimestamp(t) && "precision" in t ? t.precision : 0);

function commonOfTwo(a: SqlType, b: SqlType): SqlType | undefined {
  if (sameType(a, b) || b.kind === "NULL") return a;
  if (a.kind === "NULL") return b;
  if (isNumeric(a) && isNumeric(b)) return commonNumber(a, b);
  if (isString(a) && isString(b)) {
    const length = Math.max(lengthOf(a), lengthOf(b));
    return length === Infinity ? VARCHAR : { kind: "VARCHAR", length };
  }
  const precision = Math.max(precisionOf(a), precisionOf(b));
  const isTime = (t: SqlType): boolean => t.kind === "DATE" || isTimestamp(t);
  if (isTime(a) && isTime(b)) {
    const kind = a.kind === "TIMESTAMP_LTZ" || b.kind === "TIMESTAMP_LTZ" ? "TIMESTAMP_LTZ" : "TIMESTAMP";
    return { kind, precision };
  }
  if (a.kind === "ROW" && b.kind === "ROW" && a.fields.length === b.fields.length) {
    const fields = a.fields.map((f, i) => {
      const g = b.fields[i] ?? f;
      const type = commonOfTwo(f.type, g.type);
      return type === undefined ? undefined : { name: f.name, type, nullable: f.nullable || g.nullable };
    });
    return fields.every((f) => f !== undefined) ? { kind: "ROW", fields } : undefined;
  }
  return undefined;
}

function commonNumber(a: SqlType, b: SqlType): SqlType {
  if (isApproximate(a) || isApproximate(b)) return a.kind === "FLOAT" && b.kind === "FLOAT" ? FLOAT : DOUBLE;
  if (isInteger(a) && isInteger(b)) {
    const kind = integerOrder.findLast((k) => k === a.kind || k === b.kind) ?? "BIGINT";
    return { kind };
  }
  const x = asDecimal(a);
  const y = asDecimal(b);
  if (x === undefined || y === undefined) return DOUBLE;
  const scale = Math.max(x.scale, y.scale);
  return fitDecimal(Math.max(x.precision - x.scale, y.precision - y.scale) + scale, scale);
}

/** The narrowest type to which all cast implicitly; undefined where there is none. NULL where all are NULL. */
export function commonType(types: readonly SqlType[]): SqlType | undefined {
  let common: SqlType | undefined = NULL_TYPE;
  for (const t of types) common = common === undefined ? undefined : commonOfTwo(common, t);
  return common;
}

/** The same for arguments: a string literal takes the type of the others, as `ts > '2026-01-01 00:00:00'` needs. */
export function commonTypeOf(args: readonly ArgumentType[]): SqlType | undefined {
  const isText = (a: ArgumentType): boolean => isString(a.type) && typeof a.literal === "string";
  const rest = args.filter((a) => !isText(a));
  const common = commonType(rest.map((a) => a.type));
  if (common === undefined) return undefined;
  if (common.kind === "NULL" || isString(common)) return commonType(args.map((a) => a.type));
  return rest.length === args.length || canCastExplicitly(VARCHAR, common) ? common : undefined;
}
