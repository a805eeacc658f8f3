/** NDJSON: a record is a line. Emitted extractors take what they can, the exact decoder the rest. */
import { BLANK, type RecordFormat } from "../../input/record-format.ts";
import type { BatchColumns } from "../columns.ts";
import { contentEnd } from "../csv/decode.ts";
import type { FieldNames } from "../tree.ts";
import type { JsonDecoder } from "./decode.ts";
import { extractorArguments } from "./extract.ts";
import type { JsonExtractors } from "./extractors.ts";
import { type Layout, LayoutLearner } from "./layout.ts";
import { skipSpace } from "./scan.ts";

const LF = 0x0a;
/** How many records are looked at to learn layouts: at the start, and of those that were left over in a batch. */
const FIRST_SAMPLE = 64;
const SAMPLE = 16;
/** More than one row in so many left over: their layout may be worth an extractor. */
const LEFT_OVER_SHARE = 64;

export class JsonLines implements RecordFormat {
  readonly byLine = true;
  readonly unclosed = "the record has no end";
  readonly hasHeader = false;
  rows = 0;
  leftOver = 0;
  private readonly columns: BatchColumns;
  private readonly decoder: JsonDecoder;
  private readonly extractors: JsonExtractors | undefined;
  private readonly learner: LayoutLearner;

  /** Without `extractors` every record is decoded exactly: slow, and the same. */
  constructor(columns: BatchColumns, decoder: JsonDecoder, fields: FieldNames, extractors: JsonExtractors | undefined) {
    this.columns = columns;
    this.decoder = decoder;
    this.extractors = extractors;
    this.learner = new LayoutLearner(columns.memory.u8, decoder, fields);
  }

  extract(at: number, limit: number, row: number, rowsMax: number): number {
    if (this.extractors?.run === undefined && this.extractors?.isOpen === true) {
      this.learnFrom(this.firstRecords(at, limit));
    }
    const run = this.extractors?.run;
    if (run === undefined) return this.leaveAll(at, limit, row, rowsMax);
    const results = run(at, limit, row, rowsMax, ...extractorArguments(this.columns));
    // The function has three i32 results.
    const [next = 0, rows = 0, leftOver = 0] = results as number[];
    this.rows = rows;
    this.leftOver = leftOver;
    return next >>> 0;
  }

  /** Lists all records for the exact decoder. */
  private leaveAll(at: number, limit: number, row: number, rowsMax: number): number {
    const { u32 } = this.columns.memory;
    this.rows = row;
    this.leftOver = 0;
    let start = at;
    while (start < limit && this.rows < rowsMax) {
      const next = this.recordEnd(start, limit);
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
    const { u8 } = this.columns.memory;
    const end = contentEnd(u8, start, next);
    if (skipSpace(u8, start, end) === end) return BLANK;
    this.columns.resetRow(row);
    return this.decoder.decode(start, end, row);
  }

  recordEnd(start: number, limit: number): number {
    const length = this.columns.memory.u8.subarray(start, limit).indexOf(LF);
    return length < 0 ? 0 : start + length + 1;
  }

  learn(records: readonly (readonly [start: number, next: number])[], rows: number): void {
    if (this.extractors?.isOpen !== true || records.length < rows / LEFT_OVER_SHARE) return;
    const stride = Math.ceil(records.length / SAMPLE);
    this.learnFrom(records.filter((_, i) => i % stride === 0));
  }

  private firstRecords(at: number, limit: number): (readonly [number, number])[] {
    const records: (readonly [number, number])[] = [];
    for (let start = at; start < limit && records.length < FIRST_SAMPLE; ) {
      const next = this.recordEnd(start, limit);
      records.push([start, next]);
      start = next;
    }
    return records;
  }

  private learnFrom(records: readonly (readonly [number, number])[]): void {
    const { u8 } = this.columns.memory;
    const layouts = records.map(([start, next]) => this.learner.learn(start, contentEnd(u8, start, next), next));
    this.extractors?.add(layouts.filter((layout): layout is Layout => layout !== undefined));
  }
}
