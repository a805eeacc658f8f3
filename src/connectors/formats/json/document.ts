/** One JSON document whose records are the elements of an array: the document itself, or a member of its object. */
import { unreadable } from "../../input/byte-input.ts";
import { BLANK, RECORD_BYTES_MAX, type RecordFormat } from "../../input/record-format.ts";
import type { BatchColumns } from "../columns.ts";
import type { JsonDecoder } from "./decode.ts";
import { Byte, isScalarByte, isSpace, skipSpace } from "./scan.ts";

export class JsonDocument implements RecordFormat {
  readonly byLine = false;
  readonly unclosed = "the document ends inside a record";
  rows = 0;
  leftOver = 0;
  private readonly columns: BatchColumns;
  private readonly decoder: JsonDecoder;
  /** The key of the array; undefined: the document is the array. */
  private readonly member: string | undefined;
  private readonly name: string;
  readonly hasHeader = true;
  doneAt = 0;

  constructor(columns: BatchColumns, decoder: JsonDecoder, member: string | undefined, name: string) {
    this.name = name;
    this.columns = columns;
    this.decoder = decoder;
    this.member = member;
  }

  /** What stands before the first element; -1 where it is not all there yet. */
  header(start: number, limit: number): number {
    const { u8 } = this.columns.memory;
    const open = skipSpace(u8, start, limit);
    if (open >= limit) return -1;
    const array = this.member === undefined ? open : this.findMember(open, limit, this.member);
    if (array < 0) return -1;
    if (u8[array] !== Byte.OPEN_BRACKET) throw unreadable(this.name, new Error(this.noArray()));
    const first = skipSpace(u8, array + 1, limit);
    return first < limit ? first - start : -1;
  }

  private noArray(): string {
    return this.member === undefined ? "the document is no array" : `the document has no array "${this.member}"`;
  }

  /** The address of the member's value; that of `open` where the object has no such member; -1: not there yet. */
  private findMember(open: number, limit: number, member: string): number {
    const { u8 } = this.columns.memory;
    if (u8[open] !== Byte.OPEN_BRACE) return open;
    let at = skipSpace(u8, open + 1, limit);
    while (at < limit && u8[at] === Byte.QUOTE) {
      const keyEnd = elementEnd(u8, at, limit);
      if (keyEnd === 0) return -1;
      const from = skipSpace(u8, skipSpace(u8, keyEnd, limit) + 1, limit);
      if (from >= limit) return -1;
      if (this.columns.memory.text(at + 1, keyEnd - at - 2) === member) return from;
      const to = elementEnd(u8, from, limit);
      if (to === 0) return -1;
      at = skipSeparator(u8, to, limit);
    }
    return at < limit ? open : -1;
  }

  extract(at: number, limit: number, row: number, rowsMax: number): number {
    const { u8, u32 } = this.columns.memory;
    this.rows = row;
    this.leftOver = 0;
    let start = at;
    while (this.doneAt === 0 && start < limit && this.rows < rowsMax) {
      if (u8[start] === Byte.CLOSE_BRACKET) {
        this.doneAt = start;
        break;
      }
      const next = this.recordEnd(start, limit);
      if (next === 0) return start;
      u32[this.columns.starts / 4 + this.rows] = start;
      u32[this.columns.leftOver / 4 + this.leftOver * 2] = this.rows;
      u32[this.columns.leftOver / 4 + this.leftOver * 2 + 1] = next;
      this.leftOver += 1;
      this.rows += 1;
      start = next;
    }
    // What stands behind the array is not looked at.
    return this.doneAt === 0 ? start : limit;
  }

  decode(start: number, next: number, row: number): string | undefined {
    const { u8 } = this.columns.memory;
    const end = contentEnd(u8, start, next);
    if (end === start) return BLANK;
    this.columns.resetRow(row);
    return this.decoder.decode(start, end, row);
  }

  /** Behind the element and the comma and space up to the next one, which must have begun. */
  recordEnd(start: number, limit: number): number {
    const { u8 } = this.columns.memory;
    // A longer record is given up, however much of it has come.
    const bound = Math.min(limit, start + RECORD_BYTES_MAX + 1);
    const end = elementEnd(u8, start, bound);
    if (end === 0) return 0;
    const next = skipSeparator(u8, end, bound);
    return next < bound ? Math.max(next, start + 1) : 0;
  }
}

function skipSeparator(u8: Uint8Array, at: number, limit: number): number {
  const comma = skipSpace(u8, at, limit);
  return u8[comma] === Byte.COMMA ? skipSpace(u8, comma + 1, limit) : comma;
}

/** Where an element's text ends, without the separator behind it. */
function contentEnd(u8: Uint8Array, start: number, next: number): number {
  let end = next;
  while (end > start && (isSpace(u8[end - 1]) || u8[end - 1] === Byte.COMMA)) end -= 1;
  return end;
}

/** Behind the value at `at`; 0 where it is not all there. Only strings and the depth of brackets are looked at. */
function elementEnd(u8: Uint8Array, at: number, limit: number): number {
  let depth = 0;
  for (let i = at; i < limit; i++) {
    const byte = u8[i];
    if (byte === Byte.QUOTE) {
      for (i += 1; i < limit && u8[i] !== Byte.QUOTE; i++) if (u8[i] === Byte.BACKSLASH) i += 1;
      if (i >= limit) return 0;
    } else if (byte === Byte.OPEN_BRACE || byte === Byte.OPEN_BRACKET) depth += 1;
    else if (byte === Byte.CLOSE_BRACE || byte === Byte.CLOSE_BRACKET) depth -= 1;
    else if (depth === 0 && isScalarByte(byte)) {
      if (i + 1 < limit && isScalarByte(u8[i + 1])) continue;
      return i + 1 < limit ? i + 1 : 0;
    }
    if (depth <= 0) return i + 1;
  }
  return 0;
}
