/** Reads a snapshot back, read-only: nothing is changed or removed, whatever is found. */
import duckdb from "@duckdb/node-bindings";
import { isSqlError, SqlError } from "../../base/error.ts";
import { reasonOf } from "../reason.ts";
import { readCells } from "./cells.ts";
import { CATALOG, quoteName, select, withDatabase } from "./database.ts";
import {
  DIRECTORY_SCHEMA,
  type DirectoryTable,
  FORMAT_TABLE,
  SNAPSHOT_FORMAT,
  type StoredColumn,
  storedColumns,
  tablesOf,
  tablesTable,
} from "./directory.ts";
import { type SnapshotFiles, sideFiles } from "./files.ts";
import type { StagedChunk, StagedTable, StagedVector } from "./staged.ts";
import { fromStored, int32Of, isStoredAs, type StoredType, signZeros } from "./stored.ts";

/**
 * The tables of a snapshot, their rows in the order in which they were written. `sha256`: what the file's must be.
 * Throws SNAPSHOT_UNREADABLE, SNAPSHOT_DAMAGED or SNAPSHOT_TOO_NEW.
 */
export async function readSnapshot(
  path: string,
  files: SnapshotFiles,
  sha256?: string,
): Promise<readonly StagedTable[]> {
  checkFile(path, files, sha256);
  return inSnapshot(path, async (connection) => {
    const tables: StagedTable[] = [];
    for (const table of await readDirectory(path, connection)) tables.push(await readTable(connection, table));
    return tables;
  });
}

/** Which tables a snapshot has, with how many rows each was written. Throws as `readSnapshot`. */
export async function readSnapshotDirectory(path: string, files: SnapshotFiles): Promise<readonly DirectoryTable[]> {
  checkFile(path, files);
  return inSnapshot(path, (connection) => readDirectory(path, connection));
}

/** One of the tables that its directory has; at most `limit` rows of it. Throws as `readSnapshot`. */
export async function readSnapshotTable(
  path: string,
  files: SnapshotFiles,
  table: DirectoryTable,
  limit: number = Number.POSITIVE_INFINITY,
): Promise<StagedTable> {
  checkFile(path, files);
  return inSnapshot(path, (connection) => readTable(connection, table, "main", limit));
}

const fails = (path: string, code: "SNAPSHOT_UNREADABLE" | "SNAPSHOT_DAMAGED", reason: string): SqlError =>
  new SqlError(code, { path }, { path, reason });

/** Throws where there is no such file; `sha256`: what its hash must be. */
function checkFile(path: string, files: SnapshotFiles, sha256?: string): void {
  try {
    files.check(path);
    const found = sha256 === undefined ? undefined : files.hash(path);
    if (found !== sha256) throw fails(path, "SNAPSHOT_DAMAGED", `its SHA-256 is ${found}, not ${sha256}`);
  } catch (error) {
    throw isSqlError(error) ? error : fails(path, "SNAPSHOT_UNREADABLE", reasonOf(error));
  }
  const side = sideFiles(path).find((name) => files.exists(name));
  if (side !== undefined) throw fails(path, "SNAPSHOT_DAMAGED", `${side} lies beside it, so it was not finished`);
}

async function inSnapshot<T>(path: string, use: (connection: duckdb.Connection) => Promise<T>): Promise<T> {
  try {
    return await withDatabase(path, "read", use);
  } catch (error) {
    throw isSqlError(error) ? error : whyUnreadable(path, reasonOf(error));
  }
}

/** DuckDB's errors have no codes: their texts tell them apart, and what is unknown counts as damage. */
function whyUnreadable(path: string, reason: string): SqlError {
  const where = { path };
  if (/version number \d+, but we can only read/.test(reason)) {
    return new SqlError("SNAPSHOT_TOO_NEW", where, { path, reason });
  }
  const isOfThisMoment = /^Out of Memory Error|Could not set lock|Permission denied|Too many open files/.test(reason);
  return new SqlError(isOfThisMoment ? "SNAPSHOT_UNREADABLE" : "SNAPSHOT_DAMAGED", where, { path, reason });
}

/** Opens a file that was just written, and compares what it says with what was meant; its storage version. */
export async function checkSnapshot(path: string, expected: readonly DirectoryTable[]): Promise<string> {
  return withDatabase(path, "read", async (connection) => {
    const found = await readDirectory(path, connection);
    if (JSON.stringify(found) !== JSON.stringify(expected))
      throw new Error("its tables are not those that were written");
    for (const table of expected) {
      const rows = await countRows(connection, table);
      if (rows !== table.rows) throw new Error(`"${table.name}" has ${rows} rows of ${table.rows}`);
    }
    return storageVersion(connection);
  });
}

async function countRows(connection: duckdb.Connection, table: DirectoryTable): Promise<number> {
  const sql = `SELECT count(*)::BIGINT FROM ${CATALOG}.main.${quoteName(table.stored)}`;
  let count = 0;
  for await (const { chunk } of select(connection, sql)) count = Number(vectorData(chunk, 0, 8).readBigInt64LE(0));
  return count;
}

async function storageVersion(connection: duckdb.Connection): Promise<string> {
  const sql = `SELECT tags['storage_version'] FROM duckdb_databases() WHERE database_name = '${CATALOG}'`;
  let version = "";
  for await (const { chunk, rows } of select(connection, sql)) {
    const { data } = readCells(duckdb.data_chunk_get_vector(chunk, 0), rows, undefined);
    version = Buffer.from(data).toString("utf8");
  }
  return version;
}

async function readDirectory(path: string, connection: duckdb.Connection): Promise<readonly DirectoryTable[]> {
  const [head] = (await readTable(connection, FORMAT_TABLE, DIRECTORY_SCHEMA)).chunks;
  const format = int32Of(head?.vectors[0]?.data ?? new Uint8Array(4))[0] ?? 0;
  if (format !== SNAPSHOT_FORMAT) {
    const reason = `its format is ${format}, and this version reads ${SNAPSHOT_FORMAT}`;
    throw new SqlError("SNAPSHOT_TOO_NEW", { path }, { path, reason });
  }
  const { chunks } = await readTable(connection, tablesTable(-1), DIRECTORY_SCHEMA);
  return chunks.flatMap(({ vectors, rows }) => tablesOf(vectors, rows));
}

/** A table whose rows are as many as `table` says, -1: as many as there are; the first `limit` of them. */
async function readTable(
  connection: duckdb.Connection,
  table: DirectoryTable,
  schema = "main",
  limit = Number.POSITIVE_INFINITY,
): Promise<StagedTable> {
  const columns = storedColumns(table);
  const list = columns.map((column) => quoteName(column.stored)).join(", ");
  const end = Number.isFinite(limit) ? ` LIMIT ${limit}` : "";
  const sql = `SELECT rowid, ${list} FROM ${CATALOG}.${schema}.${quoteName(table.stored)}${end}`;
  const chunks: StagedChunk[] = [];
  let count = 0;
  for await (const { chunk, rows, result } of select(connection, sql)) {
    if (count === 0) checkTypes(table, columns, result);
    checkOrder(table, chunk, rows, count);
    chunks.push({ rows, vectors: readVectors(table, columns, chunk, rows) });
    count += rows;
  }
  if (table.rows >= 0 && count !== Math.min(table.rows, limit))
    throw new Error(`"${table.name}" has ${count} rows of ${table.rows}`);
  return {
    name: table.name,
    columns: table.columns.map(({ name, type, nullable, key }) => ({ name, type, nullable, ...(key && { key }) })),
    chunks,
  };
}

function checkTypes(table: DirectoryTable, columns: readonly StoredColumn[], result: duckdb.Result): void {
  columns.forEach(({ type, stored }, i) => {
    if (!isStoredAs(type, duckdb.column_logical_type(result, i + 1))) {
      throw new Error(`column "${stored}" of "${table.name}" is no ${type.sql}`);
    }
  });
}

/** One thread scans in the order of row numbers, which is that of appending. */
function checkOrder(table: DirectoryTable, chunk: duckdb.DataChunk, rows: number, before: number): void {
  const bytes = vectorData(chunk, 0, rows * 8);
  const first = bytes.readBigInt64LE(0);
  const last = bytes.readBigInt64LE((rows - 1) * 8);
  if (first !== BigInt(before) || last !== BigInt(before + rows - 1)) {
    throw new Error(`rows ${before} to ${before + rows - 1} of "${table.name}" come as ${first} to ${last}`);
  }
}

/** The binding declares a Uint8Array; it is a Buffer over DuckDB's memory. */
const vectorData = (chunk: duckdb.DataChunk, column: number, bytes: number): Buffer =>
  duckdb.vector_get_data(duckdb.data_chunk_get_vector(chunk, column), bytes) as Buffer;

function readVectors(
  table: DirectoryTable,
  columns: readonly StoredColumn[],
  chunk: duckdb.DataChunk,
  rows: number,
): readonly StagedVector[] {
  const vectors: StagedVector[] = [];
  columns.forEach(({ type, holds, column, valueWidth }, i) => {
    const vector = duckdb.data_chunk_get_vector(chunk, i + 1);
    if (holds === "rows") return;
    if (holds === "values") {
      vectors[column] = readVector(vector, type, rows);
      return;
    }
    const target = vectors[column];
    if (target !== undefined) signZeros(valueWidth, target.data, vectorData(chunk, i + 1, rows));
  });
  if (vectors.length !== table.columns.length) throw new Error(`"${table.name}" lacks columns`);
  return vectors;
}

function readVector(vector: duckdb.Vector, type: StoredType, rows: number): StagedVector {
  const valid = readValidity(vector, rows);
  if (type.form === "text" || type.form === "blob") return readCells(vector, rows, valid);
  const data = fromStored(type, duckdb.vector_get_data(vector, rows * type.width), rows);
  if (valid === undefined) return { data };
  const width = data.length / rows;
  valid.forEach((byte, row) => {
    if (byte === 0) data.fill(0, row * width, (row + 1) * width);
  });
  return { data, valid };
}

/** A byte per row; undefined where all are valid. */
function readValidity(vector: duckdb.Vector, rows: number): Uint8Array | undefined {
  // The binding declares bytes, but gives null where the vector has no mask.
  const mask = duckdb.vector_get_validity(vector, Math.ceil(rows / 64) * 8) as Uint8Array | null;
  if (mask === null) return undefined;
  const valid = new Uint8Array(rows);
  let isAll = true;
  for (let row = 0; row < rows; row++) {
    const bit = ((mask[row >> 3] ?? 0) >> (row & 7)) & 1;
    valid[row] = bit;
    if (bit === 0) isAll = false;
  }
  return isAll ? undefined : valid;
}
