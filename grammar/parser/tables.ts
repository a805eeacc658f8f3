/** Rules of FROM: tables, joins, table functions, MATCH_RECOGNIZE. */
import type { IToken } from "chevrotain";
import type {
  Expr,
  Hint,
  Identifier,
  Join,
  JoinConstraint,
  QualifiedName,
  TableAlias,
  TableRef,
} from "../../src/sql/ast.ts";
import * as t from "../tokens.ts";
import { type Alternatives, alternatives, type Rule, tokenSpan } from "./base.ts";
import { QueryParser } from "./queries.ts";

const { F, K } = t;

export abstract class TableParser extends QueryParser {
  abstract readonly matchRecognize: Rule<[TableRef, IToken], TableRef>;

  readonly tableRef: Rule<[], TableRef> = this.RULE(
    "tableRef",
    (): TableRef =>
      this.deeper(() => {
        const start = this.LA(1);
        let left = this.SUBRULE(this.tableFactor);
        this.MANY(() => {
          left = this.SUBRULE(this.join, { ARGS: [left, start] });
        });
        return left;
      }),
  );

  readonly join: Rule<[TableRef, IToken], Join> = this.RULE("join", (left: TableRef, start: IToken): Join => {
    const natural = this.OPTION(() => this.CONSUME(K.NATURAL)) !== undefined;
    let asof = this.OPTION1(() => this.CONSUME(K.ASOF)) !== undefined;
    const type = this.OPTION2(() => this.SUBRULE(this.joinType)) ?? "INNER";
    this.OPTION3(() => (this.CONSUME1(K.ASOF), void (asof = true)));
    this.CONSUME(K.JOIN);
    const right = this.SUBRULE(this.tableFactor);
    const matchCondition = this.OPTION4(() => {
      this.CONSUME(F.MATCH_CONDITION);
      this.CONSUME(t.LParen);
      const condition = this.SUBRULE(this.expr);
      this.CONSUME(t.RParen);
      return condition;
    });
    const given = this.OPTION5({
      // INSERT .. ON CONFLICT may follow the query.
      GATE: () => !(this.sees(K.CONFLICT, 2) && (this.sees(t.LParen, 3) || this.sees(K.DO, 3))),
      DEF: () => this.SUBRULE(this.joinConstraint, { ARGS: [matchCondition] }),
    });
    const constraint: JoinConstraint = given ?? (natural ? { kind: "natural" } : { kind: "none" });
    const span = this.spanFrom(start);
    this.ACTION(() => {
      if (natural && given !== undefined) this.fail("a NATURAL join has no ON or USING", span);
      if (type === "CROSS" && given !== undefined) this.fail("a CROSS JOIN has no ON or USING", span);
      if (type !== "CROSS" && !natural && given === undefined) {
        this.fail(`${type} JOIN needs a condition`, span, "write ON condition or USING (columns), or CROSS JOIN");
      }
    });
    return { kind: "join", type, asof, left, right, constraint, span };
  });

  readonly joinType: Rule<[], Join["type"]> = this.RULE("joinType", (): Join["type"] =>
    this.OR<Alternatives<Join["type"]>>([
      { ALT: () => (this.CONSUME(K.INNER), "INNER") },
      { ALT: () => (this.CONSUME(K.CROSS), "CROSS") },
      {
        ALT: () => {
          this.CONSUME(K.LEFT);
          const kind = this.OPTION(() =>
            this.OR1<Alternatives<Join["type"]>>([
              { ALT: () => (this.CONSUME(K.OUTER), "LEFT") },
              { ALT: () => (this.CONSUME(F.SEMI), "SEMI") },
              { ALT: () => (this.CONSUME(F.ANTI), "ANTI") },
            ]),
          );
          return kind ?? "LEFT";
        },
      },
      {
        ALT: () => {
          this.CONSUME(K.RIGHT);
          this.OPTION1(() => this.CONSUME1(K.OUTER));
          return "RIGHT";
        },
      },
      {
        ALT: () => {
          this.CONSUME(K.FULL);
          this.OPTION2(() => this.CONSUME2(K.OUTER));
          return "FULL";
        },
      },
      { ALT: () => (this.CONSUME1(F.SEMI), "SEMI") },
      { ALT: () => (this.CONSUME1(F.ANTI), "ANTI") },
    ]),
  );

  readonly joinConstraint: Rule<[Expr | undefined], JoinConstraint> = this.RULE(
    "joinConstraint",
    (matchCondition: Expr | undefined): JoinConstraint =>
      this.OR<Alternatives<JoinConstraint>>([
        {
          ALT: () => {
            const start = this.CONSUME(K.ON);
            const condition = this.part("join condition", () => this.SUBRULE(this.expr));
            const missing: Expr = { kind: "null", span: tokenSpan(start) };
            return { kind: "on", condition: condition ?? missing, matchCondition };
          },
        },
        {
          ALT: () => {
            this.CONSUME(K.USING);
            return { kind: "using", columns: this.SUBRULE(this.nameList), matchCondition };
          },
        },
      ]),
  );

  /** A table with what may follow it directly: MATCH_RECOGNIZE, TABLESAMPLE. */
  readonly tableFactor: Rule<[], TableRef> = this.RULE("tableFactor", (): TableRef => {
    const start = this.LA(1);
    let table = this.OR({
      DEF: alternatives<TableRef>([
        {
          ALT: () => {
            const query = this.SUBRULE(this.parenQuery);
            const alias = this.SUBRULE(this.tableAlias);
            return { kind: "derived", query, lateral: false, alias, span: this.spanFrom(start) };
          },
        },
        {
          ALT: () => {
            this.CONSUME(t.LParen);
            const inner = this.SUBRULE(this.tableRef);
            this.CONSUME(t.RParen);
            return inner;
          },
        },
        { ALT: () => this.SUBRULE(this.lateral) },
        { ALT: () => this.SUBRULE(this.wrappedFunction, { ARGS: [false] }) },
        { ALT: () => this.SUBRULE(this.unnest, { ARGS: [false] }) },
        { ALT: () => this.SUBRULE(this.namedOrCall, { ARGS: [false] }) },
      ]),
      ERR_MSG: "a table",
    });
    this.MANY(() => {
      table = this.OR1<Alternatives<TableRef>>([
        { ALT: () => this.SUBRULE(this.matchRecognize, { ARGS: [table, start] }) },
        {
          ALT: () => {
            this.CONSUME(K.TABLESAMPLE);
            const method = this.SUBRULE(this.identifier);
            this.CONSUME1(t.LParen);
            const args = this.SUBRULE(this.exprList);
            this.CONSUME1(t.RParen);
            return { kind: "sample", input: table, method, args, span: this.spanFrom(start) };
          },
        },
      ]);
    });
    return table;
  });

  readonly lateral: Rule<[], TableRef> = this.RULE("lateral", (): TableRef => {
    const start = this.CONSUME(K.LATERAL);
    return this.OR({
      DEF: alternatives<TableRef>([
        {
          ALT: () => {
            const query = this.SUBRULE(this.parenQuery);
            const alias = this.SUBRULE(this.tableAlias);
            return { kind: "derived", query, lateral: true, alias, span: this.spanFrom(start) };
          },
        },
        { ALT: () => this.SUBRULE(this.wrappedFunction, { ARGS: [true] }) },
        { ALT: () => this.SUBRULE(this.unnest, { ARGS: [true] }) },
        { ALT: () => this.SUBRULE(this.namedOrCall, { ARGS: [true] }) },
      ]),
      ERR_MSG: "a query in parentheses or a table function",
    });
  });

  /** `TABLE(f(..))`, `TABLE(t)`. */
  readonly wrappedFunction: Rule<[boolean], TableRef> = this.RULE("wrappedFunction", (lateral: boolean): TableRef => {
    const start = this.CONSUME(K.TABLE);
    this.CONSUME(t.LParen);
    const first = this.LA(1);
    const name = this.SUBRULE(this.qualifiedName);
    const call = this.OPTION(() => this.SUBRULE(this.callRest, { ARGS: [name, first] }));
    this.CONSUME(t.RParen);
    const withOrdinality = this.SUBRULE(this.ordinality);
    const alias = this.SUBRULE(this.tableAlias);
    const span = this.spanFrom(start);
    return this.ACTION((): TableRef => {
      if (call !== undefined) return { kind: "function", call, lateral, withOrdinality, alias, span };
      return { kind: "table", name, systemTime: undefined, hints: [], alias, span };
    });
  });

  readonly unnest: Rule<[boolean], TableRef> = this.RULE("unnest", (lateral: boolean): TableRef => {
    const start = this.CONSUME(F.UNNEST);
    this.CONSUME(t.LParen);
    const exprs = this.SUBRULE(this.exprList);
    this.CONSUME(t.RParen);
    const withOrdinality = this.SUBRULE(this.ordinality);
    const alias = this.SUBRULE(this.tableAlias);
    return { kind: "unnest", exprs, lateral, withOrdinality, alias, span: this.spanFrom(start) };
  });

  readonly ordinality: Rule<[], boolean> = this.RULE(
    "ordinality",
    (): boolean => this.OPTION(() => (this.CONSUME(F.WITH_ORDINALITY), this.CONSUME(K.ORDINALITY))) !== undefined,
  );

  readonly namedOrCall: Rule<[boolean], TableRef> = this.RULE("namedOrCall", (lateral: boolean): TableRef => {
    const start = this.LA(1);
    const name = this.SUBRULE(this.qualifiedName);
    return this.OR<Alternatives<TableRef>>([
      {
        ALT: () => {
          const call = this.SUBRULE(this.callRest, { ARGS: [name, start] });
          const withOrdinality = this.SUBRULE(this.ordinality);
          const alias = this.SUBRULE(this.tableAlias);
          return { kind: "function", call, lateral, withOrdinality, alias, span: this.spanFrom(start) };
        },
      },
      { ALT: () => this.SUBRULE(this.namedTable, { ARGS: [name, start] }) },
    ]);
  });

  readonly namedTable: Rule<[QualifiedName, IToken], TableRef> = this.RULE(
    "namedTable",
    (name: QualifiedName, start: IToken): TableRef => {
      const hints: readonly Hint[] = this.SUBRULE(this.hints);
      const before = this.OPTION(() => this.SUBRULE(this.systemTime));
      const alias = this.SUBRULE(this.tableAlias);
      const after = this.OPTION1({ GATE: () => before === undefined, DEF: () => this.SUBRULE1(this.systemTime) });
      return { kind: "table", name, systemTime: before ?? after, hints, alias, span: this.spanFrom(start) };
    },
  );

  /** `FOR SYSTEM_TIME AS OF expr`. */
  readonly systemTime: Rule<[], Expr> = this.RULE("systemTime", (): Expr => {
    this.CONSUME(K.FOR);
    this.CONSUME(K.SYSTEM_TIME);
    this.CONSUME(K.AS);
    this.CONSUME(K.OF);
    return this.SUBRULE(this.expr);
  });

  readonly tableAlias: Rule<[], TableAlias | undefined> = this.RULE("tableAlias", (): TableAlias | undefined =>
    this.OPTION(() => {
      const start = this.LA(1);
      const name: Identifier = this.SUBRULE(this.alias);
      const columns = this.OPTION1(() => this.SUBRULE(this.nameList)) ?? [];
      return { name, columns, span: this.spanFrom(start) };
    }),
  );
}
