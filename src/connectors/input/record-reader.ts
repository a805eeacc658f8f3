/**
 * A partition of records in bytes (NDJSON, CSV): a buffer in linear memory, filled from the input, from which a format
 * takes records into columns. The strings of a batch point into the buffer, so it moves only between batches.
 */
import { isUtf8 } from "node:buffer";
import { BATCH_ROWS } from "../../base/batch.ts";
import type { EngineMemory } from "../../wasm/memory.ts";
import type {
  BadRecord,
  BrokenRecord,
  PartitionReader,
  RecordPlace,
  SourcePlace,
  SourcePosition,
} from "../connector.ts";
import type { BatchColumns } from "../formats/columns.ts";
import { contentEnd } from "../formats/csv/decode.ts";
import { markBytes, NOTHING_NOW, unreadable } from "./byte-input.ts";
import { type Mark, markText } from "./fingerprint.ts";
import { KeptBytes } from "./kept-bytes.ts";
import { countLines, LineCount } from "./line-count.ts";
import type { Beginning, RecordReaderOptions, RowPlaces } from "./reader-options.ts";
import { BLANK, RECORD_BYTES_MAX, TOO_LONG } from "./record-format.ts";

/** Emitted code may read this far behind the last byte. */
const PADDING = 64;
const READ_BYTES_MAX = 512 * 1024;
const BUFFER_BYTES_MAX = 4 * 1024 * 1024;
const LF = 0x0a;

export class RecordReader implements PartitionReader, RowPlaces {
  readonly name: string;
  rows = 0;
  broken: BrokenRecord[] = [];
  private readonly options: RecordReaderOptions;
  private readonly memory: EngineMemory;
  private readonly columns: BatchColumns;
  private buffer: number;
  private capacity: number;
  /** The next record, the end of the whole records (behind a line end), and the end of the data. */
  private at: number;
  private limit: number;
  private end: number;
  /** Position in the input of the buffer's first byte. */
  private base: number;
  /** The line of the next record, and those of the batch. */
  private nextLine: number;
  private readonly lines: LineCount;
  /** Whether the last byte is a line end that the input did not have. */
  private hasAddedEnd = false;
  /** Where the records ended, though bytes followed. */
  private done: number | undefined;
  private header: string | undefined;
  private readonly kept: KeptBytes | undefined;
  private inputEnded = false;
  private started = false;
  /** In the middle of a record that was too long: what comes up to the next line end is dropped. */
  private skipping = false;
  /** Whether the bytes up to `limit` are not all valid UTF-8. */
  private suspect = false;
  private pending: Promise<number> | undefined;
  private closed = false;

  constructor(options: RecordReaderOptions) {
    this.options = options;
    this.name = options.name;
    this.memory = options.memory;
    this.columns = options.columns;
    this.buffer = options.memory.allocate(Math.min(options.bufferBytes, BUFFER_BYTES_MAX), options.owner);
    this.capacity = options.memory.capacity(this.buffer);
    this.at = this.buffer;
    this.limit = this.buffer;
    this.end = this.buffer;
    const { beginning, format, input } = options;
    const seeks = beginning.kind === "skip" && !format.hasHeader;
    if (seeks) input.skip(beginning.position);
    const isThere = seeks || beginning.kind !== "skip";
    const { header = new Uint8Array() } = beginning;
    this.base = isThere ? beginning.position - header.length : 0;
    this.nextLine = isThere ? beginning.line - countLines(header, 0, header.length) : 1;
    this.lines = new LineCount(this.nextLine);
    this.inputEnded = beginning.kind === "ended";
    this.skipping = isThere && beginning.inRecord && !format.hasHeader;
    this.kept = options.keepsBytes ? new KeptBytes() : undefined;
  }

  get batch(): number {
    return this.columns.descriptor;
  }
  get hasErrors(): boolean {
    return this.columns.hasErrors;
  }
  get ended(): boolean {
    return this.closed || (this.inputEnded && this.at >= this.end && this.pending === undefined);
  }

  read(): number | Promise<number> {
    this.columns.begin();
    this.rows = 0;
    this.broken = [];
    this.lines.begin(this.nextLine);
    if (this.closed) return this.finishBatch();
    // A read in progress writes behind `end`: nothing may move under it.
    if (this.pending !== undefined) return this.pending.then((bytes) => this.goOn(bytes));
    if (this.at > this.buffer + this.capacity / 2 || this.at === this.end) this.moveToFront();
    return this.take();
  }

  private goOn(bytes: number): number | Promise<number> {
    this.pending = undefined;
    this.filled(bytes);
    return this.take();
  }

  private take(): number | Promise<number> {
    for (;;) {
      if (this.at < this.limit) {
        if (this.takeRecords()) return this.finishBatch();
        continue;
      }
      if (this.inputEnded && this.at >= this.end) return this.finishBatch();
      if (this.inputEnded || this.end - this.at > RECORD_BYTES_MAX) {
        this.giveUpRecord();
        continue;
      }
      const room = this.buffer + this.capacity - PADDING - this.end;
      if (room < Math.min(READ_BYTES_MAX, this.capacity / 4)) {
        if (this.rows > 0 || this.broken.length > 0) return this.finishBatch();
        this.makeRoom();
        continue;
      }
      const target = this.memory.u8.subarray(this.end, this.end + Math.min(room, READ_BYTES_MAX));
      const bytes = this.options.input.read(target);
      if (bytes === NOTHING_NOW) return this.finishBatch();
      if (typeof bytes === "number") {
        this.filled(bytes);
        continue;
      }
      this.pending = bytes;
      // A failure is thrown by the read that waits for it.
      bytes.catch(() => undefined);
      if (this.options.live && (this.rows > 0 || this.broken.length > 0)) return this.finishBatch();
      return bytes.then((n) => this.goOn(n));
    }
  }

  /** Bytes have come in behind `end`; 0: the input has ended. */
  private filled(bytes: number): void {
    const { u8 } = this.memory;
    const from = this.end;
    this.end += bytes;
    if (bytes === 0) {
      this.inputEnded = true;
      if (this.options.format.byLine && this.end > this.at && u8[this.end - 1] !== LF) {
        u8[this.end] = LF;
        this.end += 1;
        this.hasAddedEnd = true;
      }
    }
    this.kept?.add(this.offsetAt(from), u8.subarray(from, this.end));
    if (this.skipping) this.skipRest();
    if (this.options.format.byLine) {
      const last = u8.subarray(from, this.end).lastIndexOf(LF);
      if (last < 0) return;
      const checked = Math.max(this.limit, this.at);
      this.limit = from + last + 1;
      // Where a part is not valid, records are looked at one by one until the buffer's present records are used up.
      if (!isUtf8(u8.subarray(checked, this.limit))) this.suspect = true;
    } else {
      this.limit = this.end;
      this.suspect = true;
    }
    if (!this.started) this.start();
  }

  /** At the first whole line: byte order mark and header. */
  private start(): void {
    const { u8 } = this.memory;
    if (this.at === this.end) return;
    const mark = this.offsetAt(this.at) === 0 ? markBytes(u8, this.at, this.end) : 0;
    const first = this.at + Math.max(0, mark);
    const isCut = mark < 0 && !this.inputEnded;
    const header = isCut ? -1 : (this.options.format.header?.(first, this.limit) ?? 0);
    if (header < 0 && !this.inputEnded) {
      this.limit = this.at;
      return;
    }
    this.started = true;
    this.at = first;
    if (header < 0) throw unreadable(this.name, new Error("it ends before its first record"));
    this.nextLine += countLines(u8, this.at, this.at + header);
    if (header > 0 && this.kept !== undefined) this.header = this.memory.text(this.at, header);
    this.at += header;
    const { beginning } = this.options;
    const isInRecord = header > 0 && beginning.inRecord;
    if (isInRecord || this.offsetAt(this.at) < beginning.position) this.passTo(beginning);
    this.lines.begin(this.nextLine);
  }

  /** What stands before the position was read by another reader. */
  private passTo({ position, line, inRecord }: Beginning): void {
    const missing = position - this.offsetAt(this.end);
    if (missing > 0) {
      this.options.input.skip(missing);
      this.base = position - (this.end - this.buffer);
      this.at = this.end;
    } else this.at = this.end + missing;
    this.limit = Math.max(this.limit, this.at);
    this.nextLine = line;
    this.skipping = inRecord;
    if (inRecord) this.skipRest();
  }

  /** Whether the batch is full. */
  private takeRecords(): boolean {
    const { format } = this.options;
    const before = this.at;
    const first = this.rows;
    this.at = format.extract(this.at, this.limit, this.rows, BATCH_ROWS);
    this.rows = format.rows;
    if (this.done === undefined && (format.doneAt ?? 0) !== 0) this.done = this.offsetAt(format.doneAt ?? 0);
    if (format.leftOver > 0 || this.suspect) this.decodeRest(first);
    if (this.at >= this.limit && format.byLine) this.suspect = false;
    const full = this.rows === BATCH_ROWS || this.broken.length >= BATCH_ROWS;
    // Nothing was taken: the next record is not whole.
    if (!full && this.at === before) this.limit = this.at;
    return full;
  }

  /** Decodes what the extractor left over, and takes out what turns out to be no row. */
  private decodeRest(first: number): void {
    const { format } = this.options;
    const { u32 } = this.memory;
    const holes: number[] = [];
    const records: [number, number][] = [];
    const list = this.columns.leftOver / 4;
    let left = 0;
    for (let row = this.suspect ? first : (u32[list] ?? 0); row < this.rows; row++) {
      const start = u32[this.columns.starts / 4 + row] ?? 0;
      const isLeft = left < format.leftOver && u32[list + left * 2] === row;
      if (!isLeft && !this.suspect) {
        if (left >= format.leftOver) break;
        row = (u32[list + left * 2] ?? 0) - 1;
        continue;
      }
      const next = isLeft ? (u32[list + left * 2 + 1] ?? 0) : format.recordEnd(start, this.limit);
      if (isLeft) {
        left += 1;
        records.push([start, next]);
      }
      const reason = this.decodeOne(start, next, row, isLeft);
      if (reason !== undefined) {
        if (reason !== BLANK) this.pushBroken(start, next, row - holes.length, reason);
        holes.push(row);
      }
      const lines = isLeft ? countLines(this.memory.u8, start, next) : 1;
      const extra = lines - (reason === undefined ? 1 : 0);
      if (extra !== 0) this.lines.mark(row - holes.length + 1, extra);
    }
    if (holes.length > 0) {
      this.columns.removeRows(holes, this.rows);
      this.rows -= holes.length;
    }
    format.learn?.(records, this.rows);
  }

  private decodeOne(start: number, next: number, row: number, isLeft: boolean): string | undefined {
    if (next - start > RECORD_BYTES_MAX) return TOO_LONG;
    if (this.suspect && !isUtf8(this.memory.u8.subarray(start, next))) return "the record is not valid UTF-8";
    return isLeft ? this.options.format.decode(start, next, row) : undefined;
  }

  /** The record at `at` does not end, or not soon enough. */
  private giveUpRecord(): void {
    const { u8 } = this.memory;
    const lineEnd = u8.subarray(this.at, this.end).indexOf(LF);
    const next = lineEnd < 0 ? this.end : this.at + lineEnd + 1;
    const isLong = this.end - this.at > RECORD_BYTES_MAX;
    this.pushBroken(this.at, next, this.rows, isLong ? TOO_LONG : this.options.format.unclosed);
    this.lines.mark(this.rows, 1);
    this.skipping = lineEnd < 0;
    this.at = next;
    const last = this.options.format.byLine ? u8.subarray(this.at, this.end).lastIndexOf(LF) + 1 : this.end - this.at;
    this.limit = this.at + last;
  }

  private skipRest(): void {
    const lineEnd = this.memory.u8.subarray(this.at, this.end).indexOf(LF);
    this.skipping = lineEnd < 0;
    this.at = lineEnd < 0 ? this.end : this.at + lineEnd + 1;
    this.limit = Math.max(this.limit, this.at);
  }

  private pushBroken(start: number, next: number, row: number, reason: string): void {
    const record = this.memory.u8.slice(
      start,
      contentEnd(this.memory.u8, start, Math.min(next, start + RECORD_BYTES_MAX)),
    );
    const place = { partition: this.name, position: BigInt(this.offsetAt(start)), line: BigInt(this.lines.of(row)) };
    this.broken.push({ ...place, record, row, code: "UNDECODABLE", field: undefined, reason });
  }

  private finishBatch(): number {
    this.columns.finish(this.rows);
    this.nextLine = this.lines.of(this.rows);
    if (this.rows > 0) this.options.fillMetadata?.(this, this.rows);
    return this.rows;
  }

  private moveToFront(): void {
    const shift = this.at - this.buffer;
    if (shift === 0) return;
    this.memory.u8.copyWithin(this.buffer, this.at, this.end);
    this.base += shift;
    this.at -= shift;
    this.end -= shift;
    this.limit = Math.max(this.limit - shift, this.at);
  }

  /** No batch points into the buffer: what is left of it moves to the front, or into a larger one. */
  private makeRoom(): void {
    this.moveToFront();
    if (this.end - this.buffer < this.capacity / 2) return;
    const larger = this.memory.allocate(this.capacity * 2, this.options.owner);
    this.memory.u8.copyWithin(larger, this.buffer, this.end);
    const shift = larger - this.buffer;
    this.memory.release(this.buffer);
    this.buffer = larger;
    this.capacity = this.memory.capacity(larger);
    this.at += shift;
    this.limit += shift;
    this.end += shift;
  }

  /** Position in the input of a byte of the buffer. */
  private offsetAt(address: number): number {
    return this.base + address - this.buffer;
  }
  private startOf(row: number): number {
    return this.memory.u32[this.columns.starts / 4 + row] ?? 0;
  }
  offsetOf(row: number): bigint {
    return BigInt(this.offsetAt(this.startOf(row)));
  }
  /** Writes the line of every row as i64 to a column. */
  fillLines(data: number, rows: number): void {
    this.lines.fill(this.memory.i64, data / 8, rows);
  }

  place(row: number): RecordPlace {
    const start = this.startOf(row);
    const end = contentEnd(this.memory.u8, start, this.options.format.recordEnd(start, this.end) || this.end);
    const line = BigInt(this.lines.of(row));
    return { partition: this.name, position: this.offsetOf(row), line, record: this.memory.u8.subarray(start, end) };
  }

  get next(): SourcePlace {
    // An end that the input did not have is part of it only where the bytes are kept, and given again, with it.
    const isBeyond = this.hasAddedEnd && this.kept === undefined && this.at === this.end;
    const position = this.done ?? this.offsetAt(this.at) - (isBeyond ? 1 : 0);
    return { partition: this.name, position: BigInt(position), line: BigInt(this.nextLine) };
  }

  positionOf({ position, line }: SourcePlace): SourcePosition {
    const isNext = position === this.next.position;
    // Of a file that grows, when its end is seen does not follow from what it holds.
    const hasEnded = isNext && this.inputEnded && this.ended && this.options.input.finish === undefined;
    const mark: Mark = {
      ...this.options.markAt(position),
      ...(hasEnded ? { ended: true } : {}),
      ...(isNext && this.skipping ? { inRecord: true } : {}),
      ...(this.header === undefined ? {} : { header: this.header }),
    };
    return { position, line, fingerprint: markText(mark), seen: this.options.input.seen?.() };
  }

  finish(): void {
    this.options.input.finish?.();
  }

  bytesBetween(from: bigint, to: bigint): Uint8Array {
    if (this.kept === undefined) throw new TypeError(`the bytes of "${this.name}" are not kept`);
    return this.kept.between(Number(from), Number(to));
  }

  forget(position: bigint): void {
    this.kept?.forget(Number(position));
  }

  badValue = (row: number, leaf: number): BadRecord => this.columns.badValue(row, leaf);

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.options.input.close();
    this.columns.release();
    this.memory.release(this.buffer);
  }
}
