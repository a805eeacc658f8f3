/** Random statements. */
import type {
  Alter,
  AlterAction,
  ColumnDef,
  ColumnSource,
  Copy,
  CreateTable,
  Explain,
  FormatEncode,
  Insert,
  ObjectType,
  Show,
  ShowObject,
  SqlOption,
  Statement,
  Subscribe,
  TableElement,
  Transaction,
  WatermarkDef,
} from "../../../src/sql/ast.ts";
import { Queries } from "./queries.ts";
import { Source, span } from "./source.ts";
import { randomType } from "./types.ts";

type Makers<Node extends { kind: string }> = { readonly [K in Node["kind"]]: () => Extract<Node, { kind: K }> };

const aspects: Readonly<Record<Explain["aspects"][number], true>> = {
  ANALYZE: true,
  CHANGELOG: true,
  STATE: true,
  CODE: true,
  PORTABILITY: true,
  ESTIMATED_COST: true,
  CHANGELOG_MODE: true,
  VERBOSE: true,
};
const objects: Readonly<Record<ObjectType, true>> = {
  TABLE: true,
  SOURCE: true,
  SINK: true,
  VIEW: true,
  "MATERIALIZED VIEW": true,
  INDEX: true,
  FUNCTION: true,
  QUERY: true,
  SCHEMA: true,
  DATABASE: true,
  CATALOG: true,
};
/** What may follow: a list may have FROM and LIKE. */
const shown: Readonly<Record<ShowObject, "alone" | "list" | "name" | "setting">> = {
  ALL: "alone",
  TABLES: "list",
  SOURCES: "list",
  SINKS: "list",
  VIEWS: "list",
  "MATERIALIZED VIEWS": "list",
  COLUMNS: "list",
  INDEXES: "list",
  FUNCTIONS: "list",
  CONNECTORS: "list",
  QUERIES: "list",
  JOBS: "list",
  SUBSCRIPTIONS: "list",
  WATERMARKS: "list",
  ERRORS: "list",
  SCHEMAS: "list",
  DATABASES: "list",
  CATALOGS: "list",
  "CREATE TABLE": "name",
  "CREATE SOURCE": "name",
  "CREATE SINK": "name",
  "CREATE VIEW": "name",
  "CREATE MATERIALIZED VIEW": "name",
  "CREATE FUNCTION": "name",
  SETTING: "setting",
};
const likeFeatures = [
  ...(["ALL", "CONSTRAINTS", "GENERATED", "METADATA", "OPTIONS", "PARTITIONS", "WATERMARKS", "DISTRIBUTION"] as const),
];
const levels = ["SERIALIZABLE", "REPEATABLE READ", "READ COMMITTED", "READ UNCOMMITTED"] as const;

/** The keys of a closed record. */
const keysOf = <K extends string>(record: Readonly<Record<K, unknown>>): readonly K[] =>
  // Object.keys forgets its keys.
  Object.keys(record) as K[];

class Statements {
  private readonly g: Source;
  private readonly queries: Queries;

  constructor(g: Source) {
    this.g = g;
    this.queries = new Queries(g);
  }

  statement(): Statement {
    const makers: Makers<Statement> = {
      ...this.definitions(),
      ...this.changes(),
      ...this.commands(),
      ...this.sessions(),
    };
    return this.g.chance(40) ? makers.queryStatement() : this.g.oneOf<Statement>(makers);
  }

  private expr() {
    return this.queries.exprs.expr();
  }

  private options(): readonly SqlOption[] {
    const { g } = this;
    return g.some(() => ({ key: g.text(), keySpan: span, value: g.text(), valueSpan: span, span }));
  }

  private format(): FormatEncode {
    const word = (): string => this.g.pick(["PLAIN", "JSON", "UPSERT", "CSV"]);
    return { format: word(), encode: word(), options: this.options(), span };
  }

  // ---- CREATE and ALTER ----

  private definitions() {
    const { g, queries } = this;
    const query = () => queries.query();
    const definitions = {
      queryStatement: () => ({ kind: "queryStatement", query: query(), span }),
      createTable: () => this.createTable(),
      createView: () => ({
        kind: "createView",
        orReplace: g.flag(),
        temporary: g.flag(),
        materialized: g.flag(),
        ifNotExists: g.flag(),
        name: g.qualified(),
        columns: g.names(),
        comment: g.maybe(() => g.text()),
        options: this.options(),
        query: query(),
        span,
      }),
      createSink: () => {
        const from = () => ({ kind: "from" as const, name: g.qualified() });
        const input = g.maybe(() => (g.flag() ? from() : { kind: "query" as const, query: query() }), 70);
        return {
          kind: "createSink",
          ifNotExists: g.flag(),
          name: g.qualified(),
          into: g.maybe(() => g.qualified()),
          input,
          options: this.options(),
          format: g.maybe(() => this.format()),
          span,
        };
      },
      createIndex: () => ({
        kind: "createIndex",
        unique: g.flag(),
        ifNotExists: g.flag(),
        name: g.maybe(() => g.name()),
        table: g.qualified(),
        columns: queries.exprs.orderItems(1),
        include: g.names(),
        span,
      }),
      createFunction: () => ({
        kind: "createFunction",
        orReplace: g.flag(),
        temporary: g.flag(),
        ifNotExists: g.flag(),
        name: g.qualified(),
        parameters: g.some(() => ({ name: g.maybe(() => g.name()), type: randomType(g) })),
        returns: g.maybe(() => randomType(g)),
        language: g.maybe(() => g.name()),
        body: g.text(),
        span,
      }),
      alter: () => this.alter(),
      drop: () => ({
        kind: "drop",
        object: g.pick(keysOf(objects)),
        temporary: g.flag(),
        ifExists: g.flag(),
        names: g.some(() => g.qualified(), 1),
        cascade: g.flag(),
        span,
      }),
    } as const satisfies Partial<Makers<Statement>>;
    return definitions;
  }

  private createTable(): CreateTable {
    const { g } = this;
    const like = () => ({
      table: g.qualified(),
      options: g.some(() => ({
        action: g.pick(["INCLUDING", "EXCLUDING", "OVERWRITING"] as const),
        what: g.pick(likeFeatures),
      })),
      span,
    });
    return {
      kind: "createTable",
      object: g.pick(["TABLE", "SOURCE"] as const),
      orReplace: g.flag(),
      temporary: g.flag(),
      ifNotExists: g.flag(),
      name: g.qualified(),
      elements: g.some(() => this.element()),
      comment: g.maybe(() => g.text()),
      appendOnly: g.flag(),
      partitionedBy: g.names(),
      options: this.options(),
      format: g.maybe(() => this.format()),
      like: g.maybe(like),
      query: g.maybe(() => this.queries.query()),
      span,
    };
  }

  private element(): TableElement {
    const { g } = this;
    const constraint = () => ({
      constraintName: g.maybe(() => g.name()),
      columns: g.names(1),
      notEnforced: g.flag(),
      span,
    });
    const makers: Makers<TableElement> = {
      column: () => this.column(),
      watermark: () => this.watermark(),
      primaryKey: () => ({ kind: "primaryKey", ...constraint() }),
      unique: () => ({ kind: "unique", ...constraint() }),
    };
    return g.chance(60) ? makers.column() : g.oneOf<TableElement>(makers);
  }

  private watermark(): WatermarkDef {
    const { g } = this;
    return { kind: "watermark", column: g.qualified(), expr: g.maybe(() => this.expr()), withTtl: g.flag(), span };
  }

  private column(): ColumnDef {
    const { g } = this;
    const makers: Makers<ColumnSource> = {
      physical: () => ({ kind: "physical" }),
      computed: () => ({ kind: "computed", expr: this.expr() }),
      metadata: () => ({ kind: "metadata", key: g.maybe(() => g.text()), virtual: g.flag() }),
    };
    const source = g.oneOf<ColumnSource>(makers);
    return {
      kind: "column",
      name: g.name(),
      type: source.kind === "computed" && g.flag() ? undefined : randomType(g),
      source,
      notNull: g.flag(),
      primaryKey: g.flag(),
      unique: g.flag(),
      defaultValue: g.maybe(() => this.expr()),
      lateness: g.maybe(() => this.expr()),
      comment: g.maybe(() => g.text()),
      span,
    };
  }

  private alter(): Alter {
    const { g } = this;
    const columns = () => g.some(() => this.column(), 1);
    const makers: Makers<AlterAction> = {
      rename: () => ({ kind: "rename", to: g.qualified() }),
      renameColumn: () => ({ kind: "renameColumn", from: g.name(), to: g.name() }),
      setOptions: () => ({ kind: "setOptions", options: this.options() }),
      resetOptions: () => ({ kind: "resetOptions", keys: g.some(() => g.text(), 1) }),
      setParameter: () => ({ kind: "setParameter", key: g.text(), value: g.text() }),
      add: () => ({ kind: "add", columns: columns() }),
      modify: () => ({ kind: "modify", columns: columns() }),
      dropColumn: () => ({ kind: "dropColumn", column: g.name() }),
      addWatermark: () => ({ kind: "addWatermark", watermark: this.watermark() }),
      dropWatermark: () => ({ kind: "dropWatermark" }),
      suspend: () => ({ kind: "suspend" }),
      resume: () => ({ kind: "resume" }),
      asQuery: () => ({ kind: "asQuery", query: this.queries.query() }),
    };
    const action = g.oneOf<AlterAction>(makers);
    return { kind: "alter", object: g.pick(keysOf(objects)), ifExists: g.flag(), name: g.qualified(), action, span };
  }

  // ---- Rows ----

  private changes() {
    const { g } = this;
    const assignments = () => g.some(() => ({ column: g.qualified(), value: this.expr() }), 1);
    const where = () => g.maybe(() => this.expr(), 50);
    const changes = {
      insert: () => this.insert(),
      statementSet: () => ({ kind: "statementSet", inserts: g.some(() => this.insert()), span }),
      update: () => ({
        kind: "update",
        table: g.qualified(),
        alias: g.maybe(() => g.name()),
        assignments: assignments(),
        where: where(),
        span,
      }),
      delete: () => ({ kind: "delete", table: g.qualified(), alias: g.maybe(() => g.name()), where: where(), span }),
      truncate: () => ({ kind: "truncate", tables: g.some(() => g.qualified(), 1), span }),
      subscribe: () => this.subscribe(),
      copy: () => this.copy(),
    } as const satisfies Partial<Makers<Statement>>;
    return changes;
  }

  private insert(): Insert {
    const { g } = this;
    const onConflict = () => ({
      target: g.names(),
      assignments: g.some(() => ({ column: g.qualified(), value: this.expr() })),
      span,
    });
    return {
      kind: "insert",
      overwrite: g.flag(),
      table: g.qualified(),
      columns: g.names(),
      query: this.queries.query(),
      onConflict: g.maybe(onConflict, 15),
      returning: g.chance(15) ? g.some(() => this.queries.item()) : [],
      span,
    };
  }

  private target(): Subscribe["target"] {
    const makers: Makers<Subscribe["target"]> = {
      name: () => ({ kind: "name", name: this.g.qualified() }),
      query: () => ({ kind: "query", query: this.queries.query() }),
    };
    return this.g.oneOf<Subscribe["target"]>(makers);
  }

  private subscribe(): Subscribe {
    const { g } = this;
    return {
      kind: "subscribe",
      target: this.target(),
      upsertKey: g.maybe(() => g.names(1)),
      options: this.options(),
      asOfEpoch: g.maybe(() => this.expr()),
      upToEpoch: g.maybe(() => this.expr()),
      span,
    };
  }

  private copy(): Copy {
    const { g } = this;
    const makers: Makers<Copy["source"]> = {
      subscribe: () => ({ kind: "subscribe", subscribe: this.subscribe() }),
      query: () => ({ kind: "query", query: this.queries.query() }),
      table: () => ({ kind: "table", name: g.qualified(), columns: g.names() }),
    };
    const direction = g.pick(["TO STDOUT", "FROM STDIN"] as const);
    return { kind: "copy", source: g.oneOf<Copy["source"]>(makers), direction, options: this.options(), span };
  }

  // ---- Commands ----

  private commands() {
    const { g } = this;
    const commands = {
      explain: () => ({
        kind: "explain",
        aspects: [...new Set(g.some(() => g.pick(keysOf(aspects))))].sort(),
        format: g.pick(["TEXT", "JSON"] as const),
        statement: this.statement(),
        span,
      }),
      show: () => this.show(),
      describe: () => ({ kind: "describe", extended: g.flag(), target: this.target(), span }),
      set: () => {
        const key = g.maybe(() => g.text(), 80);
        const value = key === undefined ? undefined : g.maybe(() => g.text(), 80);
        const scope = g.maybe(() => g.pick(["SESSION", "LOCAL"] as const));
        return { kind: "set", scope, key, keySpan: span, value, valueSpan: span, span };
      },
      reset: () => ({ kind: "reset", key: g.maybe(() => g.text()), keySpan: span, span }),
      use: () => ({
        kind: "use",
        object: g.maybe(() => g.pick(["CATALOG", "DATABASE", "SCHEMA"] as const)),
        name: g.qualified(),
        span,
      }),
      why: () => ({ kind: "why", name: g.qualified(), span }),
      replay: () => ({ kind: "replay", table: g.qualified(), span }),
      discard: () => ({ kind: "discard", what: g.pick(["ALL", "PLANS", "SEQUENCES", "TEMP"] as const), span }),
    } as const satisfies Partial<Makers<Statement>>;
    return commands;
  }

  private show(): Show {
    const { g } = this;
    const object = g.pick(keysOf(shown));
    const form = shown[object];
    return {
      kind: "show",
      object,
      setting: form === "setting" ? g.pick(["search_path", "server_version", "a.b"]) : undefined,
      name: form === "name" ? g.qualified() : form === "list" ? g.maybe(() => g.qualified()) : undefined,
      like: form === "list" ? g.maybe(() => g.text()) : undefined,
      span,
    };
  }

  // ---- Sessions ----

  private sessions() {
    const { g } = this;
    const sessions = {
      transaction: () => this.transaction(),
      declareCursor: () => ({
        kind: "declareCursor",
        name: g.name(),
        binary: g.flag(),
        withHold: g.flag(),
        source: g.flag()
          ? { kind: "query", query: this.queries.query() }
          : { kind: "subscribe", subscribe: this.subscribe() },
        span,
      }),
      fetch: () => ({
        kind: "fetch",
        count: g.maybe(() => g.integer(), 70),
        cursor: g.name(),
        options: this.options(),
        span,
      }),
      closeCursor: () => ({ kind: "closeCursor", name: g.maybe(() => g.name(), 70), span }),
      prepare: () => ({
        kind: "prepare",
        name: g.name(),
        types: g.some(() => randomType(g)),
        statement: this.statement(),
        span,
      }),
      execute: () => ({ kind: "execute", name: g.name(), args: this.queries.exprs.exprs(), span }),
      deallocate: () => ({ kind: "deallocate", name: g.maybe(() => g.name(), 70), span }),
    } as const satisfies Partial<Makers<Statement>>;
    return sessions;
  }

  private transaction(): Transaction {
    const { g } = this;
    const action = g.pick(["BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "ROLLBACK TO"] as const);
    const isNamed = action === "SAVEPOINT" || action === "RELEASE" || action === "ROLLBACK TO";
    const isBegin = action === "BEGIN";
    return {
      kind: "transaction",
      action,
      name: isNamed ? g.name() : undefined,
      isolation: isBegin ? g.maybe(() => g.pick(levels)) : undefined,
      access: isBegin ? g.maybe(() => g.pick(["READ ONLY", "READ WRITE"] as const)) : undefined,
      span,
    };
  }
}

/** The statement of a seed. */
export function randomStatement(seed: number): Statement {
  return new Statements(new Source(seed)).statement();
}
