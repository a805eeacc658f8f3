/**
 * What the input log holds of a job, as data: what it began with, and of every epoch what it took in and what came of it.
 * Whole numbers that may be large are decimal text.
 */
import type { SinkPlace } from "../../connectors/connector.ts";

/** Where reading goes on in a partition (connectors/connector.ts). */
export interface PositionMark {
  readonly position: string;
  readonly line: string | undefined;
  readonly fingerprint: string | undefined;
  readonly seen?: string | undefined;
  readonly ended?: boolean;
}

/** A partition before its first row. */
export interface PartitionStart extends PositionMark {
  readonly table: string;
  readonly name: string;
}

/** A partition as an epoch leaves it. */
export interface PartitionMark extends PositionMark {
  /** Among the partitions of the job, from 0. */
  readonly index: number;
  /** Microseconds. */
  readonly watermark: string;
  readonly ended: boolean;
  /** It does not hold the watermark (T6). */
  readonly isAway?: true | undefined;
}

/** What a job has taken in when an epoch ends. */
export interface InputMark {
  /** Rows, broken records and ends of partitions since the job began. */
  readonly taken: number;
  /** Number of the next row. */
  readonly sequence: string;
  /** Those that moved in the epoch. */
  readonly partitions: readonly PartitionMark[];
  /**
   * In which order, as pairs: a partition and how much of it was taken, or what came to pass with it (job/turns/turn-log.ts).
   * undefined: only bounded partitions were read, whose order follows from what they hold (T13).
   */
  readonly turns: readonly number[] | undefined;
  /** Those that came, in their order. */
  readonly added: readonly PartitionStart[];
  /** Of partitions that cannot be read again: the bytes of what was taken. */
  readonly logged: readonly { readonly index: number; readonly bytes: Uint8Array }[];
}

/** What the reader of a table has counted. */
export interface InputState {
  readonly table: string;
  readonly rowsIn: number;
  readonly bad: number;
  /** Its watermark. */
  readonly held: string;
  /** Watermarks of queries that have not seen all rows, by ordinal of the partition. */
  readonly own: readonly { readonly query: string; readonly ordinal: number; readonly watermark: string }[];
}

/** What a query has put out when an epoch ends. */
export interface QueryMark {
  readonly rowsOut: number;
  /** Of all rows put out, whatever their order: 32 hexadecimal digits. */
  readonly digest: string;
  readonly late: number;
  readonly errors: number;
}

/** How far a partition was taken by the job in whose place another one is. */
export interface QuietMark {
  readonly table: string;
  readonly name: string;
  readonly position: string;
  readonly ended: boolean;
}

/** A job begins: what its epochs are about. */
export interface JobRecord {
  readonly kind: "job";
  readonly job: string;
  /** By query: what its state depends on (runtime/durability/fingerprint.ts). */
  readonly queries: Readonly<Record<string, string>>;
  readonly partitions: readonly PartitionStart[];
  /** By query: where its sink stood before the first row. */
  readonly sinks: Readonly<Record<string, SinkPlace>>;
  /** Up to there its sinks are not told of what it puts out (runtime/job/turns/quiet.ts). */
  readonly quietTo?: readonly QuietMark[];
}

export interface EpochRecord extends InputMark {
  readonly kind: "epoch";
  readonly job: string;
  /** Number of the epoch within the job. */
  readonly epoch: number;
  /** The epoch clock, microseconds. */
  readonly clock: string;
  /** No rows come behind it: sinks close what is open. */
  readonly isLast: boolean;
  readonly sinks: Readonly<Record<string, SinkPlace>>;
  readonly queries: Readonly<Record<string, QueryMark>>;
  /** Rows that its queries put into tables without connector (values.ts). */
  readonly produced: readonly TableRows[];
}

export interface TableRows {
  readonly table: string;
  /** How many rows the table had before. */
  readonly first: number;
  /** As values.ts writes them. */
  readonly rows: readonly (readonly unknown[])[];
}

/** Rows that were put into a table without connector. */
export interface RowsRecord extends TableRows {
  readonly kind: "rows";
  /** An INSERT of a program that is run again and again: it is taken once. */
  readonly statement: string | undefined;
}

/** Parts of a sink are whole, and get their names next. */
export interface PartsRecord {
  readonly kind: "parts";
  readonly job: string;
  /** The first of those that write into the sink. */
  readonly query: string;
  readonly parts: readonly number[];
}

export type LogRecord = JobRecord | EpochRecord | PartsRecord | RowsRecord;
