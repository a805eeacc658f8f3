/** What a benchmark job is: one query over one set of rows, the same for Tidemark and for DuckDB's batch engine. */

/** Columns of one block of rows, as `insertColumns` takes them. */
export type Block = Readonly<
  Record<
    string,
    BigInt64Array | Int32Array | Float64Array | { readonly bytes: Uint8Array; readonly offsets: Uint32Array }
  >
>;

/** Rows that are made in the process and handed over as columns. */
export interface ColumnInput {
  readonly from: "columns";
  /** CREATE TABLE of `input`. */
  readonly ddl: string;
  block(from: number, to: number): Block;
  /** The same rows as a DuckDB query over `range(rows)` with column `i`. */
  readonly duckdbRows: string;
}

/** Rows of a file; `make` writes it where it is not there yet. */
export interface FileInput {
  readonly from: "file";
  ddl(path: string): string;
  readonly file: string;
  make(path: string, rows: number): Promise<void>;
  /** What DuckDB reads in place of a table. */
  duckdbScan(path: string): string;
}

export interface Job {
  readonly name: string;
  readonly title: string;
  readonly rows: number;
  readonly input: ColumnInput | FileInput;
  /** Over table `input`. */
  readonly sql: string;
  /** The same question for DuckDB, over table `input`. */
  readonly duckdb: string;
  /** Aggregates over the result `r` that both must agree on. */
  readonly check: readonly string[];
  /** What the project promises at least and aims at, in rows a second and as a ratio to DuckDB. */
  readonly goal: { readonly least: number; readonly aim: number; readonly ratio?: number };
}

/** One measurement, as a child process prints it. */
export interface Measurement {
  readonly seconds: number;
  readonly rows: number;
  readonly rssBytes: number;
  readonly check: readonly string[];
}
/** A checked value as text that is alike for both engines: numbers without what only their type adds. */
export function checkText(value: unknown): string {
  const text = String(value);
  return /^-?\d+$/.test(text) ? text : String(Number(text));
}
