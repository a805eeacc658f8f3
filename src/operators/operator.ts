/**
 * What an operator is: a spec (data, part of the physical plan) and `open`, which compiles the spec and gives the thing
 * that runs. Operators are synchronous, own their memory, and see rows only through batches (base/batch.ts).
 *
 * One run of the engine (up to BATCH_ROWS rows of one source partition) goes through a pipeline like this:
 *   1. the source's rows are put into its consumers with `onBatch`, which put out batches in turn, depth first;
 *   2. then `onWatermark` is called once for every operator, inputs before consumers: it fires what the watermark
 *      lets it fire (putting out batches) and returns its own output watermark;
 *   3. at the end of an epoch `onEpoch` is called the same way: changelog operators put out the net change.
 * The memory that strings of a batch point to stays valid until the end of the run: what ends before is given to
 * `context.releaseAfterRun`. The batch itself does where it is `retained`; else it may be written anew after `emit`.
 */
import type { RowErrorName } from "../base/row-error.ts";
import type { Schema } from "../base/types.ts";
import type { Value } from "../base/value.ts";
import type { ResolvedAggregate } from "../expr/aggregate.ts";
import type { Expr } from "../expr/expr.ts";
import type { StatePart } from "../state/staging/part.ts";
import type { Fn } from "../wasm/ir.ts";
import type { EngineMemory, MemoryOwner, Region } from "../wasm/memory.ts";

/** How the rows of an edge are to be read: inserts only, or changes (+I -U +U -D). */
export type ChangelogMode = "append" | "retract";

export interface Operator {
  /** `batch`: address of a descriptor over the schema of input `input`. Not called for 0 rows. */
  onBatch(input: number, batch: number, rows: number): void;
  /** `watermark`: the least of the inputs' now, microseconds. Called at the end of every run, also where it did not move. Returns the output watermark. */
  onWatermark(watermark: bigint): bigint;
  onEpoch?(): void;
  /** Rows (or groups, open sessions) held now: a gauge. */
  stateRows?(): number;
  /** Of them, those of windows and sessions that have not ended: nothing of them has been put out. */
  openRows?(): number;
  close(): void;
}

/** What a row's fate is counted under (E6). `accounted` is counted by the first stateful operator of a path, or by its end. */
export type Fate = "failed" | "filtered" | "late" | "accounted";

/** The run in progress. */
export interface Run {
  /** Rows of the run; origins are 0 .. rows - 1 (0 in a run without rows: the end of an input, a clock reading). */
  readonly rows: number;
  /** Running number of the run's first row over the whole life of the pipeline; `first + origin` is a row's sequence (for FIRST_VALUE and ties). */
  readonly first: bigint;
  /** The origin of the row after which the watermark (of this operator's inputs) was first at or above `bound`. Only asked when it is now. */
  causeOf(bound: bigint): number;
}

export interface LateRow {
  readonly origin: number;
  readonly partly: boolean;
  /** Kind of change as byte (base/batch.ts). */
  readonly change: number;
  /** The watermark before the row, microseconds. */
  readonly watermark: bigint;
  /** Windows missed: [start, end), microseconds. */
  readonly windows: readonly (readonly [bigint, bigint])[];
  /** The operator's input row, one value per column of its schema. */
  readonly row: readonly Value[];
}

export interface OperatorContext {
  readonly memory: EngineMemory;
  /** Who this operator's memory is counted for. */
  readonly owner: MemoryOwner;
  /** Small long-lived pieces: descriptors, control blocks, constants. */
  readonly region: Region;
  readonly inputs: readonly Schema[];
  readonly inputModes: readonly ChangelogMode[];
  readonly output: Schema;
  /** Seed of hash tables: differs from run to run, must not show in any result. */
  readonly hashSeed: bigint;
  /** True where the order of the rows put out shows (E7): sort what one cause puts out. */
  readonly ordered: boolean;
  /** True where no stateful operator is below: this one counts the fates of E6. */
  readonly first: boolean;
  /** True where a consumer still reads a batch when `emit` has returned, up to the end of the run. */
  readonly retained: boolean;
  readonly run: Run;
  /** Emitted functions -> callables; records them for EXPLAIN (CODE). */
  compile(fns: readonly Fn[]): Readonly<Record<string, Callable>>;
  /**
   * Declares what the operator keeps beyond an epoch, while it is opened: that and no more. Restored into an operator of
   * the same plan, it goes on as this one would.
   */
  state(parts: readonly StatePart[]): void;
  emit(batch: number, rows: number): void;
  count(fate: Fate, rows: number): void;
  /**
   * A row of a batch of the (single) input failed in an expression: it goes to the query's error table; one that takes a
   * row back takes that row's error back (E5).
   */
  fail(batch: number, row: number, code: RowErrorName): void;
  /** A group could not be put out (V1). */
  failGroup(code: RowErrorName, group: readonly Value[]): void;
  /** What was said of the group by `failGroup` does not hold any more. */
  mendGroup(code: RowErrorName, group: readonly Value[]): void;
  late(row: () => LateRow): void;
  releaseAfterRun(address: number): void;
}

export type Callable = (...args: (number | bigint)[]) => number;

/** An operator as the registry knows it; `Spec` is data: it is printed by EXPLAIN and fingerprinted by snapshots. */
export interface OperatorDef<Spec> {
  /** One line for EXPLAIN, in Flink's manner: `WindowAggregate(groupBy=[k], window=[TUMBLE(ts, 10 s)], select=[...])`. */
  describe(spec: Spec, inputs: readonly Schema[]): string;
  open(spec: Spec, context: OperatorContext): Operator;
}

// ---- Pieces that several specs share ----

/** Sizes, offsets and gaps in microseconds (whole milliseconds). */
export type WindowSpec =
  | { readonly kind: "tumble"; readonly size: bigint; readonly offset: bigint }
  | { readonly kind: "hop"; readonly slide: bigint; readonly size: bigint; readonly offset: bigint }
  | { readonly kind: "cumulate"; readonly step: bigint; readonly size: bigint; readonly offset: bigint }
  | { readonly kind: "session"; readonly gap: bigint };

export interface NamedExpr {
  readonly name: string;
  readonly expr: Expr;
}

export interface AggregateCall {
  /** Of the output column. */
  readonly name: string;
  /** The function's registered name. */
  readonly function: string;
  readonly resolved: ResolvedAggregate;
  readonly args: readonly Expr[];
  readonly distinct: boolean;
  readonly filter: Expr | undefined;
}

export interface SortKey {
  /** First leaf of a column of the input. */
  readonly column: number;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}

// ---- The specs. Expressions are over the leaves of the operator's (single) input. ----

/** Filter and project, stateless. Output: one column per expression. Changes pass through with their kind. */
export interface CalcSpec {
  readonly where: Expr | undefined;
  readonly exprs: readonly NamedExpr[];
}

/**
 * Plain output of a window function: the input's columns, then window_start, window_end, window_time; a row per window.
 * Never drops late rows but for SESSION (T12).
 */
export interface WindowTableSpec {
  readonly window: WindowSpec;
  /** Leaf of the time attribute. */
  readonly time: number;
  /** SESSION: leaves of the partition keys. */
  readonly partition: readonly number[];
}

/**
 * GROUP BY over windows, append-only output, fired by the watermark. Output columns: keys, aggregates, window_start,
 * window_end, window_time. `window` of kind "attached": the rows carry their window in two leaves (nested windows).
 * Groups without rows do not exist; `where` comes before lateness (order of fates, E5).
 */
export interface WindowAggregateSpec {
  readonly window:
    | Exclude<WindowSpec, { kind: "session" }>
    | { readonly kind: "attached"; readonly start: number; readonly end: number };
  /** Leaf of the time attribute (unused for attached). */
  readonly time: number;
  readonly where: Expr | undefined;
  readonly keys: readonly NamedExpr[];
  readonly aggregates: readonly AggregateCall[];
}

/**
 * GROUP BY over sessions whose partition is the group key. `before` and `below` are computed before sessions form: a row
 * that they leave out, or that fails in them, forms none. `after` and the aggregates are computed after: such a row still
 * bridges (W7).
 */
export interface SessionAggregateSpec {
  readonly gap: bigint;
  readonly time: number;
  readonly before: Expr | undefined;
  /** What subqueries below the window function compute and `after` or the aggregates read. */
  readonly below: readonly Expr[];
  readonly after: Expr | undefined;
  readonly keys: readonly NamedExpr[];
  readonly aggregates: readonly AggregateCall[];
}

/** GROUP BY or DISTINCT without a window: a changelog, consolidated per epoch (E3). Output columns: keys, aggregates. No keys: one row from the start. */
export interface GroupAggregateSpec {
  readonly where: Expr | undefined;
  readonly keys: readonly NamedExpr[];
  readonly aggregates: readonly AggregateCall[];
}

/** UNION ALL: rows of one run in the order of their origins, ties by the order of the inputs. */
export interface UnionSpec {
  readonly all: true;
}

/** ORDER BY / LIMIT over bounded input: puts its rows out once, when the watermark is at its end. */
export interface SortSpec {
  readonly keys: readonly SortKey[];
  readonly offset: number;
  readonly limit: number | undefined;
}
