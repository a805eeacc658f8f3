/**
 * Tables without a connector: what INSERT and the library put in, in one order across all such tables (N3, T13). One
 * reader per table; the feed says whose turn it is.
 */
import { BATCH_ROWS } from "../../base/batch.ts";
import type { Value } from "../../base/value.ts";
import type {
  BadRecord,
  BrokenRecord,
  PartitionReader,
  RecordPlace,
  SourcePlace,
  SourcePosition,
} from "../../connectors/connector.ts";
import { BatchWriter, readRow } from "../../expr/columns.ts";
import { valueToJson } from "../../expr/text.ts";
import type { TablePlan } from "../../operators/physical.ts";
import type { EngineMemory, MemoryOwner } from "../../wasm/memory.ts";
import { type ColumnsInput, ColumnsWriter } from "./given/columns-input.ts";

/** Rows on their way into a table. */
export type Feed =
  | { readonly table: string; readonly kind: "rows"; readonly rows: readonly (readonly Value[])[] }
  | { readonly table: string; readonly kind: "columns"; readonly columns: ColumnsInput };

/** Rows out of the log, with the position of the first among all rows that its table ever had. */
export type LoggedFeed = Feed & { readonly first: number };

const utf8 = new TextEncoder();

export class FeedReader implements PartitionReader {
  readonly name = "0";
  readonly broken: readonly BrokenRecord[] = [];
  readonly hasErrors = false;
  batch: number;
  rows = 0;
  private readonly memory: EngineMemory;
  private readonly table: TablePlan;
  private readonly writer: BatchWriter;
  private readonly columns: ColumnsWriter;
  private readonly stored: (() => readonly (readonly Value[])[]) | undefined;
  private isLoaded = false;
  private pending: LoggedFeed | undefined;
  private at = 0;
  /** Position of the batch's first row. */
  private first = 0n;

  /** `stored`: the rows of a table that the engine itself keeps, as they are when the first is read; then it ends. */
  constructor(
    table: TablePlan,
    memory: EngineMemory,
    owner: MemoryOwner,
    stored?: () => readonly (readonly Value[])[],
  ) {
    this.stored = stored;
    this.memory = memory;
    this.table = table;
    this.writer = new BatchWriter(memory, owner, table.physical);
    this.columns = new ColumnsWriter(table.physical, memory, owner);
    this.batch = this.writer.batch;
  }

  /** Position of the first row that will be offered. */
  begin(first: bigint): void {
    this.first = first;
  }

  /** The next rows to read; what was offered before has been read to its end. */
  offer(feed: LoggedFeed): void {
    this.pending = feed;
    this.at = 0;
  }

  get ended(): boolean {
    return this.stored !== undefined && this.isLoaded && !this.hasMore;
  }

  get hasMore(): boolean {
    const p = this.pending;
    return p !== undefined && this.at < (p.kind === "rows" ? p.rows.length : p.columns.rows);
  }

  read(): number {
    if (this.stored !== undefined && !this.isLoaded) {
      this.isLoaded = true;
      this.offer({ table: this.table.name, kind: "rows", rows: this.stored(), first: 0 });
    }
    this.first += BigInt(this.rows);
    this.rows = 0;
    const p = this.pending;
    if (p === undefined) return 0;
    this.first = BigInt(p.first + this.at);
    if (p.kind === "columns") {
      this.batch = this.columns.batch;
      this.rows = Math.min(BATCH_ROWS, p.columns.rows - this.at);
      this.columns.write(p.columns, this.at, this.rows);
    } else {
      this.batch = this.writer.batch;
      this.writer.clear();
      while (!this.writer.full && this.at + this.writer.rows < p.rows.length) {
        this.writer.add(p.rows[this.at + this.writer.rows] ?? []);
      }
      this.rows = this.writer.rows;
    }
    this.at += this.rows;
    if (!this.hasMore) this.pending = undefined;
    return this.rows;
  }

  place(row: number): RecordPlace {
    const values = readRow(this.memory, this.batch, this.table.physical, row);
    const fields = this.table.physical.map(
      (f, i) => `${JSON.stringify(f.name)}:${valueToJson(f.type, values[i] ?? null)}`,
    );
    return {
      partition: this.name,
      position: this.first + BigInt(row),
      line: undefined,
      record: utf8.encode(`{${fields.join(",")}}`),
    };
  }

  get next(): SourcePlace {
    return { partition: this.name, position: this.first + BigInt(this.rows), line: undefined };
  }

  positionOf({ position, line }: SourcePlace): SourcePosition {
    return { position, line, fingerprint: undefined };
  }

  badValue(): BadRecord {
    // What cannot be taken is refused when it is offered.
    return { code: "UNDECODABLE", field: undefined, reason: "a value that cannot be read" };
  }

  close(): void {
    this.pending = undefined;
  }
}
