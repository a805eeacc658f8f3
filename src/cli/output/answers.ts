/** Answers of SHOW, DESCRIBE and EXPLAIN on stdout, in the format of the run. */
import type { TextTable } from "../../api.ts";

export type OutputFormat = "table" | "json" | "csv";

export type Answer = TextTable | { readonly text: string };

export function answerText(answer: Answer, format: OutputFormat): string {
  if ("text" in answer) return format === "json" ? JSON.stringify({ text: answer.text }) : answer.text.trimEnd();
  switch (format) {
    case "json":
      return answer.rows.map((row) => jsonRow(answer.columns, row)).join("\n");
    case "csv":
      return [answer.columns, ...answer.rows].map((row) => row.map(csvField).join(",")).join("\n");
    case "table":
      return tableText(answer);
    default:
      return format satisfies never;
  }
}

function jsonRow(columns: readonly string[], row: readonly (string | null)[]): string {
  return JSON.stringify(Object.fromEntries(columns.map((name, i) => [name, row[i] ?? null])));
}

/** RFC 4180; NULL is empty and the empty string is quoted. */
function csvField(value: string | null): string {
  if (value === null) return "";
  return value === "" || /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}

function tableText({ columns, rows }: TextTable): string {
  const cells = [columns, ...rows.map((row) => row.map((value) => value ?? "NULL"))];
  const widths = columns.map((_, i) => Math.max(...cells.map((row) => (row[i] ?? "").length)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join(" | ")
      .trimEnd();
  const [head = [], ...body] = cells;
  return [line(head), widths.map((width) => "-".repeat(width)).join("-+-"), ...body.map(line)].join("\n");
}
