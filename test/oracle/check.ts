/** Runs a generated program through the engine and compares with the oracle; shrinks what differs. */
import { open } from "../../src/engine.ts";
import type { JsValue } from "../../src/expr/text.ts";
import { answer } from "./duck.ts";
import type { Program, Row } from "./program.ts";
import { columnsOf, oursOf, tableDdl } from "./sql.ts";

export interface Mode {
  readonly name: string;
  readonly runRowsMax?: number;
  /** Rows of an epoch: between two, changelogs put out what has changed. Undefined: all rows are one. */
  readonly epochRows?: number;
  readonly execution?: { readonly mode?: "wasm" | "interpret"; readonly checked?: boolean };
}

/** Enough for any program. Collecting garbage takes most of the time where every program reserves much more. */
const MEMORY_BYTES = 48 << 20;

const isoOf = (ms: number): string => new Date(ms).toISOString().replace("Z", "");

const decimalOf = (d: bigint): string =>
  `${d < 0n ? "-" : ""}${(d < 0n ? -d : d) / 100n}.${String((d < 0n ? -d : d) % 100n).padStart(2, "0")}`;

const toInput = (row: Row): Record<string, unknown> => ({
  ...row,
  ts: isoOf(row.ts),
  d: row.d === null ? null : decimalOf(row.d),
});

export async function run(p: Program, mode: Mode): Promise<readonly (readonly JsValue[])[]> {
  await using db = await open({
    memoryLimitBytes: MEMORY_BYTES,
    ...(mode.runRowsMax !== undefined && { runRowsMax: mode.runRowsMax }),
    ...(mode.execution !== undefined && { execution: mode.execution }),
    hashSeed: BigInt(p.seed),
  });
  await db.execute(`${tableDdl(p.delayMs)}\n${oursOf(p)};`);
  const rows = p.rows.map(toInput);
  const size = mode.epochRows ?? rows.length;
  for (let at = 0; at < rows.length; at += size) await db.insert("t", rows.slice(at, at + size));
  db.endInput();
  const { failures, stats } = await db.finished();
  if (failures[0] !== undefined) throw failures[0].error;
  for (const c of stats.queries.flatMap((q) => q.conservation)) {
    const sum = c.bad + c.skipped + c.failed + c.filtered + c.late + c.accounted;
    if (sum !== c.rowsIn) throw new Error(`conservation: ${JSON.stringify(c)}`);
  }
  return db.resultRows("query_1");
}

/** A row as comparable text: bounds in milliseconds, fractions to 7 digits. */
function textOf(p: Program, row: readonly unknown[], isOurs: boolean): string {
  return columnsOf(p)
    .map(({ kind }, n) => {
      const value = row[n];
      if (value === null || value === undefined) return "NULL";
      if (kind === "bound" && isOurs) return String(Date.parse(`${cellText(value)}Z`));
      return kind === "double" || kind === "decimal" || kind === "inexact" ? number(value) : cellText(value);
    })
    .join(" | ");
}

const cellText = (value: unknown): string =>
  typeof value === "string" || typeof value === "bigint" ? String(value) : JSON.stringify(value);

function number(value: unknown): string {
  const x = Number(value);
  // Zero of either sign, and what rounding leaves of it in a variance.
  return Math.abs(x) < 1e-7 ? "0" : x.toPrecision(7);
}

export interface Difference {
  readonly mode: string;
  readonly ours: readonly string[];
  readonly duck: readonly string[];
}

/** undefined: every mode gives what the oracle gives. */
export async function difference(p: Program, modes: readonly Mode[]): Promise<Difference | undefined> {
  const expected = (await answer(p)).rows.map((r) => textOf(p, r, false)).sort();
  for (const mode of modes) {
    const rows = (await run(p, mode)).map((r) => textOf(p, r, true)).sort();
    if (rows.length !== expected.length || rows.some((r, i) => r !== expected[i])) {
      return { mode: mode.name, ours: rows, duck: expected };
    }
  }
  return undefined;
}

const without = <T>(list: readonly T[], at: number, count = 1): T[] => [
  ...list.slice(0, at),
  ...list.slice(at + count),
];

/** The same query with less in it. What a layer above may read stays. */
function simpler(p: Program): Program[] {
  const top = p.layers.at(-1);
  const programs: Program[] = [];
  if (top === undefined) {
    if (p.items.length > 1) programs.push(...p.items.map((_, i) => ({ ...p, items: without(p.items, i) })));
  } else {
    const below = p.layers.slice(0, -1);
    programs.push({ ...p, layers: below });
    if (top.kind === "group") {
      const smaller = top.items.length > 1 ? top.items.map((_, i) => ({ ...top, items: without(top.items, i) })) : [];
      for (const layer of [...smaller, { ...top, where: undefined }, { ...top, having: undefined }]) {
        programs.push({ ...p, layers: [...below, layer] });
      }
    }
  }
  programs.push({ ...p, having: undefined }, { ...p, where: undefined }, { ...p, below: { kind: "table" } });
  return programs.filter((q) => oursOf(q) !== oursOf(p));
}

/** The same program with fewer rows and a simpler query, as long as it still differs. */
export async function shrink(p: Program, modes: readonly Mode[]): Promise<Program> {
  const fails = async (q: Program): Promise<boolean> => {
    try {
      return (await difference(q, modes)) !== undefined;
    } catch {
      return true;
    }
  };
  let best = p;
  for (let size = Math.ceil(best.rows.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let at = 0; at < best.rows.length; ) {
      const smaller = { ...best, rows: without(best.rows, at, size) };
      if (await fails(smaller)) best = smaller;
      else at += size;
    }
  }
  for (let next: Program | undefined = best; next !== undefined; ) {
    best = next;
    next = undefined;
    for (const smaller of simpler(best)) {
      if (next === undefined && (await fails(smaller))) next = smaller;
    }
  }
  return best;
}

export function describeProgram(p: Program): string {
  const rows = p.rows.map(
    (r) => `  ${isoOf(r.ts)} k=${r.k} s=${JSON.stringify(r.s)} i=${r.i} v=${r.v} x=${r.x} d=${r.d} b=${r.b}`,
  );
  return [`seed ${p.seed}, delay ${p.delayMs} ms`, oursOf(p), ...rows].join("\n");
}
