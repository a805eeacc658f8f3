/**
 * A program meets a state directory. Where its queries are those that the state is of, it goes on. Where not, the program
 * that was run before is run once more, until its jobs have gone through their epochs; then what is kept of them is the new program's.
 */
import type { ExecuteOptions, OpenOptions, SqlText } from "../../api.ts";
import { SqlError } from "../../base/error.ts";
import { sources } from "../../connectors/index.ts";
import type { ProgramStep, QueryPlan, TablePlan } from "../../operators/physical.ts";
import { Catalog } from "../../plan/catalog/catalog.ts";
import { fingerprintOf } from "../../runtime/durability/fingerprint.ts";
import type { JobRecord } from "../../runtime/durability/records.ts";
import { tablesOf } from "../../runtime/job/job-plans.ts";
import { tablesRead } from "../../runtime/plan-traits.ts";
import { RETENTION_ROWS } from "../../runtime/sources/feed-log.ts";
import { planProgram, queriesLeft } from "../program.ts";
import type { Recovery } from "../recovery.ts";
import type { EngineState } from "../state.ts";
import { parametersOf, revivingOptions, type StoredProgram, storedProgram } from "./program-record.ts";
import { verdictText } from "./report.ts";
import { type CarriedJob, carriedJobs, quietJobs } from "./transition.ts";
import { compareQueries, type OldJob, type QueryVerdict } from "./verdicts.ts";

/** What whoever starts a changed program agrees to. */
export interface Consents {
  /** Names of queries, or of their operators as the tables of a snapshot have them: their state may go. */
  readonly acceptLoss: readonly string[];
  /** Rows of a changed query may come behind those of the old one. */
  readonly sinkAppend: boolean;
}

export interface Change {
  readonly verdicts: readonly QueryVerdict[];
  /** The jobs that go on. */
  readonly jobs: readonly CarriedJob[];
}

/** What is about to be executed with a state directory. */
export interface TakingUp {
  readonly steps: readonly ProgramStep[];
  readonly queries: readonly QueryPlan[];
  /** undefined: it is no program, so that nothing can be said of what it does not hold. */
  readonly program: StoredProgram | undefined;
  readonly consents: Consents;
  /** Runs it in an engine of its own, which ends when its jobs are where they were. */
  run(program: StoredProgram): Promise<void>;
  say(text: string): void;
}

/** What an engine is asked to execute. */
export interface Executed {
  readonly steps: readonly ProgramStep[];
  readonly queries: readonly QueryPlan[];
  readonly files: readonly SqlText[];
  readonly options: ExecuteOptions;
}

/** The part of an engine that runs a program again. */
interface Runner {
  execute(files: readonly SqlText[], options: ExecuteOptions): Promise<unknown>;
  finished(): Promise<unknown>;
  close(): Promise<void>;
}

/** The same for an engine of `engineOptions`; `open` makes another one on the same state. */
export function takeUpFor(
  state: EngineState,
  { steps, queries, files, options }: Executed,
  engineOptions: OpenOptions,
  open: (options: OpenOptions) => Runner,
): Promise<void> {
  return takeUp(state, {
    steps,
    queries,
    program: options.isProgram === true ? storedProgram(files, engineOptions, options.parameters ?? {}) : undefined,
    consents: { acceptLoss: options.acceptLoss ?? [], sinkAppend: options.sinkAppend ?? false },
    run: async (program) => {
      const old = open(revivingOptions(engineOptions, program));
      try {
        await old.execute(program.files, { parameters: parametersOf(program.parameters), isProgram: true });
        await old.finished();
      } finally {
        await old.close();
      }
    },
    say: (text) => engineOptions.onNotice?.(text),
  });
}

/** Makes the state that of what is about to be executed. Throws STATE_* where it is not to be had; then nothing has changed. */
export async function takeUp(state: EngineState, to: TakingUp): Promise<void> {
  if (state.isReviving) return;
  while (state.isWaiting) await revive(state, to);
  const { program, queries } = to;
  if (program === undefined) return;
  state.beginProgram(to.steps);
  // The same text: there is nothing to plan again.
  if (JSON.stringify(state.recovery.program) === JSON.stringify(program)) return;
  if (!isChanged(state.recovery, queries)) {
    state.change({ kind: "program", program, jobs: undefined });
    return;
  }
  const old = oldPlansOf(state.recovery, queries);
  const change = changeOf(state.recovery, old, queries);
  mustBePossible(change, queries, state.recovery, old);
  mustBeAgreed(change, to.consents);
  if (state.hasEpochs) await revive(state, to);
  const quiet = quietJobs(change.verdicts, queries, state.recovery.jobs);
  state.change({ kind: "program", program, jobs: change.jobs, quiet });
  for (const verdict of change.verdicts) to.say(`state: ${verdictText(verdict)}`);
}

async function revive(state: EngineState, to: TakingUp): Promise<void> {
  const { program } = state.recovery;
  if (program === undefined) throw queriesChanged(state.recovery, to.queries);
  await state.whileReviving(() => to.run(program));
}

function queriesChanged({ jobs }: Pick<Recovery, "jobs">, queries: readonly QueryPlan[]): SqlError {
  const names = (list: readonly string[]): string => list.join(" ") || "none";
  return new SqlError("STATE_QUERIES_CHANGED", undefined, {
    state: names([...jobs.keys()]),
    queries: names(queries.map(({ name }) => name)),
  });
}

/** Whether the state is of other queries than these: of those of the program that was to be run, whether they have begun or not. */
function isChanged(recovery: Recovery, queries: readonly QueryPlan[]): boolean {
  const { jobs, program } = recovery;
  const known = new Map(
    program === undefined
      ? [...jobs.values()].flatMap(({ begun }) => Object.entries(begun.queries))
      : queriesOf(program).map((plan) => [plan.name, fingerprintOf(plan)] as const),
  );
  if (jobs.size === 0 && recovery.quiet.length === 0) return false;
  return known.size !== queries.length || queries.some((plan) => known.get(plan.name) !== fingerprintOf(plan));
}

/** The queries of a program as this build plans them. */
function queriesOf(program: StoredProgram): readonly QueryPlan[] {
  const { steps, errors } = planProgram(new Catalog(), program.files, {
    parameters: parametersOf(program.parameters),
    sharedParameters: parametersOf(program.sharedParameters),
    settings: program.settings,
  });
  const [error] = errors;
  if (error !== undefined)
    throw cannot("", `this build does not plan the program that was run before: ${error.message}`);
  return queriesLeft(steps);
}

/** The jobs of the state with what they ran, as this build plans it. Throws STATE_* where that is not known, or not the same. */
export function oldPlansOf({ jobs, program }: Recovery, queries: readonly QueryPlan[]): readonly OldJob[] {
  if (program === undefined) {
    if (jobs.size === 0) return [];
    throw queriesChanged({ jobs }, queries);
  }
  const old = queriesOf(program);
  return Array.from(jobs.values(), ({ begun }) => oldJob(begun, old));
}

/** What becomes of the state of jobs in a program of `queries`. */
export function changeOf(
  { rows, totals, program }: Recovery,
  oldJobs: readonly OldJob[],
  queries: readonly QueryPlan[],
): Change {
  const verdicts = compareQueries(oldJobs, queries, {
    keepsPrinted: program !== undefined && program.printed !== "changes",
    isRereadable: (table) => isRereadable(table, rows, totals),
  });
  return { verdicts, jobs: carriedJobs(verdicts, queries, tableNames(queries)) };
}

function oldJob({ job, queries }: JobRecord, old: readonly QueryPlan[]): OldJob {
  const plans = Object.entries(queries).map(([name, fingerprint]) => {
    const plan = old.find((q) => q.name === name);
    if (plan === undefined || fingerprintOf(plan) !== fingerprint) {
      throw new SqlError("STATE_QUERY_CHANGED", undefined, { query: name });
    }
    return plan;
  });
  return { name: job, queries: plans };
}

/** Of a table without connector the log must hold all rows that there ever were, and it must be let to keep them. */
function isRereadable(
  { name, connector, options }: TablePlan,
  logged: Recovery["rows"],
  totals: Recovery["totals"],
): boolean {
  if (connector === "system") return true;
  if (connector !== undefined) return sources.find((s) => s.name === connector)?.isRepeatable === true;
  const own = logged.filter(({ table }) => table === name);
  const [first] = own;
  if (first === undefined) return (totals[name] ?? 0) === 0;
  const total = own.reduce((n, { rows }) => n + rows.length, first.first);
  return first.first === 0 && total <= Number(options.get("retention")?.value ?? RETENTION_ROWS);
}

/** Names of the tables that queries read, in the order of their CREATE. */
const tableNames = (queries: readonly QueryPlan[]): readonly string[] =>
  tablesOf(queries).map(({ table }) => table.name);

/** What has to be said for a query to start with what becomes of it. */
export function consentsOf({ query, items, appendsTo }: QueryVerdict): readonly string[] {
  return [
    ...(items.some(({ fate }) => fate === "lost") ? [`--accept-loss ${query}`] : []),
    ...(appendsTo === undefined ? [] : ["--sink-append"]),
  ];
}

/** Throws where a change needs a consent that was not given. */
function mustBeAgreed({ verdicts }: Change, { acceptLoss, sinkAppend }: Consents): void {
  const refused = verdicts.flatMap((verdict) => {
    const names = verdict.items.flatMap(({ name, fate }) => (fate === "lost" ? [`${verdict.query}$${name}`] : []));
    const lost = names.filter((name) => !acceptLoss.includes(verdict.query) && !acceptLoss.includes(name));
    return lost.length === 0 ? [] : [{ lost, consent: `--accept-loss ${verdict.query}` }];
  });
  if (refused.length > 0) {
    const state = refused.flatMap(({ lost }) => lost).join(", ");
    throw new SqlError("STATE_LOST", undefined, { state, consents: refused.map(({ consent }) => consent).join(" ") });
  }
  for (const { query, appendsTo } of verdicts) {
    if (appendsTo === undefined || sinkAppend) continue;
    throw new SqlError("SINK_HAS_OTHER_ROWS", undefined, { query, table: appendsTo });
  }
}

/** Throws STATE_CHANGE_UNSUPPORTED where it is not: where what is known of the old jobs does not say which rows are new. */
export function mustBePossible(
  { verdicts }: Change,
  queries: readonly QueryPlan[],
  { jobs, quiet }: Pick<Recovery, "jobs" | "quiet">,
  oldJobs: readonly OldJob[],
): void {
  const waiting = quiet.find(({ job }) => !jobs.has(job));
  if (waiting !== undefined) {
    throw cannot(waiting.queries.join(", "), "the change before this one has not begun; start what it was to be, once");
  }
  for (const verdict of verdicts) {
    const plan = queries.find(({ name }) => name === verdict.query);
    const reason = plan && reasonAgainst(verdict, plan, oldJobs);
    if (reason !== undefined) throw cannot(verdict.query, reason);
  }
  mustShareJobs(verdicts, queries);
}

function reasonAgainst(
  { query, tables, job, before, fate, appendsTo }: QueryVerdict,
  plan: QueryPlan,
  oldJobs: readonly OldJob[],
): string | undefined {
  const readBy = (name: string | undefined, only?: string): readonly string[] =>
    tableNames(
      oldJobs.find((old) => old.name === name)?.queries.filter((q) => only === undefined || q.name === only) ?? [],
    );
  if (job !== undefined) {
    const other = tables.find((table) => !readBy(job).includes(table));
    return other && `it goes on where it was, and "${other}" was not read there`;
  }
  if (fate !== "rebuilt" || appendsTo === undefined) return undefined;
  if (plan.root.mode !== "append") return `its rows change, and "${appendsTo}" has those of the old query`;
  const other = tables.find((table) => !readBy(before, query).includes(table));
  if (other !== undefined) return `"${appendsTo}" has the rows of a query that did not read "${other}"`;
  const live = tablesRead(plan.root).find(({ options }) =>
    ["follow", "monitor-interval"].some((name) => options.has(name)),
  );
  return live && `"${appendsTo}" has its rows up to a place in files that may have been renamed since ("${live.name}")`;
}

/** Queries that write to one table do so from one job. */
function mustShareJobs(verdicts: readonly QueryVerdict[], queries: readonly QueryPlan[]): void {
  const jobOf = (query: string): string | undefined => {
    const found = verdicts.find((v) => v.query === query);
    return found?.fate === "rebuilt" && found.appendsTo !== undefined ? `in the place of ${found.before}` : found?.job;
  };
  const first = new Map<string, string>();
  for (const { name, sink } of queries) {
    if (sink.kind !== "table" || sink.table.connector === undefined) continue;
    const other = first.get(sink.table.name) ?? name;
    first.set(sink.table.name, other);
    if (jobOf(other) !== jobOf(name))
      throw cannot(name, `${other}, which writes to ${sink.table.name} too, does not go with it`);
  }
}

const cannot = (query: string, reason: string): SqlError =>
  new SqlError("STATE_CHANGE_UNSUPPORTED", undefined, { query, reason });
