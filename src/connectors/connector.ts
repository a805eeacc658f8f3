/**
 * What a connector is: one file, one line in connectors/index.ts. Sources fill batches of columns in linear memory;
 * sinks take batches. Connectors are where I/O and the wall clock live.
 */
import type { RowErrorName } from "../base/row-error.ts";
import type { Storage } from "../base/storage.ts";
import type { Field, Leaf, Schema } from "../base/types.ts";
import type { Span } from "../base/value.ts";
import type { EngineMemory, MemoryOwner } from "../wasm/memory.ts";

/** An option of a WITH clause; docs, validation and did-you-mean derive from it. */
export interface OptionDef {
  readonly name: string;
  readonly type: "string" | "integer" | "boolean" | "duration" | "bytes" | "enum";
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
  /** Where its files are; Parquet alone is read by DuckDB, from the machine's disk. */
  readonly storage: Storage;
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

/** A place in a source at which a record begins, or could. */
export interface SourcePlace {
  readonly partition: string;
  /** Byte offset, event id or row number, as the connector counts. */
  readonly position: bigint;
  readonly line: bigint | undefined;
}

/**
 * Where reading goes on: everything before it was taken. Plain data, which a log keeps (bigints as decimal strings).
 * `fingerprint` is the connector's own: by it the connector knows in which of its files the position is, and that what
 * was read is still there.
 */
export interface SourcePosition {
  readonly position: bigint;
  readonly line: bigint | undefined;
  readonly fingerprint: string | undefined;
  /** How many bytes there were, as far as was seen; only of what grows, and no part of what must be the same again. */
  readonly seen?: bigint | undefined;
  /** The partition had ended there, for whoever read it. */
  readonly ended?: boolean;
}

/** Where a row, or bad record, stands in its source: where it begins. */
export interface RecordPlace extends SourcePlace {
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
   * A promise only where it must wait (stdin, DuckDB, pacing is not its business). Of a source that grows: neither row nor
   * broken record, and not `ended`: there is nothing now, and it is to be asked again later.
   */
  read(): number | Promise<number>;
  readonly ended: boolean;
  /** Nothing will be written behind what is there: a log says that it was so. Only of sources that grow. */
  finish?(): void;
  /** Descriptor (base/batch.ts) of the current batch: data and validity of the leaves; origin and watermark words are the engine's. */
  readonly batch: number;
  readonly rows: number;
  /** Broken records of the current batch, by `row`. */
  readonly broken: readonly BrokenRecord[];
  /** Whether any validity byte of the current batch is an error: the engine looks at them only then. */
  readonly hasErrors: boolean;
  place(row: number): RecordPlace;
  /** Where the record behind the current batch, its broken records included, begins. */
  readonly next: SourcePlace;
  /** How another process goes on at `place`: `next`, that of a row of the current batch, or that of a broken record of it. */
  positionOf(place: SourcePlace): SourcePosition;
  /**
   * Of sources that cannot be read again, where `partitions` was given `logged`: the bytes of the records from one
   * position to another, which are there until they are forgotten.
   */
  bytesBetween?(from: bigint, to: bigint): Uint8Array;
  /** Bytes before `position` are not asked for any more. */
  forget?(position: bigint): void;
  /** Why the value of `leaf` in `row` is bad: only asked where its validity byte is an error. */
  badValue(row: number, leaf: number): BadRecord;
  close(): void | Promise<void>;
}

/** By name of the partition. */
export type SourcePositions = ReadonlyMap<string, SourcePosition>;
export type LoggedBytes = ReadonlyMap<string, Uint8Array>;

/** Partitions that come while a source is read. */
export interface Growth {
  /** How often to look for them. */
  readonly intervalMs: number;
  /** Whether one may take the place of another that has ended. */
  readonly hasSuccessors: boolean;
  /**
   * Those that came since it was asked last, in their order. One that takes the place of another, as a log file does after
   * a rotation, is not among them before that one has ended.
   */
  find(): readonly PartitionReader[] | Promise<readonly PartitionReader[]>;
  /** One that `find` gave an earlier process. Throws SOURCE_CHANGED where it is gone. */
  open(name: string, from: SourcePosition): PartitionReader | Promise<PartitionReader>;
}

export interface Source {
  /** Bounded: its end is known to come. */
  readonly bounded: boolean;
  /** Absolute paths of the files that it reads; undefined: it reads none. */
  readonly files?: readonly string[];
  /**
   * All partitions, in the order of ties (file name). A promise where files must be listed or opened.
   *
   * `from`, by name of the partition: they go on at these positions. It names all partitions that there were, so that
   * a file that is not in it came later, and is not read, or not yet. What was read before a position and is
   * not the same any more is refused (SOURCE_CHANGED).
   *
   * `logged`, for sources that cannot be read again: the bytes (`bytesBetween`) behind these positions, to be read
   * before anything new. Given, if only empty, readers keep the bytes that they read until they are forgotten.
   */
  partitions(from?: SourcePositions, logged?: LoggedBytes): Promise<readonly PartitionReader[]>;
  /** Files that were read to their end, and have more bytes since: those are not read. */
  grown?(from: SourcePositions): readonly { readonly file: string; readonly bytes: number }[];
  /** Only of live sources: their partitions are those that `partitions` gives and those that come. */
  readonly growth?: Growth;
}

/** What a connector promises of its rows where there is a state directory, and why. */
export interface Delivery {
  readonly promise: "exactly-once" | "best effort";
  /** Goes on behind the promise and a comma. */
  readonly reason: string;
}

export interface SourceConnector {
  readonly name: string;
  readonly doc: string;
  readonly delivery: Delivery;
  readonly options: readonly OptionDef[];
  /** Whether what was read can be read again from a position, in another process. */
  readonly isRepeatable: boolean;
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
  readonly storage: Storage;
  readonly memory: EngineMemory;
  readonly stdout: NodeJS.WritableStream;
  /** Columns of `schema` by whose values rows are told apart: only of sinks that take them (`isPartitioned`). */
  readonly partitionedBy: readonly number[];
  /** Rows are shown when `flush` is called and not before. undefined: when they come. */
  readonly exact?: ExactRequest | undefined;
}

/** What a sink needs to put out every row once in all processes together. */
export interface ExactRequest {
  /** Where it goes on; undefined: it begins. */
  readonly place: SinkPlace | undefined;
  /** Parts that were finished behind `place`. */
  readonly finished: ReadonlySet<number>;
  /** Parts are whole on the disk. When it resolves that is known for good: who reads them may take them away. */
  finish(parts: readonly number[]): Promise<void>;
}

/** Where a sink stands: plain data, which a log keeps. */
export interface SinkPlace {
  /** Bytes in front of the next row. */
  readonly at: number;
  /** How many of all it has are known to be on its disk. */
  readonly synced: number;
  /** The sink's own (`ExactSink.mark`): by it it knows what it wrote. */
  readonly mark?: string;
}

/**
 * A sink that knows what it holds, byte for byte. It keeps what is written until `flush`, and takes up what it has: rows
 * that come again are compared with what stands there, and nothing is written twice.
 */
export interface ExactSink {
  /** Bytes in front of the next row, those that wait for `flush` included. */
  readonly at: number;
  /** Bytes that are known to be on the disk. */
  readonly synced: number;
  /** When nothing waits: what another process needs besides, to know what is there and to go on. */
  mark(): string;
  /** Makes all that was flushed durable. */
  sync(): void;
  /** No row comes again any more. Throws SINK_CHANGED where something stands behind the last one. */
  settle(): void | Promise<void>;
}

export interface Sink {
  /** Whether the order of rows shows in what it makes (E7): files, print. */
  readonly ordered: boolean;
  /** Only where the request asked for it, and the sink can. */
  readonly exact?: ExactSink | undefined;
  /** It holds rows for readers in this process, and has none of them in the next: rows that come again are new to it. */
  readonly isHeld?: true;
  write(batch: SinkBatch): void;
  /** Whether something is left that only the end closes. */
  readonly isOpen?: boolean;
  /**
   * The rows of an epoch have been written, and are about to be durable; not called where nothing was taken in. What is
   * decided by the clock is decided here: it is the same when the epoch comes again. `isLast`: no more rows will come.
   */
  endEpoch?(clockMicros: bigint, isLast: boolean): void;
  /** End of an epoch: make visible what was written. */
  flush(): void | Promise<void>;
  close(): Promise<void>;
}

/** A file that a table of the same job reads or writes. */
export interface UsedFile {
  readonly table: string;
  readonly path: string;
}

/** What the job uses: files that it reads, and those that sinks checked before write. */
export interface UsedFiles {
  readonly reads: readonly UsedFile[];
  readonly writes: readonly UsedFile[];
}

export interface SinkConnector {
  readonly name: string;
  readonly doc: string;
  readonly delivery: Delivery;
  readonly options: readonly OptionDef[];
  readonly formats?: readonly string[];
  /** Its tables may be PARTITIONED BY columns. */
  readonly isPartitioned?: true;
  /**
   * Refuses (SqlError) what can be refused without touching what it writes to; gives the file that it writes.
   * No sink of a job is opened before all of them were checked.
   */
  check?(request: SinkRequest, used: UsedFiles): UsedFile;
  open(request: SinkRequest): Sink;
}
