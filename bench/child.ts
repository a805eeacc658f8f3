/**
 * One measurement in a process of its own: `child.ts JOB VARIANT PATH ROWS`. The last line of stdout is a Measurement.
 * Variants: `tidemark` (into a blackhole), `check` (the aggregates that both engines must agree on; not timed against
 * anything), `duckdb`.
 */
import { jobNamed } from "./jobs.ts";

const [name = "", variant = "", path = "", rows = "0"] = process.argv.slice(2);
const job = jobNamed(name);
// DuckDB is loaded only where it is measured: its memory would count as ours.
const measurement =
  variant === "duckdb"
    ? await (await import("./engines/duckdb.ts")).measureDuckdb(job, path, Number(rows))
    : await (await import("./engines/tidemark.ts")).measureTidemark(job, path, Number(rows), variant === "check");
process.stdout.write(`${JSON.stringify(measurement)}\n`);
