/**
 * SQL text -> typed statements and errors. Statements are parsed one by one between their semicolons, so an error in
 * one leaves the others alone; inside one the parser goes on after a wrong part (recovery/). All errors of a file are
 * reported at once.
 */
import type { IToken } from "chevrotain";
import { isSqlError, SqlError, sortDiagnostics } from "../src/base/error.ts";
import type { Span } from "../src/base/value.ts";
import type { BrokenStatement, Expr, Statement } from "../src/sql/ast.ts";
import { settle } from "./context.ts";
import { tooHigh } from "./height.ts";
import { lex } from "./lexer.ts";
import { SqlParser } from "./parser/statements.ts";
import { brokenStatement } from "./recovery/broken.ts";
import { explain } from "./recovery/mistakes.ts";
import * as t from "./tokens.ts";

export interface ParseResult {
  /** Those without errors. */
  readonly statements: readonly Statement[];
  /** Of those with errors: what they would have done, so that no later statement is wrong for it. */
  readonly broken: readonly BrokenStatement[];
  /** In order of position. A text with any error must not be executed. */
  readonly errors: readonly SqlError[];
}

/** Of the text of one statement, in UTF-8 bytes. */
export const STATEMENT_BYTES_MAX: number = 256 * 1024;
/** Of INSERT .. VALUES, which carries data. */
export const INSERT_BYTES_MAX: number = 16 * 1024 * 1024;
/** How many operators may stand in one chain: what reads the tree calls itself for each. */
export const CHAIN_MAX = 500;
const ERRORS_MAX = 100;

let shared: SqlParser | undefined;

/** The parser is built when first used: it takes some milliseconds. */
function parser(): SqlParser {
  shared ??= new SqlParser();
  return shared;
}

export function parseStatements(text: string): ParseResult {
  const lexed = lex(text);
  const errors: SqlError[] = [...lexed.errors];
  const statements: Statement[] = [];
  const broken: BrokenStatement[] = [];
  for (const slice of split(settle(lexed.tokens))) {
    if (errors.length > ERRORS_MAX) break;
    const span = sliceSpan(slice);
    const unreadable = lexed.errors.filter(({ span: at }) => at !== undefined && within(at, span));
    const result = parseSlice(text, slice, (p) => p.statement());
    const own = "errors" in result ? readable(result.errors, unreadable) : [];
    errors.push(...own);
    if ("errors" in result || unreadable.length > 0) broken.push(brokenStatement(slice, span));
    else statements.push(result.tree);
  }
  return { statements, broken, errors: limited(sortDiagnostics(errors)) };
}

const within = (at: Span, span: Span): boolean => at.start >= span.start && at.start <= span.end;

/**
 * Without what the parser says because the lexer could not read something: at that place, and from just before a string,
 * name or comment without end on.
 */
function readable(errors: readonly SqlError[], unreadable: readonly SqlError[]): readonly SqlError[] {
  const openEnd = unreadable.find(({ code }) => code.startsWith("UNTERMINATED_"))?.span?.start;
  return errors.filter(({ span }) => {
    if (span === undefined || unreadable.length === 0) return true;
    if (openEnd !== undefined && span.end >= openEnd - 1) return false;
    return !unreadable.some((e) => e.span !== undefined && span.start <= e.span.end && e.span.start <= span.end);
  });
}

/** The first errors; then one that says that there are more. */
function limited(errors: readonly SqlError[]): readonly SqlError[] {
  const next = errors[ERRORS_MAX];
  if (next === undefined) return errors;
  return [...errors.slice(0, ERRORS_MAX), new SqlError("TOO_MANY_ERRORS", next.span, { limit: ERRORS_MAX })];
}

/** One expression that is the whole text. */
export function parseExpression(text: string): Expr {
  const { tokens, errors } = lex(text);
  if (errors[0] !== undefined) throw errors[0];
  const result = parseSlice(text, settle(tokens), (p) => p.expr());
  if ("tree" in result) return result.tree;
  const [first] = result.errors;
  if (first !== undefined) throw first;
  throw new TypeError("an expression without tree has an error");
}

type Parsed<T> = { readonly tree: T } | { readonly errors: readonly SqlError[] };

function parseSlice<T extends Statement | Expr>(
  text: string,
  slice: readonly IToken[],
  rule: (p: SqlParser) => T,
): Parsed<T> {
  const oversize = sizeError(text, slice);
  if (oversize !== undefined) return { errors: [oversize] };
  const p = parser();
  p.begin(slice);
  let tree: T | undefined;
  const errors: SqlError[] = [];
  try {
    tree = rule(p);
  } catch (error) {
    if (!isSqlError(error)) throw error;
    errors.push(error);
  }
  for (const failure of p.failures(tree !== undefined || errors.length === 0)) {
    errors.push("error" in failure ? failure.error : explain(failure, slice, p.layout, text.length));
  }
  if (tree === undefined || errors.length > 0) return { errors };
  if (slice.length > CHAIN_MAX && tooHigh(tree, CHAIN_MAX)) {
    return { errors: [new SqlError("EXPRESSION_TOO_LONG", tree.span, { limit: CHAIN_MAX })] };
  }
  return { tree };
}

/** The tokens of each statement, without the semicolons between them; those inside a statement set belong to it. */
function split(tokens: readonly IToken[]): readonly (readonly IToken[])[] {
  const slices: (readonly IToken[])[] = [];
  let start = 0;
  while (start < tokens.length) {
    const set = opensSet(tokens, start) ? setEnd(tokens, start) : { end: start, closed: true };
    let { end } = set;
    while (set.closed && end < tokens.length && tokens[end]?.tokenType !== t.Semicolon) end++;
    if (end > start) slices.push(tokens.slice(start, end));
    start = set.closed ? end + 1 : end;
  }
  return slices;
}

/** `[EXECUTE | BEGIN] STATEMENT SET`, also as the statement of an EXPLAIN or PREPARE. */
function opensSet(tokens: readonly IToken[], start: number): boolean {
  const first = tokens[start]?.tokenType;
  const isOuter = first === t.K.EXPLAIN || first === t.K.PREPARE;
  if (!(isOuter || first === t.K.STATEMENT || first === t.K.EXECUTE || first === t.K.BEGIN)) return false;
  const last = isOuter ? tokens.length : start + 2;
  for (let i = start; i < last && tokens[i]?.tokenType !== t.Semicolon; i++) {
    if (tokens[i]?.tokenType === t.K.STATEMENT && tokens[i + 1]?.tokenType === t.K.SET) return true;
  }
  return false;
}

/**
 * The END of the statement set that begins at `start`: one that ends no CASE. Where there is none before the next set
 * begins, the set ends with its last INSERT, so that the statements after it are read as such.
 */
function setEnd(tokens: readonly IToken[], start: number): { readonly end: number; readonly closed: boolean } {
  let cases = 0;
  let afterInserts: number | undefined;
  for (let i = start; i < tokens.length; i++) {
    const type = tokens[i]?.tokenType;
    if (type === t.K.CASE) cases++;
    else if (type === t.K.END && cases === 0) return { end: i, closed: true };
    else if (type === t.K.END) cases--;
    else if (type === t.Semicolon) {
      cases = 0;
      if (i > start && opensSet(tokens, i + 1)) break;
      if (afterInserts === undefined && isOtherStatement(tokens[i + 1])) afterInserts = i + 1;
    }
  }
  return { end: afterInserts ?? tokens.length, closed: false };
}

const isOtherStatement = (token: IToken | undefined): boolean =>
  token === undefined ||
  !(token.tokenType === t.K.INSERT || token.tokenType === t.K.END || token.tokenType === t.Semicolon);

function sliceSpan(slice: readonly IToken[]): Span {
  const first = slice[0];
  const last = slice.at(-1);
  return { start: first?.startOffset ?? 0, end: (last?.endOffset ?? 0) + 1 };
}

function sizeError(text: string, slice: readonly IToken[]): SqlError | undefined {
  const span = sliceSpan(slice);
  const isData =
    slice[0]?.tokenType === t.K.INSERT && slice.slice(0, 1000).some((token) => token.tokenType === t.K.VALUES);
  const limit = isData ? INSERT_BYTES_MAX : STATEMENT_BYTES_MAX;
  // A UTF-16 unit takes at most three bytes.
  if ((span.end - span.start) * 3 <= limit) return undefined;
  const size = Buffer.byteLength(text.slice(span.start, span.end));
  if (size <= limit) return undefined;
  return new SqlError("STATEMENT_TOO_LARGE", { start: span.start, end: span.start + 1 }, { size, limit });
}
