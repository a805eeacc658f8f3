/** Rules of expressions: one Pratt loop over PostgreSQL's precedences, and the primaries. */
import { type IToken, type TokenType, tokenMatcher } from "chevrotain";
import { didYouMean, SqlError } from "../../src/base/error.ts";
import type { BinaryOp, Expr, Identifier, IntervalLiteral, IntervalUnit, IsTest, Logical } from "../../src/sql/ast.ts";
import * as t from "../tokens.ts";
import { type Alternatives, alternatives, type Rule, toIdentifier, tokenSpan } from "./base.ts";
import { intervalUnit, TypeParser, unitWords } from "./types.ts";

const { F, K } = t;

/** How tightly operators bind; all associate to the left. */
export const precedence = {
  or: 1,
  and: 2,
  not: 3,
  is: 4,
  comparison: 5,
  range: 6,
  other: 7,
  additive: 8,
  multiplicative: 9,
  power: 10,
  zone: 11,
  collate: 12,
  unary: 13,
} as const;

const symbolPrecedence: ReadonlyMap<string, number> = new Map([
  ...["=", "<>", "<", "<=", ">", ">="].map((op) => [op, precedence.comparison] as const),
  ...["+", "-"].map((op) => [op, precedence.additive] as const),
  ...["*", "/", "%"].map((op) => [op, precedence.multiplicative] as const),
  ["^", precedence.power] as const,
]);

const rangeOperators: ReadonlySet<TokenType> = new Set([K.BETWEEN, K.IN, K.LIKE, K.ILIKE, K.SIMILAR]);

/** Of the infix or postfix operator that begins with `first`; 0: none begins here. */
function precedenceOf(first: IToken, second: IToken): number {
  const { tokenType } = first;
  if (tokenMatcher(first, t.Operator)) return symbolPrecedence.get(first.image) ?? precedence.other;
  if (rangeOperators.has(tokenType)) return precedence.range;
  switch (tokenType) {
    case K.OR:
      return precedence.or;
    case K.AND:
      return precedence.and;
    case K.IS:
      return precedence.is;
    case K.NOT:
      return rangeOperators.has(second.tokenType) ? precedence.range : 0;
    case F.OPERATOR:
      return precedence.other;
    case K.AT:
      return second.tokenType === K.TIME ? precedence.zone : 0;
    case K.COLLATE:
      return precedence.collate;
    default:
      return 0;
  }
}

export abstract class ExpressionParser extends TypeParser {
  readonly expr: Rule<[], Expr> = this.RULE(
    "expr",
    (): Expr => this.deeper(() => this.SUBRULE(this.binary, { ARGS: [precedence.or] })),
  );

  readonly binary: Rule<[min: number], Expr> = this.RULE("binary", (min: number): Expr => {
    const start = this.LA(1);
    let left = this.SUBRULE(this.unary);
    // The AND or OR that this loop is collecting operands for.
    let open: { op: Logical["op"]; operands: Expr[] } | undefined;
    this.MANY({
      GATE: () => precedenceOf(this.LA(1), this.LA(2)) >= min,
      DEF: () => {
        left = this.OR<Alternatives<Expr>>([
          { ALT: () => this.SUBRULE(this.logicalTail, { ARGS: [left, start, (open = this.collect(open, left))] }) },
          { ALT: () => this.SUBRULE(this.operatorTail, { ARGS: [left, start] }) },
          { ALT: () => this.SUBRULE(this.isTail, { ARGS: [left, start] }) },
          { ALT: () => this.SUBRULE(this.rangeTail, { ARGS: [left, start] }) },
          {
            ALT: () => {
              this.CONSUME(K.AT);
              this.CONSUME(K.TIME);
              this.CONSUME(K.ZONE);
              const zone = this.SUBRULE1(this.binary, { ARGS: [precedence.zone + 1] });
              return { kind: "atTimeZone", operand: left, zone, span: this.spanFrom(start) };
            },
          },
          {
            ALT: () => {
              this.CONSUME(K.COLLATE);
              const collation = this.SUBRULE(this.qualifiedName);
              return { kind: "collate", operand: left, collation, span: this.spanFrom(start) };
            },
          },
        ]);
      },
    });
    return left;
  });

  /** The operands to which the AND or OR that comes next adds one more. */
  private collect(
    open: { op: Logical["op"]; operands: Expr[] } | undefined,
    left: Expr,
  ): { op: Logical["op"]; operands: Expr[] } {
    const op = this.sees(K.AND) ? "AND" : "OR";
    if (open?.op === op && left.kind === "logical" && left.operands === open.operands) return open;
    return { op, operands: left.kind === "logical" && left.op === op ? [...left.operands] : [left] };
  }

  readonly logicalTail: Rule<[Expr, IToken, { op: Logical["op"]; operands: Expr[] }], Expr> = this.RULE(
    "logicalTail",
    (_left: Expr, start: IToken, open: { op: Logical["op"]; operands: Expr[] }): Expr => {
      this.OR([{ ALT: () => this.CONSUME(K.AND) }, { ALT: () => this.CONSUME(K.OR) }]);
      const min = this.ACTION(() => (open.op === "AND" ? precedence.and : precedence.or)) + 1;
      const right = this.SUBRULE(this.binary, { ARGS: [min] });
      return this.ACTION((): Expr => {
        if (right.kind === "logical" && right.op === open.op) open.operands.push(...right.operands);
        else open.operands.push(right);
        return { kind: "logical", op: open.op, operands: open.operands, span: this.spanFrom(start) };
      });
    },
  );

  readonly operatorTail: Rule<[Expr, IToken], Expr> = this.RULE("operatorTail", (left: Expr, start: IToken): Expr => {
    const first = this.LA(1);
    const op = this.SUBRULE(this.operator);
    const opSpan = this.spanFrom(first);
    return this.OR({
      DEF: alternatives<Expr>([
        {
          ALT: () => {
            const word = this.OR1<Alternatives<IToken>>([
              { ALT: () => this.CONSUME(K.ANY) },
              { ALT: () => this.CONSUME(K.SOME) },
              { ALT: () => this.CONSUME(K.ALL) },
            ]);
            const right = this.OR2<Alternatives<Extract<Expr, { kind: "quantified" }>["right"]>>([
              { ALT: () => ({ kind: "query", query: this.SUBRULE(this.parenQuery) }) },
              {
                ALT: () => {
                  this.CONSUME(t.LParen);
                  const expr = this.SUBRULE(this.expr);
                  this.CONSUME(t.RParen);
                  return { kind: "array", expr };
                },
              },
            ]);
            const quantifier = word.tokenType === K.ALL ? "ALL" : "ANY";
            return { kind: "quantified", op, quantifier, left, right, span: this.spanFrom(start) };
          },
        },
        {
          ALT: () => {
            const min = this.ACTION(() => precedenceOf(first, first)) + 1;
            const right = this.SUBRULE(this.binary, { ARGS: [min] });
            return { kind: "binary", op, left, right, opSpan, span: this.spanFrom(start) };
          },
        },
      ]),
      ERR_MSG: "an expression",
    });
  });

  readonly operator: Rule<[], BinaryOp> = this.RULE("operator", (): BinaryOp => {
    // The lexer makes no other operators than those of BinaryOp.
    const op = (token: IToken): BinaryOp => token.image.toUpperCase() as BinaryOp;
    return this.OR([
      { ALT: () => op(this.CONSUME(t.Operator)) },
      {
        // OPERATOR(pg_catalog.~)
        ALT: () => {
          this.CONSUME(F.OPERATOR);
          this.CONSUME(t.LParen);
          this.OPTION(() => {
            this.CONSUME(t.Name);
            this.CONSUME(t.Dot);
          });
          const symbol = op(this.CONSUME1(t.Operator));
          this.CONSUME(t.RParen);
          return symbol;
        },
      },
    ]);
  });

  readonly isTail: Rule<[Expr, IToken], Expr> = this.RULE("isTail", (left: Expr, start: IToken): Expr => {
    this.CONSUME(K.IS);
    const negated = this.OPTION(() => this.CONSUME(K.NOT)) !== undefined;
    const is = (test: IsTest["test"]): Expr => ({
      kind: "is",
      operand: left,
      test,
      negated,
      span: this.spanFrom(start),
    });
    return this.OR({
      DEF: alternatives<Expr>([
        {
          ALT: () => {
            this.CONSUME(K.NULL);
            return is("NULL");
          },
        },
        {
          ALT: () => {
            this.CONSUME(K.TRUE);
            return is("TRUE");
          },
        },
        {
          ALT: () => {
            this.CONSUME(K.FALSE);
            return is("FALSE");
          },
        },
        {
          ALT: () => {
            this.CONSUME(K.UNKNOWN);
            return is("UNKNOWN");
          },
        },
        {
          ALT: () => {
            this.CONSUME(K.JSON);
            return is(this.OPTION1(() => this.SUBRULE(this.jsonKind)) ?? "JSON");
          },
        },
        {
          ALT: () => {
            this.CONSUME(K.DISTINCT);
            this.CONSUME(K.FROM);
            const right = this.SUBRULE(this.binary, { ARGS: [precedence.comparison] });
            return { kind: "isDistinct", left, right, negated, span: this.spanFrom(start) };
          },
        },
      ]),
      ERR_MSG: "NULL, TRUE, FALSE, UNKNOWN, DISTINCT FROM or JSON",
    });
  });

  readonly jsonKind: Rule<[], IsTest["test"]> = this.RULE("jsonKind", (): IsTest["test"] =>
    this.OR<Alternatives<IsTest["test"]>>([
      { ALT: () => (this.CONSUME(K.VALUE), "JSON VALUE") },
      { ALT: () => (this.CONSUME(K.OBJECT), "JSON OBJECT") },
      { ALT: () => (this.CONSUME(K.ARRAY), "JSON ARRAY") },
      { ALT: () => (this.CONSUME(K.SCALAR), "JSON SCALAR") },
    ]),
  );

  /** `[NOT] BETWEEN`, `IN`, `LIKE` and kin. */
  readonly rangeTail: Rule<[Expr, IToken], Expr> = this.RULE("rangeTail", (left: Expr, start: IToken): Expr => {
    const negated = this.OPTION(() => this.CONSUME(K.NOT)) !== undefined;
    return this.OR<Alternatives<Expr>>([
      {
        ALT: () => {
          this.CONSUME(K.BETWEEN);
          let symmetric = false;
          this.OPTION1(() =>
            this.OR1([
              { ALT: () => (this.CONSUME(K.SYMMETRIC), void (symmetric = true)) },
              { ALT: () => void this.CONSUME(K.ASYMMETRIC) },
            ]),
          );
          const low = this.SUBRULE(this.binary, { ARGS: [precedence.other] });
          this.CONSUME(K.AND);
          const high = this.SUBRULE1(this.binary, { ARGS: [precedence.other] });
          return { kind: "between", operand: left, low, high, symmetric, negated, span: this.spanFrom(start) };
        },
      },
      {
        ALT: () => {
          this.CONSUME(K.IN);
          return this.OR2<Alternatives<Expr>>([
            {
              ALT: () => {
                const query = this.SUBRULE(this.parenQuery);
                return { kind: "inQuery", operand: left, query, negated, span: this.spanFrom(start) };
              },
            },
            {
              ALT: () => {
                this.CONSUME(t.LParen);
                const items = this.SUBRULE(this.exprList);
                this.CONSUME(t.RParen);
                return { kind: "inList", operand: left, items, negated, span: this.spanFrom(start) };
              },
            },
          ]);
        },
      },
      {
        ALT: () => {
          const op = this.OR3<Alternatives<"LIKE" | "ILIKE" | "SIMILAR TO">>([
            { ALT: () => (this.CONSUME(K.LIKE), "LIKE") },
            { ALT: () => (this.CONSUME(K.ILIKE), "ILIKE") },
            { ALT: () => (this.CONSUME(K.SIMILAR), this.CONSUME(K.TO), "SIMILAR TO") },
          ]);
          const pattern = this.SUBRULE2(this.binary, { ARGS: [precedence.other] });
          let escape: Expr | undefined;
          this.OPTION2(() => {
            this.CONSUME(K.ESCAPE);
            escape = this.SUBRULE3(this.binary, { ARGS: [precedence.other] });
          });
          return { kind: "like", op, operand: left, pattern, escape, negated, span: this.spanFrom(start) };
        },
      },
    ]);
  });

  readonly unary: Rule<[], Expr> = this.RULE("unary", (): Expr => {
    const start = this.LA(1);
    return this.OR({
      DEF: alternatives<Expr>([
        {
          ALT: () => {
            this.CONSUME(K.NOT);
            const operand = this.deeper(() => this.SUBRULE(this.binary, { ARGS: [precedence.not] }));
            return { kind: "unary", op: "NOT", operand, span: this.spanFrom(start) };
          },
        },
        {
          ALT: () => {
            const sign = this.OR1<Alternatives<"-" | "+">>([
              { ALT: () => (this.CONSUME(t.Minus), "-") },
              { ALT: () => (this.CONSUME(t.Plus), "+") },
            ]);
            const operand = this.deeper(() => this.SUBRULE(this.unary));
            return { kind: "unary", op: sign, operand, span: this.spanFrom(start) };
          },
        },
        {
          ALT: () => {
            this.CONSUME(t.Tilde);
            const operand = this.deeper(() => this.SUBRULE1(this.binary, { ARGS: [precedence.additive] }));
            return { kind: "unary", op: "~", operand, span: this.spanFrom(start) };
          },
        },
        { ALT: () => this.SUBRULE(this.postfix) },
      ]),
      ERR_MSG: "an expression",
    });
  });

  readonly postfix: Rule<[], Expr> = this.RULE("postfix", (): Expr => {
    const start = this.LA(1);
    let expr = this.SUBRULE(this.primary);
    this.MANY(() => {
      expr = this.OR<Alternatives<Expr>>([
        {
          ALT: () => {
            this.CONSUME(t.DoubleColon);
            const type = this.SUBRULE(this.type);
            return { kind: "cast", operand: expr, type, safe: false, span: this.spanFrom(start) };
          },
        },
        {
          ALT: () => {
            this.CONSUME(t.LBracket);
            const index = this.SUBRULE(this.expr);
            this.CONSUME(t.RBracket);
            return { kind: "subscript", base: expr, index, span: this.spanFrom(start) };
          },
        },
        {
          ALT: () => {
            this.CONSUME(t.Dot);
            const name = this.SUBRULE(this.identifier);
            const base = expr;
            return this.ACTION((): Expr => {
              const span = this.spanFrom(start);
              if (base.kind === "column") return { kind: "column", parts: [...base.parts, name], span };
              return { kind: "field", base, name, span };
            });
          },
        },
      ]);
    });
    return expr;
  });

  readonly primary: Rule<[], Expr> = this.RULE(
    "primary",
    (): Expr =>
      this.OR({
        DEF: alternatives<Expr>([
          { ALT: () => this.SUBRULE(this.literal) },
          { ALT: () => this.SUBRULE(this.interval) },
          { ALT: () => this.SUBRULE(this.parameter) },
          { ALT: () => this.SUBRULE(this.parenthesised) },
          { ALT: () => this.SUBRULE(this.case) },
          { ALT: () => this.SUBRULE(this.specialCall) },
          { ALT: () => this.SUBRULE(this.constructed) },
          { ALT: () => this.SUBRULE(this.columnOrCall) },
        ]),
        ERR_MSG: "an expression",
      }),
  );

  abstract readonly columnOrCall: Rule<[], Expr>;
  abstract readonly specialCall: Rule<[], Expr>;

  readonly literal: Rule<[], Expr> = this.RULE("literal", (): Expr => {
    const start = this.LA(1);
    return this.OR<Alternatives<Expr>>([
      {
        ALT: () => {
          const { image } = this.CONSUME(t.NumberLit);
          const form = /[eE]/.test(image) ? "double" : /\./.test(image) ? "decimal" : "integer";
          return { kind: "number", form, text: image, span: this.spanFrom(start) };
        },
      },
      { ALT: () => ({ kind: "string", value: this.SUBRULE(this.stringValue), span: this.spanFrom(start) }) },
      { ALT: () => ({ kind: "bytes", hex: String(this.CONSUME(t.BytesLit).payload), span: this.spanFrom(start) }) },
      { ALT: () => (this.CONSUME(K.NULL), { kind: "null", span: this.spanFrom(start) }) },
      { ALT: () => (this.CONSUME(K.TRUE), { kind: "boolean", value: true, span: this.spanFrom(start) }) },
      { ALT: () => (this.CONSUME(K.FALSE), { kind: "boolean", value: false, span: this.spanFrom(start) }) },
      {
        ALT: () => {
          const word = this.CONSUME(F.DATETIME).image.toUpperCase();
          const text = this.SUBRULE1(this.stringValue);
          const type = word === "DATE" || word === "TIME" || word === "TIMESTAMP" ? word : "TIMESTAMP_LTZ";
          return { kind: "datetime", type, text, span: this.spanFrom(start) };
        },
      },
    ]);
  });

  readonly interval: Rule<[], IntervalLiteral> = this.RULE("interval", (): IntervalLiteral => {
    const start = this.LA(1);
    return this.OR<Alternatives<IntervalLiteral>>([
      {
        ALT: () => {
          const { image } = this.CONSUME(t.DurationLit);
          return this.ACTION(() => durationInterval(image, "", this.spanFrom(start)));
        },
      },
      {
        ALT: () => {
          this.CONSUME(F.INTERVAL);
          const sign = this.OPTION(() =>
            this.OR1<Alternatives<"-" | "">>([
              { ALT: () => (this.CONSUME(t.Minus), "-") },
              { ALT: () => (this.CONSUME(t.Plus), "") },
            ]),
          );
          return this.SUBRULE(this.intervalRest, { ARGS: [start, sign ?? ""] });
        },
      },
    ]);
  });

  readonly intervalRest: Rule<[IToken, string], IntervalLiteral> = this.RULE(
    "intervalRest",
    (start: IToken, sign: string): IntervalLiteral =>
      this.OR({
        DEF: alternatives<IntervalLiteral>([
          {
            ALT: () => {
              const { image } = this.CONSUME1(t.DurationLit);
              return this.ACTION(() => durationInterval(image, sign, this.spanFrom(start)));
            },
          },
          {
            ALT: () => {
              const text = this.OR2<Alternatives<string>>([
                { ALT: () => this.SUBRULE(this.stringValue) },
                { ALT: () => this.CONSUME(t.NumberLit).image },
              ]);
              const unit = this.OPTION1({
                GATE: () => intervalUnit(this.LA(1).image) !== undefined,
                DEF: () => this.SUBRULE(this.intervalUnits),
              });
              this.ACTION(() => this.refuseUnit(text, unit !== undefined));
              return {
                kind: "interval",
                text: sign + text,
                from: unit?.from,
                to: unit?.to,
                span: this.spanFrom(start),
              };
            },
          },
        ]),
        ERR_MSG: "a string or a number",
      }),
  );

  /** `INTERVAL '10' MINUTS`: what would read as an alias. */
  private refuseUnit(text: string, given: boolean): void {
    const word = this.LA(1);
    if (given || !/^[\d\s:.+-]+$/.test(text) || word.tokenType !== t.Identifier) return;
    const meant = didYouMean(word.image, unitWords);
    if (meant === undefined) return;
    throw new SqlError("INVALID_SYNTAX", tokenSpan(word), { reason: `${word.image} is not a unit of time` }, meant);
  }

  readonly intervalUnits: Rule<[], { from: IntervalUnit; to: IntervalUnit | undefined }> = this.RULE(
    "intervalUnits",
    (): { from: IntervalUnit; to: IntervalUnit | undefined } => {
      const from = this.SUBRULE(this.unit);
      const to = this.OPTION({
        GATE: () => intervalUnit(this.LA(2).image) !== undefined,
        DEF: () => {
          this.CONSUME(K.TO);
          return this.SUBRULE1(this.unit);
        },
      });
      return { from, to };
    },
  );

  /** Where only a length of time can stand: an expression, or `10 MINUTES` without INTERVAL. */
  readonly duration: Rule<[], Expr> = this.RULE(
    "duration",
    (): Expr => this.SUBRULE(this.durationUpTo, { ARGS: [precedence.or] }),
  );

  /** A duration without operators that bind less than `min`: AND TIMEOUT follows a delay. */
  readonly durationUpTo: Rule<[min: number], Expr> = this.RULE("durationUpTo", (min: number): Expr => {
    const start = this.LA(1);
    return this.OR({
      MAX_LOOKAHEAD: 1,
      DEF: alternatives<Expr>([
        {
          GATE: () => this.sees(t.NumberLit) && intervalUnit(this.LA(2).image) !== undefined,
          ALT: () => {
            const text = this.CONSUME(t.NumberLit).image;
            const from = this.SUBRULE(this.unit);
            return { kind: "interval", text, from, to: undefined, span: this.spanFrom(start) };
          },
        },
        { ALT: () => this.deeper(() => this.SUBRULE(this.binary, { ARGS: [min] })) },
      ]),
      IGNORE_AMBIGUITIES: true,
    });
  });

  readonly parameter: Rule<[], Expr> = this.RULE("parameter", (): Expr => {
    const start = this.CONSUME(t.ParameterLit);
    return this.ACTION((): Expr => {
      const { image } = start;
      const index = image === "?" ? ++this.parameters : image.startsWith("$") ? Number(image.slice(1)) : undefined;
      const name = image.startsWith(":") ? image.slice(1) : undefined;
      return { kind: "parameter", name, index, span: this.spanFrom(start) };
    });
  });

  /** `(a)`, `(a, b)`, `(query)`. */
  readonly parenthesised: Rule<[], Expr> = this.RULE("parenthesised", (): Expr => {
    const start = this.LA(1);
    return this.OR<Alternatives<Expr>>([
      { ALT: () => ({ kind: "subquery", query: this.SUBRULE(this.parenQuery), span: this.spanFrom(start) }) },
      {
        ALT: () => {
          this.CONSUME(t.LParen);
          const items = this.SUBRULE(this.exprList);
          this.CONSUME(t.RParen);
          const span = this.spanFrom(start);
          return this.ACTION((): Expr => {
            const [only] = items;
            return only !== undefined && items.length === 1 ? only : { kind: "row", items, span };
          });
        },
      },
    ]);
  });

  readonly case: Rule<[], Expr> = this.RULE("case", (): Expr => {
    const start = this.CONSUME(K.CASE);
    let operand: Expr | undefined;
    this.OPTION(() => {
      operand = this.SUBRULE(this.expr);
    });
    const branches: { when: Expr; then: Expr; span: { start: number; end: number } }[] = [];
    this.AT_LEAST_ONE({
      DEF: () => {
        const first = this.CONSUME(K.WHEN);
        const when = this.SUBRULE1(this.expr);
        this.CONSUME(K.THEN);
        const then = this.SUBRULE2(this.expr);
        branches.push({ when, then, span: this.spanFrom(first) });
      },
      ERR_MSG: "WHEN",
    });
    let otherwise: Expr | undefined;
    this.OPTION1(() => {
      this.CONSUME(K.ELSE);
      otherwise = this.SUBRULE3(this.expr);
    });
    this.CONSUME(K.END);
    return { kind: "case", operand, branches, otherwise, span: this.spanFrom(start) };
  });

  /** ROW(..), ARRAY[..], ARRAY(query), MAP[..], EXISTS (query). */
  readonly constructed: Rule<[], Expr> = this.RULE("constructed", (): Expr => {
    const start = this.LA(1);
    return this.OR<Alternatives<Expr>>([
      {
        ALT: () => {
          this.CONSUME(F.ROW);
          this.CONSUME(t.LParen);
          const items = this.OPTION(() => this.SUBRULE(this.exprList)) ?? [];
          this.CONSUME(t.RParen);
          return { kind: "row", items, span: this.spanFrom(start) };
        },
      },
      {
        ALT: () => {
          this.CONSUME(F.ARRAY);
          return this.OR1<Alternatives<Expr>>([
            { ALT: () => ({ kind: "arrayQuery", query: this.SUBRULE(this.parenQuery), span: this.spanFrom(start) }) },
            { ALT: () => ({ kind: "array", items: this.SUBRULE(this.bracketed), span: this.spanFrom(start) }) },
          ]);
        },
      },
      {
        ALT: () => {
          this.CONSUME(F.MAP);
          const items = this.SUBRULE1(this.bracketed);
          const span = this.spanFrom(start);
          return this.ACTION((): Expr => {
            if (items.length % 2 === 1) this.fail("MAP[..] needs a value for each key", span);
            const entries = items.flatMap((key, i) => {
              const value = items[i + 1];
              return i % 2 === 0 && value !== undefined ? [{ key, value }] : [];
            });
            return { kind: "map", entries, span };
          });
        },
      },
      {
        ALT: () => {
          this.CONSUME(F.EXISTS);
          return { kind: "exists", query: this.SUBRULE1(this.parenQuery), span: this.spanFrom(start) };
        },
      },
    ]);
  });

  readonly bracketed: Rule<[], readonly Expr[]> = this.RULE("bracketed", (): readonly Expr[] => {
    this.CONSUME(t.LBracket);
    const items = this.OPTION(() => this.SUBRULE(this.exprList)) ?? [];
    this.CONSUME(t.RBracket);
    return items;
  });

  /** `[AS] name` where the word may be an alias. */
  readonly alias: Rule<[], Identifier> = this.RULE(
    "alias",
    (): Identifier =>
      this.OR({
        DEF: [
          {
            ALT: () => {
              this.CONSUME(K.AS);
              return this.SUBRULE(this.identifier);
            },
          },
          { ALT: () => toIdentifier(this.CONSUME(t.BareAlias)) },
        ],
        ERR_MSG: "a name",
      }),
  );
}

const durationUnits: ReadonlyMap<string, IntervalUnit> = new Map<string, IntervalUnit>([
  ["us", "MICROSECOND"],
  ["ms", "MILLISECOND"],
  ["s", "SECOND"],
  ["m", "MINUTE"],
  ["h", "HOUR"],
  ["d", "DAY"],
  ["w", "WEEK"],
]);

/** `5s`. */
function durationInterval(image: string, sign: string, span: { start: number; end: number }): IntervalLiteral {
  const digits = /^\d+/.exec(image)?.[0] ?? "0";
  return {
    kind: "interval",
    text: sign + digits,
    from: durationUnits.get(image.slice(digits.length)),
    to: undefined,
    span,
  };
}
