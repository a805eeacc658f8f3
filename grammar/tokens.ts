/**
 * The token types. Words are one pattern of the lexer and a map lookup; which keyword a word is may depend on its
 * neighbours (context.ts), so that the grammar itself needs at most two tokens of lookahead and no backtracking.
 */
import { createToken, Lexer, type TokenType } from "chevrotain";
import { beforeParen, free, type Keyword, noAlias, reserved } from "../src/sql/keywords.ts";

const token = (name: string, ...categories: readonly TokenType[]): TokenType =>
  createToken({ name, pattern: Lexer.NA, categories: [...categories] });

/** Any word, reserved or not, quoted or not. */
export const Word: TokenType = token("Word");
/** A word that can be a name. */
export const Name: TokenType = token("Name", Word);
/** A name that can be an alias without AS. */
export const BareAlias: TokenType = token("BareAlias", Name);
/** An ordinary or quoted name; the payload is the name without quotes. */
export const Identifier: TokenType = token("Identifier", BareAlias);

/** An operator between two operands. */
export const Operator: TokenType = token("Operator");
export const Star: TokenType = token("Star", Operator);
export const Plus: TokenType = token("Plus", Operator);
export const Minus: TokenType = token("Minus", Operator);
export const Tilde: TokenType = token("Tilde", Operator);
export const Equal: TokenType = token("Equal", Operator);
export const Less: TokenType = token("Less", Operator);
export const Greater: TokenType = token("Greater", Operator);
export const Question: TokenType = token("Question", Operator);
export const Pipe: TokenType = token("Pipe", Operator);
export const Caret: TokenType = token("Caret", Operator);
/** All other operators; the image says which. */
export const OtherOperator: TokenType = token("OtherOperator", Operator);

export const LParen: TokenType = token("LParen");
/** A "(" after which a query begins (found before parsing, context.ts). */
export const QueryParen: TokenType = token("QueryParen");
export const RParen: TokenType = token("RParen");
export const LBracket: TokenType = token("LBracket");
export const RBracket: TokenType = token("RBracket");
export const LBrace: TokenType = token("LBrace");
export const RBrace: TokenType = token("RBrace");
export const Comma: TokenType = token("Comma");
export const Dot: TokenType = token("Dot");
export const Colon: TokenType = token("Colon");
export const DoubleColon: TokenType = token("DoubleColon");
export const NamedArrow: TokenType = token("NamedArrow");
export const Dollar: TokenType = token("Dollar");
export const Semicolon: TokenType = token("Semicolon");
export const Hint: TokenType = token("Hint");

export const StringLit: TokenType = token("StringLit");
export const BytesLit: TokenType = token("BytesLit");
export const NumberLit: TokenType = token("NumberLit");
/** `12`: no dot, no exponent. */
export const IntegerLit: TokenType = token("IntegerLit", NumberLit);
/** `5s`, `100ms`. */
export const DurationLit: TokenType = token("DurationLit");
/** `:name`, `$1`, `?`. */
export const ParameterLit: TokenType = token("ParameterLit");

const classes: readonly (readonly [readonly Keyword[], TokenType])[] = [
  [reserved, Word],
  [noAlias, Name],
  [free, BareAlias],
];

/** The keyword tokens, by word. */
// Object.fromEntries forgets its keys: they are exactly the words of the three classes.
export const K: Readonly<Record<Keyword, TokenType>> = Object.fromEntries(
  classes.flatMap(([words, category]) =>
    words.map((word) => [word, word === "OVERLAPS" ? token(word, category, Operator) : token(word, category)] as const),
  ),
) as Record<Keyword, TokenType>;

/** Words in the place of a special form: `CAST` before "(", `DATE` before a string. Not names there. */
export type SpecialForm =
  | (typeof beforeParen)[number]
  | "ARRAY"
  | "MAP"
  | "ARRAY_TYPE"
  | "MAP_TYPE"
  | "ROW_TYPE"
  | "MULTISET_TYPE"
  | "DATETIME"
  | "INTERVAL"
  | "PRIMARY"
  | "WATERMARK"
  | "STREAM_WINDOW"
  | "WITH_ORDINALITY"
  | "STAR_EXCEPT"
  | "SEMI"
  | "ANTI"
  | "GROUPING_SETS"
  | "MATCH_MODE"
  | "NILADIC";

const forms: readonly SpecialForm[] = [
  ...beforeParen,
  ...(["ARRAY", "MAP", "ARRAY_TYPE", "MAP_TYPE", "ROW_TYPE", "MULTISET_TYPE", "DATETIME", "INTERVAL"] as const),
  ...(["PRIMARY", "WATERMARK", "STREAM_WINDOW", "WITH_ORDINALITY", "STAR_EXCEPT", "SEMI", "ANTI"] as const),
  ...(["GROUPING_SETS", "MATCH_MODE", "NILADIC"] as const),
];

// Object.fromEntries forgets its keys: they are exactly the forms.
export const F: Readonly<Record<SpecialForm, TokenType>> = Object.fromEntries(
  forms.map((form) => [form, token(`form_${form}`, Word)] as const),
) as Record<SpecialForm, TokenType>;

const symbols: readonly TokenType[] = [
  ...[Operator, Star, Plus, Minus, Tilde, Equal, Less, Greater, Question, Pipe, Caret, OtherOperator],
  ...[LParen, QueryParen, RParen, LBracket, RBracket, LBrace, RBrace, Comma, Dot, Colon, DoubleColon, NamedArrow],
  ...[Dollar, Semicolon, Hint, StringLit, BytesLit, NumberLit, IntegerLit, DurationLit, ParameterLit],
];

/** All token types, for the parser. */
export const vocabulary: readonly TokenType[] = [
  ...[Word, Name, BareAlias, Identifier],
  ...symbols,
  ...Object.values(K),
  ...Object.values(F),
];
