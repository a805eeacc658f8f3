/** The batch answer to a question of queries/: DuckDB over the same rows, from a statement written independently. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";

const root = join(import.meta.dirname, "../..");
const data = join(root, "node_modules/vega-datasets/data");

/** Paths that stand in braces in the batch statements. */
const paths = (bids: string): Readonly<Record<string, string>> => ({
  flights: join(data, "flights-3m.parquet"),
  geojson: join(data, "earthquakes.json"),
  earthquakes: join(root, "queries/data/earthquakes.ndjson"),
  bids,
});

export const batchFile = (name: string): string => join(import.meta.dirname, "batch", `${name}.sql`);
export const hasBatch = (name: string): boolean => existsSync(batchFile(name));

/** Rows as name and value pairs, alike for both engines: sorted, without NULLs, numbers as numbers, times as ISO text. */
export function canonical(rows: readonly Readonly<Record<string, unknown>>[]): readonly string[] {
  return rows.map((row) => JSON.stringify(Object.entries(row).flatMap(([key, value]) => pair(key, value)))).sort();
}

function pair(key: string, value: unknown): readonly [string, unknown][] {
  if (value === null || key.startsWith("$")) return [];
  if (typeof value !== "string") return [[key, value]];
  if (/^-?\d+(\.\d+)?$/.test(value)) return [[key, Number(value)]];
  const time = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.(\d{1,3}))?$/.exec(value);
  return [[key, time === null ? value : `${time[1]}T${time[2]}.${(time[3] ?? "").padEnd(3, "0")}`]];
}

export async function batchRows(name: string, bids: string): Promise<readonly Record<string, unknown>[]> {
  const statement = Object.entries(paths(bids)).reduce(
    (sql, [key, path]) => sql.replaceAll(`{${key}}`, path),
    readFileSync(batchFile(name), "utf8"),
  );
  const instance = await DuckDBInstance.create(":memory:", { threads: "1" });
  const connection = await instance.connect();
  try {
    const result = await connection.runAndReadAll(statement);
    return result.getRowObjectsJson();
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
