/** Hints for places that do not fit the grammar: what would be right there. */
import type { IToken, TokenType } from "chevrotain";
import { reserved } from "../../src/sql/keywords.ts";
import * as t from "../tokens.ts";
import type { Layout } from "./layout.ts";
import { clauseAt, type Mismatch } from "./parts.ts";

const { F, K } = t;

const reservedWords: ReadonlySet<string> = new Set(reserved);

/** The first that says something. */
export function hintFor(failure: Mismatch, tokens: readonly IToken[], layout: Layout): string | undefined {
  return (
    unclosed(failure, tokens, layout) ??
    formHint(failure, tokens) ??
    reservedName(failure, tokens) ??
    missingComma(failure, tokens)
  );
}

function unclosed({ expected, at }: Mismatch, tokens: readonly IToken[], layout: Layout): string | undefined {
  if (!/(?:^|\W)\)$/.test(expected)) return undefined;
  const opener = lastUnclosed(at, layout, tokens);
  if (opener === undefined) return undefined;
  const before = tokens[opener - 1];
  const place = before === undefined ? "that begins the statement" : `after ${before.image}`;
  return `the ${tokens[opener]?.image} ${place} is not closed`;
}

function lastUnclosed(at: number, layout: Layout, tokens: readonly IToken[]): number | undefined {
  for (let i = Math.min(at, tokens.length) - 1; i >= 0; i--) {
    const type = tokens[i]?.tokenType;
    if ((type === t.LParen || type === t.QueryParen) && layout.unpaired.has(i)) return i;
  }
  return undefined;
}

interface Form {
  readonly expected?: string | RegExp;
  readonly found?: TokenType;
  readonly before?: TokenType;
  readonly hint: string;
}

/** Forms that are often written otherwise elsewhere. */
const forms: readonly Form[] = [
  { expected: /\($/, before: K.IN, hint: "IN takes a list or a query in parentheses: IN (1, 2)" },
  { expected: "AND", found: t.Comma, hint: "write BETWEEN low AND high" },
  { expected: "AS", found: t.Comma, hint: "write CAST(value AS type)" },
  { expected: "a name", found: t.StringLit, hint: 'names are quoted with double quotes: ".."' },
  { expected: "BY", before: K.GROUP, hint: "write GROUP BY" },
  { expected: "BY", before: K.ORDER, hint: "write ORDER BY" },
  { expected: "(", before: K.OVER, hint: "write OVER (PARTITION BY .. ORDER BY ..)" },
  { expected: "an expression", before: K.LIKE, hint: "the pattern is a text in single quotes: LIKE '%..%'" },
  { expected: "=", found: t.Colon, hint: "an option is written 'key' = 'value'" },
  { expected: "a query in parentheses", before: K.AS, hint: "write WITH name AS (SELECT ..)" },
  { expected: "END", before: t.Semicolon, hint: "a statement set ends with END" },
  { expected: "an expression", before: K.SELECT, found: K.FROM, hint: "write SELECT * for all columns" },
  { expected: "END", found: K.FROM, hint: "CASE .. ends with END" },
  { expected: "INSERT or END", hint: "a statement set holds INSERT statements and ends with END" },
  { expected: "a table", found: t.LBracket, hint: 'names are quoted with double quotes: ".."' },
  { expected: "INTO or OVERWRITE", hint: "write INSERT INTO" },
  { expected: "WHEN", found: K.THEN, hint: "write CASE WHEN condition THEN value END" },
  { expected: "NOT", before: K.IF, hint: "write IF NOT EXISTS" },
  { expected: ";", found: K.END, hint: "every INSERT of a statement set ends with a semicolon" },
];

function formHint(failure: Mismatch, tokens: readonly IToken[]): string | undefined {
  const found = tokens[failure.at];
  const before = tokens[failure.at - 1];
  if (failure.kind === "column" && isWatermark(tokens[failure.partStart]) && found !== undefined) {
    return "write WATERMARK FOR column AS expression";
  }
  if (failure.kind === "option" && found !== undefined && found.tokenType !== t.StringLit && before !== undefined) {
    if (before.endOffset === found.startOffset - 1) return "a value with other characters than letters needs quotes";
  }
  if (isTop(before, found)) return "write LIMIT at the end of the query";
  if (isComment(found)) return "a comment is written -- .. or /* .. */";
  const form = forms.find(
    (f) =>
      (f.expected === undefined ||
        (f.expected instanceof RegExp ? f.expected.test(failure.expected) : failure.expected === f.expected)) &&
      (f.found === undefined || found?.tokenType === f.found) &&
      (f.before === undefined || before?.tokenType === f.before),
  );
  return form?.hint;
}

const isWatermark = (token: IToken | undefined): boolean => token?.tokenType === F.WATERMARK;
const isTop = (before: IToken | undefined, found: IToken | undefined): boolean =>
  before?.image.toUpperCase() === "TOP" && found?.tokenType === t.IntegerLit;
const isComment = (found: IToken | undefined): boolean => found?.image === "#" || found?.image === "/";

/** A reserved word where a name or an operand should be. */
function reservedName({ kind, at, expected }: Mismatch, tokens: readonly IToken[]): string | undefined {
  const found = tokens[at];
  if (found === undefined || !reservedWords.has(found.image.toUpperCase())) return undefined;
  const wantsName = /^a (?:name|column)\b/.test(expected) || kind === "column" || kind === "name";
  const next = tokens[at + 1]?.tokenType;
  const wantsOperand = expected === "an expression" && !clauseAt(tokens, at);
  if (!wantsName && !(wantsOperand && isNameLike(next))) return undefined;
  return `${found.image} is a reserved word; as a name it is written "${found.image}"`;
}

/** After a name: a comma, an operator, an alias, a clause, the end. */
const isNameLike = (next: TokenType | undefined): boolean =>
  next === undefined ||
  [t.Comma, t.RParen, t.Dot, K.FROM, K.AS, K.IS, K.AND, K.OR].includes(next) ||
  next.CATEGORIES?.includes(t.Operator) === true;

/** Something new begins where a list could go on. */
function missingComma({ expected, at, kind }: Mismatch, tokens: readonly IToken[]): string | undefined {
  const found = tokens[at];
  if (found === undefined || !(expected.startsWith("a comma") || expected === ")")) return undefined;
  const beginsItem =
    found.tokenType.CATEGORIES?.some((c) => c === t.Name || c === t.BareAlias || c === t.NumberLit) === true ||
    [t.Identifier, t.StringLit, t.IntegerLit, t.NumberLit, F.INTERVAL, F.DESCRIPTOR, F.WATERMARK, F.PRIMARY].includes(
      found.tokenType,
    );
  if (!beginsItem) return undefined;
  const what = kind === "column" && found.tokenType !== F.WATERMARK ? "" : ` before ${found.image}`;
  return `is a comma missing${what}?`;
}
