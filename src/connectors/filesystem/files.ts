/** The files of a filesystem source as partitions: of which format they are, and how each is opened. */
import { SqlError } from "../../base/error.ts";
import type { PartitionReader, SourcePosition, SourceRequest } from "../connector.ts";
import { Byte, skipSpace } from "../formats/json/scan.ts";
import { timestampUnit } from "../formats/options.ts";
import {
  type ByteInput,
  compressionOf,
  FilePool,
  openFile,
  uncompressedName,
  upTo,
  withoutMark,
} from "../input/byte-input.ts";
import { compressedWitness, parquetWitness, plainWitness, type Witness } from "../input/fingerprint.ts";
import { skipTo } from "../input/reader-options.ts";
import { type TextFormat, TextTable } from "../input/text-table.ts";
import type { OptionValues } from "../options.ts";
import { readHead } from "./head.ts";
import type { PartitionFile, TakenFile } from "./partitions.ts";
import type { SourceFile } from "./paths.ts";

export const formats = ["json", "csv", "parquet"] as const;
export type Format = (typeof formats)[number];

const ONE_BUFFER_BYTES = 2 * 1024 * 1024;
const SHARED_BUFFERS_BYTES = 256 * 1024 * 1024;
const BUFFER_BYTES_MIN = 65536;

const extensions: readonly (readonly [RegExp, Format])[] = [
  [/\.(?:json|ndjson|jsonl|geojson)$/i, "json"],
  [/\.(?:csv|tsv)$/i, "csv"],
  [/\.(?:parquet|pq)$/i, "parquet"],
];

/** `path`: of a file of it. */
export function formatOf(path: string, values: OptionValues): Format {
  const given = values.text("format");
  const known = formats.find((format) => format === given);
  if (known !== undefined) return known;
  const found = extensions.find(([pattern]) => pattern.test(uncompressedName(path)));
  if (found !== undefined) return found[1];
  throw new SqlError("MISSING_OPTION", values.spanOf("path"), { owner: values.owner, name: "format", example: "json" });
}

/** DuckDB is large: it is loaded when the first Parquet file is read. */
export async function parquetFiles(
  request: SourceRequest,
  files: readonly SourceFile[],
  values: OptionValues,
): Promise<readonly PartitionFile[]> {
  const { parquetReaders } = await import("../parquet/source.ts");
  const open = await parquetReaders(request, files, timestampUnit(values));
  return files.map((file) => {
    const witness = parquetWitness(request.storage, file.path);
    return {
      name: file.name,
      path: file.path,
      witness,
      open: (from, as) => open(file, { ...witness, markAt: (at) => ({ ...witness.markAt(at), ...as?.mark }) }, from),
    };
  });
}

/** How text files are opened; `count`: how many there are. Their headers are read, and refused, before they are. */
export function textFiles(
  request: SourceRequest,
  kind: "json" | "csv",
  values: OptionValues,
): (file: SourceFile, count: number) => PartitionFile {
  const table = new TextTable(request, kind, values);
  const pool = new FilePool(request.storage);
  const member = values.text("json.records");
  return (file, count) => {
    const head = withoutMark(readHead(request.storage, file.path));
    if (kind === "csv") table.csvFields(head, file.name);
    const isArray = isJsonArray(head);
    const format: TextFormat =
      kind === "json" && (isArray || member !== undefined)
        ? { kind: "document", member: isArray ? undefined : member }
        : { kind };
    const witness = witnessOf(request, file);
    const isPlain = compressionOf(file.path) === "none";
    const inputOf = (as: TakenFile | undefined): ByteInput => {
      const input = openFile(file.path, pool);
      // Of a compressed file it is not known how much comes of so many bytes.
      return as === undefined || !isPlain ? input : upTo(input, as.bytes);
    };
    const open = (from: SourcePosition | undefined, as?: TakenFile): PartitionReader =>
      table.open({
        name: file.name,
        format,
        input: inputOf(as),
        bufferBytes: bufferBytes(isPlain ? file.bytes * 2 : ONE_BUFFER_BYTES, count),
        live: false,
        beginning: skipTo(from),
        markAt: (position) => ({ ...witness.markAt(position), ...as?.mark }),
      });
    return { name: file.name, path: file.path, witness, open };
  };
}

export const isJsonArray = (head: Uint8Array): boolean => head[skipSpace(head, 0, head.length)] === Byte.OPEN_BRACKET;

function witnessOf({ storage }: SourceRequest, { path }: SourceFile): Witness {
  return compressionOf(path) === "none" ? plainWitness(storage, path) : compressedWitness(storage, path);
}

/** Small files get small buffers, and many files share what a few would have. */
export const bufferBytes = (wanted: number, count: number): number =>
  Math.max(BUFFER_BYTES_MIN, Math.min(wanted, ONE_BUFFER_BYTES, SHARED_BUFFERS_BYTES / count));
