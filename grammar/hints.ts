/** The inside of a hint comment: `OPTIONS('k' = 'v'), BROADCAST(t)`. */
import type { IToken } from "chevrotain";
import { SqlError } from "../src/base/error.ts";
import type { Hint, HintArgument } from "../src/sql/ast.ts";
import { lex } from "./lexer.ts";
import * as t from "./tokens.ts";

const punctuation: readonly unknown[] = [t.LParen, t.RParen, t.Comma, t.Equal];

export function parseHints(token: IToken): readonly Hint[] {
  const end = token.startOffset + token.image.length;
  const malformed = (): never => {
    const reason = "a hint is written /*+ NAME(arguments) */";
    throw new SqlError("INVALID_SYNTAX", { start: token.startOffset, end }, { reason });
  };
  const { tokens, errors } = lex(token.image.slice(3, -2));
  if (errors.length > 0) malformed();
  const offset = token.startOffset + 3;
  let at = 0;
  const take = (type: unknown): boolean => {
    if (tokens[at]?.tokenType !== type) return false;
    at++;
    return true;
  };
  const text = (): string => {
    const next = tokens[at++];
    if (next === undefined || punctuation.includes(next.tokenType)) return malformed();
    return String(next.payload ?? next.image);
  };
  const argument = (): HintArgument => {
    const first = text();
    return take(t.Equal) ? { key: first, value: text() } : { key: undefined, value: first };
  };
  const hints: Hint[] = [];
  while (at < tokens.length) {
    const start = (tokens[at]?.startOffset ?? 0) + offset;
    const name = text();
    const nameEnd = (tokens[at - 1]?.endOffset ?? 0) + 1 + offset;
    const args: HintArgument[] = [];
    if (take(t.LParen) && !take(t.RParen)) {
      do args.push(argument());
      while (take(t.Comma));
      if (!take(t.RParen)) malformed();
    }
    const last = (tokens[at - 1]?.endOffset ?? 0) + 1 + offset;
    hints.push({ name: { name, span: { start, end: nameEnd } }, args, span: { start, end: last } });
    take(t.Comma);
  }
  return hints;
}
