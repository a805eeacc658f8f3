/**
 * The exact decoder of CSV records (RFC 4180, V8): quoted fields may hold delimiters, quotes (doubled) and line ends;
 * an unquoted empty field is NULL, a quoted one the empty string.
 */
import { INVALID } from "../../../base/batch.ts";
import { rowErrors } from "../../../base/row-error.ts";
import type { EngineMemory } from "../../../wasm/memory.ts";
import type { BatchColumns } from "../columns.ts";
import type { EpochUnit } from "../time-text.ts";
import type { FieldNode } from "../tree.ts";
import { type ValueWriter, valueWriter, writeText } from "../values.ts";

export interface CsvDialect {
  /** Single bytes of ASCII. */
  readonly delimiter: number;
  readonly quote: number;
  /** Unquoted fields with this text are NULL, as empty ones are. */
  readonly nullText: string | undefined;
}

const LF = 0x0a;
const CR = 0x0d;

/** Where a field's content stands: between its quotes where it is quoted. */
export interface FieldPlace {
  from: number;
  to: number;
  quoted: boolean;
  /** Whether doubled quotes are inside. */
  doubled: boolean;
}

/**
 * The address behind the record (and its line end) that begins at `at`, or 0 where it does not end before `end`. Quotes
 * count only where a field begins with them: a stray one spoils its own line, not those that follow.
 */
export function csvRecordEnd(u8: Uint8Array, at: number, end: number, { quote, delimiter }: CsvDialect): number {
  let inQuotes = false;
  let atStart = true;
  for (let i = at; i < end; i++) {
    const byte = u8[i];
    if (inQuotes) {
      if (byte !== quote) continue;
      if (i + 1 < end && u8[i + 1] === quote) i += 1;
      else inQuotes = false;
    } else {
      if (byte === LF) return i + 1;
      inQuotes = atStart && byte === quote;
      atStart = byte === delimiter;
    }
  }
  return 0;
}

/** Splits the record [start, end), without its line end, into `places`; how many fields, or why it is broken. */
export function splitCsv(
  u8: Uint8Array,
  start: number,
  end: number,
  dialect: CsvDialect,
  places: FieldPlace[],
): number | string {
  const { delimiter, quote } = dialect;
  let count = 0;
  let at = start;
  for (;;) {
    const place = (places[count] ??= { from: 0, to: 0, quoted: false, doubled: false });
    count += 1;
    place.quoted = u8[at] === quote && at < end;
    place.doubled = false;
    if (place.quoted) {
      at += 1;
      place.from = at;
      while (at < end && (u8[at] !== quote || (at + 1 < end && u8[at + 1] === quote))) {
        if (u8[at] === quote) {
          place.doubled = true;
          at += 1;
        }
        at += 1;
      }
      if (at >= end) return `the quotes of field ${count} are not closed`;
      place.to = at;
      at += 1;
      if (at < end && u8[at] !== delimiter) return `something stands behind the quotes of field ${count}`;
    } else {
      place.from = at;
      while (at < end && u8[at] !== delimiter) {
        if (u8[at] === quote) return `field ${count} has quotes inside, but does not begin with them`;
        at += 1;
      }
      place.to = at;
    }
    if (at >= end) return count;
    at += 1;
  }
}

/** The texts of a record's fields, for headers. */
export function csvTexts(u8: Uint8Array, dialect: CsvDialect): string[] | string {
  const places: FieldPlace[] = [];
  const count = splitCsv(u8, 0, u8.length, dialect, places);
  if (typeof count === "string") return count;
  const quote = String.fromCharCode(dialect.quote);
  return places.slice(0, count).map(({ from, to, doubled }) => {
    const text = Buffer.from(u8.subarray(from, to)).toString("utf8");
    return doubled ? text.replaceAll(quote + quote, quote) : text;
  });
}

export class CsvDecoder {
  readonly dialect: CsvDialect;
  private readonly memory: EngineMemory;
  private readonly columns: BatchColumns;
  /** By field of a record: the column that it fills. */
  private readonly fields: readonly (FieldNode | undefined)[];
  private readonly writers: readonly (ValueWriter | undefined)[];
  private readonly places: FieldPlace[] = [];

  constructor(columns: BatchColumns, fields: readonly (FieldNode | undefined)[], dialect: CsvDialect, unit: EpochUnit) {
    this.memory = columns.memory;
    this.columns = columns;
    this.fields = fields;
    this.dialect = dialect;
    this.writers = columns.leaves.map((leaf, i) => valueWriter(columns, i, leaf, unit));
  }

  /** Decodes the record [start, end), without its line end, into `row`. Says why it is broken; then nothing was written. */
  decode(start: number, end: number, row: number): string | undefined {
    const count = splitCsv(this.memory.u8, start, end, this.dialect, this.places);
    if (typeof count === "string") return count;
    if (count !== this.fields.length) return `the record has ${count} fields, not ${this.fields.length}`;
    this.fields.forEach((node, i) => {
      const place = this.places[i];
      if (node?.needed === true && place !== undefined) this.write(node, row, place);
    });
    return undefined;
  }

  private write(node: FieldNode, row: number, place: FieldPlace): void {
    if (this.isNull(place)) {
      this.columns.setValidity(node.leaf, row, node.notNull ? rowErrors.NULL_NOT_ALLOWED.number : INVALID);
      return;
    }
    const [from, to] = place.doubled ? this.undouble(place) : [place.from, place.to];
    const writer = this.writers[node.leaf];
    const reason =
      writer === undefined
        ? writeText(this.columns, node.leaf, row, from, to - from)
        : writer(row, this.memory.text(from, to - from), "text");
    if (reason !== undefined) this.columns.setBad(node.leaf, row, "UNDECODABLE", reason);
  }

  private isNull({ quoted, from, to }: FieldPlace): boolean {
    if (quoted) return false;
    const { nullText } = this.dialect;
    return from === to || (nullText !== undefined && this.memory.text(from, to - from) === nullText);
  }

  private undouble({ from, to }: FieldPlace): [from: number, to: number] {
    const { u8 } = this.memory;
    const address = this.columns.allocateText(to - from);
    let out = address;
    for (let i = from; i < to; i++) {
      u8[out] = u8[i] ?? 0;
      out += 1;
      if (u8[i] === this.dialect.quote) i += 1;
    }
    return [address, out];
  }
}

/** The end of a line's content: before LF, and CR LF. */
export function contentEnd(u8: Uint8Array, start: number, next: number): number {
  let end = next;
  if (end > start && u8[end - 1] === LF) end -= 1;
  if (end > start && u8[end - 1] === CR) end -= 1;
  return end;
}
