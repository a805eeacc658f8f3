/** Puts a job together: the queries of one file, their outputs, the readers that they share. */
import { Change } from "../../base/batch.ts";
import type { Clock, Scheduler } from "../../base/machine.ts";
import type { Sink, UsedFile } from "../../connectors/connector.ts";
import { BatchWriter } from "../../expr/columns.ts";
import type { QueryPlan, ScanNode, TablePlan } from "../../operators/physical.ts";
import type { StatePart } from "../../state/staging/part.ts";
import type { MemoryOwner } from "../../wasm/memory.ts";
import { JobDurability, type JobJournal, type Produced } from "../durability/job-durability.ts";
import { type JobParts, restoreJob, saveJob } from "../durability/job-state.ts";
import type { InputMark } from "../durability/records.ts";
import { withoutMemoryError } from "../memory-error.ts";
import type { Tap } from "../outputs/listeners.ts";
import { direct, OrderedGroup, type OrderedQuery, OrderedRows, tee } from "../outputs/outputs.ts";
import type { Pipeline } from "../pipeline.ts";
import type { Output } from "../pipeline-events.ts";
import { RegisteredQuery } from "../registered-query.ts";
import type { BadRow } from "../sources/bad-marks.ts";
import type { FeedLog } from "../sources/feed-log.ts";
import type { InputSource } from "../sources/input-source.ts";
import { openTableSource, type SourceEnvironment } from "../sources/table-source.ts";
import { Job } from "./job.ts";
import { tablesOf } from "./job-plans.ts";
import { openSinks, type SinkOpener, type Target } from "./open-sinks.ts";
import { Refusals } from "./refusals.ts";

export interface JobEnvironment extends Omit<SourceEnvironment, "onBad" | "notice">, SinkOpener {
  /** `atMicros`: when, by the clock of the epoch. */
  onBad(table: TablePlan, bad: BadRow, atMicros: bigint): void;
  /** Bad records of `table` that are too old by now are kept no longer. */
  dropAged(table: TablePlan, atMicros: bigint): void;
  readonly feeds: FeedLog;
  readonly clock: Clock & Scheduler;
  readonly runRowsMax: number;
  readonly hashSeed: bigint;
  /** What else gets a query's rows: subscribers. `isHeld`: when their epoch is durable. */
  tap(query: QueryPlan, isHeld: boolean): Tap | undefined;
  queryStopped(query: QueryPlan, error: unknown): void;
  /** Resolves when the subscribers of these queries have room for more; undefined: they have. */
  whenRoom(queries: readonly QueryPlan[]): Promise<unknown> | undefined;
  /** Rows of a query that may wait for those of others in one epoch. */
  readonly waitingRowsMax: number;
  /** The whole job has ended early. */
  jobFailed(error: unknown): void;
  /** An epoch is durable; `isAgain`: it is gone through again. */
  published(isAgain: boolean): void;
  /** The rows that the engine keeps of a query's result. */
  resultParts(query: QueryPlan): readonly StatePart[];
  /** What is kept of a query's result beyond its retention goes; `watermark` in microseconds. */
  expire(query: QueryPlan, watermark: bigint): void;
  /** Whether other jobs may still put rows into a table without connector. */
  isFilledByOthers(job: QueryJob, table: string): boolean;
  /** Where these queries, as one job, keep what they need to survive the process; undefined: nowhere. */
  journal(queries: readonly QueryPlan[]): JobJournal | undefined;
}

export class QueryJob {
  /** Those that were not dropped. */
  readonly queries: RegisteredQuery[];
  readonly inputs: readonly InputSource[];
  readonly job: Job;
  /** Resolves when the job is where an earlier process was, or has ended. */
  readonly begun: PromiseWithResolvers<unknown> = Promise.withResolvers<unknown>();
  readonly sinks: Map<string, Sink> = new Map();
  private readonly env: JobEnvironment;
  private readonly durability: JobDurability | undefined;
  private readonly owner: MemoryOwner;
  private readonly taps: Tap[] = [];
  private readonly groups = new Map<string, OrderedGroup>();
  /** By table without connector: rows on their way into it. */
  private readonly produced = new Map<string, OrderedRows>();

  /** Throws SqlErrors with everything that is refused before anything runs. `writes`: files that sinks of other jobs write; those of this one are put there. */
  constructor(plans: readonly QueryPlan[], env: JobEnvironment, writes: UsedFile[] = []) {
    const durability = durabilityOf(plans, env);
    this.durability = durability;
    const nowMicros = (): bigint => (durability ?? env).nowMicros();
    this.env = { ...env, nowMicros };
    this.owner = env.memory.createOwner("outputs");
    const refused = new Refusals();
    const tables = tablesOf(plans);
    const sources: SourceEnvironment = {
      ...this.env,
      onBad: (table, bad) => env.onBad(table, bad, nowMicros()),
      notice: (text) => durability?.say(text),
    };
    const inputs: InputSource[] = [];
    const targets = new Map<QueryPlan, Target>();
    const queries: RegisteredQuery[] = [];
    try {
      for (const { table, scans } of tables)
        refused.collect(table.file, () => inputs.push(openSource(table, scans, sources, durability)));
      const reads = inputs.flatMap(({ input, files }) => files.map((path) => ({ table: input.table.name, path })));
      openSinks(plans, { opener: env, durability, reads, writes, refused, targets });
      const shared = countBy([...targets.values()].flatMap((target) => (target === undefined ? [] : [target.group])));
      for (const plan of plans) queries.push(this.register(plan, targets.get(plan), shared));
    } catch (error) {
      this.release(
        queries,
        inputs,
        Array.from(targets.values(), (target) => target?.sink),
      );
      throw withoutMemoryError(error);
    }
    this.inputs = inputs;
    this.queries = queries;
    for (const { input } of this.inputs) for (const q of this.queries) input.addQuery(q.pipeline);
    this.job = new Job({
      sources: this.inputs,
      pipelines: () => this.queries.map((q) => q.pipeline),
      feeds: env.feeds,
      clock: env.clock,
      runRowsMax: env.runRowsMax,
      epochRowsMax: Math.min(...plans.map(({ settings }) => Number(settings.get("epoch-rows")))),
      isProduced: (table) => this.isProduced(table),
      isFilledByOthers: (table) => env.isFilledByOthers(this, table),
      pushValues: (pipeline) => this.pushValues(pipeline),
      failed: (error) => env.jobFailed(error),
      endEpoch: (mark, isEnd) => this.endEpoch(mark, isEnd),
      durability: this.durability,
      saveState: (epoch, taken) => saveJob(this.parts, epoch, taken),
      restoreState: (state) => restoreJob(this.parts, state),
      begun: () => this.begun.resolve(undefined),
      whenRoom: () => env.whenRoom(this.queries.map((q) => q.plan)),
    });
  }

  /** Whether rows may still come into a table. What a query has put out since the last epoch is on its way. */
  isProduced(table: string): boolean {
    if (this.produced.get(table)?.isEmpty === false) return true;
    return this.queries.some(
      ({ plan: { sink }, pipeline }) => sink.kind === "table" && sink.table.name === table && pipeline.isOpen,
    );
  }

  /** What has state. */
  private get parts(): JobParts {
    const { queries } = this;
    return { queries, inputs: this.inputs.map(({ input }) => input), result: ({ plan }) => this.env.resultParts(plan) };
  }

  /** The rows of the VALUES lists of a query, batch by batch. */
  private pushValues(pipeline: Pipeline): void {
    pipeline.pushValues((node, push) => {
      const writer = new BatchWriter(this.env.memory, pipeline.owner, node.schema);
      for (const row of node.rows) {
        if (writer.full) {
          push(writer.batch, writer.rows);
          writer.clear();
        }
        writer.add(row);
      }
      if (writer.rows > 0) push(writer.batch, writer.rows);
    });
  }

  private register(plan: QueryPlan, target: Target, shared: ReadonlyMap<string, number>): RegisteredQuery {
    const slots: { query?: RegisteredQuery } = {};
    const outputs: Output[] = [];
    const ordered: OrderedQuery = {
      name: plan.name,
      schema: plan.root.schema,
      first: () => slots.query?.pipeline.run.first ?? 0n,
    };
    if (target === undefined) outputs.push(this.intoTable(plan, ordered));
    else {
      this.sinks.set(plan.name, target.sink);
      if (target.sink.exact !== undefined) this.durability?.addSink(plan.name, target.sink.exact);
      const isShared = (shared.get(target.group) ?? 0) > 1 && target.sink.ordered;
      const { sink } = target;
      const attempt = (step: () => void): void => slots.query?.pipeline.attempt(step);
      outputs.push(isShared ? this.groupOf(target.group).add({ ...ordered, sink, attempt }) : direct(sink));
    }
    if (this.durability !== undefined) {
      outputs.push(this.durability.digesting(plan.name, this.env.memory, plan.root.schema));
    }
    const tap = this.env.tap(plan, this.durability !== undefined);
    if (tap !== undefined) {
      outputs.push(tap.output);
      this.taps.push(tap);
    }
    const only = outputs[0];
    const query = new RegisteredQuery(plan, {
      memory: this.env.memory,
      output: outputs.length === 1 && only !== undefined ? only : tee(outputs),
      hashSeed: this.env.hashSeed,
      waitingRowsMax: this.env.waitingRowsMax,
      nowMicros: () => this.env.nowMicros(),
      onStopped: (error) => this.env.queryStopped(plan, error),
    });
    slots.query = query;
    return query;
  }

  private groupOf(name: string): OrderedGroup {
    const known = this.groups.get(name);
    if (known !== undefined) return known;
    const group = new OrderedGroup(this.env.memory, this.owner, this.env.waitingRowsMax);
    this.groups.set(name, group);
    return group;
  }

  /** INSERT INTO a table without connector: its rows enter that table at the end of the epoch. */
  private intoTable(plan: QueryPlan, ordered: OrderedQuery): Output {
    const table = plan.sink.kind === "table" ? plan.sink.table.name : "";
    const known = this.produced.get(table);
    const rows = known ?? new OrderedRows(this.env.memory, this.env.waitingRowsMax);
    if (known === undefined) this.produced.set(table, rows);
    return rows.add(ordered);
  }

  /** What queries have put out for tables without connector. */
  private takeProduced(): Produced[] {
    return [...this.produced].flatMap(([table, produced]) => {
      if (produced.isEmpty) return [];
      const rows = produced.take().map(({ change, row }) => {
        if (change !== Change.INSERT) throw new TypeError(`a change that is not an insert, into ${table}`);
        return row;
      });
      return [{ table, first: this.env.feeds.total(table), rows }];
    });
  }

  private dropProduced(): [] {
    for (const produced of this.produced.values()) produced.take();
    return [];
  }

  /** `isEnd`: all inputs have ended. */
  private async endEpoch(mark: InputMark, isEnd: boolean): Promise<void> {
    for (const group of this.groups.values()) group.endEpoch();
    const isLast = this.endSinks(mark, isEnd);
    for (const query of this.queries) {
      query.dropAged();
      const { reached } = query.pipeline;
      if (reached !== undefined) this.env.expire(query.plan, reached);
    }
    for (const { input } of this.inputs) this.env.dropAged(input.table, this.env.nowMicros());
    const { isQuiet = false } = this.durability ?? {};
    const produced = isQuiet ? this.dropProduced() : this.takeProduced();
    const fill = (): void => {
      for (const { table, rows } of produced) this.env.feeds.append({ table, kind: "rows", rows });
    };
    const isAgain = isQuiet || this.durability?.next !== undefined;
    if (this.durability === undefined) fill();
    else await this.durability.commit({ epoch: this.job.epochs, isLast }, mark, this.queries, produced, fill);
    for (const tap of this.taps) tap.publish(isAgain);
    this.env.published(isAgain);
    const writers = this.writers().filter(({ pipeline }) => pipeline.isActive);
    for (const sink of new Set(writers.map((w) => w.sink))) {
      const sharing = writers.filter((w) => w.sink === sink);
      // A job that outlives its process ends with its sink: the next process must find no epoch that it did not take.
      if (this.durability !== undefined) await sink.flush();
      else await failingWith(sharing, () => sink.flush());
    }
  }

  /** Tells sinks that the epoch ends; gives whether it is the last one for them. */
  private endSinks(mark: InputMark, isEnd: boolean): boolean {
    const { durability } = this;
    const closing = [...new Set(this.sinks.values())].filter((sink) => sink.endEpoch !== undefined);
    if (closing.length === 0) return false;
    const isLast = durability?.next?.isLast ?? (isEnd && closing.some((sink) => sink.isOpen));
    if (durability?.isSilent(mark, isLast) === true) return false;
    const now = this.env.nowMicros();
    for (const sink of closing) sink.endEpoch?.(now, isLast);
    return isLast;
  }

  /** The queries that have a sink, in order, each with it. */
  private writers(): { readonly sink: Sink; readonly pipeline: Pipeline }[] {
    return this.queries.flatMap(({ plan, pipeline }) => {
      const sink = this.sinks.get(plan.name);
      return sink === undefined ? [] : [{ sink, pipeline }];
    });
  }

  /** The query was dropped: what it has put out is delivered, then it is gone with its memory; the others go on. */
  async stop(query: RegisteredQuery): Promise<void> {
    await this.job.between(async () => {
      const at = this.queries.indexOf(query);
      if (at < 0) return;
      this.queries.splice(at, 1);
      query.pipeline.close();
      try {
        await this.closeSink(query);
      } finally {
        for (const { input } of this.inputs) {
          input.removeQuery(query.pipeline);
          if (!input.hasQueries) await this.job.abandon(input);
        }
      }
    });
  }

  /** A sink closes with the last query that writes to it. One that fails is the failure of those that still do. */
  private async closeSink({ plan, pipeline }: RegisteredQuery): Promise<void> {
    const sink = this.sinks.get(plan.name);
    this.sinks.delete(plan.name);
    if (sink === undefined || [...this.sinks.values()].includes(sink)) return;
    await failingWith([{ pipeline }], () => sink.close());
  }

  /** The same for all that are left, at the end of the job. */
  private async closeSinks(): Promise<void> {
    const writers = this.writers();
    this.sinks.clear();
    for (const sink of new Set(writers.map((w) => w.sink))) {
      const sharing = writers.filter((w) => w.sink === sink);
      await failingWith(sharing, () => sink.close());
    }
  }

  /** It is not to be run after all. */
  discard(): void {
    this.release(this.queries, this.inputs, [...this.sinks.values()]);
  }

  /** What was refused holds nothing. */
  private release(
    queries: readonly RegisteredQuery[],
    inputs: readonly InputSource[],
    sinks: readonly (Sink | undefined)[],
  ): void {
    this.durability?.refused();
    for (const q of queries) q.pipeline.close();
    for (const { input } of inputs) void input.close();
    for (const sink of new Set(sinks)) void sink?.close();
    this.env.memory.releaseOwner(this.owner);
  }

  /** Runs to the end of the inputs, or a drain, which `signal` may ask for; then closes everything. */
  async run(signal?: AbortSignal): Promise<void> {
    const drain = (): void => this.job.drain();
    signal?.addEventListener("abort", drain, { once: true });
    if (signal?.aborted === true) drain();
    try {
      await this.job.run();
    } finally {
      signal?.removeEventListener("abort", drain);
      this.begun.resolve(undefined);
      for (const q of this.queries) q.pipeline.close();
      await this.closeSinks();
      this.env.memory.releaseOwner(this.owner);
    }
  }
}

/** undefined: nothing of the job outlives the process. */
function durabilityOf(plans: readonly QueryPlan[], env: JobEnvironment): JobDurability | undefined {
  const journal = env.journal(plans);
  return journal && new JobDurability(plans, journal, () => env.nowMicros());
}

function openSource(
  table: TablePlan,
  scans: readonly ScanNode[],
  env: SourceEnvironment,
  durability: JobDurability | undefined,
): InputSource {
  try {
    return openTableSource(table, scans, env);
  } catch (error) {
    throw durability?.sourceGone(table, error) ?? error;
  }
}

/** Does a step of the sink that queries share; what it fails with ends each of them. */
async function failingWith(
  queries: readonly { readonly pipeline: Pipeline }[],
  step: () => void | Promise<void>,
): Promise<void> {
  try {
    await step();
  } catch (error) {
    for (const { pipeline } of queries) pipeline.fail(error);
  }
}

function countBy(names: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}
