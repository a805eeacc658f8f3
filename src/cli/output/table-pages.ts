/**
 * Results as a table on a terminal: rows of one flush are drawn as a page with columns as wide as what is in them; later
 * pages keep the widths where they fit, and the header where nothing changed and nothing else was printed, so that a result
 * that grows reads as one table.
 */
import { isNumeric, type Schema, type SqlType } from "../../base/types.ts";
import type { Value } from "../../base/value.ts";
import { valueToJson } from "../../expr/text.ts";

/** Longer values are cut: a table is for looking. */
const CELL_WIDTH_MAX = 60;
/** After so many lines the header is repeated. */
const PAGE_LINES = 40;

export class TablePages {
  readonly #schema: Schema;
  #header: readonly string[] = [];
  #rows: (readonly string[])[] = [];
  #widths: readonly number[] = [];
  #lines = 0;
  #isInterrupted = false;

  constructor(schema: Schema) {
    this.#schema = schema;
  }

  add(header: readonly string[], lead: readonly string[], row: readonly Value[]): void {
    this.#header = header.map(cut);
    this.#rows.push([...lead, ...this.#schema.map(({ type }, i) => cut(cellText(type, row[i] ?? null)))]);
  }

  /** Rows of another table stand between the last page and the next one, which says again what its columns are. */
  interrupted(): void {
    this.#isInterrupted = true;
  }

  take(): string {
    if (this.#rows.length === 0) return "";
    const rows = this.#rows;
    this.#rows = [];
    const widths = this.#header.map((name, i) =>
      Math.max(this.#widths[i] ?? 0, name.length, ...rows.map((row) => row[i]?.length ?? 0)),
    );
    const isWider = widths.some((width, i) => width > (this.#widths[i] ?? -1));
    this.#widths = widths;
    const lines: string[] = [];
    if (isWider || this.#isInterrupted || this.#lines >= PAGE_LINES) {
      if (this.#isInterrupted || this.#lines > 0) lines.push("");
      lines.push(this.#line(this.#header), widths.map((width) => "-".repeat(width)).join("-+-"));
      this.#lines = 0;
      this.#isInterrupted = false;
    }
    for (const row of rows) lines.push(this.#line(row));
    this.#lines += rows.length;
    return `${lines.join("\n")}\n`;
  }

  #line(cells: readonly string[]): string {
    const leads = this.#header.length - this.#schema.length;
    const padded = cells.map((cell, i) => {
      const type = this.#schema[i - leads]?.type;
      const width = this.#widths[i] ?? 0;
      return type !== undefined && isNumeric(type) ? cell.padStart(width) : cell.padEnd(width);
    });
    return padded.join(" | ").trimEnd();
  }
}

const cut = (text: string): string => (text.length > CELL_WIDTH_MAX ? `${text.slice(0, CELL_WIDTH_MAX - 1)}…` : text);

/** Control characters of a value must not reach a terminal. */
// eslint-disable-next-line no-control-regex -- they are what is looked for
const control = /[\u0000-\u001f\u007f-\u009f]/g;

function cellText(type: SqlType, value: Value): string {
  if (value === null) return "NULL";
  const text = typeof value === "string" ? value : valueToJson(type, value);
  const plain = typeof value === "string" || !text.startsWith('"') ? text : text.slice(1, -1);
  return plain.replace(control, "·");
}
