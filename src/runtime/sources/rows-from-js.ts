/** Rows of a program -> values, as the library takes them: plain objects, checked against the table (22P02, 23502). */
import { SqlError } from "../../base/error.ts";
import { RowError } from "../../base/row-error.ts";
import { type Field, type SqlType, typeText, VARCHAR } from "../../base/types.ts";
import type { Value } from "../../base/value.ts";
import { daysFromCivil, MICROS_PER_DAY } from "../../expr/calendar.ts";
import { castValue } from "../../expr/cast/evaluate.ts";
import { characters } from "../../expr/text.ts";
import type { TablePlan } from "../../operators/physical.ts";

export type JsRow = Readonly<Record<string, unknown>>;

export function rowFromJs(table: TablePlan, row: JsRow, index: number): Value[] {
  const known = new Set(table.physical.map((f) => f.name));
  for (const name of Object.keys(row)) {
    if (!known.has(name)) refuse(index, name, `the table has no such column`);
  }
  return table.physical.map((field) => valueFromJs(index, field, row[field.name]));
}

function refuse(index: number, column: string, reason: string): never {
  throw new SqlError("BAD_INSERT", undefined, { row: index + 1, column, reason });
}

function valueFromJs(index: number, field: Field, given: unknown): Value {
  if (given === undefined || given === null) {
    if (!field.nullable) throw new SqlError("NULL_INSERT", undefined, { row: index + 1, column: field.name });
    return null;
  }
  try {
    const value = convert(field.type, given, (f, v) => valueFromJs(index, f, v));
    if (value !== undefined) return inYears(field.type, value);
  } catch (error) {
    if (error instanceof RowError) refuse(index, field.name, error.message);
    throw error;
  }
  return refuse(index, field.name, `a ${typeof given} is not a ${typeText(field.type)}`);
}

/** A cast cuts a text that is too long; a row keeps what it was given, or is refused. */
function fitting(type: SqlType, text: string): string {
  if (type.kind !== "CHAR" && type.kind !== "VARCHAR") return text;
  const { length } = type;
  if (length === undefined || text.length <= length || characters(text).length <= length) return text;
  throw new RowError("STRING_TOO_LONG");
}

const YEAR_1 = daysFromCivil(1, 1, 1);
const YEAR_10000 = daysFromCivil(10_000, 1, 1);

/** Dates and times are of the years 0001 to 9999 (T9). */
function inYears(type: SqlType, value: Value): Value {
  const isTime = type.kind === "TIMESTAMP" || type.kind === "TIMESTAMP_LTZ";
  if (!isTime && type.kind !== "DATE") return value;
  const day = isTime && typeof value === "bigint" ? value / MICROS_PER_DAY : Number(value);
  if (day < YEAR_1 || day >= YEAR_10000) throw new RowError("TIME_OUT_OF_RANGE");
  return value;
}

/** undefined: no value of this type can be made of it. */
function convert(type: SqlType, given: unknown, field: (f: Field, v: unknown) => Value): Value | undefined {
  if (type.kind === "ROW") {
    if (typeof given !== "object" || given === null) return undefined;
    // Any object can be read by name; what is missing is NULL.
    const object = given as JsRow;
    return type.fields.map((f) => field(f, object[f.name]));
  }
  if (given instanceof Date) {
    if (type.kind !== "TIMESTAMP_LTZ" || Number.isNaN(given.getTime())) return undefined;
    return BigInt(given.getTime()) * 1000n;
  }
  if (typeof given === "string") return castValue(fitting(type, given), VARCHAR, type);
  switch (type.kind) {
    case "BOOLEAN":
      return typeof given === "boolean" ? given : undefined;
    case "FLOAT":
    case "DOUBLE":
      return typeof given === "number" ? (type.kind === "FLOAT" ? Math.fround(given) : given) : undefined;
    case "TINYINT":
    case "SMALLINT":
    case "INT":
    case "BIGINT":
    case "DECIMAL":
      return numeric(type, given);
    default:
      // Timestamps are text, or a Date where they are absolute: a number would leave its unit open.
      return undefined;
  }
}

function numeric(type: SqlType, given: unknown): Value | undefined {
  if (typeof given === "bigint") return castValue(given.toString(), VARCHAR, type);
  if (typeof given !== "number") return undefined;
  if (type.kind === "DECIMAL") return Number.isFinite(given) ? castValue(String(given), VARCHAR, type) : undefined;
  return Number.isSafeInteger(given) ? castValue(String(given), VARCHAR, type) : undefined;
}
