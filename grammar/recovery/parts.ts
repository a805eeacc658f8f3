/**
 * The parts of a statement that can be wrong without the others being so: an item of a list, a condition, a column of
 * CREATE TABLE. The parser goes on after a wrong part, where its kind says that the next one begins (recovering-parser.ts).
 */
import { EOF, type IToken, type TokenType } from "chevrotain";
import * as t from "../tokens.ts";
import type { Layout } from "./layout.ts";

const { F, K } = t;

export type PartKind =
  | "select item"
  | "table"
  | "join condition"
  | "condition"
  | "list item"
  | "common table"
  | "row"
  | "name"
  | "column"
  | "option"
  | "insert"
  | "measure"
  | "definition";

/** What does not fit the grammar. */
export interface Mismatch {
  readonly expected: string;
  /** Index of the token that does not fit; the number of tokens: their end. */
  readonly at: number;
  readonly kind: PartKind | undefined;
  /** Index of the token with which the part begins. */
  readonly partStart: number;
}

interface Part {
  /** In the words of an error: what may stand after a whole part. */
  readonly expected: string;
  /** Is it one of a list with commas? */
  readonly listed: boolean;
  /** What may stand after it, besides the comma, by type alone: what follows from there on is not its matter. */
  readonly ends: ReadonlySet<TokenType>;
  /** Where the next part begins, besides the comma, judged with what stands around. */
  readonly stops: (tokens: readonly IToken[], i: number) => boolean;
}

const typeAt = (tokens: readonly IToken[], i: number): TokenType | undefined => tokens[i]?.tokenType;

const closing: readonly TokenType[] = [t.RParen, t.Semicolon, EOF];

/** The words that begin a clause of a query or follow a query. */
const clauseWords: readonly TokenType[] = [
  ...[K.FROM, K.WHERE, K.GROUP, K.HAVING, K.WINDOW, F.STREAM_WINDOW, K.QUALIFY, K.ORDER, K.LIMIT, K.OFFSET, K.FETCH],
  ...[K.UNION, K.EXCEPT, K.MINUS, K.INTERSECT, K.EMIT, K.ALLOW, K.LATE, K.ON, K.RETURNING, K.WITH, K.FORMAT, K.END],
];

const afterEmit: ReadonlySet<TokenType> = new Set([...[K.CHANGES, K.FINAL, K.IMMEDIATELY, K.ON, K.AFTER, K.PERIODIC]]);
const queryWords: ReadonlySet<TokenType | undefined> = new Set([K.SELECT, K.VALUES, K.TABLE, t.QueryParen]);

/** Does a clause of a query, or what may follow a query, begin at `i`? */
export function clauseAt(tokens: readonly IToken[], i: number): boolean {
  const next = typeAt(tokens, i + 1);
  switch (typeAt(tokens, i)) {
    case K.FROM:
      return typeAt(tokens, i - 1) !== K.DISTINCT;
    case K.GROUP:
      return typeAt(tokens, i - 1) !== K.WITHIN && (next === K.BY || next === t.Identifier);
    case K.ORDER:
      return next === K.BY || next === t.Identifier;
    case K.WHERE:
    case K.HAVING:
    case K.QUALIFY:
    case K.LIMIT:
    case K.FETCH:
    case K.UNION:
    case K.EXCEPT:
    case K.INTERSECT:
    case K.RETURNING:
    case F.STREAM_WINDOW:
      return true;
    case K.MINUS:
      return queryWords.has(next) || next === K.ALL || next === K.DISTINCT;
    case K.OFFSET:
      return next === t.IntegerLit || next === t.ParameterLit;
    case K.EMIT:
      return next !== undefined && afterEmit.has(next);
    case K.ALLOW:
      return next === K.LATENESS;
    case K.LATE:
      return next === K.TO;
    case K.WINDOW:
      return typeAt(tokens, i + 2) === K.AS;
    case K.WITH:
      return next === t.LParen;
    case K.FORMAT:
      return typeAt(tokens, i + 2) === K.ENCODE;
    case K.ON:
      return next === K.CONFLICT;
    default:
      return false;
  }
}

const joinWords: readonly TokenType[] = [
  ...[K.JOIN, K.LEFT, K.RIGHT, K.FULL, K.INNER, K.CROSS, K.NATURAL, K.ASOF, F.SEMI, F.ANTI],
];
const joins: ReadonlySet<TokenType | undefined> = new Set(joinWords);
const matchWords: readonly TokenType[] = [K.ONE, K.ALL, K.AFTER, K.PATTERN];
const matchClauses: ReadonlySet<TokenType | undefined> = new Set([K.PATTERN, K.AFTER]);

/** What the last common table, or a comma after it, leaves before the main query. */
const beforeMainQuery: ReadonlySet<TokenType | undefined> = new Set([t.RParen, t.Comma]);

const never = (): boolean => false;

function part(
  listed: boolean,
  ends: readonly TokenType[],
  stops: Part["stops"],
  expected = listed ? "a comma or the next clause" : "an operator or the next clause",
): Part {
  return { expected, listed, ends: new Set([...closing, ...ends, ...(listed ? [t.Comma] : [])]), stops };
}

const parts: Readonly<Record<PartKind, Part>> = {
  "select item": part(true, clauseWords, clauseAt, "a comma or FROM"),
  table: part(true, clauseWords, clauseAt),
  "join condition": part(
    true,
    [...clauseWords, ...joinWords],
    (tokens, i) => joins.has(typeAt(tokens, i)) || clauseAt(tokens, i),
    "an operator, JOIN or the next clause",
  ),
  condition: part(false, clauseWords, clauseAt),
  "list item": part(true, clauseWords, clauseAt),
  "common table": part(
    true,
    [K.SELECT, K.VALUES, K.TABLE, t.QueryParen],
    (tokens, i) => queryWords.has(typeAt(tokens, i)) && beforeMainQuery.has(typeAt(tokens, i - 1)),
    "a comma or SELECT",
  ),
  row: part(true, clauseWords, clauseAt),
  name: part(true, [], never, "a comma or )"),
  column: part(true, [], (tokens, i) => typeAt(tokens, i) === K.WITH && clauseAt(tokens, i), "a comma or )"),
  option: part(true, [], never, "a comma or )"),
  insert: part(false, [], never, ";"),
  measure: part(true, matchWords, (tokens, i) => matchClauses.has(typeAt(tokens, i)), "a comma or PATTERN"),
  definition: part(true, [], never, "a comma or )"),
};

export const expectedAfter = (kind: PartKind): string => parts[kind].expected;

/** May the token come after a whole part of this kind? */
export const endsPart = (kind: PartKind, type: TokenType): boolean => parts[kind].ends.has(type);

/**
 * Where to go on: the first token from `from` on at which a part of this kind that begins at depth `depth` must have
 * ended. `commas`: does the next item of a list count?
 */
export function nextPart(
  kind: PartKind,
  tokens: readonly IToken[],
  layout: Layout,
  from: number,
  depth: number,
  commas: boolean,
): number {
  const { listed, stops } = parts[kind];
  for (let i = from; i < tokens.length; i++) {
    const type = typeAt(tokens, i);
    const at = layout.depths[i] ?? 0;
    if (type === t.Semicolon || at < depth) return i;
    if (at === depth && ((type === t.Comma && listed && commas) || stops(tokens, i))) return i;
  }
  return tokens.length;
}
