/** `tidemark state ls DIR`: what a state directory is, its generations and its log. */
import { type Listing, listState } from "../../../engine/inspect/listing.ts";
import { withView } from "../../../engine/inspect/view.ts";
import { ExitCode, type ExitCodeNumber } from "../../exit-code.ts";
import { counted, groups } from "../../output/numbers.ts";
import type { Terminal } from "../../output/terminal.ts";
import { bytesText, printFacts, printJson, printTable, type StateFlags, timeText } from "./text.ts";

export async function ls(folder: string, flags: StateFlags, terminal: Terminal): Promise<ExitCodeNumber> {
  const listing = await withView(folder, listState);
  if (flags.json === true) printJson(dataOf(listing), terminal);
  else printListing(folder, listing, terminal);
  return ExitCode.DONE;
}

function dataOf({ manifest, holder, generations, ...rest }: Listing): unknown {
  const { snapshots: _, backup, ...about } = manifest;
  return {
    ...about,
    backup: backup === undefined ? null : { record: backup.record, made: timeText(backup.madeMs) },
    process: holder ?? null,
    ...rest,
    generations: generations.map(({ writtenMs, ...g }) => ({ ...g, written: timeText(writtenMs) })),
  };
}

function printListing(folder: string, listing: Listing, terminal: Terminal): void {
  const { manifest, holder, queries, generations, segments, tailBytes, logProblem } = listing;
  const { id, timeline, incarnation, format, build, backup } = manifest;
  const tail = holder === undefined ? "were cut off and do not count" : "are being written";
  printFacts(
    [
      ["directory", id],
      ["timeline", timeline],
      ["incarnation", String(incarnation)],
      ["format", `${format}, written by tidemark ${build}`],
      ["process", holder === undefined ? "nobody works in it" : `${holder} works in it`],
      ["queries", queries.length === 0 ? "none yet" : queries.join(", ")],
      ...(backup === undefined
        ? []
        : [["backup", `made ${timeText(backup.madeMs)}, up to record ${backup.record}; not taken up yet`] as const]),
      ...(logProblem === undefined ? [] : [["log", `${logProblem}; see tidemark state verify ${folder}`] as const]),
      ...(tailBytes === 0 ? [] : [["log", `the last ${bytesText(tailBytes)} ${tail}`] as const]),
    ],
    terminal,
  );
  printTable(
    "Generations",
    ["generation", "written", "bytes", "rows", "log from", "hash"],
    generations.map(({ generation, writtenMs, bytes, rows, logFrom, hash, problem }) => [
      String(generation),
      timeText(writtenMs),
      groups(bytes),
      rows === undefined ? (problem ?? "") : rowsText(rows),
      String(logFrom),
      hash,
    ]),
    terminal,
  );
  printTable(
    "Log",
    ["segment", "records", "incarnation", "bytes"],
    segments.map(({ file, first, last, incarnation: i, bytes }) => [
      file,
      last < first ? "none" : `${first}..${last}`,
      String(i),
      groups(bytes),
    ]),
    terminal,
  );
}

function rowsText(rows: Readonly<Record<string, number>>): string {
  const counts = Object.values(rows);
  return `${groups(counts.reduce((a, b) => a + b, 0))} in ${counted(counts.length, "table")}`;
}
