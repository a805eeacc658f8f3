/** `state diff`: what came from one generation to another: rows of each table, how far sources were read, watermarks. */
import type { DirectoryTable } from "../../state/snapshot/directory.ts";
import { rowsOf, type ShownColumn, sourcesOf, watermarksOf } from "./contents.ts";
import type { Generation } from "./view.ts";

/** A row that is not in both; of one that was changed both are there. Values as JSON. */
export type RowDifference =
  | { readonly kind: "added"; readonly after: readonly string[] }
  | { readonly kind: "removed"; readonly before: readonly string[] }
  | { readonly kind: "changed"; readonly before: readonly string[]; readonly after: readonly string[] };

export interface TableDifference {
  readonly table: string;
  readonly columns: readonly ShownColumn[];
  readonly added: number;
  readonly removed: number;
  /** Rows of the same key. */
  readonly changed: number;
  readonly same: number;
  /** As many as were asked for. */
  readonly examples: readonly RowDifference[];
}

export interface SourceDifference {
  readonly table: string;
  readonly partition: string;
  /** undefined: the partition was not there. */
  readonly from: bigint | undefined;
  readonly to: bigint;
  readonly lines: bigint | undefined;
  /** It ended meanwhile. */
  readonly hasEnded: boolean;
}

export interface WatermarkDifference {
  readonly query: string;
  readonly operator: string;
  /** Microseconds; undefined: the query was not there. */
  readonly from: bigint | undefined;
  readonly to: bigint;
}

export interface Difference {
  readonly from: number;
  readonly to: number;
  readonly tables: readonly TableDifference[];
  /** Those that moved. */
  readonly sources: readonly SourceDifference[];
  readonly watermarks: readonly WatermarkDifference[];
}

/** `examples`: how many rows of each table are told. */
export async function differenceOf(before: Generation, after: Generation, examples: number): Promise<Difference> {
  const tables: TableDifference[] = [];
  const names = new Set([...before.tables, ...after.tables].map(({ name }) => name));
  for (const name of names) tables.push(await tableDifference(name, before, after, examples));
  return {
    from: before.entry.epoch,
    to: after.entry.epoch,
    tables,
    sources: sourceDifferences(before, after),
    watermarks: watermarkDifferences(before, after),
  };
}

async function tableDifference(
  name: string,
  before: Generation,
  after: Generation,
  examples: number,
): Promise<TableDifference> {
  const [was, is] = [await contents(before, name), await contents(after, name)];
  const columns = is?.table.columns ?? was?.table.columns ?? [];
  const { added, removed, same } = multisetDifference(was?.rows ?? [], is?.rows ?? []);
  // A table of one row says how far something is: that row has changed.
  const isOneRow = was?.table.rows === 1 && is?.table.rows === 1;
  const keys = columns.flatMap(({ isKey }, i) => (isKey ? [i] : []));
  const rows = keys.length === 0 && !isOneRow ? unpaired(added, removed) : paired(added, removed, keys);
  const count = (kind: RowDifference["kind"]): number => rows.filter((row) => row.kind === kind).length;
  return {
    table: name,
    columns,
    added: count("added"),
    removed: count("removed"),
    changed: count("changed"),
    same,
    examples: rows.slice(0, examples),
  };
}

async function contents(generation: Generation, name: string): Promise<Awaited<ReturnType<typeof rowsOf>> | undefined> {
  const table: DirectoryTable | undefined = generation.tables.find((t) => t.name === name);
  return table === undefined ? undefined : rowsOf(generation, table);
}

type Cells = readonly string[];

/** Rows that are in both as often are the same. */
function multisetDifference(before: Iterable<Cells>, after: Iterable<Cells>) {
  const left = new Map<string, { count: number; readonly cells: Cells }>();
  for (const cells of before) {
    const text = cells.join(",");
    const known = left.get(text);
    if (known === undefined) left.set(text, { count: 1, cells });
    else known.count++;
  }
  const added: Cells[] = [];
  let same = 0;
  for (const cells of after) {
    const known = left.get(cells.join(","));
    if (known === undefined || known.count === 0) added.push(cells);
    else {
      known.count--;
      same++;
    }
  }
  const removed = [...left.values()].flatMap(({ count, cells }) => Array.from({ length: count }, () => cells));
  return { added, removed, same };
}

const unpaired = (added: readonly Cells[], removed: readonly Cells[]): readonly RowDifference[] => [
  ...removed.map((before): RowDifference => ({ kind: "removed", before })),
  ...added.map((after): RowDifference => ({ kind: "added", after })),
];

/** A row that went and one that came with the same key are one that was changed; of several of a key the first two, and so on. */
function paired(added: readonly Cells[], removed: readonly Cells[], keys: readonly number[]): readonly RowDifference[] {
  const keyOf = (cells: Cells): string => keys.map((k) => cells[k]).join(",");
  const gone = Map.groupBy(removed, keyOf);
  const rows: RowDifference[] = [];
  const isPaired = new Set<Cells>();
  for (const after of added) {
    const before = gone.get(keyOf(after))?.shift();
    if (before === undefined) continue;
    isPaired.add(after);
    rows.push({ kind: "changed", before, after });
  }
  return [
    ...rows,
    ...unpaired(
      added.filter((cells) => !isPaired.has(cells)),
      [...gone.values()].flat(),
    ),
  ];
}

function sourceDifferences(before: Generation, after: Generation): readonly SourceDifference[] {
  const was = sourcesOf(before);
  return sourcesOf(after).flatMap((is): SourceDifference[] => {
    const from = was.find((s) => s.job === is.job && s.table === is.table && s.partition === is.partition);
    if (from !== undefined && from.position === is.position && from.ended === is.ended) return [];
    const lines = is.line === undefined ? undefined : is.line - (from?.line ?? 1n);
    const hasEnded = is.ended && from?.ended !== true;
    return [{ table: is.table, partition: is.partition, from: from?.position, to: is.position, lines, hasEnded }];
  });
}

function watermarkDifferences(before: Generation, after: Generation): readonly WatermarkDifference[] {
  const was = watermarksOf(before);
  return watermarksOf(after).flatMap(({ query, operator, watermark: to }): WatermarkDifference[] => {
    const from = was.find((w) => w.query === query && w.operator === operator)?.watermark;
    return from === to ? [] : [{ query, operator, from, to }];
  });
}
