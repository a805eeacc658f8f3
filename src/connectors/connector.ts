/**
 * What a connector is: one file, one line in connectors/index.ts. Sources fill batches of columns in linear memory;
 * sinks take batches. Connectors are where I/O and the wall clock live.
 */
import type { RowErrorName } from "../base/row-error.ts";
import type { Field, Leaf, Schema } from "../base/types.ts";
import type { Span } from "../base/value.ts";
import type { EngineMemory, MemoryOwner } from "../wasm/memory.ts";

/** An option of a WITH clause; docs, validation and did-you-mean derive from it. */
export interface OptionDef {
  readonly name: string;
  readonly type: "string" | "integer" | "boolean" | "duration" | "enum";
  readonly values?: readonly string[];
  readonly default?: string;
  readonly required?: boolean;
  readonly doc: string;
}

/** Options as given: text with the place of name and value, for errors. Keys are lower case. */
export type Options = ReadonlyMap<string, { readonly value: string; readonly span: Span }>;

/** What the engine asks of a table's source. Computed columns and watermarks are not its business. */
export interface SourceRequest {
  readonly table: string;
  /** The physical columns as declared, in order; METADATA columns have `metadata` set to their key. */
  readonly schema: Schema;
  readonly metadata: readonly (string | undefined)[];
  readonly leaves: readonly Leaf[];
  /** For every leaf of `schema`, whether any query reads it. Leaves that are not needed are not decoded; their data is undefined. */
  readonly needed: readonly boolean[];
  readonly options: Options;
  /** Of the CREATE statement, for errors without a better place. */
  readonly span: Span;
  /** Folder against which relative paths resolve: that of the SQL file. */
  readonly baseDirectory: string;
  readonly memory: EngineMemory;
  readonly owner: MemoryOwner;
  /** Where the rows of `stdin` come from. */
  readonly stdin: NodeJS.ReadableStream;
}

/** A record that is not a row at all, or a value of it that a query might need (E5). */
export interface BadRecord {
  readonly code: RowErrorName;
  readonly field: string | undefined;
  readonly reason: string;
}

/** Where a row, or bad record, stands in its source. */
export interface RecordPlace {
  readonly partition: string;
  /** Byte offset, event id or row number, as the connector counts. */
  readonly position: bigint;
  readonly line: bigint | undefined;
  /** The record's bytes, as long as the batch is current. */
  readonly record: Uint8Array;
}

/** A record of the current batch whose structure is broken: it has no row, but a place: before row `row` of the batch. */
export interface BrokenRecord extends RecordPlace, BadRecord {
  readonly row: number;
}

/**
 * One partition of a source, read in order. The reader owns one batch at a time: `read` replaces it. Validity bytes of
 * a value that could not be decoded are `rowErrors.UNDECODABLE.number`, of NULL in a NOT NULL column
 * `rowErrors.NULL_NOT_ALLOWED.number` (whether that makes the row bad for a query is the engine's to say, T14).
 */
export interface PartitionReader {
  /** For ties and messages: file name, `0`. */
  readonly name: string;
  /**
   * Fills the batch with up to BATCH_ROWS rows. 0: no row was read, but broken records may have been; `ended` tells whether more may come.
   * A promise only where it must wait (stdin, DuckDB, pacing is not its business).
   */
  read(): number | Promise<number>;
  readonly ended: boolean;
  /** Descriptor (base/batch.ts) of the current batch: data and validity of the leaves; origin and watermark words are the engine's. */
  readonly batch: number;
  readonly rows: number;
  /** Broken records of the current batch, by `row`. */
  readonly broken: readonly BrokenRecord[];
  /** Whether any validity byte of the current batch is an error: the engine looks at them only then. */
  readonly hasErrors: boolean;
  place(row: number): RecordPlace;
  /** Why the value of `leaf` in `row` is bad: only asked where its validity byte is an error. */
  badValue(row: number, leaf: number): BadRecord;
  close(): void | Promise<void>;
}

export interface Source {
  /** Bounded: its end is known to come. */
  readonly bounded: boolean;
  /** Absolute paths of the files that it reads; undefined: it reads none. */
  readonly files?: readonly string[];
  /** All partitions, in the order of ties (file name). A promise where files must be listed or opened. */
  partitions(): Promise<readonly PartitionReader[]>;
}

export interface SourceConnector {
  readonly name: string;
  readonly doc: string;
  readonly options: readonly OptionDef[];
  /** Formats it takes in 'format', where it takes one. */
  readonly formats?: readonly string[];
  /** Columns by METADATA FROM key, with their types as SQL text: `file`, `line`, `offset`. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Refuses (SqlError, at `span`) a physical column that none of its tables can have, where no data is needed to know. */
  checkColumn?(column: Field, span: Span): void;
  /** Everything that can be refused before anything runs is refused here (SqlError): paths, options, columns. Does no work beyond looking. */
  open(request: SourceRequest): Source;
}

/** Rows on their way out: a batch with its schema; strings are valid only during the call. */
export interface SinkBatch {
  readonly batch: number;
  readonly rows: number;
}

export interface SinkRequest {
  readonly name: string;
  readonly schema: Schema;
  /** Whether changes other than inserts can come: append-only sinks refuse (0A000). */
  readonly appendOnly: boolean;
  readonly options: Options;
  readonly span: Span;
  readonly baseDirectory: string;
  readonly memory: EngineMemory;
  readonly stdout: NodeJS.WritableStream;
}

export interface Sink {
  /** Whether the order of rows shows in what it makes (E7): files, print. */
  readonly ordered: boolean;
  write(batch: SinkBatch): void;
  /** End of an epoch: make visible what was written. */
  flush(): void | Promise<void>;
  close(): Promise<void>;
}

/** A file that a table of the same job reads. */
export interface ReadFile {
  readonly table: string;
  readonly path: string;
}

export interface SinkConnector {
  readonly name: string;
  readonly doc: string;
  readonly options: readonly OptionDef[];
  readonly formats?: readonly string[];
  /**
   * Refuses (SqlError) what can be refused without touching what it writes to; `reads` are all files that the job reads.
   * No sink of a job is opened before all of them were checked.
   */
  check?(request: SinkRequest, reads: readonly ReadFile[]): void;
  open(request: SinkRequest): Sink;
}
