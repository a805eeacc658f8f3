/** Runs a generated program through the engine and compares with the oracle; shrinks what differs. */
import { open } from "../../src/engine.ts";
import type { JsValue } from "../../src/expr/text.ts";
import { answer } from "./duck.ts";
import { oursOf, type Program, type Row, tableDdl } from "./program.ts";

export interface Mode {
  readonly name: string;
  readonly runRowsMax?: number;
  readonly execution?: { readonly mode?: "wasm" | "interpret"; readonly checked?: boolean };
}

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
    memoryLimitBytes: 64 << 20,
    ...(mode.runRowsMax !== undefined && { runRowsMax: mode.runRowsMax }),
    ...(mode.execution !== undefined && { execution: mode.execution }),
    hashSeed: BigInt(p.seed),
  });
  await db.execute(`${tableDdl(p.delayMs)}\n${oursOf(p)};`);
  void db.insert("t", p.rows.map(toInput));
  db.endInput();
  const { failures, stats } = await db.finished();
  if (failures[0] !== undefined) throw failures[0].error;
  for (const c of stats.queries.flatMap((q) => q.conservation)) {
    const sum = c.bad + c.skipped + c.failed + c.filtered + c.late + c.accounted;
    if (sum !== c.rowsIn) throw new Error(`conservation: ${JSON.stringify(c)}`);
  }
  return db.resultRows("query_1");
}

/** A row as comparable text: bounds in milliseconds, numbers to 7 digits where an aggregate is one. */
function textOf(p: Program, row: readonly unknown[], isOurs: boolean): string {
  const bounds = p.window.kind === "none" ? 0 : 2;
  return row
    .map((value, n) => {
      if (value === null || value === undefined) return "NULL";
      const isBound = n >= p.keys.length && n < p.keys.length + bounds;
      if (isBound) return isOurs ? String(Date.parse(`${cellText(value)}Z`)) : cellText(value);
      const item = p.items[n - p.keys.length - bounds];
      if (item?.compare === "number" || p.keys[n] === "d") return number(value);
      return cellText(value);
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

/** The same program with fewer rows and items, as long as it still differs. */
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
      const smaller = { ...best, rows: [...best.rows.slice(0, at), ...best.rows.slice(at + size)] };
      if (await fails(smaller)) best = smaller;
      else at += size;
    }
  }
  for (const item of best.items) {
    const smaller = { ...best, items: best.items.filter((x) => x !== item) };
    if (smaller.items.length > 0 && (await fails(smaller))) best = smaller;
  }
  for (const smaller of [
    { ...best, having: undefined },
    { ...best, where: undefined },
  ]) {
    if (await fails(smaller)) best = smaller;
  }
  return best;
}

export function describeProgram(p: Program): string {
  const rows = p.rows.map(
    (r) => `  ${isoOf(r.ts)} k=${r.k} s=${JSON.stringify(r.s)} i=${r.i} v=${r.v} x=${r.x} d=${r.d} b=${r.b}`,
  );
  return [`seed ${p.seed}, delay ${p.delayMs} ms`, oursOf(p), ...rows].join("\n");
}
