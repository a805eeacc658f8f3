/**
 * Which rows come next: the partitions of a job's sources, each taken in its own order, and among them the order of rule
 * T13: tables fed by INSERT, bounded sources by watermark, live ones in turns, then what the engine itself holds. The job
 * says when an epoch ends; a step says what it did, or what has to be waited for.
 */
import { WATERMARK_END } from "../../base/batch.ts";
import { isSqlError, SqlError, SqlErrors } from "../../base/error.ts";
import type { PartitionReader } from "../../connectors/connector.ts";
import type { TakenMeta } from "../durability/job-state.ts";
import type { EpochRecord, InputMark, PartitionStart } from "../durability/records.ts";
import { noRows } from "../sources/empty.ts";
import type { FeedLog } from "../sources/feed-log.ts";
import { type InputSource, type OpenPartition, whoseTurn } from "../sources/input-source.ts";
import type { Partition, TableInput } from "../sources/table-input.ts";
import { FedTables } from "./fed-tables.ts";
import { markOf, NOTHING, positionMark, TurnLog, type TurnsStart } from "./turn-log.ts";

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
  /** Running number of the next row. */
  sequence = 0n;
  private readonly options: TurnsOptions;
  private readonly partitions: OpenPartition[] = [];
  private readonly indexes = new Map<Partition, number>();
  private readonly fed: FedTables;
  private readonly reading = new Map<Partition, Promise<unknown>>();
  /** Which live source has its turn first. */
  private liveTurn = 0;
  private epochRowsMax: number;
  private epochRows = 0;
  /** Whether what is taken is kept for another process. */
  private isRecorded = false;
  private readonly log = new TurnLog();
  /** Up to where the bytes of partitions that cannot be read again were handed on. */
  private readonly loggedTo = new Map<Partition, bigint>();
  /** What may be taken in all, where an epoch is gone through again. */
  private takenMax = Number.POSITIVE_INFINITY;
  private stalledAt = -1;
  /** Whether the epoch has been cut since the last row that came from anywhere but a system table. */
  private isSettled = false;

  constructor(options: TurnsOptions) {
    this.options = options;
    this.epochRowsMax = options.epochRowsMax;
    const isFed = options.sources.some((s) => s.kind === "feed");
    this.fed = new FedTables(options.feeds, isFed);
  }

  /**
   * `from`: where partitions go on that an earlier process read, those that cannot be read again with what was `logged`.
   * undefined: nothing is to be read again, by another process neither.
   */
  async open(from?: TurnsStart): Promise<void> {
    this.isRecorded = from !== undefined;
    let ordinal = 0;
    for (const source of this.options.sources) {
      let opened: readonly PartitionReader[];
      try {
        opened = await source.open(from?.positions(source.input.table.name), from?.logged(source.input.table.name));
      } catch (error) {
        // What the SQL shows to be wrong is refused with the whole job.
        if (error instanceof SqlErrors || (isSqlError(error) && error.span !== undefined)) throw error;
        await this.breakOff(source.input, error);
        continue;
      }
      for (const reader of opened) {
        const partition = source.input.addPartition(reader, ordinal++);
        this.add(source, partition);
        if (source.kind === "feed") this.fed.add(partition, from);
      }
      if (source.input.partitions.length === 0) this.add(source, source.input.addPartition(noRows, -1));
      const rows = source.pacer.epochRows;
      if (rows !== undefined) this.epochRowsMax = Math.min(this.epochRowsMax, rows);
    }
  }

  private add(source: InputSource, partition: Partition): void {
    this.indexes.set(partition, this.partitions.length);
    if (!source.isRepeatable) this.loggedTo.set(partition, partition.reader.next.position);
    this.partitions.push({ source, partition });
  }

  /** All of them, in the order of their indexes. */
  get starts(): readonly PartitionStart[] {
    return this.partitions.map(({ partition }) => ({
      table: partition.input.table.name,
      name: partition.reader.name,
      ...positionMark(partition),
    }));
  }

  async close(): Promise<void> {
    this.fed.close();
    for (const { input } of this.options.sources) await input.close();
  }

  beginEpoch(): void {
    this.epochRows = 0;
  }

  /** Where an epoch that is cut by position has begun and is not full. */
  get isInsideEpoch(): boolean {
    return this.epochRows > 0 && !this.isEpochFull && !this.isLive;
  }

  get isEpochFull(): boolean {
    return this.epochRows >= this.epochRowsMax;
  }

  /** What was taken in, and where all partitions stand. */
  save(): TakenMeta {
    const partitions = this.partitions.map(({ partition }, index) => markOf(index, partition));
    return { taken: this.log.taken, sequence: String(this.sequence), partitions };
  }

  /** The partitions stand where `open` was told; this is what is known of them besides. */
  restore({ taken, sequence, partitions }: TakenMeta): void {
    this.log.taken = taken;
    this.sequence = BigInt(sequence);
    for (const { index, watermark, ended } of partitions) {
      const partition = this.partitions[index]?.partition;
      if (partition !== undefined) Object.assign(partition, { watermark: BigInt(watermark), ended });
    }
  }

  /** What was taken since the last mark, and where every partition that moved now stands. */
  mark(): InputMark {
    if (!this.isRecorded) return NOTHING;
    const { indexes, turns } = this.log.take();
    const moved = this.partitions.flatMap(({ source, partition }, index) =>
      indexes.has(index) ? [{ source, partition, mark: markOf(index, partition) }] : [],
    );
    const logged = moved.flatMap(({ source, partition, mark }) => {
      if (source.isRepeatable) return [];
      const to = BigInt(mark.position);
      const bytes = partition.reader.bytesBetween?.(this.loggedTo.get(partition) ?? 0n, to) ?? new Uint8Array();
      this.loggedTo.set(partition, to);
      partition.reader.forget?.(to);
      return [{ index: mark.index, bytes }];
    });
    const { taken } = this.log;
    return { taken, sequence: String(this.sequence), partitions: moved.map(({ mark }) => mark), turns, logged };
  }

  /** While only bounded sources run, epochs are cut by position, never by the clock (T13). */
  get isLive(): boolean {
    return (this.fed.partitions.length > 0 && !this.options.feeds.closed) || this.ofKind("live").length > 0;
  }

  /** No query reads the input any more: it is not read on. One that is being read is closed when the job ends. */
  async abandon(input: TableInput): Promise<void> {
    this.fed.remove(input.table.name);
    for (const p of input.partitions) p.ended = true;
    if (input.partitions.every((p) => !this.reading.has(p))) await input.close();
  }

  /**
   * A source has broken: the queries that read it end with its error, the others go on with what is left. A job that outlives
   * its process ends: the next process reads on, and must find no epoch in which the source was missing.
   */
  private async breakOff(input: TableInput, error: unknown): Promise<void> {
    if (this.isRecorded) throw error;
    input.fail(error);
    await this.abandon(input);
  }

  /** One run, or what to wait for. */
  step(): Step {
    const fed = this.fed.partitions.length > 0 ? this.stepFeeds() : undefined;
    if (fed === "ran") {
      this.isSettled = false;
      return "ran";
    }
    const bounded = this.ofKind("bounded");
    if (bounded.length > 0) return this.stepPartition(bounded);
    const live = this.ofKind("live");
    if (live.length > 0 || fed !== undefined) return this.stepLive(live, fed);
    const waiting = this.fed.partitions.find((p) => !p.ended);
    if (waiting !== undefined) return this.stepProduced(waiting);
    const system = this.ofKind("system");
    if (system.length === 0) return "ended";
    if (this.isSettled) return this.stepPartition(system);
    // What the tables beside queries hold is read when everything else has been put out.
    this.isSettled = true;
    return "settle";
  }

  /** Only tables that queries of this job fill are left: the epoch may bring their rows; queries that only wait for each other end. */
  private stepProduced(first: Partition): Step {
    if (this.stalledAt === this.options.feeds.end) {
      this.end(first);
      return "ran";
    }
    this.stalledAt = this.options.feeds.end;
    return "settle";
  }

  private ofKind(kind: InputSource["kind"]): OpenPartition[] {
    return this.partitions.filter((p) => p.source.kind === kind && !p.partition.ended);
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
      this.end(partition);
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
        this.end(partition);
        return "ran";
      }
      return this.read(partition);
    }
    const allowed = source.pacer.allow(this.options.clock.nowMs(), partition.watermark);
    if (allowed.rows <= 0) return { epoch: this.isLive, forMs: allowed.waitMs };
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
      if (typeof read !== "number") return { epoch: false, until: read.then(() => this.rewind(partition), failed) };
    } catch (error) {
      return { epoch: false, until: failed(error) };
    }
    this.rewind(partition);
    return "ran";
  }

  /** Live sources take turns: one that always has rows, or that waits for its pace, must not keep the others from theirs. */
  private stepLive(live: readonly OpenPartition[], fed: Promise<unknown> | undefined): Step {
    const waits: Promise<unknown>[] = fed === undefined ? [] : [fed];
    let forMs = Number.POSITIVE_INFINITY;
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
        return step;
      }
      if (step.until !== undefined) waits.push(this.awaitRead(turn.partition, step.until));
      forMs = Math.min(forMs, step.forMs ?? forMs);
    }
    // What has been put out is shown before waiting for more.
    return { epoch: true, until: Promise.race(waits), ...(forMs < Number.POSITIVE_INFINITY && { forMs }) };
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
    this.takeBroken(partition, partition.cursor);
    const most = Math.min(this.options.runRowsMax, this.epochRowsMax - this.epochRows, allowed);
    const left = this.takenMax - this.log.taken;
    if (left <= 0) return "ran";
    const rows = partition.input.run(partition, Math.min(left, Math.max(1, most)), stopAbove, this.sequence);
    this.sequence += BigInt(rows);
    this.epochRows += rows;
    this.note(partition, rows);
    return "ran";
  }

  /** Broken records up to `row` of the batch; returns how many. */
  private takeBroken(partition: Partition, row: number): number {
    const taken = partition.input.takeBroken(partition, row, this.takenMax - this.log.taken).length;
    this.note(partition, taken);
    return taken;
  }

  private end(partition: Partition): void {
    partition.input.end(partition, this.sequence);
    this.note(partition, 1);
  }

  private note(partition: Partition, items: number): void {
    if (!this.isRecorded) return;
    const index = this.indexes.get(partition) ?? 0;
    this.log.note(index, items, this.partitions[index]?.source.kind !== "bounded");
  }

  // ---- Epochs that are gone through again ----

  /** Takes what an epoch took, in its order. Resolves when it has; rejects where the sources do not hold it any more. */
  async redo({ epoch, taken, turns }: EpochRecord): Promise<void> {
    try {
      if (turns === undefined) {
        await this.redoBounded(taken);
        return;
      }
      for (let i = 0; i < turns.length; i += 2) {
        const turn = this.partitions[turns[i] ?? 0];
        if (turn === undefined) throw new SqlError("REPLAY_DIFFERS", undefined, { epoch, what: "a partition is gone" });
        this.takenMax = this.log.taken + (turns[i + 1] ?? 0);
        while (this.log.taken < this.takenMax) await this.redoTurn(turn);
      }
    } finally {
      this.takenMax = Number.POSITIVE_INFINITY;
    }
  }

  private async redoBounded(taken: number): Promise<void> {
    this.takenMax = taken;
    while (this.log.taken < taken) {
      const next = whoseTurn(this.ofKind("bounded"));
      if (next === undefined) throw this.shortOf(taken);
      await this.redoTurn(next.turn, next.stopAbove);
    }
  }

  private shortOf(taken: number): SqlError {
    const [table] = this.options.sources.map(({ input }) => input.table.name);
    const difference = `ends after ${this.log.taken} rows, of ${taken} that were taken`;
    return new SqlError("SOURCE_CHANGED", undefined, { table: table ?? "", file: "it", difference });
  }

  private async redoTurn({ source, partition }: OpenPartition, stopAbove: bigint = WATERMARK_END): Promise<void> {
    if (source.kind === "feed") this.fed.ready();
    else if (partition.cursor >= partition.reader.rows && !partition.reader.ended) {
      if (this.takeBroken(partition, partition.reader.rows) > 0) return;
      const read = this.read(partition);
      if (typeof read !== "string") await read.until;
      return;
    }
    if (partition.cursor < partition.reader.rows) this.runRows(partition, stopAbove, Infinity);
    else if (this.takeBroken(partition, partition.reader.rows) === 0) this.end(partition);
  }
}
