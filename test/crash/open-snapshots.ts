/** Opens the snapshots of a state directory as anyone with DuckDB would, and reads everything that is in them. */
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";

const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** Counts the rows of every table; the hash makes DuckDB read every value. Gives the number of tables. */
async function readAll(path: string): Promise<number> {
  const instance = await DuckDBInstance.create(path, { access_mode: "READ_ONLY", threads: "1" });
  try {
    const connection = await instance.connect();
    try {
      const names = (await connection.runAndReadAll("SELECT schema_name, table_name FROM duckdb_tables()")).getRows();
      for (const name of names) {
        const table = name.map((part) => quoteName(String(part))).join(".");
        await connection.runAndReadAll(`SELECT COUNT(*), BIT_XOR(HASH(t)) FROM ${table} AS t`);
      }
      return names.length;
    } finally {
      connection.closeSync();
    }
  } finally {
    instance.closeSync();
  }
}

/** Gives how many there were. Rejects, with the file's name, where one cannot be read or has no table. */
export async function openSnapshots(state: string): Promise<number> {
  const folder = join(state, "snapshots");
  // What has no name yet is unfinished, and thrown away by the next process.
  const names = existsSync(folder) ? (await readdir(folder)).filter((name) => name.endsWith(".duckdb")) : [];
  for (const name of names) {
    try {
      if ((await readAll(join(folder, name))) === 0) throw new Error("it has no table");
    } catch (error) {
      throw new Error(`DuckDB and ${name}: ${String(error)}`, { cause: error });
    }
  }
  return names.length;
}
