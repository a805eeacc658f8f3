/**
 * The tables beside a table or query that hold what did not become a result: `"t$errors"`, `"q$errors"`, `"q$late"` (N5).
 * Bounded by rows and bytes; what was evicted stays counted.
 */
import { isUtf8 } from "node:buffer";
import { rowErrors } from "../../base/row-error.ts";
import type { Schema } from "../../base/types.ts";
import type { Value } from "../../base/value.ts";
import type { BadRow } from "../sources/table-input.ts";

export const SIDE_ROWS_MAX = 100_000;
export const SIDE_BYTES_MAX: number = 64 * 1024 * 1024;
/** What a row costs besides its texts: an estimate for the bound. */
const ROW_BYTES = 200;

export class SideTable {
  readonly name: string;
  readonly schema: Schema;
  /** Rows that ever went in. */
  total = 0;
  private rows: (readonly Value[])[] = [];
  private first = 0;
  private bytes = 0;
  private readonly listeners: ((row: readonly Value[]) => void)[] = [];

  constructor(name: string, schema: Schema) {
    this.name = name;
    this.schema = schema;
  }

  get evicted(): number {
    return this.total - (this.rows.length - this.first);
  }

  /** Called for every row that comes in from now on. */
  onRow(listener: (row: readonly Value[]) => void): void {
    this.listeners.push(listener);
  }

  add(row: readonly Value[]): void {
    this.total++;
    this.rows.push(row);
    this.bytes += sizeOf(row);
    while (
      this.rows.length - this.first > SIDE_ROWS_MAX ||
      (this.bytes > SIDE_BYTES_MAX && this.first < this.rows.length)
    ) {
      const gone = this.rows[this.first++];
      if (gone !== undefined) this.bytes -= sizeOf(gone);
    }
    if (this.first > SIDE_ROWS_MAX) {
      this.rows = this.rows.slice(this.first);
      this.first = 0;
    }
    for (const listener of this.listeners) listener(row);
  }

  kept(): readonly (readonly Value[])[] {
    return this.rows.slice(this.first);
  }
}

/** The row of `"t$errors"` for a bad record of table `t`. Bytes that are not UTF-8 are kept as base64. */
export function badRecordRow(atMicros: bigint, table: string, bad: BadRow): Value[] {
  const { place } = bad;
  const isText = isUtf8(place.record);
  return [
    atMicros,
    table,
    place.partition,
    place.position,
    place.line ?? null,
    rowErrors[bad.code].sqlstate,
    bad.field ?? null,
    bad.reason,
    Buffer.from(place.record).toString(isText ? "utf8" : "base64"),
    isText ? "utf8" : "base64",
  ];
}

function sizeOf(row: readonly Value[]): number {
  let bytes = ROW_BYTES;
  for (const v of row) if (typeof v === "string") bytes += 2 * v.length;
  return bytes;
}
