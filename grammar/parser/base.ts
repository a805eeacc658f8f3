/** What all rules share: spans, names, comma lists, the nesting limit, and the words of error messages. */
import {
  type IOrAlt,
  type IParserErrorMessageProvider,
  type IToken,
  type ParserMethod,
  type TokenType,
  tokenMatcher,
} from "chevrotain";
import { SqlError } from "../../src/base/error.ts";
import type { Span } from "../../src/base/value.ts";
import type { Expr, Identifier, QualifiedName, Query } from "../../src/sql/ast.ts";
import { FirstTokenStrategy } from "../lookahead.ts";
import { describeToken } from "../messages.ts";
import { RecoveringParser } from "../recovery/recovering-parser.ts";
import * as t from "../tokens.ts";

/** The alternatives of an OR that give a `T`. */
export type Alternatives<T> = IOrAlt<T>[];
/** Gives the alternatives of an OR with options their type. */
export const alternatives = <T>(alts: Alternatives<T>): Alternatives<T> => alts;

export type Rule<Args extends unknown[], Result> = ParserMethod<Args, Result>;

/** How deep expressions, queries and types may stand in each other. */
export const NESTING_MAX = 100;

/** A message is only what was expected there; parse.ts makes the sentence. */
const expectations: IParserErrorMessageProvider = {
  buildMismatchTokenMessage: ({ expected }) => describeToken(expected),
  buildNotAllInputParsedMessage: () => "the end of the statement",
  buildNoViableAltMessage: ({ customUserDescription, expectedPathsPerAlt }) =>
    customUserDescription ?? oneOf(expectedPathsPerAlt.flat()),
  buildEarlyExitMessage: ({ customUserDescription, expectedIterationPaths }) =>
    customUserDescription ?? oneOf(expectedIterationPaths),
};

function oneOf(paths: readonly (readonly TokenType[])[]): string {
  const words = [...new Set(paths.map(([first]) => (first === undefined ? "" : describeToken(first))))];
  if (words.includes(describeToken(t.K.CASE))) return "an expression";
  const last = words.pop() ?? "something else";
  return words.length === 0 ? last : `${words.join(", ")} or ${last}`;
}

export abstract class BaseParser extends RecoveringParser {
  /** Of `?`, in the order of the statement. */
  protected parameters = 0;

  protected constructor(validate: boolean) {
    super([...t.vocabulary], {
      maxLookahead: 1,
      // The validating parser of the tests uses Chevrotain's own, which can prove that there is no ambiguity.
      ...(validate ? {} : { lookaheadStrategy: new FirstTokenStrategy() }),
      recoveryEnabled: false,
      skipValidations: !validate,
      errorMessageProvider: expectations,
    });
  }

  override begin(tokens: readonly IToken[]): void {
    super.begin(tokens);
    this.parameters = 0;
  }

  protected deeper<T>(parse: () => T): T {
    if (this.depth >= NESTING_MAX) {
      throw new SqlError("NESTING_TOO_DEEP", this.spanFrom(this.LA(1)), { limit: NESTING_MAX });
    }
    this.depth++;
    const result = parse();
    this.depth--;
    return result;
  }

  /** From `start` to the token consumed last. While Chevrotain records the grammar there are no tokens. */
  protected spanFrom(start: IToken): Span {
    let span: Span = { start: 0, end: 0 };
    this.ACTION(() => {
      span = { start: start.startOffset, end: Math.max(tokenEnd(this.LA(0)), tokenEnd(start)) };
    });
    return span;
  }

  /**
   * `parse`, unless the next token is `end`. Like OPTION, but where something else stands it is `parse` that says what
   * was expected.
   */
  protected unless(end: TokenType, parse: () => void): void {
    if (this.RECORDING_PHASE || this.LA(1).tokenType !== end) parse();
  }

  protected sees(type: TokenType, ahead = 1): boolean {
    return tokenMatcher(this.LA(ahead), type);
  }

  protected fail(reason: string, span: Span, hint?: string): never {
    throw new SqlError("INVALID_SYNTAX", span, { reason, hint });
  }

  readonly identifier: Rule<[], Identifier> = this.RULE(
    "identifier",
    (): Identifier => toIdentifier(this.CONSUME(t.Name)),
  );

  readonly qualifiedName: Rule<[], QualifiedName> = this.RULE("qualifiedName", (): QualifiedName => {
    const start = this.LA(1);
    const parts: Identifier[] = [];
    this.AT_LEAST_ONE_SEP({ SEP: t.Dot, DEF: () => parts.push(this.SUBRULE(this.identifier)) });
    return { parts, span: this.spanFrom(start) };
  });

  /** `a, b, c`. */
  readonly identifiers: Rule<[], readonly Identifier[]> = this.RULE("identifiers", (): readonly Identifier[] => {
    const names: Identifier[] = [];
    this.AT_LEAST_ONE_SEP({
      SEP: t.Comma,
      DEF: () => this.part("name", () => names.push(this.SUBRULE(this.identifier))),
    });
    return names;
  });

  /** `(a, b, c)`. */
  readonly nameList: Rule<[], readonly Identifier[]> = this.RULE("nameList", (): readonly Identifier[] => {
    const before = this.errorCount;
    this.CONSUME(t.LParen);
    const names = this.SUBRULE(this.identifiers);
    this.close(before, () => this.CONSUME(t.RParen));
    return names;
  });

  readonly stringValue: Rule<[], string> = this.RULE("stringValue", (): string =>
    String(this.CONSUME(t.StringLit).payload),
  );

  readonly integerValue: Rule<[], number> = this.RULE("integerValue", (): number =>
    Number(this.CONSUME(t.IntegerLit).image),
  );

  abstract readonly expr: Rule<[], Expr>;
  abstract readonly query: Rule<[], Query>;

  /** `a, b, c`. */
  readonly exprList: Rule<[], readonly Expr[]> = this.RULE("exprList", (): readonly Expr[] => {
    const items: Expr[] = [];
    this.AT_LEAST_ONE_SEP({ SEP: t.Comma, DEF: () => items.push(this.SUBRULE(this.expr)) });
    return items;
  });

  /** `(query)`. */
  readonly parenQuery: Rule<[], Query> = this.RULE("parenQuery", (): Query => {
    const before = this.errorCount;
    this.CONSUME(t.QueryParen);
    const query = this.SUBRULE(this.query);
    this.close(before, () => this.CONSUME(t.RParen));
    return query;
  });
}

export const tokenEnd = (token: IToken): number => (token.endOffset ?? token.startOffset) + 1;

export const tokenSpan = (token: IToken): Span => ({ start: token.startOffset, end: tokenEnd(token) });

export function toIdentifier(token: IToken): Identifier {
  return { name: String(token.payload ?? token.image), span: tokenSpan(token) };
}
