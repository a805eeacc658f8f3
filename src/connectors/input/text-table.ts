/** A table over text (NDJSON, JSON documents, CSV): opens readers of its partitions over any input of bytes. */
import type { Span } from "../../base/value.ts";
import type { WasmFunction } from "../../wasm/module.ts";
import type { PartitionReader, SourceRequest } from "../connector.ts";
import { BatchColumns } from "../formats/columns.ts";
import type { CsvDialect } from "../formats/csv/decode.ts";
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
import type { ByteInput } from "./byte-input.ts";
import { metadataFiller } from "./metadata.ts";
import type { RecordFormat } from "./record-format.ts";
import { RecordReader } from "./record-reader.ts";

export type TextFormat =
  | { readonly kind: "csv" }
  | { readonly kind: "json" }
  /** `member`: the key of the array of records; undefined: the document is the array. */
  | { readonly kind: "document"; readonly member: string | undefined };

export interface TextPartition {
  readonly name: string;
  readonly format: TextFormat;
  readonly input: ByteInput;
  readonly bufferBytes: number;
  readonly live: boolean;
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

  open(partition: TextPartition): PartitionReader {
    const { memory, owner, leaves, needed } = this.request;
    const columns = new BatchColumns(memory, owner, leaves, needed);
    const { name, input, bufferBytes, live } = partition;
    const format = this.records(partition, columns);
    const fillMetadata = metadataFiller(this.request, columns, name);
    return new RecordReader({ name, input, memory, owner, columns, format, bufferBytes, live, fillMetadata });
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
