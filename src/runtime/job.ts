/**
 * A job: the queries of one file (or one call), the readers they share, and the loop that takes rows through them in
 * the order of rule T13 and cuts epochs. One job is sequential; it lets others run between steps.
 */
import { WATERMARK_END } from "../base/batch.ts";
import { isSqlError, SqlErrors } from "../base/error.ts";
import type { PartitionReader } from "../connectors/connector.ts";
import { BadDataError } from "./bad-data.ts";
import type { Pipeline } from "./pipeline.ts";
import { noRows } from "./sources/empty.ts";
import { FeedReader } from "./sources/feed.ts";
import type { FeedCursor, FeedLog } from "./sources/feed-log.ts";
import { type InputSource, type OpenPartition, whoseTurn } from "./sources/input-source.ts";
import type { Partition, TableInput } from "./sources/table-input.ts";

/** Rows of an epoch while only bounded sources run (T13). */
const EPOCH_ROWS = 65_536;
/** Rows after which the job lets the rest of the process have its turn. */
const TURN_ROWS = 65_536;

/** Time and waiting, handed in. */
export interface JobClock {
  nowMs(): number;
  /** Resolves after at least `ms` milliseconds; 0: after what else is ready to run. */
  sleep(ms: number): Promise<void>;
}

export interface JobOptions {
  readonly sources: readonly InputSource[];
  /** Those that were not stopped. */
  readonly pipelines: () => readonly Pipeline[];
  readonly feeds: FeedLog;
  readonly clock: JobClock;
  /** Most rows of a run: BATCH_ROWS, less in tests. */
  readonly runRowsMax: number;
  /** Whether queries of this job may still put rows into a table without connector. */
  isProduced(table: string): boolean;
  /** The rows of VALUES lists. */
  pushValues(pipeline: Pipeline): void;
  /** What ends the job early, told before anyone who waits for its rows learns that it is gone. */
  failed(error: unknown): void;
  /** After every epoch: what was put out becomes visible. */
  endEpoch(): void | Promise<void>;
  /** Resolves when whoever takes the rows has room for more; undefined: there is room. */
  whenRoom(): Promise<unknown> | undefined;
}

/** Something that is done between two steps. */
interface Request {
  readonly action: () => void | Promise<void>;
  readonly done: PromiseWithResolvers<unknown>;
}

type Step = "ran" | "ended" | { readonly waitMs: number } | Promise<unknown>;

export class Job {
  private readonly options: JobOptions;
  private readonly partitions: OpenPartition[] = [];
  private readonly fed = new Map<string, { readonly reader: FeedReader; readonly partition: Partition }>();
  private cursor: FeedCursor | undefined;
  private readonly reading = new Map<Partition, Promise<unknown>>();
  /** Which live source has its turn first. */
  private liveTurn = 0;
  private sequence = 0n;
  private epochRows = 0;
  private epochRowsMax = EPOCH_ROWS;
  private sinceTurn = 0;
  private stopping = false;
  private hasEnded = false;
  private readonly requests: Request[] = [];
  private wakeUp: (() => void) | undefined;
  private stalledAt = -1;
  /** Whether the epoch has been cut since the last row that came from anywhere but a system table. */
  private isSettled = false;
  epochs = 0;

  constructor(options: JobOptions) {
    this.options = options;
    this.cursor = options.sources.some((s) => s.kind === "feed") ? options.feeds.open() : undefined;
  }

  /** Finishes the epoch and leaves watermarks where they are (T5). */
  drain(): void {
    this.stopping = true;
    this.disturb();
  }

  /** Does `action` after an epoch, when no step is under way; resolves when it is done. */
  async between(action: () => void | Promise<void>): Promise<void> {
    if (this.hasEnded) {
      await action();
      return;
    }
    const done = Promise.withResolvers<unknown>();
    this.requests.push({ action, done });
    this.disturb();
    await done.promise;
  }

  /** Whoever waits has something else to do first. */
  private disturb(): void {
    this.wakeUp?.();
    this.options.feeds.wake();
  }

  private disturbed(): Promise<void> {
    if (this.stopping || this.requests.length > 0) return Promise.resolve();
    return new Promise<void>((resolve) => (this.wakeUp = resolve));
  }

  private async serve(): Promise<void> {
    for (const { action, done } of this.requests.splice(0)) {
      // An action that fails is the error of who asked for it.
      await new Promise<void>((resolve) => resolve(action())).then(done.resolve, done.reject);
    }
  }

  /** No query reads the input any more: it is not read on. One that is being read is closed when the job ends. */
  async abandon(input: TableInput): Promise<void> {
    this.fed.delete(input.table.name);
    for (const p of input.partitions) p.ended = true;
    if (input.partitions.every((p) => !this.reading.has(p))) await input.close();
  }

  /** Runs until all inputs have ended, or a drain. */
  async run(): Promise<void> {
    try {
      await this.openSources();
      for (const pipeline of this.options.pipelines()) {
        pipeline.attempt(() => this.options.pushValues(pipeline));
      }
      while (!this.stopping && this.isWanted()) {
        if (this.requests.length > 0) {
          await this.cutEpoch();
          await this.serve();
          continue;
        }
        const step = this.step();
        if (step === "ended") break;
        if (step === "ran") {
          if (this.epochRows >= this.epochRowsMax || this.sinceTurn >= TURN_ROWS) await this.turn();
        } else if (step instanceof Promise) await step;
        else await this.wait(step.waitMs);
      }
      await this.cutEpoch();
    } catch (error) {
      // What came before the bad record is put out: it does not depend on where a run would have ended.
      if (error instanceof BadDataError) await this.cutEpoch();
      this.options.failed(error);
      throw error;
    } finally {
      if (this.cursor !== undefined) this.options.feeds.release(this.cursor);
      for (const { input } of this.options.sources) await input.close();
      this.hasEnded = true;
      await this.serve();
    }
  }

  /** Whether a query is left for which to read on: an input without end would be read for ever for none. */
  private isWanted(): boolean {
    return this.options.pipelines().some((p) => p.isActive);
  }

  private async openSources(): Promise<void> {
    let ordinal = 0;
    for (const source of this.options.sources) {
      let opened: readonly PartitionReader[];
      try {
        opened = await source.open();
      } catch (error) {
        // What the SQL shows to be wrong is refused with the whole job.
        if (error instanceof SqlErrors || (isSqlError(error) && error.span !== undefined)) throw error;
        await this.breakOff(source.input, error);
        continue;
      }
      for (const reader of opened) {
        const partition = source.input.addPartition(reader, ordinal++);
        this.partitions.push({ source, partition });
        if (source.kind === "feed" && reader instanceof FeedReader) {
          this.fed.set(source.input.table.name, { reader, partition });
        }
      }
      if (source.input.partitions.length === 0) {
        this.partitions.push({ source, partition: source.input.addPartition(noRows, -1) });
      }
      const rows = source.pacer.epochRows;
      if (rows !== undefined) this.epochRowsMax = Math.min(this.epochRowsMax, rows);
    }
  }

  /** A source has broken: the queries that read it end with its error, the others go on with what is left. */
  private async breakOff(input: TableInput, error: unknown): Promise<void> {
    input.fail(error);
    await this.abandon(input);
  }

  private async turn(): Promise<void> {
    if (this.epochRows >= this.epochRowsMax) await this.epochAndRoom();
    if (this.sinceTurn < TURN_ROWS) return;
    this.sinceTurn = 0;
    await this.options.clock.sleep(0);
  }

  private async wait(ms: number): Promise<void> {
    // While only bounded sources run, epochs are cut by position, never by the clock (T13).
    const isFed = this.fed.size > 0 && !this.options.feeds.closed;
    if (isFed || this.open("live").length > 0) await this.epochAndRoom();
    this.sinceTurn = 0;
    await Promise.race([this.options.clock.sleep(ms), this.disturbed()]);
  }

  /** Cuts an epoch, then waits for those who take its rows. */
  private async epochAndRoom(): Promise<void> {
    await this.cutEpoch();
    for (;;) {
      const room = this.options.whenRoom();
      if (room === undefined || this.stopping || this.requests.length > 0) return;
      await Promise.race([room, this.disturbed()]);
    }
  }

  private async cutEpoch(): Promise<void> {
    this.epochRows = 0;
    this.epochs++;
    for (const pipeline of this.options.pipelines()) pipeline.attempt(() => pipeline.endEpoch());
    await this.options.endEpoch();
  }

  /** One run, or what to wait for. */
  private step(): Step {
    const fed = this.fed.size > 0 ? this.stepFeeds() : undefined;
    if (fed === "ran") {
      this.isSettled = false;
      return "ran";
    }
    const bounded = this.open("bounded");
    if (bounded.length > 0) return this.stepPartition(bounded);
    const live = this.open("live");
    if (live.length > 0 || fed !== undefined) return this.stepLive(live, fed);
    const waiting = [...this.fed.values()].find((f) => !f.partition.ended);
    if (waiting !== undefined) return this.stepProduced(waiting.partition);
    const system = this.open("system");
    if (system.length === 0) return "ended";
    if (this.isSettled) return this.stepPartition(system);
    // What the tables beside queries hold is read when everything else has been put out.
    this.isSettled = true;
    return this.cutEpoch();
  }

  /** Only tables that queries of this job fill are left: the epoch may bring their rows; queries that only wait for each other end. */
  private stepProduced(first: Partition): Step {
    if (this.stalledAt === this.options.feeds.end) {
      first.input.end(first, this.sequence);
      return "ran";
    }
    this.stalledAt = this.options.feeds.end;
    return this.epochAndRoom();
  }

  private open(kind: InputSource["kind"]): OpenPartition[] {
    return this.partitions.filter((p) => p.source.kind === kind && !p.partition.ended);
  }

  // ---- Tables fed by INSERT ----

  private stepFeeds(): "ran" | Promise<unknown> | undefined {
    for (const { reader, partition } of this.fed.values()) {
      if (partition.cursor < partition.reader.rows) return this.runRows(partition, WATERMARK_END, Infinity);
      if (reader.hasMore) {
        reader.read();
        this.rewind(partition);
        return "ran";
      }
    }
    if (this.cursor !== undefined) this.options.feeds.settle(this.cursor);
    const next = this.cursor === undefined ? undefined : this.options.feeds.take(this.cursor, this.fed);
    if (next !== undefined) {
      this.fed.get(next.table)?.reader.offer(next);
      return "ran";
    }
    if (this.cursor !== undefined) this.options.feeds.settle(this.cursor);
    if (!this.options.feeds.closed) return this.options.feeds.changed();
    return this.endFeed() ? "ran" : undefined;
  }

  /** The log is at its end: so is a table into which no query of this job still puts rows. */
  private endFeed(): boolean {
    for (const { partition } of this.fed.values()) {
      if (partition.ended || this.options.isProduced(partition.input.table.name)) continue;
      partition.input.end(partition, this.sequence);
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
      const broken = partition.input.takeBroken(partition, partition.reader.rows);
      if (broken.length > 0) return "ran";
      if (partition.reader.ended) {
        partition.input.end(partition, this.sequence);
        return "ran";
      }
      return this.read(partition);
    }
    const allowed = source.pacer.allow(this.options.clock.nowMs(), partition.watermark);
    if (allowed.rows <= 0) return { waitMs: allowed.waitMs };
    const until = allowed.until < stopAbove ? allowed.until : stopAbove;
    const before = this.sequence;
    const result = this.runRows(partition, until, allowed.rows);
    source.pacer.took(Number(this.sequence - before));
    if (source.pacer.epochByTime && partition.watermark > allowed.until) this.epochRows = this.epochRowsMax;
    return result;
  }

  /** The reader's next batch. It never rejects: a reader that fails is a source that has broken. */
  private read(partition: Partition): Step {
    const failed = (error: unknown): Promise<void> => this.breakOff(partition.input, error);
    try {
      const read = partition.reader.read();
      if (typeof read !== "number") return read.then(() => this.rewind(partition), failed);
    } catch (error) {
      return failed(error);
    }
    this.rewind(partition);
    return "ran";
  }

  /** Live sources take turns: one that always has rows, or that waits for its pace, must not keep the others from theirs. */
  private stepLive(live: readonly OpenPartition[], fed: Promise<unknown> | undefined): Step {
    const waits: Promise<unknown>[] = fed === undefined ? [] : [fed];
    let waitMs = Number.POSITIVE_INFINITY;
    for (let i = 0; i < live.length; i++) {
      const turn = live[(this.liveTurn + i) % live.length];
      if (turn === undefined) continue;
      const pending = this.reading.get(turn.partition);
      if (pending !== undefined) {
        waits.push(pending);
        continue;
      }
      const step = this.advance(turn.source, turn.partition, WATERMARK_END);
      if (step instanceof Promise) waits.push(this.awaitRead(turn.partition, step));
      else if (typeof step === "object") waitMs = Math.min(waitMs, step.waitMs);
      else {
        this.liveTurn = (this.liveTurn + i + 1) % live.length;
        return step;
      }
    }
    if (waitMs < Number.POSITIVE_INFINITY) waits.push(this.options.clock.sleep(waitMs));
    // What has been put out is shown before waiting for more.
    return this.epochAndRoom().then(() => Promise.race([...waits, this.disturbed()]));
  }

  /** A read goes on while other sources have their turns. */
  private awaitRead(partition: Partition, read: Promise<unknown>): Promise<void> {
    const reading = read.then(() => void this.reading.delete(partition));
    this.reading.set(partition, reading);
    return reading;
  }

  /** The reader has a new batch. */
  private rewind(partition: Partition): void {
    partition.cursor = 0;
    partition.broken = 0;
  }

  private runRows(partition: Partition, stopAbove: bigint, allowed: number): "ran" {
    partition.input.takeBroken(partition, partition.cursor);
    const most = Math.min(this.options.runRowsMax, this.epochRowsMax - this.epochRows, allowed);
    const rows = partition.input.run(partition, Math.max(1, most), stopAbove, this.sequence);
    this.sequence += BigInt(rows);
    this.epochRows += rows;
    this.sinceTurn += rows;
    return "ran";
  }
}
