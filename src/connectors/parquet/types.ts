/** Which Parquet (DuckDB) types a declared type is read from: without loss, or not at all. */
import { DECIMAL_SMALL_PRECISION_MAX, type SqlType } from "../../base/types.ts";

/** A column of a Parquet file as DuckDB names it. */
export type FileType =
  | { readonly kind: "scalar"; readonly name: string }
  | { readonly kind: "decimal"; readonly precision: number; readonly scale: number }
  | { readonly kind: "struct"; readonly fields: readonly { readonly name: string; readonly type: FileType }[] };

/** DuckDB's numbers of types (duckdb.h). */
const scalarNames: Readonly<Record<number, string>> = {
  1: "BOOLEAN",
  2: "TINYINT",
  3: "SMALLINT",
  4: "INTEGER",
  5: "BIGINT",
  6: "UTINYINT",
  7: "USMALLINT",
  8: "UINTEGER",
  9: "UBIGINT",
  10: "FLOAT",
  11: "DOUBLE",
  12: "TIMESTAMP",
  13: "DATE",
  14: "TIME",
  15: "INTERVAL",
  16: "HUGEINT",
  17: "VARCHAR",
  18: "BLOB",
  20: "TIMESTAMP_S",
  21: "TIMESTAMP_MS",
  22: "TIMESTAMP_NS",
  23: "ENUM",
  24: "LIST",
  26: "MAP",
  27: "UUID",
  31: "TIMESTAMP WITH TIME ZONE",
  33: "ARRAY",
};
export const DUCKDB_DECIMAL = 19;
export const DUCKDB_STRUCT = 25;
export const scalarName = (id: number): string => scalarNames[id] ?? `type ${id}`;

export function fileTypeText(type: FileType): string {
  switch (type.kind) {
    case "scalar":
      return type.name;
    case "decimal":
      return `DECIMAL(${type.precision}, ${type.scale})`;
    case "struct":
      return `STRUCT(${type.fields.map((f) => `${f.name} ${fileTypeText(f.type)}`).join(", ")})`;
    default:
      return type satisfies never;
  }
}

/** Integer types with the digits that hold all their values. */
const integerDigits: Readonly<Record<string, number>> = {
  TINYINT: 3,
  UTINYINT: 3,
  SMALLINT: 5,
  USMALLINT: 5,
  INTEGER: 10,
  UINTEGER: 10,
  BIGINT: 19,
  UBIGINT: 20,
};
const integerSources: Readonly<Record<string, readonly string[]>> = {
  TINYINT: ["TINYINT"],
  SMALLINT: ["TINYINT", "UTINYINT", "SMALLINT"],
  INT: ["TINYINT", "UTINYINT", "SMALLINT", "USMALLINT", "INTEGER"],
  BIGINT: ["TINYINT", "UTINYINT", "SMALLINT", "USMALLINT", "INTEGER", "UINTEGER", "BIGINT"],
};
const stampSources = ["TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP WITH TIME ZONE", "DATE"];

/** DuckDB's cast rounds towards 1970; digits beyond the precision are cut, before 1970 too (T9). */
function floorNanoseconds(sql: string): string {
  const isCutUp = `isfinite(${sql}) AND epoch_ns(${sql}) % 1000 < 0`;
  return `CAST(${sql} AS TIMESTAMP) - INTERVAL (CASE WHEN ${isCutUp} THEN 1 ELSE 0 END) MICROSECOND`;
}

/** How a value comes out of DuckDB's vectors, and what is still to be done with it. */
export interface ColumnRead {
  readonly sql: string;
  /** `stamp`: microseconds, to be cut to the precision. `epoch`: whole numbers, to be counted from the epoch. */
  readonly form: "copy" | "text" | "stamp" | "epoch";
}

/** How `sql`, of type `source`, is read as `target`; undefined where values could be lost. ROWs are taken apart elsewhere. */
export function readAs(target: SqlType, source: FileType, sql: string): ColumnRead | undefined {
  const cast = (to: string): ColumnRead => ({ sql: `CAST(${sql} AS ${to})`, form: "copy" });
  const name = source.kind === "scalar" ? source.name : undefined;
  switch (target.kind) {
    case "BOOLEAN":
      return name === "BOOLEAN" ? { sql, form: "copy" } : undefined;
    case "TINYINT":
    case "SMALLINT":
    case "INT":
    case "BIGINT":
      if (name === undefined || integerSources[target.kind]?.includes(name) !== true) return undefined;
      return cast(target.kind === "BIGINT" ? "BIGINT" : "INTEGER");
    case "FLOAT":
      return name === "FLOAT" ? { sql, form: "copy" } : undefined;
    case "DOUBLE":
      return name === "DOUBLE" || name === "FLOAT" || (integerDigits[name ?? ""] ?? 99) <= 10
        ? cast("DOUBLE")
        : undefined;
    case "DECIMAL": {
      const [digits, scale] =
        source.kind === "decimal" ? [source.precision, source.scale] : [integerDigits[name ?? ""], 0];
      if (digits === undefined || scale > target.scale || digits - scale > target.precision - target.scale)
        return undefined;
      // 18 and 38 digits are what DuckDB keeps in 64 and 128 bits, as columns do.
      return cast(`DECIMAL(${target.precision <= DECIMAL_SMALL_PRECISION_MAX ? 18 : 38}, ${target.scale})`);
    }
    case "CHAR":
    case "VARCHAR":
      return name === "VARCHAR" || name === "ENUM" || name === "UUID"
        ? { ...cast("VARCHAR"), form: "text" }
        : undefined;
    case "DATE":
      return name === "DATE" ? { sql, form: "copy" } : undefined;
    case "TIMESTAMP":
    case "TIMESTAMP_LTZ":
      if (name === "TIMESTAMP_NS") return { sql: floorNanoseconds(sql), form: "stamp" };
      if (name !== undefined && stampSources.includes(name)) return { ...cast("TIMESTAMP"), form: "stamp" };
      return name !== undefined && (integerDigits[name] ?? 99) <= 19 ? { ...cast("BIGINT"), form: "epoch" } : undefined;
    case "ROW":
    case "INTERVAL_DAY":
    case "INTERVAL_MONTH":
    case "NULL":
      return undefined;
    default:
      return target satisfies never;
  }
}
