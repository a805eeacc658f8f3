/**
 * The tables beside a table or query that hold what did not become a result: `"t$errors"`, `"q$errors"`, `"q$late"` (N5).
 * Bounded by rows, bytes and age; what was evicted stays counted.
 */
import { isUtf8 } from "node:buffer";
import { rowErrors } from "../../base/row-error.ts";
import { BIGINT, type Schema, VARCHAR } from "../../base/types.ts";
import type { Value } from "../../base/value.ts";
import { parseDuration } from "../../connectors/options.ts";
import type { StagedColumn } from "../../state/snapshot/staged.ts";
import { CellWriter, cellRows, columnsOfSchema, flatRow, rowOfFlat } from "../../state/staging/cells.ts";
import type { StatePart } from "../../state/staging/part.ts";
import type { BadRow } from "../sources/bad-marks.ts";

export const SIDE_ROWS_MAX = 100_000;
export const SIDE_BYTES_MAX: number = 64 * 1024 * 1024;
/** What a row costs besides its texts: an estimate for the bound. */
const ROW_BYTES = 200;

const long = (name: string): StagedColumn => ({ name, type: { kind: "sql", type: BIGINT }, nullable: false });
const TOTALS: readonly StagedColumn[] = [long("total"), long("taken_back")];
const KEY: StagedColumn = { name: "taken_back_by", type: { kind: "sql", type: VARCHAR }, nullable: true };

/** The value of `SET 'side-tables.max-age'` in microseconds. */
export const sideAgeMicros = (age: string): bigint => BigInt(Math.round((parseDuration(age) ?? 0) * 1000));

interface Kept {
  readonly row: readonly Value[];
  readonly bytes: number;
  /** What it can be taken back by. */
  readonly key: string | undefined;
  /** The row of the same key that came before it. */
  before: Kept | undefined;
  isHere: boolean;
}

export class SideTable {
  readonly name: string;
  readonly schema: Schema;
  /** Rows that ever went in. */
  total = 0;
  /** Rows that were taken back. */
  private taken = 0;
  /** In the order in which they came. */
  private readonly rows = new Set<Kept>();
  /** The last row of each key. */
  private readonly byKey = new Map<string, Kept>();
  private bytes = 0;
  private readonly listeners: ((row: readonly Value[]) => void)[] = [];

  constructor(name: string, schema: Schema) {
    this.name = name;
    this.schema = schema;
  }

  /** Rows that came in and were not taken back, those that were evicted too. */
  get standing(): number {
    return this.total - this.taken;
  }

  /** Rows for which there was no room, or that were too old. */
  get evicted(): number {
    return this.standing - this.rows.size;
  }

  /** Called for every row that comes in from now on; what is taken back has been said. */
  onRow(listener: (row: readonly Value[]) => void): void {
    this.listeners.push(listener);
  }

  /** `key`: where the row may be taken back, by what. */
  add(row: readonly Value[], key?: string): void {
    this.total++;
    this.keep(row, key);
    for (const oldest of this.rows) {
      if (this.rows.size <= SIDE_ROWS_MAX && this.bytes <= SIDE_BYTES_MAX) break;
      this.drop(oldest);
    }
    for (const listener of this.listeners) listener(row);
  }

  /** Evicts the rows from before `before`, microseconds of the epoch clock (T11): their first column says when they came. */
  expire(before: bigint): void {
    for (const oldest of this.rows) {
      const [at] = oldest.row;
      if (typeof at !== "bigint" || at >= before) return;
      this.drop(oldest);
    }
  }

  private keep(row: readonly Value[], key: string | undefined): void {
    const bytes = sizeOf(row) + (key === undefined ? 0 : 2 * key.length);
    const before = key === undefined ? undefined : this.byKey.get(key);
    const kept: Kept = { row, bytes, key, before, isHere: true };
    this.rows.add(kept);
    this.bytes += bytes;
    if (key !== undefined) this.byKey.set(key, kept);
  }

  /** Takes the last row of a key back. One that was evicted stays counted. */
  takeBack(key: string): void {
    const kept = this.byKey.get(key);
    if (kept === undefined) return;
    this.drop(kept);
    this.taken++;
  }

  private drop(kept: Kept): void {
    this.rows.delete(kept);
    this.bytes -= kept.bytes;
    kept.isHere = false;
    const { key, before } = kept;
    // Those before it are gone where the oldest of a key goes, and would be held by it.
    kept.before = undefined;
    if (key === undefined || this.byKey.get(key) !== kept) return;
    if (before?.isHere === true) this.byKey.set(key, before);
    else this.byKey.delete(key);
  }

  /** How many rows went in and were taken back; then those that are here, in their order, each with what it can be taken back by. */
  state(): readonly StatePart[] {
    const { schema } = this;
    const columns = [...columnsOfSchema(schema), KEY];
    const totals: StatePart = {
      name: "totals",
      version: 1,
      columns: TOTALS,
      save: (put) => {
        const writer = new CellWriter(TOTALS, put);
        writer.add([BigInt(this.total), BigInt(this.taken)]);
        writer.end();
      },
      restore: (chunks) => {
        for (const [total, taken] of cellRows(TOTALS, chunks)) {
          this.total = Number(total);
          this.taken = Number(taken);
        }
      },
    };
    const rows: StatePart = {
      name: "",
      version: 1,
      columns,
      save: (put) => {
        const writer = new CellWriter(columns, put);
        for (const { row, key } of this.rows) writer.add([...flatRow(schema, row), key ?? null]);
        writer.end();
      },
      restore: (chunks) => {
        for (const cells of cellRows(columns, chunks)) {
          const key = cells.at(-1);
          this.keep(rowOfFlat(schema, cells), typeof key === "string" ? key : undefined);
        }
      },
    };
    return [totals, rows];
  }

  kept(): readonly (readonly Value[])[] {
    return Array.from(this.rows, (k) => k.row);
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
