/** DuckDB as the oracle: the same query in batch, over rows whose windows the model assigned. */
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { type Assigned, assign } from "./model.ts";
import { isBelow, type Program, type Row } from "./program.ts";
import { duckOf } from "./sql.ts";

let connection: DuckDBConnection | undefined;

export async function duck(): Promise<DuckDBConnection> {
  if (connection !== undefined) return connection;
  const instance = await DuckDBInstance.create(":memory:", { threads: "1" });
  connection = await instance.connect();
  return connection;
}

const COLUMNS = "pos BIGINT, ts BIGINT, k INT, s VARCHAR, i INT, v BIGINT, x DOUBLE, d DECIMAL(12, 2), b BOOLEAN";

const literal = (value: Row[keyof Row]): string => {
  if (value === null) return "NULL";
  return typeof value === "string" ? `'${value.replaceAll("'", "''")}'` : String(value);
};

const hundredths = (d: bigint | null): string => {
  if (d === null) return "NULL";
  const digits = (d < 0n ? -d : d).toString().padStart(3, "0");
  return `${d < 0n ? "-" : ""}${digits.slice(0, -2)}.${digits.slice(-2)}`;
};

const rowText = (row: Row, position: number): string =>
  [
    position,
    row.ts,
    literal(row.k),
    literal(row.s),
    literal(row.i),
    literal(row.v),
    literal(row.x),
    hundredths(row.d),
    literal(row.b),
  ].join(", ");

async function fill(table: string, columns: string, rows: readonly string[]): Promise<void> {
  const db = await duck();
  await db.run(`CREATE OR REPLACE TEMP TABLE ${table} (${columns})`);
  if (rows.length > 0) await db.run(`INSERT INTO ${table} VALUES ${rows.map((r) => `(${r})`).join(", ")}`);
}

export interface Answer {
  readonly rows: readonly (readonly unknown[])[];
  readonly assigned: readonly Assigned[];
  readonly late: number;
}

export async function answer(p: Program): Promise<Answer> {
  const db = await duck();
  let kept: ReadonlySet<number> | undefined;
  const conditions = [isBelow(p) ? p.where : undefined, "where" in p.below ? p.below.where : undefined].flatMap((w) =>
    w ? [w.duck] : [],
  );
  if (p.window.kind === "session" && conditions.length > 0) {
    await fill("r", COLUMNS, p.rows.map(rowText));
    const result = await db.runAndReadAll(`SELECT pos FROM r WHERE ${conditions.map((c) => `(${c})`).join(" AND ")}`);
    kept = new Set(result.getRows().map((r) => Number(r[0])));
  }
  const { assigned, late } = assign(p, (position) => kept?.has(position) ?? true);
  await fill(
    "a",
    `${COLUMNS}, window_start BIGINT, window_end BIGINT`,
    assigned.map((a) => `${rowText(a.row, a.position)}, ${a.start}, ${a.end}`),
  );
  const result = await db.runAndReadAll(duckOf(p));
  return { rows: result.getRowsJson(), assigned, late };
}
