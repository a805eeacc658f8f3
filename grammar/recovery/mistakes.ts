/**
 * From a place that does not fit the grammar to an error that a person can act on. The parser stops at the first word
 * that cannot be; here the mistakes that people make are looked for around it: a misspelt keyword, a comma too many or
 * too few, a parenthesis without an end, a reserved word as a name, clauses in the wrong order.
 */
import type { IToken, TokenType } from "chevrotain";
import { didYouMean, SqlError } from "../../src/base/error.ts";
import type { Span } from "../../src/base/value.ts";
import { describeFound } from "../messages.ts";
import * as t from "../tokens.ts";
import { hintFor } from "./hints.ts";
import type { Layout } from "./layout.ts";
import { clauseAt, type Mismatch } from "./parts.ts";

/** In the order in which SELECT has them. */
const clauses = ["FROM", "WHERE", "GROUP", "HAVING", "WINDOW", "QUALIFY", "ORDER", "LIMIT", "EMIT"] as const;
const clauseRank: ReadonlyMap<string, number> = new Map(clauses.map((word, i) => [word, i]));
const afterParts: readonly string[] = [...clauses, "JOIN", "UNION", "OFFSET", "VALUES", "WITH"];
const statementWords = ["SELECT", "CREATE", "INSERT", "DROP", "EXPLAIN", "SHOW", "DESCRIBE", "WITH", "SET", "EXECUTE"];
const elementWords: ReadonlyMap<string, string> = new Map([
  ["FOR", "WATERMARK"],
  ["KEY", "PRIMARY"],
]);

export const isClauseWord = (word: string): boolean => clauseRank.has(word) || word === "JOIN";

export interface Misspelt {
  readonly index: number;
  readonly word: string;
}

/** The keyword that was probably meant, at the place or just before it, where it was read as a name. */
export function misspelt({ expected, at, kind, partStart }: Mismatch, tokens: readonly IToken[]): Misspelt | undefined {
  const first = tokens[partStart];
  const element = kind === "column" ? elementWords.get(tokens[partStart + 1]?.image.toUpperCase() ?? "") : undefined;
  if (element !== undefined && isPlainName(first) && didYouMean(first.image, [element]) !== undefined) {
    return { index: partStart, word: element };
  }
  const words = expected === "a statement" ? statementWords : (expected.match(/[A-Z]{2,}/g) ?? []);
  const isEnd = expected.includes("clause") || expected.includes("the end") || kind === "select item";
  const here = nearest(tokens[at], isEnd ? [...words, ...afterParts] : expected === "a query" ? afterParts : words);
  if (here !== undefined) return { index: at, word: here };
  // A misspelt clause reads as an alias, and the word after it is the first that does not fit: FROM t WHER x.
  const before = isEnd ? nearest(tokens[at - 1], afterParts) : undefined;
  return before === undefined ? undefined : { index: at - 1, word: before };
}

function nearest(token: IToken | undefined, words: readonly string[]): string | undefined {
  if (token === undefined || token.image.length < 3 || words.includes(token.image.toUpperCase())) return undefined;
  const isWord = token.tokenType.CATEGORIES?.includes(t.BareAlias) === true || isPlainName(token);
  return isWord ? didYouMean(token.image, words) : undefined;
}

function isPlainName(token: IToken | undefined): token is IToken {
  return token?.tokenType === t.Identifier && (token.payload === undefined || token.payload === token.image);
}

/** `textEnd`: offset of the end of the text, where the statement has no token. */
export function explain(failure: Mismatch, tokens: readonly IToken[], layout: Layout, textEnd: number): SqlError {
  const meant = misspelt(failure, tokens);
  const at = meant?.index ?? failure.at;
  const token = tokens[at];
  const span = token === undefined ? endSpan(tokens, textEnd) : spanOf(token);
  if (meant === undefined) {
    const known = knownMistake(failure, tokens, layout);
    if (known !== undefined) return known;
  }
  const hint = meant === undefined ? hintFor(failure, tokens, layout) : undefined;
  const details = { expected: failure.expected, found: describeFound(token), hint };
  return new SqlError("SYNTAX", span, details, meant?.word);
}

/** Mistakes whose place is not the first word that does not fit, or that have better words than "expected". */
function knownMistake(failure: Mismatch, tokens: readonly IToken[], layout: Layout): SqlError | undefined {
  const { at, expected, kind } = failure;
  const token = tokens[at];
  const previous = tokens[at - 1];
  const invalid = (where: IToken, reason: string, hint: string): SqlError =>
    new SqlError("INVALID_SYNTAX", spanOf(where), { reason, hint });
  if (token !== undefined && layout.unpaired.has(at) && isCloser(token.tokenType)) {
    return invalid(token, `this ${token.image} closes nothing`, "take it away, or write what it should close");
  }
  const isClause = kind !== "column" && kind !== "name" && kind !== "option" && clauseAt(tokens, at);
  const endsList = token === undefined || isClause || isCloser(token.tokenType) || is(token, t.Comma);
  if (previous !== undefined && is(previous, t.Comma) && endsList) {
    return invalid(previous, "nothing follows this comma", "take the comma away, or write what comes after it");
  }
  if (token !== undefined && clauseAt(tokens, at) && expected === "the end of the statement") {
    return misplaced(token, at, tokens, layout);
  }
  return undefined;
}

/** `.. LIMIT 10 WHERE ..`: the clause that stands too late, or a second time. */
function misplaced(token: IToken, at: number, tokens: readonly IToken[], layout: Layout): SqlError | undefined {
  const rank = clauseRank.get(token.image.toUpperCase());
  if (rank === undefined) return undefined;
  for (let i = at - 1; i >= 0; i--) {
    const before = tokens[i];
    if (before === undefined || layout.depths[i] !== layout.depths[at] || !clauseAt(tokens, i)) continue;
    const other = clauseRank.get(before.image.toUpperCase());
    if (other === undefined || other < rank) continue;
    return new SqlError(
      "INVALID_SYNTAX",
      spanOf(token),
      clauseOrder(clauseName(token.image), clauseName(before.image)),
    );
  }
  return undefined;
}

const clauseName = (word: string): string =>
  /^(?:GROUP|ORDER)$/i.test(word) ? `${word.toUpperCase()} BY` : word.toUpperCase();

/** Reason and hint for `late`, which stands after `early`. */
export function clauseOrder(late: string, early: string): { readonly reason: string; readonly hint: string } {
  if (late === early) return { reason: `${late} stands twice`, hint: `write one ${late} for both` };
  const order = "the order is SELECT, FROM, WHERE, GROUP BY, HAVING, WINDOW, QUALIFY, ORDER BY, LIMIT";
  return { reason: `${late} must stand before ${early}`, hint: order };
}

const is = (token: IToken, type: TokenType): boolean => token.tokenType === type;
const isCloser = (type: TokenType): boolean => type === t.RParen || type === t.RBracket || type === t.RBrace;

export const spanOf = (token: IToken): Span => ({
  start: token.startOffset,
  end: (token.endOffset ?? token.startOffset) + 1,
});

/** Just after the last token. */
function endSpan(tokens: readonly IToken[], textEnd: number): Span {
  const last = tokens.at(-1);
  const end = last === undefined ? textEnd : (last.endOffset ?? 0) + 1;
  return { start: end, end };
}
