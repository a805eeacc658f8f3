/**
 * Between lexer and parser: one pass that settles what a token is from its neighbours, so that the grammar needs no
 * backtracking. Linear in the number of tokens.
 *
 * - `CAST`, `DATE`, `INTERVAL`, `WATERMARK`.. are special forms only before certain tokens, else plain names;
 * - after a dot and before `=>` every word is a name;
 * - `(` before a query becomes QueryParen, however many parentheses stand around the query;
 * - `>>` is split where it closes two types; `?` is a parameter where an operand is expected.
 */
import type { IToken, TokenType } from "chevrotain";
import { beforeParen, niladic, reservedAfterAs } from "../src/sql/keywords.ts";
import * as t from "./tokens.ts";

const { F, K } = t;

const parenForms: ReadonlySet<string> = new Set(beforeParen);
const datetimePrefixes: ReadonlySet<string> = new Set(["DATE", "TIME", "TIMESTAMP", "TIMESTAMPTZ", "TIMESTAMP_LTZ"]);
const typeForms: ReadonlyMap<string, TokenType> = new Map([
  ["ARRAY", F.ARRAY_TYPE],
  ["MAP", F.MAP_TYPE],
  ["ROW", F.ROW_TYPE],
  ["STRUCT", F.ROW_TYPE],
  ["MULTISET", F.MULTISET_TYPE],
]);
const intervalUnits = /^(?:YEAR|QUARTER|MONTH|WEEK|DAY|HOUR|MINUTE|SECOND|MILLISECOND|MICROSECOND)$/;
const queryStart: ReadonlySet<TokenType> = new Set([K.SELECT, K.WITH, K.VALUES]);
/** What may follow a parenthesised query inside further parentheses and leave the whole a query. */
const queryContinues: ReadonlySet<TokenType> = new Set([
  t.RParen,
  K.UNION,
  K.EXCEPT,
  K.INTERSECT,
  K.MINUS,
  K.ORDER,
  K.LIMIT,
  K.OFFSET,
  K.FETCH,
  K.EMIT,
  K.ALLOW,
  K.LATE,
]);
/** Of literals and CASE: what these end is an operand. */
const operandEnds: ReadonlySet<TokenType> = new Set([
  ...[t.Identifier, t.RParen, t.RBracket, t.StringLit, t.BytesLit, t.NumberLit, t.IntegerLit, t.DurationLit],
  ...[t.ParameterLit, t.RBrace, t.Dollar, K.TRUE, K.FALSE, K.NULL, K.NULLS, K.END, F.NILADIC],
]);

/** Changes `tokens` in place, except for split and dropped ones: use the result. */
export function settle(tokens: readonly IToken[]): IToken[] {
  const result = splitAngles(dropStrayHints(tokens));
  for (let i = 0; i < result.length; i++) settleWord(result, i);
  markQueryParens(result);
  return result;
}

const isWord = (token: IToken | undefined): boolean =>
  token !== undefined &&
  /^[\p{L}_]/u.test(token.image) &&
  token.tokenType !== t.StringLit &&
  token.tokenType !== t.BytesLit;

function retype(token: IToken, type: TokenType): void {
  token.tokenType = type;
  token.tokenTypeIdx = type.tokenTypeIdx ?? 0;
}

function toName(token: IToken): void {
  token.payload ??= token.image;
  retype(token, t.Identifier);
}

/** A hint means something after SELECT and after a table; elsewhere it is a comment. */
function dropStrayHints(tokens: readonly IToken[]): readonly IToken[] {
  if (!tokens.some((token) => token.tokenType === t.Hint)) return tokens;
  const kept: IToken[] = [];
  for (const token of tokens) {
    const isAfterDot = kept.at(-2)?.tokenType === t.Dot;
    if (token.tokenType !== t.Hint || isAfterDot || canHaveHint(kept.at(-1))) kept.push(token);
  }
  return kept;
}

function canHaveHint(token: IToken | undefined): boolean {
  if (token === undefined) return false;
  const { tokenType } = token;
  return tokenType === K.SELECT || tokenType === t.Hint || tokenType === t.Identifier || isName(tokenType);
}

const isName = (type: TokenType): boolean => type.CATEGORIES?.some((c) => c === t.BareAlias || c === t.Name) === true;

/** `ARRAY<ARRAY<INT>>`: the `>>` there is two `>`. */
function splitAngles(tokens: readonly IToken[]): IToken[] {
  const result: IToken[] = [];
  let depth = 0;
  for (const token of tokens) {
    const last = result.at(-1);
    if (token.tokenType === t.Less && last !== undefined && typeForms.has(last.image.toUpperCase())) depth++;
    else if (depth > 0 && token.tokenType === t.Greater) depth--;
    else if (depth > 1 && token.tokenType === t.OtherOperator && token.image === ">>") {
      depth -= 2;
      const first: IToken = { ...token, image: ">", endOffset: token.startOffset };
      const second: IToken = { ...token, image: ">", startOffset: token.startOffset + 1 };
      retype(first, t.Greater);
      retype(second, t.Greater);
      result.push(first, second);
      continue;
    } else if (token.tokenType === t.Semicolon) depth = 0;
    result.push(token);
  }
  return result;
}

function settleWord(tokens: readonly IToken[], i: number): void {
  const token = tokens[i];
  if (token === undefined) return;
  if (token.tokenType === t.Question) {
    if (!endsOperand(tokens[i - 1])) retype(token, t.ParameterLit);
    return;
  }
  if (token.tokenType === t.Identifier && token.payload !== token.image && token.payload !== undefined) return; // quoted
  if (!isWord(token)) return;
  const previous = tokens[i - 1];
  const next = tokens[i + 1];
  const word = token.image.toUpperCase();
  if (previous?.tokenType === t.Dot || next?.tokenType === t.NamedArrow) return toName(token);
  // PREPARE p AS FETCH 10 FROM c is a statement, not an alias.
  const isFetch = token.tokenType === K.FETCH && (next?.tokenType === t.IntegerLit || next?.tokenType === K.ALL);
  if (previous?.tokenType === K.AS && reservedAfterAs.has(word) && !isFetch) return toName(token);
  const form = formOf(tokens, i, word);
  if (form !== undefined) return retype(token, form);
  // LEFT(s, 3) and RIGHT(s, 3) are functions; everywhere else those words are reserved.
  if (next?.tokenType === t.LParen && (word === "LEFT" || word === "RIGHT")) return toName(token);
}

/** The special form that the word at `i` begins, if any. */
function formOf(tokens: readonly IToken[], i: number, word: string): TokenType | undefined {
  const next = tokens[i + 1];
  if (next === undefined) return niladic.has(word) ? F.NILADIC : undefined;
  const nextWord = next.image.toUpperCase();
  if (next.tokenType === t.LParen && parenForms.has(word)) return F[word as (typeof beforeParen)[number]]; // just tested
  if (next.tokenType === t.Less) return typeForms.get(word);
  if (next.tokenType === t.StringLit && datetimePrefixes.has(word)) return F.DATETIME;
  if (niladic.has(word)) return next.tokenType === t.LParen ? undefined : F.NILADIC;
  switch (word) {
    case "ARRAY":
      return next.tokenType === t.LBracket || next.tokenType === t.LParen ? F.ARRAY : undefined;
    case "MAP":
      return next.tokenType === t.LBracket ? F.MAP : undefined;
    case "INTERVAL":
      return startsInterval(next, tokens[i + 2]) ? F.INTERVAL : undefined;
    case "PRIMARY":
      return nextWord === "KEY" ? F.PRIMARY : undefined;
    case "WATERMARK":
      return nextWord === "FOR" ? F.WATERMARK : undefined;
    case "WINDOW":
      return /^(?:TUMBLING|HOPPING|SESSION)$/.test(nextWord) && tokens[i + 2]?.tokenType === t.LParen
        ? F.STREAM_WINDOW
        : undefined;
    case "WITH":
      return nextWord === "ORDINALITY" ? F.WITH_ORDINALITY : undefined;
    case "EXCEPT":
      return tokens[i - 1]?.tokenType === t.Star &&
        next.tokenType === t.LParen &&
        !queryStart.has(typeAt(tokens, i + 2))
        ? F.STAR_EXCEPT
        : undefined;
    case "SEMI":
      return nextWord === "JOIN" ? F.SEMI : undefined;
    case "ANTI":
      return nextWord === "JOIN" ? F.ANTI : undefined;
    case "GROUPING":
      return nextWord === "SETS" ? F.GROUPING_SETS : undefined;
    case "FINAL":
    case "RUNNING":
      return (isWord(next) || next.tokenType === t.Identifier) &&
        tokens[i + 2]?.tokenType === t.LParen &&
        typeAt(tokens, i - 1) !== K.EMIT
        ? F.MATCH_MODE
        : undefined;
    default:
      return undefined;
  }
}

function startsInterval(next: IToken, afterNext: IToken | undefined): boolean {
  if (next.tokenType === t.StringLit || next.tokenType === t.IntegerLit || next.tokenType === t.NumberLit) return true;
  if (next.tokenType === t.DurationLit) return true;
  if (next.tokenType === t.Minus || next.tokenType === t.Plus) return afterNext?.tokenType === t.StringLit;
  return intervalUnits.test(next.image.toUpperCase());
}

const typeAt = (tokens: readonly IToken[], i: number): TokenType => tokens[i]?.tokenType ?? t.Semicolon;

/** Can `token` be the end of an operand? Then `?` after it is an operator. */
function endsOperand(token: IToken | undefined): boolean {
  if (token === undefined) return false;
  const { tokenType } = token;
  return operandEnds.has(tokenType) || tokenType.CATEGORIES?.includes(t.BareAlias) === true;
}

/**
 * `((SELECT 1) UNION ..)` is a query, `((SELECT 1) + 1)` an expression: what stands after the inner closing
 * parenthesis decides. From the inside out, so in one pass from the right.
 */
function markQueryParens(tokens: readonly IToken[]): void {
  const close = matchingParens(tokens);
  for (let i = tokens.length - 2; i >= 0; i--) {
    const token = tokens[i];
    const next = tokens[i + 1];
    if (token?.tokenType !== t.LParen || next === undefined) continue;
    if (queryStart.has(next.tokenType) || beginsTableQuery(tokens, i)) {
      retype(token, t.QueryParen);
      continue;
    }
    if (next.tokenType !== t.QueryParen || callsBefore(tokens, i - 1)) continue;
    const end = close[i + 1];
    if (end !== undefined && queryContinues.has(typeAt(tokens, end + 1))) retype(token, t.QueryParen);
  }
}

/** Is the "(" at `i` one of `(TABLE t)`? An argument is written so as well, and `(TABLE(f(x)) JOIN ..)` is a table. */
function beginsTableQuery(tokens: readonly IToken[], i: number): boolean {
  const after = typeAt(tokens, i + 2);
  const isQuery = typeAt(tokens, i + 1) === K.TABLE && after !== t.LParen && after !== t.QueryParen;
  return isQuery && !callsBefore(tokens, i - 1);
}

/** Words that are names as well, after which an operand or a query begins. */
const beforeOperand: ReadonlySet<TokenType> = new Set([
  ...[K.BY, K.ILIKE, K.ESCAPE, K.OFFSET, K.QUALIFY, K.MINUS, K.OVERLAPS, K.PLACING, K.DEFAULT, K.RETURNING],
  ...[K.ROWS, K.RANGE, K.GROUPS, K.MEASURES, K.SYMMETRIC, K.ASYMMETRIC, K.FOR, K.LATENESS],
]);

const canFollow: ReadonlySet<TokenType> = new Set([K.VALUE, K.DESCRIBE, K.COPY]);

/** `INSERT INTO a.b (`: columns or a query. */
function isInsertTarget(tokens: readonly IToken[], i: number): boolean {
  let first = i;
  while (typeAt(tokens, first - 1) === t.Dot) first -= 2;
  const before = typeAt(tokens, first - 1);
  return typeAt(tokens, first - 2) === K.INSERT && (before === K.INTO || before === K.OVERWRITE);
}

/** Words that are names except after these: then an operand follows. */
const introduced: ReadonlyMap<TokenType, ReadonlySet<TokenType>> = new Map([
  [K.DELAY, new Set([K.WITH])],
  [K.TIMEOUT, new Set([K.AND])],
  [K.PERIODIC, new Set([K.EMIT])],
  [K.GAP, new Set([K.WITH])],
  [K.EPOCH, new Set([K.OF, K.TO])],
  [K.PERIOD, new Set([K.GRACE])],
  [K.OF, new Set([K.AS])],
  [K.ZONE, new Set([K.TIME])],
  [K.RETENTION, new Set([t.Comma])],
]);

/** Is a "(" after the token at `i` the beginning of arguments, and not of a parenthesised query? */
function callsBefore(tokens: readonly IToken[], i: number): boolean {
  const token = tokens[i];
  if (token === undefined) return false;
  const { tokenType } = token;
  const before = typeAt(tokens, i - 1);
  if (isInsertTarget(tokens, i)) return false;
  if (tokenType === K.VALUES || tokenType === t.Identifier) return true;
  if (tokenType === F.EXISTS || tokenType === F.ARRAY || beforeOperand.has(tokenType)) return false;
  if (tokenType === K.ON) return before === K.DISTINCT;
  if (tokenType.name.startsWith("form_")) return true;
  if (introduced.get(tokenType)?.has(before) === true) return false;
  if (tokenType === K.SIZE && typeAt(tokens, i - 3) === F.STREAM_WINDOW) return false;
  // `k VALUE (..)`, `EXPLAIN (..) DESCRIBE (..)`: after an operand or a bracket none of them is called.
  if (canFollow.has(tokenType) && endsOperand(tokens[i - 1])) return false;
  const begins = i === 0 || before === t.Semicolon || before === K.AS;
  if (begins && (tokenType === K.DESCRIBE || tokenType === K.COPY)) return false;
  if (tokenType === K.EXTENDED && before === K.DESCRIBE) return false;
  return tokenType.CATEGORIES?.some((c) => c === t.BareAlias || c === t.Name) === true;
}

/** For each opening parenthesis the index of its closing one. */
function matchingParens(tokens: readonly IToken[]): readonly (number | undefined)[] {
  const close: (number | undefined)[] = new Array<number | undefined>(tokens.length);
  const open: number[] = [];
  tokens.forEach((token, i) => {
    if (token.tokenType === t.LParen) open.push(i);
    else if (token.tokenType === t.Semicolon) open.length = 0;
    else if (token.tokenType === t.RParen) {
      const start = open.pop();
      if (start !== undefined) close[start] = i;
    }
  });
  return close;
}
