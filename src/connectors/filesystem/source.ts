/** `filesystem`: files as sources, each a partition (T13); bounded, or live. NDJSON, CSV, Parquet; .gz and .zst by name. */
import { asError } from "../../base/error.ts";
import type {
  OptionDef,
  PartitionReader,
  Source,
  SourceConnector,
  SourcePositions,
  SourceRequest,
} from "../connector.ts";
import { textFormatOptions } from "../formats/options.ts";
import { recordMetadata } from "../input/metadata.ts";
import { checkOptions, engineSourceOptions } from "../options.ts";
import { formatOf, formats, parquetFiles, textFiles } from "./files.ts";
import { liveSource } from "./live/source.ts";
import { grownFiles, openPartitions, type PartitionFile } from "./partitions.ts";
import { listFiles } from "./paths.ts";

const options: readonly OptionDef[] = [
  {
    name: "path",
    type: "string",
    required: true,
    doc: "A file, a folder (all its files) or a glob; relative to the SQL file. Files ending in .gz or .zst are decompressed.",
  },
  {
    name: "format",
    type: "enum",
    values: formats,
    doc: "The format of the files; by their extension where it is absent.",
  },
  {
    name: "files",
    type: "enum",
    values: ["partitions", "sequential"],
    default: "partitions",
    doc: "Whether each file is a partition with its own watermark, or all are read as one, by name.",
  },
  {
    name: "json.records",
    type: "string",
    doc: "The files are one JSON document each; the key of the array that holds the records.",
  },
  {
    name: "follow",
    type: "boolean",
    default: "false",
    doc: "Reads on when files grow, follows one that is renamed and replaced, and takes new ones. The table has no end.",
  },
  {
    name: "monitor-interval",
    type: "duration",
    doc: "How often to look for new files, which are read to their end and must be whole when they come; with 'follow' 1 s where it is absent. The table has no end. Also 'source.monitor-interval'.",
  },
  ...textFormatOptions,
];

export const filesystemSource: SourceConnector = {
  name: "filesystem",
  doc: "Files, folders and globs: each file is a partition. Their ends are known, unless one of 'follow' and 'monitor-interval' is given.",
  delivery: { promise: "exactly-once", reason: "as long as the files hold what was read" },
  options,
  isRepeatable: true,
  formats,
  metadata: recordMetadata,
  open(request: SourceRequest): Source {
    const values = checkOptions(
      "connector 'filesystem'",
      [...options, ...engineSourceOptions],
      request.options,
      request.span,
    );
    if (values.boolean("follow") || values.has("monitor-interval")) return liveSource(request, values);
    const files = listFiles(request.storage, values.text("path") ?? "", request.baseDirectory, values.spanOf("path"));
    const format = formatOf(files[0]?.name ?? "", values);
    const paths = files.map((file) => file.path);
    const isSequential = values.text("files") === "sequential";
    const partitions = (from: SourcePositions | undefined, all: readonly PartitionFile[]): PartitionReader[] =>
      openPartitions(request.table, values.spanOf("path"), all, from, isSequential);
    const source = { bounded: true, files: paths } as const;
    if (format === "parquet") {
      return { ...source, partitions: async (from) => partitions(from, await parquetFiles(request, files, values)) };
    }
    const text = textFiles(request, format, values);
    const texts = files.map((file) => text(file, files.length));
    return {
      ...source,
      partitions: (from) => promised(() => partitions(from, texts)),
      grown: (from) => grownFiles(request.storage, texts, from),
    };
  },
};

/** As `async` would give it, but settled at once: no turn passes in which a job could believe that nothing is there. */
function promised<T>(make: () => T): Promise<T> {
  try {
    return Promise.resolve(make());
  } catch (error) {
    return Promise.reject(asError(error));
  }
}
