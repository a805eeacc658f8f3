/**
 * Which rows come next: the partitions of a job's sources, each taken in its own order, and among them the order of rule
 * T13: tables fed by INSERT, bounded sources by watermark, live ones in turns, then what the engine itself holds. The job
 * says when an epoch ends; a step says what it did, or what has to be waited for.
 */
import { WATERMARK_END } from "../../../base/batch.ts";
import { isSqlError, SqlErrors } from "../../../base/error.ts";
import type { PartitionReader } from "../../../connectors/connector.ts";
import { noRows } from "../../../connectors/input/ended-reader.ts";
import type { FeedLog } from "../../sources/feed-log.ts";
import { type InputSource, type OpenPartition, whoseTurn } from "../../sources/input-source.ts";
import type { Partition, TableInput } from "../../sources/table-input.ts";
import { FedTables } from "./fed-tables.ts";
import { OpenPartitions } from "./open-partitions.ts";
import { Polls } from "./polls.ts";
import type { Quiet } from "./quiet.ts";
import type { TurnsStart } from "./turn-log.ts";

/** How long rows of live sources wait for its end. */
const EPOCH_MS = 50;

export interface TurnsOptions {
  readonly sources: readonly InputSource[];
  readonly feeds: FeedLog;
  readonly clock: { nowMs(): number };
  /** Most rows of a run: BATCH_ROWS, less in tests. */
  readonly runRowsMax: number;
  /** Most rows of an epoch (T13). */
  readonly epochRowsMax: number;
  /** Whether queries of this job may still put rows into a table without connector. */
  isProduced(table: string): boolean;
  /** Whether queries of other jobs may. */
  isFilledByOthers(table: string): boolean;
}

export type Step =
  | "ran"
  | "ended"
  /** What was put out has to be shown first: cut an epoch, then step again. */
  | "settle"
  /** `epoch`: one is cut before waiting. `forMs`: how long at most. */
  | { readonly epoch: boolean; readonly until?: Promise<unknown>; readonly forMs?: number };

export class Turns {
  readonly options: TurnsOptions;
  readonly partitions: OpenPartitions = new OpenPartitions();
  readonly fed: FedTables;
  /** Reads that go on, and sources that look for partitions. */
  private readonly reading = new Map<Partition | InputSource, Promise<unknown>>();
  private readonly polls: Polls;
  /** Which live source has its turn first. */
  private liveTurn = 0;
  private epochRowsMax: number;
  private epochRows = 0;
  private epochEndMs = Number.POSITIVE_INFINITY;
  private quiet: Quiet | undefined;
  private isQuietCut = false;
  /** What may be taken in all, where an epoch is gone through again. */
  takenMax: number = Number.POSITIVE_INFINITY;
  private stalledAt = -1;
  /** Whether the epoch has been cut since the last row that came from anywhere but a system table. */
  private isSettled = false;

  constructor(options: TurnsOptions) {
    this.options = options;
    this.epochRowsMax = options.epochRowsMax;
    const isFed = options.sources.some((s) => s.kind === "feed");
    this.fed = new FedTables(options.feeds, isFed);
    this.polls = new Polls(options.clock);
  }

  /**
   * `from`: where partitions go on that an earlier process read, those that cannot be read again with what was `logged`.
   * undefined: nothing is to be read again, by another process neither.
   */
  async open(from?: TurnsStart): Promise<void> {
    this.partitions.isRecorded = from !== undefined;
    this.quiet = from?.quiet;
    const opened: { readonly source: InputSource; readonly reader: PartitionReader; readonly index: number }[] = [];
    for (const source of this.options.sources) {
      const { name } = source.input.table;
      let readers: readonly PartitionReader[];
      try {
        readers = await source.open(from?.positions(name), from?.logged(name));
      } catch (error) {
        // What the SQL shows to be wrong is refused with the whole job.
        if (error instanceof SqlErrors || (isSqlError(error) && error.span !== undefined)) throw error;
        await this.breakOff(source.input, error);
        continue;
      }
      if (readers.length === 0 && source.growth === undefined) readers = [noRows];
      for (const reader of readers) {
        opened.push({ source, reader, index: from?.indexOf(name, reader.name) ?? Number.POSITIVE_INFINITY });
      }
      const rows = source.pacer.epochRows;
      if (rows !== undefined) this.epochRowsMax = Math.min(this.epochRowsMax, rows);
    }
    // Those that came while an earlier process read stand behind those with which it began.
    opened.sort((a, b) => (a.index === b.index ? 0 : a.index - b.index));
    for (const { source, reader } of opened) {
      const partition = this.partitions.add(source, reader);
      if (source.kind === "feed") this.fed.add(partition, from);
    }
  }

  async close(): Promise<void> {
    this.fed.close();
    for (const { input } of this.options.sources) await input.close();
  }

  beginEpoch(): void {
    this.epochRows = 0;
    this.epochEndMs = Number.POSITIVE_INFINITY;
  }

  /** Where an epoch that is cut by position has begun and is not full. */
  get isInsideEpoch(): boolean {
    return this.epochRows > 0 && !this.isEpochFull && !this.isLive;
  }

  get isEpochFull(): boolean {
    return this.epochRows >= this.epochRowsMax || this.options.clock.nowMs() >= this.epochEndMs;
  }

  /** While only bounded sources run, epochs are cut by position, never by the clock (T13). */
  get isLive(): boolean {
    const isFed = this.fed.partitions.length > 0 && !this.options.feeds.closed;
    return isFed || this.growing.length > 0 || this.partitions.ofKind("live").length > 0;
  }

  /** Sources to which partitions may come. */
  private get growing(): readonly InputSource[] {
    return this.options.sources.filter(({ growth, input }) => growth !== undefined && !input.isAbandoned);
  }

  /** No query reads the input any more: it is not read on. One that is being read is closed when the job ends. */
  async abandon(input: TableInput): Promise<void> {
    this.fed.remove(input.table.name);
    input.isAbandoned = true;
    for (const p of input.partitions) p.ended = true;
    const isBusy = [...this.reading.keys()].some((read) => read.input === input);
    if (!isBusy) await input.close();
  }

  /**
   * A source has broken: the queries that read it end with its error, the others go on with what is left. A job that outlives
   * its process ends: the next process reads on, and must find no epoch in which the source was missing.
   */
  private async breakOff(input: TableInput, error: unknown): Promise<void> {
    if (this.partitions.isRecorded) throw error;
    input.fail(error);
    await this.abandon(input);
  }

  /** One run, or what to wait for. */
  step(): Step {
    return (this.quiet === undefined ? undefined : this.stepQuiet(this.quiet)) ?? this.stepAny();
  }

  /** Only what the job was in whose place this one is takes its turn; undefined: all of it was taken. */
  private stepQuiet(quiet: Quiet): Step | undefined {
    const behind = this.partitions.behind(quiet);
    const fed = behind.some(({ source }) => source.kind === "feed") ? this.fed.ready() : undefined;
    if (fed !== undefined && quiet.isBehind(fed)) return this.runRows(fed, WATERMARK_END, quiet.left(fed).rows);
    const others = behind.filter(({ source }) => source.kind !== "feed");
    if (others.length > 0) return this.stepPartition(others);
    if (!this.isQuietCut) {
      this.isQuietCut = true;
      return "settle";
    }
    this.endQuiet(quiet);
    return undefined;
  }

  private endQuiet(quiet: Quiet): void {
    quiet.isOver = true;
    this.quiet = undefined;
  }

  /** An epoch begins that is gone through again: was the one before it the last of which nobody is told? */
  beginAgain(): void {
    if (this.quiet !== undefined && this.partitions.behind(this.quiet).length === 0) this.endQuiet(this.quiet);
  }

  private stepAny(): Step {
    const fed = this.fed.partitions.length > 0 ? this.stepFeeds() : undefined;
    if (fed === "ran") {
      this.isSettled = false;
      return "ran";
    }
    const bounded = this.partitions.ofKind("bounded");
    if (bounded.length > 0) return this.stepPartition(bounded);
    const live = this.partitions.ofKind("live");
    if (live.length > 0 || fed !== undefined || this.growing.length > 0) return this.stepLive(live, fed);
    const waiting = this.fed.partitions.find((p) => !p.ended);
    if (waiting !== undefined) return this.stepProduced(waiting);
    const system = this.partitions.ofKind("system");
    if (system.length === 0) return "ended";
    if (this.isSettled) return this.stepPartition(system);
    // What the tables beside queries hold is read when everything else has been put out.
    this.isSettled = true;
    return "settle";
  }

  /** Only tables that queries of this job fill are left: the epoch may bring their rows; queries that only wait for each other end. */
  private stepProduced(first: Partition): Step {
    if (this.stalledAt === this.options.feeds.end) {
      this.partitions.end(first);
      return "ran";
    }
    this.stalledAt = this.options.feeds.end;
    return "settle";
  }

  // ---- Tables fed by INSERT ----

  private stepFeeds(): "ran" | Promise<unknown> | undefined {
    const ready = this.fed.ready();
    if (ready !== undefined) return this.runRows(ready, WATERMARK_END, Infinity);
    if (!this.options.feeds.closed) return this.options.feeds.changed();
    if (this.endFeed()) return "ran";
    return this.fed.partitions.some((p) => this.isFilledByOthers(p)) ? this.options.feeds.changed() : undefined;
  }

  private isFilledByOthers({ ended, input }: Partition): boolean {
    return !ended && this.options.isFilledByOthers(input.table.name);
  }

  /** The log is at its end: so is a table into which no query of this job still puts rows. */
  private endFeed(): boolean {
    for (const partition of this.fed.partitions) {
      if (partition.ended || this.options.isProduced(partition.input.table.name)) continue;
      if (this.isFilledByOthers(partition)) continue;
      this.partitions.end(partition);
      return true;
    }
    return false;
  }

  // ---- Other sources ----

  private stepPartition(open: readonly OpenPartition[]): Step {
    const next = whoseTurn(open);
    return next === undefined ? "ended" : this.advance(next.turn.source, next.turn.partition, next.stopAbove);
  }

  private advance(source: InputSource, partition: Partition, stopAbove: bigint): Step {
    if (partition.cursor >= partition.reader.rows) {
      if (this.takeBroken(partition, partition.reader.rows) > 0) return "ran";
      if (partition.reader.ended) {
        this.partitions.end(partition);
        this.polls.forget(partition);
        this.polls.lookSoon(source);
        return "ran";
      }
      const waitMs = this.polls.waitMs(partition);
      return waitMs > 0 ? { epoch: true, forMs: waitMs } : this.read(source, partition);
    }
    const allowed = source.pacer.allow(this.options.clock.nowMs(), partition.watermark);
    if (allowed.rows <= 0) return { epoch: this.isLive, forMs: allowed.waitMs };
    const quiet = this.quiet?.left(partition);
    if (quiet?.rows === 0) {
      this.takeBroken(partition, partition.cursor, quiet.broken);
      return "ran";
    }
    const until = allowed.until < stopAbove ? allowed.until : stopAbove;
    const before = this.partitions.sequence;
    const result = this.runRows(partition, until, Math.min(allowed.rows, quiet?.rows ?? allowed.rows));
    source.pacer.took(Number(this.partitions.sequence - before));
    if (source.pacer.epochByTime && partition.watermark > allowed.until) this.epochRows = this.epochRowsMax;
    return result;
  }

  /** The reader's next batch. It never rejects: a reader that fails is a source that has broken. */
  read(source: InputSource, partition: Partition): Step {
    const failed = (error: unknown): Promise<void> => this.breakOff(partition.input, error);
    try {
      const read = partition.reader.read();
      if (typeof read !== "number") return { epoch: false, until: read.then(() => this.rewind(partition), failed) };
    } catch (error) {
      return { epoch: false, until: failed(error) };
    }
    this.rewind(partition);
    const { rows, broken, ended } = partition.reader;
    if (source.growth !== undefined && rows === 0 && broken.length === 0 && !ended) {
      const forMs = this.polls.hadNothing(partition);
      if (this.polls.isIdle(partition)) this.partitions.idle(partition);
      return { epoch: true, forMs };
    }
    this.polls.forget(partition);
    return "ran";
  }

  /** Live sources take turns: one that always has rows, or that waits for its pace, must not keep the others from theirs. */
  private stepLive(live: readonly OpenPartition[], fed: Promise<unknown> | undefined): Step {
    const waits: Promise<unknown>[] = fed === undefined ? [] : [fed];
    let forMs = this.lookForMore(waits);
    for (let i = 0; i < live.length; i++) {
      const turn = live[(this.liveTurn + i) % live.length];
      if (turn === undefined) continue;
      const pending = this.reading.get(turn.partition);
      if (pending !== undefined) {
        waits.push(pending);
        continue;
      }
      const step = this.advance(turn.source, turn.partition, WATERMARK_END);
      if (typeof step === "string") {
        this.liveTurn = (this.liveTurn + i + 1) % live.length;
        this.epochEndMs = Math.min(this.epochEndMs, this.options.clock.nowMs() + EPOCH_MS);
        return step;
      }
      if (step.until !== undefined) waits.push(this.awaitRead(turn.partition, step.until));
      forMs = Math.min(forMs, step.forMs ?? forMs);
    }
    // What has been put out is shown before waiting for more.
    return { epoch: true, until: Promise.race(waits), ...(forMs < Number.POSITIVE_INFINITY && { forMs }) };
  }

  /** Takes in partitions that came. How long until it is time to look again; what has to be awaited is added to `waits`. */
  private lookForMore(waits: Promise<unknown>[]): number {
    let forMs = Number.POSITIVE_INFINITY;
    for (const source of this.growing) {
      const looking = this.reading.get(source) ?? (this.polls.lookMs(source) > 0 ? undefined : this.look(source));
      if (looking !== undefined) waits.push(looking);
      forMs = Math.min(forMs, this.polls.lookMs(source));
    }
    return forMs;
  }

  private look(source: InputSource): Promise<void> | undefined {
    const failed = (error: unknown): Promise<void> => this.breakOff(source.input, error);
    const came = (readers: readonly PartitionReader[]): void => {
      for (const reader of readers) this.partitions.came(source, reader);
    };
    this.polls.looked(source);
    try {
      const found = source.growth?.find() ?? [];
      if (found instanceof Promise) return this.awaitRead(source, found.then(came).catch(failed));
      came(found);
      return undefined;
    } catch (error) {
      return failed(error);
    }
  }

  /** A read goes on while other sources have their turns. */
  private awaitRead(reader: Partition | InputSource, read: Promise<unknown>): Promise<void> {
    const reading = read.then(() => void this.reading.delete(reader));
    this.reading.set(reader, reading);
    return reading;
  }

  /** The reader has a new batch. */
  private rewind(partition: Partition): void {
    partition.cursor = 0;
    partition.broken = 0;
  }

  runRows(partition: Partition, stopAbove: bigint, allowed: number): "ran" {
    this.takeBroken(partition, partition.cursor);
    const most = Math.min(this.options.runRowsMax, this.epochRowsMax - this.epochRows, allowed);
    const left = this.takenMax - this.partitions.log.taken;
    if (left <= 0) return "ran";
    const rows = partition.input.run(partition, Math.min(left, Math.max(1, most)), stopAbove, this.partitions.sequence);
    this.partitions.sequence += BigInt(rows);
    this.epochRows += rows;
    this.partitions.note(partition, rows);
    return "ran";
  }

  /** Broken records up to `row` of the batch; returns how many. */
  takeBroken(partition: Partition, row: number, most: number = Number.POSITIVE_INFINITY): number {
    const left = Math.min(most, this.takenMax - this.partitions.log.taken);
    const taken = partition.input.takeBroken(partition, row, left).length;
    this.partitions.note(partition, taken);
    return taken;
  }
}
