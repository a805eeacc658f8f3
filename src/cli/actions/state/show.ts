/** `tidemark state show DIR GEN [OPERATOR]`: what a generation holds, or the rows of one of its tables. */
import {
  rowsOf,
  type ShownColumn,
  shownTables,
  sourcesOf,
  tableNamed,
  watermarksOf,
  watermarkText,
} from "../../../engine/inspect/contents.ts";
import { type Generation, generationOf, withView } from "../../../engine/inspect/view.ts";
import { ExitCode, type ExitCodeNumber } from "../../exit-code.ts";
import { counted, groups } from "../../output/numbers.ts";
import type { Terminal } from "../../output/terminal.ts";
import { cellText, printFacts, printJson, printTable, type StateFlags, timeText } from "./text.ts";

export interface ShowFlags extends StateFlags {
  readonly limit: number;
}

export async function show(
  names: { readonly folder: string; readonly generation: string; readonly table: string | undefined },
  flags: ShowFlags,
  terminal: Terminal,
): Promise<ExitCodeNumber> {
  await withView(names.folder, async (view) => {
    const generation = await generationOf(view, names.generation);
    if (names.table !== undefined) return showRows(generation, names.table, flags, terminal);
    if (flags.json === true) printJson(dataOf(generation), terminal);
    else printGeneration(generation, terminal);
  });
  return ExitCode.DONE;
}

async function showRows(generation: Generation, name: string, flags: ShowFlags, terminal: Terminal): Promise<void> {
  const { table, rows } = await rowsOf(generation, tableNamed(generation, name), flags.limit);
  const { columns } = table;
  if (flags.json === true) {
    for (const row of rows) {
      terminal.print(`{${columns.map((c, i) => `${JSON.stringify(c.name)}:${row[i] ?? "null"}`).join(",")}}`);
    }
    return;
  }
  const shown = [...rows].map((row) => row.map(cellText));
  const left = table.rows - shown.length;
  const title = `${table.name}: ${counted(table.rows, "row")}${left > 0 ? `, the first ${groups(shown.length)}` : ""}`;
  if (shown.length === 0) terminal.print(title);
  else {
    printTable(
      title,
      columns.map((c) => c.name),
      shown,
      terminal,
    );
  }
}

function dataOf(generation: Generation): unknown {
  const { epoch, file, bytes, writtenMs, logFrom } = generation.entry;
  return {
    generation: epoch,
    file,
    bytes,
    written: timeText(writtenMs),
    logFrom,
    tables: shownTables(generation),
    sources: sourcesOf(generation).map((s) => ({ ...s, watermark: watermarkText(s.watermark) })),
    watermarks: watermarksOf(generation).map((w) => ({ ...w, watermark: watermarkText(w.watermark) })),
  };
}

function printGeneration(generation: Generation, terminal: Terminal): void {
  const { epoch, file, bytes, writtenMs } = generation.entry;
  printFacts(
    [
      ["generation", `${epoch}, what came of the records of the log up to this one`],
      ["written", timeText(writtenMs)],
      ["file", `${file}, ${groups(bytes)} bytes`],
    ],
    terminal,
  );
  printTable(
    "Tables (columns marked with * are the key)",
    ["table", "rows", "columns"],
    shownTables(generation).map(({ name, rows, columns }) => [name, groups(rows), columnsText(columns)]),
    terminal,
  );
  printTable(
    "Sources: where reading goes on",
    ["table", "partition", "position", "line", "watermark", "ended"],
    sourcesOf(generation).map(({ table, partition, position, line, watermark, ended }) => {
      const next = line === undefined ? "" : groups(line);
      return [table, partition, groups(position), next, watermarkText(watermark), ended ? "yes" : "no"];
    }),
    terminal,
  );
  printTable(
    "Watermarks",
    ["query", "operator", "watermark"],
    watermarksOf(generation).map(({ query, operator, watermark }) => [query, operator, watermarkText(watermark)]),
    terminal,
  );
}

const columnsText = (columns: readonly ShownColumn[]): string =>
  columns.map(({ name, type, isKey }) => `${name}${isKey ? "*" : ""} ${type}`).join(", ");
