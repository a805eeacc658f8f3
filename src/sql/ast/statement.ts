/** The AST of statements other than tables (ast/table.ts): what a file, psql or the library may send. */
import type { Span } from "../../base/value.ts";
import type { Identifier, QualifiedName } from "./name.ts";
import type { Expr, OrderItem, Query, SelectItem } from "./query.ts";
import type { ColumnDef, CreateTable, FormatEncode, SqlOption, WatermarkDef } from "./table.ts";
import type { TypeNode } from "./type.ts";

export type Statement =
  | QueryStatement
  | CreateTable
  | CreateView
  | CreateSink
  | CreateIndex
  | CreateFunction
  | Drop
  | Alter
  | Insert
  | StatementSet
  | Update
  | Delete
  | Truncate
  | Explain
  | Show
  | Describe
  | SetStatement
  | Reset
  | Use
  | Subscribe
  | Copy
  | Why
  | Replay
  | Transaction
  | DeclareCursor
  | Fetch
  | CloseCursor
  | Prepare
  | Execute
  | Deallocate
  | Discard;

export interface QueryStatement {
  readonly kind: "queryStatement";
  readonly query: Query;
  readonly span: Span;
}

export interface CreateView {
  readonly kind: "createView";
  readonly orReplace: boolean;
  readonly temporary: boolean;
  readonly materialized: boolean;
  readonly ifNotExists: boolean;
  readonly name: QualifiedName;
  readonly columns: readonly Identifier[];
  readonly comment: string | undefined;
  readonly options: readonly SqlOption[];
  readonly query: Query;
  readonly span: Span;
}

export interface CreateSink {
  readonly kind: "createSink";
  readonly ifNotExists: boolean;
  readonly name: QualifiedName;
  /** `CREATE SINK s INTO t`: the table written to. */
  readonly into: QualifiedName | undefined;
  readonly input:
    | { readonly kind: "from"; readonly name: QualifiedName }
    | { readonly kind: "query"; readonly query: Query }
    /** A table to be written by INSERT INTO. */
    | undefined;
  readonly options: readonly SqlOption[];
  readonly format: FormatEncode | undefined;
  readonly span: Span;
}

export interface CreateIndex {
  readonly kind: "createIndex";
  readonly unique: boolean;
  readonly ifNotExists: boolean;
  readonly name: Identifier | undefined;
  readonly table: QualifiedName;
  readonly columns: readonly OrderItem[];
  readonly include: readonly Identifier[];
  readonly span: Span;
}

export interface CreateFunction {
  readonly kind: "createFunction";
  readonly orReplace: boolean;
  readonly temporary: boolean;
  readonly ifNotExists: boolean;
  readonly name: QualifiedName;
  readonly parameters: readonly { readonly name: Identifier | undefined; readonly type: TypeNode }[];
  readonly returns: TypeNode | undefined;
  readonly language: Identifier | undefined;
  readonly body: string;
  readonly span: Span;
}

export type ObjectType =
  | "TABLE"
  | "SOURCE"
  | "SINK"
  | "VIEW"
  | "MATERIALIZED VIEW"
  | "INDEX"
  | "FUNCTION"
  | "QUERY"
  | "SCHEMA"
  | "DATABASE"
  | "CATALOG";

export interface Drop {
  readonly kind: "drop";
  readonly object: ObjectType;
  readonly temporary: boolean;
  readonly ifExists: boolean;
  readonly names: readonly QualifiedName[];
  readonly cascade: boolean;
  readonly span: Span;
}

export interface Alter {
  readonly kind: "alter";
  readonly object: ObjectType;
  readonly ifExists: boolean;
  readonly name: QualifiedName;
  readonly action: AlterAction;
  readonly span: Span;
}

export type AlterAction =
  | { readonly kind: "rename"; readonly to: QualifiedName }
  | { readonly kind: "renameColumn"; readonly from: Identifier; readonly to: Identifier }
  | { readonly kind: "setOptions"; readonly options: readonly SqlOption[] }
  | { readonly kind: "resetOptions"; readonly keys: readonly string[] }
  /** `SET PARALLELISM = 4`, `SET key TO value`. */
  | { readonly kind: "setParameter"; readonly key: string; readonly value: string }
  | { readonly kind: "add"; readonly columns: readonly ColumnDef[] }
  | { readonly kind: "modify"; readonly columns: readonly ColumnDef[] }
  | { readonly kind: "dropColumn"; readonly column: Identifier }
  | { readonly kind: "addWatermark"; readonly watermark: WatermarkDef }
  | { readonly kind: "dropWatermark" }
  | { readonly kind: "suspend" }
  | { readonly kind: "resume" }
  | { readonly kind: "asQuery"; readonly query: Query };

export interface Insert {
  readonly kind: "insert";
  readonly overwrite: boolean;
  readonly table: QualifiedName;
  readonly columns: readonly Identifier[];
  /** VALUES are a query whose body is of kind "values". */
  readonly query: Query;
  /** ON CONFLICT and RETURNING parse so that they are refused by name. No assignments: DO NOTHING. */
  readonly onConflict:
    | { readonly target: readonly Identifier[]; readonly assignments: readonly Assignment[]; readonly span: Span }
    | undefined;
  readonly returning: readonly SelectItem[];
  readonly span: Span;
}

/** `EXECUTE STATEMENT SET BEGIN .. END` and `BEGIN STATEMENT SET; .. END`. */
export interface StatementSet {
  readonly kind: "statementSet";
  readonly inserts: readonly Insert[];
  readonly span: Span;
}

export interface Update {
  readonly kind: "update";
  readonly table: QualifiedName;
  readonly alias: Identifier | undefined;
  readonly assignments: readonly Assignment[];
  readonly where: Expr | undefined;
  readonly span: Span;
}

export interface Assignment {
  readonly column: QualifiedName;
  readonly value: Expr;
}

export interface Delete {
  readonly kind: "delete";
  readonly table: QualifiedName;
  readonly alias: Identifier | undefined;
  readonly where: Expr | undefined;
  readonly span: Span;
}

export interface Truncate {
  readonly kind: "truncate";
  readonly tables: readonly QualifiedName[];
  readonly span: Span;
}

export type ExplainAspect =
  | "ANALYZE"
  | "CHANGELOG"
  | "STATE"
  | "CODE"
  | "PORTABILITY"
  | "ESTIMATED_COST"
  | "CHANGELOG_MODE"
  | "VERBOSE";

/** `EXPLAIN [ANALYZE | CHANGELOG | STATE | CODE | PLAN FOR | (FORMAT JSON, CODE ..)] statement`; aspects sorted, each once. */
export interface Explain {
  readonly kind: "explain";
  readonly aspects: readonly ExplainAspect[];
  readonly format: "TEXT" | "JSON";
  readonly statement: Statement;
  readonly span: Span;
}

export type ShowObject =
  | "ALL"
  | "TABLES"
  | "SOURCES"
  | "SINKS"
  | "VIEWS"
  | "MATERIALIZED VIEWS"
  | "COLUMNS"
  | "INDEXES"
  | "FUNCTIONS"
  | "CONNECTORS"
  | "QUERIES"
  | "JOBS"
  | "SUBSCRIPTIONS"
  | "WATERMARKS"
  | "ERRORS"
  | "SCHEMAS"
  | "DATABASES"
  | "CATALOGS"
  | "CREATE TABLE"
  | "CREATE SOURCE"
  | "CREATE SINK"
  | "CREATE VIEW"
  | "CREATE MATERIALIZED VIEW"
  | "CREATE FUNCTION"
  /** `SHOW search_path`: the setting's name is in `setting`. */
  | "SETTING";

export interface Show {
  readonly kind: "show";
  readonly object: ShowObject;
  readonly setting: string | undefined;
  /** `SHOW CREATE TABLE name`, `SHOW COLUMNS FROM name`, `SHOW TABLES FROM schema`. */
  readonly name: QualifiedName | undefined;
  readonly like: string | undefined;
  readonly span: Span;
}

export interface Describe {
  readonly kind: "describe";
  readonly extended: boolean;
  readonly target:
    | { readonly kind: "name"; readonly name: QualifiedName }
    | { readonly kind: "query"; readonly query: Query };
  readonly span: Span;
}

/** Every spelling of SET; the key in its written case. `SET` alone lists all: key undefined. */
export interface SetStatement {
  readonly kind: "set";
  readonly scope: "SESSION" | "LOCAL" | undefined;
  readonly key: string | undefined;
  readonly keySpan: Span;
  /** undefined: DEFAULT. Several values are joined with ", ". SET TIME ZONE has the key `timezone`. */
  readonly value: string | undefined;
  readonly valueSpan: Span;
  readonly span: Span;
}

/** `RESET key`; key undefined: RESET ALL. */
export interface Reset {
  readonly kind: "reset";
  readonly key: string | undefined;
  readonly keySpan: Span;
  readonly span: Span;
}

export interface Use {
  readonly kind: "use";
  readonly object: "CATALOG" | "DATABASE" | "SCHEMA" | undefined;
  readonly name: QualifiedName;
  readonly span: Span;
}

export interface Subscribe {
  readonly kind: "subscribe";
  readonly target:
    | { readonly kind: "name"; readonly name: QualifiedName }
    | { readonly kind: "query"; readonly query: Query };
  /** ENVELOPE UPSERT (KEY (..)). */
  readonly upsertKey: readonly Identifier[] | undefined;
  readonly options: readonly SqlOption[];
  readonly asOfEpoch: Expr | undefined;
  readonly upToEpoch: Expr | undefined;
  readonly span: Span;
}

export interface Copy {
  readonly kind: "copy";
  readonly source:
    | { readonly kind: "subscribe"; readonly subscribe: Subscribe }
    | { readonly kind: "query"; readonly query: Query }
    | { readonly kind: "table"; readonly name: QualifiedName; readonly columns: readonly Identifier[] };
  readonly direction: "TO STDOUT" | "FROM STDIN";
  readonly options: readonly SqlOption[];
  readonly span: Span;
}

/** `WHY query`: why it puts out nothing. */
export interface Why {
  readonly kind: "why";
  readonly name: QualifiedName;
  readonly span: Span;
}

/** `REPLAY "q$late"`. */
export interface Replay {
  readonly kind: "replay";
  readonly table: QualifiedName;
  readonly span: Span;
}

export interface Transaction {
  readonly kind: "transaction";
  readonly action: "BEGIN" | "COMMIT" | "ROLLBACK" | "SAVEPOINT" | "RELEASE" | "ROLLBACK TO";
  /** Of a savepoint. */
  readonly name: Identifier | undefined;
  readonly isolation: "SERIALIZABLE" | "REPEATABLE READ" | "READ COMMITTED" | "READ UNCOMMITTED" | undefined;
  readonly access: "READ ONLY" | "READ WRITE" | undefined;
  readonly span: Span;
}

export interface DeclareCursor {
  readonly kind: "declareCursor";
  readonly name: Identifier;
  readonly binary: boolean;
  readonly withHold: boolean;
  readonly source:
    | { readonly kind: "query"; readonly query: Query }
    | { readonly kind: "subscribe"; readonly subscribe: Subscribe };
  readonly span: Span;
}

/** `FETCH 100 FROM c WITH (timeout = '1s')`; count undefined: ALL. */
export interface Fetch {
  readonly kind: "fetch";
  readonly count: number | undefined;
  readonly cursor: Identifier;
  readonly options: readonly SqlOption[];
  readonly span: Span;
}

/** name undefined: ALL. */
export interface CloseCursor {
  readonly kind: "closeCursor";
  readonly name: Identifier | undefined;
  readonly span: Span;
}

export interface Prepare {
  readonly kind: "prepare";
  readonly name: Identifier;
  readonly types: readonly TypeNode[];
  readonly statement: Statement;
  readonly span: Span;
}

export interface Execute {
  readonly kind: "execute";
  readonly name: Identifier;
  readonly args: readonly Expr[];
  readonly span: Span;
}

/** name undefined: ALL. */
export interface Deallocate {
  readonly kind: "deallocate";
  readonly name: Identifier | undefined;
  readonly span: Span;
}

export interface Discard {
  readonly kind: "discard";
  readonly what: "ALL" | "PLANS" | "SEQUENCES" | "TEMP";
  readonly span: Span;
}
