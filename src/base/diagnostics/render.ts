/**
 * Errors and warnings as a person reads them:
 *
 *     error[42703]: column "prise" does not exist
 *       --> queries/revenue.sql:7:14
 *      7 |   SELECT sum(prise) FROM orders
 *        |              ^^^^^ did you mean "price"?
 *       hint: orders has columns id, price, shop, ts
 */
import type { Diagnostic } from "./diagnostic.ts";
import type { Source } from "./json.ts";
import { type Position, positionOf } from "./position.ts";

export interface RenderOptions {
  readonly color?: boolean;
}

const TAB_WIDTH = 4;
/** Longer lines are cut around the caret: a statement may be one line of 256 KiB. */
const LINE_WIDTH_MAX = 160;
const CONTEXT_WIDTH = 60;

/** `source` is the text that the span points into; without it (or without a span) no line is shown. */
export function render(diagnostic: Diagnostic, source: Source | undefined, options: RenderOptions = {}): string {
  const paint = painter(options.color === true, diagnostic.severity);
  const lines = [
    `${paint.head(`${diagnostic.severity}[${diagnostic.sqlstate}]`)}: ${paint.bold(printable(diagnostic.message))}`,
  ];
  const { span, place, didYouMean, hint } = diagnostic;
  const suggestion = didYouMean === undefined ? "" : `did you mean "${printable(didYouMean)}"?`;
  if (span !== undefined && source !== undefined) {
    const start = positionOf(source.text, span.start);
    lines.push(`  ${paint.dim("-->")} ${printable(source.path)}:${start.line}:${start.column}`);
    lines.push(...excerpt(source.text, start, span.start, Math.max(span.end, span.start + 1), suggestion, paint));
  } else {
    if (place !== undefined)
      lines.push(
        `  ${paint.dim("-->")} ${[place.path, place.line, place.column].filter((p) => p !== undefined).join(":")}`,
      );
    if (suggestion !== "") lines.push(`  ${suggestion}`);
  }
  if (hint !== undefined) lines.push(`  ${paint.head("hint")}: ${printable(hint)}`);
  return lines.join("\n");
}

/** The first line of the span with carets and, where it ends on another line, that line too. */
function excerpt(
  text: string,
  start: Position,
  from: number,
  to: number,
  suggestion: string,
  paint: Painter,
): readonly string[] {
  // The last character of a span decides its last line: a span that ends with a line end does not reach the next line.
  const end = positionOf(text, Math.max(from, Math.min(to, text.length) - 1));
  const width = Math.max(String(end.line).length, 1);
  const gutter = (label: string): string => ` ${paint.dim(`${label.padStart(width)} |`)} `;
  const line = (at: Position, first: number, last: number, note: string): readonly string[] => {
    const shown = cut(text.slice(at.lineStart, at.lineEnd), first - at.lineStart, last - at.lineStart);
    const caret = paint.head("^".repeat(Math.max(1, shown.width)));
    return [
      gutter(String(at.line)) + shown.text,
      `${gutter("")}${" ".repeat(shown.before)}${caret}${note === "" ? "" : ` ${note}`}`,
    ];
  };
  if (end.line === start.line) return line(start, from, Math.min(to, start.lineEnd), suggestion);
  const indent = text.slice(end.lineStart, end.lineEnd).search(/\S|$/);
  return [
    ...line(start, from, start.lineEnd, ""),
    ...(end.line > start.line + 1 ? [` ${paint.dim("...")}`] : []),
    ...line(end, end.lineStart + indent, Math.min(to, end.lineEnd), suggestion),
  ];
}

interface Cut {
  readonly text: string;
  /** Columns before the caret. */
  readonly before: number;
  /** Columns under the caret. */
  readonly width: number;
}

/** A line of the source made printable; only the surroundings of [first, last) where it is long. */
function cut(line: string, first: number, last: number): Cut {
  const whole = line.length <= LINE_WIDTH_MAX;
  const from = whole ? 0 : Math.max(0, first - CONTEXT_WIDTH);
  const to = whole
    ? line.length
    : Math.min(line.length, Math.max(first, Math.min(last, first + CONTEXT_WIDTH)) + CONTEXT_WIDTH);
  const head = (from > 0 ? "..." : "") + expand(line.slice(from, first));
  const marked = expand(line.slice(first, Math.min(last, to)));
  const tail = expand(line.slice(Math.min(last, to), to)) + (to < line.length ? "..." : "");
  return { text: (head + marked + tail).trimEnd(), before: displayWidth(head), width: displayWidth(marked) };
}

const expand = (text: string): string => printable(text.replaceAll("\t", " ".repeat(TAB_WIDTH)));

/** Control characters could move the cursor or colour a terminal: they show as U+FFFD. Line ends become spaces. */
function printable(text: string): string {
  return text.replace(/\r?\n/g, " ").replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, "\ufffd");
}

const zeroWidth = /\p{Mark}|\u200b|\u200d|\ufe0f/u;
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;

/** How many columns a terminal takes for `text`. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const character of text) {
    if (zeroWidth.test(character)) continue;
    width += wide.test(character) ? 2 : 1;
  }
  return width;
}

interface Painter {
  readonly head: (text: string) => string;
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
}

function painter(color: boolean, severity: Diagnostic["severity"]): Painter {
  const style =
    (codes: string) =>
    (text: string): string =>
      color ? `\u001b[${codes}m${text}\u001b[0m` : text;
  return { head: style(severity === "error" ? "1;31" : "1;33"), bold: style("1"), dim: style("2") };
}
