/** `tidemark state diff DIR GEN GEN`: what came from one generation to another. */
import { watermarkText } from "../../../engine/inspect/contents.ts";
import {
  type Difference,
  differenceOf,
  type RowDifference,
  type SourceDifference,
  type TableDifference,
  type WatermarkDifference,
} from "../../../engine/inspect/difference.ts";
import { generationOf, withView } from "../../../engine/inspect/view.ts";
import { ExitCode, type ExitCodeNumber } from "../../exit-code.ts";
import { groups } from "../../output/numbers.ts";
import type { Terminal } from "../../output/terminal.ts";
import { cellText, printJson, printTable, type StateFlags } from "./text.ts";

export interface DiffFlags extends StateFlags {
  readonly limit: number;
}

export async function diff(
  folder: string,
  [from, to]: readonly [string, string],
  flags: DiffFlags,
  terminal: Terminal,
): Promise<ExitCodeNumber> {
  const difference = await withView(folder, async (view) =>
    differenceOf(await generationOf(view, from), await generationOf(view, to), flags.limit),
  );
  if (flags.json === true) printJson(dataOf(difference), terminal);
  else printDifference(difference, terminal);
  return ExitCode.DONE;
}

const isDifferent = ({ added, removed, changed }: TableDifference): boolean => added + removed + changed > 0;

function dataOf({ tables, watermarks, ...rest }: Difference): unknown {
  return {
    ...rest,
    tables: tables.map(({ columns, examples, ...counts }) => ({
      ...counts,
      examples: examples.map((row) => ({
        kind: row.kind,
        ...("before" in row && { before: rowData(columns, row.before) }),
        ...("after" in row && { after: rowData(columns, row.after) }),
      })),
    })),
    watermarks: watermarks.map(({ from, to, ...w }) => ({
      ...w,
      from: from === undefined ? null : watermarkText(from),
      to: watermarkText(to),
    })),
  };
}

/** Values as text keep all their digits. */
const rowData = (columns: TableDifference["columns"], cells: readonly string[]): unknown =>
  Object.fromEntries(columns.map(({ name }, i) => [name, cells[i] === "null" ? null : cellText(cells[i])]));

function printDifference({ from, to, tables, sources, watermarks }: Difference, terminal: Terminal): void {
  const different = tables.filter(isDifferent);
  terminal.print(`from generation ${from} to ${to}: ${different.length} of ${tables.length} tables differ`);
  printTable(
    "Tables",
    ["table", "added", "removed", "changed", "the same"],
    different.map(({ table, ...t }) => [table, groups(t.added), groups(t.removed), groups(t.changed), groups(t.same)]),
    terminal,
  );
  for (const table of different) {
    if (table.examples.length > 0) terminal.print(`\n${table.table}`);
    for (const row of table.examples) terminal.print(`  ${rowText(table, row)}`);
  }
  printTable(
    "Sources",
    ["table", "partition", "from", "to", "further by", "lines", "ended"],
    sources.map(sourceCells),
    terminal,
  );
  printTable("Watermarks", ["query", "operator", "from", "to", "further by"], watermarks.map(watermarkCells), terminal);
}

const sourceCells = ({ table, partition, from, to, lines, hasEnded }: SourceDifference): readonly string[] => [
  table,
  partition,
  from === undefined ? "was not there" : groups(from),
  groups(to),
  groups(to - (from ?? 0n)),
  lines === undefined ? "" : groups(lines),
  hasEnded ? "yes" : "",
];

function watermarkCells({ query, operator, from, to }: WatermarkDifference): readonly string[] {
  const texts = [from === undefined ? "was not there" : watermarkText(from), watermarkText(to)];
  const isTime = from !== undefined && texts.every((text) => !["none", "end"].includes(text));
  return [query, operator, ...texts, isTime ? `${groups((to - from) / 1000n)} ms` : ""];
}

/** Of a row that was changed the key and what is other than before. */
function rowText({ columns }: TableDifference, row: RowDifference): string {
  if (row.kind !== "changed") {
    const cells = row.kind === "added" ? row.after : row.before;
    return `${row.kind === "added" ? "+" : "-"} ${columns.map(({ name }, i) => `${name}=${cellText(cells[i])}`).join(" ")}`;
  }
  const parts = columns.flatMap(({ name, isKey }, i) => {
    const [before, after] = [cellText(row.before[i]), cellText(row.after[i])];
    if (before !== after) return [`${name}=${before} -> ${after}`];
    return isKey ? [`${name}=${after}`] : [];
  });
  return `~ ${parts.join(" ")}`;
}
