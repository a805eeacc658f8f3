/**
 * SQL types: what a column may hold, and how each type is laid out.
 *
 * | type                     | in a column (`Storage`)           | as a TypeScript `Value` (base/value.ts)      |
 * |--------------------------|-----------------------------------|----------------------------------------------|
 * | BOOLEAN                  | i8: 0 or 1                        | boolean                                      |
 * | TINYINT, SMALLINT, INT   | i32                               | number                                       |
 * | DATE                     | i32: days since 1970-01-01        | number                                       |
 * | INTERVAL YEAR..MONTH     | i32: months                       | number                                       |
 * | BIGINT                   | i64                               | bigint                                       |
 * | TIMESTAMP, TIMESTAMP_LTZ | i64: microseconds since the epoch | bigint                                       |
 * | INTERVAL DAY..SECOND     | i64: microseconds                 | bigint                                       |
 * | DECIMAL(p <= 18, s)      | i64: unscaled                     | bigint (unscaled)                            |
 * | DECIMAL(p > 18, s)       | i128: unscaled, low word first    | bigint (unscaled)                            |
 * | FLOAT                    | f32                               | number (a value that fits binary32)          |
 * | DOUBLE                   | f64                               | number                                       |
 * | CHAR, VARCHAR            | bytes: address u32, length u32    | string                                       |
 * | ROW                      | none: a validity, then its fields | readonly Value[]                             |
 * | NULL (of a bare NULL)    | i32, never valid                  | null                                         |
 */
export type SqlType =
  | { readonly kind: "BOOLEAN" }
  | { readonly kind: "TINYINT" }
  | { readonly kind: "SMALLINT" }
  | { readonly kind: "INT" }
  | { readonly kind: "BIGINT" }
  | { readonly kind: "FLOAT" }
  | { readonly kind: "DOUBLE" }
  | { readonly kind: "DECIMAL"; readonly precision: number; readonly scale: number }
  | { readonly kind: "CHAR"; readonly length: number }
  | { readonly kind: "VARCHAR"; readonly length: number | undefined }
  | { readonly kind: "DATE" }
  | { readonly kind: "TIMESTAMP"; readonly precision: number }
  | { readonly kind: "TIMESTAMP_LTZ"; readonly precision: number }
  | { readonly kind: "INTERVAL_MONTH" }
  | { readonly kind: "INTERVAL_DAY" }
  | { readonly kind: "ROW"; readonly fields: readonly Field[] }
  | { readonly kind: "NULL" };

/** A named, typed place: a column of a table or a field of a ROW. */
export interface Field {
  readonly name: string;
  readonly type: SqlType;
  /** false: declared NOT NULL, or known never to be NULL. */
  readonly nullable: boolean;
}

export type Schema = readonly Field[];

/** How the values of a type lie in a column. Sizes in bytes: i8 1, i32 4, i64 8, i128 16, f32 4, f64 8, bytes 8, none 0. */
export type Storage = "i8" | "i32" | "i64" | "i128" | "f32" | "f64" | "bytes" | "none";

export const storageBytes: Readonly<Record<Storage, number>> = {
  i8: 1,
  i32: 4,
  i64: 8,
  i128: 16,
  f32: 4,
  f64: 8,
  bytes: 8,
  none: 0,
};

export const DECIMAL_SMALL_PRECISION_MAX = 18;
export const DECIMAL_PRECISION_MAX = 38;

export function storageOf(type: SqlType): Storage {
  switch (type.kind) {
    case "BOOLEAN":
      return "i8";
    case "TINYINT":
    case "SMALLINT":
    case "INT":
    case "DATE":
    case "INTERVAL_MONTH":
    case "NULL":
      return "i32";
    case "BIGINT":
    case "TIMESTAMP":
    case "TIMESTAMP_LTZ":
    case "INTERVAL_DAY":
      return "i64";
    case "DECIMAL":
      return type.precision <= DECIMAL_SMALL_PRECISION_MAX ? "i64" : "i128";
    case "FLOAT":
      return "f32";
    case "DOUBLE":
      return "f64";
    case "CHAR":
    case "VARCHAR":
      return "bytes";
    case "ROW":
      return "none";
    default:
      return type satisfies never;
  }
}

export const BOOLEAN: SqlType = { kind: "BOOLEAN" };
export const TINYINT: SqlType = { kind: "TINYINT" };
export const SMALLINT: SqlType = { kind: "SMALLINT" };
export const INT: SqlType = { kind: "INT" };
export const BIGINT: SqlType = { kind: "BIGINT" };
export const FLOAT: SqlType = { kind: "FLOAT" };
export const DOUBLE: SqlType = { kind: "DOUBLE" };
export const VARCHAR: SqlType = { kind: "VARCHAR", length: undefined };
export const DATE: SqlType = { kind: "DATE" };
export const NULL_TYPE: SqlType = { kind: "NULL" };
export const INTERVAL_DAY: SqlType = { kind: "INTERVAL_DAY" };
export const INTERVAL_MONTH: SqlType = { kind: "INTERVAL_MONTH" };
export const decimal = (precision: number, scale: number): SqlType => ({ kind: "DECIMAL", precision, scale });
export const timestamp = (precision: number): SqlType => ({ kind: "TIMESTAMP", precision });
export const timestampLtz = (precision: number): SqlType => ({ kind: "TIMESTAMP_LTZ", precision });

export const isInteger = (t: SqlType): boolean =>
  t.kind === "TINYINT" || t.kind === "SMALLINT" || t.kind === "INT" || t.kind === "BIGINT";
export const isApproximate = (t: SqlType): boolean => t.kind === "FLOAT" || t.kind === "DOUBLE";
export const isNumeric = (t: SqlType): boolean => isInteger(t) || isApproximate(t) || t.kind === "DECIMAL";
export const isString = (t: SqlType): boolean => t.kind === "CHAR" || t.kind === "VARCHAR";
export const isTimestamp = (t: SqlType): boolean => t.kind === "TIMESTAMP" || t.kind === "TIMESTAMP_LTZ";

export function sameType(a: SqlType, b: SqlType): boolean {
  if (a.kind !== b.kind) return false;
  switch (a.kind) {
    case "DECIMAL":
      return b.kind === "DECIMAL" && a.precision === b.precision && a.scale === b.scale;
    case "CHAR":
    case "VARCHAR":
      return (b.kind === "CHAR" || b.kind === "VARCHAR") && a.length === b.length;
    case "TIMESTAMP":
    case "TIMESTAMP_LTZ":
      return (b.kind === "TIMESTAMP" || b.kind === "TIMESTAMP_LTZ") && a.precision === b.precision;
    case "ROW":
      return (
        b.kind === "ROW" &&
        a.fields.length === b.fields.length &&
        a.fields.every((f, i) => {
          const g = b.fields[i];
          return g !== undefined && f.name === g.name && f.nullable === g.nullable && sameType(f.type, g.type);
        })
      );
    default:
      return true;
  }
}

/** The type as SQL writes it: `DECIMAL(10, 2)`, `TIMESTAMP(3)`, `ROW<a INT, b STRING>`. */
export function typeText(type: SqlType): string {
  switch (type.kind) {
    case "DECIMAL":
      return `DECIMAL(${type.precision}, ${type.scale})`;
    case "CHAR":
      return `CHAR(${type.length})`;
    case "VARCHAR":
      return type.length === undefined ? "STRING" : `VARCHAR(${type.length})`;
    case "TIMESTAMP":
    case "TIMESTAMP_LTZ":
      return `${type.kind}(${type.precision})`;
    case "INTERVAL_MONTH":
      return "INTERVAL YEAR TO MONTH";
    case "INTERVAL_DAY":
      return "INTERVAL DAY TO SECOND";
    case "ROW":
      return `ROW<${type.fields.map((f) => `${f.name} ${typeText(f.type)}${f.nullable ? "" : " NOT NULL"}`).join(", ")}>`;
    default:
      return type.kind;
  }
}

/**
 * One physical column of a schema. A ROW column is a validity-only leaf followed by the leaves of its fields;
 * a leaf below a ROW is NULL where the ROW is.
 */
export interface Leaf {
  /** From the column down: `["bid", "price"]`. */
  readonly path: readonly string[];
  readonly type: SqlType;
  readonly storage: Storage;
  /** Of this leaf itself or any ROW above it. */
  readonly nullable: boolean;
}

/** The physical columns of `schema`, in order: the order of a batch's column descriptors. */
export function leavesOf(schema: Schema): readonly Leaf[] {
  const leaves: Leaf[] = [];
  const add = (field: Field, above: readonly string[], nullableAbove: boolean): void => {
    const path = [...above, field.name];
    const nullable = field.nullable || nullableAbove;
    leaves.push({ path, type: field.type, storage: storageOf(field.type), nullable });
    if (field.type.kind === "ROW") for (const f of field.type.fields) add(f, path, nullable);
  };
  for (const field of schema) add(field, [], false);
  return leaves;
}

/** How many leaves a value of `type` takes. */
export function leafCount(type: SqlType): number {
  return type.kind === "ROW" ? 1 + type.fields.reduce((n, f) => n + leafCount(f.type), 0) : 1;
}

/** The index of the first leaf of column `index` of `schema`. */
export function firstLeaf(schema: Schema, index: number): number {
  let n = 0;
  for (let i = 0; i < index; i++) {
    const f = schema[i];
    if (f !== undefined) n += leafCount(f.type);
  }
  return n;
}
