/** Rules of all other statements, and the parser itself. */
import type {
  Assignment,
  Copy,
  Explain,
  ExplainAspect,
  Expr,
  Insert,
  QualifiedName,
  Query,
  SelectItem,
  Statement,
  Subscribe,
  Transaction,
} from "../../src/sql/ast.ts";
import * as t from "../tokens.ts";
import { type Alternatives, alternatives, type Rule } from "./base.ts";
import { SettingParser } from "./settings.ts";

const { K } = t;

type NameOrQuery = Subscribe["target"];

export class SqlParser extends SettingParser {
  constructor(validate = false) {
    super(validate);
    this.performSelfAnalysis();
  }

  readonly statement: Rule<[], Statement> = this.RULE(
    "statement",
    (): Statement =>
      this.deeper(() => {
        const start = this.LA(1);
        return this.OR({
          DEF: alternatives<Statement>([
            {
              ALT: () => {
                const query = this.SUBRULE(this.query);
                return { kind: "queryStatement", query, span: this.spanFrom(start) };
              },
            },
            { ALT: () => this.SUBRULE(this.create) },
            { ALT: () => this.SUBRULE(this.drop) },
            { ALT: () => this.SUBRULE(this.alter) },
            { ALT: () => this.SUBRULE(this.insert) },
            { ALT: () => this.SUBRULE(this.update) },
            { ALT: () => this.SUBRULE(this.delete) },
            { ALT: () => this.SUBRULE(this.truncate) },
            { ALT: () => this.SUBRULE(this.explain) },
            { ALT: () => this.SUBRULE(this.show) },
            { ALT: () => this.SUBRULE(this.describe) },
            { ALT: () => this.SUBRULE(this.set) },
            { ALT: () => this.SUBRULE(this.resetSetting) },
            { ALT: () => this.SUBRULE(this.use) },
            { ALT: () => this.SUBRULE(this.subscribe) },
            { ALT: () => this.SUBRULE(this.copy) },
            { ALT: () => this.SUBRULE(this.why) },
            { ALT: () => this.SUBRULE(this.replay) },
            { GATE: () => this.seesStatementSet(), ALT: () => this.SUBRULE(this.statementSet) },
            { ALT: () => this.SUBRULE(this.transaction) },
            { ALT: () => this.SUBRULE(this.cursor) },
            { ALT: () => this.SUBRULE(this.prepared) },
          ]),
          ERR_MSG: "a statement",
        });
      }),
  );

  private seesStatementSet(): boolean {
    const at = this.sees(K.STATEMENT) ? 1 : 2;
    return this.sees(K.STATEMENT, at) && this.sees(K.SET, at + 1);
  }

  readonly insert: Rule<[], Insert> = this.RULE("insert", (): Insert => {
    const start = this.CONSUME(K.INSERT);
    const overwrite = this.OR([
      { ALT: () => (this.CONSUME(K.INTO), false) },
      { ALT: () => (this.CONSUME(K.OVERWRITE), true) },
    ]);
    const table = this.SUBRULE(this.qualifiedName);
    const columns = this.OPTION(() => this.SUBRULE(this.nameList)) ?? [];
    const query = this.SUBRULE(this.query);
    const onConflict = this.OPTION1(() => this.SUBRULE(this.onConflict));
    const returning: SelectItem[] = [];
    this.OPTION2(() => {
      this.CONSUME(K.RETURNING);
      this.AT_LEAST_ONE_SEP({ SEP: t.Comma, DEF: () => returning.push(this.SUBRULE(this.selectItem)) });
    });
    return { kind: "insert", overwrite, table, columns, query, onConflict, returning, span: this.spanFrom(start) };
  });

  /** ON CONFLICT .. DO NOTHING | DO UPDATE SET ..: refused by name later. */
  readonly onConflict: Rule<[], NonNullable<Insert["onConflict"]>> = this.RULE(
    "onConflict",
    (): NonNullable<Insert["onConflict"]> => {
      const start = this.CONSUME(K.ON);
      this.CONSUME(K.CONFLICT);
      const target = this.OPTION(() => this.SUBRULE(this.nameList)) ?? [];
      this.CONSUME(K.DO);
      const assignments = this.OR<Alternatives<readonly Assignment[]>>([
        { ALT: () => (this.CONSUME(K.NOTHING), []) },
        { ALT: () => (this.CONSUME(K.UPDATE), this.CONSUME(K.SET), this.SUBRULE(this.assignments)) },
      ]);
      return { target, assignments, span: this.spanFrom(start) };
    },
  );

  readonly assignments: Rule<[], readonly Assignment[]> = this.RULE("assignments", (): readonly Assignment[] => {
    const assignments: Assignment[] = [];
    this.AT_LEAST_ONE_SEP({
      SEP: t.Comma,
      DEF: () => {
        const column = this.SUBRULE(this.qualifiedName);
        this.CONSUME(t.Equal);
        assignments.push({ column, value: this.SUBRULE(this.expr) });
      },
    });
    return assignments;
  });

  readonly update: Rule<[], Statement> = this.RULE("update", (): Statement => {
    const start = this.CONSUME(K.UPDATE);
    const table = this.SUBRULE(this.qualifiedName);
    const alias = this.OPTION(() => this.SUBRULE(this.alias));
    this.CONSUME(K.SET);
    const assignments = this.SUBRULE(this.assignments);
    const where = this.OPTION1(() => (this.CONSUME(K.WHERE), this.SUBRULE(this.expr)));
    return { kind: "update", table, alias, assignments, where, span: this.spanFrom(start) };
  });

  readonly delete: Rule<[], Statement> = this.RULE("delete", (): Statement => {
    const start = this.CONSUME(K.DELETE);
    this.CONSUME(K.FROM);
    const table = this.SUBRULE(this.qualifiedName);
    const alias = this.OPTION(() => this.SUBRULE(this.alias));
    const where = this.OPTION1(() => (this.CONSUME(K.WHERE), this.SUBRULE(this.expr)));
    return { kind: "delete", table, alias, where, span: this.spanFrom(start) };
  });

  readonly truncate: Rule<[], Statement> = this.RULE("truncate", (): Statement => {
    const start = this.CONSUME(K.TRUNCATE);
    this.OPTION(() => this.CONSUME(K.TABLE));
    const tables: QualifiedName[] = [];
    this.AT_LEAST_ONE_SEP({ SEP: t.Comma, DEF: () => tables.push(this.SUBRULE(this.qualifiedName)) });
    return { kind: "truncate", tables, span: this.spanFrom(start) };
  });

  readonly explain: Rule<[], Explain> = this.RULE("explain", (): Explain => {
    const start = this.CONSUME(K.EXPLAIN);
    const aspects = new Set<ExplainAspect>();
    let format: Explain["format"] = "TEXT";
    this.OR([
      {
        ALT: () => {
          this.CONSUME(t.LParen);
          this.AT_LEAST_ONE_SEP({
            SEP: t.Comma,
            DEF: () => {
              const json = this.SUBRULE(this.explainOption, { ARGS: [aspects] });
              if (json === true) format = "JSON";
            },
          });
          this.CONSUME(t.RParen);
        },
      },
      { ALT: () => (this.CONSUME(K.PLAN), this.CONSUME(K.FOR)) },
      {
        ALT: () =>
          this.MANY(() => {
            aspects.add(this.SUBRULE(this.explainAspect));
            this.OPTION(() => this.CONSUME1(t.Comma));
          }),
      },
    ]);
    const statement = this.SUBRULE(this.statement);
    return { kind: "explain", aspects: [...aspects].sort(), format, statement, span: this.spanFrom(start) };
  });

  /** `FORMAT JSON`: true; `ANALYZE [TRUE | FALSE]` adds to the aspects. */
  readonly explainOption: Rule<[Set<ExplainAspect>], boolean | undefined> = this.RULE(
    "explainOption",
    (aspects: Set<ExplainAspect>): boolean | undefined =>
      this.OR<Alternatives<boolean | undefined>>([
        {
          ALT: () => {
            this.CONSUME(K.FORMAT);
            const word = this.CONSUME(t.Name);
            return this.ACTION(() => {
              const name = word.image.toUpperCase();
              if (name !== "JSON" && name !== "TEXT")
                this.fail(`EXPLAIN has no format ${word.image}`, this.spanFrom(word));
              return name === "JSON";
            });
          },
        },
        {
          ALT: () => {
            const aspect = this.SUBRULE(this.explainAspect);
            let on = true;
            this.OPTION(() =>
              this.OR1([
                { ALT: () => void this.CONSUME(K.TRUE) },
                { ALT: () => (this.CONSUME(K.FALSE), void (on = false)) },
              ]),
            );
            this.ACTION(() => on && aspects.add(aspect));
            return undefined;
          },
        },
      ]),
  );

  readonly explainAspect: Rule<[], ExplainAspect> = this.RULE(
    "explainAspect",
    (): ExplainAspect =>
      this.OR<Alternatives<ExplainAspect>>([
        { ALT: () => (this.CONSUME(K.ANALYZE), "ANALYZE") },
        { ALT: () => (this.CONSUME(K.CHANGELOG), "CHANGELOG") },
        { ALT: () => (this.CONSUME(K.STATE), "STATE") },
        { ALT: () => (this.CONSUME(K.CODE), "CODE") },
        { ALT: () => (this.CONSUME(K.PORTABILITY), "PORTABILITY") },
        { ALT: () => (this.CONSUME(K.ESTIMATED_COST), "ESTIMATED_COST") },
        { ALT: () => (this.CONSUME(K.CHANGELOG_MODE), "CHANGELOG_MODE") },
        { ALT: () => (this.CONSUME(K.VERBOSE), "VERBOSE") },
      ]),
  );

  readonly describe: Rule<[], Statement> = this.RULE("describe", (): Statement => {
    const start = this.LA(1);
    this.OR([{ ALT: () => this.CONSUME(K.DESCRIBE) }, { ALT: () => this.CONSUME(K.DESC) }]);
    const extended = this.OPTION({
      GATE: () => this.sees(t.Word, 2) || this.sees(t.QueryParen, 2),
      DEF: () => this.CONSUME(K.EXTENDED),
    });
    const target = this.OR1<Alternatives<NameOrQuery>>([
      {
        ALT: () => {
          return { kind: "name", name: this.SUBRULE(this.qualifiedName) };
        },
      },
      { ALT: () => this.SUBRULE(this.queryTarget) },
    ]);
    return { kind: "describe", extended: extended !== undefined, target, span: this.spanFrom(start) };
  });

  /** A query with or without parentheses. */
  readonly queryTarget: Rule<[], Extract<NameOrQuery, { kind: "query" }>> = this.RULE(
    "queryTarget",
    (): Extract<NameOrQuery, { kind: "query" }> => ({
      kind: "query",
      query: this.OR<Alternatives<Query>>([
        { ALT: () => this.SUBRULE(this.parenQuery) },
        {
          GATE: () => this.sees(K.SELECT) || this.sees(K.WITH) || this.sees(K.VALUES),
          ALT: () => this.SUBRULE(this.query),
        },
      ]),
    }),
  );

  readonly subscribe: Rule<[], Subscribe> = this.RULE("subscribe", (): Subscribe => {
    const start = this.CONSUME(K.SUBSCRIBE);
    this.OPTION(() => this.CONSUME(K.TO));
    const target = this.OR<Alternatives<NameOrQuery>>([
      { ALT: () => ({ kind: "query", query: this.SUBRULE(this.parenQuery) }) },
      { ALT: () => ({ kind: "name", name: this.SUBRULE(this.qualifiedName) }) },
    ]);
    const upsertKey = this.OPTION1(() => {
      this.CONSUME(K.ENVELOPE);
      this.CONSUME(K.UPSERT);
      this.CONSUME(t.LParen);
      this.CONSUME(K.KEY);
      const key = this.SUBRULE(this.nameList);
      this.CONSUME(t.RParen);
      return key;
    });
    const options = this.OPTION2(() => this.SUBRULE(this.withOptions)) ?? [];
    const asOfEpoch = this.OPTION3(() => {
      this.CONSUME(K.AS);
      this.CONSUME(K.OF);
      this.CONSUME(K.EPOCH);
      return this.SUBRULE(this.expr);
    });
    const upToEpoch = this.OPTION4(() => {
      this.CONSUME(K.UP);
      this.CONSUME1(K.TO);
      this.CONSUME1(K.EPOCH);
      return this.SUBRULE1(this.expr);
    });
    return { kind: "subscribe", target, upsertKey, options, asOfEpoch, upToEpoch, span: this.spanFrom(start) };
  });

  readonly copy: Rule<[], Copy> = this.RULE("copy", (): Copy => {
    const start = this.CONSUME(K.COPY);
    const source = this.OR<Alternatives<Copy["source"]>>([
      { ALT: () => ({ kind: "query", query: this.SUBRULE(this.parenQuery) }) },
      {
        ALT: () => {
          this.CONSUME(t.LParen);
          const subscribe = this.SUBRULE(this.subscribe);
          this.CONSUME(t.RParen);
          return { kind: "subscribe", subscribe };
        },
      },
      {
        ALT: () => {
          const name = this.SUBRULE(this.qualifiedName);
          const columns = this.OPTION(() => this.SUBRULE(this.nameList)) ?? [];
          return { kind: "table", name, columns };
        },
      },
    ]);
    const direction = this.OR1<Alternatives<Copy["direction"]>>([
      { ALT: () => (this.CONSUME(K.TO), this.CONSUME(K.STDOUT), "TO STDOUT") },
      { ALT: () => (this.CONSUME(K.FROM), this.CONSUME(K.STDIN), "FROM STDIN") },
    ]);
    const options =
      this.OPTION1(() => {
        this.OPTION2(() => this.CONSUME(K.WITH));
        return this.SUBRULE(this.copyOptions);
      }) ?? [];
    return { kind: "copy", source, direction, options, span: this.spanFrom(start) };
  });

  /** `[EXECUTE] STATEMENT SET BEGIN .. END`, `BEGIN STATEMENT SET; .. END`; the semicolons inside are part of it. */
  readonly statementSet: Rule<[], Statement> = this.RULE("statementSet", (): Statement => {
    const start = this.LA(1);
    this.OR([
      {
        ALT: () => {
          this.OPTION(() => this.CONSUME(K.EXECUTE));
          this.CONSUME(K.STATEMENT);
          this.CONSUME(K.SET);
          this.CONSUME(K.BEGIN);
        },
      },
      {
        ALT: () => {
          this.CONSUME1(K.BEGIN);
          this.CONSUME1(K.STATEMENT);
          this.CONSUME1(K.SET);
          this.CONSUME(t.Semicolon);
        },
      },
    ]);
    const inserts: Insert[] = [];
    do {
      this.MANY(() => {
        this.part("insert", () => inserts.push(this.SUBRULE(this.insert)));
        this.AT_LEAST_ONE(() => this.CONSUME1(t.Semicolon));
      });
    } while (this.skipOtherStatement());
    this.CONSUME(K.END);
    return { kind: "statementSet", inserts, span: this.spanFrom(start) };
  });

  /** Where something else than INSERT stands in a statement set: the error, up to the semicolon. */
  private skipOtherStatement(): boolean {
    if (this.RECORDING_PHASE || this.sees(K.END) || this.atEnd()) return false;
    this.refuse("insert", "INSERT or END");
    while (this.sees(t.Semicolon)) this.SKIP_TOKEN();
    return true;
  }

  readonly transaction: Rule<[], Transaction> = this.RULE("transaction", (): Transaction => {
    const start = this.LA(1);
    const action = this.OR<Alternatives<Transaction["action"]>>([
      { ALT: () => (this.CONSUME(K.BEGIN), this.SUBRULE(this.transactionWord), "BEGIN") },
      { ALT: () => (this.CONSUME(K.START), this.CONSUME(K.TRANSACTION), "BEGIN") },
      { ALT: () => (this.CONSUME(K.COMMIT), this.SUBRULE1(this.transactionWord), "COMMIT") },
      { ALT: () => (this.CONSUME(K.END), this.SUBRULE3(this.transactionWord), "COMMIT") },
      {
        ALT: () => {
          this.CONSUME(K.ROLLBACK);
          this.SUBRULE2(this.transactionWord);
          return this.OPTION(() => this.CONSUME(K.TO)) === undefined ? "ROLLBACK" : "ROLLBACK TO";
        },
      },
      { ALT: () => (this.CONSUME(K.SAVEPOINT), "SAVEPOINT") },
      { ALT: () => (this.CONSUME(K.RELEASE), "RELEASE") },
    ]);
    const name = this.OPTION1({
      GATE: () => action === "SAVEPOINT" || action === "RELEASE" || action === "ROLLBACK TO",
      DEF: () => {
        this.OPTION2({
          GATE: () => action !== "SAVEPOINT" && this.sees(t.Name, 2),
          DEF: () => this.CONSUME1(K.SAVEPOINT),
        });
        return this.SUBRULE(this.identifier);
      },
    });
    let isolation: Transaction["isolation"];
    let access: Transaction["access"];
    this.MANY({
      GATE: () => action === "BEGIN",
      DEF: () => {
        this.OPTION3(() => this.CONSUME(t.Comma));
        this.OR1([
          { ALT: () => void (isolation = this.SUBRULE(this.isolationLevel)) },
          { ALT: () => void (access = this.SUBRULE(this.accessMode)) },
        ]);
      },
    });
    return { kind: "transaction", action, name, isolation, access, span: this.spanFrom(start) };
  });

  readonly transactionWord: Rule<[], void> = this.RULE("transactionWord", (): void => {
    this.OPTION(() => this.OR([{ ALT: () => this.CONSUME(K.TRANSACTION) }, { ALT: () => this.CONSUME(K.WORK) }]));
  });

  /** DECLARE, FETCH, CLOSE. */
  readonly cursor: Rule<[], Statement> = this.RULE("cursor", (): Statement => {
    const start = this.LA(1);
    return this.OR<Alternatives<Statement>>([
      {
        ALT: () => {
          this.CONSUME(K.DECLARE);
          const name = this.SUBRULE(this.identifier);
          const binary = this.OPTION(() => this.CONSUME(K.BINARY)) !== undefined;
          this.CONSUME(K.CURSOR);
          const hold = this.OPTION1(() => this.SUBRULE(this.hold)) ?? false;
          this.CONSUME(K.FOR);
          const source = this.OR1<Alternatives<Extract<Statement, { kind: "declareCursor" }>["source"]>>([
            { ALT: () => ({ kind: "subscribe", subscribe: this.SUBRULE(this.subscribe) }) },
            { ALT: () => ({ kind: "query", query: this.SUBRULE(this.query) }) },
          ]);
          return { kind: "declareCursor", name, binary, withHold: hold, source, span: this.spanFrom(start) };
        },
      },
      {
        ALT: () => {
          this.CONSUME(K.FETCH);
          const count = this.SUBRULE(this.fetchCount);
          this.OPTION2(() => this.OR2([{ ALT: () => this.CONSUME(K.FROM) }, { ALT: () => this.CONSUME(K.IN) }]));
          const cursor = this.SUBRULE1(this.identifier);
          const options = this.OPTION3(() => this.SUBRULE(this.withOptions)) ?? [];
          return { kind: "fetch", count, cursor, options, span: this.spanFrom(start) };
        },
      },
      {
        ALT: () => {
          this.CONSUME(K.CLOSE);
          return { kind: "closeCursor", name: this.SUBRULE(this.nameOrAll), span: this.spanFrom(start) };
        },
      },
    ]);
  });

  /** `WITH HOLD`, `WITHOUT HOLD`. */
  readonly hold: Rule<[], boolean> = this.RULE("hold", (): boolean => {
    const hold = this.OR([
      { ALT: () => (this.CONSUME(K.WITH), true) },
      { ALT: () => (this.CONSUME(K.WITHOUT), false) },
    ]);
    this.CONSUME(K.HOLD);
    return hold;
  });

  /** `[FORWARD] n`, `ALL`, `NEXT` or nothing (1); undefined: all. */
  readonly fetchCount: Rule<[], number | undefined> = this.RULE("fetchCount", (): number | undefined => {
    let count: number | undefined = 1;
    this.OPTION(() =>
      this.OR([
        { ALT: () => void (count = this.SUBRULE(this.integerValue)) },
        { ALT: () => (this.CONSUME(K.ALL), void (count = undefined)) },
        { ALT: () => void this.CONSUME(K.NEXT) },
      ]),
    );
    return count;
  });

  /** PREPARE, EXECUTE, DEALLOCATE, DISCARD. */
  readonly prepared: Rule<[], Statement> = this.RULE("prepared", (): Statement => {
    const start = this.LA(1);
    return this.OR<Alternatives<Statement>>([
      {
        ALT: () => {
          this.CONSUME(K.PREPARE);
          const name = this.SUBRULE(this.identifier);
          const types: Extract<Statement, { kind: "prepare" }>["types"][number][] = [];
          this.OPTION(() => {
            this.CONSUME(t.LParen);
            this.AT_LEAST_ONE_SEP({ SEP: t.Comma, DEF: () => types.push(this.SUBRULE(this.type)) });
            this.CONSUME(t.RParen);
          });
          this.CONSUME(K.AS);
          const statement = this.SUBRULE(this.statement);
          return { kind: "prepare", name, types, statement, span: this.spanFrom(start) };
        },
      },
      {
        ALT: () => {
          this.CONSUME(K.EXECUTE);
          const name = this.SUBRULE1(this.identifier);
          let args: readonly Expr[] = [];
          this.OPTION1(() => {
            this.CONSUME1(t.LParen);
            args = this.SUBRULE(this.exprList);
            this.CONSUME1(t.RParen);
          });
          return { kind: "execute", name, args, span: this.spanFrom(start) };
        },
      },
      {
        ALT: () => {
          this.CONSUME(K.DEALLOCATE);
          this.OPTION2({ GATE: () => this.sees(t.Word, 2), DEF: () => this.CONSUME1(K.PREPARE) });
          return { kind: "deallocate", name: this.SUBRULE(this.nameOrAll), span: this.spanFrom(start) };
        },
      },
      {
        ALT: () => {
          this.CONSUME(K.DISCARD);
          const what = this.OR1<Alternatives<"ALL" | "PLANS" | "SEQUENCES" | "TEMP">>([
            { ALT: () => (this.CONSUME(K.ALL), "ALL") },
            { ALT: () => (this.CONSUME(K.PLANS), "PLANS") },
            { ALT: () => (this.CONSUME(K.SEQUENCES), "SEQUENCES") },
            { ALT: () => (this.CONSUME(K.TEMP), "TEMP") },
            { ALT: () => (this.CONSUME(K.TEMPORARY), "TEMP") },
          ]);
          return { kind: "discard", what, span: this.spanFrom(start) };
        },
      },
    ]);
  });
}
