/**
 * The facade: everything that a program, the command line and a server do goes through an Engine. It owns the memory,
 * the catalog and the jobs; SQL goes in as text, results come out through sinks, subscriptions and queries.
 */
import { inspect } from "node:util";
import type {
  Change,
  ExecuteOptions,
  ExecuteResult,
  ExplainedQuery,
  OpenOptions,
  QueryRows,
  RunSummary,
  SqlText,
} from "./api.ts";
import { asError, type Diagnostic, SqlError, SqlErrors } from "./base/error.ts";
import type { Value } from "./base/value.ts";
import { type SystemClock, systemClock, systemRandom } from "./connectors/clock.ts";
import { disk } from "./connectors/disk.ts";
import { answerOf } from "./engine/answer.ts";
import { type Executed, takeUpFor } from "./engine/changes/take-up.ts";
import { Failures } from "./engine/failures.ts";
import { fedTable, putRows } from "./engine/fed-table.ts";
import { checkOpenOptions, type EngineOptions } from "./engine/open-options.ts";
import { answersTo, filesOf, onlyQuery, planProgram, queriesLeft, refuseRows } from "./engine/program.ts";
import { openJobs, RunningJobs } from "./engine/running-jobs.ts";
import { SideReports } from "./engine/side-reports.ts";
import type { EngineState } from "./engine/state.ts";
import { toldChanges } from "./engine/told-changes.ts";
import type { JsValue } from "./expr/text.ts";
import type { ProgramStep, QueryPlan, TablePlan } from "./operators/physical.ts";
import { Catalog } from "./plan/catalog/catalog.ts";
import { storedCatalog } from "./plan/catalog/stored.ts";
import { explainJson } from "./plan/explain/json.ts";
import { explainText } from "./plan/explain/text.ts";
import type { Parameters } from "./plan/parameters.ts";
import { ErrorTables } from "./runtime/accounting/error-tables.ts";
import { type EngineStats, engineText, statsOf } from "./runtime/accounting/statistics.ts";
import { codeListing } from "./runtime/code-listing.ts";
import type { JobEnvironment, QueryJob } from "./runtime/job/query-job.ts";
import { Listeners, type SubscribeOptions } from "./runtime/outputs/listeners.ts";
import { WAITING_ROWS_MAX } from "./runtime/outputs/outputs.ts";
import { QueryOutputs } from "./runtime/outputs/query-outputs.ts";
import { toPositions } from "./runtime/outputs/rows-to-js.ts";
import { FeedLog, RETENTION_ROWS } from "./runtime/sources/feed-log.ts";
import { type ColumnInput, columnsInput } from "./runtime/sources/given/columns-input.ts";
import { rowsOfColumns } from "./runtime/sources/given/columns-to-rows.ts";
import { type JsRow, rowsFromJs } from "./runtime/sources/given/rows-from-js.ts";
import { EngineMemory } from "./wasm/memory.ts";

/** Rows that are kept of a bare SELECT without printer, and of a view, where the options do not say. */
const RESULT_ROWS_MAX = 1_000_000;
const VIEW_ROWS_MAX = 10_000_000;

export class Engine implements AsyncDisposable {
  readonly memory: EngineMemory;
  private readonly options: EngineOptions;
  private readonly clock: SystemClock;
  private readonly hashSeed: bigint;
  private catalog = new Catalog();
  private readonly tables = new Map<string, TablePlan>();
  private readonly feeds = new FeedLog();
  private readonly jobs = new RunningJobs();
  private readonly outputs: QueryOutputs;
  private readonly sideReports: SideReports;
  private readonly tableErrors: ErrorTables;
  private readonly listeners = new Listeners();
  /** undefined: nothing outlives the process. */
  private readonly state: EngineState | undefined;
  /** The state, where there is one, is that of what is executed. */
  private takenUp: Promise<void> | undefined;
  private executing: Promise<unknown> = Promise.resolve();
  private readonly failures = new Failures();
  private closed = false;

  constructor(options: EngineOptions, state?: EngineState) {
    this.state = state;
    // Not a method: declarations do not know its name.
    Object.defineProperty(this, inspect.custom, { value: () => engineText(this.closed, this.tables, this.stats()) });
    this.options = options;
    this.clock = options.clock ?? systemClock;
    this.hashSeed = options.hashSeed ?? systemRandom.hashSeed();
    this.sideReports = new SideReports(options.onSideRow, state !== undefined);
    this.tableErrors = new ErrorTables((side) => this.sideReports.of(side));
    this.memory = new EngineMemory({
      ...options.execution,
      ...(options.memoryLimitBytes !== undefined && { limitBytes: options.memoryLimitBytes }),
    });
    this.outputs = new QueryOutputs({
      memory: this.memory,
      stdout: options.stdout ?? process.stdout,
      storage: options.storage ?? disk,
      print: options.print,
      isFinal: options.changelog === "final",
      resultRowsMax: options.resultRowsMax ?? RESULT_ROWS_MAX,
      viewRowsMax: options.viewRowsMax ?? VIEW_ROWS_MAX,
    });
  }

  // ---- SQL ----

  /** Parses, binds and plans; runs nothing and changes nothing. All errors of the text, or of all files of a program, in order. */
  check(
    sql: string | readonly SqlText[],
    options: ExecuteOptions = {},
  ): { errors: readonly SqlError[]; warnings: readonly Diagnostic[] } {
    const { errors, warnings } = this.plan(sql, options);
    return { errors, warnings };
  }

  private plan(sql: string | readonly SqlText[], options: ExecuteOptions, base: Catalog = this.catalog) {
    const catalog = base.copy();
    const files = filesOf(sql, { baseDirectory: this.options.baseDirectory, ...options });
    const planned = planProgram(catalog, files, {
      parameters: options.parameters ?? {},
      sharedParameters: this.options.parameters ?? {},
      settings: this.options.settings ?? {},
    });
    return { ...planned, catalog, files };
  }

  /**
   * Executes statements: DDL takes effect, queries are registered and start to run. The files of a list are one program,
   * as if they were one text; `path` and `baseDirectory` are theirs. Throws SqlErrors with every error of all of it, and
   * then nothing of it has taken effect.
   */
  execute(sql: string | readonly SqlText[], options: ExecuteOptions = {}): Promise<ExecuteResult> {
    if (this.state === undefined) return this.executeNow(sql, options);
    // With a state one waits for another.
    const executed = this.executing.then(() => this.executeNow(sql, options));
    this.executing = executed.catch(() => undefined);
    return executed;
  }

  private async executeNow(sql: string | readonly SqlText[], options: ExecuteOptions): Promise<ExecuteResult> {
    this.mustBeOpen();
    options.signal?.throwIfAborted();
    const { catalog, files, steps, errors, warnings } = this.plan(sql, options);
    if (errors.length > 0) throw new SqlErrors(errors);
    if (this.feeds.closed) refuseRows(steps);
    const queries = queriesLeft(steps);
    const { state } = this;
    if (state !== undefined) await (this.takenUp ??= this.takeUp(state, { steps, queries, files, options }));
    // Before the new queries are there: one of the same name may be among them.
    const dropped = steps.flatMap((s) => (s.kind === "drop" && s.name !== undefined ? [this.queryNamed(s.name)] : []));
    this.mustBeOpen();
    const jobs = this.open(state?.groupsOf(queries) ?? [queries]);
    state?.confirm();
    this.catalog = catalog;
    const answers: ExecuteResult["answers"][number][] = [];
    for (const step of steps) {
      const isTaken = step.kind === "insertRows" && state?.take(step) === true;
      if (!isTaken) this.apply(step, answers);
    }
    for (const job of jobs) this.start(job, options.signal);
    for (const job of state === undefined ? [] : jobs) {
      await job.begun.promise;
      this.failures.throwFatal();
    }
    state?.executed();
    for (const query of dropped) await this.stop(query);
    // Errors of the first steps of a job are not errors of the statement.
    await Promise.resolve();
    return { queries: queries.map((q) => q.name), answers, warnings };
  }

  /** The state of what is about to be executed is made its own, once. */
  private takeUp(state: EngineState, executed: Executed): Promise<void> {
    const takenUp = takeUpFor(state, executed, this.options, (options) => new Engine(options, state));
    const begun = takenUp.then(() => state.begin(this.feeds, this.tableErrors));
    begun.catch(() => (this.takenUp = undefined));
    return begun;
  }

  private open(groups: readonly (readonly QueryPlan[])[]): readonly QueryJob[] {
    try {
      return openJobs(groups, this.environment());
    } catch (error) {
      // In memory the state is that of a program that does not come.
      if (this.state?.isConfirmed === false) this.takenUp = Promise.reject(asError(error));
      this.takenUp?.catch(() => undefined);
      throw error;
    }
  }

  /** The plan of every query of a text, as text, JSON or the code that it compiles to. Runs nothing. Throws as `execute` does. */
  explain(
    sql: string | readonly SqlText[],
    options: ExecuteOptions & { readonly format?: "text" | "json" | "code" } = {},
  ): ExplainedQuery[] {
    const { steps, errors } = this.plan(sql, options);
    if (errors.length > 0) throw new SqlErrors(errors);
    const text = (query: QueryPlan): string => {
      if (options.format === "code") return codeListing(query, this.memory);
      return options.format === "json" ? explainJson(query) : explainText(query);
    };
    return steps.flatMap((s) => (s.kind === "registerQuery" ? [{ query: s.query.name, text: text(s.query) }] : []));
  }

  private apply(step: ProgramStep, answers: ExecuteResult["answers"][number][]): void {
    if (step.kind === "createTable") {
      this.tables.set(step.table.name, step.table);
      this.feeds.retain(step.table.name, Number(step.table.options.get("retention")?.value ?? RETENTION_ROWS));
    } else if (step.kind === "insertRows") {
      this.feeds.append({ table: step.table.name, kind: "rows", rows: step.rows });
    } else if (step.kind === "drop" && step.name !== undefined) this.forget(step.name);
    else answers.push(...answersTo(step, this.memory));
  }

  private forget(name: string): void {
    this.tables.delete(name);
    this.feeds.forget(name);
    this.tableErrors.forget(name);
  }

  /** A query that was dropped: it stops, who listens to it hears the end, and nothing of it is left. */
  private async stop({ name, found, store }: ReturnType<Engine["queryNamed"]>): Promise<void> {
    this.outputs.drop(name, store);
    if (found === undefined) return;
    await this.jobs.stop(found);
    this.listeners.drop(found.query.plan);
  }

  private queryNamed(name: string) {
    return { name, found: this.jobs.find(name), store: this.outputs.get(name) };
  }

  // ---- Jobs ----

  private environment(): JobEnvironment {
    return {
      memory: this.memory,
      stdin: this.options.stdin ?? process.stdin,
      storage: this.options.storage ?? disk,
      feeds: this.feeds,
      clock: this.clock,
      runRowsMax: this.options.runRowsMax ?? Number.POSITIVE_INFINITY,
      hashSeed: this.hashSeed,
      nowMicros: () => this.clock.nowMicros(),
      storedRows: (table) => this.storedRows(table.name),
      onBad: (table, bad, atMicros) => this.tableErrors.add(table, bad, atMicros),
      dropAged: (table, atMicros) => this.tableErrors.dropAged(table, atMicros),
      checkSink: (query, writers, used, exact) => this.outputs.check(query, writers, used, exact),
      openSink: (query, writers, exact) => this.outputs.open(query, writers, exact),
      journal: (queries) => this.state?.journal(queries),
      published: (isAgain) => this.sideReports.publish(isAgain),
      expire: (query, watermark) => this.outputs.expire(query, watermark),
      resultParts: ({ name }) => this.outputs.get(name)?.state() ?? [],
      tap: (query, isHeld) =>
        this.listeners.tap(query, this.memory, { epoch: () => this.jobs.epochsOf(query.name), isHeld }),
      jobFailed: (error) => this.failures.jobFailed(error),
      queryStopped: (query, error) => {
        this.failures.queryStopped(query, error);
        this.catalog.markEnded(query.name);
        this.listeners.end(query, error);
      },
      whenRoom: (queries) => this.listeners.whenRoom(queries),
      waitingRowsMax: this.options.waitingRowsMax ?? WAITING_ROWS_MAX,
      isFilledByOthers: (job, table) => this.jobs.isFilledByOthers(job, table),
    };
  }

  private start(job: QueryJob, signal: AbortSignal | undefined): void {
    for (const q of job.queries) for (const side of [q.errors, q.late]) this.sideReports.of(side);
    // Only where it was.
    if (this.state?.isReviving === true) job.job.drain();
    this.jobs.run(job, signal, (error, isFailed) => {
      if (isFailed) this.failures.jobFailed(error);
      for (const { plan } of job.queries) {
        this.listeners.end(plan, error);
        this.catalog.markEnded(plan.name);
      }
      // Who waited for its rows waits no more.
      this.feeds.wake();
    });
  }

  private storedRows(name: string): readonly (readonly Value[])[] {
    // What a view held when its query failed is no answer.
    this.failures.throwOf(name);
    return this.tableErrors.get(name)?.kept() ?? this.jobs.sideRows(name) ?? this.outputs.rows(name);
  }

  // ---- Rows in ----

  /**
   * Puts rows into a table without connector. All or none: a row that does not fit is an error that names it. Resolves
   * when every query has taken them. Rejects with the failure of the first query that reads the table and failed
   * meanwhile: it has ended; the rows are in the table all the same, and the other queries have taken them.
   */
  async insert(table: string, rows: readonly JsRow[]): Promise<void> {
    const plan = this.fedTable(table);
    const taken = rowsFromJs(plan, rows);
    const durable = this.state?.insert(plan.name, taken);
    await putRows(this.feeds, { table: plan.name, kind: "rows", rows: taken }, this.failures, durable);
  }

  /** The same by columns (runtime/sources/given/columns-input.ts). The arrays are the caller's again when it resolves or rejects. */
  async insertColumns(table: string, columns: Readonly<Record<string, ColumnInput>>): Promise<void> {
    const plan = this.fedTable(table);
    const input = columnsInput(plan.name, plan.physical, columns);
    const durable = this.state?.insert(plan.name, rowsOfColumns(input, plan.physical));
    await putRows(this.feeds, { table: plan.name, kind: "columns", columns: input }, this.failures, durable);
  }

  private fedTable(name: string): TablePlan {
    this.mustBeOpen();
    return fedTable(this.tables, name, this.feeds.closed);
  }

  /** No more rows will be inserted: tables without connector end, their windows fire. */
  endInput(): void {
    this.feeds.close();
  }

  // ---- Results ----

  /**
   * The changes of a query or materialized view from this call on, until it ends, in the order in which its sink shows them
   * whatever the batches. A sink that shows no order (blackhole) has none for its query's subscribers either.
   */
  subscribe(name: string, options: SubscribeOptions = {}): AsyncGenerator<Change> {
    return toldChanges(name, this.listeners.subscribe(name, options), this.listeners);
  }

  /**
   * Runs one SELECT to its end and gives its rows: over bounded sources, and what views and tables hold now.
   * `parameters`: values of `$1`, `$2`, .. in order, or of `:name` by name. Throws SqlErrors as `execute` does. Rows for
   * which an expression failed are not among them: `failed` of the result counts them, `late` the late ones.
   */
  async query(
    sql: string,
    parameters: Parameters = {},
    options: Omit<ExecuteOptions, "parameters"> = {},
  ): Promise<QueryRows> {
    this.mustBeOpen();
    options.signal?.throwIfAborted();
    this.state?.show();
    const scratch = this.plan(
      sql,
      { ...options, parameters },
      storedCatalog(this.catalog, (view) => this.outputs.get(view)?.schema),
    );
    if (scratch.errors.length > 0) throw new SqlErrors(scratch.errors);
    const plan = onlyQuery(scratch.steps);
    const env = { ...this.environment(), feeds: this.feeds.snapshot() };
    return answerOf(plan, env, this.outputs.answer(plan), {
      report: (side) => this.sideReports.of(side, false),
      signal: options.signal,
    });
  }

  /** What a query without a printer, or a materialized view, holds now: its rows by position. */
  resultRows(name: string): readonly (readonly JsValue[])[] {
    return toPositions(this.outputs.named(name));
  }

  /** Waits until all inputs have ended and everything was put out. Rejects with what ended a job early. */
  async finished(): Promise<RunSummary> {
    await this.jobs.ended();
    const { fatal, ofQueries } = this.failures;
    if (fatal !== undefined) throw fatal;
    return { stats: this.stats(), failures: ofQueries };
  }

  /** Finishes what has been read, delivers it, and stops; open windows stay open. */
  async drain(): Promise<RunSummary> {
    this.jobs.drain();
    return this.finished();
  }

  stats(): EngineStats {
    return statsOf(this.jobs.all, this.tableErrors, this.memory);
  }

  private mustBeOpen(): void {
    if (this.closed) throw new SqlError("ENGINE_CLOSED", undefined, {});
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    this.jobs.drain();
    await this.jobs.ended();
    await this.state?.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** Rejects with SqlError where an option is not known or cannot have its value, and where the state cannot be taken up. */
export async function open(options: OpenOptions = {}): Promise<Engine> {
  checkOpenOptions(options);
  const { state, onNotice = () => undefined } = options;
  if (state === undefined) return new Engine(options);
  const { openState } = await import("./engine/open-state.ts");
  return new Engine(options, await openState(state, options, onNotice));
}
