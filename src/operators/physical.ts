/**
 * The physical plan: what the planner makes of a file and the runtime runs. All data.
 *
 * A table's **full schema** is its physical columns (METADATA columns among them, as declared) followed by its computed
 * columns; all leaf numbers of a TablePlan and of a scan's consumers are leaves of it. The order in which the columns
 * were declared only shows in `SELECT *` and DESCRIBE and is the catalog's business.
 */
import type { Diagnostic } from "../base/error.ts";
import type { Schema } from "../base/types.ts";
import type { Span, Value } from "../base/value.ts";
import type { Options } from "../connectors/connector.ts";
import type { Expr } from "../expr/expr.ts";
import type {
  CalcSpec,
  ChangelogMode,
  GroupAggregateSpec,
  NamedExpr,
  SessionAggregateSpec,
  SortSpec,
  UnionSpec,
  WindowAggregateSpec,
  WindowTableSpec,
} from "./operator.ts";

/** A table as the runtime needs it: source, sink, or fed by INSERT. */
/** Milliseconds. */
export interface LiveTimes {
  /** A partition that had nothing for so long does not hold the watermark. */
  readonly idleTimeoutMs: number;
  /** A row that is further ahead of the clock is bad; undefined: no row is, for its time is not a clock's. */
  readonly maxFutureDriftMs: number | undefined;
}

export interface TablePlan {
  readonly name: string;
  /** `source` (CREATE SOURCE) cannot be written, `sink` (CREATE SINK) cannot be read. */
  readonly role: "table" | "source" | "sink";
  /** undefined: fed by INSERT, keeps its rows (N2). `system`: an error or late table (N5), `name` says which. */
  readonly connector: string | undefined;
  /** As given, without 'connector'; keys in lower case. */
  readonly options: Options;
  /** What happens to a bad record: what WITH says, else what was set when the table was created (E5). */
  readonly onError: "keep" | "skip" | "fail";
  /** For how long `"t$errors"` keeps a row: a duration, as it was set when the table was created (E5). */
  readonly errorsMaxAge: string;
  /** Physical columns in the order of their declaration; what a connector sees. */
  readonly physical: Schema;
  /** By physical column: its METADATA key. */
  readonly metadata: readonly (string | undefined)[];
  /** The full schema: `physical`, then one column per entry of `computed`. */
  readonly schema: Schema;
  /** Each over the leaves of `physical` and the computed columns before it. */
  readonly computed: readonly NamedExpr[];
  /**
   * Columns of `schema` declared NOT NULL. Of physical ones the connector marks a NULL by its validity byte; a computed
   * one that is NULL makes the record bad (NULL_NOT_ALLOWED).
   */
  readonly notNull: readonly number[];
  /** Leaf of the event time column (TIMESTAMP or TIMESTAMP_LTZ); T8 is judged on it. undefined: no watermark. */
  readonly eventTime: number | undefined;
  /** Value of type TIMESTAMP or TIMESTAMP_LTZ over the leaves of `schema`; NULL advances nothing (T8). */
  readonly watermark: Expr | undefined;
  /** Columns of `schema` of the PRIMARY KEY; documentation only (N2), but the key of a keyed sink. */
  readonly primaryKey: readonly number[];
  /** Columns of `physical`, in the order of PARTITIONED BY: where a sink puts a row. */
  readonly partitionedBy: readonly number[];
  /** Of input whose end is not known: by the clock (T6, T7). */
  readonly live?: LiveTimes | undefined;
  /** Leaves of `schema` that watermark, event time and NOT NULL computed columns need, whatever a query reads. Ascending. */
  readonly always: readonly number[];
  /** Declared in this file, for the order of ties (T13): ascending by CREATE. */
  readonly ordinal: number;
  readonly span: Span;
  /** Path of the SQL file. */
  readonly file: string;
  /** Against which its relative paths resolve. */
  readonly folder: string;
}

interface NodeBase {
  /** Ascending within a query, inputs before consumers: 1, 2, ... Part of the identity of state. */
  readonly id: number;
  readonly schema: Schema;
  readonly mode: ChangelogMode;
  /**
   * Columns of `schema` that identify a row of a changelog (`retract`): an update replaces the row with the same
   * key. undefined: rows are a multiset. [] : there is one row.
   */
  readonly upsertKey: readonly number[] | undefined;
  /** Leaves of `schema` that are time attributes now (R5): event time, or window_time. */
  readonly timeAttributes: readonly number[];
}

/** Reads a table. Its schema is the table's full schema; leaves that are not needed may be left undefined. */
export interface ScanNode extends NodeBase {
  readonly kind: "scan";
  readonly table: TablePlan;
  readonly inputs: readonly [];
  /**
   * By leaf of `schema`: whether this query reads it above the scan. What computed columns and the watermark need
   * besides (`TablePlan.always`) is not included.
   */
  readonly needed: readonly boolean[];
}

/** A VALUES list or a SELECT without FROM: bounded, rows from the start, no watermark but the end. */
export interface ValuesNode extends NodeBase {
  readonly kind: "values";
  readonly rows: readonly (readonly Value[])[];
  readonly inputs: readonly [];
}

interface OperatorNodeOf<Kind extends string, Spec> extends NodeBase {
  readonly kind: Kind;
  readonly spec: Spec;
  readonly inputs: readonly PhysicalPlan[];
}

/** The operators by kind: the names of the registry src/operators/index.ts. */
export type OperatorPlan =
  | OperatorNodeOf<"calc", CalcSpec>
  | OperatorNodeOf<"windowTable", WindowTableSpec>
  | OperatorNodeOf<"windowAggregate", WindowAggregateSpec>
  | OperatorNodeOf<"sessionAggregate", SessionAggregateSpec>
  | OperatorNodeOf<"groupAggregate", GroupAggregateSpec>
  | OperatorNodeOf<"union", UnionSpec>
  | OperatorNodeOf<"sort", SortSpec>;

export type PhysicalPlan = ScanNode | ValuesNode | OperatorPlan;

/** A row of a view goes when the watermark has passed the time in `column` of its schema by `micros` (N6). */
export interface Retention {
  readonly column: number;
  readonly micros: bigint;
}

export type SinkPlan =
  /** A bare SELECT: printed; `ordinal` counts the bare SELECTs of the file from 1. */
  | { readonly kind: "print"; readonly ordinal: number }
  /** INSERT INTO table, CREATE SINK. The columns of the root are the physical columns of `table`, in order, cast. */
  | { readonly kind: "table"; readonly table: TablePlan }
  /** A materialized view: its rows are kept and can be queried and subscribed to. */
  | { readonly kind: "view"; readonly name: string; readonly retention: Retention | undefined };

/** A continuous query. */
export interface QueryPlan {
  /** N1. */
  readonly name: string;
  readonly root: PhysicalPlan;
  readonly sink: SinkPlan;
  /** Of the output: the root's upsert key, or that of the sink table's PRIMARY KEY. */
  readonly key: readonly number[] | undefined;
  /** Time attribute `window_time`/event time of the output, where there is one: a leaf of the root's schema. */
  readonly time: number | undefined;
  /** In force where the query stands. */
  readonly settings: ReadonlyMap<string, string>;
  readonly warnings: readonly Diagnostic[];
  readonly span: Span;
  readonly sql: string;
}

/** Rows of one INSERT .. VALUES, cast to the table's physical columns, in the order of the text. */
export interface InsertRows {
  readonly table: TablePlan;
  /** One value per physical column. */
  readonly rows: readonly (readonly Value[])[];
  /** By row, of its place in the text. */
  readonly spans: readonly Span[];
}

/** What a statement does, in the order of the file. */
export type ProgramStep = { readonly span: Span } & (
  | { readonly kind: "createTable"; readonly table: TablePlan }
  /** A view that is only a name; nothing to run. */
  | { readonly kind: "createView"; readonly name: string }
  | { readonly kind: "registerQuery"; readonly query: QueryPlan }
  | ({ readonly kind: "insertRows" } & InsertRows)
  | { readonly kind: "set"; readonly key: string; readonly value: string }
  | {
      readonly kind: "drop";
      /** undefined where IF EXISTS found nothing. */
      readonly name: string | undefined;
    }
  /** SHOW and DESCRIBE: a finished table of text. */
  | {
      readonly kind: "show";
      readonly columns: readonly string[];
      readonly rows: readonly (readonly (string | null)[])[];
    }
  /** `text`: the tree, or JSON. `code`: the runtime prints the listings of `query` instead. */
  | {
      readonly kind: "explain";
      readonly query: QueryPlan;
      readonly format: "text" | "json" | "code";
      readonly text: string;
    }
);
