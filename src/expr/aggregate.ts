/** What an aggregate function is. One a file under aggregates/, one line in aggregates/index.ts. */
import type { SqlType } from "../base/types.ts";
import type { Value } from "../base/value.ts";
import type { Term } from "../wasm/ir.ts";
import type { ArgumentType, Emitted, Emitter, Example } from "./function.ts";

/**
 * Types of the fields of a group's state. `bytes`: a string kept in the pane's arena (address u32, length u32, capacity u32);
 * `words n`: n words of 64 bits, for code that loops over them.
 */
export type StateType = "i32" | "i64" | "f64" | "i128" | "i192" | "bytes" | `words ${number}`;

export interface StateField {
  readonly name: string;
  readonly type: StateType;
}

/** The state of one group in the reference face: values by field name, each aggregate's own business. */
export type ReferenceState = Record<string, Value>;

/**
 * Where a row stands, for order-sensitive aggregates (FIRST_VALUE): `sequence` ascends in position order and is the same
 * for any batch size.
 */
export interface RowPosition {
  readonly sequence: bigint;
}

/** An aggregate, resolved against its argument types. */
export interface ResolvedAggregate {
  /** The types to which the binder casts the arguments. */
  readonly params: readonly SqlType[];
  readonly result: SqlType;
  /** Whether the result can be NULL for a group that has rows. (For an empty global aggregate see `emptyResult`.) */
  readonly nullable: boolean;
  readonly state: readonly StateField[];
  /** Skip rows in which the first argument is NULL (all but COUNT(*); V3): the caller does it, both faces see no NULL there. */
  readonly skipNulls: boolean;
  /** Whether rows can be taken back, and states merged (panes, sessions). */
  readonly retract: "supported" | "unsupported";
  readonly merge: "supported" | "unsupported";
  /** Merging is exact and can be undone by subtracting (running totals over panes): COUNT, integer and DECIMAL SUM. */
  readonly invertible: boolean;
  /**
   * Emitted code reads the field `count` of its slot: how many rows were accumulated (NULLs skipped) and not taken back.
   * The caller keeps it, once for all aggregates over the same arguments: during `accumulate` and `merge` it does not
   * yet count what is being added, during `retract` it no longer counts what is taken back.
   */
  readonly counted: boolean;
  /** Aggregates of the same accumulator over the same arguments differ in `result` only: their state is kept once. */
  readonly accumulator: string;
  /** The variant for input that takes rows back, where it is another one. */
  readonly retractable?: ResolvedAggregate;
  /**
   * Instead of `retract`: the caller counts the values of a group, and accumulates those that are left anew after one was
   * taken back for the last time. Only where the order of values does not matter.
   */
  readonly retractByValues?: true;
  /** The value over no rows: COUNT 0, others NULL. */
  readonly emptyResult: Value;
  readonly reference: {
    init(): ReferenceState;
    accumulate(state: ReferenceState, args: readonly Value[], at: RowPosition): void;
    retract(state: ReferenceState, args: readonly Value[]): void;
    merge(into: ReferenceState, from: ReferenceState): void;
    /** Throws RowError (overflow, V1). */
    result(state: ReferenceState): Value;
  };
  readonly emit: {
    /** All-zero bytes are the state of a new group unless this says otherwise. */
    init?(e: Emitter, s: Slot): void;
    accumulate(e: Emitter, s: Slot, args: readonly Emitted[], sequence: Term): void;
    retract?(e: Emitter, s: Slot, args: readonly Emitted[]): void;
    merge?(e: Emitter, into: Slot, from: Slot): void;
    /** into - from, where `invertible`. */
    unmerge?(e: Emitter, into: Slot, from: Slot): void;
    /** Reading the result may fail (`e.failWith`): the group goes to the error table. */
    result(e: Emitter, s: Slot): Emitted;
  };
}

export interface AggregateFunction {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly doc: string;
  readonly usage: readonly string[];
  /** `sql` is a query over VALUES, e.g. `SELECT COUNT(x) FROM (VALUES (1), (2)) AS t(x)`. */
  readonly examples: readonly Example[];
  resolve(args: readonly ArgumentType[]): ResolvedAggregate | { readonly reason: string } | undefined;
}

/** The state of one group in emitted code: loads and stores of its fields. */
export interface Slot {
  load(field: string, part?: number): Term;
  store(field: string, value: Term, part?: number): void;
  /** Where a field begins. */
  addressOf(field: string): Term;
  /** Keeps a copy of a string in a `bytes` field, reusing its room where it fits. */
  storeBytes(field: string, address: Term, length: Term): void;
}
