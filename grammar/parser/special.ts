/** Rules of calls with a syntax of their own: CAST, EXTRACT, TRIM, the JSON functions. Most become ordinary calls. */
import type { Expr, Identifier, JsonAccess, JsonConstructor } from "../../src/sql/ast.ts";
import * as t from "../tokens.ts";
import { type Alternatives, type Rule, toIdentifier, tokenSpan } from "./base.ts";
import { CallParser, plainCall } from "./calls.ts";
import { precedence } from "./expressions.ts";

const { F, K } = t;

type JsonEntry = JsonConstructor["entries"][number];

export abstract class SpecialParser extends CallParser {
  readonly specialCall: Rule<[], Expr> = this.RULE(
    "specialCall",
    (): Expr =>
      this.OR<Alternatives<Expr>>([
        { ALT: () => this.SUBRULE(this.cast) },
        { ALT: () => this.SUBRULE(this.extract) },
        { ALT: () => this.SUBRULE(this.position) },
        { ALT: () => this.SUBRULE(this.substring) },
        { ALT: () => this.SUBRULE(this.overlay) },
        { ALT: () => this.SUBRULE(this.trim) },
        { ALT: () => this.SUBRULE(this.roundTo) },
        { ALT: () => this.SUBRULE(this.jsonAccess) },
        { ALT: () => this.SUBRULE(this.jsonObject) },
        { ALT: () => this.SUBRULE(this.jsonArray) },
      ]),
  );

  readonly cast: Rule<[], Expr> = this.RULE("cast", (): Expr => {
    const start = this.LA(1);
    const safe = this.OR([
      { ALT: () => (this.CONSUME(F.CAST), false) },
      { ALT: () => (this.CONSUME(F.TRY_CAST), true) },
    ]);
    this.CONSUME(t.LParen);
    const operand = this.SUBRULE(this.expr);
    this.CONSUME(K.AS);
    const type = this.SUBRULE(this.type);
    this.CONSUME(t.RParen);
    return { kind: "cast", operand, type, safe, span: this.spanFrom(start) };
  });

  /** `EXTRACT(HOUR FROM x)`, `EXTRACT('hour' FROM x)`. */
  readonly extract: Rule<[], Expr> = this.RULE("extract", (): Expr => {
    const start = this.CONSUME(F.EXTRACT);
    this.CONSUME(t.LParen);
    const word = this.OR([{ ALT: () => this.CONSUME(t.Name) }, { ALT: () => this.CONSUME(t.StringLit) }]);
    this.CONSUME(K.FROM);
    const operand = this.SUBRULE(this.expr);
    this.CONSUME(t.RParen);
    const field = this.ACTION(
      (): Identifier => ({ name: toIdentifier(word).name.toUpperCase(), span: tokenSpan(word) }),
    );
    return { kind: "extract", field, operand, span: this.spanFrom(start) };
  });

  /** `POSITION(a IN b)`: a call of (a, b). */
  readonly position: Rule<[], Expr> = this.RULE("position", (): Expr => {
    const start = this.CONSUME(F.POSITION);
    this.CONSUME(t.LParen);
    const needle = this.SUBRULE(this.binary, { ARGS: [precedence.other] });
    this.OR([{ ALT: () => this.CONSUME(K.IN) }, { ALT: () => this.CONSUME(t.Comma) }]);
    const haystack = this.SUBRULE(this.expr);
    this.CONSUME(t.RParen);
    return plainCall(start.image, tokenSpan(start), [needle, haystack], this.spanFrom(start));
  });

  /** `SUBSTRING(s FROM 2 FOR 3)`: a call of (s, 2, 3). */
  readonly substring: Rule<[], Expr> = this.RULE("substring", (): Expr => {
    const start = this.CONSUME(F.SUBSTRING);
    this.CONSUME(t.LParen);
    const args = [this.SUBRULE(this.expr)];
    this.OPTION(() => {
      this.OR([{ ALT: () => this.CONSUME(K.FROM) }, { ALT: () => this.CONSUME(t.Comma) }]);
      args.push(this.SUBRULE1(this.expr));
    });
    this.OPTION1(() => {
      this.OR1([{ ALT: () => this.CONSUME(K.FOR) }, { ALT: () => this.CONSUME1(t.Comma) }]);
      args.push(this.SUBRULE2(this.expr));
    });
    this.CONSUME(t.RParen);
    return plainCall(start.image, tokenSpan(start), args, this.spanFrom(start));
  });

  /** `OVERLAY(s PLACING r FROM 2 FOR 3)`: a call of (s, r, 2, 3). */
  readonly overlay: Rule<[], Expr> = this.RULE("overlay", (): Expr => {
    const start = this.CONSUME(F.OVERLAY);
    this.CONSUME(t.LParen);
    const args = [this.SUBRULE(this.expr)];
    this.OR([{ ALT: () => this.CONSUME(K.PLACING) }, { ALT: () => this.CONSUME(t.Comma) }]);
    args.push(this.SUBRULE1(this.expr));
    this.OR1([{ ALT: () => this.CONSUME(K.FROM) }, { ALT: () => this.CONSUME1(t.Comma) }]);
    args.push(this.SUBRULE2(this.expr));
    this.OPTION(() => {
      this.OR2([{ ALT: () => this.CONSUME(K.FOR) }, { ALT: () => this.CONSUME2(t.Comma) }]);
      args.push(this.SUBRULE3(this.expr));
    });
    this.CONSUME(t.RParen);
    return plainCall(start.image, tokenSpan(start), args, this.spanFrom(start));
  });

  /** `TRIM([BOTH | LEADING | TRAILING] [chars] FROM s)`: a call of TRIM, LTRIM or RTRIM of (s, chars). */
  readonly trim: Rule<[], Expr> = this.RULE("trim", (): Expr => {
    const start = this.CONSUME(F.TRIM);
    this.CONSUME(t.LParen);
    const side = this.OPTION({
      GATE: () =>
        !this.sees(t.RParen, 2) && !this.sees(t.Comma, 2) && !this.sees(t.Dot, 2) && !this.sees(t.Operator, 2),
      DEF: () =>
        this.OR<Alternatives<string>>([
          { ALT: () => (this.CONSUME(K.BOTH), "TRIM") },
          { ALT: () => (this.CONSUME(K.LEADING), "LTRIM") },
          { ALT: () => (this.CONSUME(K.TRAILING), "RTRIM") },
        ]),
    });
    const args: Expr[] = [];
    this.OPTION1({ GATE: () => !this.sees(K.FROM), DEF: () => args.push(this.SUBRULE(this.expr)) });
    this.OPTION2(() => {
      this.CONSUME(K.FROM);
      // The text comes before the characters, as in the plain form.
      args.unshift(this.SUBRULE1(this.expr));
    });
    this.OPTION3(() => {
      this.CONSUME(t.Comma);
      args.push(this.SUBRULE2(this.expr));
    });
    this.CONSUME(t.RParen);
    const span = this.spanFrom(start);
    return this.ACTION(() => {
      if (args.length === 0 || args.length > 2)
        this.fail("TRIM takes a text and, if wanted, the characters to remove", span);
      const name = side === undefined || side === "TRIM" ? start.image : side;
      return plainCall(name, tokenSpan(start), args, span);
    });
  });

  /** `FLOOR(x)`, `FLOOR(ts TO DAY)`. */
  readonly roundTo: Rule<[], Expr> = this.RULE("roundTo", (): Expr => {
    const start = this.LA(1);
    const direction = this.OR<Alternatives<"FLOOR" | "CEIL">>([
      { ALT: () => (this.CONSUME(F.FLOOR), "FLOOR") },
      { ALT: () => (this.CONSUME(F.CEIL), "CEIL") },
      { ALT: () => (this.CONSUME(F.CEILING), "CEIL") },
    ]);
    this.CONSUME(t.LParen);
    const operand = this.SUBRULE(this.expr);
    const word = this.OPTION(() => {
      this.CONSUME(K.TO);
      return this.CONSUME(t.Name);
    });
    const more: Expr[] = [];
    this.MANY(() => {
      this.CONSUME(t.Comma);
      more.push(this.SUBRULE1(this.expr));
    });
    this.CONSUME(t.RParen);
    const span = this.spanFrom(start);
    return this.ACTION((): Expr => {
      if (word === undefined) return plainCall(start.image, tokenSpan(start), [operand, ...more], span);
      if (more.length > 0) this.fail(`${direction}(x TO unit) takes nothing more`, span);
      const unit = { name: toIdentifier(word).name.toUpperCase(), span: tokenSpan(word) };
      return { kind: "roundTo", direction, operand, unit, span };
    });
  });

  readonly jsonAccess: Rule<[], Expr> = this.RULE("jsonAccess", (): Expr => {
    const start = this.LA(1);
    const name = this.OR<Alternatives<JsonAccess["function"]>>([
      { ALT: () => (this.CONSUME(F.JSON_VALUE), "JSON_VALUE") },
      { ALT: () => (this.CONSUME(F.JSON_QUERY), "JSON_QUERY") },
      { ALT: () => (this.CONSUME(F.JSON_EXISTS), "JSON_EXISTS") },
    ]);
    this.CONSUME(t.LParen);
    const input = this.SUBRULE(this.expr);
    this.CONSUME(t.Comma);
    const path = this.SUBRULE1(this.expr);
    const returning = this.OPTION(() => {
      this.CONSUME(K.RETURNING);
      return this.SUBRULE(this.type);
    });
    const wrapper = this.OPTION1(() => this.SUBRULE(this.jsonWrapper));
    let onEmpty: JsonAccess["onEmpty"];
    let onError: JsonAccess["onError"];
    this.MANY(() => {
      const behavior = this.SUBRULE(this.jsonBehavior);
      this.CONSUME(K.ON);
      this.OR1([
        { ALT: () => (this.CONSUME(K.EMPTY), void (onEmpty = behavior)) },
        { ALT: () => (this.CONSUME(K.ERROR), void (onError = behavior)) },
      ]);
    });
    this.CONSUME(t.RParen);
    const span = this.spanFrom(start);
    return { kind: "jsonAccess", function: name, input, path, returning, wrapper, onEmpty, onError, span };
  });

  /** `WITHOUT [ARRAY] WRAPPER`, `WITH [CONDITIONAL | UNCONDITIONAL] [ARRAY] WRAPPER`. */
  readonly jsonWrapper: Rule<[], JsonAccess["wrapper"]> = this.RULE("jsonWrapper", (): JsonAccess["wrapper"] => {
    const wrapper = this.OR<Alternatives<JsonAccess["wrapper"]>>([
      { ALT: () => (this.CONSUME(K.WITHOUT), "WITHOUT") },
      {
        ALT: () => {
          this.CONSUME(K.WITH);
          const kind = this.OPTION(() =>
            this.OR1<Alternatives<"CONDITIONAL" | "UNCONDITIONAL">>([
              { ALT: () => (this.CONSUME(K.CONDITIONAL), "CONDITIONAL") },
              { ALT: () => (this.CONSUME(K.UNCONDITIONAL), "UNCONDITIONAL") },
            ]),
          );
          return kind ?? "UNCONDITIONAL";
        },
      },
    ]);
    this.OPTION1(() => this.CONSUME(K.ARRAY));
    this.CONSUME(K.WRAPPER);
    return wrapper;
  });

  readonly jsonObject: Rule<[], Expr> = this.RULE("jsonObject", (): Expr => {
    const start = this.LA(1);
    const name = this.OR<Alternatives<JsonConstructor["function"]>>([
      { ALT: () => (this.CONSUME(F.JSON_OBJECT), "JSON_OBJECT") },
      { ALT: () => (this.CONSUME(F.JSON_OBJECTAGG), "JSON_OBJECTAGG") },
    ]);
    this.CONSUME(t.LParen);
    const entries: JsonEntry[] = [];
    this.OPTION({
      GATE: () => !this.seesOnNull(),
      DEF: () => this.AT_LEAST_ONE_SEP({ SEP: t.Comma, DEF: () => entries.push(this.SUBRULE(this.jsonEntry)) }),
    });
    const onNull = this.OPTION1(() => this.SUBRULE(this.jsonOnNull));
    this.CONSUME(t.RParen);
    const { filter, over } = this.SUBRULE(this.callTail);
    const span = this.spanFrom(start);
    return { kind: "jsonConstructor", function: name, entries, onNull, filter, over, span };
  });

  /** `[KEY] k VALUE v`, `k : v`. */
  readonly jsonEntry: Rule<[], JsonEntry> = this.RULE("jsonEntry", (): JsonEntry => {
    this.OPTION({ GATE: () => !this.sees(K.VALUE, 2) && !this.sees(t.Colon, 2), DEF: () => this.CONSUME(K.KEY) });
    const key = this.SUBRULE(this.expr);
    this.OR([{ ALT: () => this.CONSUME(K.VALUE) }, { ALT: () => this.CONSUME(t.Colon) }]);
    return { key, value: this.SUBRULE1(this.expr) };
  });

  /** `NULL ON NULL`, `ABSENT ON NULL`, and no entry before it. */
  private seesOnNull(): boolean {
    return (this.sees(K.NULL) || this.sees(K.ABSENT)) && this.sees(K.ON, 2);
  }

  readonly jsonArray: Rule<[], Expr> = this.RULE("jsonArray", (): Expr => {
    const start = this.LA(1);
    const name = this.OR<Alternatives<JsonConstructor["function"]>>([
      { ALT: () => (this.CONSUME(F.JSON_ARRAY), "JSON_ARRAY") },
      { ALT: () => (this.CONSUME(F.JSON_ARRAYAGG), "JSON_ARRAYAGG") },
    ]);
    this.CONSUME(t.LParen);
    const entries: JsonEntry[] = [];
    this.OPTION({
      GATE: () => !this.seesOnNull(),
      DEF: () => {
        entries.push({ key: undefined, value: this.SUBRULE(this.expr) });
        this.MANY(() => {
          this.CONSUME(t.Comma);
          entries.push({ key: undefined, value: this.SUBRULE1(this.expr) });
        });
      },
    });
    const onNull = this.OPTION1(() => this.SUBRULE(this.jsonOnNull));
    this.CONSUME(t.RParen);
    const { filter, over } = this.SUBRULE(this.callTail);
    const span = this.spanFrom(start);
    return { kind: "jsonConstructor", function: name, entries, onNull, filter, over, span };
  });
}
