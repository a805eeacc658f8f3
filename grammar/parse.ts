/**
 * SQL text -> typed statements and errors. Statements are parsed one by one between their semicolons, so an error in
 * one leaves the others alone, and all errors of a file are reported at once.
 */
import type { IRecognitionException, IToken } from "chevrotain";
import { didYouMean, SqlError, sortDiagnostics } from "../src/base/error.ts";
import type { Span } from "../src/base/value.ts";
import type { Expr, Statement } from "../src/sql/ast.ts";
import { free, noAlias, reserved } from "../src/sql/keywords.ts";
import { settle } from "./context.ts";
import { tooHigh } from "./height.ts";
import { lex } from "./lexer.ts";
import { describeFound } from "./messages.ts";
import { SqlParser } from "./parser/statements.ts";
import * as t from "./tokens.ts";

export interface ParseResult {
  readonly statements: readonly Statement[];
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
  const { tokens, errors: lexicalErrors } = lex(text);
  const errors: SqlError[] = [...lexicalErrors];
  const statements: Statement[] = [];
  for (const slice of split(settle(tokens))) {
    if (errors.length >= ERRORS_MAX) {
      errors.push(new SqlError("TOO_MANY_ERRORS", sliceSpan(slice), { limit: ERRORS_MAX }));
      break;
    }
    // What the lexer could not read leaves no statement, and errors of the parser there would only repeat it.
    const { start, end } = sliceSpan(slice);
    if (lexicalErrors.some(({ span }) => span !== undefined && span.start >= start && span.start < end)) continue;
    const result = parseSlice(text, slice, (p) => p.statement());
    if (result instanceof SqlError) errors.push(result);
    else statements.push(result);
  }
  return { statements, errors: sortDiagnostics(errors) };
}

/** One expression that is the whole text. */
export function parseExpression(text: string): Expr {
  const { tokens, errors } = lex(text);
  if (errors[0] !== undefined) throw errors[0];
  const result = parseSlice(text, settle(tokens), (p) => p.expr());
  if (result instanceof SqlError) throw result;
  return result;
}

function parseSlice<T extends Statement | Expr>(
  text: string,
  slice: readonly IToken[],
  rule: (p: SqlParser) => T,
): T | SqlError {
  const oversize = sizeError(text, slice);
  if (oversize !== undefined) return oversize;
  const p = parser();
  p.begin([...slice]);
  let result: T;
  try {
    result = rule(p);
  } catch (error) {
    if (error instanceof SqlError) return error;
    throw error;
  }
  const [failure] = p.errors;
  if (failure !== undefined) return syntaxError(failure, slice, text.length);
  if (slice.length > CHAIN_MAX && tooHigh(result, CHAIN_MAX)) {
    return new SqlError("EXPRESSION_TOO_LONG", result.span, { limit: CHAIN_MAX });
  }
  return result;
}

/** The tokens of each statement, without the semicolons between them; those inside a statement set belong to it. */
function split(tokens: readonly IToken[]): readonly (readonly IToken[])[] {
  const slices: (readonly IToken[])[] = [];
  let start = 0;
  const cut = (end: number): void => {
    if (end > start) slices.push(tokens.slice(start, end));
    start = end + 1;
  };
  for (let i = 0; i < tokens.length; i++) {
    if (tokens[i]?.tokenType !== t.Semicolon) continue;
    if (!inStatementSet(tokens, start, i)) cut(i);
  }
  cut(tokens.length);
  return slices;
}

/** Is the semicolon at `i` inside the statement set that begins at `start`? */
function inStatementSet(tokens: readonly IToken[], start: number, i: number): boolean {
  const word = (at: number): unknown => tokens[at]?.tokenType;
  // [EXPLAIN] [EXECUTE | BEGIN] STATEMENT SET
  const statement = [start, start + 1, start + 2].find((at) => word(at) === t.K.STATEMENT && word(at + 1) === t.K.SET);
  const opens = word(start) === t.K.STATEMENT || word(start) === t.K.EXECUTE || word(start) === t.K.BEGIN;
  if (statement === undefined || !(opens || word(start) === t.K.EXPLAIN)) return false;
  // END closes the set where an INSERT could begin: after a semicolon, or after BEGIN.
  const closed = word(i - 1) === t.K.END && (word(i - 2) === t.Semicolon || word(i - 2) === t.K.BEGIN);
  return !closed;
}

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

/** Of equally near words the first is suggested: those that are written most come first. */
const common = [
  "SELECT",
  "FROM",
  "WHERE",
  "GROUP",
  "ORDER",
  "HAVING",
  "LIMIT",
  "JOIN",
  "INSERT",
  "CREATE",
  "TABLE",
  "VIEW",
];
const keywords: readonly string[] = [...common, ...reserved, ...noAlias, ...free];

function syntaxError(failure: IRecognitionException, slice: readonly IToken[], textEnd: number): SqlError {
  const index = slice.indexOf(failure.token);
  const token = index === -1 ? undefined : slice[index];
  // A misspelt clause reads as an alias, and the word after it is the first that does not fit: FROM t WHER x.
  const before = index === -1 ? slice.at(-1) : slice[index - 1];
  const misspelt = token !== undefined ? keywordFor(token) : undefined;
  const earlier = misspelt === undefined && isPlainName(before) ? keywordFor(before) : undefined;
  const at = earlier === undefined ? token : before;
  const span = at === undefined ? endSpan(slice, textEnd) : { start: at.startOffset, end: (at.endOffset ?? 0) + 1 };
  const details = { expected: failure.message, found: describeFound(at) };
  return new SqlError("SYNTAX", span, details, misspelt ?? earlier);
}

function isPlainName(token: IToken | undefined): token is IToken {
  return token?.tokenType === t.Identifier && (token.payload === undefined || token.payload === token.image);
}

function keywordFor(token: IToken): string | undefined {
  if (!isPlainName(token) || token.image.length < 3) return undefined;
  return didYouMean(token.image, keywords);
}

/** Just after the last token. */
function endSpan(slice: readonly IToken[], textEnd: number): Span {
  const last = slice.at(-1);
  const end = last === undefined ? textEnd : (last.endOffset ?? 0) + 1;
  return { start: end, end };
}
