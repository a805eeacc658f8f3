/**
 * What an engine keeps in a state directory: the rows that were put into tables without connector, and the epochs of its
 * jobs. At the start it tells what was found there.
 */
import { realpathSync } from "node:fs";
import { crc32 } from "node:zlib";
import type { OpenOptions } from "../api.ts";
import { asError, isSqlError, SqlError } from "../base/error.ts";
import type { Value } from "../base/value.ts";
import { systemClock, systemId } from "../connectors/clock.ts";
import { disk } from "../connectors/disk.ts";
import { type FolderLock, lockFolder } from "../connectors/lock.ts";
import { packageVersion } from "../connectors/package.ts";
import { SnapshotThread } from "../connectors/snapshots/thread.ts";
import type { InsertRows, ProgramStep, QueryPlan } from "../operators/physical.ts";
import type { ErrorTables } from "../runtime/accounting/error-tables.ts";
import { type JobJournal, jobName, type RecoveredJob, type SavedJob } from "../runtime/durability/job-durability.ts";
import type { EpochRecord, JobRecord, LogRecord, TableRows } from "../runtime/durability/records.ts";
import { plainValues, valuesOf } from "../runtime/durability/values.ts";
import type { FeedCursor, FeedLog } from "../runtime/sources/feed-log.ts";
import { knownState, StateDirectory, type StateDirectoryOptions } from "../state/directory.ts";
import { decodeRecord, encodeRecord } from "../state/log/record.ts";
import { type Snapshot, type SnapshotFormat, type SnapshotMeta, Snapshots } from "./snapshots.ts";

interface Recovering extends RecoveredJob {
  readonly epochs: EpochRecord[];
}

/** Rows of a table that stand in the log. */
interface LoggedRows {
  readonly number: number;
  readonly table: string;
  readonly first: number;
  readonly rows: number;
}

export interface EngineStateOptions extends StateDirectoryOptions {
  readonly nowMs: () => number;
  /** Least milliseconds between two snapshots. */
  readonly snapshotIntervalMs: number;
  readonly format: () => SnapshotFormat;
  readonly lock: FolderLock;
  /** Told what a person should know. */
  readonly say: (text: string) => void;
}

/** Bytes of log after which a snapshot is due, however little time has gone by. */
const SNAPSHOT_LOG_BYTES = 256 * 1024 * 1024;
export const SNAPSHOT_INTERVAL_MS = 10_000;

export class EngineState {
  private readonly options: EngineStateOptions;
  private readonly directory: StateDirectory;
  private readonly snapshots: Snapshots;
  /** Jobs that the state holds and that were not registered again yet. */
  private readonly jobs = new Map<string, Recovering>();
  /** Jobs that are registered and are not where an earlier process was yet: their state is not here. */
  private readonly coming = new Set<string>();
  /** By job that runs: gives its state between two epochs. */
  private readonly running = new Map<string, () => Promise<SavedJob | undefined>>();
  /** By job that has ended: what it ended with. */
  private readonly ended = new Map<string, SavedJob>();
  private readonly begun = new Map<string, JobRecord>();
  /** INSERTs of a program that were taken, in order, and how many of them were met again. */
  private readonly statements: string[] = [];
  private statementsMet = 0;
  /** What is executed is a program that is executed at every start. */
  private isProgram = false;
  private waiting: {
    readonly table: string;
    readonly first: number;
    readonly rows: readonly (readonly Value[])[];
  }[] = [];
  private logged: LoggedRows[] = [];
  private recovered: Snapshot | undefined;
  private feeds: FeedLog | undefined;
  private tableErrors: ErrorTables | undefined;
  /** Holds what jobs that come back have still to read. */
  private guard: FeedCursor | undefined;
  private lastSnapshotMs: number;
  private lastSnapshotBytes = 0;
  private lastSnapshotNumber = 0;
  private writing: Promise<void> | undefined;

  private constructor(options: EngineStateOptions) {
    this.options = options;
    this.directory = new StateDirectory(options);
    this.snapshots = new Snapshots(options.storage, options.folder, options.format);
    this.lastSnapshotMs = options.nowMs();
  }

  /** Opens or makes a state directory on the machine's disk. */
  static async open(folder: string, options: OpenOptions, say: (text: string) => void): Promise<EngineState> {
    const real = madeFolder(folder);
    // Before anything of ours is put there.
    knownState(disk, real);
    const lock = await lockFolder(real);
    const clock = options.clock ?? systemClock;
    try {
      return await EngineState.at({
        storage: disk,
        folder: real,
        newId: systemId,
        build: packageVersion(),
        nowMs: () => clock.nowMs(),
        snapshotIntervalMs: options.snapshotIntervalMs ?? SNAPSHOT_INTERVAL_MS,
        format: () => new SnapshotThread(),
        lock,
        say,
      });
    } catch (error) {
      lock.release();
      throw storageError(folder, error);
    }
  }

  /** The same on any storage. */
  static async at(options: EngineStateOptions): Promise<EngineState> {
    const state = new EngineState(options);
    await state.read();
    return state;
  }

  private async read(): Promise<void> {
    const { say } = this.options;
    const { tail, state } = this.directory;
    if (state.backup !== undefined) {
      const made = new Date(state.backup.madeMs).toISOString();
      say(`state: this is a backup of ${made}, up to record ${state.backup.record}: a timeline of its own begins here`);
    }
    this.recovered = await this.snapshots.read(state.snapshots, say);
    if (this.recovered !== undefined) this.takeUp(this.recovered);
    if (tail !== undefined) {
      say(
        `state: the last ${tail.bytes} bytes of ${tail.path} were cut off: ${tail.reason}; they were never acknowledged`,
      );
    }
    // The checksums of the frames were right.
    for (const { number, body } of this.directory.frames(state.logFrom))
      this.recover(number, decodeRecord(body) as LogRecord);
  }

  private takeUp({ meta, tables }: Snapshot): void {
    this.options.say(`state: took up the snapshot behind record ${meta.at} of the log`);
    this.lastSnapshotNumber = meta.at;
    this.statements.push(...meta.statements);
    for (const [name, { begun, saved }] of Object.entries(meta.jobs)) {
      this.jobs.set(name, { begun, saved: { ...saved, tables }, epochs: [] });
    }
  }

  private recover(number: number, record: LogRecord): void {
    switch (record.kind) {
      case "job":
        if (!this.jobs.has(record.job)) this.jobs.set(record.job, { begun: record, saved: undefined, epochs: [] });
        return;
      case "epoch": {
        const job = this.jobs.get(record.job);
        if (job === undefined) throw this.incomplete(`record ${number} is of a job that is not there`);
        if (number > (job.saved?.at ?? 0)) job.epochs.push(record);
        for (const rows of record.produced) this.refill(number, rows);
        return;
      }
      case "rows":
        if (record.statement !== undefined && number > this.lastSnapshotNumber) this.statements.push(record.statement);
        this.refill(number, record);
        return;
      default:
        record satisfies never;
    }
  }

  private incomplete(reason: string): SqlError {
    return new SqlError("STATE_INCOMPLETE", undefined, { folder: this.options.folder, reason });
  }

  private refill(number: number, { table, first, rows }: TableRows): void {
    this.waiting.push({ table, first, rows: rows.map(valuesOf) });
    this.noteRows(number, { table, first, rows });
  }

  /** Puts what tables had into them. */
  begin(feeds: FeedLog, tableErrors: ErrorTables): void {
    this.feeds = feeds;
    this.tableErrors = tableErrors;
    this.guard = feeds.open();
    for (const { table, first, rows } of this.waiting) feeds.append({ table, kind: "rows", rows }, first);
    this.waiting = [];
    if (this.recovered !== undefined) tableErrors.restore(this.recovered.tables, this.recovered.meta.errors);
    this.recovered = undefined;
  }

  /** What is in the tables may be shown when it returns. Throws STORAGE_FAILED. */
  show(): void {
    this.directory.begin();
  }

  // ---- Rows ----

  /** Rows for a table, durable when it returns. Throws STORAGE_FAILED. */
  insert(table: string, rows: readonly (readonly Value[])[], statement?: string): void {
    const first = this.feeds?.total(table) ?? 0;
    const number = this.write({ kind: "rows", table, first, statement, rows: rows.map(plainValues) });
    this.noteRows(number, { table, first, rows });
  }

  /** A program is about to be executed: what earlier processes made of it is all that the state holds. */
  beginProgram(steps: readonly ProgramStep[], queries: readonly QueryPlan[]): void {
    const inserts = steps.flatMap((s) => (s.kind === "insertRows" ? [statementOf(s)] : []));
    if (this.statements.some((s, i) => s !== inserts[i])) throw new SqlError("STATE_INSERTS_CHANGED", undefined, {});
    this.isProgram = true;
    const other = [...this.jobs.keys()].find((name) => name !== jobName(queries));
    if (other === undefined) return;
    throw new SqlError("STATE_QUERIES_CHANGED", undefined, { state: other, queries: jobName(queries) || "none" });
  }

  /** Takes the rows of an INSERT; gives whether an earlier process has taken them, for the same statement of the program. */
  take(step: InsertRows): boolean {
    if (!this.isProgram) {
      this.insert(step.table.name, step.rows);
      return false;
    }
    if (this.statementsMet++ < this.statements.length) return true;
    const statement = statementOf(step);
    this.statements.push(statement);
    this.insert(step.table.name, step.rows, statement);
    return false;
  }

  // ---- Jobs ----

  journal(queries: readonly QueryPlan[]): JobJournal {
    const name = jobName(queries);
    const recovered: RecoveredJob | undefined = this.jobs.get(name);
    const { directory } = this;
    this.coming.add(name);
    return {
      recovered,
      get number() {
        return directory.lastNumber;
      },
      append: (record, durable) => this.append(record, durable),
      begin: () => directory.begin(),
      caughtUp: (epochs, save) => {
        this.jobs.delete(name);
        this.coming.delete(name);
        this.running.set(name, save);
        if (recovered !== undefined) this.begun.set(name, recovered.begun);
        if (epochs > 0) this.options.say(`state: went through ${epochs} ${epochs === 1 ? "epoch" : "epochs"} again`);
        if (this.jobs.size > 0 || this.guard === undefined) return;
        this.feeds?.release(this.guard);
        this.guard = undefined;
      },
      ended: (last) => {
        this.running.delete(name);
        this.ended.set(name, last);
      },
    };
  }

  // A promise: the log may be another thread's.
  private append(record: LogRecord, durable: () => void): Promise<void> {
    try {
      const number = this.write(record);
      if (record.kind === "job") this.begun.set(record.job, record);
      if (record.kind === "epoch") {
        for (const rows of record.produced) this.noteRows(number, rows);
      }
      durable();
      this.snapshotWhenDue();
      return Promise.resolve();
    } catch (error) {
      return Promise.reject(asError(error));
    }
  }

  private write(record: LogRecord): number {
    return this.directory.append(encodeRecord(record));
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
    if (this.jobs.size > 0 || this.coming.size > 0 || this.tableErrors === undefined) return;
    const at = this.directory.lastNumber;
    const statements = [...this.statements];
    const states = await this.states(isLast);
    const errors = this.tableErrors.save();
    const jobs = [...states].flatMap(([name, { tables, ...saved }]) => {
      const begun = this.begun.get(name);
      return begun === undefined ? [] : [{ name, begun, tables, saved }];
    });
    this.forgetRows();
    const needed = jobs.map(({ saved }) => saved.at + 1);
    const logFrom = Math.min(at + 1, ...needed, this.logged[0]?.number ?? at + 1);
    const meta: SnapshotMeta = {
      at,
      jobs: Object.fromEntries(jobs.map(({ name, begun, saved }) => [name, { begun, saved }])),
      errors: errors.meta,
      statements,
    };
    const tables = [...jobs.flatMap((job) => job.tables), ...errors.tables];
    this.snapshots.removeOthers(this.directory.state.snapshots);
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

  /** A record of the log is needed as long as a table keeps a row of it. */
  private noteRows(number: number, { table, first, rows }: TableRows): void {
    this.logged.push({ number, table, first, rows: rows.length });
  }

  /** Rows that no table keeps any more are not needed of the log. */
  private forgetRows(): void {
    this.logged = this.logged.filter(({ table, first, rows }) => first + rows > (this.feeds?.firstHeld(table) ?? 0));
  }

  /** All jobs have ended. */
  async close(): Promise<void> {
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

/** What an INSERT puts in, to know it by. */
const statementOf = ({ table, rows }: InsertRows): string =>
  `${table.name} ${rows.length} ${crc32(JSON.stringify(rows.map(plainValues))).toString(16)}`;

function madeFolder(folder: string): string {
  try {
    disk.makeFolder(folder);
    return realpathSync(folder);
  } catch (error) {
    throw storageError(folder, error);
  }
}

/** An error of the system as one that names the folder. */
function storageError(folder: string, error: unknown): Error {
  const thrown = asError(error);
  if (!("code" in thrown) || thrown instanceof SqlError) return thrown;
  const isFile = thrown.code === "EEXIST" || thrown.code === "ENOTDIR";
  return new SqlError("STATE_UNUSABLE", undefined, { folder, reason: isFile ? "it is a file" : thrown.message });
}
