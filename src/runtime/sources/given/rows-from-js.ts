/** Rows of a program -> values, as the library takes them: plain objects, checked against the table (22P02, 23502). */
import { didYouMean, SqlError } from "../../../base/error.ts";
import { RowError } from "../../../base/row-error.ts";
import { type Field, type SqlType, typeText, VARCHAR } from "../../../base/types.ts";
import type { Value } from "../../../base/value.ts";
import { daysFromCivil, MICROS_PER_DAY } from "../../../expr/calendar.ts";
import { castValue, tooLong } from "../../../expr/cast/evaluate.ts";
import { integerValue } from "../../../expr/exact.ts";
import { characters } from "../../../expr/text.ts";
import type { TablePlan } from "../../../operators/physical.ts";

export type JsRow = Readonly<Record<string, unknown>>;

/** Checks all rows before any of them is taken. Throws SqlError with the row (1-based) and the field. */
export function rowsFromJs(table: TablePlan, rows: readonly JsRow[]): Value[][] {
  // A program without types may hand over anything.
  const given: unknown = rows;
  if (!Array.isArray(given)) refuseRows(table, `expected an array, not ${described(given)}`);
  return rows.map((row, i) => rowFromJs(table, row, i));
}

function rowFromJs(table: TablePlan, row: JsRow, index: number): Value[] {
  if (!isRecord(row)) refuseRows(table, `row ${index + 1}: expected an object, not ${described(row)}`);
  const names = table.physical.map((f) => f.name);
  const known = new Set(names);
  for (const name of Object.keys(row)) {
    if (known.has(name)) continue;
    const details = { row: index + 1, column: name, reason: "the table has no such column" };
    throw new SqlError("BAD_INSERT", undefined, details, didYouMean(name, names));
  }
  return table.physical.map((field) => valueFromJs(index, field, row[field.name]));
}

const isRecord = (given: unknown): boolean =>
  typeof given === "object" && given !== null && !Array.isArray(given) && !(given instanceof Date);

function refuseRows({ name, physical }: TablePlan, reason: string): never {
  throw new SqlError("BAD_ROWS", undefined, { table: name, reason, columns: physical.map((f) => f.name) });
}

function refuse(index: number, column: string, reason: string, hint?: string): never {
  throw new SqlError("BAD_INSERT", undefined, { row: index + 1, column, reason, hint });
}

/** What was given, for people. */
function described(given: unknown): string {
  if (given === null || given === undefined) return String(given);
  if (Array.isArray(given)) return "an array";
  if (given instanceof Date) return Number.isNaN(given.getTime()) ? "an invalid Date" : "a Date";
  if (typeof given === "object") return "an object";
  return typeof given === "number" || typeof given === "bigint" ? `the number ${given}` : `a ${typeof given}`;
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
  return refuse(index, field.name, ...mismatch(field.type, given));
}

/** Why a value is none of the type, and what would be. */
function mismatch(type: SqlType, given: unknown): [reason: string, hint: string | undefined] {
  if (typeof given === "number" && isExact(type) && Number.isFinite(given)) {
    return Number.isInteger(given)
      ? [`${BigInt(given)} is more than a number holds exactly`, "give it as a bigint"]
      : [`${given} is not whole, and ${typeText(type)} is`, undefined];
  }
  return [`expected ${typeText(type)}, not ${described(given)}`, timeForms(type)];
}

const isExact = ({ kind }: SqlType): boolean =>
  kind === "TINYINT" || kind === "SMALLINT" || kind === "INT" || kind === "BIGINT";

/** A number would leave its unit open, and a Date is an instant, which a TIMESTAMP is not. */
function timeForms({ kind }: SqlType): string | undefined {
  if (kind === "TIMESTAMP") return 'it takes ISO text such as "2026-01-01T00:00:00.000"; of a Date, date.toISOString()';
  if (kind === "TIMESTAMP_LTZ") return 'it takes a Date, or ISO text such as "2026-01-01T00:00:00.000Z"';
  return kind === "DATE" ? 'it takes text such as "2026-01-01"' : undefined;
}

/** A cast cuts a text that is too long; a row keeps what it was given, or is refused. */
function fitting(type: SqlType, text: string): string {
  if (type.kind !== "CHAR" && type.kind !== "VARCHAR") return text;
  const { length } = type;
  if (length === undefined || text.length <= length || characters(text).length <= length) return text;
  throw tooLong(text, type);
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
  if (typeof given !== "number" && typeof given !== "bigint") return undefined;
  if (type.kind === "DECIMAL") {
    const isFinite = typeof given === "bigint" || Number.isFinite(given);
    return isFinite ? castValue(String(given), VARCHAR, type) : undefined;
  }
  return typeof given === "bigint" || Number.isSafeInteger(given) ? integerValue(type, BigInt(given)) : undefined;
}
