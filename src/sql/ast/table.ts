/** The AST of CREATE TABLE | SOURCE: columns, watermark, keys, options. */
import type { Span } from "../../base/value.ts";
import type { Identifier, QualifiedName } from "./name.ts";
import type { Expr, Query } from "./query.ts";
import type { TypeNode } from "./type.ts";

export interface CreateTable {
  readonly kind: "createTable";
  readonly object: "TABLE" | "SOURCE";
  readonly orReplace: boolean;
  readonly temporary: boolean;
  readonly ifNotExists: boolean;
  readonly name: QualifiedName;
  readonly elements: readonly TableElement[];
  readonly comment: string | undefined;
  readonly appendOnly: boolean;
  readonly partitionedBy: readonly Identifier[];
  readonly options: readonly SqlOption[];
  readonly format: FormatEncode | undefined;
  /** `CREATE TABLE t (LIKE other)` or `CREATE TABLE t WITH (..) LIKE other`. */
  readonly like: LikeClause | undefined;
  /** CREATE TABLE .. AS query. */
  readonly query: Query | undefined;
  readonly span: Span;
}

export type TableElement = ColumnDef | WatermarkDef | PrimaryKeyDef | UniqueDef;

/** A column: physical (`type` given, `source` "physical"), computed or read from the connector's metadata. */
export interface ColumnDef {
  readonly kind: "column";
  readonly name: Identifier;
  /** undefined only for a computed column. */
  readonly type: TypeNode | undefined;
  readonly source: ColumnSource;
  readonly notNull: boolean;
  readonly primaryKey: boolean;
  readonly unique: boolean;
  readonly defaultValue: Expr | undefined;
  /** Feldera's `LATENESS INTERVAL '1' HOUR`, a watermark by another name. */
  readonly lateness: Expr | undefined;
  readonly comment: string | undefined;
  readonly span: Span;
}

export type ColumnSource =
  | { readonly kind: "physical" }
  | { readonly kind: "computed"; readonly expr: Expr }
  /** `METADATA FROM 'key' VIRTUAL`; key undefined: the column's name. */
  | { readonly kind: "metadata"; readonly key: string | undefined; readonly virtual: boolean };

/** `WATERMARK FOR ts [AS expr]`; expr undefined: strictly ascending (T10). */
export interface WatermarkDef {
  readonly kind: "watermark";
  readonly column: QualifiedName;
  readonly expr: Expr | undefined;
  /** RisingWave's WITH TTL. */
  readonly withTtl: boolean;
  readonly span: Span;
}

export interface PrimaryKeyDef {
  readonly kind: "primaryKey";
  readonly constraintName: Identifier | undefined;
  readonly columns: readonly Identifier[];
  readonly notEnforced: boolean;
  readonly span: Span;
}

export interface UniqueDef {
  readonly kind: "unique";
  readonly constraintName: Identifier | undefined;
  readonly columns: readonly Identifier[];
  readonly notEnforced: boolean;
  readonly span: Span;
}

/**
 * `'k' = 'v'`, `k = v`, `scan.startup.mode = 'earliest'`: the value as text whatever its spelling (`5s` is "5s",
 * TRUE is "true", `-1` is "-1").
 */
export interface SqlOption {
  readonly key: string;
  readonly keySpan: Span;
  readonly value: string;
  readonly valueSpan: Span;
  readonly span: Span;
}

/** RisingWave's `FORMAT PLAIN ENCODE JSON (..)`; both in upper case. */
export interface FormatEncode {
  readonly format: string;
  readonly encode: string;
  readonly options: readonly SqlOption[];
  readonly span: Span;
}

export interface LikeClause {
  readonly table: QualifiedName;
  readonly options: readonly {
    readonly action: "INCLUDING" | "EXCLUDING" | "OVERWRITING";
    readonly what:
      | "ALL"
      | "CONSTRAINTS"
      | "GENERATED"
      | "METADATA"
      | "OPTIONS"
      | "PARTITIONS"
      | "WATERMARKS"
      | "DISTRIBUTION";
  }[];
  readonly span: Span;
}
