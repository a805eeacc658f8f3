/** Parquet files through DuckDB. This module loads DuckDB: it is imported when it is needed. */
import duckdb from "@duckdb/node-bindings";
import { firstLeaf } from "../../base/types.ts";
import type { PartitionReader, SourcePosition, SourceRequest } from "../connector.ts";
import type { SourceFile } from "../filesystem/paths.ts";
import { recordFields } from "../formats/options.ts";
import type { EpochUnit } from "../formats/time-text.ts";
import { unreadable } from "../input/byte-input.ts";
import type { Witness } from "../input/fingerprint.ts";
import { type FileColumns, fileType, planReads, quoteText } from "./plan.ts";
import { type MetadataLeaf, type ParquetFile, ParquetReader } from "./reader.ts";

/** Scanning is one thread's work beside ours; rows come in the order of the file. */
const SETTINGS = [
  "SET threads = 1",
  "SET TimeZone = 'UTC'",
  "SET temp_directory = ''",
  "SET autoinstall_known_extensions = false",
];

type OpenParquet = (file: SourceFile, witness: Witness, from: SourcePosition | undefined) => PartitionReader;

/** How readers of these files are opened: their columns are looked at here, and refused. */
export async function parquetReaders(
  request: SourceRequest,
  files: readonly SourceFile[],
  unit: EpochUnit,
): Promise<OpenParquet> {
  const database = await duckdb.open(":memory:");
  const first = await duckdb.connect(database);
  for (const setting of SETTINGS) await duckdb.query(first, setting);
  const fields = recordFields(request, "parquet");
  const metadata: MetadataLeaf[] = request.metadata.flatMap((key, column) => {
    const leaf = firstLeaf(request.schema, column);
    return key !== undefined && request.needed[leaf] === true ? [{ leaf, key }] : [];
  });
  const known = new Map<string, Omit<ParquetFile, "witness" | "from">>();
  for (const file of files) {
    const from = `read_parquet(${quoteText(file.path)})`;
    const columns = await columnsOf(first, from, file.name);
    const reads = planReads(fields, columns, file.name, request.options.get("path")?.span ?? request.span);
    // Where no column is read, the rows are still counted.
    const list = reads.length === 0 ? "true" : reads.map((read) => read.sql).join(", ");
    const sql = `SELECT ${list} FROM ${from}`;
    known.set(file.name, { name: file.name, sql, reads });
  }
  duckdb.disconnect_sync(first);
  return (file, witness, from) => {
    const plan = known.get(file.name);
    if (plan === undefined) throw new TypeError(`"${file.name}" is not one of the files`);
    const parts = { ...plan, witness, from: Number(from?.position ?? 0n) };
    return new ParquetReader(request, parts, metadata, unit, () => duckdb.connect(database));
  };
}

async function columnsOf(connection: duckdb.Connection, from: string, path: string): Promise<FileColumns> {
  try {
    const result = await duckdb.query(connection, `SELECT * FROM ${from} LIMIT 0`);
    return Array.from({ length: duckdb.column_count(result) }, (_, i) => ({
      name: duckdb.column_name(result, i),
      type: fileType(duckdb.column_logical_type(result, i)),
    }));
  } catch (error) {
    throw unreadable(path, error);
  }
}
