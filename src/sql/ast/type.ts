/** The AST of types. */
import type { Span } from "../../base/value.ts";
import type { Identifier, QualifiedName } from "./name.ts";

export type IntervalUnit =
  | "YEAR"
  | "QUARTER"
  | "MONTH"
  | "WEEK"
  | "DAY"
  | "HOUR"
  | "MINUTE"
  | "SECOND"
  | "MILLISECOND"
  | "MICROSECOND";

export type ScalarTypeName =
  | "BOOLEAN"
  | "TINYINT"
  | "SMALLINT"
  | "INT"
  | "BIGINT"
  | "FLOAT"
  | "DOUBLE"
  | "DECIMAL"
  | "CHAR"
  | "VARCHAR"
  | "BINARY"
  | "VARBINARY"
  | "DATE"
  | "TIME"
  | "TIMESTAMP"
  | "TIMESTAMP_LTZ"
  | "JSON"
  | "UUID";

/**
 * A type as written, spellings unified (STRING and TEXT are VARCHAR, BYTES is VARBINARY, TIMESTAMPTZ and TIMESTAMP WITH
 * [LOCAL] TIME ZONE are TIMESTAMP_LTZ, int8 is BIGINT). `args` are its numbers, unchecked: `DECIMAL(10, 2)`, `TIMESTAMP(3)`.
 */
export type TypeNode =
  | {
      readonly kind: "scalarType";
      readonly name: ScalarTypeName;
      readonly args: readonly number[];
      readonly span: Span;
    }
  | {
      readonly kind: "intervalType";
      readonly from: IntervalUnit | undefined;
      readonly to: IntervalUnit | undefined;
      readonly span: Span;
    }
  | { readonly kind: "arrayType"; readonly element: ElementType; readonly span: Span }
  | { readonly kind: "multisetType"; readonly element: ElementType; readonly span: Span }
  | { readonly kind: "mapType"; readonly key: ElementType; readonly value: ElementType; readonly span: Span }
  | { readonly kind: "rowType"; readonly fields: readonly RowTypeField[]; readonly span: Span }
  /** Any other name: `regclass`, `pg_catalog.oid`, a misspelt type. */
  | { readonly kind: "namedType"; readonly name: QualifiedName; readonly args: readonly number[]; readonly span: Span };

export interface ElementType {
  readonly type: TypeNode;
  readonly notNull: boolean;
}

export interface RowTypeField {
  readonly name: Identifier;
  readonly type: TypeNode;
  readonly notNull: boolean;
  readonly comment: string | undefined;
  readonly span: Span;
}
