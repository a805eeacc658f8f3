/**
 * Writes a snapshot: one new DuckDB file, never changed again. It is on the disk, closed, read back and hashed before it
 * is named; that it gets its name (rename, fsync of the folder) is the caller's.
 */
import duckdb from "@duckdb/node-bindings";
import { BATCH_ROWS } from "../../base/batch.ts";
import { SqlError } from "../../base/error.ts";
import { diskReason, reasonOf } from "../reason.ts";
import { writeCells } from "./cells.ts";
import { CATALOG, quoteName, withDatabase } from "./database.ts";
import {
  DIRECTORY_SCHEMA,
  type DirectoryTable,
  directoryOf,
  FORMAT_TABLE,
  formatChunk,
  type StoredColumn,
  storedColumns,
  tablesTable,
  tablesVectors,
} from "./directory.ts";
import { type SnapshotFiles, sideFiles } from "./files.ts";
import { checkSnapshot } from "./read.ts";
import type { StagedChunk, StagedTable, StagedVector } from "./staged.ts";
import { logicalType, negativeZeros, toStored } from "./stored.ts";

export interface WrittenSnapshot {
  /** Of the whole file, in hexadecimal. */
  readonly sha256: string;
  readonly bytes: number;
  /** By name of the table. */
  readonly rows: Readonly<Record<string, number>>;
  /** The oldest DuckDB that reads the file, as the file says. */
  readonly storageVersion: string;
}

/**
 * Writes `tables` into a new file. Throws SNAPSHOT_UNWRITABLE; what it had begun is then removed if that is possible.
 * What is there already is never touched.
 */
export async function writeSnapshot(
  path: string,
  tables: readonly StagedTable[],
  files: SnapshotFiles,
): Promise<WrittenSnapshot> {
  for (const taken of [path, ...sideFiles(path)]) {
    if (files.exists(taken)) throw unwritable(path, `${taken} is there already`);
  }
  try {
    const directory = directoryOf(tables, hasNegativeZeros);
    await withDatabase(path, "create", (connection) => writeTables(connection, tables, directory));
    const left = sideFiles(path).find((side) => files.exists(side));
    if (left !== undefined) throw new Error(`${left} was left behind`);
    const storageVersion = await checkSnapshot(path, directory);
    const { sha256, bytes } = files.seal(path);
    const rows = Object.fromEntries(directory.map((table) => [table.name, table.rows]));
    return { sha256, bytes, rows, storageVersion };
  } catch (error) {
    for (const begun of [path, ...sideFiles(path)]) files.remove(begun);
    throw unwritable(path, diskReason(error));
  }
}

const unwritable = (path: string, reason: string): SqlError =>
  new SqlError("SNAPSHOT_UNWRITABLE", { path }, { path, reason });

function hasNegativeZeros(table: StagedTable, column: number): boolean {
  const type = table.columns[column]?.type;
  if (type?.kind !== "sql" || (type.type.kind !== "FLOAT" && type.type.kind !== "DOUBLE")) return false;
  const width = type.type.kind === "FLOAT" ? 4 : 8;
  return table.chunks.some(({ vectors, rows }) => {
    const vector = vectors[column];
    return vector !== undefined && negativeZeros(width, vector, rows) !== undefined;
  });
}

async function writeTables(
  connection: duckdb.Connection,
  tables: readonly StagedTable[],
  directory: readonly DirectoryTable[],
): Promise<void> {
  await duckdb.query(connection, "BEGIN");
  await duckdb.query(connection, `CREATE SCHEMA ${CATALOG}.${DIRECTORY_SCHEMA}`);
  const format: StagedChunk = { rows: 1, vectors: [formatChunk()] };
  await writeTable(connection, DIRECTORY_SCHEMA, FORMAT_TABLE, [format]);
  const about = tablesTable(directory.length);
  await writeTable(connection, DIRECTORY_SCHEMA, about, directoryChunks(directory));
  for (const [i, table] of directory.entries()) {
    await writeTable(connection, "main", table, tables[i]?.chunks ?? []);
  }
  await duckdb.query(connection, "COMMIT");
  await duckdb.query(connection, `CHECKPOINT ${CATALOG}`);
}

function directoryChunks(directory: readonly DirectoryTable[]): readonly StagedChunk[] {
  const chunks: StagedChunk[] = [];
  for (let from = 0; from < directory.length; from += BATCH_ROWS) {
    const part = directory.slice(from, from + BATCH_ROWS);
    chunks.push({ rows: part.length, vectors: tablesVectors(part) });
  }
  return chunks;
}

/** Strings as they are: compressing a million keys takes DuckDB half a second, for half of the bytes. */
function definition({ stored, type, nullable }: StoredColumn): string {
  const compression = type.form === "text" || type.form === "blob" ? " USING COMPRESSION uncompressed" : "";
  return `${quoteName(stored)} ${type.sql}${nullable ? "" : " NOT NULL"}${compression}`;
}

async function writeTable(
  connection: duckdb.Connection,
  schema: string,
  table: DirectoryTable,
  chunks: readonly StagedChunk[],
): Promise<void> {
  const columns = storedColumns(table);
  const list = columns.map(definition).join(", ");
  await duckdb.query(connection, `CREATE TABLE ${CATALOG}.${schema}.${quoteName(table.stored)} (${list})`);
  const appender = duckdb.appender_create_ext(connection, CATALOG, schema, table.stored);
  const target = duckdb.create_data_chunk(columns.map((c) => logicalType(c.type)));
  try {
    for (const chunk of chunks) {
      if (chunk.rows === 0) continue;
      duckdb.data_chunk_set_size(target, chunk.rows);
      for (const [i, column] of columns.entries()) {
        fillVector(duckdb.data_chunk_get_vector(target, i), table, column, chunk);
      }
      duckdb.append_data_chunk(appender, target);
      duckdb.data_chunk_reset(target);
    }
  } catch (error) {
    duckdb.appender_clear(appender);
    throw error;
  } finally {
    duckdb.appender_close_sync(appender);
  }
}

function fillVector(vector: duckdb.Vector, table: DirectoryTable, column: StoredColumn, chunk: StagedChunk): void {
  const { rows } = chunk;
  const { type } = column;
  if (column.holds === "rows") return copyInto(vector, new Uint8Array(rows));
  const staged = chunk.vectors[column.column];
  try {
    if (staged === undefined) throw new RangeError("it is missing");
    if (column.holds === "negative zeros") {
      return copyInto(vector, negativeZeros(column.valueWidth, staged, rows) ?? new Uint8Array(rows));
    }
    fillValidity(vector, staged, rows);
    if (type.form === "text" || type.form === "blob") return writeCells(vector, staged, rows, type.form === "text");
    const values = toStored(type, staged, rows);
    if (values.length !== rows * type.width) throw new RangeError(`${rows} rows have ${staged.data.length} bytes`);
    copyInto(vector, values);
  } catch (error) {
    const name = table.columns[column.column]?.name ?? "";
    throw new RangeError(`column "${name}" of "${table.name}": ${reasonOf(error)}`, { cause: error });
  }
}

function copyInto(vector: duckdb.Vector, { buffer, byteOffset, length }: Uint8Array): void {
  // A chunk was copied out of linear memory: its buffers are never shared.
  duckdb.copy_data_to_vector(vector, 0, buffer as ArrayBuffer, byteOffset, length);
}

/** DuckDB has a bit per row, and no bits where all rows are valid. */
function fillValidity(vector: duckdb.Vector, { valid }: StagedVector, rows: number): void {
  if (valid === undefined || !valid.includes(0)) return;
  const bits = new Uint8Array(Math.ceil(rows / 64) * 8).fill(0xff);
  for (let row = 0; row < rows; row++) if (valid[row] === 0) bits[row >> 3] = (bits[row >> 3] ?? 0) & ~(1 << (row & 7));
  duckdb.vector_ensure_validity_writable(vector);
  duckdb.copy_data_to_vector_validity(vector, 0, bits.buffer, 0, bits.length);
}
