/** The types of the library's surface: what goes into an Engine and what comes out. */

import type { changeText } from "./base/batch.ts";
import type { Diagnostic } from "./base/error.ts";
import type { SystemClock } from "./connectors/clock.ts";
import type { Sink } from "./connectors/connector.ts";
import type { JsValue } from "./expr/text.ts";
import type { Parameters } from "./plan/parameters.ts";
import type { EngineStats } from "./runtime/accounting/statistics.ts";
import type { PrintTarget } from "./runtime/outputs/query-outputs.ts";

export interface OpenOptions {
  /** Folder against which paths in SQL resolve when a statement comes without a file. Default: the process's. */
  readonly baseDirectory?: string;
  /** Values for `:name` in SQL, for all statements that have it. */
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly settings?: Readonly<Record<string, string>>;
  readonly stdin?: NodeJS.ReadableStream;
  readonly stdout?: NodeJS.WritableStream;
  /** Most bytes of state and buffers, of all queries together. Default and most: 4 GiB. */
  readonly memoryLimitBytes?: number;
  /** Rows that are kept of a bare SELECT without `print`: the newest, where they only arrive; else, and for `query`, it ends with 53400. Default: 1,000,000. */
  readonly resultRowsMax?: number;
  /** Rows of a materialized view, or of a result that is printed once: more end the query with 53400. Default: 10,000,000. */
  readonly viewRowsMax?: number;
  /**
   * Rows of a query that may wait for the end of an epoch, for their place among those of others or for their net change:
   * more end it with 53400. Default: 1,000,000.
   */
  readonly waitingRowsMax?: number;
  /** Where a bare SELECT puts out; without it such queries can be read through `subscribe` by their names. */
  readonly print?: (target: PrintTarget) => Sink;
  /** `final`: printed queries put out their result once, when the inputs have ended. */
  readonly changelog?: "changes" | "final";
  /**
   * A folder that keeps what queries need to go on after the process, however it ends (docs/reliability.md): it is made, and
   * is this engine's alone. Without it nothing outlives the process.
   */
  readonly state?: string;
  /** Least time between two snapshots of the state. Default: 10,000 ms. */
  readonly snapshotIntervalMs?: number;
  /** What a person should know that is neither a result nor an error: how the state was taken up. */
  readonly onNotice?: (text: string) => void;
  /**
   * A bad record (`table` set) or late or failed row, as it happens: one JSON-ready object. That a changelog takes a failed
   * row back, or that a group fits again, is not told: the tables say what stands.
   */
  readonly onSideRow?: (table: string, row: Readonly<Record<string, JsValue>>) => void;
  /** Emitted code through the interpreter of the IR, or with every access checked: for tests and processes without WebAssembly. */
  readonly execution?: { readonly mode?: "wasm" | "interpret"; readonly checked?: boolean };
  /** Most rows of a step: results do not depend on it (tests prove it). */
  readonly runRowsMax?: number;
  readonly clock?: SystemClock;
  /** Seed of hash tables; random by default. Results do not depend on it. */
  readonly hashSeed?: bigint;
}

export interface TextTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | null)[])[];
}

export interface ExecuteResult {
  /** Names of the queries that were registered. */
  readonly queries: readonly string[];
  /** Answers of SHOW and DESCRIBE, and texts of EXPLAIN, in the order of the statements. */
  readonly answers: readonly (TextTable | { readonly text: string })[];
  readonly warnings: readonly Diagnostic[];
}

/** The rows of `query`, and beside them how many are in no result: a property that does not show when they are printed. */
export interface QueryRows extends Array<Readonly<Record<string, JsValue>>> {
  /** Rows and groups for which an expression failed, whether 'on-error' is 'keep' or 'skip'. `onSideRow` is told of those kept. */
  readonly failed: number;
  /** Rows that came late for some of their windows, or for all. */
  readonly late: number;
}

/** A change of a result: `+I -U +U -D`. */
export interface Change {
  readonly epoch: number;
  readonly op: (typeof changeText)[number];
  readonly row: Readonly<Record<string, JsValue>>;
}

export interface QueryFailure {
  readonly query: string;
  readonly error: unknown;
}

export interface RunSummary {
  readonly stats: EngineStats;
  readonly failures: readonly QueryFailure[];
}

/** What EXPLAIN says of one query. */
export interface ExplainedQuery {
  readonly query: string;
  readonly text: string;
}

/** A file of a program. */
export interface SqlText {
  readonly text: string;
  /** As errors show it. */
  readonly path: string;
  /** Folder against which paths in it resolve. */
  readonly baseDirectory: string;
}

export interface ExecuteOptions {
  /** With `state`: the text is all there is, and the same at every start: its INSERTs are taken once, in all processes together. */
  readonly isProgram?: boolean;
  /** With `isProgram`, where the program was changed: queries, or tables of their state as a snapshot has them, that may be lost. */
  readonly acceptLoss?: readonly string[];
  /** With `isProgram`: rows of a changed query may come behind those that the old one wrote. */
  readonly sinkAppend?: boolean;
  /** The file the text comes from, for messages and relative paths. */
  readonly path?: string;
  readonly baseDirectory?: string;
  /** Values for `:name` (an object) or `$1`, `$2`, .. (an array): each must stand in the text (08P01), and each there needs one (42P02). */
  readonly parameters?: Parameters;
  readonly signal?: AbortSignal;
}
