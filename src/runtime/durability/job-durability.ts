/**
 * What makes a job survive its process: every epoch is in the input log before anyone sees what it put out. A job that
 * comes back goes through the epochs that the log holds once more, which gives the same (E7), and says so where it does
 * not; sinks that know what they have pass over what they have got already.
 */
import { isSqlError, SqlError } from "../../base/error.ts";
import type { Schema } from "../../base/types.ts";
import type { Value } from "../../base/value.ts";
import type { ExactRequest, ExactSink, Sink, SinkPlace } from "../../connectors/connector.ts";
import { RowDigest } from "../../connectors/sinks/row-digest.ts";
import type { QueryPlan, TablePlan } from "../../operators/physical.ts";
import type { EngineMemory } from "../../wasm/memory.ts";
import { Quiet } from "../job/turns/quiet.ts";
import { positionOf, type TurnsStart } from "../job/turns/turn-log.ts";
import type { Output } from "../pipeline-events.ts";
import type { RegisteredQuery } from "../registered-query.ts";
import { fingerprintOf } from "./fingerprint.ts";
import type { JobState } from "./job-state.ts";
import type {
  EpochRecord,
  InputMark,
  JobRecord,
  LogRecord,
  PartitionStart,
  PartsRecord,
  QueryMark,
  QuietMark,
} from "./records.ts";
import { plainValues } from "./values.ts";

/** What a snapshot holds of a job. */
export interface SavedJob extends JobState {
  /** By query: where its sink stands, and the digest of what it has put out. */
  readonly sinks: Readonly<Record<string, SinkPlace>>;
  readonly digests: Readonly<Record<string, string>>;
  /** The epoch clock, microseconds. */
  readonly clock: string;
  /** Number of the last record of the log that is in it. */
  readonly at: number;
}

/** What an earlier process left of a job. */
export interface RecoveredJob {
  readonly begun: JobRecord;
  readonly saved: SavedJob | undefined;
  /** Those behind it, that are gone through again, in order. */
  readonly epochs: readonly EpochRecord[];
  readonly parts: readonly PartsRecord[];
}

/** Rows that queries put into a table without connector in an epoch, and how many it had before. */
export interface Produced {
  readonly table: string;
  readonly first: number;
  readonly rows: readonly (readonly Value[])[];
}

/** The part of a state directory that a job sees. */
export interface JobJournal {
  /** undefined: the job begins. */
  readonly recovered: RecoveredJob | undefined;
  /** Of a job that begins in the place of another: how far that one was, and where its sinks stood. */
  readonly instead: { readonly to: readonly QuietMark[]; readonly sinks: JobRecord["sinks"] } | undefined;
  /** Number of the last record of the log. */
  readonly number: number;
  /** `durable` is called when the record is, before any later one is; then it resolves. Rejects with STORAGE_FAILED. */
  append(record: LogRecord, durable: () => void): Promise<void>;
  /** The job has taken up what there is: it may be shown when this returns. Throws STORAGE_FAILED. */
  begin(): void;
  /** Tells a person. */
  say(text: string): void;
  /** All epochs that there are have been gone through again. `save` gives the state of the job, between two epochs; undefined: it has ended. */
  caughtUp(epochs: number, save: () => Promise<SavedJob | undefined>): void;
  /** The job is not to be run after all. */
  refused(): void;
  /** The job ends, with this state. */
  ended(last: SavedJob): void;
}

/** The name of a job: of the queries that it runs. */
export const jobName = (queries: readonly QueryPlan[]): string => queries.map(({ name }) => name).join(" ");

export class JobDurability {
  private readonly fingerprints: JobRecord["queries"];
  private readonly job: string;
  private readonly journal: JobJournal;
  private readonly wallMicros: () => bigint;
  private readonly digests = new Map<string, RowDigest>();
  /** By query that has one, itself or with others. */
  private readonly sinks = new Map<string, ExactSink>();
  private readonly redo: EpochRecord[];
  private readonly quietTo: readonly QuietMark[] | undefined;
  private readonly quiet: Quiet | undefined;
  /** What was known to be on the disk of each sink in the last epoch that the log holds. */
  private readonly delivered: Readonly<Record<string, SinkPlace>>;
  private lastTaken: number;
  private clockMicros: bigint | undefined;
  private lastClock: bigint;

  /** Throws STATE_QUERY_CHANGED: before anything of the statements that come with the queries is done. */
  constructor(plans: readonly QueryPlan[], journal: JobJournal, wallMicros: () => bigint) {
    this.job = jobName(plans);
    this.journal = journal;
    this.wallMicros = wallMicros;
    this.fingerprints = Object.fromEntries(plans.map((plan) => [plan.name, fingerprintOf(plan)]));
    if (journal.recovered !== undefined) mustBeSameQueries(this.fingerprints, journal.recovered.begun.queries);
    this.redo = [...(journal.recovered?.epochs ?? [])];
    this.quietTo = journal.recovered === undefined ? journal.instead?.to : journal.recovered.begun.quietTo;
    this.quiet = this.quietTo && new Quiet(this.quietTo);
    this.delivered = this.redo.at(-1)?.sinks ?? {};
    const saved = journal.recovered?.saved;
    this.lastTaken = saved?.meta.taken.taken ?? -1;
    this.lastClock = BigInt(saved?.clock ?? 0);
  }

  /** The clock of the epoch (T11): the same reading for all of it, never earlier than the one before, and the recorded one where it comes again. */
  nowMicros(): bigint {
    this.clockMicros ??= this.readClock();
    return this.clockMicros;
  }

  private readClock(): bigint {
    const [again] = this.redo;
    if (again !== undefined) return BigInt(again.clock);
    const now = this.wallMicros();
    return now > this.lastClock ? now : this.lastClock;
  }

  /** The state that it goes on with; undefined: it begins with none. */
  get saved(): SavedJob | undefined {
    return this.journal.recovered?.saved;
  }

  /** The state of the job as a snapshot keeps it. What its sinks have been given is on their disks when it returns. */
  save(state: JobState): SavedJob {
    for (const sink of new Set(this.sinks.values())) sink.sync();
    return {
      ...state,
      sinks: this.places(),
      digests: Object.fromEntries([...this.digests].map(([query, { hex }]) => [query, hex])),
      clock: String(this.lastClock),
      at: this.journal.number,
    };
  }

  /** It is not to be run after all. */
  refused(): void {
    this.journal.refused();
  }

  /** The job has ended. */
  end(state: JobState): void {
    this.journal.ended(this.save(state));
  }

  /** Counts what a query puts out. */
  digesting(query: string, memory: EngineMemory, schema: Schema): Output {
    const digest = new RowDigest(memory, schema);
    const before = this.saved?.digests[query];
    if (before !== undefined) digest.resume(before);
    this.digests.set(query, digest);
    return { ordered: false, batch: (batch, rows) => digest.add(batch, rows) };
  }

  /** What the sink that these queries share is opened with. */
  exact(writers: readonly [QueryPlan, ...QueryPlan[]]): ExactRequest {
    const { recovered } = this.journal;
    const [{ name: query }] = writers;
    // A query that was added to those that go on has none.
    const { name: known } = writers.find(({ name }) => this.sinkPlace(name) !== undefined) ?? writers[0];
    const place = this.sinkPlace(known);
    const parts = recovered?.parts.filter((record) => record.query === query) ?? [];
    return {
      place: place && { ...place, synced: this.delivered[known]?.synced ?? place.at },
      finished: new Set(parts.flatMap((record) => record.parts)),
      finish: (whole) => this.journal.append({ kind: "parts", job: this.job, query, parts: whole }, () => undefined),
    };
  }

  private sinkPlace(query: string): SinkPlace | undefined {
    const { recovered, instead } = this.journal;
    const begun = recovered === undefined ? instead : recovered.begun;
    return this.saved?.sinks[query] ?? begun?.sinks[query];
  }

  /** Whether what is put out now is known to the sinks. */
  get isQuiet(): boolean {
    return this.quiet?.isOver === false;
  }

  /** The sink as rows that come again find it: it has got them, and knows it, or it never forgets what it was given. */
  passing(sink: Sink): Sink {
    const knows = sink.exact !== undefined || sink.isHeld === true;
    if (knows && this.quiet === undefined) return sink;
    return {
      ...sink,
      write: (batch) => {
        if ((knows || this.next === undefined) && !this.isQuiet) sink.write(batch);
      },
    };
  }

  addSink(query: string, sink: ExactSink): void {
    this.sinks.set(query, sink);
  }

  /** Between two epochs: where its sinks stand, with all that another process needs to go on there. */
  private places(): Readonly<Record<string, SinkPlace>> {
    const entries = [...this.sinks].map(([query, sink]): [string, SinkPlace] => {
      const { at, synced } = sink;
      return [query, { at, synced, mark: sink.mark() }];
    });
    return Object.fromEntries(entries);
  }

  /** The table could not be opened: what that means where the job has read of it before. */
  sourceGone({ name }: TablePlan, error: unknown): unknown {
    const known = this.journal.recovered?.begun.partitions.some(({ table }) => table === name);
    if (known !== true || !isSqlError(error)) return error;
    if (error.code !== "PATH_NOT_FOUND" && error.code !== "PATH_EMPTY") return error;
    const details = { table: name, file: String(error.details["path"]), difference: "is not there any more" };
    return new SqlError("SOURCE_CHANGED", error.span, details);
  }

  /** Tells a person what the job found when it came back. */
  say(text: string): void {
    this.journal.say(text);
  }

  /** Those that there were when the state was saved: with which it began, and which came. */
  private get begunPartitions(): readonly PartitionStart[] {
    return [...(this.journal.recovered?.begun.partitions ?? []), ...(this.saved?.meta.taken.added ?? [])];
  }

  /** Where its partitions begin. */
  get start(): TurnsStart {
    const { recovered } = this.journal;
    const partitions = this.begunPartitions;
    const now = recovered?.saved?.meta.taken.partitions ?? partitions;
    return {
      quiet: this.quiet,
      positions: (table) =>
        recovered &&
        new Map(partitions.flatMap((p, i) => (p.table === table ? [[p.name, positionOf(now[i] ?? p)] as const] : []))),
      indexOf: (table, name) => {
        const index = partitions.findIndex((p) => p.table === table && p.name === name);
        return index < 0 ? undefined : index;
      },
      logged: (table) =>
        new Map(
          partitions.flatMap((p, index) =>
            p.table === table ? [[p.name, loggedBytes(recovered?.epochs ?? [], index)] as const] : [],
          ),
        ),
    };
  }

  /** Before the first row. Throws where what is here is not what the log is about. */
  async begin(partitions: JobRecord["partitions"]): Promise<void> {
    const record: JobRecord = {
      kind: "job",
      job: this.job,
      queries: this.fingerprints,
      partitions,
      sinks: this.places(),
      ...(this.quietTo !== undefined && { quietTo: this.quietTo }),
    };
    const { recovered } = this.journal;
    if (recovered !== undefined) mustMatch(partitions, this.begunPartitions);
    // A query that changed goes on with a sink that it did not have.
    const isKnown = [...this.sinks.keys()].every((query) => this.sinkPlace(query) !== undefined);
    if (recovered === undefined) await this.journal.append(record, () => undefined);
    else if (!isKnown) await this.journal.append({ ...recovered.begun, sinks: record.sinks }, () => undefined);
  }

  /** It has taken up what was saved, and is about to show what it puts out: nothing was written before. */
  takenUp(): void {
    this.journal.begin();
  }

  /** The next epoch to go through again; undefined: there is none. */
  get next(): EpochRecord | undefined {
    return this.redo[0];
  }

  /** Nothing is left to go through again: from here on sinks hold nothing but what they are given. */
  async caughtUp(between: (capture: (state: JobState) => SavedJob) => Promise<SavedJob | undefined>): Promise<void> {
    const sinks = new Set(this.sinks.values());
    for (const sink of sinks) await sink.settle();
    if (this.journal.recovered !== undefined && sinks.size > 0) {
      this.say(`state: sinks caught up: ${sinks.size === 1 ? "one has" : `${sinks.size} have`} what the log has`);
    }
    this.journal.caughtUp(this.journal.recovered?.epochs.length ?? 0, () => between((state) => this.save(state)));
  }

  /** Whether the epoch that ends is one in which nothing was taken in, and so none of the log. */
  isSilent(mark: InputMark, isLast: boolean): boolean {
    return mark.taken === this.lastTaken && !isLast;
  }

  /**
   * The epoch is durable when it resolves; nobody has seen anything of it before. One in which nothing was taken in puts
   * nothing out, but for the first. `fill` puts what was produced into its tables, unless the epoch is gone through again:
   * then it is there.
   */
  async commit(
    { epoch, isLast }: { readonly epoch: number; readonly isLast: boolean },
    mark: InputMark,
    queries: readonly RegisteredQuery[],
    produced: readonly Produced[],
    fill: () => void,
  ): Promise<void> {
    if (this.isSilent(mark, isLast)) {
      // The next one is at another time.
      this.clockMicros = undefined;
      return;
    }
    const record: EpochRecord = {
      kind: "epoch",
      job: this.job,
      epoch,
      clock: String(this.clockMicros ?? this.lastClock),
      isLast,
      ...mark,
      sinks: Object.fromEntries([...this.sinks].map(([query, { at, synced }]) => [query, { at, synced }])),
      queries: Object.fromEntries(queries.map((q) => [q.plan.name, this.markOf(q)])),
      produced: produced.map(({ table, first, rows }) => ({ table, first, rows: rows.map(plainValues) })),
    };
    this.lastTaken = mark.taken;
    this.lastClock = this.clockMicros ?? this.lastClock;
    this.clockMicros = undefined;
    const again = this.redo.shift();
    if (again === undefined) await this.journal.append(record, fill);
    else mustBeSame(record, again);
  }

  private markOf({ plan, pipeline, late, errors }: RegisteredQuery): QueryMark {
    return {
      rowsOut: pipeline.rowsOut,
      digest: this.digests.get(plan.name)?.hex ?? "",
      late: late.total,
      errors: errors.total,
    };
  }
}

function mustBeSameQueries(now: JobRecord["queries"], begun: JobRecord["queries"]): void {
  for (const [name, fingerprint] of Object.entries(begun)) {
    if (now[name] !== fingerprint) throw new SqlError("STATE_QUERY_CHANGED", undefined, { query: name });
  }
}

/** The partitions that a job begins with must be those that it began with. */
function mustMatch(now: readonly PartitionStart[], before: readonly PartitionStart[]): void {
  const keyOf = (p: PartitionStart): string => `${p.table} ${p.name}`;
  const missing = before.find((p, i) => now[i] === undefined || keyOf(now[i]) !== keyOf(p));
  const extra = now[before.length];
  if (missing !== undefined) {
    const { table, name } = missing;
    throw new SqlError("SOURCE_CHANGED", undefined, {
      table,
      file: name,
      difference: "is not where it was among the files",
    });
  }
  if (extra !== undefined) {
    const { table, name } = extra;
    throw new SqlError("SOURCE_CHANGED", undefined, { table, file: name, difference: "was not there" });
  }
}

/** What epochs took of a partition that cannot be read again. */
const loggedBytes = (epochs: readonly EpochRecord[], index: number): Uint8Array =>
  Buffer.concat(epochs.flatMap(({ logged }) => logged.filter((l) => l.index === index).map((l) => l.bytes)));

/** What an epoch takes in and puts out must be what it took in and put out. */
function mustBeSame(now: EpochRecord, before: EpochRecord): void {
  for (const [i, { index, position, fingerprint }] of now.partitions.entries()) {
    const known = before.partitions[i];
    if (known?.index === index && known.position === position && known.fingerprint === fingerprint) continue;
    throw new SqlError("REPLAY_DIFFERS", undefined, { epoch: before.epoch, what: `partition ${index}` });
  }
  for (const [query, mark] of Object.entries(before.queries)) {
    if (JSON.stringify(now.queries[query]) === JSON.stringify(mark)) continue;
    throw new SqlError("REPLAY_DIFFERS", undefined, { epoch: before.epoch, what: query });
  }
}
