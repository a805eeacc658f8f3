/**
 * What an engine keeps in a state directory: the rows that were put into tables without connector, and the epochs of its
 * jobs. At the start it tells what was found there.
 */
import { asError, isSqlError } from "../base/error.ts";
import type { Scheduler } from "../base/machine.ts";
import type { Value } from "../base/value.ts";
import type { FolderLock } from "../connectors/lock.ts";
import type { InsertRows, ProgramStep, QueryPlan } from "../operators/physical.ts";
import type { ErrorTables } from "../runtime/accounting/error-tables.ts";
import { type JobJournal, jobName, type RecoveredJob, type SavedJob } from "../runtime/durability/job-durability.ts";
import type { JobRecord, LogRecord } from "../runtime/durability/records.ts";
import { plainValues } from "../runtime/durability/values.ts";
import type { FeedCursor, FeedLog } from "../runtime/sources/feed-log.ts";
import { StateDirectory, type StateDirectoryOptions } from "../state/directory.ts";
import type { Frame } from "../state/log/frame.ts";
import { decodeRecord, encodeRecord } from "../state/log/record.ts";
import type { ProgramRecord } from "./changes/program-record.ts";
import { Recovery, type StateRecord, statementOf } from "./recovery.ts";
import { type SnapshotFormat, type SnapshotMeta, Snapshots } from "./snapshots.ts";

export interface EngineStateOptions extends StateDirectoryOptions {
  readonly nowMs: () => number;
  readonly scheduler: Scheduler;
  /** Least milliseconds between two snapshots. */
  readonly snapshotIntervalMs: number;
  readonly format: () => SnapshotFormat;
  readonly lock: FolderLock;
  /** Told what a person should know. */
  readonly say: (text: string) => void;
}

/** Bytes of log after which a snapshot is due, however little time has gone by. */
const SNAPSHOT_LOG_BYTES = 256 * 1024 * 1024;

export class EngineState {
  private readonly options: EngineStateOptions;
  private readonly directory: StateDirectory;
  private readonly snapshots: Snapshots;
  /** What was found, less what was taken up of it. Set in `at`. */
  recovery!: Recovery;
  private unread: Iterator<Frame> | undefined;
  /** Jobs that are registered and are not where an earlier process was yet: their state is not here. */
  private readonly coming = new Set<string>();
  /** By job that runs: gives its state between two epochs. */
  private readonly running = new Map<string, () => Promise<SavedJob | undefined>>();
  /** By job that has ended: what it ended with. */
  private readonly ended = new Map<string, SavedJob>();
  private readonly begun = new Map<string, JobRecord>();
  /** How many INSERTs of the program were met that were taken before. */
  private statementsMet = 0;
  /** What is executed is a program that is executed at every start. */
  private isProgram = false;
  private unwritten: ProgramRecord | undefined;
  /** Jobs only go through their epochs, and end there. */
  isReviving = false;
  private feeds: FeedLog | undefined;
  private tableErrors: ErrorTables | undefined;
  /** Holds what jobs that come back have still to read. */
  private guard: FeedCursor | undefined;
  private lastSnapshotMs: number;
  private lastSnapshotBytes = 0;
  private lastSnapshotNumber = 0;
  private writing: Promise<void> | undefined;
  private syncing: Promise<void> | undefined;

  private constructor(options: EngineStateOptions) {
    this.options = options;
    this.directory = new StateDirectory(options);
    this.snapshots = new Snapshots(options.storage, options.folder, options.format);
    this.lastSnapshotMs = options.nowMs();
  }

  /** Opens or makes a state directory. */
  static async at(options: EngineStateOptions): Promise<EngineState> {
    const state = new EngineState(options);
    await state.read();
    return state;
  }

  private async read(): Promise<void> {
    const { say, folder } = this.options;
    const { tail, state } = this.directory;
    if (state.backup !== undefined) {
      const made = new Date(state.backup.madeMs).toISOString();
      say(`state: this is a backup of ${made}, up to record ${state.backup.record}: a timeline of its own begins here`);
    }
    const snapshot = await this.snapshots.read(state.snapshots, say);
    if (snapshot !== undefined) {
      say(`state: took up the snapshot behind record ${snapshot.meta.at} of the log`);
      this.lastSnapshotNumber = snapshot.meta.at;
    }
    if (tail !== undefined) {
      say(
        `state: the last ${tail.bytes} bytes of ${tail.path} were cut off: ${tail.reason}; they were never acknowledged`,
      );
    }
    this.recovery = new Recovery(folder, snapshot);
    this.unread = this.directory.frames(state.logFrom);
    this.readOn();
  }

  /** Takes the records of the log, up to the end or a program that has to wait until the one before it has been revived. */
  private readOn(): void {
    for (let frame = this.unread?.next(); frame?.done === false; frame = this.unread?.next()) {
      const { number, body } = frame.value;
      // The checksums of the frames were right.
      if (!this.recovery.take(number, decodeRecord(body) as StateRecord)) return;
    }
    this.unread = undefined;
  }

  // ---- Programs ----

  /** What its jobs are about that were not registered again yet. */
  get oldJobs(): readonly JobRecord[] {
    return Array.from(this.recovery.jobs.values(), ({ begun }) => begun);
  }
  /** A program came in the log before which the epochs of the one before it have to be gone through. */
  get isWaiting(): boolean {
    return this.recovery.waiting !== undefined;
  }
  /** Whether jobs have epochs to go through again. */
  get hasEpochs(): boolean {
    return [...this.recovery.jobs.values()].some(({ epochs }) => epochs.length > 0);
  }
  /** An engine takes up what there is. */
  begin(feeds: FeedLog, tableErrors: ErrorTables): void {
    this.feeds = feeds;
    this.tableErrors = tableErrors;
    this.guard = feeds.open();
    const { rows, totals, errors } = this.recovery;
    for (const given of rows) feeds.append({ table: given.table, kind: "rows", rows: given.rows }, given.first);
    for (const [table, total] of Object.entries(totals)) feeds.resume(table, total);
    if (errors !== undefined) tableErrors.restore(errors.tables, errors.meta);
    if (this.isReviving) return;
    // Its rows are those of the tables from here on.
    rows.length = 0;
    this.recovery.errors = undefined;
  }

  /** `revive` lets an engine run the program that was run before, until its jobs have gone through their epochs and ended. */
  async whileReviving(revive: () => Promise<void>): Promise<void> {
    const { recovery } = this;
    this.isReviving = true;
    try {
      await revive();
      const number = recovery.waiting?.number ?? this.directory.lastNumber;
      recovery.settle(number, this.ended, this.begun);
      recovery.errors = this.tableErrors?.save();
    } finally {
      for (const known of [this.ended, this.begun, this.running, this.coming]) known.clear();
      this.feeds = undefined;
      this.tableErrors = undefined;
      this.guard = undefined;
      this.statementsMet = 0;
      this.isReviving = false;
    }
    const { waiting } = recovery;
    if (waiting === undefined) return;
    recovery.apply(waiting.record);
    this.readOn();
  }

  /** Another program is to be run from here on: the log has it with `confirm`, before anything of it. */
  change(record: ProgramRecord): void {
    this.recovery.apply(record);
    this.unwritten = record;
  }

  get isConfirmed(): boolean {
    return this.unwritten === undefined;
  }

  /** Its jobs could be opened. Throws STORAGE_FAILED. */
  confirm(): void {
    if (this.unwritten === undefined) return;
    this.write(this.unwritten);
    this.directory.sync();
    this.unwritten = undefined;
  }

  /** A program is about to be executed: the INSERTs that were taken are its first ones. */
  beginProgram(steps: readonly ProgramStep[]): void {
    this.recovery.mustBegin(steps);
    this.isProgram = true;
  }

  /** The queries of a program, as the jobs that run them. */
  groupsOf(queries: readonly QueryPlan[]): readonly (readonly QueryPlan[])[] {
    const quiet = this.recovery.quiet.filter(({ job }) => !this.recovery.jobs.has(job));
    const known = [...this.oldJobs.map((job) => Object.keys(job.queries)), ...quiet.map((job) => job.queries)];
    // In the order of theirs: by that a job is known.
    const begun = known
      .map((names) => names.flatMap((name) => queries.find((q) => q.name === name) ?? []))
      .filter((group) => group.length > 0);
    const others = queries.filter((q) => !begun.some((group) => group.includes(q)));
    // What never began has nothing to go through again.
    if (this.isReviving) return begun;
    return others.length > 0 ? [...begun, others] : begun;
  }

  /** What is in the tables may be shown when it returns. Throws STORAGE_FAILED. */
  show(): void {
    this.directory.begin();
    this.directory.sync();
  }

  // ---- Rows ----

  /**
   * Rows for a table. Gives what resolves when they are durable. They may be in the table before: what comes of them is shown
   * behind the record of an epoch, and that stands behind theirs. Throws STORAGE_FAILED.
   */
  insert(table: string, rows: readonly (readonly Value[])[], statement?: string): () => Promise<void> {
    const first = this.feeds?.total(table) ?? 0;
    const number = this.write({ kind: "rows", table, first, statement, rows: rows.map(plainValues) });
    this.recovery.note(number, { table, first, rows });
    return () => this.durable(number);
  }

  /** An epoch that came meanwhile has synced it; else what is written in one turn of the event loop shares a sync. */
  private async durable(number: number): Promise<void> {
    if (this.directory.durableNumber >= number) return;
    this.syncing ??= this.options.scheduler.sleep(0).then(() => {
      this.syncing = undefined;
      this.directory.sync();
    });
    await this.syncing;
  }

  /** The INSERTs of what was executed are durable when it returns. Throws STORAGE_FAILED. */
  executed(): void {
    this.directory.sync();
    this.releaseGuard();
  }

  /** Takes the rows of an INSERT; gives whether an earlier process has taken them, for the same statement of the program. */
  take(step: InsertRows): boolean {
    if (this.isReviving) return true;
    if (!this.isProgram) {
      this.insert(step.table.name, step.rows);
      return false;
    }
    const { statements } = this.recovery;
    if (this.statementsMet++ < statements.length) return true;
    const statement = statementOf(step);
    statements.push(statement);
    this.insert(step.table.name, step.rows, statement);
    return false;
  }

  // ---- Jobs ----

  journal(queries: readonly QueryPlan[]): JobJournal {
    const name = jobName(queries);
    const { directory, recovery } = this;
    const recovered: RecoveredJob | undefined = recovery.jobs.get(name);
    this.coming.add(name);
    return {
      recovered,
      instead: recovery.quiet.find(({ job }) => job === name),
      get number() {
        return directory.lastNumber;
      },
      append: (record, durable) => this.append(record, durable),
      begin: () => directory.begin(),
      say: this.options.say,
      caughtUp: (epochs, save) => {
        recovery.jobs.delete(name);
        this.coming.delete(name);
        this.running.set(name, save);
        if (recovered !== undefined) this.begun.set(name, recovered.begun);
        if (epochs > 0) this.options.say(`state: went through ${epochs} ${epochs === 1 ? "epoch" : "epochs"} again`);
        this.releaseGuard();
      },
      refused: () => void this.coming.delete(name),
      ended: (last) => {
        this.running.delete(name);
        this.ended.set(name, last);
      },
    };
  }

  /** All jobs have come back that read what the tables had. */
  private releaseGuard(): void {
    if (this.recovery.jobs.size > 0 || this.guard === undefined) return;
    this.feeds?.release(this.guard);
    this.guard = undefined;
  }

  private append(record: LogRecord, durable: () => void): Promise<void> {
    try {
      const number = this.write(record);
      this.directory.sync();
      if (record.kind === "job") this.begun.set(record.job, record);
      if (record.kind === "epoch") {
        for (const rows of record.produced) this.recovery.note(number, rows);
      }
      durable();
      this.snapshotWhenDue();
      return Promise.resolve();
    } catch (error) {
      return Promise.reject(asError(error));
    }
  }

  private write(record: StateRecord): number {
    return this.directory.write(encodeRecord(record));
  }

  // ---- Snapshots ----

  private snapshotWhenDue(): void {
    const { nowMs, snapshotIntervalMs } = this.options;
    const bytes = this.directory.appendedBytes - this.lastSnapshotBytes;
    if (nowMs() - this.lastSnapshotMs < snapshotIntervalMs && bytes < SNAPSHOT_LOG_BYTES) return;
    if (this.writing !== undefined) return;
    this.writing = this.snapshot(false)
      .catch((error: unknown) => this.noSnapshot(error))
      .finally(() => {
        this.writing = undefined;
      });
  }

  private noSnapshot(error: unknown): void {
    const hint = isSqlError(error) && error.hint !== undefined ? `; ${error.hint}` : "";
    this.options.say(`state: no snapshot: ${asError(error).message}${hint}`);
  }

  /** `isLast`: what ended jobs hold may be handed over. */
  private async snapshot(isLast: boolean): Promise<void> {
    const { nowMs } = this.options;
    this.lastSnapshotMs = nowMs();
    this.lastSnapshotBytes = this.directory.appendedBytes;
    // A job that has not come back yet has its state in the last snapshot and the log alone.
    if (this.recovery.jobs.size > 0 || this.coming.size > 0 || this.tableErrors === undefined) return;
    const at = this.directory.lastNumber;
    const { program } = this.recovery;
    const statements = [...this.recovery.statements];
    const totals = this.feeds?.totals ?? {};
    const states = await this.states(isLast);
    const errors = this.tableErrors.save();
    const jobs = [...states].flatMap(([name, { tables, ...saved }]) => {
      const begun = this.begun.get(name);
      return begun === undefined ? [] : [{ name, begun, tables, saved }];
    });
    const held = this.recovery.forget((table) => this.feeds?.firstHeld(table) ?? 0);
    const needed = jobs.map(({ saved }) => saved.at + 1);
    const logFrom = Math.min(at + 1, ...needed, held ?? at + 1);
    const meta: SnapshotMeta = {
      at,
      jobs: Object.fromEntries(jobs.map(({ name, begun, saved }) => [name, { begun, saved }])),
      errors: errors.meta,
      statements,
      totals,
      program,
    };
    const tables = [...jobs.flatMap((job) => job.tables), ...errors.tables];
    this.snapshots.removeOthers(this.directory.state.snapshots);
    // It says up to which record it holds everything.
    this.directory.sync();
    const entry = await this.snapshots.write({ meta, tables }, { logFrom, writtenMs: nowMs() });
    const kept = this.snapshots.kept([...this.directory.state.snapshots, entry]);
    this.directory.keep(kept);
    this.snapshots.removeOthers(kept);
    this.lastSnapshotNumber = at;
  }

  /** By job. Those that ran are asked first: one that ends meanwhile has left its last state. */
  private async states(isLast: boolean): Promise<ReadonlyMap<string, SavedJob>> {
    const states = new Map<string, SavedJob>();
    for (const [name, save] of this.running) {
      const saved = await save();
      if (saved !== undefined) states.set(name, saved);
      else if (!this.ended.has(name)) throw new Error(`${name} has failed`);
    }
    // The buffers go with the snapshot, and the next one needs them again.
    for (const [name, saved] of this.ended) {
      if (!states.has(name)) states.set(name, isLast ? saved : { ...saved, tables: structuredClone(saved.tables) });
    }
    return states;
  }

  /** All jobs have ended. */
  async close(): Promise<void> {
    if (this.isReviving) return;
    const { lock } = this.options;
    await this.writing;
    if (this.running.size === 0 && this.ended.size > 0 && this.directory.lastNumber > this.lastSnapshotNumber) {
      await this.snapshot(true).catch((error: unknown) => this.noSnapshot(error));
    }
    await this.snapshots.close();
    this.directory.close();
    lock.release();
  }
}
