/** Rules of calls: ordinary ones with everything that may follow them, and those with a syntax of their own. */
import type { IToken } from "chevrotain";
import type { Span } from "../../src/base/value.ts";
import type {
  Argument,
  Call,
  DescriptorArgument,
  Expr,
  Frame,
  FrameBound,
  JsonBehavior,
  JsonConstructor,
  OrderItem,
  QualifiedName,
  SessionGap,
  TableArgument,
  WindowSpec,
} from "../../src/sql/ast.ts";
import * as t from "../tokens.ts";
import { type Alternatives, alternatives, type Rule, toIdentifier, tokenSpan } from "./base.ts";
import { ExpressionParser } from "./expressions.ts";

const { F, K } = t;

/** A call by this name with plain arguments. */
export function plainCall(name: string, nameSpan: Span, args: readonly Argument[], span: Span): Call {
  return {
    kind: "call",
    name: { parts: [{ name, span: nameSpan }], span: nameSpan },
    distinct: false,
    args,
    orderBy: [],
    nulls: undefined,
    withinGroup: [],
    filter: undefined,
    over: undefined,
    span,
  };
}

interface CallTail {
  readonly nulls: Call["nulls"];
  readonly withinGroup: readonly OrderItem[];
  readonly filter: Expr | undefined;
  readonly over: WindowSpec | undefined;
}

export abstract class CallParser extends ExpressionParser {
  readonly columnOrCall: Rule<[], Expr> = this.RULE("columnOrCall", (): Expr => {
    const start = this.LA(1);
    return this.OR<Alternatives<Expr>>([
      {
        ALT: () => {
          const word = this.CONSUME(F.NILADIC);
          const span = tokenSpan(word);
          return plainCall(word.image, span, [], span);
        },
      },
      {
        ALT: () => {
          this.CONSUME(F.MATCH_MODE);
          const operand = this.deeper(() => this.SUBRULE(this.columnOrCall));
          const mode = start.image.toUpperCase() === "FINAL" ? "FINAL" : "RUNNING";
          return { kind: "matchSemantics", mode, operand, span: this.spanFrom(start) };
        },
      },
      {
        ALT: () => {
          const name = this.SUBRULE(this.qualifiedName);
          const call = this.OPTION(() => this.SUBRULE(this.callRest, { ARGS: [name, start] }));
          return call ?? { kind: "column", parts: name.parts, span: name.span };
        },
      },
    ]);
  });

  /** From the opening parenthesis of a call. */
  readonly callRest: Rule<[QualifiedName, IToken], Call> = this.RULE(
    "callRest",
    (name: QualifiedName, start: IToken): Call => {
      this.CONSUME(t.LParen);
      let distinct = false;
      this.OPTION(() =>
        this.OR([
          { ALT: () => (this.CONSUME(K.DISTINCT), void (distinct = true)) },
          { ALT: () => void this.CONSUME(K.ALL) },
        ]),
      );
      const args: Argument[] = [];
      this.MANY_SEP({ SEP: t.Comma, DEF: () => args.push(this.SUBRULE(this.argument)) });
      const orderBy = this.OPTION1(() => this.SUBRULE(this.orderBy)) ?? [];
      const inside = this.OPTION2(() => this.SUBRULE(this.nullTreatment));
      this.CONSUME(t.RParen);
      const tail = this.SUBRULE(this.callTail);
      const span = this.spanFrom(start);
      return this.ACTION(() => ({
        kind: "call" as const,
        name,
        distinct,
        args,
        orderBy,
        ...tail,
        nulls: inside ?? tail.nulls,
        span,
      }));
    },
  );

  readonly nullTreatment: Rule<[], "IGNORE" | "RESPECT"> = this.RULE("nullTreatment", (): "IGNORE" | "RESPECT" => {
    const word = this.OR<Alternatives<"IGNORE" | "RESPECT">>([
      { ALT: () => (this.CONSUME(K.IGNORE), "IGNORE") },
      { ALT: () => (this.CONSUME(K.RESPECT), "RESPECT") },
    ]);
    this.CONSUME(K.NULLS);
    return word;
  });

  readonly callTail: Rule<[], CallTail> = this.RULE("callTail", (): CallTail => {
    const withinGroup =
      this.OPTION(() => {
        this.CONSUME(K.WITHIN);
        this.CONSUME(K.GROUP);
        this.CONSUME(t.LParen);
        const order = this.SUBRULE(this.orderBy);
        this.CONSUME(t.RParen);
        return order;
      }) ?? [];
    const filter = this.OPTION1(() => {
      this.CONSUME(K.FILTER);
      this.CONSUME1(t.LParen);
      this.CONSUME(K.WHERE);
      const condition = this.SUBRULE(this.expr);
      this.CONSUME1(t.RParen);
      return condition;
    });
    const nulls = this.OPTION2(() => this.SUBRULE(this.nullTreatment));
    const over = this.OPTION3(() => {
      this.CONSUME(K.OVER);
      return this.OR({
        DEF: alternatives<WindowSpec>([
          { ALT: () => this.SUBRULE(this.windowSpec) },
          { GATE: () => !this.sees(K.BY, 2), ALT: () => bareWindow(this.CONSUME(t.Name)) },
        ]),
        ERR_MSG: "(",
      });
    });
    return { nulls, withinGroup, filter, over };
  });

  readonly argument: Rule<[], Argument> = this.RULE("argument", (): Argument => {
    const start = this.LA(1);
    return this.OR({
      MAX_LOOKAHEAD: 1,
      DEF: alternatives<Argument>([
        { ALT: () => (this.CONSUME(t.Star), { kind: "star", span: this.spanFrom(start) }) },
        {
          GATE: () => this.LA(2).tokenType === t.NamedArrow,
          ALT: () => {
            const name = this.SUBRULE(this.identifier);
            this.CONSUME(t.NamedArrow);
            const value = this.SUBRULE(this.argumentValue);
            return { kind: "namedArgument", name, value, span: this.spanFrom(start) };
          },
        },
        { ALT: () => this.SUBRULE1(this.argumentValue) },
      ]),
      IGNORE_AMBIGUITIES: true,
      ERR_MSG: "an argument",
    });
  });

  readonly argumentValue: Rule<[], Expr | TableArgument | DescriptorArgument> = this.RULE(
    "argumentValue",
    (): Expr | TableArgument | DescriptorArgument => {
      const start = this.LA(1);
      return this.OR({
        DEF: alternatives<Expr | TableArgument | DescriptorArgument>([
          {
            ALT: () => {
              this.CONSUME(K.TABLE);
              const source = this.OR1<Alternatives<TableArgument["source"]>>([
                { ALT: () => ({ kind: "query", query: this.SUBRULE(this.parenQuery) }) },
                { ALT: () => ({ kind: "name", name: this.SUBRULE(this.qualifiedName) }) },
                {
                  ALT: () => {
                    this.CONSUME1(t.LParen);
                    const name = this.SUBRULE1(this.qualifiedName);
                    this.CONSUME1(t.RParen);
                    return { kind: "name", name };
                  },
                },
              ]);
              return this.SUBRULE(this.tableArgument, { ARGS: [source, start] });
            },
          },
          {
            ALT: () => {
              this.CONSUME(F.DESCRIPTOR);
              this.CONSUME(t.LParen);
              const columns: QualifiedName[] = [];
              this.AT_LEAST_ONE_SEP({ SEP: t.Comma, DEF: () => columns.push(this.SUBRULE2(this.qualifiedName)) });
              this.CONSUME(t.RParen);
              return { kind: "descriptor", columns, span: this.spanFrom(start) };
            },
          },
          {
            ALT: () => {
              const value = this.SUBRULE(this.expr);
              const asTable = this.OPTION({
                GATE: () =>
                  (value.kind === "subquery" || value.kind === "column") && this.LA(1).tokenType === K.PARTITION,
                DEF: () => {
                  const source = this.ACTION(() => tableSource(value));
                  return this.SUBRULE1(this.tableArgument, { ARGS: [source, start] });
                },
              });
              return asTable ?? value;
            },
          },
        ]),
        ERR_MSG: "an argument",
      });
    },
  );

  /** After the table: `[PARTITION BY ..] [ORDER BY ..]`. */
  readonly tableArgument: Rule<[TableArgument["source"], IToken], TableArgument> = this.RULE(
    "tableArgument",
    (source: TableArgument["source"], start: IToken): TableArgument => {
      const partitionBy = this.OPTION(() => this.SUBRULE(this.partitionBy)) ?? [];
      const orderBy = this.OPTION1(() => this.SUBRULE(this.orderBy)) ?? [];
      return { kind: "tableArgument", source, partitionBy, orderBy, span: this.spanFrom(start) };
    },
  );

  /** `PARTITION BY a, b` or `PARTITION BY (a, b)`; among arguments it ends where the next argument begins. */
  readonly partitionBy: Rule<[], readonly Expr[]> = this.RULE("partitionBy", (): readonly Expr[] => {
    this.CONSUME(K.PARTITION);
    this.CONSUME(K.BY);
    const items = [this.SUBRULE(this.expr)];
    this.MANY({
      GATE: () => !this.seesNextArgument(),
      DEF: () => {
        this.CONSUME(t.Comma);
        items.push(this.SUBRULE1(this.expr));
      },
    });
    return this.ACTION(() => {
      const [only] = items;
      return items.length === 1 && only?.kind === "row" ? only.items : items;
    });
  });

  /** After a comma: something that cannot be a key. */
  private seesNextArgument(): boolean {
    const { tokenType } = this.LA(2);
    const begins = tokenType === F.DESCRIPTOR || tokenType === F.INTERVAL || tokenType === t.DurationLit;
    return begins || tokenType === K.TABLE || this.sees(t.NamedArrow, 3);
  }

  readonly orderBy: Rule<[], readonly OrderItem[]> = this.RULE("orderBy", (): readonly OrderItem[] => {
    this.CONSUME(K.ORDER);
    this.CONSUME(K.BY);
    return this.SUBRULE(this.orderItems);
  });

  readonly orderItems: Rule<[], readonly OrderItem[]> = this.RULE("orderItems", (): readonly OrderItem[] => {
    const items: OrderItem[] = [];
    this.AT_LEAST_ONE_SEP({ SEP: t.Comma, DEF: () => items.push(this.SUBRULE(this.orderItem)) });
    return items;
  });

  readonly orderItem: Rule<[], OrderItem> = this.RULE("orderItem", (): OrderItem => {
    const start = this.LA(1);
    const expr = this.SUBRULE(this.expr);
    let descending = false;
    this.OPTION(() =>
      this.OR([
        { ALT: () => void this.CONSUME(K.ASC) },
        { ALT: () => (this.CONSUME(K.DESC), void (descending = true)) },
      ]),
    );
    const nulls = this.OPTION1(() => {
      this.CONSUME(K.NULLS);
      return this.OR1<Alternatives<"FIRST" | "LAST">>([
        { ALT: () => (this.CONSUME(K.FIRST), "FIRST") },
        { ALT: () => (this.CONSUME(K.LAST), "LAST") },
      ]);
    });
    return { expr, descending, nulls, span: this.spanFrom(start) };
  });

  /** `( [base] [PARTITION BY ..] [ORDER BY ..] [frame] )`. */
  readonly windowSpec: Rule<[], WindowSpec> = this.RULE("windowSpec", (): WindowSpec => {
    const start = this.CONSUME(t.LParen);
    const base = this.OPTION(() => toIdentifier(this.CONSUME(t.BareAlias)));
    const partitionBy = this.OPTION1(() => this.SUBRULE(this.partitionBy)) ?? [];
    const orderBy = this.OPTION2(() => this.SUBRULE(this.orderBy)) ?? [];
    const frame = this.OPTION3(() =>
      this.OR<Alternatives<Frame | SessionGap>>([
        { ALT: () => this.SUBRULE(this.frame) },
        {
          ALT: () => {
            const first = this.CONSUME(K.SESSION);
            this.CONSUME(K.WITH);
            this.CONSUME(K.GAP);
            const gap = this.SUBRULE(this.duration);
            return { kind: "sessionGap", gap, span: this.spanFrom(first) };
          },
        },
      ]),
    );
    this.CONSUME(t.RParen);
    return { base, bare: false, partitionBy, orderBy, frame, span: this.spanFrom(start) };
  });

  readonly frame: Rule<[], Frame> = this.RULE("frame", (): Frame => {
    const start = this.LA(1);
    const unit = this.OR<Alternatives<Frame["unit"]>>([
      { ALT: () => (this.CONSUME(K.ROWS), "ROWS") },
      { ALT: () => (this.CONSUME(K.RANGE), "RANGE") },
      { ALT: () => (this.CONSUME(K.GROUPS), "GROUPS") },
    ]);
    const bounds = this.OR1<Alternatives<readonly [FrameBound, FrameBound]>>([
      {
        ALT: () => {
          this.CONSUME(K.BETWEEN);
          const from = this.SUBRULE(this.frameBound);
          this.CONSUME(K.AND);
          return [from, this.SUBRULE1(this.frameBound)];
        },
      },
      {
        ALT: () => {
          const from = this.SUBRULE2(this.frameBound);
          const at = this.spanFrom(this.LA(0));
          return [from, { kind: "currentRow", span: at }];
        },
      },
    ]);
    const exclude = this.OPTION(() => {
      this.CONSUME(K.EXCLUDE);
      return this.OR2<Alternatives<Frame["exclude"]>>([
        { ALT: () => (this.CONSUME(K.CURRENT), this.CONSUME(K.ROW), "CURRENT ROW") },
        { ALT: () => (this.CONSUME(K.GROUP), "GROUP") },
        { ALT: () => (this.CONSUME(K.TIES), "TIES") },
      ]);
    });
    return { kind: "frame", unit, start: bounds[0], end: bounds[1], exclude, span: this.spanFrom(start) };
  });

  readonly frameBound: Rule<[], FrameBound> = this.RULE("frameBound", (): FrameBound => {
    const start = this.LA(1);
    return this.OR({
      MAX_LOOKAHEAD: 1,
      DEF: alternatives<FrameBound>([
        {
          GATE: () => this.sees(K.PRECEDING, 2) || this.sees(K.FOLLOWING, 2),
          ALT: () => {
            this.CONSUME(K.UNBOUNDED);
            return this.OR1<Alternatives<FrameBound>>([
              { ALT: () => (this.CONSUME(K.PRECEDING), { kind: "unboundedPreceding", span: this.spanFrom(start) }) },
              { ALT: () => (this.CONSUME(K.FOLLOWING), { kind: "unboundedFollowing", span: this.spanFrom(start) }) },
            ]);
          },
        },
        {
          GATE: () => this.sees(K.ROW, 2),
          ALT: () => {
            this.CONSUME(K.CURRENT);
            this.CONSUME(K.ROW);
            return { kind: "currentRow", span: this.spanFrom(start) };
          },
        },
        {
          ALT: () => {
            const offset = this.SUBRULE(this.duration);
            return this.OR2<Alternatives<FrameBound>>([
              { ALT: () => (this.CONSUME1(K.PRECEDING), { kind: "preceding", offset, span: this.spanFrom(start) }) },
              { ALT: () => (this.CONSUME1(K.FOLLOWING), { kind: "following", offset, span: this.spanFrom(start) }) },
            ]);
          },
        },
      ]),
      IGNORE_AMBIGUITIES: true,
    });
  });

  readonly jsonBehavior: Rule<[], JsonBehavior> = this.RULE(
    "jsonBehavior",
    (): JsonBehavior =>
      this.OR<Alternatives<JsonBehavior>>([
        { ALT: () => (this.CONSUME(K.NULL), { kind: "word", word: "NULL" }) },
        { ALT: () => (this.CONSUME(K.ERROR), { kind: "word", word: "ERROR" }) },
        { ALT: () => (this.CONSUME(K.TRUE), { kind: "word", word: "TRUE" }) },
        { ALT: () => (this.CONSUME(K.FALSE), { kind: "word", word: "FALSE" }) },
        { ALT: () => (this.CONSUME(K.UNKNOWN), { kind: "word", word: "UNKNOWN" }) },
        {
          ALT: () => {
            this.CONSUME(K.EMPTY);
            return this.OR1<Alternatives<JsonBehavior>>([
              { ALT: () => (this.CONSUME(K.ARRAY), { kind: "word", word: "EMPTY ARRAY" }) },
              { ALT: () => (this.CONSUME(K.OBJECT), { kind: "word", word: "EMPTY OBJECT" }) },
            ]);
          },
        },
        { ALT: () => (this.CONSUME(K.DEFAULT), { kind: "default", value: this.SUBRULE(this.expr) }) },
      ]),
  );

  /** `NULL ON NULL`, `ABSENT ON NULL`. */
  readonly jsonOnNull: Rule<[], JsonConstructor["onNull"]> = this.RULE("jsonOnNull", (): JsonConstructor["onNull"] => {
    const word = this.OR<Alternatives<JsonConstructor["onNull"]>>([
      { ALT: () => (this.CONSUME(K.NULL), "NULL") },
      { ALT: () => (this.CONSUME(K.ABSENT), "ABSENT") },
    ]);
    this.CONSUME(K.ON);
    this.CONSUME1(K.NULL);
    return word;
  });
}

function bareWindow(token: IToken): WindowSpec {
  const base = toIdentifier(token);
  return { base, bare: true, partitionBy: [], orderBy: [], frame: undefined, span: base.span };
}

/** An expression that turns out to be a table: `(query) PARTITION BY k`. */
function tableSource(value: Expr): TableArgument["source"] {
  if (value.kind === "subquery") return { kind: "query", query: value.query };
  const parts = value.kind === "column" ? value.parts : [];
  return { kind: "name", name: { parts, span: value.span } };
}
