/** What stands above a query: another aggregation, a window over its windows, DISTINCT, UNION ALL of two parts of it. */
import type { Random } from "./random.ts";

/** The same expression in both languages. */
export interface Text {
  readonly ours: string;
  readonly duck: string;
}
export const same = (text: string): Text => ({ ours: text, duck: text });

/** `inexact`: a DOUBLE whose last bits depend on the engine; `bound`: of a window. */
export type Kind = "int" | "big" | "double" | "decimal" | "string" | "bool" | "inexact" | "bound";

export interface Column {
  readonly name: string;
  readonly kind: Kind;
}

export interface Item extends Text {
  readonly kind: Kind;
  readonly isOrderSensitive: boolean;
}

export type Aligned =
  | { readonly kind: "tumble"; readonly size: number; readonly offset: number }
  | { readonly kind: "hop"; readonly slide: number; readonly size: number; readonly offset: number }
  | { readonly kind: "cumulate"; readonly step: number; readonly size: number; readonly offset: number };

export type Layer =
  | {
      readonly kind: "group";
      /** Over the windows below, by window_time; it must stand on one. */
      readonly window: Aligned | undefined;
      readonly keys: readonly Column[];
      readonly where: Text | undefined;
      readonly having: Text | undefined;
      readonly items: readonly Item[];
    }
  | { readonly kind: "distinct"; readonly columns: readonly Column[]; readonly where: Text | undefined }
  | { readonly kind: "union"; readonly columns: readonly Column[]; readonly wheres: readonly [Text, Text] };

export const isNumber = (k: Kind): boolean => k === "int" || k === "big" || k === "double" || k === "decimal";
const isExact = (c: Column): boolean => c.kind !== "inexact";

/** The name of an item: of layer `level`, 0 being the query below all of them. */
export const itemName = (level: number, n: number): string => `${"abc"[level] ?? "z"}${n}`;

const itemColumns = (level: number, items: readonly Item[]): Column[] =>
  items.map((x, n) => ({ name: itemName(level, n), kind: x.kind }));

const BOUNDS: readonly Column[] = [
  { name: "window_start", kind: "bound" },
  { name: "window_end", kind: "bound" },
];

/** The columns of a grouping, in their order. */
export const groupColumns = (
  keys: readonly Column[],
  windowed: boolean,
  level: number,
  items: readonly Item[],
): Column[] => [...keys, ...(windowed ? BOUNDS : []), ...itemColumns(level, items)];

/** How a function of an aggregate is written in both languages. */
export function aggregateText(name: string, distinct: string, arg: Text, filter: Text, kind: Kind): Text {
  const call = (text: string): string => `${name}(${distinct}${text})`;
  const ours = call(arg.ours) + filter.ours;
  if (name !== "AVG" || kind !== "decimal") return { ours, duck: call(arg.duck) + filter.duck };
  const [sum, count] = ["SUM", "COUNT"].map((f) => `${f}(${distinct}${arg.duck})${filter.duck}`);
  return { ours, duck: `ROUND(${sum} / ${count}, 6)` };
}

export const filterText = (condition: Text | undefined): Text =>
  condition === undefined
    ? same("")
    : { ours: ` FILTER (WHERE ${condition.ours})`, duck: ` FILTER (WHERE ${condition.duck})` };

const SUM_KINDS: Partial<Record<Kind, Kind>> = { int: "big", big: "big", double: "double", decimal: "decimal" };
export const sumKind = (k: Kind): Kind => SUM_KINDS[k] ?? "inexact";

function conditionOf(r: Random, columns: readonly Column[]): Text {
  const c = r.pick(columns);
  if (isNumber(c.kind)) {
    return r.pick([
      same(`${c.name} > ${r.between(-50, 50)}`),
      same(`${c.name} <> ${r.between(0, 3)}`),
      same(`${c.name} BETWEEN 0 AND ${r.pick([1, 10, 1000])}`),
      same(`COALESCE(${c.name}, 0) <= ${r.between(-3, 30)}`),
    ]);
  }
  if (c.kind === "string") return same(`${c.name} > '${r.pick(["", "a", "b"])}'`);
  return same(`${c.name} IS ${r.chance(80) ? "NOT " : ""}NULL`);
}

function itemOf(r: Random, columns: readonly Column[]): Item {
  const c = r.pick(columns);
  const distinct = isExact(c) && r.chance(25) ? "DISTINCT " : "";
  const filter = filterText(r.chance(25) ? conditionOf(r, columns) : undefined);
  const make = (name: string, kind: Kind): Item => ({
    ...aggregateText(name, distinct, same(c.name), filter, c.kind),
    kind,
    isOrderSensitive: false,
  });
  if (r.chance(15))
    return { ours: `COUNT(*)${filter.ours}`, duck: `COUNT(*)${filter.duck}`, kind: "big", isOrderSensitive: false };
  if (c.kind === "bool" || r.chance(15)) return make("COUNT", "big");
  if (!isNumber(c.kind) || r.chance(30)) return make(r.pick(["MIN", "MAX"]), c.kind);
  if (r.chance(40)) return make("SUM", sumKind(c.kind));
  if (r.chance(40)) return make("AVG", "inexact");
  return make(r.pick(["STDDEV_POP", "VAR_POP", "STDDEV_SAMP", "VAR_SAMP"]), "inexact");
}

function someOf(r: Random, columns: readonly Column[], percent: number, most: number): Column[] {
  const chosen = columns.filter(() => r.chance(percent));
  return chosen.slice(0, most);
}

function alignedOf(r: Random): Aligned {
  const size = r.pick([2000, 5000, 10_000, 60_000]);
  const offset = r.chance(25) ? r.pick([500, -500, 1500]) : 0;
  if (r.chance(50)) return { kind: "tumble", size, offset };
  if (r.chance(70)) return { kind: "hop", slide: r.pick([1000, 2000, 3000].filter((s) => s <= size)), size, offset };
  const step = r.pick([1000, 2000]);
  return { kind: "cumulate", step, size: step * r.between(1, 5), offset };
}

export const columnsOfLayer = (layer: Layer, level: number): readonly Column[] =>
  layer.kind === "group" ? groupColumns(layer.keys, layer.window !== undefined, level, layer.items) : layer.columns;

/** A layer over columns. `windowed`: what is below has windows that are not yet given up, so another window can stand on it. */
function layerOf(r: Random, below: readonly Column[], windowed: boolean): Layer {
  const window = windowed && r.chance(60) ? alignedOf(r) : undefined;
  // A window over a window sees window_time and not the bounds below.
  const columns = window === undefined ? below : below.filter((c) => c.kind !== "bound");
  const exact = columns.filter(isExact);
  const where = r.chance(25) ? conditionOf(r, columns) : undefined;
  if (window === undefined && exact.length > 0 && r.chance(30)) {
    const chosen = someOf(r, exact, 50, 3);
    const kept = chosen.length === 0 ? [r.pick(exact)] : chosen;
    if (r.chance(50)) return { kind: "distinct", columns: kept, where };
    return { kind: "union", columns: kept, wheres: [conditionOf(r, kept), conditionOf(r, kept)] };
  }
  const items = Array.from({ length: r.between(1, 3) }, () => itemOf(r, columns));
  const having = r.chance(20) ? r.pick([same("COUNT(*) > 1"), same("COUNT(*) <> 2")]) : undefined;
  return { kind: "group", window, keys: someOf(r, exact, 25, 2), where, having, items };
}

/** Up to two layers over the columns of a query. */
export function layersOf(r: Random, below: readonly Column[], windowed: boolean): readonly Layer[] {
  const layers: Layer[] = [];
  let columns = below;
  let hasWindow = windowed;
  // Over a changelog a second aggregation takes back what the first has changed.
  const count = windowed ? r.pick([0, 0, 1, 1, 2]) : r.pick([0, 1, 1, 1, 2]);
  while (layers.length < count && columns.length > 0) {
    const layer = layerOf(r, columns, hasWindow);
    layers.push(layer);
    columns = columnsOfLayer(layer, layers.length);
    hasWindow = layer.kind === "group" && layer.window !== undefined;
  }
  return layers;
}
