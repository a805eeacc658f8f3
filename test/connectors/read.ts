/** Reads text and tables through source connectors, for tests: rows as values, broken records, bad values. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { VALID } from "../../src/base/batch.ts";
import { type Field, leavesOf, type Schema, type SqlType } from "../../src/base/types.ts";
import type { Value } from "../../src/base/value.ts";
import type { PartitionReader, Source, SourceConnector, SourceRequest } from "../../src/connectors/connector.ts";
import { disk } from "../../src/connectors/disk.ts";
import { textFormatOptions } from "../../src/connectors/formats/options.ts";
import { TextTable } from "../../src/connectors/input/text-table.ts";
import { checkOptions } from "../../src/connectors/options.ts";
import { readRow, validAddress } from "../../src/expr/columns.ts";
import { EngineMemory } from "../../src/wasm/memory.ts";

export const memory: EngineMemory = new EngineMemory({ pages: 16384 });
export const span = { start: 0, end: 0 };
export const column = (name: string, type: SqlType, nullable = true): Field => ({ name, type, nullable });
export const folder = (): string => mkdtempSync(join(tmpdir(), "tidemark-connectors-"));

export function optionsOf(options: Readonly<Record<string, string>>): SourceRequest["options"] {
  return new Map(Object.entries(options).map(([name, value]) => [name, { value, span }]));
}

export interface RequestParts {
  readonly schema: Schema;
  readonly options?: Readonly<Record<string, string>>;
  /** Columns with METADATA keys. */
  readonly metadata?: readonly (string | undefined)[];
  readonly needed?: readonly boolean[];
  readonly baseDirectory?: string;
  readonly stdin?: NodeJS.ReadableStream;
}

export function requestOf(parts: RequestParts): SourceRequest {
  const leaves = leavesOf(parts.schema);
  return {
    table: "t",
    schema: parts.schema,
    metadata: parts.metadata ?? parts.schema.map(() => undefined),
    leaves,
    needed: parts.needed ?? leaves.map(() => true),
    options: optionsOf(parts.options ?? {}),
    span,
    baseDirectory: parts.baseDirectory ?? "/",
    memory,
    owner: memory.createOwner("test"),
    stdin: parts.stdin ?? process.stdin,
    storage: disk,
  };
}

export interface ReadRow {
  readonly values: readonly Value[];
  /** By path of leaf: why its value is bad. */
  readonly bad: Readonly<Record<string, string>>;
  readonly partition: string;
  readonly position: bigint;
  readonly line: bigint | undefined;
  readonly record: string;
}
export interface ReadResult {
  readonly rows: ReadRow[];
  /** Broken records: line, reason, and before which row (counted over the partition) they stand. */
  readonly broken: { line: bigint | undefined; reason: string; before: number; record: string; position: bigint }[];
}

/** `all`: whether every column is read; the data of others is undefined, so then no values are given. */
export async function readAll(reader: PartitionReader, schema: Schema, all = true): Promise<ReadResult> {
  const leaves = leavesOf(schema);
  const result: ReadResult = { rows: [], broken: [] };
  while (!reader.ended) {
    const count = await reader.read();
    for (const b of reader.broken) {
      const record = Buffer.from(b.record).toString("latin1");
      result.broken.push({
        line: b.line,
        reason: b.reason,
        before: result.rows.length + b.row,
        record,
        position: b.position,
      });
    }
    for (let row = 0; row < count; row++) {
      const bad: Record<string, string> = {};
      leaves.forEach((leaf, i) => {
        const byte = memory.u8[validAddress(memory, reader.batch, i) + row] ?? 0;
        if (byte > VALID) bad[leaf.path.join(".")] = reader.badValue(row, i).reason;
      });
      if (Object.keys(bad).length > 0 && !reader.hasErrors) throw new Error("hasErrors is not set");
      const { partition, position, line, record } = reader.place(row);
      const values = all ? readRow(memory, reader.batch, schema, row) : [];
      result.rows.push({ values, bad, partition, position, line, record: Buffer.from(record).toString("utf8") });
    }
  }
  await reader.close();
  return result;
}

export async function readSource(connector: SourceConnector, parts: RequestParts): Promise<ReadResult[]> {
  const source: Source = connector.open(requestOf(parts));
  const results: ReadResult[] = [];
  for (const reader of await source.partitions()) results.push(await readAll(reader, parts.schema));
  return results;
}

/** Reads text through the text formats, with emitted extractors or without. */
export async function readText(
  text: string | Uint8Array,
  kind: "json" | "csv",
  parts: RequestParts,
  exactOnly: boolean,
  pieces = Number.POSITIVE_INFINITY,
): Promise<ReadResult> {
  const request = requestOf(parts);
  const values = checkOptions("test", [...textFormatOptions], request.options, span);
  const bytes = typeof text === "string" ? Buffer.from(text, "utf8") : text;
  let at = 0;
  const input = {
    read(target: Uint8Array): number {
      const count = Math.min(target.length, bytes.length - at, pieces);
      target.set(bytes.subarray(at, at + count));
      at += count;
      return count;
    },
    skip: (count: number) => {
      at += count;
    },
    close: () => undefined,
  };
  const table = new TextTable(request, kind, values, exactOnly);
  const reader = table.open({ name: "text", format: { kind }, input, bufferBytes: 65536, live: false });
  const result = await readAll(reader, parts.schema, parts.needed === undefined);
  if (request.owner.bytes !== 0) throw new Error(`${request.owner.bytes} bytes were not released`);
  return result;
}

export function writeFile(directory: string, name: string, content: string | Uint8Array): string {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
}
