/**
 * The net change of an epoch (E3): pairs that cancel are gone, an old and a new row under one key are an update, at the
 * position of the last change. Keys are the query's; without one, a single old and a single new row of one position are.
 */
import { Change } from "../../base/batch.ts";
import { SqlError } from "../../base/error.ts";
import type { Value } from "../../base/value.ts";
import { BatchWriter, changeOf, originAddress, readRow } from "../../expr/columns.ts";
import type { QueryPlan } from "../../operators/physical.ts";
import { rowKey } from "../../operators/rows/row-order.ts";
import type { EngineMemory, MemoryOwner } from "../../wasm/memory.ts";

interface Counted {
  readonly row: readonly Value[];
  /** How often it was put out, less how often it was taken back. */
  net: number;
  sequence: bigint;
}

interface Net {
  readonly gone: (readonly Value[])[];
  readonly come: (readonly Value[])[];
  sequence: bigint;
}

const isAdded = (change: number): boolean => change === Change.INSERT || change === Change.UPDATE_AFTER;

export class Consolidation {
  private readonly plan: QueryPlan;
  private readonly memory: EngineMemory;
  private readonly owner: MemoryOwner;
  private readonly put: (batch: number, rows: number) => void;
  private readonly rowsMax: number;
  private rows = new Map<string, Counted>();
  private writer: BatchWriter | undefined;

  constructor(
    plan: QueryPlan,
    options: {
      readonly memory: EngineMemory;
      readonly owner: MemoryOwner;
      readonly put: (batch: number, rows: number) => void;
      /** Rows that may wait for the end of the epoch. */
      readonly rowsMax: number;
    },
  ) {
    this.plan = plan;
    this.memory = options.memory;
    this.owner = options.owner;
    this.put = options.put;
    this.rowsMax = options.rowsMax;
  }

  /** `first`: sequence of the run's first row. Throws EPOCH_TOO_LARGE at the bound. */
  add(batch: number, rows: number, first: bigint): void {
    const { memory } = this;
    const { schema } = this.plan.root;
    const origins = originAddress(memory, batch);
    for (let i = 0; i < rows; i++) {
      const row = readRow(memory, batch, schema, i);
      const sequence = first + BigInt(memory.dataView.getUint32(origins + 4 * i, true));
      const by = isAdded(changeOf(memory, batch, i)) ? 1 : -1;
      const id = rowKey(row);
      const known = this.rows.get(id);
      // The last change says where a row stands.
      this.rows.delete(id);
      const net = (known?.net ?? 0) + by;
      if (net !== 0) this.rows.set(id, { row, net, sequence });
      if (this.rows.size > this.rowsMax) {
        // The query is over, but is still there to tell what it counted.
        this.rows.clear();
        throw new SqlError("EPOCH_TOO_LARGE", undefined, { name: this.plan.name, limit: this.rowsMax });
      }
    }
  }

  /** Puts the net change out; `first`: sequence of the epoch's first row. */
  endEpoch(first: bigint): void {
    if (this.rows.size === 0) return;
    const nets = [...this.nets().values()];
    this.rows = new Map();
    nets.sort((a, b) => (a.sequence < b.sequence ? -1 : a.sequence > b.sequence ? 1 : 0));
    this.writer ??= new BatchWriter(this.memory, this.owner, this.plan.root.schema);
    for (const net of nets) this.write(net, Number(net.sequence - first));
    this.flush(this.writer);
  }

  private nets(): Map<string, Net> {
    const key = this.plan.root.upsertKey;
    const nets = new Map<string, Net>();
    for (const { row, net, sequence } of this.rows.values()) {
      const id = key === undefined ? String(sequence) : rowKey(key.map((k) => row[k] ?? null));
      const known = nets.get(id) ?? { gone: [], come: [], sequence };
      if (sequence > known.sequence) known.sequence = sequence;
      nets.set(id, known);
      for (let i = Math.abs(net); i > 0; i--) (net < 0 ? known.gone : known.come).push(row);
    }
    return nets;
  }

  private write({ gone, come }: Net, origin: number): void {
    const isPaired = this.plan.root.upsertKey !== undefined || (gone.length === 1 && come.length === 1);
    const pairs = isPaired ? Math.min(gone.length, come.length) : 0;
    gone.forEach((row, i) => {
      this.row(row, i < pairs ? Change.UPDATE_BEFORE : Change.DELETE, origin);
      const after = come[i];
      if (i < pairs && after !== undefined) this.row(after, Change.UPDATE_AFTER, origin);
    });
    for (const row of come.slice(pairs)) this.row(row, Change.INSERT, origin);
  }

  private row(row: readonly Value[], change: number, origin: number): void {
    const { writer } = this;
    if (writer === undefined) return;
    if (writer.full) this.flush(writer);
    this.memory.dataView.setUint32(originAddress(this.memory, writer.batch) + 4 * writer.rows, origin, true);
    writer.add(row, change);
  }

  private flush(writer: BatchWriter): void {
    if (writer.rows === 0) return;
    this.put(writer.batch, writer.rows);
    writer.clear();
  }
}
