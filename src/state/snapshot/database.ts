/**
 * A snapshot's DuckDB, opened and closed by one owner. Nothing that a user wrote is part of a statement's text except
 * names, and those are quoted. DuckDB's handles live until they are collected, and keep the file open: whoever makes one
 * destroys it.
 */
import duckdb from "@duckdb/node-bindings";

/** The oldest DuckDB that reads our snapshots. Recorded in the file; DuckDB's own default may change. */
const STORAGE_VERSION = "v1.5.0";

/** What the file is called in statements: its own name could be that of a schema. */
export const CATALOG = "snapshot";

/** One thread: rows stay in order, and a second one makes it no faster. */
const OPTIONS = { threads: "1", autoinstall_known_extensions: "false", autoload_known_extensions: "false" };

/** Without the first DuckDB spills into a folder of the working directory. */
const BEFORE = ["SET temp_directory = ''", "SET TimeZone = 'UTC'"];
/** What is never used here is closed once the file is open. */
const AFTER = ["SET enable_external_access = false", "SET lock_configuration = true"];

const MODES = { create: `STORAGE_VERSION '${STORAGE_VERSION}'`, read: "READ_ONLY" };

const DETACH = `DETACH DATABASE IF EXISTS ${CATALOG}`;

export const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`;
const quoteText = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** `use` with the file attached; it is closed afterwards, whatever happens. */
export async function withDatabase<T>(
  path: string,
  mode: keyof typeof MODES,
  use: (connection: duckdb.Connection) => Promise<T>,
): Promise<T> {
  const config = duckdb.create_config();
  for (const [name, value] of Object.entries(OPTIONS)) duckdb.set_config(config, name, value);
  const database = await duckdb.open(":memory:", config);
  try {
    const connection = await duckdb.connect(database);
    try {
      const attach = `ATTACH ${quoteText(path)} AS ${CATALOG} (TYPE duckdb, ${MODES[mode]})`;
      for (const sql of [...BEFORE, attach, ...AFTER]) await duckdb.query(connection, sql);
      const used = await use(connection);
      // Results that are not collected yet would keep it open.
      await duckdb.query(connection, DETACH);
      return used;
    } catch (error) {
      // What failed first is what is told.
      await duckdb.query(connection, DETACH).catch(() => undefined);
      throw error;
    } finally {
      duckdb.disconnect_sync(connection);
    }
  } finally {
    duckdb.close_sync(database);
  }
}

/** Chunks of a SELECT as DuckDB makes them, until there are no more. A chunk is valid until the next one. */
export async function* select(
  connection: duckdb.Connection,
  sql: string,
): AsyncGenerator<{ readonly chunk: duckdb.DataChunk; readonly rows: number; readonly result: duckdb.Result }> {
  const statement = await duckdb.prepare(connection, sql);
  try {
    const result = await duckdb.execute_prepared_streaming(statement);
    for (;;) {
      const chunk = await duckdb.fetch_chunk(result);
      const rows = chunk === null ? 0 : duckdb.data_chunk_get_size(chunk);
      if (chunk === null || rows === 0) return;
      yield { chunk, rows, result };
    }
  } finally {
    duckdb.destroy_prepare_sync(statement);
  }
}
