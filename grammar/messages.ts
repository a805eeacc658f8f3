/** How tokens are called in error messages. */
import type { IToken, TokenType } from "chevrotain";
import * as t from "./tokens.ts";

const names: ReadonlyMap<TokenType, string> = new Map([
  [t.Word, "a word"],
  [t.Name, "a name"],
  [t.BareAlias, "a name"],
  [t.Identifier, "a name"],
  [t.Operator, "an operator"],
  [t.OtherOperator, "an operator"],
  [t.Star, "*"],
  [t.Plus, "+"],
  [t.Minus, "-"],
  [t.Tilde, "~"],
  [t.Equal, "="],
  [t.Less, "<"],
  [t.Greater, ">"],
  [t.Question, "?"],
  [t.Pipe, "|"],
  [t.Caret, "^"],
  [t.LParen, "("],
  [t.QueryParen, "a query in parentheses"],
  [t.RParen, ")"],
  [t.LBracket, "["],
  [t.RBracket, "]"],
  [t.LBrace, "{"],
  [t.RBrace, "}"],
  [t.Comma, ","],
  [t.Dot, "."],
  [t.Colon, ":"],
  [t.DoubleColon, "::"],
  [t.NamedArrow, "=>"],
  [t.Dollar, "$"],
  [t.Semicolon, ";"],
  [t.Hint, "a hint"],
  [t.StringLit, "a string"],
  [t.BytesLit, "X'..'"],
  [t.NumberLit, "a number"],
  [t.IntegerLit, "a whole number"],
  [t.DurationLit, "a duration"],
  [t.ParameterLit, "a parameter"],
  [t.F.PRIMARY, "PRIMARY KEY"],
  [t.F.WATERMARK, "WATERMARK FOR"],
  [t.F.INTERVAL, "INTERVAL"],
  [t.F.STREAM_WINDOW, "WINDOW"],
  [t.F.WITH_ORDINALITY, "WITH ORDINALITY"],
  [t.F.STAR_EXCEPT, "EXCEPT"],
  [t.F.GROUPING_SETS, "GROUPING SETS"],
]);

export function describeToken(type: TokenType): string {
  return names.get(type) ?? type.name.replace(/^form_/, "");
}

const IMAGE_MAX = 30;

/** What stands in the text; undefined: its end. */
export function describeFound(token: IToken | undefined): string {
  if (token === undefined) return "the end of the statement";
  const { image } = token;
  return image.length <= IMAGE_MAX ? image : `${image.slice(0, IMAGE_MAX)}..`;
}
