/** Values as text: PostgreSQL's for CAST, JSON and CSV for sinks, plain objects for library rows. */
import { shownText } from "../base/shown-text.ts";
import { isString, type SqlType } from "../base/types.ts";
import { isRow, type Value } from "../base/value.ts";
import {
  civilFromDays,
  civilFromMicros,
  MICROS_PER_DAY,
  MICROS_PER_HOUR,
  MICROS_PER_MINUTE,
  MICROS_PER_SECOND,
} from "./calendar.ts";

/** The code points of a text, as texts. */
export const characters = (text: string): readonly string[] => Array.from(text);

const pad = (n: number | bigint, width: number): string => String(n).padStart(width, "0");

/** An unscaled integer with `scale` digits behind the point. */
export function decimalText(unscaled: bigint, scale: number): string {
  if (scale === 0) return String(unscaled);
  const digits = pad(unscaled < 0n ? -unscaled : unscaled, scale + 1);
  const point = digits.length - scale;
  return `${unscaled < 0n ? "-" : ""}${digits.slice(0, point)}.${digits.slice(point)}`;
}

/** The shortest number text that reads back as the same binary32. */
function shortestFloat(x: number): number {
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(x.toPrecision(digits));
    if (Math.fround(short) === x) return short;
  }
  return Number(x.toPrecision(9));
}

/** As PostgreSQL writes it: shortest digits, an exponent below 1e-4 and from 1e15 (binary32: 1e6) up. */
export function floatText(x: number, isSingle: boolean): string {
  if (!Number.isFinite(x)) return Number.isNaN(x) ? "NaN" : x > 0 ? "Infinity" : "-Infinity";
  const short = isSingle && x !== 0 ? shortestFloat(x) : x;
  if (short === 0) return Object.is(x, -0) ? "-0" : "0";
  const [mantissa = "", exponentText = "0"] = short.toExponential().split("e");
  const exponent = Number(exponentText);
  if (exponent < -4 || exponent >= (isSingle ? 6 : 15)) {
    return `${mantissa}e${exponent < 0 ? "-" : "+"}${pad(Math.abs(exponent), 2)}`;
  }
  const sign = short < 0 ? "-" : "";
  const digits = mantissa.replace("-", "").replace(".", "");
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${digits}`;
  if (digits.length <= exponent + 1) return sign + digits.padEnd(exponent + 1, "0");
  return `${sign}${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`;
}

const yearText = (year: number): string => pad(year > 0 ? year : 1 - year, 4);

export function dateText(days: number): string {
  const c = civilFromDays(days);
  return `${yearText(c.year)}-${pad(c.month, 2)}-${pad(c.day, 2)}${c.year > 0 ? "" : " BC"}`;
}

/** `fraction` gives the digits behind the seconds with their point, out of six. */
function timestampText(micros: bigint, separator: string, fraction: (six: string) => string, zone: string): string {
  const c = civilFromMicros(micros);
  const date = `${yearText(c.year)}-${pad(c.month, 2)}-${pad(c.day, 2)}`;
  const time = `${pad(c.hour, 2)}:${pad(c.minute, 2)}:${pad(c.second, 2)}${fraction(pad(c.micro, 6))}`;
  return `${date}${separator}${time}${zone}${c.year > 0 ? "" : " BC"}`;
}

const trimmedFraction = (six: string): string => {
  const digits = six.replace(/0+$/, "");
  return digits === "" ? "" : `.${digits}`;
};
const fixedFraction =
  (precision: number) =>
  (six: string): string =>
    `.${six.padEnd(precision, "0").slice(0, Math.max(3, precision))}`;

function monthsText(months: number): string {
  const years = Math.trunc(months / 12);
  const rest = months - years * 12;
  const parts = [];
  if (years !== 0) parts.push(`${years} ${years === 1 ? "year" : "years"}`);
  if (rest !== 0) parts.push(`${rest} ${rest === 1 ? "mon" : "mons"}`);
  return parts.length === 0 ? "00:00:00" : parts.join(" ");
}

function intervalText(micros: bigint): string {
  const days = micros / MICROS_PER_DAY;
  const rest = micros % MICROS_PER_DAY;
  const parts = days === 0n ? [] : [`${days} ${days === 1n ? "day" : "days"}`];
  if (rest !== 0n || days === 0n) {
    const t = rest < 0n ? -rest : rest;
    const minutes = (t % MICROS_PER_HOUR) / MICROS_PER_MINUTE;
    const seconds = (t % MICROS_PER_MINUTE) / MICROS_PER_SECOND;
    const fraction = trimmedFraction(pad(t % MICROS_PER_SECOND, 6));
    parts.push(
      `${rest < 0n ? "-" : ""}${pad(t / MICROS_PER_HOUR, 2)}:${pad(minutes, 2)}:${pad(seconds, 2)}${fraction}`,
    );
  }
  return parts.join(" ");
}

/** A field of a ROW in PostgreSQL's text form: quoted where it has to be. */
function rowFieldText(text: string): string {
  return text === "" || /[\s(),"\\]/.test(text) ? `"${text.replace(/["\\]/g, "$&$&")}"` : text;
}

/** What CAST(value AS STRING) gives. The value is not NULL. */
export function valueToText(type: SqlType, value: Exclude<Value, null>): string {
  if (isRow(value)) {
    const fields = type.kind === "ROW" ? type.fields : [];
    const texts = fields.map((f, i) => {
      const v = value[i] ?? null;
      return v === null ? "" : rowFieldText(valueToText(f.type, v));
    });
    return `(${texts.join(",")})`;
  }
  switch (type.kind) {
    case "FLOAT":
    case "DOUBLE":
      return floatText(Number(value), type.kind === "FLOAT");
    case "DECIMAL":
      return decimalText(BigInt(value), type.scale);
    case "DATE":
      return dateText(Number(value));
    case "TIMESTAMP":
      return timestampText(BigInt(value), " ", trimmedFraction, "");
    case "TIMESTAMP_LTZ":
      return timestampText(BigInt(value), " ", trimmedFraction, "+00");
    case "INTERVAL_MONTH":
      return monthsText(Number(value));
    case "INTERVAL_DAY":
      return intervalText(BigInt(value));
    default:
      return String(value);
  }
}

/** A value in a message, shortened: a text as a literal, others as CAST writes them. */
export function shownValue(type: SqlType, value: Exclude<Value, null>): string {
  const text = shownText(valueToText(type, value));
  return isString(type) ? `'${text.replaceAll("'", "''")}'` : text;
}

/** Times as sinks and rows write them: `T` between date and time, `Z` for LTZ, p digits but at least 3. */
function isoText(type: SqlType, value: Exclude<Value, null>): string {
  if ((type.kind === "TIMESTAMP" || type.kind === "TIMESTAMP_LTZ") && typeof value === "bigint") {
    return timestampText(value, "T", fixedFraction(type.precision), type.kind === "TIMESTAMP" ? "" : "Z");
  }
  return valueToText(type, value);
}

/** One JSON value. */
export function valueToJson(type: SqlType, value: Value): string {
  if (value === null) return "null";
  if (isRow(value)) {
    const fields = type.kind === "ROW" ? type.fields : [];
    return `{${fields.map((f, i) => `${JSON.stringify(f.name)}:${valueToJson(f.type, value[i] ?? null)}`).join(",")}}`;
  }
  if (typeof value === "boolean") return String(value);
  if (typeof value === "string") return JSON.stringify(value);
  switch (type.kind) {
    case "TINYINT":
    case "SMALLINT":
    case "INT":
    case "BIGINT":
      return String(value);
    case "DECIMAL":
      return decimalText(BigInt(value), type.scale);
    case "FLOAT":
    case "DOUBLE": {
      const x = Number(value);
      if (!Number.isFinite(x)) return `"${floatText(x, false)}"`;
      if (Object.is(x, -0)) return "-0";
      return String(type.kind === "FLOAT" && x !== 0 ? shortestFloat(x) : x);
    }
    default:
      return JSON.stringify(isoText(type, value));
  }
}

/** One CSV field, RFC 4180: NULL is empty, the empty string `""`, a ROW its JSON. */
export function valueToCsv(type: SqlType, value: Value): string {
  if (value === null) return "";
  const text = isRow(value) ? valueToJson(type, value) : plainText(type, value);
  return text === "" || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function plainText(type: SqlType, value: Exclude<Value, null>): string {
  if (typeof value === "string") return value;
  return type.kind === "FLOAT" || type.kind === "DOUBLE"
    ? valueToJson(type, value).replaceAll('"', "")
    : isoText(type, value);
}

/** A value of a library row. */
export type JsValue = null | boolean | number | bigint | string | { readonly [name: string]: JsValue };

export function valueToJs(type: SqlType, value: Value): JsValue {
  if (value === null) return null;
  if (isRow(value)) {
    const fields = type.kind === "ROW" ? type.fields : [];
    return Object.fromEntries(fields.map((f, i) => [f.name, valueToJs(f.type, value[i] ?? null)]));
  }
  switch (type.kind) {
    case "BOOLEAN":
    case "TINYINT":
    case "SMALLINT":
    case "INT":
    case "BIGINT":
    case "FLOAT":
    case "DOUBLE":
    case "CHAR":
    case "VARCHAR":
      return value;
    default:
      return isoText(type, value);
  }
}
