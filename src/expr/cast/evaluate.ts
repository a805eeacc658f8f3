/** CAST, the reference face: one value from one type to another. */
import { RowError } from "../../base/row-error.ts";
import { isString, NULL_TYPE, type SqlType, sameType, typeText, VARCHAR } from "../../base/types.ts";
import { isRow, type Value } from "../../base/value.ts";
import { floorDiv, MICROS_PER_DAY } from "../calendar.ts";
import { divideRounded, inPrecision, integerValue, pow10, rescale } from "../exact.ts";
import { characters, shownValue, valueToText } from "../text.ts";
import { decimalOfDouble } from "./double.ts";
import { parseBoolean, parseDecimal, parseDouble, parseInteger } from "./parse-number.ts";
import { parseDate, parseDayInterval, parseMonthInterval, parseTimestamp } from "./parse-time.ts";

type Known = Exclude<Value, null>;

/** Throws RowError, which shows the value, where it has none in the type. */
export function castValue(value: Known, from: SqlType, to: SqlType): Value {
  if (sameType(from, to)) return value;
  try {
    return converted(value, from, to);
  } catch (error) {
    // Of a ROW its field has said it.
    if (!(error instanceof RowError) || isRow(value)) throw error;
    throw error.withDetail(`cannot cast ${shownValue(from, value)} to ${typeText(to)}`);
  }
}

function converted(value: Known, from: SqlType, to: SqlType): Value {
  if (typeof value === "string") return isString(to) ? fitLength(value, to) : parse(value.trim(), to);
  switch (to.kind) {
    case "CHAR":
    case "VARCHAR":
      return fitLength(valueToText(from, value), to);
    case "BOOLEAN":
      return typeof value === "boolean" ? value : Number(value) !== 0;
    case "TINYINT":
    case "SMALLINT":
    case "INT":
    case "BIGINT":
      return integerValue(to, toInteger(value, from));
    case "FLOAT":
    case "DOUBLE":
      return toFloat(value, from, to);
    case "DECIMAL":
      return toDecimal(value, from, to);
    case "DATE":
      return typeof value === "bigint" ? Number(floorDiv(value, MICROS_PER_DAY)) : value;
    case "TIMESTAMP":
    case "TIMESTAMP_LTZ":
      return toTimestamp(value, to);
    case "INTERVAL_MONTH":
    case "INTERVAL_DAY":
    case "NULL":
      return value;
    case "ROW":
      return castFields(value, from, to, castValue);
    default:
      return to satisfies never;
  }
}

/** A ROW has no value in a type that has no NULL where it has one. */
function castFields(value: Known, from: SqlType, to: Extract<SqlType, { kind: "ROW" }>, cast: typeof castValue): Value {
  // A value of type ROW is an array.
  const row = value as readonly Value[];
  const fields = from.kind === "ROW" ? from.fields : [];
  return fields.map((f, i) => {
    const v = row[i] ?? null;
    if (v === null && to.fields[i]?.nullable === false) {
      throw new RowError("NULL_NOT_ALLOWED", `field "${to.fields[i].name}"`);
    }
    return v === null ? null : cast(v, f.type, to.fields[i]?.type ?? NULL_TYPE);
  });
}

/** The error of a text that is longer than its type. */
export const tooLong = (text: string, type: SqlType): RowError =>
  new RowError("STRING_TOO_LONG", `${shownValue(VARCHAR, text)} does not fit ${typeText(type)}`);

/** As `castValue`, but a text is not cut, except for spaces at its end: STRING_TOO_LONG. */
export function assignedValue(value: Known, from: SqlType, to: SqlType): Value {
  if (to.kind === "ROW" && !sameType(from, to)) return castFields(value, from, to, assignedValue);
  if ((to.kind === "CHAR" || to.kind === "VARCHAR") && to.length !== undefined) {
    const text = typeof value === "string" ? value : valueToText(from, value);
    if (characters(text.replace(/ +$/, "")).length > to.length) throw tooLong(text, to);
  }
  return castValue(value, from, to);
}

function parse(text: string, to: SqlType): Value {
  switch (to.kind) {
    case "BOOLEAN":
      return parseBoolean(text);
    case "TINYINT":
    case "SMALLINT":
    case "INT":
    case "BIGINT":
      return integerValue(to, parseInteger(text));
    case "FLOAT":
    case "DOUBLE":
      return parseDouble(text, to.kind === "FLOAT");
    case "DECIMAL":
      return inPrecision(parseDecimal(text, to.scale), to);
    case "DATE":
      return parseDate(text);
    case "TIMESTAMP":
    case "TIMESTAMP_LTZ":
      return cutToPrecision(parseTimestamp(text), to.precision);
    case "INTERVAL_MONTH":
      return parseMonthInterval(text);
    case "INTERVAL_DAY":
      return parseDayInterval(text);
    default:
      throw new RowError("INVALID_TEXT", `no text is a ${to.kind}`);
  }
}

/** VARCHAR(n) cuts, CHAR(n) cuts and pads, in characters. */
export function fitLength(text: string, to: SqlType): string {
  if ((to.kind !== "CHAR" && to.kind !== "VARCHAR") || to.length === undefined) return text;
  // A text of so few UTF-16 units has no more characters.
  if (text.length <= to.length && to.kind === "VARCHAR") return text;
  const all = characters(text);
  if (all.length >= to.length) return all.slice(0, to.length).join("");
  return to.kind === "CHAR" ? text + " ".repeat(to.length - all.length) : text;
}

function toInteger(value: Known, from: SqlType): bigint {
  // Only numbers and booleans are cast to integers.
  const number = value as number | bigint | boolean;
  if (from.kind === "DECIMAL") return divideRounded(BigInt(number), pow10(from.scale));
  if (from.kind !== "FLOAT" && from.kind !== "DOUBLE") return BigInt(number);
  const x = Number(value);
  if (!Number.isFinite(x)) throw new RowError("OUT_OF_RANGE");
  return BigInt(roundHalfEven(x));
}

/** Nearest integer, halves to even, as IEEE 754 rounds. */
export function roundHalfEven(x: number): number {
  const floor = Math.floor(x);
  const fraction = x - floor;
  const isUp = fraction > 0.5 || (fraction === 0.5 && floor % 2 !== 0);
  const rounded = isUp ? floor + 1 : floor;
  return rounded === 0 && (x < 0 || Object.is(x, -0)) ? -0 : rounded;
}

function toFloat(value: Known, from: SqlType, to: SqlType): number {
  const scale = from.kind === "DECIMAL" ? from.scale : 0;
  const exact = Number(value);
  const x = scale === 0 ? exact : exact / Number(pow10(scale));
  if (to.kind === "DOUBLE") return x;
  const single = Math.fround(x);
  if (Math.abs(single) === Infinity && Number.isFinite(x)) throw new RowError("OUT_OF_RANGE");
  return single;
}

function toDecimal(value: Known, from: SqlType, to: Extract<SqlType, { kind: "DECIMAL" }>): bigint {
  if (from.kind === "FLOAT" || from.kind === "DOUBLE") return decimalOfDouble(Number(value), to);
  const unscaled = BigInt(value as number | bigint); // exact numbers only
  return inPrecision(rescale(unscaled, from.kind === "DECIMAL" ? from.scale : 0, to.scale), to);
}

const MICROS_MAX = 2n ** 63n - 1n;

/** Digits beyond the precision are cut, towards the past. */
export function cutToPrecision(micros: bigint, precision: number): bigint {
  if (precision >= 6) return micros;
  const unit = pow10(6 - precision);
  return floorDiv(micros, unit) * unit;
}

function toTimestamp(value: Known, to: Extract<SqlType, { kind: "TIMESTAMP" | "TIMESTAMP_LTZ" }>): bigint {
  if (typeof value === "bigint") return cutInRange(value, to.precision);
  const micros = BigInt(Number(value)) * MICROS_PER_DAY;
  if (micros > MICROS_MAX || micros < -MICROS_MAX - 1n) throw new RowError("TIME_OUT_OF_RANGE");
  return micros;
}

/** Cutting moves the very first instants out of the range. */
function cutInRange(micros: bigint, precision: number): bigint {
  const cut = cutToPrecision(micros, precision);
  if (cut < -MICROS_MAX - 1n) throw new RowError("TIME_OUT_OF_RANGE");
  return cut;
}
