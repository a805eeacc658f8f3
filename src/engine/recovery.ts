/**
 * What a state directory holds, from its newest snapshot and the records behind it: jobs with the epochs to be gone through again,
 * rows of tables without connector, the program that was run. It changes nothing.
 */
import { crc32 } from "node:zlib";
import { SqlError } from "../base/error.ts";
import type { Value } from "../base/value.ts";
import type { InsertRows, ProgramStep } from "../operators/physical.ts";
import type { ErrorTablesMeta } from "../runtime/accounting/error-tables.ts";
import type { RecoveredJob, SavedJob } from "../runtime/durability/job-durability.ts";
import type { EpochRecord, JobRecord, LogRecord, PartsRecord, TableRows } from "../runtime/durability/records.ts";
import { plainValues, valuesOf } from "../runtime/durability/values.ts";
import type { StagedTable } from "../state/snapshot/staged.ts";
import type { ProgramRecord, StoredProgram } from "./changes/program-record.ts";
import { carry, type QuietJob } from "./changes/transition.ts";
import type { Snapshot } from "./snapshots.ts";

export type StateRecord = LogRecord | ProgramRecord;

interface Recovering extends RecoveredJob {
  begun: JobRecord;
  readonly epochs: EpochRecord[];
  readonly parts: PartsRecord[];
}

/** Rows of a table that stand in the log. */
interface LoggedRows {
  readonly number: number;
  readonly table: string;
  readonly first: number;
  readonly rows: number;
}

export class Recovery {
  /** Not registered again yet. */
  readonly jobs: Map<string, Recovering> = new Map();
  /** INSERTs of a program that were taken, in order. */
  readonly statements: string[] = [];
  /** Rows that tables had. */
  readonly rows: { readonly table: string; readonly first: number; readonly rows: readonly (readonly Value[])[] }[] =
    [];
  /** How many rows tables had when the snapshot was made. */
  readonly totals: Readonly<Record<string, number>>;
  private logged: LoggedRows[] = [];
  /** undefined: what was run was no program. */
  program: StoredProgram | undefined;
  errors: { readonly tables: readonly StagedTable[]; readonly meta: ErrorTablesMeta } | undefined;
  /** Jobs of the program that begin in the place of others. */
  quiet: readonly QuietJob[] = [];
  /** A program came here while jobs of the one before it have epochs to be gone through. */
  waiting: { readonly number: number; readonly record: ProgramRecord } | undefined;
  private readonly folder: string;
  private readonly snapshotNumber: number;

  constructor(folder: string, snapshot: Snapshot | undefined) {
    this.folder = folder;
    this.snapshotNumber = snapshot?.meta.at ?? 0;
    this.totals = snapshot?.meta.totals ?? {};
    if (snapshot === undefined) return;
    const { meta, tables } = snapshot;
    this.statements.push(...meta.statements);
    this.program = meta.program;
    this.errors = { tables, meta: meta.errors };
    for (const [name, { begun, saved }] of Object.entries(meta.jobs)) {
      this.jobs.set(name, { begun, saved: { ...saved, tables }, epochs: [], parts: [] });
    }
  }

  /** In the order of their numbers; false: it has to wait, as `waiting` says. */
  take(number: number, record: StateRecord): boolean {
    const isBehind = number > this.snapshotNumber;
    switch (record.kind) {
      case "program":
        return !isBehind || this.change(number, record);
      case "job":
        if (isBehind) this.begin(record);
        return true;
      case "epoch":
        this.jobAt(number, record, isBehind)?.epochs.push(record);
        for (const rows of record.produced) this.refill(number, rows);
        return true;
      case "parts":
        this.jobAt(number, record, isBehind)?.parts.push(record);
        return true;
      case "rows":
        if (record.statement !== undefined && isBehind) this.statements.push(record.statement);
        this.refill(number, record);
        return true;
      default:
        return record satisfies never;
    }
  }

  private begin(record: JobRecord): void {
    const known = this.jobs.get(record.job);
    if (known === undefined) this.jobs.set(record.job, { begun: record, saved: undefined, epochs: [], parts: [] });
    else known.begun = record;
  }

  /** The job that a record is of; undefined: its state has the record, or it is none any more. */
  private jobAt(number: number, record: EpochRecord | PartsRecord, isBehind: boolean): Recovering | undefined {
    const job = this.jobs.get(record.job);
    if (job !== undefined) return number > (job.saved?.at ?? 0) ? job : undefined;
    // A snapshot has all jobs that there were, and no others.
    if (!isBehind) return undefined;
    const reason = `record ${number} is of a job that is not there`;
    throw new SqlError("STATE_INCOMPLETE", undefined, { folder: this.folder, reason });
  }

  private refill(number: number, { table, first, rows }: TableRows): void {
    this.rows.push({ table, first, rows: rows.map(valuesOf) });
    this.note(number, { table, first, rows });
  }

  /** A record of the log is needed as long as a table keeps a row of it. */
  note(number: number, { table, first, rows }: TableRows): void {
    this.logged.push({ number, table, first, rows: rows.length });
  }

  /** Rows that no table keeps any more are not needed of the log: gives the first record that is. */
  forget(firstHeld: (table: string) => number): number | undefined {
    this.logged = this.logged.filter(({ table, first, rows }) => first + rows > firstHeld(table));
    return this.logged[0]?.number;
  }

  /** Throws STATE_INSERTS_CHANGED where the INSERTs of a program do not begin with those that were taken. */
  mustBegin(steps: readonly ProgramStep[]): void {
    const inserts = steps.flatMap((s) => (s.kind === "insertRows" ? [statementOf(s)] : []));
    if (this.statements.some((s, i) => s !== inserts[i])) throw new SqlError("STATE_INSERTS_CHANGED", undefined, {});
  }

  private change(number: number, record: ProgramRecord): boolean {
    if (record.jobs !== undefined && [...this.jobs.values()].some(({ epochs }) => epochs.length > 0)) {
      this.waiting = { number, record };
      return false;
    }
    this.apply(record);
    return true;
  }

  /** The jobs are those of another program from here on. */
  apply({ program, jobs, quiet = [] }: ProgramRecord): void {
    this.waiting = undefined;
    this.program = program;
    if (jobs === undefined) return;
    this.quiet = quiet;
    const next = jobs.map((to): readonly [string, Recovering] => {
      const from = this.jobs.get(to.from);
      if (from === undefined) {
        const reason = `the queries ${to.from} are not there`;
        throw new SqlError("STATE_INCOMPLETE", undefined, { folder: this.folder, reason });
      }
      return [to.job, { ...carry(from, to), epochs: [], parts: [] }];
    });
    this.jobs.clear();
    for (const [name, job] of next) this.jobs.set(name, job);
  }

  /** All jobs have gone through their epochs, up to record `number`, and stand where these states are. */
  settle(number: number, ended: ReadonlyMap<string, SavedJob>, records: ReadonlyMap<string, JobRecord>): void {
    this.jobs.clear();
    for (const [name, saved] of ended) {
      const begun = records.get(name);
      if (begun !== undefined) this.jobs.set(name, { begun, saved: { ...saved, at: number }, epochs: [], parts: [] });
    }
  }
}

/** What an INSERT puts in, to know it by. */
export const statementOf = ({ table, rows }: InsertRows): string =>
  `${table.name} ${rows.length} ${crc32(JSON.stringify(rows.map(plainValues))).toString(16)}`;
