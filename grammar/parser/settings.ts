/** Rules of SET, RESET, SHOW, USE and other short statements. */
import type { IToken } from "chevrotain";
import type { ShowObject, SqlOption, Statement, Transaction } from "../../src/sql/ast.ts";
import * as t from "../tokens.ts";
import { type Alternatives, alternatives, type Rule, tokenSpan } from "./base.ts";
import { DefinitionParser } from "./definitions.ts";
import type { Located } from "./options.ts";

const { K } = t;

type SetStatement = Extract<Statement, { kind: "set" }>;

export abstract class SettingParser extends DefinitionParser {
  readonly set: Rule<[], Statement> = this.RULE("set", (): Statement => {
    const start = this.CONSUME(K.SET);
    const scope = this.OPTION({
      GATE: () => !this.sees(t.Equal, 2) && !this.sees(K.TO, 2) && !this.sees(t.Dot, 2),
      DEF: () =>
        this.OR<Alternatives<SetStatement["scope"]>>([
          { ALT: () => (this.CONSUME(K.SESSION), "SESSION") },
          { ALT: () => (this.CONSUME(K.LOCAL), "LOCAL") },
        ]),
    });
    const nothing = tokenSpan(start);
    const pair = this.OPTION1(() =>
      this.OR1({
        MAX_LOOKAHEAD: 1,
        DEF: alternatives<readonly [Located, Located | undefined]>([
          { GATE: () => this.sees(K.ZONE, 2), ALT: () => this.SUBRULE(this.timeZone) },
          {
            GATE: () => this.sees(K.ISOLATION, 2) || this.sees(K.READ, 2),
            ALT: () => this.SUBRULE(this.setTransaction),
          },
          {
            ALT: () => {
              const key = this.SUBRULE(this.key);
              this.OR2([{ ALT: () => this.CONSUME(t.Equal) }, { ALT: () => this.CONSUME(K.TO) }]);
              return [key, this.SUBRULE(this.setValues)];
            },
          },
        ]),
        IGNORE_AMBIGUITIES: true,
      }),
    );
    return this.ACTION(() => ({
      kind: "set" as const,
      scope,
      key: pair?.[0].text,
      keySpan: pair?.[0].span ?? nothing,
      value: pair?.[1]?.text,
      valueSpan: pair?.[1]?.span ?? pair?.[0].span ?? nothing,
      span: this.spanFrom(start),
    }));
  });

  /** `TIME ZONE 'Europe/Berlin'`, `TIME ZONE LOCAL`. */
  readonly timeZone: Rule<[], readonly [Located, Located | undefined]> = this.RULE(
    "timeZone",
    (): readonly [Located, Located | undefined] => {
      const start = this.CONSUME(K.TIME);
      this.CONSUME(K.ZONE);
      const key = { text: "timezone", span: this.spanFrom(start) };
      return [key, this.SUBRULE(this.setValues)];
    },
  );

  readonly setTransaction: Rule<[], readonly [Located, Located | undefined]> = this.RULE(
    "setTransaction",
    (): readonly [Located, Located | undefined] => {
      const start = this.CONSUME(K.TRANSACTION);
      const span = tokenSpan(start);
      return this.OR<Alternatives<readonly [Located, Located | undefined]>>([
        {
          ALT: () => {
            const level = this.SUBRULE(this.isolationLevel);
            return [
              { text: "transaction_isolation", span },
              { text: String(level).toLowerCase(), span: this.spanFrom(start) },
            ];
          },
        },
        {
          ALT: () => {
            const access = this.SUBRULE(this.accessMode);
            return [
              { text: "transaction_read_only", span },
              { text: access === "READ ONLY" ? "on" : "off", span: this.spanFrom(start) },
            ];
          },
        },
      ]);
    },
  );

  /** Values separated by commas; undefined: DEFAULT. */
  readonly setValues: Rule<[], Located | undefined> = this.RULE("setValues", (): Located | undefined => {
    const start = this.LA(1);
    const values: string[] = [];
    this.AT_LEAST_ONE_SEP({ SEP: t.Comma, DEF: () => values.push(this.SUBRULE(this.value).text) });
    const span = this.spanFrom(start);
    return this.ACTION(() =>
      start.tokenType === K.DEFAULT && values.length === 1 ? undefined : { text: values.join(", "), span },
    );
  });

  readonly isolationLevel: Rule<[], Transaction["isolation"]> = this.RULE(
    "isolationLevel",
    (): Transaction["isolation"] => {
      this.CONSUME(K.ISOLATION);
      this.CONSUME(K.LEVEL);
      return this.OR<Alternatives<Transaction["isolation"]>>([
        { ALT: () => (this.CONSUME(K.SERIALIZABLE), "SERIALIZABLE") },
        { ALT: () => (this.CONSUME(K.REPEATABLE), this.CONSUME(K.READ), "REPEATABLE READ") },
        {
          ALT: () => {
            this.CONSUME1(K.READ);
            return this.OR1<Alternatives<Transaction["isolation"]>>([
              { ALT: () => (this.CONSUME(K.COMMITTED), "READ COMMITTED") },
              { ALT: () => (this.CONSUME(K.UNCOMMITTED), "READ UNCOMMITTED") },
            ]);
          },
        },
      ]);
    },
  );

  readonly accessMode: Rule<[], Transaction["access"]> = this.RULE("accessMode", (): Transaction["access"] => {
    this.CONSUME(K.READ);
    return this.OR<Alternatives<Transaction["access"]>>([
      { ALT: () => (this.CONSUME(K.ONLY), "READ ONLY") },
      { ALT: () => (this.CONSUME(K.WRITE), "READ WRITE") },
    ]);
  });

  /** `RESET key`, `RESET ALL`, `RESET`. */
  readonly resetSetting: Rule<[], Statement> = this.RULE("resetSetting", (): Statement => {
    const start = this.CONSUME(K.RESET);
    const key = this.OPTION(() => this.SUBRULE(this.key));
    return this.ACTION(() => {
      const all = key === undefined || key.text.toUpperCase() === "ALL";
      const keySpan = key?.span ?? tokenSpan(start);
      return { kind: "reset" as const, key: all ? undefined : key.text, keySpan, span: this.spanFrom(start) };
    });
  });

  readonly show: Rule<[], Statement> = this.RULE("show", (): Statement => {
    const start = this.CONSUME(K.SHOW);
    return this.OR({
      DEF: alternatives<Statement>([
        {
          ALT: () => {
            this.CONSUME(K.CREATE);
            const object = this.SUBRULE(this.objectType);
            const name = this.SUBRULE(this.qualifiedName);
            return this.ACTION((): Statement => {
              const shown = showObject(`CREATE ${object}`);
              const span = this.spanFrom(start);
              if (shown === undefined) return this.fail(`there is no SHOW CREATE ${object}`, span);
              return { kind: "show", object: shown, setting: undefined, name, like: undefined, span };
            });
          },
        },
        {
          ALT: () => {
            this.CONSUME(K.ALL);
            const span = this.spanFrom(start);
            return { kind: "show", object: "ALL", setting: undefined, name: undefined, like: undefined, span };
          },
        },
        { ALT: () => this.SUBRULE(this.showNamed, { ARGS: [start] }) },
      ]),
      ERR_MSG: "TABLES, VIEWS, QUERIES, CREATE TABLE or the name of a setting",
    });
  });

  /** `SHOW TABLES [FROM x] [LIKE 'p']`, `SHOW MATERIALIZED VIEWS`, `SHOW search_path`. */
  readonly showNamed: Rule<[IToken], Statement> = this.RULE("showNamed", (start: IToken): Statement => {
    const words: string[] = [];
    this.AT_LEAST_ONE(() => words.push(this.SUBRULE(this.dottedName)));
    const name = this.OPTION(() => {
      this.OR([{ ALT: () => this.CONSUME(K.FROM) }, { ALT: () => this.CONSUME(K.IN) }]);
      return this.SUBRULE(this.qualifiedName);
    });
    const like = this.OPTION1(() => (this.CONSUME(K.LIKE), this.SUBRULE(this.stringValue)));
    const span = this.spanFrom(start);
    return this.ACTION(() => {
      const text = words.join(" ");
      const object = showObject(text);
      if (object !== undefined) return { kind: "show" as const, object, setting: undefined, name, like, span };
      const setting = settingName(text);
      if (setting === undefined || name !== undefined || like !== undefined) {
        return this.fail(`there is no SHOW ${text.toUpperCase()}`, span, `there are ${showObjects.join(", ")}`);
      }
      return { kind: "show" as const, object: "SETTING" as const, setting, name, like, span };
    });
  });

  readonly dottedName: Rule<[], string> = this.RULE("dottedName", (): string => {
    const name = this.SUBRULE(this.qualifiedName);
    return this.ACTION(() => name.parts.map((part) => part.name).join("."));
  });

  readonly use: Rule<[], Statement> = this.RULE("use", (): Statement => {
    const start = this.CONSUME(K.USE);
    const object = this.OPTION({
      GATE: () => this.sees(t.Name, 2),
      DEF: () =>
        this.OR<Alternatives<"CATALOG" | "DATABASE" | "SCHEMA">>([
          { ALT: () => (this.CONSUME(K.CATALOG), "CATALOG") },
          { ALT: () => (this.CONSUME(K.DATABASE), "DATABASE") },
          { ALT: () => (this.CONSUME(K.SCHEMA), "SCHEMA") },
        ]),
    });
    const name = this.SUBRULE(this.qualifiedName);
    return { kind: "use", object, name, span: this.spanFrom(start) };
  });

  readonly why: Rule<[], Statement> = this.RULE("why", (): Statement => {
    const start = this.CONSUME(K.WHY);
    return { kind: "why", name: this.SUBRULE(this.qualifiedName), span: this.spanFrom(start) };
  });

  readonly replay: Rule<[], Statement> = this.RULE("replay", (): Statement => {
    const start = this.CONSUME(K.REPLAY);
    return { kind: "replay", table: this.SUBRULE(this.qualifiedName), span: this.spanFrom(start) };
  });

  /** A name, or undefined for ALL. */
  readonly nameOrAll: Rule<[], Extract<Statement, { kind: "closeCursor" }>["name"]> = this.RULE(
    "nameOrAll",
    (): Extract<Statement, { kind: "closeCursor" }>["name"] =>
      this.OR([{ ALT: () => this.SUBRULE(this.identifier) }, { ALT: () => (this.CONSUME(K.ALL), undefined) }]),
  );

  /** `(FORMAT csv, HEADER)`: of COPY, without an equals sign; a word alone is true. */
  readonly copyOptions: Rule<[], readonly SqlOption[]> = this.RULE("copyOptions", (): readonly SqlOption[] => {
    const options: SqlOption[] = [];
    this.CONSUME(t.LParen);
    this.AT_LEAST_ONE_SEP({
      SEP: t.Comma,
      DEF: () => {
        const start = this.LA(1);
        const key = this.SUBRULE(this.key);
        this.OPTION(() => this.CONSUME(t.Equal));
        const value = this.OPTION1(() => this.SUBRULE(this.value));
        const span = this.spanFrom(start);
        this.ACTION(() =>
          options.push({
            key: key.text,
            keySpan: key.span,
            value: value?.text ?? "true",
            valueSpan: value?.span ?? key.span,
            span,
          }),
        );
      },
    });
    this.CONSUME(t.RParen);
    return options;
  });
}

const showObjects: readonly Exclude<ShowObject, "SETTING">[] = [
  ...(["ALL", "TABLES", "SOURCES", "SINKS", "VIEWS", "MATERIALIZED VIEWS", "COLUMNS", "INDEXES", "FUNCTIONS"] as const),
  ...(["CONNECTORS", "QUERIES", "JOBS", "SUBSCRIPTIONS", "WATERMARKS", "ERRORS"] as const),
  ...(["SCHEMAS", "DATABASES", "CATALOGS", "CREATE TABLE", "CREATE SOURCE", "CREATE SINK", "CREATE VIEW"] as const),
  ...(["CREATE MATERIALIZED VIEW", "CREATE FUNCTION"] as const),
];

function showObject(text: string): ShowObject | undefined {
  return showObjects.find((object) => object === text.toUpperCase());
}

/** PostgreSQL's two settings of several words; else one word. */
function settingName(text: string): string | undefined {
  if (/^time zone$/i.test(text)) return "timezone";
  if (/^transaction isolation level$/i.test(text)) return "transaction_isolation";
  return text.includes(" ") ? undefined : text;
}
