/** docs/connectors.md, made from the definitions: `node src/connectors/docs.ts > docs/connectors.md`. */
import type { OptionDef } from "./connector.ts";
import { sinks, sources } from "./index.ts";
import { engineSourceOptions, engineTableOptions, viewOptions } from "./options.ts";

const cell = (text: string): string => text.replaceAll("|", "\\|");

function optionTable(options: readonly OptionDef[]): string {
  const type = (def: OptionDef): string => (def.type === "enum" ? (def.values ?? []).join(", ") : def.type);
  const given = (def: OptionDef): string => (def.required === true ? "required" : (def.default ?? ""));
  const rows = options.map(
    (def) => `| \`${def.name}\` | ${cell(type(def))} | ${cell(given(def))} | ${cell(def.doc)} |`,
  );
  return ["| option | value | default | |", "|---|---|---|---|", ...rows].join("\n");
}

const READING_ON: readonly string[] = [
  "A source is read on from where it was left, at the next record. Files are known again by what was read of them: the first and the last 4 KiB before the position; compressed files by their size and first 4 KiB, Parquet files by their size and footer. What is gone, is shorter or has other content there is refused (`SOURCE_CHANGED`).",
  "The files of a folder or glob are those that it had when it was first read: a new one is not read, a lost one is refused. With `'files' = 'sequential'` a new one is refused too, for nothing says where it would have stood. A file that was read to its end has ended there; what is appended to one before that is read.",
  "With `'follow'` or `'monitor-interval'`, files are known by their inode and the time at which they were made: one that was renamed, in its folder, is read on under its new name, and those that took its place meanwhile are read after it. One that is gone is refused, unless it was deleted after all that had been seen of it was read.",
  "Standard input cannot be read again. With CSV, a new stream may begin with a header of its own: one with the same columns is passed over, one with others is refused, and a first line that does not name the columns is a row. Lines and offsets go on counting.",
];

const PARTS: readonly string[] = [
  "#### A folder of parts",
  "Where the path ends in `/`, the table is `PARTITIONED BY` columns or a `sink.` option is given, rows go into parts: `part-000000.json`, numbered in the order in which they are begun, behind those that the folder has. A part that is written is called `.part-000000.json.inprogress`; when it is closed, it is synced and gets its name. Sources pass over hidden files, so who reads the folder sees whole parts only, and may move them away.",
  "A part is closed when it has the size, or the age, of the rolling policy, when too many are open, and when the input has ended. Ages are looked at when an epoch ends in which rows came in: a folder to which nothing comes keeps its last parts in progress. So does a run with a state directory that was stopped before its input had ended: the next one goes on with them.",
  "`PARTITIONED BY (dt, hour)` puts a row into the folder of its values, `dt=2026-01-01/hour=10`, and leaves those columns out of the files, as Flink and Hive do; DuckDB reads them back with `hive_partitioning`. NULL and the empty string are `__DEFAULT_PARTITION__`; characters that mean something in a path are written `%2F`.",
];

const LIVE_FILES: readonly string[] = [
  "With `'follow'`, a line is a row when its end is there. A file that is renamed is read on; when another one with bytes in it stands in its place, it is read to its end, a last line without end included, and then the other one from its start, as a partition of its own (`app.log`, `app.log#2`, ..). Of several rotations between two looks, files that are called `app.log.1`, `app.log-20261128` and the like are read in between. A file that is cut or written anew (`copytruncate`) is an error of the queries that read it (`SOURCE_CHANGED`).",
  "New files of a folder or glob are partitions behind those that there were, by name of those that come together. Compressed and Parquet files cannot be followed: with `'monitor-interval'` alone, files are read whole, once; move them in when they are whole. A file that rests is asked for more four times a second.",
];

/** The page as Markdown. */
export function connectorsPage(): string {
  const parts = [
    "# Connectors",
    "Made from the definitions in `src/connectors` by `node src/connectors/docs.ts`.",
    "A table reads or writes through the connector that its `WITH` clause names. Options are written `'name' = 'value'` or `name = value`; dashes and underscores are the same.",
    "## Sources",
  ];
  for (const source of sources) {
    parts.push(`### ${source.name}`, source.doc);
    if (source.options.length > 0) parts.push(optionTable(source.options));
    const metadata = Object.entries(source.metadata);
    if (metadata.length === 0) continue;
    const list = metadata.map(([key, type]) => `\`${key}\` (${type})`).join(", ");
    parts.push(`Columns declared \`METADATA FROM '..'\`: ${list}.`);
  }
  parts.push("### Of every source", optionTable(engineSourceOptions.filter((def) => def.name !== "connector")));
  parts.push("### Files that grow and come", ...LIVE_FILES);
  parts.push("### Reading on after a restart", ...READING_ON);
  parts.push("### Of a table without connector", optionTable(engineTableOptions));
  parts.push("### Of a materialized view", optionTable(viewOptions));
  parts.push("## Sinks");
  for (const sink of sinks) {
    parts.push(`### ${sink.name}`, sink.doc);
    if (sink.options.length > 0) parts.push(optionTable(sink.options));
    if (sink.isPartitioned === true) parts.push(...PARTS);
  }
  return `${parts.join("\n\n")}\n`;
}

if (import.meta.main) process.stdout.write(connectorsPage());
