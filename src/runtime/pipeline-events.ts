/** What a pipeline is given, and what it tells those around it: its output, and rows that went another way. */
import type { RowErrorName } from "../base/row-error.ts";
import type { Schema } from "../base/types.ts";
import type { Value } from "../base/value.ts";
import type { RecordPlace } from "../connectors/connector.ts";
import type { ChangelogMode, LateRow, Operator, OperatorContext } from "../operators/operator.ts";
import type { StatePart } from "../state/staging/part.ts";
import type { EngineMemory } from "../wasm/memory.ts";
import type { FailingParts } from "./accounting/failing-part.ts";
import type { BatchUse } from "./plan-traits.ts";
import type { Standing } from "./sources/table-watermark.ts";

/** Where the root's batches go. `ordered`: whether the order of the rows shows (E7). */
export interface Output {
  readonly ordered: boolean;
  batch(batch: number, rows: number): void;
  /** At the end of a run, when every operator has put out what it caused. */
  endOfRun?(): void;
  close?(): void;
}

/** Which operator an event is of, and how its rows look. */
export interface OperatorPlace {
  readonly operator: string;
  readonly input: Schema;
  /** By column of `input`: whether the query reads it. The others are not known. */
  readonly isRead: readonly boolean[];
  /** How those rows are to be read. */
  readonly mode: ChangelogMode;
  /** What identifies a group that it puts out. */
  readonly group: Schema;
  /** What a row or group may fail in. */
  readonly failing: FailingParts;
}

/** A row of an operator's input that failed. */
export interface FailingRow {
  readonly origin: number;
  /** Its kind of change as byte (base/batch.ts). */
  readonly change: number;
  values(): readonly Value[];
  /** The watermark before it, microseconds. */
  watermark(): bigint;
}

/** Who is told of rows that failed or were late. */
export interface PipelineEvents {
  /** Whether an error ends the whole job ('on-error' = 'fail') and not this query alone. */
  isFatal(error: unknown): boolean;
  stopped(error: unknown): void;
  failed(at: OperatorPlace, code: RowErrorName, row: FailingRow): void;
  failedGroup(at: OperatorPlace, code: RowErrorName, group: readonly Value[]): void;
  mendedGroup(at: OperatorPlace, code: RowErrorName, group: readonly Value[]): void;
  late(at: OperatorPlace, row: () => LateRow): void;
}

export interface PipelineOptions {
  readonly memory: EngineMemory;
  readonly output: Output;
  readonly events: PipelineEvents;
  readonly hashSeed: bigint;
  /** Rows that may wait for the end of an epoch. */
  readonly waitingRowsMax: number;
}

/** A node of the running graph. */
export interface Instance {
  /** Kind and id of its node; of computed columns the table. */
  readonly label: string;
  readonly operator: Operator;
  /** What it declared when it was opened. */
  readonly state: readonly StatePart[];
  readonly inputs: readonly Standing[];
  watermark: bigint;
  /** That of its inputs. */
  held: bigint;
  /** All its inputs are idle (T6). */
  isAway: boolean;
}

/** Takes batches. */
export interface Consumer {
  onBatch(batch: number, rows: number): void;
}

/** How an operator stands among the others. */
export interface Wiring {
  readonly label: string;
  readonly inputs: OperatorContext["inputs"];
  readonly place: Pick<OperatorPlace, "isRead" | "group" | "failing">;
  readonly modes: OperatorContext["inputModes"];
  readonly output: OperatorContext["output"];
  readonly use: BatchUse;
  readonly first: boolean;
  readonly consumer: Consumer;
}

/** Where a row stands in its table. */
export interface RowPlace {
  readonly table: string;
  readonly record: RecordPlace;
}

/** What a query holds. */
export interface Held {
  /** Rows, groups and sessions. */
  readonly rows: number;
  /** Of them, those of windows and sessions that have not ended. */
  readonly open: number;
}

/** Where a query stopped: the same, without the record. */
export interface StopPlace {
  readonly table: string;
  readonly partition: string;
  readonly position: bigint;
}
