/** Values of the rule tests: as they are written in an input line, and as they are shown in an output line. */
import type { SqlType } from "../../src/base/types.ts";
import type { Value } from "../../src/base/value.ts";
import { valueToJson, valueToText } from "../../src/expr/text.ts";

/** Times of this day are written without their date. */
const DAY = "2026-01-01";

/** The literals of `line`, split at its commas. */
export function splitLiterals(line: string): string[] {
  const literals: string[] = [];
  let at = 0;
  const token = /\s*('(?:[^']|'')*'|\{.*\}|[^,']*)\s*(,|$)/y;
  while (at <= line.length) {
    token.lastIndex = at;
    const match = token.exec(line);
    if (match === null) throw new Error(`cannot read the values of: ${line}`);
    literals.push((match[1] ?? "").trim());
    at = token.lastIndex;
    if (match[2] === "") break;
  }
  return literals;
}

/** A literal as a value of a library row, for a column of type `type` (as DESCRIBE writes it). */
export function literalValue(literal: string, type: string): unknown {
  if (literal === "NULL") return null;
  if (literal.startsWith("'")) return literal.slice(1, -1).replaceAll("''", "'");
  if (literal === "true" || literal === "false") return literal === "true";
  if (literal.startsWith("{")) return JSON.parse(literal);
  if (/^\d\d:\d\d:\d\d/.test(literal)) return `${DAY}T${literal}`;
  if (/^-?\d+$/.test(literal) && type.startsWith("BIGINT")) return BigInt(literal);
  if (/^(TINYINT|SMALLINT|INT|FLOAT|DOUBLE)/.test(type)) return Number(literal);
  return literal;
}

export function timeText(type: SqlType, micros: bigint): string {
  const text = valueToText(type, micros);
  return text.startsWith(`${DAY} `) ? text.slice(DAY.length + 1) : text;
}

/** A value of a result. Strings are in quotes, so that NULL and 'NULL' differ. */
export function showValue(type: SqlType, value: Value): string {
  if (value === null) return "NULL";
  if (typeof value === "string")
    return `'${value.replaceAll("'", "''")}'`.replace(/[\n\r\t\0]/g, (c) => JSON.stringify(c).slice(1, -1));
  if (type.kind === "ROW") return valueToJson(type, value);
  if ((type.kind === "TIMESTAMP" || type.kind === "TIMESTAMP_LTZ") && typeof value === "bigint")
    return timeText(type, value);
  return valueToText(type, value);
}
