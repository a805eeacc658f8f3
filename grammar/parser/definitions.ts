/** Rules of CREATE, DROP and ALTER. */

import type { IToken } from "chevrotain";
import type {
  Alter,
  AlterAction,
  ColumnDef,
  CreateFunction,
  CreateIndex,
  CreateSink,
  CreateTable,
  CreateView,
  Drop,
  Identifier,
  LikeClause,
  ObjectType,
  QualifiedName,
  Statement,
  TableElement,
} from "../../src/sql/ast.ts";
import * as t from "../tokens.ts";
import { type Alternatives, alternatives, type Rule, tokenSpan } from "./base.ts";
import { OptionParser } from "./options.ts";

const { F, K } = t;

interface CreateModifiers {
  readonly start: IToken;
  readonly orReplace: boolean;
  readonly temporary: boolean;
}

interface TableClauses {
  elements: readonly TableElement[];
  comment: string | undefined;
  appendOnly: boolean | undefined;
  partitionedBy: readonly Identifier[] | undefined;
  options: CreateTable["options"] | undefined;
  format: CreateTable["format"];
  like: LikeClause | undefined;
  query: CreateTable["query"];
}

export abstract class DefinitionParser extends OptionParser {
  readonly create: Rule<[], Statement> = this.RULE("create", (): Statement => {
    const start = this.CONSUME(K.CREATE);
    const orReplace = this.OPTION(() => (this.CONSUME(K.OR), this.CONSUME(K.REPLACE))) !== undefined;
    const temporary =
      this.OPTION1(() => this.OR([{ ALT: () => this.CONSUME(K.TEMPORARY) }, { ALT: () => this.CONSUME(K.TEMP) }])) !==
      undefined;
    const modifiers: CreateModifiers = { start, orReplace, temporary };
    return this.OR1({
      DEF: alternatives<Statement>([
        { ALT: () => this.SUBRULE(this.createTable, { ARGS: [modifiers] }) },
        { ALT: () => this.SUBRULE(this.createView, { ARGS: [modifiers] }) },
        { ALT: () => this.SUBRULE(this.createSink, { ARGS: [modifiers] }) },
        { ALT: () => this.SUBRULE(this.createIndex, { ARGS: [modifiers] }) },
        { ALT: () => this.SUBRULE(this.createFunction, { ARGS: [modifiers] }) },
      ]),
      ERR_MSG: "TABLE, SOURCE, VIEW, MATERIALIZED VIEW, SINK, INDEX or FUNCTION",
    });
  });

  readonly ifNotExists: Rule<[], boolean> = this.RULE(
    "ifNotExists",
    (): boolean => this.OPTION(() => (this.CONSUME(K.IF), this.CONSUME(K.NOT), this.CONSUME(K.EXISTS))) !== undefined,
  );

  readonly ifExists: Rule<[], boolean> = this.RULE(
    "ifExists",
    (): boolean =>
      this.OPTION({
        GATE: () => this.sees(K.EXISTS, 2),
        DEF: () => (this.CONSUME(K.IF), this.CONSUME(K.EXISTS)),
      }) !== undefined,
  );

  readonly createTable: Rule<[CreateModifiers], CreateTable> = this.RULE(
    "createTable",
    (modifiers: CreateModifiers): CreateTable => {
      const object = this.OR<Alternatives<CreateTable["object"]>>([
        { ALT: () => (this.CONSUME(K.TABLE), "TABLE") },
        { ALT: () => (this.CONSUME(K.SOURCE), "SOURCE") },
      ]);
      const ifNotExists = this.SUBRULE(this.ifNotExists);
      const name = this.SUBRULE(this.qualifiedName);
      const clauses: TableClauses = {
        elements: [],
        comment: undefined,
        appendOnly: undefined,
        partitionedBy: undefined,
        options: undefined,
        format: undefined,
        like: undefined,
        query: undefined,
      };
      this.OPTION(() => {
        const before = this.errorCount;
        this.CONSUME(t.LParen);
        this.SUBRULE(this.tableElements, { ARGS: [clauses] });
        this.close(before, () => this.CONSUME(t.RParen));
      });
      this.SUBRULE(this.tableClauses, { ARGS: [clauses] });
      return this.ACTION(() => ({
        kind: "createTable" as const,
        object,
        orReplace: modifiers.orReplace,
        temporary: modifiers.temporary,
        ifNotExists,
        name,
        elements: clauses.elements,
        comment: clauses.comment,
        appendOnly: clauses.appendOnly ?? false,
        partitionedBy: clauses.partitionedBy ?? [],
        options: clauses.options ?? [],
        format: clauses.format,
        like: clauses.like,
        query: clauses.query,
        span: this.spanFrom(modifiers.start),
      }));
    },
  );

  /** What follows the columns, each once, in any order. */
  readonly tableClauses: Rule<[TableClauses], void> = this.RULE("tableClauses", (clauses: TableClauses): void => {
    this.MANY(() => {
      const start = this.LA(1);
      const set = <Key extends keyof TableClauses>(key: Key, value: TableClauses[Key]): void =>
        this.ACTION(() => {
          if (clauses[key] !== undefined) this.fail(`${start.image.toUpperCase()} stands twice`, tokenSpan(start));
          clauses[key] = value;
        });
      this.OR([
        { ALT: () => (this.CONSUME(K.COMMENT), set("comment", this.SUBRULE(this.stringValue))) },
        { ALT: () => (this.CONSUME(K.APPEND), this.CONSUME(K.ONLY), set("appendOnly", true)) },
        {
          ALT: () => {
            this.CONSUME(K.PARTITIONED);
            this.CONSUME(K.BY);
            set("partitionedBy", this.SUBRULE(this.nameList));
          },
        },
        { ALT: () => set("options", this.SUBRULE(this.withOptions)) },
        { ALT: () => set("format", this.SUBRULE(this.format)) },
        { ALT: () => set("like", this.SUBRULE(this.like)) },
        { ALT: () => (this.CONSUME(K.AS), set("query", this.SUBRULE(this.query))) },
      ]);
    });
  });

  /** Columns, watermark and keys; a comma may stand at the end. */
  readonly tableElements: Rule<[TableClauses], void> = this.RULE("tableElements", (clauses: TableClauses): void => {
    const elements: TableElement[] = [];
    const add = (element: TableElement | LikeClause): void =>
      this.ACTION(() => {
        if ("kind" in element) elements.push(element);
        else if (clauses.like === undefined) clauses.like = element;
        else this.fail("LIKE stands twice", element.span);
      });
    this.unless(t.RParen, () => {
      this.part("column", () => add(this.SUBRULE(this.tableElement)));
      this.MANY({
        GATE: () => !this.sees(t.RParen, 2),
        DEF: () => {
          this.CONSUME(t.Comma);
          this.part("column", () => add(this.SUBRULE1(this.tableElement)));
        },
      });
      this.OPTION(() => this.CONSUME1(t.Comma));
    });
    this.ACTION(() => {
      clauses.elements = elements;
    });
  });

  readonly tableElement: Rule<[], TableElement | LikeClause> = this.RULE(
    "tableElement",
    (): TableElement | LikeClause => {
      const start = this.LA(1);
      return this.OR({
        DEF: alternatives<TableElement | LikeClause>([
          { ALT: () => this.SUBRULE(this.watermark) },
          { ALT: () => this.SUBRULE(this.like) },
          {
            ALT: () => {
              const constraintName = this.OPTION(() => (this.CONSUME(K.CONSTRAINT), this.SUBRULE(this.identifier)));
              const kind = this.OR1<Alternatives<"primaryKey" | "unique">>([
                { ALT: () => (this.CONSUME(F.PRIMARY), this.CONSUME(K.KEY), "primaryKey") },
                { ALT: () => (this.CONSUME(F.UNIQUE), "unique") },
              ]);
              const columns = this.SUBRULE(this.nameList);
              const notEnforced = this.SUBRULE(this.enforcement);
              return { kind, constraintName, columns, notEnforced, span: this.spanFrom(start) };
            },
          },
          { ALT: () => this.SUBRULE(this.column) },
        ]),
        ERR_MSG: "a column, WATERMARK FOR or PRIMARY KEY",
      });
    },
  );

  /** `[NOT] ENFORCED`: is it NOT? */
  readonly enforcement: Rule<[], boolean> = this.RULE("enforcement", (): boolean => {
    let notEnforced = false;
    this.OPTION(() => {
      this.OPTION1(() => (this.CONSUME(K.NOT), void (notEnforced = true)));
      this.CONSUME(K.ENFORCED);
    });
    return notEnforced;
  });

  readonly watermark: Rule<[], Extract<TableElement, { kind: "watermark" }>> = this.RULE(
    "watermark",
    (): Extract<TableElement, { kind: "watermark" }> => {
      const start = this.CONSUME(F.WATERMARK);
      this.CONSUME(K.FOR);
      const column = this.SUBRULE(this.qualifiedName);
      const expr = this.OPTION(() => (this.CONSUME(K.AS), this.SUBRULE(this.expr)));
      const withTtl = this.OPTION1(() => (this.CONSUME(K.WITH), this.CONSUME(K.TTL))) !== undefined;
      return { kind: "watermark", column, expr, withTtl, span: this.spanFrom(start) };
    },
  );

  readonly column: Rule<[], ColumnDef> = this.RULE("column", (): ColumnDef => {
    const start = this.LA(1);
    const name = this.SUBRULE(this.identifier);
    const type = this.OPTION({ GATE: () => !this.sees(K.AS), DEF: () => this.SUBRULE(this.type) });
    let source: ColumnDef["source"] = { kind: "physical" };
    let notNull = false;
    let primaryKey = false;
    let unique = false;
    let defaultValue: ColumnDef["defaultValue"];
    let lateness: ColumnDef["lateness"];
    let comment: string | undefined;
    this.MANY(() =>
      this.OR([
        { ALT: () => (this.CONSUME(K.AS), void (source = { kind: "computed", expr: this.SUBRULE(this.expr) })) },
        { ALT: () => void (source = this.SUBRULE(this.metadata)) },
        { ALT: () => (this.CONSUME(K.NOT), this.CONSUME(K.NULL), void (notNull = true)) },
        { ALT: () => void this.CONSUME1(K.NULL) },
        {
          ALT: () => {
            this.CONSUME(F.PRIMARY);
            this.CONSUME(K.KEY);
            this.OPTION1(() => (this.CONSUME1(K.NOT), this.CONSUME(K.ENFORCED)));
            primaryKey = true;
          },
        },
        { ALT: () => (this.CONSUME(K.UNIQUE), void (unique = true)) },
        { ALT: () => (this.CONSUME(K.DEFAULT), void (defaultValue = this.SUBRULE1(this.expr))) },
        { ALT: () => (this.CONSUME(K.LATENESS), void (lateness = this.SUBRULE(this.duration))) },
        { ALT: () => (this.CONSUME(K.COMMENT), void (comment = this.SUBRULE(this.stringValue))) },
      ]),
    );
    const span = this.spanFrom(start);
    this.ACTION(() => {
      if (type === undefined && source.kind === "physical") {
        this.fail(`column "${name.name}" needs a type`, span, `write ${name.name} STRING, for example`);
      }
      if (type?.kind === "namedType" && source.kind === "computed" && start.image.toUpperCase() === "WATERMARK") {
        this.fail("WATERMARK needs the word FOR", tokenSpan(start), "write WATERMARK FOR column AS expression");
      }
    });
    return { kind: "column", name, type, source, notNull, primaryKey, unique, defaultValue, lateness, comment, span };
  });

  /** `METADATA [FROM 'key'] [VIRTUAL]`. */
  readonly metadata: Rule<[], ColumnDef["source"]> = this.RULE("metadata", (): ColumnDef["source"] => {
    this.CONSUME(K.METADATA);
    const key = this.OPTION(() => (this.CONSUME(K.FROM), this.SUBRULE(this.stringValue)));
    const virtual = this.OPTION1(() => this.CONSUME(K.VIRTUAL)) !== undefined;
    return { kind: "metadata", key, virtual };
  });

  /** `LIKE t [(INCLUDING ALL, ..)]`. */
  readonly like: Rule<[], LikeClause> = this.RULE("like", (): LikeClause => {
    const start = this.CONSUME(K.LIKE);
    const table = this.SUBRULE(this.qualifiedName);
    const options: LikeClause["options"][number][] = [];
    this.OPTION(() => {
      this.CONSUME(t.LParen);
      this.MANY(() => {
        const action = this.OR<Alternatives<"INCLUDING" | "EXCLUDING" | "OVERWRITING">>([
          { ALT: () => (this.CONSUME(K.INCLUDING), "INCLUDING") },
          { ALT: () => (this.CONSUME(K.EXCLUDING), "EXCLUDING") },
          { ALT: () => (this.CONSUME(K.OVERWRITING), "OVERWRITING") },
        ]);
        const word = this.CONSUME(t.Word);
        this.OPTION1(() => this.CONSUME(t.Comma));
        this.ACTION(() => options.push({ action, what: likeFeature(word) ?? this.failLike(word) }));
      });
      this.CONSUME(t.RParen);
    });
    return { table, options, span: this.spanFrom(start) };
  });

  private failLike(word: IToken): never {
    return this.fail(`LIKE cannot include ${word.image}`, tokenSpan(word), `there are ${likeFeatures.join(", ")}`);
  }

  readonly createView: Rule<[CreateModifiers], CreateView> = this.RULE(
    "createView",
    (modifiers: CreateModifiers): CreateView => {
      const materialized = this.OPTION(() => this.CONSUME(K.MATERIALIZED)) !== undefined;
      this.CONSUME(K.VIEW);
      const ifNotExists = this.SUBRULE(this.ifNotExists);
      const name = this.SUBRULE(this.qualifiedName);
      const columns = this.OPTION1(() => this.SUBRULE(this.nameList)) ?? [];
      const comment = this.OPTION2(() => (this.CONSUME(K.COMMENT), this.SUBRULE(this.stringValue)));
      const options = this.OPTION3(() => this.SUBRULE(this.withOptions)) ?? [];
      this.CONSUME(K.AS);
      const query = this.SUBRULE(this.query);
      return this.ACTION(() => ({
        kind: "createView" as const,
        orReplace: modifiers.orReplace,
        temporary: modifiers.temporary,
        materialized,
        ifNotExists,
        name,
        columns,
        comment,
        options,
        query,
        span: this.spanFrom(modifiers.start),
      }));
    },
  );

  readonly createSink: Rule<[CreateModifiers], CreateSink> = this.RULE(
    "createSink",
    (modifiers: CreateModifiers): CreateSink => {
      const word = this.CONSUME(K.SINK);
      const ifNotExists = this.SUBRULE(this.ifNotExists);
      const name = this.SUBRULE(this.qualifiedName);
      const into = this.OPTION(() => (this.CONSUME(K.INTO), this.SUBRULE1(this.qualifiedName)));
      const input = this.OPTION1(() =>
        this.OR<Alternatives<NonNullable<CreateSink["input"]>>>([
          { ALT: () => (this.CONSUME(K.FROM), { kind: "from", name: this.SUBRULE2(this.qualifiedName) }) },
          { ALT: () => (this.CONSUME(K.AS), { kind: "query", query: this.SUBRULE(this.query) }) },
        ]),
      );
      const options = this.OPTION2(() => this.SUBRULE(this.withOptions)) ?? [];
      const format = this.OPTION3(() => this.SUBRULE(this.format));
      return this.ACTION(() => {
        this.refuseModifiers(modifiers, "SINK", word);
        return {
          kind: "createSink" as const,
          ifNotExists,
          name,
          into,
          input,
          options,
          format,
          span: this.spanFrom(modifiers.start),
        };
      });
    },
  );

  private refuseModifiers(modifiers: CreateModifiers, object: string, word: IToken): void {
    if (modifiers.orReplace) this.fail(`CREATE OR REPLACE ${object} does not exist`, tokenSpan(word), "DROP it first");
    if (modifiers.temporary) this.fail(`there is no TEMPORARY ${object}`, tokenSpan(word));
  }

  readonly createIndex: Rule<[CreateModifiers], CreateIndex> = this.RULE(
    "createIndex",
    (modifiers: CreateModifiers): CreateIndex => {
      const unique = this.OPTION(() => this.CONSUME(K.UNIQUE)) !== undefined;
      const word = this.CONSUME(K.INDEX);
      const ifNotExists = this.SUBRULE(this.ifNotExists);
      const name = this.OPTION1(() => this.SUBRULE(this.identifier));
      this.CONSUME(K.ON);
      const table = this.SUBRULE(this.qualifiedName);
      this.CONSUME(t.LParen);
      const columns = this.SUBRULE(this.orderItems);
      this.CONSUME(t.RParen);
      const include = this.OPTION2(() => (this.CONSUME(K.INCLUDE), this.SUBRULE(this.nameList))) ?? [];
      return this.ACTION(() => {
        this.refuseModifiers(modifiers, "INDEX", word);
        const span = this.spanFrom(modifiers.start);
        return { kind: "createIndex" as const, unique, ifNotExists, name, table, columns, include, span };
      });
    },
  );

  /** `CREATE FUNCTION f [(a INT, ..)] [RETURNS type] [LANGUAGE l] AS 'body'`, LANGUAGE before or after AS. */
  readonly createFunction: Rule<[CreateModifiers], CreateFunction> = this.RULE(
    "createFunction",
    (modifiers: CreateModifiers): CreateFunction => {
      this.CONSUME(K.FUNCTION);
      const ifNotExists = this.SUBRULE(this.ifNotExists);
      const name = this.SUBRULE(this.qualifiedName);
      const parameters: CreateFunction["parameters"][number][] = [];
      this.OPTION(() => {
        this.CONSUME(t.LParen);
        this.MANY_SEP({
          SEP: t.Comma,
          DEF: () => {
            const parameter = this.OPTION1({
              GATE: () => ![t.Comma, t.RParen, t.LParen, t.Dot].some((type) => this.sees(type, 2)),
              DEF: () => this.SUBRULE(this.identifier),
            });
            parameters.push({ name: parameter, type: this.SUBRULE(this.type) });
          },
        });
        this.CONSUME(t.RParen);
      });
      const returns = this.OPTION2(() => (this.CONSUME(K.RETURNS), this.SUBRULE1(this.type)));
      const before = this.OPTION3(() => (this.CONSUME(K.LANGUAGE), this.SUBRULE1(this.identifier)));
      this.CONSUME(K.AS);
      const body = this.SUBRULE(this.stringValue);
      const after = this.OPTION4(() => (this.CONSUME1(K.LANGUAGE), this.SUBRULE2(this.identifier)));
      return this.ACTION(() => ({
        kind: "createFunction" as const,
        orReplace: modifiers.orReplace,
        temporary: modifiers.temporary,
        ifNotExists,
        name,
        parameters,
        returns,
        language: after ?? before,
        body,
        span: this.spanFrom(modifiers.start),
      }));
    },
  );

  readonly objectType: Rule<[], ObjectType> = this.RULE(
    "objectType",
    (): ObjectType =>
      this.OR({
        DEF: alternatives<ObjectType>([
          { ALT: () => (this.CONSUME(K.TABLE), "TABLE") },
          { ALT: () => (this.CONSUME(K.SOURCE), "SOURCE") },
          { ALT: () => (this.CONSUME(K.SINK), "SINK") },
          { ALT: () => (this.CONSUME(K.VIEW), "VIEW") },
          { ALT: () => (this.CONSUME(K.MATERIALIZED), this.CONSUME1(K.VIEW), "MATERIALIZED VIEW") },
          { ALT: () => (this.CONSUME(K.INDEX), "INDEX") },
          { ALT: () => (this.CONSUME(K.FUNCTION), "FUNCTION") },
          { ALT: () => (this.CONSUME(K.QUERY), "QUERY") },
          { ALT: () => (this.CONSUME(K.SCHEMA), "SCHEMA") },
          { ALT: () => (this.CONSUME(K.DATABASE), "DATABASE") },
          { ALT: () => (this.CONSUME(K.CATALOG), "CATALOG") },
        ]),
        ERR_MSG: "TABLE, SOURCE, SINK, VIEW, MATERIALIZED VIEW, INDEX, FUNCTION or QUERY",
      }),
  );

  readonly drop: Rule<[], Drop> = this.RULE("drop", (): Drop => {
    const start = this.CONSUME(K.DROP);
    const temporary = this.OPTION(() => this.CONSUME(K.TEMPORARY)) !== undefined;
    const object = this.SUBRULE(this.objectType);
    const ifExists = this.SUBRULE(this.ifExists);
    const names: QualifiedName[] = [];
    this.AT_LEAST_ONE_SEP({ SEP: t.Comma, DEF: () => names.push(this.SUBRULE(this.qualifiedName)) });
    let cascade = false;
    this.OPTION1(() =>
      this.OR([
        { ALT: () => (this.CONSUME(K.CASCADE), void (cascade = true)) },
        { ALT: () => void this.CONSUME(K.RESTRICT) },
      ]),
    );
    return { kind: "drop", object, temporary, ifExists, names, cascade, span: this.spanFrom(start) };
  });

  readonly alter: Rule<[], Alter> = this.RULE("alter", (): Alter => {
    const start = this.CONSUME(K.ALTER);
    const object = this.SUBRULE(this.objectType);
    const ifExists = this.SUBRULE(this.ifExists);
    const name = this.SUBRULE(this.qualifiedName);
    const action = this.OR({
      DEF: alternatives<AlterAction>([
        { ALT: () => this.SUBRULE(this.alterRename) },
        { ALT: () => this.SUBRULE(this.alterSet) },
        { ALT: () => this.SUBRULE(this.alterReset) },
        { ALT: () => this.SUBRULE(this.alterAdd) },
        { ALT: () => (this.CONSUME(K.MODIFY), { kind: "modify", columns: this.SUBRULE(this.columns) }) },
        { ALT: () => this.SUBRULE(this.alterDrop) },
        { ALT: () => (this.CONSUME(K.SUSPEND), { kind: "suspend" }) },
        { ALT: () => (this.CONSUME(K.RESUME), { kind: "resume" }) },
        { ALT: () => (this.CONSUME(K.AS), { kind: "asQuery", query: this.SUBRULE(this.query) }) },
      ]),
      ERR_MSG: "RENAME, SET, RESET, ADD, MODIFY, DROP, SUSPEND, RESUME or AS",
    });
    return { kind: "alter", object, ifExists, name, action, span: this.spanFrom(start) };
  });

  /** `RENAME TO name`, `RENAME [COLUMN] a TO b`. */
  readonly alterRename: Rule<[], AlterAction> = this.RULE("alterRename", (): AlterAction => {
    this.CONSUME(K.RENAME);
    return this.OR<Alternatives<AlterAction>>([
      { ALT: () => (this.CONSUME(K.TO), { kind: "rename", to: this.SUBRULE(this.qualifiedName) }) },
      {
        ALT: () => {
          this.OPTION({ GATE: () => !this.sees(K.TO, 2), DEF: () => this.CONSUME(K.COLUMN) });
          const from = this.SUBRULE(this.identifier);
          this.CONSUME1(K.TO);
          return { kind: "renameColumn", from, to: this.SUBRULE1(this.identifier) };
        },
      },
    ]);
  });

  /** `SET ('k' = 'v')`, `SET parallelism = 4`, `SET key TO value`. */
  readonly alterSet: Rule<[], AlterAction> = this.RULE("alterSet", (): AlterAction => {
    this.CONSUME(K.SET);
    return this.OR<Alternatives<AlterAction>>([
      { ALT: () => ({ kind: "setOptions", options: this.SUBRULE(this.options) }) },
      {
        ALT: () => {
          const key = this.SUBRULE(this.key);
          this.OR1([{ ALT: () => this.CONSUME(t.Equal) }, { ALT: () => this.CONSUME(K.TO) }]);
          const value = this.SUBRULE(this.value);
          return { kind: "setParameter", key: key.text, value: value.text };
        },
      },
    ]);
  });

  readonly alterReset: Rule<[], AlterAction> = this.RULE("alterReset", (): AlterAction => {
    const keys: string[] = [];
    this.CONSUME(K.RESET);
    this.CONSUME(t.LParen);
    this.AT_LEAST_ONE_SEP({ SEP: t.Comma, DEF: () => keys.push(this.SUBRULE(this.key).text) });
    this.CONSUME(t.RParen);
    return { kind: "resetOptions", keys };
  });

  readonly alterAdd: Rule<[], AlterAction> = this.RULE("alterAdd", (): AlterAction => {
    this.CONSUME(K.ADD);
    return this.OR<Alternatives<AlterAction>>([
      { ALT: () => ({ kind: "addWatermark", watermark: this.SUBRULE(this.watermark) }) },
      { ALT: () => ({ kind: "add", columns: this.SUBRULE(this.columns) }) },
    ]);
  });

  readonly alterDrop: Rule<[], AlterAction> = this.RULE("alterDrop", (): AlterAction => {
    this.CONSUME(K.DROP);
    return this.OR({
      MAX_LOOKAHEAD: 1,
      DEF: alternatives<AlterAction>([
        {
          GATE: () => !this.sees(t.Name, 2),
          ALT: () => (this.CONSUME(K.WATERMARK), { kind: "dropWatermark" }),
        },
        {
          ALT: () => {
            this.OPTION({ GATE: () => this.sees(t.Name, 2), DEF: () => this.CONSUME(K.COLUMN) });
            return { kind: "dropColumn", column: this.SUBRULE(this.identifier) };
          },
        },
      ]),
      IGNORE_AMBIGUITIES: true,
    });
  });

  /** `[COLUMN] c INT` or `(c INT, d STRING)`. */
  readonly columns: Rule<[], readonly ColumnDef[]> = this.RULE("columns", (): readonly ColumnDef[] => {
    const columns: ColumnDef[] = [];
    this.OR([
      {
        ALT: () => {
          this.CONSUME(t.LParen);
          this.AT_LEAST_ONE_SEP({ SEP: t.Comma, DEF: () => columns.push(this.SUBRULE(this.column)) });
          this.CONSUME(t.RParen);
        },
      },
      {
        ALT: () => {
          this.OPTION({ GATE: () => this.sees(t.Name, 2) && this.sees(t.Name, 3), DEF: () => this.CONSUME(K.COLUMN) });
          columns.push(this.SUBRULE1(this.column));
        },
      },
    ]);
    return columns;
  });
}

const likeFeatures = [
  "ALL",
  "CONSTRAINTS",
  "GENERATED",
  "METADATA",
  "OPTIONS",
  "PARTITIONS",
  "WATERMARKS",
  "DISTRIBUTION",
] as const;

function likeFeature(word: IToken): LikeClause["options"][number]["what"] | undefined {
  return likeFeatures.find((feature) => feature === word.image.toUpperCase());
}
