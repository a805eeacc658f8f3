/**
 * What a snapshot says about itself, in a schema of its own: its format, and the tables with what DuckDB's types do not
 * say (the precision of a TIMESTAMP, the length of a CHAR, the fields of a ROW) and the names by which DuckDB knows them.
 */
import { BIGINT, INT, VARCHAR } from "../../base/types.ts";
import type { StagedColumn, StagedTable, StagedType, StagedVector } from "./staged.ts";
import { type StoredType, storedType } from "./stored.ts";

/** Counts up when a snapshot can no longer be read by the code before. */
export const SNAPSHOT_FORMAT = 1;

/** The schema that holds `format` and `tables`; state is in `main`. */
export const DIRECTORY_SCHEMA = "tidemark";

/** A column of DuckDB: values of staged column `column`, where their zeros are negative, or rows of a table that has no columns. */
export interface StoredColumn {
  readonly stored: string;
  readonly type: StoredType;
  readonly nullable: boolean;
  readonly column: number;
  readonly holds: "values" | "negative zeros" | "rows";
  /** Bytes of a value of that staged column in DuckDB's vectors. */
  readonly valueWidth: number;
}

export interface DirectoryColumn extends StagedColumn {
  readonly stored: string;
  readonly negativeZeros?: string;
}

export interface DirectoryTable {
  readonly name: string;
  readonly stored: string;
  readonly rows: number;
  readonly columns: readonly DirectoryColumn[];
}

/** DuckDB's names differ in more than case, are not empty and end at a NUL; `rowid` would hide the row's number. */
function distinctName(name: string, taken: Set<string>): string {
  const base = name.replaceAll("\0", "_").toWellFormed();
  let candidate = base;
  for (let i = 2; candidate === "" || taken.has(candidate.toLowerCase()); i++) candidate = `${base}$${i}`;
  taken.add(candidate.toLowerCase());
  return candidate;
}

const FLAG: StagedType = { kind: "sql", type: { kind: "BOOLEAN" } };
const ROWS_ONLY = "rows";

export function directoryOf(
  tables: readonly StagedTable[],
  hasNegativeZeros: (table: StagedTable, column: number) => boolean,
): readonly DirectoryTable[] {
  const taken = new Set<string>();
  return tables.map((table) => {
    const names = new Set(["rowid"]);
    const plain = table.columns.map((column) => ({ ...column, stored: distinctName(column.name, names) }));
    const columns = plain.map((column, i) =>
      hasNegativeZeros(table, i)
        ? { ...column, negativeZeros: distinctName(`${column.stored}$negative_zero`, names) }
        : column,
    );
    const rows = table.chunks.reduce((n, chunk) => n + chunk.rows, 0);
    return { name: table.name, stored: distinctName(table.name, taken), rows, columns };
  });
}

/** The columns in the order in which they lie in DuckDB. */
export function storedColumns({ columns }: DirectoryTable): readonly StoredColumn[] {
  const flag = storedType(FLAG);
  if (columns.length === 0) {
    return [{ stored: ROWS_ONLY, type: flag, nullable: false, column: 0, holds: "rows", valueWidth: 0 }];
  }
  return columns.flatMap(({ stored, type: staged, nullable, negativeZeros }, column) => {
    const type = storedType(staged);
    const valueWidth = type.width;
    const values: StoredColumn = { stored, type, nullable, column, holds: "values", valueWidth };
    if (negativeZeros === undefined) return [values];
    const zeros = {
      stored: negativeZeros,
      type: flag,
      nullable: false,
      column,
      holds: "negative zeros",
      valueWidth,
    } as const;
    return [values, zeros];
  });
}

const text: StagedType = { kind: "sql", type: VARCHAR };
const column = (name: string, type: StagedType): StagedColumn => ({ name, type, nullable: false });

/** The columns of `tables`; `columns` is JSON. */
const TABLES_COLUMNS = [
  column("name", text),
  column("stored_as", text),
  column("row_count", { kind: "sql", type: BIGINT }),
  column("columns", text),
];
const FORMAT_COLUMNS = [column("format", { kind: "sql", type: INT })];

const asDirectory = (name: string, columns: readonly StagedColumn[], rows: number): DirectoryTable => ({
  name,
  stored: name,
  rows,
  columns: columns.map((c) => ({ ...c, stored: c.name })),
});
export const FORMAT_TABLE: DirectoryTable = asDirectory("format", FORMAT_COLUMNS, 1);
export const tablesTable = (rows: number): DirectoryTable => asDirectory("tables", TABLES_COLUMNS, rows);

export const formatChunk = (): StagedVector => ({ data: new Uint8Array(Int32Array.of(SNAPSHOT_FORMAT).buffer) });

export const tablesVectors = (directory: readonly DirectoryTable[]): readonly StagedVector[] => [
  textVector(directory.map((table) => table.name)),
  textVector(directory.map((table) => table.stored)),
  { data: new Uint8Array(BigInt64Array.from(directory, (table) => BigInt(table.rows)).buffer) },
  textVector(directory.map((table) => JSON.stringify(table.columns))),
];

export function tablesOf(vectors: readonly StagedVector[], rows: number): readonly DirectoryTable[] {
  const [names, stored, counts, columns] = vectors;
  if (names === undefined || stored === undefined || counts === undefined || columns === undefined) return [];
  const rowCounts = new BigInt64Array(counts.data.buffer);
  return Array.from({ length: rows }, (_, row) => ({
    name: textAt(names, row),
    stored: textAt(stored, row),
    rows: Number(rowCounts[row]),
    // The file's checksums are right and its format is ours: `tablesVectors` wrote this.
    columns: JSON.parse(textAt(columns, row)) as readonly DirectoryColumn[],
  }));
}

function textVector(values: readonly string[]): StagedVector {
  const parts = values.map((value) => Buffer.from(value, "utf8"));
  const offsets = new Uint32Array(parts.length + 1);
  parts.forEach((part, i) => (offsets[i + 1] = (offsets[i] ?? 0) + part.length));
  return { data: new Uint8Array(Buffer.concat(parts)), offsets };
}

const textAt = ({ data, offsets }: StagedVector, row: number): string =>
  Buffer.from(data.subarray(offsets?.[row], offsets?.[row + 1])).toString("utf8");
