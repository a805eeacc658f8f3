/** Lines of text: how many there are, and which one a row of a batch begins at. */
const LF = 0x0a;

export function countLines(u8: Uint8Array, start: number, end: number): number {
  let lines = 0;
  for (let i = start; i < end; i++) if (u8[i] === LF) lines += 1;
  return lines;
}

/** Which line a row of a batch begins at. A row is a line, but for the exceptions, which are marked. */
export class LineCount {
  /** Line of the batch's first record, 1-based. */
  private first: number;
  private marks: (readonly [row: number, lines: number])[] = [];

  constructor(line: number) {
    this.first = line;
  }

  /** A new batch, which begins at `line`. */
  begin(line: number): void {
    this.first = line;
    this.marks = [];
  }

  /** From `row` on there are so many more lines than rows. Marks come in order. */
  mark(row: number, lines: number): void {
    this.marks.push([row, lines]);
  }

  of(row: number): number {
    let line = this.first + row;
    for (const [from, lines] of this.marks) if (from <= row) line += lines;
    return line;
  }

  /** Writes the line of every row as i64. */
  fill(target: BigInt64Array, at: number, rows: number): void {
    let line = this.first;
    let next = 0;
    for (let row = 0; row < rows; row++) {
      for (; next < this.marks.length && (this.marks[next]?.[0] ?? 0) <= row; next++) {
        line += this.marks[next]?.[1] ?? 0;
      }
      target[at + row] = BigInt(line + row);
    }
  }
}
