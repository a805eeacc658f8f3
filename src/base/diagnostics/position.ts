/** From an offset in a text to line and column, as editors count them. */

export interface Position {
  /** 1-based. */
  readonly line: number;
  /** 1-based, in characters (code points). */
  readonly column: number;
  /** Offset of the first unit of the line. */
  readonly lineStart: number;
  /** Offset just after the last unit of the line, without its line end. */
  readonly lineEnd: number;
}

export function positionOf(text: string, offset: number): Position {
  const at = Math.max(0, Math.min(offset, text.length));
  let line = 1;
  let lineStart = 0;
  for (let next = text.indexOf("\n"); next !== -1 && next < at; next = text.indexOf("\n", lineStart)) {
    line++;
    lineStart = next + 1;
  }
  let lineEnd = text.indexOf("\n", lineStart);
  if (lineEnd === -1) lineEnd = text.length;
  if (lineEnd > lineStart && text[lineEnd - 1] === "\r") lineEnd--;
  return { line, column: characters(text.slice(lineStart, at)) + 1, lineStart, lineEnd };
}

function characters(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}
