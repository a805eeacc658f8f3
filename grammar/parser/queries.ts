/** Rules of queries. */
import type { IToken } from "chevrotain";
import type {
  CommonTable,
  Emit,
  Expr,
  GroupBy,
  GroupingElement,
  Hint,
  Identifier,
  NamedWindow,
  OrderItem,
  QualifiedName,
  Query,
  QueryBody,
  Select,
  SelectItem,
  SetOperation,
  StreamWindow,
  TableRef,
  ValuesRow,
  With,
} from "../../src/sql/ast.ts";
import { parseHints } from "../hints.ts";
import { clauseOrder } from "../recovery/mistakes.ts";
import * as t from "../tokens.ts";
import { type Alternatives, alternatives, type Rule, toIdentifier, tokenSpan } from "./base.ts";
import { precedence } from "./expressions.ts";
import { SpecialParser } from "./special.ts";

const { F, K } = t;

interface QueryTail {
  orderBy: Query["orderBy"] | undefined;
  limit: Expr | undefined;
  offset: Expr | undefined;
  emit: Emit | undefined;
  allowLateness: Expr | undefined;
  lateTo: QualifiedName | undefined;
}

interface SelectClauses {
  from: readonly TableRef[];
  streamWindow: StreamWindow | undefined;
  where: Expr | undefined;
  groupBy: GroupBy | undefined;
  having: Expr | undefined;
  windows: readonly NamedWindow[];
  qualify: Expr | undefined;
}

const selectOrder = ["FROM", "WINDOW TUMBLING", "WHERE", "GROUP BY", "HAVING", "WINDOW", "QUALIFY"] as const;
type SelectClause = (typeof selectOrder)[number];

export abstract class QueryParser extends SpecialParser {
  abstract readonly tableRef: Rule<[], TableRef>;

  readonly query: Rule<[], Query> = this.RULE(
    "query",
    (): Query =>
      this.deeper(() => {
        const start = this.LA(1);
        const withClause = this.OPTION(() => this.SUBRULE(this.with));
        const body = this.SUBRULE(this.unionBody);
        const tail: QueryTail = {
          orderBy: undefined,
          limit: undefined,
          offset: undefined,
          emit: undefined,
          allowLateness: undefined,
          lateTo: undefined,
        };
        const emissionStart = this.SUBRULE(this.queryTail, { ARGS: [tail] });
        const span = this.spanFrom(start);
        return this.ACTION(() => finishQuery(withClause, body, tail, emissionStart, span));
      }),
  );

  /** ORDER BY, LIMIT, OFFSET, FETCH, EMIT, ALLOW LATENESS, LATE TO, each once. Gives the first token of the last three. */
  readonly queryTail: Rule<[QueryTail], IToken | undefined> = this.RULE(
    "queryTail",
    (tail: QueryTail): IToken | undefined => {
      let emission: IToken | undefined;
      this.MANY(() => {
        const start = this.LA(1);
        const once = (clause: string, given: unknown): void => {
          if (given !== undefined) this.fail(`${clause} stands twice`, this.spanFrom(start));
        };
        this.OR([
          {
            ALT: () => {
              const orderBy = this.SUBRULE(this.queryOrder);
              this.ACTION(() => {
                once("ORDER BY", tail.orderBy);
                const late = tail.limit === undefined ? tail.offset && "OFFSET" : "LIMIT";
                if (late !== undefined) this.misplaced("ORDER BY", late, start);
                tail.orderBy = orderBy;
              });
            },
          },
          {
            ALT: () => {
              const limit = this.SUBRULE(this.limit);
              this.ACTION(() => (once("LIMIT", tail.limit), (tail.limit = limit)));
            },
          },
          {
            ALT: () => {
              this.CONSUME(K.OFFSET);
              const offset = this.SUBRULE(this.expr);
              this.OPTION(() => this.OR1([{ ALT: () => this.CONSUME(K.ROW) }, { ALT: () => this.CONSUME(K.ROWS) }]));
              this.ACTION(() => (once("OFFSET", tail.offset), (tail.offset = offset)));
            },
          },
          {
            ALT: () => {
              const emit = this.SUBRULE(this.emit);
              emission ??= start;
              this.ACTION(() => (once("EMIT", tail.emit), (tail.emit = emit)));
            },
          },
          {
            ALT: () => {
              this.CONSUME(K.ALLOW);
              this.CONSUME(K.LATENESS);
              const lateness = this.SUBRULE(this.duration);
              emission ??= start;
              this.ACTION(() => (once("ALLOW LATENESS", tail.allowLateness), (tail.allowLateness = lateness)));
            },
          },
          {
            ALT: () => {
              this.CONSUME(K.LATE);
              this.CONSUME(K.TO);
              const table = this.SUBRULE(this.qualifiedName);
              emission ??= start;
              this.ACTION(() => (once("LATE TO", tail.lateTo), (tail.lateTo = table)));
            },
          },
        ]);
      });
      return emission;
    },
  );

  /** The order of a whole query. */
  readonly queryOrder: Rule<[], readonly OrderItem[]> = this.RULE("queryOrder", (): readonly OrderItem[] => {
    const items: OrderItem[] = [];
    this.CONSUME(K.ORDER);
    this.CONSUME(K.BY);
    this.part("list item", () => items.push(this.SUBRULE(this.orderItem)));
    this.MANY(() => {
      this.CONSUME(t.Comma);
      this.part("list item", () => items.push(this.SUBRULE1(this.orderItem)));
    });
    return items;
  });

  /** The clause at `start` stands after `early`, which should come after it. */
  protected misplaced(clause: string, early: string, start: IToken): void {
    const { reason, hint } = clauseOrder(clause, early);
    this.complain(reason, tokenSpan(start), hint);
  }

  /** `LIMIT 10`, `LIMIT ALL`, `FETCH FIRST [10] ROWS ONLY`. */
  readonly limit: Rule<[], Expr | undefined> = this.RULE("limit", (): Expr | undefined =>
    this.OR<Alternatives<Expr | undefined>>([
      {
        ALT: () => {
          this.CONSUME(K.LIMIT);
          return this.OR1<Alternatives<Expr | undefined>>([
            { ALT: () => (this.CONSUME(K.ALL), undefined) },
            { ALT: () => this.SUBRULE(this.expr) },
          ]);
        },
      },
      {
        ALT: () => {
          const start = this.CONSUME(K.FETCH);
          this.OR2([{ ALT: () => this.CONSUME(K.FIRST) }, { ALT: () => this.CONSUME(K.NEXT) }]);
          const count = this.OPTION({
            GATE: () => !this.sees(K.ROW) && !this.sees(K.ROWS),
            DEF: () => this.SUBRULE1(this.expr),
          });
          this.OR3([{ ALT: () => this.CONSUME(K.ROW) }, { ALT: () => this.CONSUME(K.ROWS) }]);
          this.CONSUME(K.ONLY);
          return count ?? { kind: "number", form: "integer", text: "1", span: this.spanFrom(start) };
        },
      },
    ]),
  );

  readonly emit: Rule<[], Emit> = this.RULE("emit", (): Emit => {
    const start = this.CONSUME(K.EMIT);
    let period: Expr | undefined;
    const mode = this.OR({
      DEF: alternatives<Emit["mode"]>([
        { ALT: () => (this.CONSUME(K.CHANGES), "CHANGES") },
        { ALT: () => (this.CONSUME(K.FINAL), "FINAL") },
        { ALT: () => (this.CONSUME(K.IMMEDIATELY), "IMMEDIATELY") },
        {
          ALT: () => {
            this.CONSUME(K.ON);
            return this.OR1<Alternatives<Emit["mode"]>>([
              { ALT: () => (this.CONSUME(K.UPDATE), "ON UPDATE") },
              { ALT: () => (this.CONSUME(K.WINDOW), this.CONSUME(K.CLOSE), "ON WINDOW CLOSE") },
            ]);
          },
        },
        {
          ALT: () => {
            this.CONSUME(K.AFTER);
            this.CONSUME1(K.WINDOW);
            this.CONSUME1(K.CLOSE);
            return "AFTER WINDOW CLOSE";
          },
        },
        {
          ALT: () => {
            this.CONSUME(K.PERIODIC);
            period = this.SUBRULE(this.durationUpTo, { ARGS: [precedence.not] });
            return "PERIODIC";
          },
        },
      ]),
      ERR_MSG: "CHANGES, FINAL, ON WINDOW CLOSE, ON UPDATE, AFTER WINDOW CLOSE or PERIODIC",
    });
    const delay = this.OPTION({
      // The options of a sink may follow as well.
      GATE: () => this.sees(K.DELAY, 2),
      DEF: () => {
        this.CONSUME(K.WITH);
        this.CONSUME(K.DELAY);
        return this.SUBRULE1(this.durationUpTo, { ARGS: [precedence.not] });
      },
    });
    const timeout = this.OPTION1(() => {
      this.CONSUME(K.AND);
      this.CONSUME(K.TIMEOUT);
      return this.SUBRULE2(this.duration);
    });
    return { mode, period, delay, timeout, span: this.spanFrom(start) };
  });

  readonly with: Rule<[], With> = this.RULE("with", (): With => {
    const start = this.CONSUME(K.WITH);
    const recursive = this.OPTION({
      GATE: () => !this.sees(K.AS, 2) && !this.sees(t.LParen, 2),
      DEF: () => this.CONSUME(K.RECURSIVE),
    });
    const tables: CommonTable[] = [];
    this.AT_LEAST_ONE_SEP({
      SEP: t.Comma,
      DEF: () => this.part("common table", () => tables.push(this.SUBRULE(this.commonTable))),
    });
    return { recursive: recursive !== undefined, tables, span: this.spanFrom(start) };
  });

  readonly commonTable: Rule<[], CommonTable> = this.RULE("commonTable", (): CommonTable => {
    const start = this.LA(1);
    const name = this.SUBRULE(this.identifier);
    const columns = this.OPTION(() => this.SUBRULE(this.nameList)) ?? [];
    this.CONSUME(K.AS);
    this.OPTION1(() => {
      this.OPTION2(() => this.CONSUME(K.NOT));
      this.CONSUME(K.MATERIALIZED);
    });
    const query = this.SUBRULE(this.parenQuery);
    return { name, columns, query, span: this.spanFrom(start) };
  });

  readonly unionBody: Rule<[], QueryBody> = this.RULE("unionBody", (): QueryBody => {
    const start = this.LA(1);
    let left = this.SUBRULE(this.intersectBody);
    this.MANY(() => {
      const op = this.OR<Alternatives<SetOperation["op"]>>([
        { ALT: () => (this.CONSUME(K.UNION), "UNION") },
        { ALT: () => (this.CONSUME(K.EXCEPT), "EXCEPT") },
        { ALT: () => (this.CONSUME(K.MINUS), "EXCEPT") },
      ]);
      const all = this.SUBRULE(this.setQuantifier);
      const right = this.SUBRULE1(this.intersectBody);
      left = { kind: "setOperation", op, all, left, right, span: this.spanFrom(start) };
    });
    return left;
  });

  readonly intersectBody: Rule<[], QueryBody> = this.RULE("intersectBody", (): QueryBody => {
    const start = this.LA(1);
    let left = this.SUBRULE(this.simpleBody);
    this.MANY(() => {
      this.CONSUME(K.INTERSECT);
      const all = this.SUBRULE(this.setQuantifier);
      const right = this.SUBRULE1(this.simpleBody);
      left = { kind: "setOperation", op: "INTERSECT", all, left, right, span: this.spanFrom(start) };
    });
    return left;
  });

  /** Is it ALL? */
  readonly setQuantifier: Rule<[], boolean> = this.RULE("setQuantifier", (): boolean => {
    let all = false;
    this.OPTION(() =>
      this.OR([{ ALT: () => (this.CONSUME(K.ALL), void (all = true)) }, { ALT: () => void this.CONSUME(K.DISTINCT) }]),
    );
    return all;
  });

  readonly simpleBody: Rule<[], QueryBody> = this.RULE("simpleBody", (): QueryBody => {
    const start = this.LA(1);
    return this.OR({
      DEF: alternatives<QueryBody>([
        { ALT: () => this.SUBRULE(this.select) },
        {
          ALT: () => {
            this.CONSUME(K.VALUES);
            const rows: ValuesRow[] = [];
            this.AT_LEAST_ONE_SEP({
              SEP: t.Comma,
              DEF: () => this.part("row", () => rows.push(this.SUBRULE(this.valuesRow))),
            });
            return { kind: "values", rows, span: this.spanFrom(start) };
          },
        },
        {
          ALT: () => {
            this.CONSUME(K.TABLE);
            const name = this.SUBRULE(this.qualifiedName);
            return { kind: "tableQuery", name, span: this.spanFrom(start) };
          },
        },
        {
          ALT: () => {
            const query = this.SUBRULE(this.parenQuery);
            const span = this.spanFrom(start);
            return this.ACTION(() => (hasClauses(query) ? { kind: "nested", query, span } : query.body));
          },
        },
      ]),
      ERR_MSG: "a query",
    });
  });

  readonly valuesRow: Rule<[], ValuesRow> = this.RULE("valuesRow", (): ValuesRow => {
    const start = this.LA(1);
    const items = this.OR({
      DEF: alternatives<readonly Expr[]>([
        {
          ALT: () => {
            this.OPTION(() => this.CONSUME(F.ROW));
            this.CONSUME(t.LParen);
            const list = this.SUBRULE(this.exprList);
            this.CONSUME(t.RParen);
            return list;
          },
        },
        {
          ALT: () => [{ kind: "subquery", query: this.SUBRULE(this.parenQuery), span: this.spanFrom(start) }],
        },
      ]),
      ERR_MSG: "(",
    });
    return { items, span: this.spanFrom(start) };
  });

  readonly select: Rule<[], Select> = this.RULE("select", (): Select => {
    const start = this.CONSUME(K.SELECT);
    const hints = this.SUBRULE(this.hints);
    let distinct = false;
    let distinctOn: readonly Expr[] = [];
    this.OPTION(() =>
      this.OR([
        {
          ALT: () => {
            this.CONSUME(K.DISTINCT);
            distinct = true;
            this.OPTION1(() => {
              this.CONSUME(K.ON);
              this.CONSUME(t.LParen);
              distinctOn = this.SUBRULE(this.exprList);
              this.CONSUME(t.RParen);
            });
          },
        },
        { ALT: () => void this.CONSUME(K.ALL) },
      ]),
    );
    const items: SelectItem[] = [];
    // Not AT_LEAST_ONE_SEP, which fails before the part begins where its first word does not fit.
    this.part("select item", () => items.push(this.SUBRULE(this.selectItem)));
    this.MANY(() => {
      this.CONSUME(t.Comma);
      this.part("select item", () => items.push(this.SUBRULE1(this.selectItem)));
    });
    const clauses: SelectClauses = {
      from: [],
      streamWindow: undefined,
      where: undefined,
      groupBy: undefined,
      having: undefined,
      windows: [],
      qualify: undefined,
    };
    this.SUBRULE(this.selectClauses, { ARGS: [clauses] });
    return { kind: "select", hints, distinct, distinctOn, items, ...clauses, span: this.spanFrom(start) };
  });

  /** FROM and what follows it. One that stands too late or twice is an error, but is read all the same. */
  readonly selectClauses: Rule<[SelectClauses], void> = this.RULE("selectClauses", (clauses: SelectClauses): void => {
    let latest: SelectClause = "FROM";
    let count = 0;
    this.MANY(() => {
      const start = this.LA(1);
      const clause = this.SUBRULE(this.selectClause, { ARGS: [clauses] });
      this.ACTION(() => {
        const isLate = selectOrder.indexOf(clause) <= selectOrder.indexOf(latest) && count > 0;
        if (isLate) this.misplaced(clause, latest, start);
        else latest = clause;
        count++;
      });
    });
  });

  readonly selectClause: Rule<[SelectClauses], SelectClause> = this.RULE(
    "selectClause",
    (clauses: SelectClauses): SelectClause =>
      this.OR<Alternatives<SelectClause>>([
        {
          ALT: () => {
            this.CONSUME(K.FROM);
            const from: TableRef[] = [];
            this.part("table", () => from.push(this.SUBRULE(this.tableRef)));
            this.MANY(() => {
              this.CONSUME(t.Comma);
              this.part("table", () => from.push(this.SUBRULE1(this.tableRef)));
            });
            this.ACTION(() => void (clauses.from = from));
            return "FROM";
          },
        },
        {
          ALT: () => {
            const window = this.part("condition", () => this.SUBRULE(this.streamWindow));
            this.ACTION(() => void (clauses.streamWindow = window));
            return "WINDOW TUMBLING";
          },
        },
        {
          ALT: () => {
            this.CONSUME(K.WHERE);
            const where = this.part("condition", () => this.SUBRULE(this.expr));
            this.ACTION(() => void (clauses.where = where));
            return "WHERE";
          },
        },
        {
          ALT: () => {
            const groupBy = this.SUBRULE(this.groupBy);
            this.ACTION(() => void (clauses.groupBy = groupBy));
            return "GROUP BY";
          },
        },
        {
          ALT: () => {
            this.CONSUME(K.HAVING);
            const having = this.part("condition", () => this.SUBRULE1(this.expr));
            this.ACTION(() => void (clauses.having = having));
            return "HAVING";
          },
        },
        {
          ALT: () => {
            const windows = this.SUBRULE(this.namedWindows);
            this.ACTION(() => void (clauses.windows = windows));
            return "WINDOW";
          },
        },
        {
          ALT: () => {
            this.CONSUME(K.QUALIFY);
            const qualify = this.part("condition", () => this.SUBRULE2(this.expr));
            this.ACTION(() => void (clauses.qualify = qualify));
            return "QUALIFY";
          },
        },
      ]),
  );

  readonly hints: Rule<[], readonly Hint[]> = this.RULE("hints", (): readonly Hint[] => {
    const hints: Hint[] = [];
    this.MANY(() => {
      const token = this.CONSUME(t.Hint);
      this.ACTION(() => hints.push(...parseHints(token)));
    });
    return hints;
  });

  readonly selectItem: Rule<[], SelectItem> = this.RULE("selectItem", (): SelectItem => {
    const start = this.LA(1);
    return this.OR({
      MAX_LOOKAHEAD: 1,
      DEF: alternatives<SelectItem>([
        {
          ALT: () => {
            this.CONSUME(t.Star);
            const except = this.SUBRULE(this.starExcept);
            return { kind: "star", qualifier: [], except, span: this.spanFrom(start) };
          },
        },
        {
          GATE: () => this.seesQualifiedStar(),
          ALT: () => {
            const qualifier: Identifier[] = [];
            this.AT_LEAST_ONE(() => {
              qualifier.push(this.SUBRULE(this.identifier));
              this.CONSUME(t.Dot);
            });
            this.CONSUME1(t.Star);
            const except = this.SUBRULE1(this.starExcept);
            return { kind: "star", qualifier, except, span: this.spanFrom(start) };
          },
        },
        {
          ALT: () => {
            const expr = this.SUBRULE(this.expr);
            const alias = this.OPTION(() => this.SUBRULE(this.alias));
            return { kind: "item", expr, alias, span: this.spanFrom(start) };
          },
        },
      ]),
      IGNORE_AMBIGUITIES: true,
      ERR_MSG: "an expression",
    });
  });

  private seesQualifiedStar(): boolean {
    let i = 1;
    while (this.sees(t.Name, i) && this.sees(t.Dot, i + 1)) i += 2;
    return i > 1 && this.sees(t.Star, i);
  }

  readonly starExcept: Rule<[], readonly Identifier[]> = this.RULE("starExcept", (): readonly Identifier[] => {
    return (
      this.OPTION(() => {
        this.CONSUME(F.STAR_EXCEPT);
        return this.SUBRULE(this.nameList);
      }) ?? []
    );
  });

  readonly groupBy: Rule<[], GroupBy> = this.RULE("groupBy", (): GroupBy => {
    const start = this.CONSUME(K.GROUP);
    this.CONSUME(K.BY);
    let distinct = false;
    this.OPTION(() =>
      this.OR([
        { ALT: () => (this.CONSUME(K.DISTINCT), void (distinct = true)) },
        { ALT: () => void this.CONSUME(K.ALL) },
      ]),
    );
    const elements: GroupingElement[] = [];
    this.part("list item", () => elements.push(this.SUBRULE(this.groupingElement)));
    this.MANY(() => {
      this.CONSUME(t.Comma);
      this.part("list item", () => elements.push(this.SUBRULE1(this.groupingElement)));
    });
    return { distinct, elements, span: this.spanFrom(start) };
  });

  readonly groupingElements: Rule<[], readonly GroupingElement[]> = this.RULE(
    "groupingElements",
    (): readonly GroupingElement[] => {
      const elements: GroupingElement[] = [];
      this.AT_LEAST_ONE_SEP({ SEP: t.Comma, DEF: () => elements.push(this.SUBRULE(this.groupingElement)) });
      return elements;
    },
  );

  readonly groupingElement: Rule<[], GroupingElement> = this.RULE(
    "groupingElement",
    (): GroupingElement =>
      this.deeper(() => {
        const start = this.LA(1);
        return this.OR({
          MAX_LOOKAHEAD: 1,
          DEF: alternatives<GroupingElement>([
            {
              ALT: () => {
                const kind = this.OR1<Alternatives<"groupingSets" | "rollup" | "cube">>([
                  { ALT: () => (this.CONSUME(F.GROUPING_SETS), this.CONSUME(K.SETS), "groupingSets") },
                  { ALT: () => (this.CONSUME(F.ROLLUP), "rollup") },
                  { ALT: () => (this.CONSUME(F.CUBE), "cube") },
                ]);
                this.CONSUME(t.LParen);
                const elements = this.SUBRULE(this.groupingElements);
                this.CONSUME(t.RParen);
                return { kind, elements, span: this.spanFrom(start) };
              },
            },
            {
              GATE: () => this.sees(t.RParen, 2),
              ALT: () => {
                this.CONSUME1(t.LParen);
                this.CONSUME1(t.RParen);
                return { kind: "groupingSet", items: [], span: this.spanFrom(start) };
              },
            },
            {
              ALT: () => {
                const expr = this.SUBRULE(this.expr);
                return this.ACTION((): GroupingElement => {
                  const span = this.spanFrom(start);
                  const isSet = expr.kind === "row" && start.tokenType === t.LParen;
                  return isSet
                    ? { kind: "groupingSet", items: expr.items, span }
                    : { kind: "groupingExpr", expr, span };
                });
              },
            },
          ]),
          IGNORE_AMBIGUITIES: true,
          ERR_MSG: "an expression",
        });
      }),
  );

  readonly namedWindows: Rule<[], readonly NamedWindow[]> = this.RULE("namedWindows", (): readonly NamedWindow[] => {
    const windows: NamedWindow[] = [];
    this.CONSUME(K.WINDOW);
    this.AT_LEAST_ONE_SEP({
      SEP: t.Comma,
      DEF: () => this.part("list item", () => windows.push(this.SUBRULE(this.namedWindow))),
    });
    return windows;
  });

  readonly namedWindow: Rule<[], NamedWindow> = this.RULE("namedWindow", (): NamedWindow => {
    const start = this.CONSUME(t.Name);
    this.CONSUME(K.AS);
    const spec = this.SUBRULE(this.windowSpec);
    return { name: toIdentifier(start), spec, span: this.spanFrom(start) };
  });

  /** ksqlDB: `WINDOW HOPPING (SIZE 30 SECONDS, ADVANCE BY 10 SECONDS, GRACE PERIOD 5 SECONDS)`. */
  readonly streamWindow: Rule<[], StreamWindow> = this.RULE("streamWindow", (): StreamWindow => {
    const start = this.CONSUME(F.STREAM_WINDOW);
    const kind = this.OR<Alternatives<StreamWindow["kind"]>>([
      { ALT: () => (this.CONSUME(K.TUMBLING), "TUMBLING") },
      { ALT: () => (this.CONSUME(K.HOPPING), "HOPPING") },
      { ALT: () => (this.CONSUME(K.SESSION), "SESSION") },
    ]);
    this.CONSUME(t.LParen);
    this.OPTION({ GATE: () => !this.sees(t.RParen, 2), DEF: () => this.CONSUME(K.SIZE) });
    const size = this.SUBRULE(this.duration);
    let advanceBy: Expr | undefined;
    let gracePeriod: Expr | undefined;
    let retention: Expr | undefined;
    this.MANY(() => {
      this.CONSUME(t.Comma);
      this.OR1([
        { ALT: () => (this.CONSUME(K.ADVANCE), this.CONSUME(K.BY), void (advanceBy = this.SUBRULE1(this.duration))) },
        {
          ALT: () => (this.CONSUME(K.GRACE), this.CONSUME(K.PERIOD), void (gracePeriod = this.SUBRULE2(this.duration))),
        },
        { ALT: () => (this.CONSUME(K.RETENTION), void (retention = this.SUBRULE3(this.duration))) },
      ]);
    });
    this.CONSUME(t.RParen);
    return { kind, size, advanceBy, gracePeriod, retention, span: this.spanFrom(start) };
  });
}

/** Has the query anything besides its body? Else its parentheses say nothing. */
function hasClauses(query: Query): boolean {
  const { orderBy, limit, offset, emission } = query;
  return (
    query.with !== undefined || orderBy.length > 0 || [limit, offset, emission].some((clause) => clause !== undefined)
  );
}

function finishQuery(
  withClause: With | undefined,
  body: QueryBody,
  tail: QueryTail,
  emissionStart: IToken | undefined,
  span: Query["span"],
): Query {
  const { orderBy = [], limit, offset, emit, allowLateness, lateTo } = tail;
  const emission =
    emissionStart === undefined
      ? undefined
      : { emit, allowLateness, lateTo, span: { start: emissionStart.startOffset, end: span.end } };
  const query: Query = { kind: "query", with: withClause, body, orderBy, limit, offset, emission, span };
  // ((query)) is the query itself.
  return body.kind === "nested" && !hasClauses(query) ? { ...body.query, span } : query;
}
