/**
 * The exact decoder of single values (V6, V8): text to a column. Each leaf gets a writer for its type; it answers with
 * why the text is no value of the type, or undefined where it wrote one.
 */
import { type Leaf, type SqlType, typeText } from "../../base/types.ts";
import type { EngineMemory } from "../../wasm/memory.ts";
import type { BatchColumns } from "./columns.ts";
import { isJsonNumber, isTextNumber, nearestDouble, nearestFloat, scaledInteger } from "./number-text.ts";
import { type EpochUnit, parseDate, parseTimestamp, timestampOfEpoch } from "./time-text.ts";

/** `literal`: a bare JSON scalar (number, true, false). `text`: the content of a JSON string, or a CSV field. */
export type TextForm = "literal" | "text";

/** Writes a value of one leaf, or says why it cannot. */
export type ValueWriter = (row: number, text: string, form: TextForm) => string | undefined;

type IntegerType = Extract<SqlType, { readonly kind: keyof typeof INTEGER_RANGE }>;
type DecimalType = Extract<SqlType, { readonly kind: "DECIMAL" }>;

const INTEGER_RANGE = {
  TINYINT: [-128n, 127n],
  SMALLINT: [-32_768n, 32_767n],
  INT: [-2_147_483_648n, 2_147_483_647n],
  BIGINT: [-(2n ** 63n), 2n ** 63n - 1n],
} as const;

const SHOWN_MAX = 60;
const shown = (text: string): string => JSON.stringify(text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}…` : text);
const notA = (text: string, type: SqlType): string => `${shown(text)} is not a valid ${typeText(type)}`;
const outOfRange = (text: string, type: SqlType): string => `${shown(text)} is out of range for ${typeText(type)}`;

/** The number in `text`, or undefined. */
function numberIn(text: string, form: TextForm): string | undefined {
  if (form === "literal") return isJsonNumber(text) ? text : undefined;
  const trimmed = text.trim();
  return isTextNumber(trimmed) ? trimmed : undefined;
}

function integerIn(text: string, form: TextForm, type: SqlType): bigint | string {
  const number = numberIn(text, form);
  if (number === undefined) return notA(text, type);
  const value = scaledInteger(number, 0, true);
  if (value === "fraction") return `${shown(text)} is not a whole number`;
  return value === "range" ? outOfRange(text, type) : value;
}

/** Whether values of `type` can be decoded from text; ROW is for the format to take apart. */
export function isDecodable(type: SqlType): boolean {
  return type.kind !== "INTERVAL_DAY" && type.kind !== "INTERVAL_MONTH" && type.kind !== "NULL";
}

/** Strings and ROWs have no writer here: they are bytes, not text. */
export function valueWriter(
  columns: BatchColumns,
  leafIndex: number,
  leaf: Leaf,
  unit: EpochUnit,
): ValueWriter | undefined {
  const { memory } = columns;
  const data = columns.data[leafIndex] ?? 0;
  const { type } = leaf;
  switch (type.kind) {
    case "BOOLEAN":
      return (row, text, form) => {
        const word = form === "literal" ? text : text.trim().toLowerCase();
        if (word !== "true" && word !== "false") return notA(text, type);
        memory.u8[data + row] = word === "true" ? 1 : 0;
        return undefined;
      };
    case "TINYINT":
    case "SMALLINT":
    case "INT":
    case "BIGINT":
      return integerWriter(memory, data, type);
    case "FLOAT":
    case "DOUBLE":
      return (row, text, form) => {
        const value = approximate(text, form, type.kind);
        if (typeof value === "string") return value;
        if (type.kind === "FLOAT") memory.f32[data / 4 + row] = value;
        else memory.f64[data / 8 + row] = value;
        return undefined;
      };
    case "DECIMAL":
      return decimalWriter(memory, data, type, leaf.storage);
    case "DATE":
      return (row, text, form) => {
        const days = form === "text" ? parseDate(text) : undefined;
        if (days === undefined) return notA(text, type);
        memory.i32[data / 4 + row] = days;
        return undefined;
      };
    case "TIMESTAMP":
    case "TIMESTAMP_LTZ":
      return (row, text, form) => {
        const micros = timestampIn(text, form, type, unit);
        if (micros === undefined) return notA(text, type);
        memory.i64[data / 8 + row] = micros;
        return undefined;
      };
    case "CHAR":
    case "VARCHAR":
    case "ROW":
    case "INTERVAL_DAY":
    case "INTERVAL_MONTH":
    case "NULL":
      return undefined;
    default:
      return type satisfies never;
  }
}

function integerWriter(memory: EngineMemory, data: number, type: IntegerType): ValueWriter {
  const [min, max] = INTEGER_RANGE[type.kind];
  return (row, text, form) => {
    const value = integerIn(text, form, type);
    if (typeof value === "string") return value;
    if (value < min || value > max) return outOfRange(text, type);
    if (type.kind === "BIGINT") memory.i64[data / 8 + row] = value;
    else memory.i32[data / 4 + row] = Number(value);
    return undefined;
  };
}

function decimalWriter(memory: EngineMemory, data: number, type: DecimalType, storage: Leaf["storage"]): ValueWriter {
  const limit = 10n ** BigInt(type.precision);
  return (row, text, form) => {
    const number = numberIn(text, form);
    if (number === undefined) return notA(text, type);
    const value = scaledInteger(number, type.scale, false);
    // A half may round up to the limit itself, so the result is what is judged.
    if (typeof value === "string" || value >= limit || value <= -limit) return outOfRange(text, type);
    if (storage === "i64") memory.i64[data / 8 + row] = value;
    else {
      memory.i64[data / 8 + row * 2] = BigInt.asIntN(64, value);
      memory.i64[data / 8 + row * 2 + 1] = value >> 64n;
    }
    return undefined;
  };
}

const SPECIAL_DOUBLES: Readonly<Record<string, number>> = { NaN: NaN, Infinity, "-Infinity": -Infinity };

function approximate(text: string, form: TextForm, kind: "FLOAT" | "DOUBLE"): number | string {
  const number = numberIn(text, form);
  if (number === undefined) {
    const special = form === "text" ? SPECIAL_DOUBLES[text] : undefined;
    return special ?? notA(text, { kind });
  }
  const value = kind === "FLOAT" ? nearestFloat(number) : nearestDouble(number);
  return Number.isFinite(value) ? value : outOfRange(text, { kind });
}

function timestampIn(
  text: string,
  form: TextForm,
  type: SqlType & { readonly precision: number },
  unit: EpochUnit,
): bigint | undefined {
  const stamp = form === "text" ? parseTimestamp(text, type.precision) : undefined;
  if (stamp !== undefined) return stamp;
  const epoch = integerIn(text, form, type);
  return typeof epoch === "string" ? undefined : timestampOfEpoch(epoch, unit, type.precision);
}

/** Writes bytes of valid UTF-8 as a string value; CHAR(n) is filled up with spaces. Says why it cannot. */
export function writeText(
  columns: BatchColumns,
  leafIndex: number,
  row: number,
  address: number,
  length: number,
): string | undefined {
  const { memory } = columns;
  const type = columns.leaves[leafIndex]?.type;
  const limit = type?.kind === "CHAR" || type?.kind === "VARCHAR" ? type.length : undefined;
  let at = address;
  let bytes = length;
  if (limit !== undefined && (type?.kind === "CHAR" || length > limit)) {
    let characters = 0;
    for (let i = address; i < address + length; i++) if (((memory.u8[i] ?? 0) & 0xc0) !== 0x80) characters += 1;
    if (characters > limit)
      return `the text has ${characters} characters, more than ${typeText(type ?? { kind: "NULL" })} holds`;
    if (type?.kind === "CHAR" && characters < limit) {
      bytes = length + limit - characters;
      at = columns.allocateText(bytes);
      memory.u8.copyWithin(at, address, address + length);
      memory.u8.fill(32, at + length, at + bytes);
    }
  }
  const data = (columns.data[leafIndex] ?? 0) / 4 + row * 2;
  memory.u32[data] = at;
  memory.u32[data + 1] = bytes;
  return undefined;
}
