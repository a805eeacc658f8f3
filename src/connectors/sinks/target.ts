/** What a `filesystem` sink is given: its options, and where it writes. */
import { resolve } from "node:path";
import { SqlError } from "../../base/error.ts";
import type { OptionDef, SinkRequest } from "../connector.ts";
import { checkOptions, engineSinkOptions, type OptionValues } from "../options.ts";
import type { RowFormat } from "./row-text.ts";

export const sinkFormats = ["json", "csv"] as const;

/** Options that make a path a folder of parts. */
const rollingOptions: readonly OptionDef[] = [
  {
    name: "sink.rolling-policy.file-size",
    type: "bytes",
    default: "128MB",
    doc: "Size from which a part is closed, at the end of a row.",
  },
  {
    name: "sink.rolling-policy.rollover-interval",
    type: "duration",
    default: "30 min",
    doc: "Age from which a part is closed, by the clock of the epoch.",
  },
  {
    name: "sink.rolling-policy.check-interval",
    type: "duration",
    default: "1 min",
    doc: "How often the ages of parts are looked at: at the end of an epoch in which rows came in.",
  },
  {
    name: "sink.open-parts-max",
    type: "integer",
    default: "100",
    doc: "How many parts are open at once: before one more is opened, the one that was written to least recently is closed.",
  },
];

export const sinkOptions: readonly OptionDef[] = [
  {
    name: "path",
    type: "string",
    required: true,
    doc: "The file, relative to the SQL file; its folder is made. A folder of parts where it ends in `/`, the table is PARTITIONED BY, or a `sink.` option is given.",
  },
  {
    name: "format",
    type: "enum",
    values: sinkFormats,
    doc: "The format of the file; by its extension where it is absent.",
  },
  {
    name: "mode",
    type: "enum",
    values: ["append", "overwrite"],
    default: "append",
    doc: "Whether rows go behind those that the file has, or replace them; whether the folder keeps the parts that it has.",
  },
  ...rollingOptions,
];

export interface Target {
  readonly values: OptionValues;
  /** As it stands in the SQL, and as the system takes it. */
  readonly given: string;
  readonly path: string;
  /** Whether it is a folder of parts. */
  readonly isFolder: boolean;
}

export function targetOf({ options, span, baseDirectory, partitionedBy }: SinkRequest): Target {
  const values = checkOptions("connector 'filesystem'", [...sinkOptions, ...engineSinkOptions], options, span);
  const given = values.text("path") ?? "";
  const isFolder =
    given.endsWith("/") || partitionedBy.length > 0 || rollingOptions.some(({ name }) => values.has(name));
  return { values, given, path: resolve(baseDirectory, given), isFolder };
}

export function formatOf(path: string, values: OptionValues): RowFormat {
  const given = values.text("format");
  if (given === "csv" || given === "json") return given;
  if (/\.(?:json|ndjson|jsonl)$/i.test(path)) return "json";
  if (/\.csv$/i.test(path)) return "csv";
  throw new SqlError("MISSING_OPTION", values.spanOf("path"), { owner: values.owner, name: "format", example: "json" });
}

export function unwritable(path: string, values: OptionValues, error: unknown): SqlError {
  return new SqlError("PATH_UNWRITABLE", values.spanOf("path"), { path, reason: reasonOf(error) });
}

export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
