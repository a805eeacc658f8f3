/** A program as streaming SQL, and as DuckDB's over `a`: the rows with the windows that the model has assigned. */
import { type Aligned, type Column, columnsOfLayer, groupColumns, itemName, type Layer, type Text } from "./layers.ts";
import { isBelow, keyColumns, type Program, type Window } from "./program.ts";

type Language = keyof Text;

const interval = (ms: number): string => `INTERVAL '${ms / 1000}' SECOND`;

export const tableDdl = (delayMs: number): string =>
  `CREATE TABLE t (ts TIMESTAMP(3), k INT, s STRING, i INT, v BIGINT, x DOUBLE, d DECIMAL(12, 2), b BOOLEAN,
  WATERMARK FOR ts AS ts - ${interval(delayMs)});`;

const baseColumns = (p: Program): readonly Column[] =>
  groupColumns(keyColumns(p.keys), p.window.kind !== "none", 0, p.items);

/** The columns of the result. */
export const columnsOf = (p: Program): readonly Column[] => {
  const top = p.layers.at(-1);
  return top === undefined ? baseColumns(p) : columnsOfLayer(top, p.layers.length);
};

const clause = (word: string, text: Text | undefined, l: Language): string =>
  text === undefined ? "" : ` ${word} ${text[l]}`;

/** Whether the next layer up windows what is made here: it sees window_time (renamed, for it has its own) and not the bounds. */
const isBelowWindow = (layer: Layer | undefined): boolean => layer?.kind === "group" && layer.window !== undefined;

function windowCall(w: Exclude<Window, { kind: "none" }>, from: string, time: string): string {
  const offset = "offset" in w && w.offset !== 0 ? `, ${interval(w.offset)}` : "";
  const column = `DESCRIPTOR(${time})`;
  switch (w.kind) {
    case "tumble":
      return `TABLE(TUMBLE(${from}, ${column}, ${interval(w.size)}${offset}))`;
    case "hop":
      return `TABLE(HOP(${from}, ${column}, ${interval(w.slide)}, ${interval(w.size)}${offset}))`;
    case "cumulate":
      return `TABLE(CUMULATE(${from}, ${column}, ${interval(w.step)}, ${interval(w.size)}${offset}))`;
    case "session": {
      const partition = w.keys.length === 0 ? "" : ` PARTITION BY ${w.keys.join(", ")}`;
      return `TABLE(SESSION(${from}${partition}, ${column}, ${interval(w.gap)}))`;
    }
    default:
      return w satisfies never;
  }
}

/** In DuckDB: the rows of `from` with the windows of their window_time. */
function duckWindows(w: Aligned, from: string): string {
  const unit = w.kind === "hop" ? w.slide : w.size;
  const start = `window_time - ((((window_time - (${w.offset})) % ${unit}) + ${unit}) % ${unit})`;
  const aligned = `(SELECT *, ${start} AS aligned FROM ${from})`;
  const windows = (first: string, end: string, count: number, which: string): string =>
    `(SELECT *, ${first} AS window_start, ${end} AS window_end FROM ${aligned}, range(${count}) r(nth) WHERE ${which})`;
  switch (w.kind) {
    case "tumble":
      return windows("aligned", `aligned + ${w.size}`, 1, "TRUE");
    case "hop": {
      const first = `aligned - nth * ${w.slide}`;
      return windows(first, `${first} + ${w.size}`, Math.ceil(w.size / w.slide), `${first} > window_time - ${w.size}`);
    }
    case "cumulate": {
      const end = `aligned + (nth + 1) * ${w.step}`;
      return windows("aligned", end, w.size / w.step, `window_time < ${end}`);
    }
    default:
      return w satisfies never;
  }
}

interface Grouping {
  readonly level: number;
  readonly from: string;
  readonly windowed: boolean;
  readonly keys: readonly string[];
  readonly items: readonly Text[];
  readonly where: Text | undefined;
  readonly having: Text | undefined;
  readonly above: Layer | undefined;
  readonly isPlain?: boolean;
}

function grouping(g: Grouping, l: Language): string {
  const hides = isBelowWindow(g.above);
  const time = l === "ours" ? "window_time AS wt" : "window_end - 1 AS window_time";
  const bounds = g.windowed ? (hides ? [time] : ["window_start", "window_end"]) : [];
  const items = g.items.map((x, n) => `${x[l]} AS ${itemName(g.level, n)}`);
  const groupBounds = ["window_start", "window_end", ...(hides && l === "ours" ? ["window_time"] : [])];
  const by = [...g.keys, ...(g.windowed ? groupBounds : [])];
  const groupBy = by.length === 0 || g.isPlain === true ? "" : ` GROUP BY ${by.join(", ")}`;
  const list = [...g.keys, ...bounds, ...items].join(", ");
  return `SELECT ${list} FROM ${g.from}${clause("WHERE", g.where, l)}${groupBy}${clause("HAVING", g.having, l)}`;
}

function layerText(layer: Layer, level: number, below: string, above: Layer | undefined, l: Language): string {
  const from = `(${below})`;
  if (layer.kind === "group") {
    const { window, keys, where, having, items } = layer;
    const windows = (w: Aligned): string => (l === "ours" ? windowCall(w, from, "wt") : duckWindows(w, from));
    const source = window === undefined ? `${from} AS q` : windows(window);
    const names = keys.map((k) => k.name);
    return grouping(
      { level, from: source, windowed: window !== undefined, keys: names, items, where, having, above },
      l,
    );
  }
  const list = layer.columns.map((c) => c.name).join(", ");
  if (layer.kind === "distinct") return `SELECT DISTINCT ${list} FROM ${from} AS q${clause("WHERE", layer.where, l)}`;
  return layer.wheres.map((w) => `SELECT ${list} FROM ${from} AS q WHERE ${w[l]}`).join(" UNION ALL ");
}

/** Where the rows of the base query come from: the table, or what stands between. */
function source(p: Program, l: Language): string {
  const table = l === "ours" ? "t" : "a";
  const { below } = p;
  if (below.kind === "union") {
    // The order of the rows of DuckDB's first and last: by position, then by branch.
    const parts = below.wheres.map(
      (w, n) => `SELECT *${l === "duck" ? `, ${n} AS branch` : ""} FROM ${table} WHERE ${w[l]}`,
    );
    return `(${parts.join(" UNION ALL ")})`;
  }
  if (below.kind === "table") return l === "duck" ? `(SELECT *, 0 AS branch FROM a)` : table;
  if (below.kind === "view" && l === "ours") return "below";
  return `(SELECT *${l === "duck" ? ", 0 AS branch" : ""} FROM ${table} WHERE ${below.where[l]})`;
}

function baseText(p: Program, l: Language): string {
  const { window: w, keys, where, having, items } = p;
  const windowed = w.kind !== "none";
  let from = source(p, l);
  let above = where;
  if (isBelow(p)) {
    // WHERE below a session decides which rows form it; above it does not.
    if (where !== undefined && l === "ours") from = `(SELECT * FROM ${from} WHERE ${where.ours})`;
    above = undefined;
  }
  if (windowed && l === "ours") from = windowCall(w, from.startsWith("(") ? from : `TABLE ${from}`, "ts");
  const aliased = windowed && l === "ours" ? from : `${from} AS q`;
  const [next] = p.layers;
  const base = {
    level: 0,
    from: aliased,
    windowed,
    keys,
    items,
    where: above,
    having,
    above: next,
    isPlain: p.isPlain,
  };
  if (items.length > 0) return grouping(base, l);
  return `SELECT DISTINCT ${keys.join(", ")} FROM ${aliased}${clause("WHERE", above, l)}`;
}

function queryText(p: Program, l: Language): string {
  return p.layers.reduce((below, layer, i) => layerText(layer, i + 1, below, p.layers[i + 1], l), baseText(p, l));
}

/** The query as streaming SQL, with the view that it stands on. */
export function oursOf(p: Program): string {
  const view = p.below.kind === "view" ? `CREATE VIEW below AS SELECT * FROM t WHERE ${p.below.where.ours};\n` : "";
  return view + queryText(p, "ours");
}

/** The query over `a` as DuckDB's SQL. */
export const duckOf = (p: Program): string => queryText(p, "duck");
