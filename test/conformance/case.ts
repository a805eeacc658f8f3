/** Reads the conformance cases and plays them through the library. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { open } from "../../src/engine.ts";
import type { JsValue } from "../../src/expr/text.ts";

/** Numbers stay text, so that integers beyond 2^53 and decimals keep every digit. */
export class NumberText {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}
type Cell = null | boolean | string | NumberText;

export interface Case {
  readonly name: string;
  readonly suite: string;
  readonly features: readonly string[];
  readonly tables: readonly {
    readonly name: string;
    readonly columns: readonly { readonly name: string; readonly type: string }[];
    readonly ddl: string;
    readonly rows: readonly (readonly Cell[])[];
    readonly rows_with_watermarks?: unknown;
    readonly changelog?: boolean;
  }[];
  readonly statements?: readonly string[];
  readonly sql: string;
  readonly mode: "append" | "changelog-final";
  readonly arrival?: readonly string[];
  readonly expected: readonly (readonly Cell[])[];
  readonly output_types: string;
  readonly time_zone?: string;
  readonly options?: Readonly<Record<string, string>>;
  readonly deviates?: string;
}

const here = import.meta.dirname;

function parse(text: string): Case {
  const reviver = (_: string, value: unknown, context?: { source?: string }): unknown =>
    typeof value === "number" ? new NumberText(context?.source ?? String(value)) : value;
  // The cases are ours: their form is as described above.
  return JSON.parse(text, reviver) as Case;
}

export function loadCases(): Case[] {
  const cases: Case[] = [];
  for (const folder of ["flink", "flink-run"]) {
    for (const file of readdirSync(join(here, folder)).sort()) {
      const text = readFileSync(join(here, folder, file), "utf8");
      if (file.endsWith(".json")) cases.push(parse(text));
      else for (const line of text.split("\n")) if (line !== "") cases.push(parse(line));
    }
  }
  return cases;
}

const toInput = (cell: Cell, type: string): unknown => {
  if (!(cell instanceof NumberText)) return cell;
  const kind = type.toUpperCase();
  if (kind.startsWith("BIGINT")) return BigInt(cell.text);
  if (kind.startsWith("DECIMAL")) return cell.text;
  return Number(cell.text);
};

export interface PlayOptions {
  readonly runRowsMax?: number;
  readonly execution?: { readonly mode?: "wasm" | "interpret"; readonly checked?: boolean };
}

/** The rows that the case's query gives, folded, as comparable texts. Throws what the engine throws. */
export async function play(c: Case, options: PlayOptions = {}): Promise<string[]> {
  await using db = await open({ ...options, hashSeed: 7n });
  const rows: JsValue[][] = [];
  const ddl = c.tables.map((t) => t.ddl.replace(/WITH \('connector'='values'\)/, ""));
  const statements = (c.statements ?? []).map((s) => `${s.replace(/;\s*$/, "")};`);
  await db.execute([...ddl, ...statements, c.sql].join("\n"));
  const next = new Map(c.tables.map((t) => [t.name, 0]));
  const arrival = c.arrival ?? c.tables.flatMap((t) => t.rows.map(() => t.name));
  for (const name of arrival) {
    const table = c.tables.find((t) => t.name === name);
    const at = next.get(name) ?? 0;
    next.set(name, at + 1);
    const row = table?.rows[at];
    if (table === undefined || row === undefined) throw new Error(`${c.name}: no row ${at} of ${name}`);
    void db.insert(name, [
      Object.fromEntries(table.columns.map((col, i) => [col.name, toInput(row[i] ?? null, col.type)])),
    ]);
  }
  db.endInput();
  const { failures, stats } = await db.finished();
  if (failures[0] !== undefined) throw failures[0].error;
  for (const q of stats.queries) {
    for (const k of q.conservation) {
      const sum = k.bad + k.skipped + k.failed + k.filtered + k.late + k.accounted;
      if (sum !== k.rowsIn)
        throw new Error(`${c.name}: ${k.rowsIn} rows in, ${sum} accounted for: ${JSON.stringify(k)}`);
    }
  }
  for (const row of db.resultRows("query_1")) rows.push([...row]);
  return rows.map((r) => r.map((v, i) => cellText(v, c.output_types[i] ?? "j")).join(" | ")).sort();
}

export const expectedOf = (c: Case): string[] =>
  c.expected
    .map((r) => r.map((v, i) => cellText(v instanceof NumberText ? v.text : v, c.output_types[i] ?? "j")).join(" | "))
    .sort();

function cellText(value: JsValue | Cell, type: string): string {
  if (value === null) return "NULL";
  const text =
    value instanceof NumberText ? value.text : typeof value === "object" ? JSON.stringify(value) : String(value);
  switch (type) {
    case "t":
      return text.replace("T", " ").replace(/Z$/, "");
    case "z":
      return text.replace("T", " ");
    case "d":
      return Number(text).toPrecision(9);
    case "n":
      return text.includes(".") ? text.replace(/0+$/, "").replace(/\.$/, "") : text;
    case "i":
      return BigInt(text).toString();
    default:
      return text;
  }
}
