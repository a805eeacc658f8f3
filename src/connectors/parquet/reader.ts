/** A Parquet file as a partition: DuckDB's chunks, whose vectors are copied whole into columns. A chunk is a batch. */
import duckdb from "@duckdb/node-bindings";
import { BATCH_ROWS, INVALID } from "../../base/batch.ts";
import { rowErrors } from "../../base/row-error.ts";
import { storageBytes } from "../../base/types.ts";
import { compileFunction, type WasmFunction } from "../../wasm/module.ts";
import type {
  BadRecord,
  BrokenRecord,
  PartitionReader,
  RecordPlace,
  SourcePlace,
  SourcePosition,
  SourceRequest,
} from "../connector.ts";
import { BatchColumns } from "../formats/columns.ts";
import { type EpochUnit, TIMESTAMP_MAX, TIMESTAMP_MIN, timestampOfEpoch } from "../formats/time-text.ts";
import { writeText } from "../formats/values.ts";
import { unreadable } from "../input/byte-input.ts";
import { markText, type Witness } from "../input/fingerprint.ts";
import type { LeafRead } from "./plan.ts";
import { cutStamps } from "./stamps.ts";
import { CELL_BYTES, readStrings } from "./strings.ts";

export interface ParquetFile {
  readonly name: string;
  /** SELECT of exactly `reads`, in order. */
  readonly sql: string;
  readonly reads: readonly LeafRead[];
  /** The row to begin with. */
  readonly from: number;
  readonly witness: Witness;
}

/** Metadata columns that are needed: leaf and key. */
export interface MetadataLeaf {
  readonly leaf: number;
  readonly key: string;
}

export class ParquetReader implements PartitionReader {
  readonly name: string;
  readonly broken: readonly BrokenRecord[] = [];
  rows = 0;
  private readonly request: SourceRequest;
  private readonly file: ParquetFile;
  private readonly metadata: readonly MetadataLeaf[];
  private readonly unit: EpochUnit;
  private readonly connect: () => Promise<duckdb.Connection>;
  private readonly cutters = new Map<number, WasmFunction>();
  private columns: BatchColumns | undefined;
  private connection: duckdb.Connection | undefined;
  /** The next chunk is fetched while the present batch is worked on. */
  private fetched: Promise<duckdb.DataChunk | null> | undefined;
  private result: duckdb.Result | undefined;
  private firstRow: number;
  private isEnded = false;
  private isClosed = false;
  /** Addresses of string cells by leaf, all in one block. */
  private cells = new Map<number, number>();
  private cellBlock = 0;

  constructor(
    request: SourceRequest,
    file: ParquetFile,
    metadata: readonly MetadataLeaf[],
    unit: EpochUnit,
    connect: () => Promise<duckdb.Connection>,
  ) {
    this.name = file.name;
    this.request = request;
    this.file = file;
    this.firstRow = file.from;
    this.metadata = metadata;
    this.unit = unit;
    this.connect = connect;
  }

  get ended(): boolean {
    return this.isEnded;
  }
  get batch(): number {
    return this.open().descriptor;
  }
  get hasErrors(): boolean {
    return this.columns?.hasErrors ?? false;
  }

  private open(): BatchColumns {
    if (this.columns !== undefined) return this.columns;
    const { memory, owner, leaves, needed } = this.request;
    this.columns = new BatchColumns(memory, owner, leaves, needed);
    const texts = this.file.reads.filter((read) => read.form === "text");
    if (texts.length > 0) this.cellBlock = memory.allocate(texts.length * BATCH_ROWS * CELL_BYTES, owner);
    texts.forEach((read, i) => this.cells.set(read.leaf, this.cellBlock + i * BATCH_ROWS * CELL_BYTES));
    return this.columns;
  }

  async read(): Promise<number> {
    const columns = this.open();
    columns.begin();
    this.firstRow += this.rows;
    this.rows = 0;
    const chunk = this.isEnded ? null : await this.take();
    if (chunk === null || duckdb.data_chunk_get_size(chunk) === 0) this.isEnded = true;
    else this.fill(columns, chunk);
    columns.finish(this.rows);
    return this.rows;
  }

  private async take(): Promise<duckdb.DataChunk | null> {
    try {
      if (this.result === undefined) {
        this.connection = await this.connect();
        const { sql, from } = this.file;
        const statement = await duckdb.prepare(this.connection, from === 0 ? sql : `${sql} OFFSET ${from}`);
        this.result = await duckdb.execute_prepared_streaming(statement);
      }
      const chunk = await (this.fetched ?? duckdb.fetch_chunk(this.result));
      this.fetched = chunk === null ? undefined : duckdb.fetch_chunk(this.result);
      // A failure is thrown by the read that waits for it.
      this.fetched?.catch(() => undefined);
      return chunk;
    } catch (error) {
      throw unreadable(this.name, error);
    }
  }

  private fill(columns: BatchColumns, chunk: duckdb.DataChunk): void {
    this.rows = duckdb.data_chunk_get_size(chunk);
    this.file.reads.forEach((read, i) => {
      this.fillLeaf(columns, read, duckdb.data_chunk_get_vector(chunk, i));
    });
    this.fillMetadata(columns);
  }

  private fillLeaf(columns: BatchColumns, read: LeafRead, vector: duckdb.Vector): void {
    const { memory } = columns;
    const { rows } = this;
    const storage = columns.leaves[read.leaf]?.storage ?? "none";
    const data = columns.data[read.leaf] ?? 0;
    if (read.isRow) return this.fillRow(columns, read, duckdb.vector_get_data(vector, rows));
    this.fillValidity(columns, read, vector);
    if (read.form === "text") return this.fillText(columns, read, vector);
    memory.u8.set(duckdb.vector_get_data(vector, rows * storageBytes[storage]), data);
    if (read.form === "stamp") this.cut(columns, read, data);
    if (read.form === "epoch") this.countFromEpoch(columns, read, data);
  }

  private fillRow(columns: BatchColumns, read: LeafRead, present: Uint8Array): void {
    const byte = read.notNull ? rowErrors.NULL_NOT_ALLOWED.number : INVALID;
    for (let row = 0; row < this.rows; row++) if (present[row] === 0) columns.setValidity(read.leaf, row, byte);
  }

  /** DuckDB has a bit per row, and no bits where all rows are valid. */
  private fillValidity(columns: BatchColumns, read: LeafRead, vector: duckdb.Vector): void {
    // The binding declares bytes, but gives null where the vector has no mask.
    const mask = duckdb.vector_get_validity(vector, Math.ceil(this.rows / 64) * 8) as Uint8Array | null;
    if (mask === null) return;
    const byte = read.notNull ? rowErrors.NULL_NOT_ALLOWED.number : INVALID;
    for (let i = 0; i * 8 < this.rows; i++) {
      const bits = mask[i] ?? 0;
      if (bits === 0xff) continue;
      const end = Math.min(this.rows, i * 8 + 8);
      for (let row = i * 8; row < end; row++) {
        if (((bits >> (row & 7)) & 1) === 0) columns.setValidity(read.leaf, row, byte);
      }
    }
  }

  private isValid(columns: BatchColumns, leaf: number, row: number): boolean {
    return columns.memory.u8[(columns.validity[leaf] ?? 0) + row] === 1;
  }

  private fillText(columns: BatchColumns, read: LeafRead, vector: duckdb.Vector): void {
    const { memory } = columns;
    const { leaf } = read;
    const cells = this.cells.get(leaf) ?? 0;
    const data = columns.data[leaf] ?? 0;
    memory.u8.set(duckdb.vector_get_data(vector, this.rows * CELL_BYTES), cells);
    const isValid = (row: number): boolean => this.isValid(columns, leaf, row);
    readStrings(memory, cells, data, this.rows, isValid, (bytes) => columns.allocateText(bytes));
    const type = columns.leaves[leaf]?.type;
    if (type?.kind === "VARCHAR" && type.length === undefined) return;
    for (let row = 0; row < this.rows; row++) {
      if (!isValid(row)) continue;
      const at = memory.u32[data / 4 + row * 2] ?? 0;
      const reason = writeText(columns, leaf, row, at, memory.u32[data / 4 + row * 2 + 1] ?? 0);
      if (reason !== undefined) columns.setBad(leaf, row, "UNDECODABLE", reason);
    }
  }

  private cut(columns: BatchColumns, read: LeafRead, data: number): void {
    const { memory } = columns;
    const precision = precisionOf(columns, read.leaf);
    const cutter = this.cutters.get(precision) ?? compileFunction(memory, cutStamps(precision));
    this.cutters.set(precision, cutter);
    if (cutter(data, this.rows) === 0) return;
    for (let row = 0; row < this.rows; row++) {
      const micros = memory.i64[data / 8 + row] ?? 0n;
      const isInside = micros >= TIMESTAMP_MIN && micros <= TIMESTAMP_MAX;
      if (isInside || !this.isValid(columns, read.leaf, row)) continue;
      columns.setBad(read.leaf, row, "UNDECODABLE", "the timestamp is outside the years 0001 to 9999");
    }
  }

  private countFromEpoch(columns: BatchColumns, read: LeafRead, data: number): void {
    const { i64 } = columns.memory;
    const precision = precisionOf(columns, read.leaf);
    for (let row = 0; row < this.rows; row++) {
      if (!this.isValid(columns, read.leaf, row)) continue;
      const count = i64[data / 8 + row] ?? 0n;
      const micros = timestampOfEpoch(count, this.unit, precision);
      if (micros === undefined)
        columns.setBad(read.leaf, row, "UNDECODABLE", `${count} is outside the years 0001 to 9999`);
      else i64[data / 8 + row] = micros;
    }
  }

  private fillMetadata(columns: BatchColumns): void {
    const { memory } = columns;
    for (const { leaf, key } of this.metadata) {
      const data = columns.data[leaf] ?? 0;
      if (key !== "file") {
        const first = BigInt(this.firstRow + (key === "line" ? 1 : 0));
        for (let row = 0; row < this.rows; row++) memory.i64[data / 8 + row] = first + BigInt(row);
        continue;
      }
      const bytes = Buffer.from(this.name, "utf8");
      const address = columns.allocateText(bytes.length);
      memory.u8.set(bytes, address);
      for (let row = 0; row < this.rows; row++) {
        memory.u32[data / 4 + row * 2] = address;
        memory.u32[data / 4 + row * 2 + 1] = bytes.length;
      }
    }
  }

  /** A Parquet row has no bytes of its own: its record is empty. */
  place(row: number): RecordPlace {
    const position = BigInt(this.firstRow + row);
    return { partition: this.name, position, line: undefined, record: new Uint8Array(0) };
  }

  get next(): SourcePlace {
    return { partition: this.name, position: BigInt(this.firstRow + this.rows), line: undefined };
  }

  positionOf({ position, line }: SourcePlace): SourcePosition {
    return { position, line, fingerprint: markText(this.file.witness.markAt(position)) };
  }

  badValue(row: number, leaf: number): BadRecord {
    return this.open().badValue(row, leaf);
  }

  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    this.isEnded = true;
    // A fetch in progress uses the connection.
    await this.fetched?.catch(() => null);
    if (this.connection !== undefined) duckdb.disconnect_sync(this.connection);
    this.columns?.release();
    if (this.cellBlock !== 0) this.request.memory.release(this.cellBlock);
  }
}

function precisionOf(columns: BatchColumns, leaf: number): number {
  const type = columns.leaves[leaf]?.type;
  return type?.kind === "TIMESTAMP" || type?.kind === "TIMESTAMP_LTZ" ? type.precision : 6;
}
