/** CSV: a record ends at a line end outside quotes; the first one may be a header. */
import { compileFunction, type WasmFunction } from "../../../wasm/module.ts";
import { BLANK, RECORD_BYTES_MAX, type RecordFormat } from "../../input/record-format.ts";
import type { BatchColumns } from "../columns.ts";
import type { EpochUnit } from "../time-text.ts";
import type { FieldNode } from "../tree.ts";
import { CsvDecoder, type CsvDialect, contentEnd, csvRecordEnd, type FieldPlace, splitCsv } from "./decode.ts";
import { canExtractCsv, emitCsvExtractor } from "./extract.ts";

/** How many records are looked at to tell whether timestamps are numbers. */
const FIRST_SAMPLE = 64;

export interface CsvRecordsOptions {
  readonly columns: BatchColumns;
  /** Which field fills which column, by the bytes of the header (empty where there is none). */
  readonly fieldsOf: (head: Uint8Array) => readonly (FieldNode | undefined)[];
  readonly dialect: CsvDialect;
  readonly unit: EpochUnit;
  readonly hasHeader: boolean;
  /** Extractors by what they were emitted for: partitions with the same fields share one. undefined: all is decoded exactly. */
  readonly extractors: Map<string, WasmFunction> | undefined;
}

export class CsvRecords implements RecordFormat {
  readonly byLine = true;
  readonly unclosed = "the quotes of a field are not closed";
  rows = 0;
  leftOver = 0;
  private fields: readonly (FieldNode | undefined)[] = [];
  private decoder: CsvDecoder | undefined;
  private readonly options: CsvRecordsOptions;
  private readonly columns: BatchColumns;
  private run: WasmFunction | undefined;

  get hasHeader(): boolean {
    return this.options.hasHeader;
  }

  constructor(options: CsvRecordsOptions) {
    this.options = options;
    this.columns = options.columns;
  }

  extract(at: number, limit: number, row: number, rowsMax: number): number {
    this.run ??= this.extractor(at, limit);
    if (this.run === undefined) return this.leaveAll(at, limit, row, rowsMax);
    const { descriptor, flags, starts, leftOver } = this.columns;
    // The function has three i32 results.
    const [next = 0, rows = 0, left = 0] = this.run(
      at,
      limit,
      row,
      rowsMax,
      descriptor,
      flags,
      starts,
      leftOver,
    ) as number[];
    this.rows = rows;
    this.leftOver = left;
    // What it wrote of a record that is not whole must not be there for another one.
    if (next >>> 0 < limit && rows < rowsMax) this.columns.resetRow(rows);
    return next >>> 0;
  }

  private extractor(at: number, limit: number): WasmFunction | undefined {
    const { fields } = this;
    const { columns, dialect, unit, extractors } = this.options;
    const { leaves, needed, memory } = columns;
    if (extractors === undefined || !canExtractCsv(leaves, needed)) return undefined;
    const numbers = this.numberFields(at, limit);
    const key = fields.map((node, i) => `${node?.needed === true ? node.leaf : ""}${numbers.has(i) ? "n" : ""}`).join();
    const known = extractors.get(key);
    if (known !== undefined) return known;
    const shapeFields = fields.map((node, i) => ({ node, isNumber: numbers.has(i) }));
    const code = emitCsvExtractor({ leaves, needed, unit, dialect, fields: shapeFields });
    const run = compileFunction(memory, code);
    extractors.set(key, run);
    return run;
  }

  /** Fields of timestamp columns that hold epoch numbers, as the first records show it. */
  private numberFields(at: number, limit: number): ReadonlySet<number> {
    const { fields } = this;
    const { dialect, columns } = this.options;
    const numbers = new Set<number>();
    const places: FieldPlace[] = [];
    let start = at;
    for (let i = 0; i < FIRST_SAMPLE && start < limit; i++) {
      const next = this.recordEnd(start, limit);
      if (next === 0) break;
      const end = contentEnd(columns.memory.u8, start, next);
      const count = splitCsv(columns.memory.u8, start, end, dialect, places);
      start = next;
      if (count !== fields.length) continue;
      fields.forEach((node, field) => {
        const place = places[field];
        if (place === undefined || (node?.type.kind !== "TIMESTAMP" && node?.type.kind !== "TIMESTAMP_LTZ")) return;
        if (/^-?\d+$/.test(columns.memory.text(place.from, place.to - place.from))) numbers.add(field);
      });
    }
    return numbers;
  }

  /** Lists all records for the exact decoder. */
  private leaveAll(at: number, limit: number, row: number, rowsMax: number): number {
    const { u32 } = this.columns.memory;
    this.rows = row;
    this.leftOver = 0;
    let start = at;
    while (start < limit && this.rows < rowsMax) {
      const next = this.recordEnd(start, limit);
      if (next === 0) break;
      u32[this.columns.starts / 4 + this.rows] = start;
      u32[this.columns.leftOver / 4 + this.leftOver * 2] = this.rows;
      u32[this.columns.leftOver / 4 + this.leftOver * 2 + 1] = next;
      this.leftOver += 1;
      this.rows += 1;
      start = next;
    }
    return start;
  }

  decode(start: number, next: number, row: number): string | undefined {
    const end = contentEnd(this.columns.memory.u8, start, next);
    if (end === start) return BLANK;
    this.columns.resetRow(row);
    return this.decoder?.decode(start, end, row);
  }

  recordEnd(start: number, limit: number): number {
    const end = Math.min(limit, start + RECORD_BYTES_MAX);
    return csvRecordEnd(this.columns.memory.u8, start, end, this.options.dialect);
  }

  /** Takes the header, and what it says of the columns. */
  header(start: number, limit: number): number {
    const { columns, dialect, unit, hasHeader } = this.options;
    const bytes = hasHeader ? this.recordEnd(start, limit) - start : 0;
    if (bytes < 0) return -1;
    this.fields = this.options.fieldsOf(columns.memory.u8.slice(start, start + bytes));
    this.decoder = new CsvDecoder(columns, this.fields, dialect, unit);
    return bytes;
  }
}
