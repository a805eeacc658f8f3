/** Where queries put out: sinks (alone, or several queries into one in the order of position, N2), stores, listeners. */
import { SqlError } from "../../base/error.ts";
import type { Schema } from "../../base/types.ts";
import type { Value } from "../../base/value.ts";
import type { Sink } from "../../connectors/connector.ts";
import { BatchWriter, changeOf, originAddress, readRow } from "../../expr/columns.ts";
import type { EngineMemory, MemoryOwner } from "../../wasm/memory.ts";
import type { Output } from "../pipeline-events.ts";

/** A query that has a sink to itself, or one whose order does not show. */
export const direct = (sink: Sink): Output => ({
  ordered: sink.ordered,
  batch: (batch, rows) => sink.write({ batch, rows }),
});

/** A query whose rows wait for their place among those of others. */
export interface OrderedQuery {
  readonly name: string;
  readonly schema: Schema;
  /** Sequence of the current run's first row. */
  first(): bigint;
}

/** A query whose rows go into a group. */
export interface GroupMember extends OrderedQuery {
  readonly sink: Sink;
  /** Does a step that may fail: the query ends with it, and no other. */
  attempt(step: () => void): void;
}

interface Member extends GroupMember {
  readonly writer: BatchWriter;
}

interface Waiting {
  readonly sequence: bigint;
  readonly member: number;
  readonly change: number;
  readonly row: readonly Value[];
}

/** Rows of a query that may wait for the end of the epoch. */
export const WAITING_ROWS_MAX = 1_000_000;

/**
 * The rows of an epoch of several queries in one order: by position, then by the order of the queries. A query that puts
 * out more in one epoch than may wait ends with an error.
 */
export class OrderedRows {
  private readonly memory: EngineMemory;
  private readonly waitingRowsMax: number;
  /** By query: how many of its rows wait. */
  private readonly counts: number[] = [];
  private waiting: Waiting[] = [];

  constructor(memory: EngineMemory, waitingRowsMax: number) {
    this.memory = memory;
    this.waitingRowsMax = waitingRowsMax;
  }

  add({ name, schema, first }: OrderedQuery): Output {
    const member = this.counts.push(0) - 1;
    return {
      ordered: true,
      batch: (batch, rows) => {
        const count = (this.counts[member] ?? 0) + rows;
        if (count > this.waitingRowsMax) {
          throw new SqlError("EPOCH_TOO_LARGE", undefined, { name, limit: this.waitingRowsMax });
        }
        this.counts[member] = count;
        const origins = originAddress(this.memory, batch);
        for (let i = 0; i < rows; i++) {
          const sequence = first() + BigInt(this.memory.dataView.getUint32(origins + 4 * i, true));
          const change = changeOf(this.memory, batch, i);
          this.waiting.push({ sequence, member, change, row: readRow(this.memory, batch, schema, i) });
        }
      },
    };
  }

  get isEmpty(): boolean {
    return this.waiting.length === 0;
  }

  /** What has come since the last epoch; it no longer waits. `member`: the index of its query. */
  take(): readonly Waiting[] {
    const rows = this.waiting;
    this.waiting = [];
    this.counts.fill(0);
    return rows.sort((a, b) => (a.sequence < b.sequence ? -1 : a.sequence > b.sequence ? 1 : a.member - b.member));
  }
}

/** Queries whose sinks show in one order, or are one: each row is written in its place at the end of the epoch. */
export class OrderedGroup {
  private readonly memory: EngineMemory;
  private readonly owner: MemoryOwner;
  private readonly members: Member[] = [];
  private readonly rows: OrderedRows;

  constructor(memory: EngineMemory, owner: MemoryOwner, waitingRowsMax: number) {
    this.memory = memory;
    this.owner = owner;
    this.rows = new OrderedRows(memory, waitingRowsMax);
  }

  add(given: GroupMember): Output {
    this.members.push({ ...given, writer: new BatchWriter(this.memory, this.owner, given.schema) });
    return this.rows.add(given);
  }

  endEpoch(): void {
    let last = -1;
    for (const r of this.rows.take()) {
      if (r.member !== last && last >= 0) this.write(last);
      last = r.member;
      const writer = this.members[r.member]?.writer;
      if (writer?.full === true) this.write(r.member);
      writer?.add(r.row, r.change);
    }
    if (last >= 0) this.write(last);
  }

  private write(member: number): void {
    const m = this.members[member];
    if (m === undefined || m.writer.rows === 0) return;
    m.attempt(() => m.sink.write({ batch: m.writer.batch, rows: m.writer.rows }));
    m.writer.clear();
  }
}

/** One row of an output, as a listener gets it. */
export interface OutputRow {
  readonly change: number;
  readonly row: readonly Value[];
}

/** An output that hands every row on as values: stores, subscribers. */
export function rowsOutput(
  memory: EngineMemory,
  schema: Schema,
  options: { readonly ordered: boolean; readonly isWanted?: () => boolean; readonly onRow: (row: OutputRow) => void },
): Output {
  return {
    ordered: options.ordered,
    batch: (batch, rows) => {
      if (options.isWanted?.() === false) return;
      for (let i = 0; i < rows; i++) {
        options.onRow({ change: changeOf(memory, batch, i), row: readRow(memory, batch, schema, i) });
      }
    },
  };
}

/** The same rows to several outputs. */
export const tee = (outputs: readonly Output[]): Output => ({
  ordered: outputs.some((o) => o.ordered),
  batch: (batch, rows) => {
    for (const o of outputs) o.batch(batch, rows);
  },
  endOfRun: () => {
    for (const o of outputs) o.endOfRun?.();
  },
  close: () => {
    for (const o of outputs) o.close?.();
  },
});
