/**
 * A query at work: its operators opened and wired as the physical plan says, driven run by run (operators/operator.ts).
 * It knows nothing of where rows come from; sources push into its scans, its root puts out into an output.
 */
import { WATERMARK_END, WATERMARK_MIN } from "../base/batch.ts";
import { changeOf, originAddress, readRow, watermarkAddress } from "../expr/columns.ts";
import { openOperator, operators } from "../operators/index.ts";
import type { Callable, Fate, Operator, OperatorContext } from "../operators/operator.ts";
import type { OperatorPlan, PhysicalPlan, QueryPlan, ScanNode, ValuesNode } from "../operators/physical.ts";
import { DeclaredState } from "../state/staging/declared.ts";
import type { Fn } from "../wasm/ir.ts";
import { type EngineMemory, type MemoryOwner, Region } from "../wasm/memory.ts";
import { compileModule } from "../wasm/module.ts";
import { type Conservation, newConservation } from "./accounting/conservation.ts";
import { failingParts, partsOfExprs } from "./accounting/failing-part.ts";
import { columnsRead, computedColumns, leavesRead, physicalLeavesRead } from "./computed.ts";
import { withoutMemoryError } from "./memory-error.ts";
import { Consolidation } from "./outputs/consolidation.ts";
import type {
  Consumer,
  Held,
  Instance,
  OperatorPlace,
  Output,
  PipelineEvents,
  PipelineOptions,
  RowPlace,
  StopPlace,
  Wiring,
} from "./pipeline-events.ts";
import {
  type BatchUse,
  columnsKnown,
  groupSchema,
  isStateful,
  keepsState,
  leavesPairs,
  useOfInputs,
} from "./plan-traits.ts";
import { QueryRun } from "./run.ts";
import { BEGINNING, reached, type Standing } from "./sources/table-watermark.ts";

type Opening = (context: OperatorContext) => Operator;

/** Under which the rows of VALUES lists are counted: names with $ are the system's. */
const VALUES_KEY = "$values";

/** A scan of the plan: where rows of a table enter the query. */
export interface Scan {
  readonly node: ScanNode;
  watermark: bigint;
  /** The table is idle (T6). */
  isAway: boolean;
  push: (batch: number, rows: number) => void;
}

export class Pipeline {
  readonly plan: QueryPlan;
  readonly scans: Scan[] = [];
  readonly owner: MemoryOwner;
  /** By table name; of the lists of VALUES under a name that no table can have. */
  readonly conservation: Map<string, Conservation> = new Map();
  /** What was compiled: for EXPLAIN (CODE). */
  readonly code: { readonly operator: string; readonly fns: readonly Fn[] }[] = [];
  rowsOut = 0;
  /** The last watermark before the end of the inputs; undefined: none in this process. */
  reached: bigint | undefined;
  readonly run: QueryRun;
  /** Where the input row with an origin of the current run stands; undefined where a run has no rows. */
  place: (origin: number) => RowPlace | undefined = () => undefined;
  private heldAtClose: Held | undefined;
  /** Why the query stopped; the others go on. */
  failure: unknown;
  /** The first row of the run in which it stopped: it is counted up to there (E6). */
  stoppedAt: StopPlace | undefined;
  private readonly memory: EngineMemory;
  private readonly output: Output;
  private readonly events: PipelineEvents;
  private readonly hashSeed: bigint;
  /** One for each operator: what it still holds when it is closed goes with it. */
  private readonly owners: MemoryOwner[] = [];
  readonly instances: Instance[] = [];
  readonly values: { readonly node: ValuesNode; readonly source: Scan }[] = [];
  private readonly released: number[] = [];
  /** The counts of the table whose rows are being pushed. */
  private driven: Conservation | undefined;
  /** Sequence of the first row since the last epoch. */
  private epochFirst: bigint | undefined;
  /** Between the root and the output, where the root leaves more than the net change. */
  private readonly consolidation: Consolidation | undefined;

  constructor(plan: QueryPlan, options: PipelineOptions) {
    this.plan = plan;
    this.memory = options.memory;
    this.output = options.output;
    this.events = options.events;
    this.hashSeed = options.hashSeed;
    this.owner = this.memory.createOwner(`query ${plan.name}`);
    this.owners.push(this.owner);
    this.run = new QueryRun(this.memory);
    const put = (batch: number, rows: number): void => {
      this.rowsOut += rows;
      this.output.batch(batch, rows);
    };
    if (leavesPairs(plan.root)) {
      const { memory, owner } = this;
      this.consolidation = new Consolidation(plan, { memory, owner, put, rowsMax: options.waitingRowsMax });
    }
    const consolidation = this.consolidation;
    const root: Consumer = {
      onBatch: consolidation === undefined ? put : (batch, rows) => consolidation.add(batch, rows, this.run.first),
    };
    try {
      const use: BatchUse = { ordered: this.output.ordered, retained: false };
      this.build(plan.root, isStateful(plan.root) ? root : this.counting(root), use);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Rows that reach the end of a path without state, or a union with one that has some, are accounted for there (E6). */
  private counting(next: Consumer): Consumer {
    return {
      onBatch: (batch, rows) => {
        if (this.driven !== undefined) this.driven.accounted += rows;
        next.onBatch(batch, rows);
      },
    };
  }

  /** Opens `plan` and what is below it; its batches go to `consumer`. Returns where its output watermark can be read. */
  private build(plan: PhysicalPlan, consumer: Consumer, use: BatchUse): Standing {
    switch (plan.kind) {
      case "scan":
        return this.buildScan(plan, consumer, use);
      case "values": {
        const source = this.entry(plan, consumer);
        this.values.push({ node: plan, source });
        this.counts(VALUES_KEY, "VALUES");
        return source;
      }
      default:
        return this.buildOperator(plan, consumer, use);
    }
  }

  private entry(node: ScanNode | ValuesNode, consumer: Consumer): Scan {
    return {
      // Only scans are listed in `scans`; a values entry shares the form.
      node: node as ScanNode,
      watermark: WATERMARK_MIN,
      isAway: false,
      push: (batch, rows) => consumer.onBatch(batch, rows),
    };
  }

  private buildScan(plan: ScanNode, consumer: Consumer, use: BatchUse): Standing {
    const table = plan.table;
    this.counts(table.name, table.name);
    const entry = this.entry(plan, consumer);
    this.scans.push(entry);
    return table.computed.length === 0 ? entry : this.computing(plan, entry, consumer, use);
  }

  /** Computed columns: a projection right behind the scan. */
  private computing(plan: ScanNode, entry: Scan, consumer: Consumer, use: BatchUse): Standing {
    const spec = computedColumns(plan);
    const wiring: Wiring = {
      label: `${plan.table.name} computed columns`,
      inputs: [plan.table.physical],
      place: {
        isRead: columnsRead(plan.table.physical, physicalLeavesRead(plan.table, leavesRead(plan))),
        group: [],
        failing: partsOfExprs(spec.exprs),
      },
      modes: ["append"],
      output: plan.table.schema,
      use: { ...use, ordered: false },
      first: true,
      consumer,
    };
    const instance = this.open(plan.table.name, [entry], wiring, (context) => operators.calc.open(spec, context));
    entry.push = (batch, rows) => instance.operator.onBatch(0, batch, rows);
    return instance;
  }

  private buildOperator(plan: OperatorPlan, consumer: Consumer, use: BatchUse): Standing {
    const slots: { operator?: Operator } = {};
    const isMixed = !keepsState(plan) && isStateful(plan);
    const inputs = plan.inputs.map((input, index) => {
      const taker: Consumer = { onBatch: (batch, rows) => slots.operator?.onBatch(index, batch, rows) };
      return this.build(input, isMixed && !isStateful(input) ? this.counting(taker) : taker, useOfInputs(plan, use));
    });
    const wiring: Wiring = {
      label: `${plan.kind} ${plan.id}`,
      inputs: plan.inputs.map((i) => i.schema),
      place: { isRead: columnsKnown(plan.inputs[0]), group: groupSchema(plan), failing: failingParts(plan) },
      modes: plan.inputs.map((i) => i.mode),
      output: plan.schema,
      use,
      first: !plan.inputs.some(isStateful),
      consumer,
    };
    const instance = this.open(wiring.label, inputs, wiring, (context) => openOperator(plan, context));
    slots.operator = instance.operator;
    return instance;
  }

  private open(label: string, inputs: Instance["inputs"], wiring: Wiring, open: Opening): Instance {
    const state = new DeclaredState();
    const operator = open(this.context(wiring, state));
    const instance: Instance = { label, operator, state: state.opened(), inputs, ...BEGINNING };
    this.instances.push(instance);
    return instance;
  }

  private context(wiring: Wiring, state: DeclaredState): OperatorContext {
    const { label, consumer, place } = wiring;
    const input = wiring.inputs[0] ?? [];
    const at: OperatorPlace = { operator: label, input, mode: wiring.modes[0] ?? "append", ...place };
    const owner = this.memory.createOwner(`query ${this.plan.name}, ${label}`);
    this.owners.push(owner);
    return {
      memory: this.memory,
      owner,
      region: new Region(this.memory, owner),
      inputs: wiring.inputs,
      inputModes: wiring.modes,
      output: wiring.output,
      hashSeed: this.hashSeed,
      ...wiring.use,
      first: wiring.first,
      run: this.run,
      compile: (fns) => {
        this.code.push({ operator: label, fns });
        // Stages take and give i32 and i64: the IR has checked it.
        return compileModule(this.memory, fns) as Record<string, Callable>;
      },
      state: (parts) => state.add(parts),
      emit: (batch, rows) => {
        if (rows > 0) consumer.onBatch(batch, rows);
      },
      count: (fate, rows) => this.count(fate, rows),
      fail: (batch, row, code) => {
        if (wiring.first) this.count("failed", 1);
        const { memory } = this;
        this.events.failed(at, code, {
          origin: memory.dataView.getUint32(originAddress(memory, batch) + 4 * row, true),
          change: changeOf(memory, batch, row),
          values: () => readRow(memory, batch, input, row),
          watermark: () => memory.dataView.getBigInt64(watermarkAddress(memory, batch) + 8 * row, true),
        });
      },
      failGroup: (code, group) => this.events.failedGroup(at, code, group),
      mendGroup: (code, group) => this.events.mendedGroup(at, code, group),
      late: (row) => this.events.late(at, row),
      releaseAfterRun: (address) => this.released.push(address),
    };
  }

  private counts(key: string, table: string): Conservation {
    const counts = this.conservation.get(key) ?? newConservation(this.plan.name, table);
    this.conservation.set(key, counts);
    return counts;
  }

  private count(fate: Fate, rows: number): void {
    if (this.driven !== undefined) this.driven[fate] += rows;
  }

  /** The rows of VALUES lists, once, before anything else. `write` puts rows into a batch. */
  pushValues(write: (node: ValuesNode, push: (batch: number, rows: number) => void) => void): void {
    if (this.values.every(({ source }) => source.watermark === WATERMARK_END)) return;
    this.beginRun(VALUES_KEY);
    const counts = this.counts(VALUES_KEY, "VALUES");
    this.run.begin(0, 0n, 0, WATERMARK_END);
    for (const { node, source } of this.values) {
      write(node, (batch, rows) => {
        counts.rowsIn += rows;
        source.push(batch, rows);
      });
      source.watermark = WATERMARK_END;
    }
    this.endRun();
  }

  /** Whether it still takes rows: it has neither failed nor been closed. */
  get isActive(): boolean {
    return this.failure === undefined && this.heldAtClose === undefined;
  }

  /** Does a step of the query, unless it has failed; an error ends the query, not the job. */
  attempt(step: () => void): void {
    if (!this.isActive) return;
    try {
      step();
    } catch (error) {
      this.fail(error);
    }
  }

  /** The query has met an error, itself or in its sink. */
  fail(error: unknown): void {
    if (this.events.isFatal(error)) throw error;
    if (this.failure !== undefined) return;
    this.failure = withoutMemoryError(error);
    this.events.stopped(this.failure);
  }

  /**
   * Does a step with rows of `counts` that are counted as a whole or not at all: where the query stops in it, the counts
   * are those before it, which add up, and `place` tells where that was (E6).
   */
  attemptCounted(counts: Conservation, place: () => RowPlace, step: () => void): void {
    const before = { ...counts };
    const undo = (): void => {
      Object.assign(counts, before);
      const { table, record } = place();
      this.stoppedAt ??= { table, partition: record.partition, position: record.position };
    };
    try {
      this.attempt(step);
      if (this.failure !== undefined) undo();
    } catch (error) {
      undo();
      throw error;
    }
  }

  /** From here to `endRun`, rows are of `table`. */
  beginRun(table: string | undefined): void {
    this.driven = table === undefined ? undefined : this.conservation.get(table);
  }

  /** Every operator, inputs first, learns the watermark that its inputs now have; then the output and freed memory. */
  endRun(): void {
    this.epochFirst ??= this.run.first;
    for (const instance of this.instances) {
      const { inputs, held } = instance;
      instance.held = reached(inputs, (input) => input.watermark, { held, grows: false });
      instance.isAway = inputs.every((input) => input.isAway);
      instance.watermark = instance.operator.onWatermark(instance.held);
    }
    const { watermark } = this;
    if (watermark !== WATERMARK_END && watermark !== WATERMARK_MIN) this.reached = watermark;
    this.afterPush();
  }

  /** The rows of an epoch are one run for what it puts out: a change stands where its key changed last, whatever the runs were (E7). */
  endEpoch(): void {
    this.driven = undefined;
    this.place = () => undefined;
    if (this.epochFirst !== undefined) this.run.widen(this.epochFirst);
    this.epochFirst = undefined;
    for (const instance of this.instances) instance.operator.onEpoch?.();
    this.consolidation?.endEpoch(this.run.first);
    this.afterPush();
  }

  private afterPush(): void {
    this.output.endOfRun?.();
    for (const address of this.released.splice(0)) this.memory.release(address);
  }

  /** The watermark of what is put out. */
  get watermark(): bigint {
    return this.instances.at(-1)?.watermark ?? this.scans[0]?.watermark ?? WATERMARK_END;
  }

  /** Whether more rows may still come out of it. */
  get isOpen(): boolean {
    return this.isActive && this.scans.some((s) => s.watermark !== WATERMARK_END);
  }

  /** Memory that its operators hold. */
  get bytes(): number {
    return this.owners.reduce((n, o) => n + o.bytes, 0);
  }

  /** What its operators hold, or held when it was closed. */
  get held(): Held {
    const sum = (of: (o: Operator) => number | undefined): number =>
      this.instances.reduce((n, { operator }) => n + (of(operator) ?? 0), 0);
    return this.heldAtClose ?? { rows: sum((o) => o.stateRows?.()), open: sum((o) => o.openRows?.()) };
  }

  close(): void {
    if (this.heldAtClose !== undefined) return;
    this.heldAtClose = this.held;
    for (const instance of this.instances) instance.operator.close();
    this.output.close?.();
    for (const owner of this.owners) this.memory.releaseOwner(owner);
  }
}
