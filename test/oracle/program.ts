/** Generated programs: a table with rows, a query over windows or groups, and what stands below and above it. */
import {
  type Aligned,
  aggregateText,
  type Column,
  filterText,
  groupColumns,
  type Item,
  isNumber,
  type Kind,
  type Layer,
  layersOf,
  same,
  sumKind,
  type Text,
} from "./layers.ts";
import { Random } from "./random.ts";

export interface Row {
  /** Milliseconds since the epoch. */
  readonly ts: number;
  readonly k: number | null;
  readonly s: string | null;
  readonly i: number | null;
  readonly v: bigint | null;
  readonly x: number | null;
  /** Hundredths: DECIMAL(12, 2). */
  readonly d: bigint | null;
  readonly b: boolean | null;
}

export type Window =
  | Aligned
  | { readonly kind: "session"; readonly gap: number; readonly keys: readonly string[] }
  | { readonly kind: "none" };

/** What stands between the table and the query. */
export type Below =
  | { readonly kind: "table" }
  | { readonly kind: "subquery" | "view"; readonly where: Text }
  | { readonly kind: "union"; readonly wheres: readonly [Text, Text] };

export interface Program {
  readonly seed: number;
  readonly rows: readonly Row[];
  readonly delayMs: number;
  readonly below: Below;
  readonly window: Window;
  readonly keys: readonly string[];
  readonly where: Text | undefined;
  /** Of a session: whether WHERE stands above the window function (W7). */
  readonly isAbove: boolean;
  /** Rows with their session's bounds, without GROUP BY: `items` are columns. */
  readonly isPlain: boolean;
  readonly having: Text | undefined;
  /** None: SELECT DISTINCT of the keys. */
  readonly items: readonly Item[];
  /** From the bottom up. */
  readonly layers: readonly Layer[];
}

const SIZES = [1000, 2000, 3000, 5000, 10_000, 60_000];
const BASES = [
  Date.UTC(2026, 0, 1),
  Date.UTC(1969, 11, 31, 23, 59, 40),
  0,
  Date.UTC(1899, 5, 1),
  Date.UTC(2100, 1, 28),
];
const STRINGS = [
  "",
  "a",
  "b",
  "ab",
  "Alpha",
  "a%b",
  "ü",
  "日本",
  "a longer string than eight bytes",
  "twelve bytes",
  "key-17",
  "x_y",
];

function rowsOf(r: Random): { rows: Row[]; delayMs: number } {
  const n = r.pick([0, 1, 3, 20, 60, 60, 200]);
  const base = r.pick(BASES);
  const span = r.pick([5000, 30_000, 120_000]);
  const jitter = r.pick([0, 500, 3000, 15_000]);
  const delayMs = r.pick([0, 1, 500, 2000, jitter]);
  const keys = r.pick([1, 2, 5, 40]);
  const nulls = r.pick([0, 0, 15]);
  const rows: Row[] = [];
  for (let i = 0; i < n; i++) {
    const late = r.chance(4) ? r.below(span) : 0;
    const onBound = r.chance(20);
    const raw = base + Math.floor((span * i) / n) + r.below(jitter + 1) - late;
    const ts = onBound ? Math.round(raw / 1000) * 1000 : raw;
    const maybe = <T>(value: T): T | null => (r.chance(nulls) ? null : value);
    rows.push({
      ts,
      k: maybe(r.chance(10) ? -r.below(keys) : r.below(keys)),
      s: maybe(r.pick(STRINGS)),
      i: maybe(r.chance(5) ? r.pick([2147483647, -2147483648, 0]) : r.between(-1000, 1000)),
      v: maybe(
        r.chance(5)
          ? r.pick([9007199254740993n, -9007199254740993n, 1n << 54n, -(1n << 54n)])
          : BigInt(r.between(-100000, 100000)),
      ),
      x: maybe(r.between(-4000, 4000) / 4),
      d: maybe(BigInt(r.between(-1000000, 1000000))),
      b: maybe(r.chance(50)),
    });
    if (r.chance(8) && rows.length > 0) rows.push(r.pick(rows));
  }
  return { rows, delayMs };
}

function windowOf(r: Random, keys: readonly string[]): Window {
  const size = r.pick(SIZES);
  const offset = r.chance(25) ? r.pick([500, -500, 1500, -7000, 1]) : 0;
  switch (r.below(13)) {
    case 0:
    case 1:
    case 2:
      return { kind: "tumble", size, offset };
    case 3:
    case 4: {
      const slide = r.pick(SIZES.filter((s) => s <= size));
      return { kind: "hop", slide, size, offset };
    }
    case 5:
    case 6: {
      const step = r.pick([1000, 2000, 5000]);
      return { kind: "cumulate", step, size: step * r.between(1, 5), offset };
    }
    case 7:
    case 8:
      return { kind: "session", gap: r.pick([500, 1000, 3000, 10_000]), keys };
    default:
      return { kind: "none" };
  }
}

function conditionOf(r: Random, depth = 0): Text {
  const simple = (): Text =>
    r.pick([
      () => same(`i > ${r.between(-500, 500)}`),
      () => same(`k = ${r.below(3)}`),
      () => same(`x <= ${r.between(-400, 400)}.25`),
      () => same("b"),
      () => same("b IS NULL"),
      () => same("s IS NOT NULL"),
      () => same(`s LIKE '${r.pick(["a%", "%b", "_", "%", "%e%", "a\\%b", "A%a"])}' ESCAPE '\\'`),
      () => same(`s = '${r.pick(STRINGS)}'`),
      () => same(`s > '${r.pick(STRINGS)}'`),
      () => same(`d BETWEEN ${r.between(-5000, 0)}.50 AND ${r.between(0, 5000)}`),
      () => same(`k IN (0, 1, ${r.below(9)})`),
      () => same(`v % 7 = ${r.between(-6, 6)}`),
      () => same(`CAST(i AS BIGINT) + k > ${r.between(-100, 100)}`),
      () => same(`COALESCE(i, 0) >= ${r.between(-100, 100)}`),
      () => same(`CASE WHEN b THEN i ELSE k END > ${r.between(-10, 10)}`),
      () => same(`CHAR_LENGTH(s) > ${r.below(10)}`),
    ])();
  if (depth > 1 || r.chance(50)) return simple();
  const left = conditionOf(r, depth + 1);
  const right = conditionOf(r, depth + 1);
  const op = r.pick(["AND", "OR"]);
  const not = r.chance(20) ? "NOT " : "";
  return { ours: `${not}(${left.ours} ${op} ${right.ours})`, duck: `${not}(${left.duck} ${op} ${right.duck})` };
}

interface Argument extends Text {
  readonly kind: Kind;
}

function argumentOf(r: Random): Argument {
  return r.pick<Argument>([
    { ...same("k"), kind: "int" },
    { ...same("i"), kind: "int" },
    { ...same("v"), kind: "big" },
    { ...same("x"), kind: "double" },
    { ...same("d"), kind: "decimal" },
    { ...same("s"), kind: "string" },
    { ...same("i / 4"), duck: "i // 4", kind: "int" },
    { ...same("x * 2 - k"), kind: "double" },
    { ...same("d + 0.5"), kind: "decimal" },
    { ...same("CASE WHEN b THEN v END"), kind: "big" },
    { ours: "ABS(CAST(i AS BIGINT))", duck: "ABS(i::BIGINT)", kind: "big" },
  ]);
}

function aggregateOf(r: Random): Item {
  const a = argumentOf(r);
  const distinct = r.chance(35) ? "DISTINCT " : "";
  const condition = r.chance(25) ? conditionOf(r, 1) : undefined;
  const filter = filterText(condition);
  const make = (name: string, kind: Kind): Item => ({
    ...aggregateText(name, distinct, a, filter, a.kind),
    kind,
    isOrderSensitive: false,
  });
  switch (r.below(isNumber(a.kind) ? 10 : 5)) {
    case 0:
      return { ours: `COUNT(*)${filter.ours}`, duck: `COUNT(*)${filter.duck}`, kind: "big", isOrderSensitive: false };
    case 1:
      return make("COUNT", "big");
    case 2:
      return make("MIN", a.kind);
    case 3:
      return make("MAX", a.kind);
    case 4: {
      const first = r.chance(50);
      const also = condition === undefined ? "" : ` AND (${condition.duck})`;
      const name = first ? "first" : "last";
      return {
        ours: `${name}_VALUE(${a.ours})${filter.ours}`,
        duck: `${name}(${a.duck} ORDER BY pos, branch) FILTER (WHERE (${a.duck}) IS NOT NULL${also})`,
        kind: a.kind,
        isOrderSensitive: true,
      };
    }
    case 5:
    case 6:
      return make("SUM", sumKind(a.kind));
    case 7:
    case 8:
      return make("AVG", "inexact");
    default:
      return make(r.pick(["STDDEV_POP", "VAR_POP", "STDDEV_SAMP", "VAR_SAMP"]), "inexact");
  }
}

const KEY_KINDS: Readonly<Record<string, Kind>> = { k: "int", s: "string", b: "bool", v: "big", d: "decimal" };
export const keyColumns = (keys: readonly string[]): Column[] =>
  keys.map((name) => ({ name, kind: KEY_KINDS[name] ?? "int" }));

function belowOf(r: Random, window: Window): Below {
  if (r.chance(70)) return { kind: "table" };
  // The model forms sessions of rows, each of which is there once.
  if (window.kind === "session" || r.chance(50))
    return { kind: r.pick(["subquery", "view"]), where: conditionOf(r, 1) };
  return { kind: "union", wheres: [conditionOf(r, 1), conditionOf(r, 1)] };
}

const rowColumns: readonly Item[] = (
  [
    ["k", "int"],
    ["s", "string"],
    ["i", "int"],
    ["v", "big"],
    ["x", "double"],
    ["d", "decimal"],
    ["b", "bool"],
  ] as const
).map(([name, kind]) => ({ ...same(name), kind, isOrderSensitive: false }));

/** Whether WHERE decides which rows form sessions. */
export const isBelow = (p: Program): boolean => p.window.kind === "session" && !p.isAbove;

export function generate(seed: number): Program {
  const r = new Random(seed);
  const { rows, delayMs } = rowsOf(r);
  const keys = r.pick([[], ["k"], ["k"], ["s"], ["k", "s"], ["b"], ["v"], ["d"]]);
  const window = windowOf(r, keys);
  const isUpdating = window.kind === "none";
  const isDistinct = isUpdating && keys.length > 0 && r.chance(15);
  const items = isDistinct ? [] : Array.from({ length: r.between(1, 4) }, () => aggregateOf(r));
  const hasHaving = !isDistinct && r.chance(isUpdating ? 40 : 20);
  const having = hasHaving ? r.pick([same("COUNT(*) > 1"), same("MAX(i) > 0"), same("COUNT(x) <> 2")]) : undefined;
  const where = r.chance(40) ? conditionOf(r) : undefined;
  const below = belowOf(r, window);
  const layers = layersOf(r, groupColumns(keyColumns(keys), !isUpdating, 0, items), !isUpdating);
  const isAbove = window.kind === "session" && where !== undefined && r.chance(50);
  const program = { seed, rows, delayMs, below, window, keys, where, isAbove, isPlain: false, having, items, layers };
  if (window.kind !== "session" || !r.chance(25)) return program;
  return { ...program, isPlain: true, keys: [], having: undefined, items: rowColumns, layers: [] };
}

/**
 * The rows in another order, out of order by less than the watermark's delay, so that none is late: the result must not
 * show it. undefined where order shows (FIRST_VALUE) or there is no delay to be out of order by.
 */
export function permuted(p: Program, seed: number): Program | undefined {
  if (p.delayMs < 2 || p.items.some((i) => i.isOrderSensitive)) return undefined;
  const r = new Random(seed);
  const keyed = p.rows.map((row) => ({ row, key: row.ts + r.below(p.delayMs) }));
  keyed.sort((a, b) => a.key - b.key);
  return { ...p, rows: keyed.map((k) => k.row) };
}
