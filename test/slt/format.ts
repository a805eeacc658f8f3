/** The text form of the rule tests (README.md beside this file): cases, files that they read, inputs, what comes out. */

export interface Step {
  /** Comment lines that stand before the input line. */
  readonly comments: readonly string[];
  /** `> t: ..`, `& t: ..` or `> end`; undefined: what comes out before any input. */
  readonly input: string | undefined;
  /** Line of the file. */
  readonly line: number;
  readonly expected: readonly string[];
}

export interface Case {
  readonly title: string;
  /** The lines from `==` to `----`, as they stand. */
  readonly head: readonly string[];
  readonly sql: string;
  readonly files: readonly { readonly name: string; readonly bytes: Buffer }[];
  readonly steps: readonly Step[];
  /** Comments at the end. */
  readonly tail: readonly string[];
}

export interface SltFile {
  readonly preamble: readonly string[];
  readonly cases: readonly Case[];
}

const escapes: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, "0": 0, "\\": 92 };

/** `\n`, `\r`, `\t`, `\0`, `\\` and `\xHH`; every other character is its UTF-8. */
function unescape(line: string): Buffer {
  const parts: Buffer[] = [];
  for (const [token = "", hex, one] of line.matchAll(/\\x([0-9a-fA-F]{2})|\\(.)|[^\\]+/g)) {
    if (hex !== undefined) parts.push(Buffer.from([Number.parseInt(hex, 16)]));
    else if (one !== undefined) {
      const byte = escapes[one];
      if (byte === undefined) throw new Error(`unknown escape in ${line}`);
      parts.push(Buffer.from([byte]));
    } else parts.push(Buffer.from(token));
  }
  return Buffer.concat(parts);
}

function parseHead(lines: readonly string[]): Pick<Case, "sql" | "files"> {
  const files: { name: string; bytes: Buffer; escaped: boolean }[] = [];
  const sql: string[] = [];
  for (const line of lines) {
    const start = /^file (\S+?)( escaped)?:$/.exec(line);
    const file = files.at(-1);
    if (start !== null) files.push({ name: start[1] ?? "", bytes: Buffer.alloc(0), escaped: start[2] !== undefined });
    else if (line.startsWith("| ") && file !== undefined) {
      const text = line.slice(2);
      // Escaped lines say themselves where a line of the file ends.
      const bytes = file.escaped ? unescape(text) : Buffer.from(`${text}\n`);
      file.bytes = Buffer.concat([file.bytes, bytes]);
    } else sql.push(line);
  }
  return { sql: sql.join("\n").trim(), files: files.map(({ name, bytes }) => ({ name, bytes })) };
}

const isInput = (line: string): boolean => line.startsWith("> ") || line.startsWith("& ");
const isComment = (line: string): boolean => line === "" || line.startsWith("#");

function parseSteps(lines: readonly string[], first: number): { steps: Step[]; tail: string[] } {
  const steps: { comments: string[]; input: string | undefined; line: number; expected: string[] }[] = [
    { comments: [], input: undefined, line: first, expected: [] },
  ];
  let comments: string[] = [];
  lines.forEach((line, i) => {
    if (isComment(line)) comments.push(line);
    else if (isInput(line)) {
      steps.push({ comments, input: line, line: first + i, expected: [] });
      comments = [];
    } else {
      if (comments.length > 0) throw new Error(`line ${first + i}: comments stand before an input line`);
      steps.at(-1)?.expected.push(line);
    }
  });
  return { steps, tail: comments };
}

function parseCase(lines: readonly string[], first: number): Case {
  const cut = lines.indexOf("----");
  if (cut < 0) throw new Error(`line ${first}: the case has no ----`);
  const head = lines.slice(0, cut);
  const { steps, tail } = parseSteps(lines.slice(cut + 1), first + cut + 1);
  return { title: (head[0] ?? "").slice(3), head, ...parseHead(head.slice(1)), steps, tail };
}

export function parseSlt(text: string): SltFile {
  const lines = text.replace(/\n$/, "").split("\n");
  const starts = lines.flatMap((line, i) => (line.startsWith("== ") ? [i] : []));
  return {
    preamble: lines.slice(0, starts[0] ?? lines.length),
    cases: starts.map((start, n) => parseCase(lines.slice(start, starts[n + 1] ?? lines.length), start + 1)),
  };
}

/** The file again, with `outputs` (by case and step) in place of what was expected. */
export function printSlt(file: SltFile, outputs: readonly (readonly (readonly string[])[])[]): string {
  const lines = [...file.preamble];
  file.cases.forEach((c, n) => {
    lines.push(...c.head, "----");
    c.steps.forEach((step, i) => {
      lines.push(...step.comments);
      if (step.input !== undefined) lines.push(step.input);
      lines.push(...(outputs[n]?.[i] ?? []));
    });
    lines.push(...c.tail);
  });
  return `${lines.join("\n")}\n`;
}
