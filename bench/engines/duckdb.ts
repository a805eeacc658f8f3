/** The comparison: DuckDB in this process, one thread, the same rows from memory or file, the result into a table. */
import { DuckDBInstance } from "@duckdb/node-api";
import { checkText, type Job, type Measurement } from "../job.ts";

export async function measureDuckdb(job: Job, path: string, rows: number): Promise<Measurement> {
  const instance = await DuckDBInstance.create(":memory:", { threads: "1" });
  const connection = await instance.connect();
  const { input } = job;
  if (input.from === "columns") {
    await connection.run(`CREATE TABLE input AS SELECT ${input.duckdbRows} FROM range(${rows}) AS r(i)`);
  } else {
    await connection.run(`CREATE VIEW input AS SELECT * FROM ${input.duckdbScan(path)}`);
  }
  const start = performance.now();
  await connection.run(`CREATE TABLE r AS ${job.duckdb}`);
  const seconds = (performance.now() - start) / 1000;
  const checks = job.check.map((each) => `(${each})::VARCHAR`).join(", ");
  const result = await connection.runAndReadAll(`SELECT ${checks} FROM r`);
  const [row = []] = result.getRows();
  connection.closeSync();
  instance.closeSync();
  return { seconds, rows, rssBytes: process.memoryUsage.rss(), check: row.map(checkText) };
}
