/**
 * What an engine keeps in a state directory: the rows that were put into tables without connector, and the epochs of its
 * jobs. At the start it tells what was found there.
 */
import { realpathSync } from "node:fs";
import { crc32 } from "node:zlib";
import { asError, SqlError } from "../base/error.ts";
import type { Value } from "../base/value.ts";
import { systemId } from "../connectors/clock.ts";
import { disk } from "../connectors/disk.ts";
import { type FolderLock, lockFolder } from "../connectors/lock.ts";
import type { InsertRows, ProgramStep, QueryPlan } from "../operators/physical.ts";
import { type JobJournal, jobName, type RecoveredJob } from "../runtime/durability/job-durability.ts";
import type { EpochRecord, JobRecord, LogRecord } from "../runtime/durability/records.ts";
import { plainValues, valuesOf } from "../runtime/durability/values.ts";
import type { FeedCursor, FeedLog } from "../runtime/sources/feed-log.ts";
import { StateDirectory, type StateDirectoryOptions } from "../state/directory.ts";
import { decodeRecord, encodeRecord } from "../state/log/record.ts";

interface Recovering {
  readonly begun: JobRecord;
  readonly epochs: EpochRecord[];
}

export class EngineState {
  private readonly directory: StateDirectory;
  private readonly lock: FolderLock;
  private readonly say: (text: string) => void;
  /** Jobs that the log holds and that were not registered again yet. */
  private readonly jobs = new Map<string, Recovering>();
  /** INSERTs of a program that were taken, and not met again yet, in order. */
  private readonly statements: string[] = [];
  /** What is executed is a program that is executed at every start. */
  private isProgram = false;
  private readonly rows: { readonly table: string; readonly rows: readonly (readonly Value[])[] }[] = [];
  private feeds: FeedLog | undefined;
  /** Holds what jobs that come back have still to read. */
  private guard: FeedCursor | undefined;

  private constructor(directory: StateDirectory, lock: FolderLock, say: (text: string) => void) {
    this.directory = directory;
    this.lock = lock;
    this.say = say;
  }

  /** Opens or makes a state directory on the machine's disk. `say`: what a person should know of how that went. */
  static async open(folder: string, say: (text: string) => void): Promise<EngineState> {
    const real = madeFolder(folder);
    const lock = await lockFolder(real);
    try {
      return EngineState.at({ storage: disk, folder: real, newId: systemId() }, lock, say);
    } catch (error) {
      lock.release();
      throw storageError(folder, error);
    }
  }

  /** The same on any storage, where nobody else is. */
  static at(options: StateDirectoryOptions, lock: FolderLock, say: (text: string) => void): EngineState {
    const state = new EngineState(new StateDirectory(options), lock, say);
    state.read();
    return state;
  }

  private read(): void {
    const { tail } = this.directory;
    if (tail !== undefined) {
      this.say(
        `state: the last ${tail.bytes} bytes of ${tail.path} were cut off: ${tail.reason}; they were never acknowledged`,
      );
    }
    for (const { body } of this.directory.frames(1)) this.recover(decodeRecord(body) as LogRecord); // its frame's checksum was right
  }

  private recover(record: LogRecord): void {
    switch (record.kind) {
      case "job":
        this.jobs.set(record.job, { begun: record, epochs: [] });
        return;
      case "epoch":
        this.jobs.get(record.job)?.epochs.push(record);
        for (const { table, rows } of record.produced) this.rows.push({ table, rows: rows.map(valuesOf) });
        return;
      case "rows":
        if (record.statement !== undefined) this.statements.push(record.statement);
        this.rows.push({ table: record.table, rows: record.rows.map(valuesOf) });
        return;
      default:
        record satisfies never;
    }
  }

  /** Puts the rows that tables had into them. */
  fill(feeds: FeedLog): void {
    this.feeds = feeds;
    this.guard = feeds.open();
    for (const { table, rows } of this.rows.splice(0)) feeds.append({ table, kind: "rows", rows });
  }

  // ---- Rows ----

  /** Rows for a table, durable when it returns. Throws STORAGE_FAILED. */
  insert(table: string, rows: readonly (readonly Value[])[], statement?: string): void {
    this.directory.append(
      encodeRecord({ kind: "rows", table, statement, rows: rows.map(plainValues) } satisfies LogRecord),
    );
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
    if (this.statements.shift() !== undefined) return true;
    this.insert(step.table.name, step.rows, this.isProgram ? statementOf(step) : undefined);
    return false;
  }

  // ---- Jobs ----

  journal(queries: readonly QueryPlan[]): JobJournal {
    const name = jobName(queries);
    const recovered: RecoveredJob | undefined = this.jobs.get(name);
    return {
      recovered,
      append: (record, durable) => this.append(record, durable),
      caughtUp: (epochs) => {
        this.jobs.delete(name);
        if (epochs > 0)
          this.say(`state: went through ${epochs} ${epochs === 1 ? "epoch" : "epochs"} again, ${rowsOf(recovered)}`);
        if (this.jobs.size > 0 || this.guard === undefined) return;
        this.feeds?.release(this.guard);
        this.guard = undefined;
      },
    };
  }

  private append(record: LogRecord, durable: () => void): Promise<void> {
    try {
      this.directory.append(encodeRecord(record));
      durable();
      return Promise.resolve();
    } catch (error) {
      return Promise.reject(asError(error));
    }
  }

  close(): void {
    this.directory.close();
    this.lock.release();
  }
}

/** What an INSERT puts in, to know it by. */
const statementOf = ({ table, rows }: InsertRows): string =>
  `${table.name} ${rows.length} ${crc32(JSON.stringify(rows.map(plainValues))).toString(16)}`;

function rowsOf(recovered: RecoveredJob | undefined): string {
  const rows = Number(recovered?.epochs.at(-1)?.sequence ?? 0);
  return rows === 1 ? "1 row" : `${rows} rows`;
}

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
  return new SqlError("STORAGE_FAILED", undefined, { file: folder, reason: thrown.message });
}
