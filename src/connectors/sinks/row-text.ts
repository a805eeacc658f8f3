/** Rows of batches as NDJSON or CSV, formatted from the columns straight into bytes. The forms are those of expr/text.ts. */
import { type ChangeByte, changeText, VALID } from "../../base/batch.ts";
import { uniqueNames } from "../../base/names.ts";
import { type Field, leafCount, type Schema, type SqlType } from "../../base/types.ts";
import { changeOf, dataAddress, readValue, validAddress } from "../../expr/columns.ts";
import { dateText, valueToCsv, valueToJson } from "../../expr/text.ts";
import type { EngineMemory } from "../../wasm/memory.ts";
import type { SinkBatch } from "../connector.ts";
import { ByteWriter } from "./byte-writer.ts";

export type RowFormat = "json" | "csv";

/** What stands before a row's own columns: the number of its query as `$query`, its kind of change as `$op`. */
export interface RowLead {
  readonly query?: number;
  readonly change: boolean;
}

/** Writes one column of one row. `leaf` addresses are looked up once a batch. */
type ColumnWriter = (batch: Columns, row: number) => void;

/** Addresses of the columns of the present batch, by leaf. */
interface Columns {
  readonly batch: number;
  readonly data: readonly number[];
  readonly validity: readonly number[];
}

const MICROS_PER_DAY = 86_400_000_000;
const TWO_32 = 2 ** 32;

export class RowText {
  private readonly memory: EngineMemory;
  private readonly format: RowFormat;
  private readonly lead: RowLead;
  private readonly names: readonly string[];
  private readonly writers: readonly ColumnWriter[];
  private readonly leaves: number;
  readonly out: ByteWriter = new ByteWriter();
  /** The day that was written last, as text. */
  private day = Number.NaN;
  private dayText = Buffer.alloc(0);

  /** `omitted`: columns that are not written. */
  constructor(memory: EngineMemory, schema: Schema, format: RowFormat, lead: RowLead, omitted: readonly number[] = []) {
    this.memory = memory;
    this.format = format;
    this.lead = lead;
    const isWritten = (_: unknown, column: number): boolean => !omitted.includes(column);
    this.names = uniqueNames(schema.map((f) => f.name)).filter(isWritten);
    let leaf = 0;
    const writers = schema.map((field) => {
      const writer = this.writerOf(field.type, leaf);
      leaf += leafCount(field.type);
      return writer;
    });
    this.writers = writers.filter(isWritten);
    this.leaves = leaf;
  }

  /** The header line of CSV. */
  header(): void {
    const { query, change } = this.lead;
    const lead = [...(query === undefined ? [] : ["$query"]), ...(change ? ["$op"] : [])];
    const fields = [...lead, ...this.names].map((name) => valueToCsv({ kind: "VARCHAR", length: undefined }, name));
    this.out.text(`${fields.join(",")}\n`);
  }

  /** `afterRow` is called when a row, with the end of its line, is written. */
  rows({ batch, rows }: SinkBatch, afterRow?: (row: number) => void): void {
    const { memory } = this;
    const each = (address: typeof dataAddress): number[] =>
      Array.from({ length: this.leaves }, (_, leaf) => address(memory, batch, leaf));
    const columns: Columns = { batch, data: each(dataAddress), validity: each(validAddress) };
    const prefixes = this.prefixes();
    for (let row = 0; row < rows; row++) {
      this.writeLead(row, batch);
      for (let i = 0; i < this.writers.length; i++) {
        this.out.bytes(prefixes[i] ?? NOTHING);
        this.writers[i]?.(columns, row);
      }
      this.out.bytes(
        this.format === "json" ? (this.writers.length === 0 && !this.hasLead ? EMPTY_END : JSON_END) : LINE_END,
      );
      afterRow?.(row);
    }
  }

  /** What stands before each column. */
  private prefixes(): readonly Buffer[] {
    return this.names.map((name, i) => {
      const isFirst = i === 0 && !this.hasLead;
      if (this.format === "csv") return Buffer.from(isFirst ? "" : ",");
      return Buffer.from(`${isFirst ? "{" : ","}${JSON.stringify(name)}:`);
    });
  }

  private get hasLead(): boolean {
    return this.lead.change || this.lead.query !== undefined;
  }

  private writeLead(row: number, batch: number): void {
    if (!this.hasLead) return;
    const { query, change } = this.lead;
    const op = change ? changeText[changeOf(this.memory, batch, row) as ChangeByte] : undefined; // a byte of Change
    if (this.format === "csv") {
      this.out.text([...(query === undefined ? [] : [query]), ...(op === undefined ? [] : [op])].join(","));
      return;
    }
    const number = query === undefined ? [] : [`"$query":${query}`];
    this.out.text(`{${[...number, ...(op === undefined ? [] : [`"$op":"${op}"`])].join(",")}`);
  }

  private writerOf(type: SqlType, leaf: number): ColumnWriter {
    const { memory, out, format } = this;
    const isJson = format === "json";
    const nullable =
      (write: (data: number, row: number, batch: number) => void): ColumnWriter =>
      (columns, row) => {
        if (memory.u8[(columns.validity[leaf] ?? 0) + row] === VALID)
          write(columns.data[leaf] ?? 0, row, columns.batch);
        else if (isJson) out.bytes(NULL);
      };
    switch (type.kind) {
      case "BOOLEAN":
        return nullable((data, row) => {
          out.bytes(memory.u8[data + row] === 0 ? FALSE : TRUE);
        });
      case "TINYINT":
      case "SMALLINT":
      case "INT":
        return nullable((data, row) => {
          out.integer(memory.i32[data / 4 + row] ?? 0);
        });
      case "BIGINT":
        return nullable((data, row) => {
          this.bigint(data, row);
        });
      case "CHAR":
      case "VARCHAR":
        return nullable((data, row) => {
          const at = memory.u32[data / 4 + row * 2] ?? 0;
          const length = memory.u32[data / 4 + row * 2 + 1] ?? 0;
          if (isJson) out.jsonString(memory.u8, at, length);
          else out.csvField(memory.u8, at, length);
        });
      case "TIMESTAMP":
      case "TIMESTAMP_LTZ": {
        const { precision } = type;
        const isZoned = type.kind === "TIMESTAMP_LTZ";
        return nullable((data, row) => {
          this.stamp(data, row, precision, isZoned);
        });
      }
      case "ROW":
        return isJson
          ? this.rowWriter(type.fields, leaf)
          : nullable((_, row, batch) => this.plain(type, leaf, row, batch));
      default:
        return nullable((_, row, batch) => this.plain(type, leaf, row, batch));
    }
  }

  /** Other types, through the definition of their text. */
  private plain(type: SqlType, leaf: number, row: number, batch: number): void {
    const value = readValue(this.memory, batch, leaf, type, row);
    this.out.text(this.format === "json" ? valueToJson(type, value) : valueToCsv(type, value));
  }

  private rowWriter(fields: readonly Field[], leaf: number): ColumnWriter {
    let at = leaf + 1;
    const parts = fields.map((field, i) => {
      const prefix = Buffer.from(`${i === 0 ? "{" : ","}${JSON.stringify(field.name)}:`);
      const write = this.writerOf(field.type, at);
      at += leafCount(field.type);
      return { prefix, write };
    });
    return (columns, row) => {
      if (this.memory.u8[(columns.validity[leaf] ?? 0) + row] !== VALID) return this.out.bytes(NULL);
      for (const { prefix, write } of parts) {
        this.out.bytes(prefix);
        write(columns, row);
      }
      this.out.text(parts.length === 0 ? "{}" : "}");
    };
  }

  /** An i64, whose halves make an exact number where it is below 2^53. */
  private bigint(data: number, row: number): void {
    const low = this.memory.u32[data / 4 + row * 2] ?? 0;
    const high = this.memory.i32[data / 4 + row * 2 + 1] ?? 0;
    if (high >= -(2 ** 20) && high < 2 ** 20) this.out.integer(high * TWO_32 + low);
    else this.out.text(String(this.memory.i64[data / 8 + row] ?? 0n));
  }

  private stamp(data: number, row: number, precision: number, isZoned: boolean): void {
    const { out } = this;
    const low = this.memory.u32[data / 4 + row * 2] ?? 0;
    const high = this.memory.i32[data / 4 + row * 2 + 1] ?? 0;
    // Microseconds of the years that there are may pass 2^53: days and the time of day are kept apart exactly.
    const micros = high * TWO_32 + low;
    if (!Number.isSafeInteger(micros)) {
      const type: SqlType = { kind: isZoned ? "TIMESTAMP_LTZ" : "TIMESTAMP", precision };
      const value = this.memory.i64[data / 8 + row] ?? 0n;
      return out.text(this.format === "json" ? valueToJson(type, value) : valueToCsv(type, value));
    }
    const day = Math.floor(micros / MICROS_PER_DAY);
    if (day !== this.day) {
      this.day = day;
      this.dayText = Buffer.from(`${dateText(day)}T`);
    }
    const ofDay = micros - day * MICROS_PER_DAY;
    const seconds = Math.floor(ofDay / 1_000_000);
    const minutes = Math.floor(seconds / 60);
    const isJson = this.format === "json";
    if (isJson) out.byte(0x22);
    out.bytes(this.dayText);
    out.reserve(24);
    out.digits(Math.floor(minutes / 60), 2);
    out.byte(0x3a);
    out.digits(minutes % 60, 2);
    out.byte(0x3a);
    out.digits(seconds % 60, 2);
    out.byte(0x2e);
    const shown = Math.min(6, Math.max(3, precision));
    out.digits(Math.floor((ofDay - seconds * 1_000_000) / 10 ** (6 - shown)), shown);
    for (let i = shown; i < precision; i++) out.byte(0x30);
    if (isZoned) out.byte(0x5a);
    if (isJson) out.byte(0x22);
  }
}

const NOTHING = Buffer.alloc(0);
const NULL = Buffer.from("null");
const TRUE = Buffer.from("true");
const FALSE = Buffer.from("false");
const JSON_END = Buffer.from("}\n");
const EMPTY_END = Buffer.from("{}\n");
const LINE_END = Buffer.from("\n");
