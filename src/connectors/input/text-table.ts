/** A table over text (NDJSON, JSON documents, CSV): opens readers of its partitions over any input of bytes. */
import type { Span } from "../../base/value.ts";
import type { WasmFunction } from "../../wasm/module.ts";
import type { PartitionReader, SourceRequest } from "../connector.ts";
import { BatchColumns } from "../formats/columns.ts";
import { type CsvDialect, csvRecordEnd } from "../formats/csv/decode.ts";
import { CsvRecords } from "../formats/csv/format.ts";
import { csvFields } from "../formats/csv/header.ts";
import { JsonDecoder } from "../formats/json/decode.ts";
import { JsonDocument } from "../formats/json/document.ts";
import { JsonExtractors } from "../formats/json/extractors.ts";
import { JsonLines } from "../formats/json/format.ts";
import { csvDialect, recordFields, timestampUnit } from "../formats/options.ts";
import type { EpochUnit } from "../formats/time-text.ts";
import type { FieldNames, FieldNode } from "../formats/tree.ts";
import type { OptionValues } from "../options.ts";
import { type ByteInput, withoutMark } from "./byte-input.ts";
import type { Mark } from "./fingerprint.ts";
import { metadataFiller } from "./metadata.ts";
import { AT_START, type Beginning } from "./reader-options.ts";
import type { RecordFormat } from "./record-format.ts";
import { RecordReader } from "./record-reader.ts";

export type TextFormat =
  | { readonly kind: "csv" }
  | { readonly kind: "json" }
  /** `member`: the key of the array of records; undefined: the document is the array. */
  | { readonly kind: "document"; readonly member: string | undefined };

export interface TextPartition {
  readonly name: string;
  /** Where the partition is called otherwise. */
  readonly file?: string;
  readonly format: TextFormat;
  readonly input: ByteInput;
  readonly bufferBytes: number;
  readonly live: boolean;
  /** At the start, where it is absent. */
  readonly beginning?: Beginning;
  /** What of the fingerprint at a position is the input's own. */
  readonly markAt?: (position: bigint) => Mark;
  readonly keepsBytes?: boolean;
}

export class TextTable {
  private readonly request: SourceRequest;
  private readonly fields: FieldNames;
  private readonly unit: EpochUnit;
  private readonly dialect: CsvDialect;
  private readonly hasHeader: boolean;
  private readonly span: Span;
  private readonly exactOnly: boolean;
  /** Shared by all partitions. */
  private readonly csvExtractors = new Map<string, WasmFunction>();
  private readonly jsonExtractors: JsonExtractors;

  /** `exactOnly`: without emitted extractors; slow, and the same (which tests check). */
  constructor(request: SourceRequest, kind: "csv" | "json", values: OptionValues, exactOnly = false) {
    this.request = request;
    this.exactOnly = exactOnly;
    this.fields = recordFields(request, kind);
    this.unit = timestampUnit(values);
    this.dialect = csvDialect(values);
    this.hasHeader = values.boolean("csv.header");
    this.span = values.spanOf("path");
    const { memory, leaves, needed } = request;
    this.jsonExtractors = new JsonExtractors(memory, { leaves, needed, unit: this.unit });
  }

  /** Which field of a CSV partition fills which column; `head`: its first bytes. Refuses a header without a column. */
  csvFields(head: Uint8Array, name: string): readonly (FieldNode | undefined)[] {
    return csvFields(head, this.dialect, this.fields, this.hasHeader, name, this.span);
  }

  /**
   * Finds, at the start of a stream that goes on with an older one, a header like the older one's; -1 where the first
   * record is not whole yet, 0 where it is a row. `known`: bytes that begin with the older header.
   */
  headerAgain(kind: "csv" | "json", known: Uint8Array, differs: () => Error): (bytes: Uint8Array) => number {
    if (kind !== "csv" || !this.hasHeader) return () => 0;
    const end = (bytes: Uint8Array): number => csvRecordEnd(bytes, 0, bytes.length, this.dialect);
    const fieldsOf = (bytes: Uint8Array): readonly (FieldNode | undefined)[] | undefined => {
      try {
        return this.csvFields(bytes, "");
      } catch {
        // A row names no columns.
        return undefined;
      }
    };
    return (bytes) => {
      const next = end(bytes);
      if (next === 0) return -1;
      const fields = fieldsOf(bytes.subarray(0, next));
      if (fields === undefined) return 0;
      const old = fieldsOf(withoutMark(known)) ?? [];
      if (fields.length !== old.length || fields.some((field, i) => field !== old[i])) throw differs();
      return next;
    };
  }

  open(partition: TextPartition): PartitionReader {
    const { memory, owner, leaves, needed } = this.request;
    const columns = new BatchColumns(memory, owner, leaves, needed);
    const { name, input, bufferBytes, live } = partition;
    const { beginning = AT_START, markAt = () => ({}), keepsBytes = false } = partition;
    const format = this.records(partition, columns);
    const fillMetadata = metadataFiller(this.request, columns, partition.file ?? name);
    const own = { name, input, memory, owner, columns, format, bufferBytes, live, fillMetadata };
    return new RecordReader({ ...own, beginning, markAt, keepsBytes });
  }

  private records({ name, format }: TextPartition, columns: BatchColumns): RecordFormat {
    switch (format.kind) {
      case "csv":
        return new CsvRecords({
          columns,
          fieldsOf: (head) => this.csvFields(head, name),
          dialect: this.dialect,
          unit: this.unit,
          hasHeader: this.hasHeader,
          extractors: this.exactOnly ? undefined : this.csvExtractors,
        });
      case "json": {
        const decoder = new JsonDecoder(columns, this.fields, this.unit);
        return new JsonLines(columns, decoder, this.fields, this.exactOnly ? undefined : this.jsonExtractors);
      }
      case "document":
        return new JsonDocument(columns, new JsonDecoder(columns, this.fields, this.unit), format.member, name);
      default:
        return format satisfies never;
    }
  }
}
