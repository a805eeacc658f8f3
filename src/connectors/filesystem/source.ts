/** `filesystem`: files as bounded sources, each a partition (T13). NDJSON, CSV, Parquet; .gz and .zst by name. */
import { asError, SqlError } from "../../base/error.ts";
import type {
  OptionDef,
  PartitionReader,
  Source,
  SourceConnector,
  SourcePosition,
  SourcePositions,
  SourceRequest,
} from "../connector.ts";
import { Byte, skipSpace } from "../formats/json/scan.ts";
import { textFormatOptions, timestampUnit } from "../formats/options.ts";
import { compressionOf, FilePool, openFile, uncompressedName, withoutMark } from "../input/byte-input.ts";
import { compressedWitness, parquetWitness, plainWitness, type Witness } from "../input/fingerprint.ts";
import { recordMetadata } from "../input/metadata.ts";
import { skipTo } from "../input/reader-options.ts";
import { type TextFormat, TextTable } from "../input/text-table.ts";
import { checkOptions, engineSourceOptions, type OptionValues } from "../options.ts";
import { readHead } from "./head.ts";
import { grownFiles, openPartitions, type PartitionFile } from "./partitions.ts";
import { listFiles, type SourceFile } from "./paths.ts";

const formats = ["json", "csv", "parquet"] as const;
type Format = (typeof formats)[number];

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
  { name: "follow", type: "boolean", doc: "Not supported yet: reads what is appended to the files." },
  { name: "monitor-interval", type: "duration", doc: "Not supported yet: looks for new files." },
  ...textFormatOptions,
];

const ONE_BUFFER_BYTES = 2 * 1024 * 1024;
const SHARED_BUFFERS_BYTES = 256 * 1024 * 1024;
const BUFFER_BYTES_MIN = 65536;

export const filesystemSource: SourceConnector = {
  name: "filesystem",
  doc: "Files, folders and globs: each file is a partition, and its end is known.",
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
    for (const name of ["follow", "monitor-interval"]) {
      if (!values.has(name) || (name === "follow" && !values.boolean(name))) continue;
      throw new SqlError("NOT_SUPPORTED", values.spanOf(name), {
        construct: `option '${name}'`,
        advice: "pipe the rows into 'stdin'",
      });
    }
    const files = listFiles(request.storage, values.text("path") ?? "", request.baseDirectory, values.spanOf("path"));
    const format = formatOf(files, values);
    const paths = files.map((file) => file.path);
    const isSequential = values.text("files") === "sequential";
    const partitions = (from: SourcePositions | undefined, all: readonly PartitionFile[]): PartitionReader[] =>
      openPartitions(request.table, values.spanOf("path"), all, from, isSequential);
    const source = { bounded: true, files: paths } as const;
    if (format === "parquet") {
      return { ...source, partitions: async (from) => partitions(from, await parquetFiles(request, files, values)) };
    }
    const texts = textFiles(request, files, format, values);
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

const extensions: readonly (readonly [RegExp, Format])[] = [
  [/\.(?:json|ndjson|jsonl|geojson)$/i, "json"],
  [/\.(?:csv|tsv)$/i, "csv"],
  [/\.(?:parquet|pq)$/i, "parquet"],
];

function formatOf(files: readonly SourceFile[], values: OptionValues): Format {
  const given = values.text("format");
  const known = formats.find((format) => format === given);
  if (known !== undefined) return known;
  const name = uncompressedName(files[0]?.name ?? "");
  const found = extensions.find(([pattern]) => pattern.test(name));
  if (found !== undefined) return found[1];
  throw new SqlError("MISSING_OPTION", values.spanOf("path"), { owner: values.owner, name: "format", example: "json" });
}

/** DuckDB is large: it is loaded when the first Parquet file is read. */
async function parquetFiles(
  request: SourceRequest,
  files: readonly SourceFile[],
  values: OptionValues,
): Promise<readonly PartitionFile[]> {
  const { parquetReaders } = await import("../parquet/source.ts");
  const open = await parquetReaders(request, files, timestampUnit(values));
  return files.map((file) => {
    const witness = parquetWitness(request.storage, file.path);
    return { name: file.name, path: file.path, witness, open: (from) => open(file, witness, from) };
  });
}

/** One partition per file; none is opened yet. Headers are read, and refused, here. */
function textFiles(
  request: SourceRequest,
  files: readonly SourceFile[],
  kind: "json" | "csv",
  values: OptionValues,
): PartitionFile[] {
  const table = new TextTable(request, kind, values);
  const pool = new FilePool(request.storage);
  const member = values.text("json.records");
  return files.map((file) => {
    const head = withoutMark(readHead(request.storage, file.path));
    if (kind === "csv") table.csvFields(head, file.name);
    const isArray = head[skipSpace(head, 0, head.length)] === Byte.OPEN_BRACKET;
    const format: TextFormat =
      kind === "json" && (isArray || member !== undefined)
        ? { kind: "document", member: isArray ? undefined : member }
        : { kind };
    const witness = witnessOf(request, file);
    const open = (from: SourcePosition | undefined): PartitionReader =>
      table.open({
        name: file.name,
        format,
        input: openFile(file.path, pool),
        bufferBytes: bufferBytes(file, files.length),
        live: false,
        beginning: skipTo(from),
        markAt: witness.markAt,
      });
    return { name: file.name, path: file.path, witness, open };
  });
}

function witnessOf({ storage }: SourceRequest, { path }: SourceFile): Witness {
  return compressionOf(path) === "none" ? plainWitness(storage, path) : compressedWitness(storage, path);
}

/** Small files get small buffers, and many files share what a few would have. */
function bufferBytes(file: SourceFile, count: number): number {
  const isPlain = uncompressedName(file.path) === file.path;
  const wanted = isPlain ? file.bytes * 2 : ONE_BUFFER_BYTES;
  return Math.max(BUFFER_BYTES_MIN, Math.min(wanted, ONE_BUFFER_BYTES, SHARED_BUFFERS_BYTES / count));
}
