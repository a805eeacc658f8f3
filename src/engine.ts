/**
 * The facade: everything that a program, the command line and a server do goes through an Engine. It owns the memory,
 * the catalog and the jobs; SQL goes in as text, results come out through sinks, subscriptions and queries.
 */
import { parseStatements } from "../grammar/parse.ts";
import type {
  Change,
  ExecuteOptions,
  ExecuteResult,
  ExplainedQuery,
  OpenOptions,
  QueryFailure,
  RunSummary,
} from "./api.ts";
import { type ChangeByte, changeText } from "./base/batch.ts";
import { asError, type Diagnostic, SqlError, SqlErrors, sortDiagnostics } from "./base/error.ts";
import type { Value } from "./base/value.ts";
import { type SystemClock, systemClock, systemHashSeed } from "./connectors/clock.ts";
import type { Sink } from "./connectors/connector.ts";
import { type JsValue, valueToJs } from "./expr/text.ts";
import type { ProgramStep, QueryPlan, TablePlan } from "./operators/physical.ts";
import { Catalog } from "./plan/catalog/catalog.ts";
import { storedCatalog } from "./plan/catalog/stored.ts";
import { explainJson } from "./plan/explain/json.ts";
import { explainText } from "./plan/explain/text.ts";
import { Planner } from "./plan/planner.ts";
import { ErrorTables } from "./runtime/accounting/error-tables.ts";
import type { SideTable } from "./runtime/accounting/side-table.ts";
import { type EngineStats, statsOf } from "./runtime/accounting/statistics.ts";
import { codeListing } from "./runtime/code-listing.ts";
import { Listeners } from "./runtime/outputs/listeners.ts";
import { ResultStore } from "./runtime/outputs/result-store.ts";
import { toObject } from "./runtime/outputs/rows-to-js.ts";
import { openTableSink } from "./runtime/outputs/table-sink.ts";
import { foldingSink, storeSink } from "./runtime/outputs/view-sinks.ts";
import { type JobEnvironment, QueryJob } from "./runtime/query-job.ts";
import { type ColumnInput, columnsInput } from "./runtime/sources/columns-input.ts";
import type { Feed } from "./runtime/sources/feed.ts";
import { FeedLog, RETENTION_ROWS } from "./runtime/sources/feed-log.ts";
import { type JsRow, rowFromJs } from "./runtime/sources/rows-from-js.ts";
import { EngineMemory } from "./wasm/memory.ts";

interface RunningJob {
  readonly job: QueryJob;
  readonly done: Promise<void>;
}

export class Engine implements AsyncDisposable {
  readonly memory: EngineMemory;
  private readonly options: OpenOptions;
  private readonly clock: SystemClock;
  private readonly hashSeed: bigint;
  private catalog = new Catalog();
  private readonly tables = new Map<string, TablePlan>();
  private readonly feeds = new FeedLog();
  private readonly jobs: RunningJob[] = [];
  private readonly stores = new Map<string, ResultStore>();
  private readonly tableErrors: ErrorTables;
  private readonly listeners = new Listeners();
  private readonly failures: QueryFailure[] = [];
  private fatal: Error | undefined;
  private closed = false;

  constructor(options: OpenOptions) {
    this.options = options;
    this.clock = options.clock ?? systemClock;
    this.hashSeed = options.hashSeed ?? systemHashSeed();
    this.tableErrors = new ErrorTables(
      () => this.clock.nowMicros(),
      (side) => this.report(side),
    );
    this.memory = new EngineMemory({
      ...options.execution,
      ...(options.memoryLimitBytes !== undefined && { limitBytes: options.memoryLimitBytes }),
    });
  }

  // ---- SQL ----

  /** Parses, binds and plans; runs nothing and changes nothing. All errors of the text, in order. */
  check(sql: string, options: ExecuteOptions = {}): { errors: readonly SqlError[]; warnings: readonly Diagnostic[] } {
    const { errors, warnings } = this.plan(sql, options);
    return { errors: sortDiagnostics(errors), warnings };
  }

  private plan(sql: string, options: ExecuteOptions, base: Catalog = this.catalog) {
    const parsed = parseStatements(sql);
    const catalog = base.copy();
    const planner = new Planner(catalog);
    const planned = planner.plan(parsed.statements, {
      text: sql,
      path: options.path ?? "",
      parameters: { ...this.options.parameters, ...options.parameters },
      settings: this.options.settings ?? {},
      broken: parsed.broken,
    });
    return { catalog, steps: planned.steps, errors: [...parsed.errors, ...planned.errors], warnings: planned.warnings };
  }

  /**
   * Executes statements: DDL takes effect, queries are registered and start to run. Throws SqlErrors with every error of
   * the text, and then nothing of it has taken effect.
   */
  async execute(sql: string, options: ExecuteOptions = {}): Promise<ExecuteResult> {
    this.mustBeOpen();
    options.signal?.throwIfAborted();
    const { catalog, steps, errors, warnings } = this.plan(sql, options);
    if (errors.length > 0) throw new SqlErrors(errors);
    const queries = steps.flatMap((s) => (s.kind === "registerQuery" ? [s.query] : []));
    const job = queries.length === 0 ? undefined : this.createJob(queries, options);
    this.catalog = catalog;
    const answers: ExecuteResult["answers"][number][] = [];
    for (const step of steps) this.apply(step, answers);
    if (job !== undefined) this.start(job, options.signal);
    // Errors of the first steps of a job are not errors of the statement.
    await Promise.resolve();
    return { queries: queries.map((q) => q.name), answers, warnings };
  }

  /** The plan of every query of a text, as text, JSON or the code that it compiles to. Runs nothing. Throws as `execute` does. */
  explain(
    sql: string,
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
    switch (step.kind) {
      case "createTable":
        this.tables.set(step.table.name, step.table);
        this.feeds.retain(step.table.name, Number(step.table.options.get("retention")?.value ?? RETENTION_ROWS));
        return;
      case "insertRows":
        this.feeds.append({ table: step.table.name, kind: "rows", rows: step.rows });
        return;
      case "show":
        answers.push({ columns: step.columns, rows: step.rows });
        return;
      case "explain":
        answers.push({ text: step.format === "code" ? codeListing(step.query, this.memory) : step.text });
        return;
      case "drop":
        if (step.name !== undefined && step.what === "table") this.tables.delete(step.name);
        return;
      case "createView":
      case "registerQuery":
      case "set":
        return;
      default:
        step satisfies never;
    }
  }

  // ---- Jobs ----

  private createJob(queries: readonly QueryPlan[], options: ExecuteOptions): QueryJob {
    return new QueryJob(queries, this.environment(options));
  }

  private baseDirectory(options: ExecuteOptions): string {
    return options.baseDirectory ?? this.options.baseDirectory ?? process.cwd();
  }

  private environment(options: ExecuteOptions): JobEnvironment {
    return {
      memory: this.memory,
      baseDirectory: this.baseDirectory(options),
      stdin: this.options.stdin ?? process.stdin,
      feeds: this.feeds,
      clock: this.clock,
      runRowsMax: this.options.runRowsMax ?? Number.POSITIVE_INFINITY,
      hashSeed: this.hashSeed,
      nowMicros: () => this.clock.nowMicros(),
      storedRows: (table) => this.storedRows(table.name),
      onBad: (table, bad) => this.tableErrors.add(table, bad),
      openSink: (query) => this.openSink(query, options),
      tap: (query) => this.listeners.tap(query, this.memory, () => this.jobOf(query.name)?.job.job.epochs ?? 0),
      jobFailed: (error) => {
        this.fatal ??= asError(error);
      },
      queryStopped: (query, error) => {
        this.failures.push({ query: query.name, error });
        this.listeners.end(query, error);
      },
    };
  }

  private start(job: QueryJob, signal: AbortSignal | undefined): void {
    for (const q of job.queries) for (const side of [q.errors, q.late]) this.report(side);
    const done = job.run(signal).then(
      () => this.endListeners(job),
      (error: unknown) => {
        this.fatal ??= asError(error);
        this.endListeners(job, error);
      },
    );
    this.jobs.push({ job, done });
  }

  private endListeners(job: QueryJob, error?: unknown): void {
    for (const q of job.queries) this.listeners.end(q.plan, error);
  }

  private openSink(query: QueryPlan, options: ExecuteOptions): { sink: Sink; group: string } | undefined {
    const schema = query.root.schema;
    const { sink } = query;
    switch (sink.kind) {
      case "print": {
        const target = { query: query.name, ordinal: sink.ordinal, schema, appendOnly: query.root.mode === "append" };
        if (this.options.print === undefined)
          return { sink: storeSink(this.memory, this.storeOf(query)), group: query.name };
        const printed = this.options.print(target);
        const isFolded = this.options.changelog === "final";
        return { sink: isFolded ? foldingSink(this.memory, this.storeOf(query), printed) : printed, group: "print" };
      }
      case "view":
        return { sink: storeSink(this.memory, this.storeOf(query)), group: query.name };
      case "table": {
        const opened = openTableSink(query, sink.table, {
          memory: this.memory,
          baseDirectory: this.baseDirectory(options),
          stdout: this.options.stdout ?? process.stdout,
        });
        return opened && { sink: opened, group: sink.table.name };
      }
      default:
        return sink satisfies never;
    }
  }

  private storeOf(query: QueryPlan): ResultStore {
    const store = new ResultStore(query.root.schema, { key: query.key, appendOnly: query.root.mode === "append" });
    this.stores.set(query.name, store);
    return store;
  }

  private jobOf(query: string): RunningJob | undefined {
    // A view that was dropped and made anew: the last of its name.
    return this.jobs.findLast((j) => j.job.queries.some((q) => q.plan.name === query));
  }

  private storedRows(name: string): readonly (readonly Value[])[] {
    const side = this.tableErrors.get(name);
    if (side !== undefined) return side.kept();
    for (const { job } of this.jobs) {
      for (const q of job.queries) for (const table of [q.errors, q.late]) if (table.name === name) return table.kept();
    }
    return this.stores.get(name)?.current() ?? [];
  }

  private report(side: SideTable): void {
    const { onSideRow } = this.options;
    if (onSideRow !== undefined) side.onRow((row) => onSideRow(side.name, toObject(side.schema, row)));
  }

  // ---- Rows in ----

  /** Puts rows into a table without connector. All or none: a row that does not fit is an error that names it. Resolves when every query has taken them. */
  async insert(table: string, rows: readonly JsRow[]): Promise<void> {
    const plan = this.fedTable(table);
    await this.feed({ table: plan.name, kind: "rows", rows: rows.map((row, i) => rowFromJs(plan, row, i)) });
  }

  /** The same by columns (runtime/sources/columns-input.ts). The arrays are the caller's again when it resolves. */
  async insertColumns(table: string, columns: Readonly<Record<string, ColumnInput>>): Promise<void> {
    const plan = this.fedTable(table);
    await this.feed({ table: plan.name, kind: "columns", columns: columnsInput(plan.name, plan.physical, columns) });
  }

  private fedTable(name: string): TablePlan {
    this.mustBeOpen();
    const plan =
      this.tables.get(name) ?? [...this.tables.values()].find((t) => t.name.toLowerCase() === name.toLowerCase());
    if (plan === undefined) throw new SqlError("UNKNOWN_TABLE", undefined, { name, tables: [...this.tables.keys()] });
    if (plan.connector !== undefined) {
      throw new SqlError("WRONG_OBJECT", undefined, {
        name,
        actual: "table with a connector",
        expected: "table without one",
      });
    }
    return plan;
  }

  private async feed(feed: Feed): Promise<void> {
    const end = this.feeds.append(feed);
    while (!this.feeds.consumed(end) && this.fatal === undefined) await this.feeds.changed();
    if (this.fatal !== undefined) throw this.fatal;
  }

  /** No more rows will be inserted: tables without connector end, their windows fire. */
  endInput(): void {
    this.feeds.close();
  }

  // ---- Results ----

  /** The changes of a query or materialized view from this call on, until it ends. */
  subscribe(name: string, options: { readonly signal?: AbortSignal } = {}): AsyncGenerator<Change> {
    return this.changesOf(name, this.listeners.subscribe(name, options.signal));
  }

  private async *changesOf(name: string, found: ReturnType<Listeners["subscribe"]>): AsyncGenerator<Change> {
    if (found === undefined) throw new SqlError("UNKNOWN_TABLE", undefined, { name, tables: this.listeners.queries });
    for await (const { epoch, change, row } of found.changes) {
      yield { epoch, op: changeText[change as ChangeByte], row: toObject(found.schema, row) }; // a byte of Change
    }
  }

  /** Runs one SELECT to its end and gives its rows: over bounded sources, and what views and tables hold now. */
  async query(sql: string, options: ExecuteOptions = {}): Promise<Readonly<Record<string, JsValue>>[]> {
    this.mustBeOpen();
    options.signal?.throwIfAborted();
    const scratch = this.plan(
      sql,
      options,
      storedCatalog(this.catalog, (view) => this.stores.get(view)?.schema),
    );
    if (scratch.errors.length > 0) throw new SqlErrors(scratch.errors);
    const plans = scratch.steps.flatMap((s) =>
      s.kind === "registerQuery" && s.query.sink.kind === "print" ? [s.query] : [],
    );
    const plan = plans[0];
    if (plan === undefined || scratch.steps.length !== 1) throw new SqlError("NOT_A_QUERY", undefined, {});
    const store = new ResultStore(plan.root.schema, { key: plan.key, appendOnly: plan.root.mode === "append" });
    const failures: Error[] = [];
    const feeds = this.feeds.snapshot();
    const job = new QueryJob([plan], {
      ...this.environment(options),
      feeds,
      openSink: () => ({ sink: storeSink(this.memory, store), group: "query" }),
      tap: () => undefined,
      jobFailed: () => undefined,
      queryStopped: (_, error) => {
        failures.push(asError(error));
      },
    });
    await job.run(options.signal);
    options.signal?.throwIfAborted();
    const [failure] = failures;
    if (failure !== undefined) throw failure;
    return store.current().map((row) => toObject(plan.root.schema, row));
  }

  /** What a query without a printer, or a materialized view, holds now: its rows by position. */
  resultRows(name: string): readonly (readonly JsValue[])[] {
    const store = this.stores.get(name);
    if (store === undefined) throw new SqlError("UNKNOWN_TABLE", undefined, { name, tables: [...this.stores.keys()] });
    return store.current().map((row) => store.schema.map((f, i) => valueToJs(f.type, row[i] ?? null)));
  }

  /** Waits until all inputs have ended and everything was put out. Rejects with what ended a job early. */
  async finished(): Promise<RunSummary> {
    for (const { done } of this.jobs) await done;
    if (this.fatal !== undefined) throw this.fatal;
    return { stats: this.stats(), failures: this.failures };
  }

  /** Finishes what has been read, delivers it, and stops; open windows stay open. */
  async drain(): Promise<RunSummary> {
    for (const { job } of this.jobs) job.job.drain();
    return this.finished();
  }

  stats(): EngineStats {
    return statsOf(
      this.jobs.map((j) => j.job),
      this.memory,
    );
  }

  /** The sink of a query: benchmarks read their digests. */
  sinkOf(query: string): Sink | undefined {
    return this.jobOf(query)?.job.sinks.get(query);
  }

  private mustBeOpen(): void {
    if (this.closed) throw new SqlError("ENGINE_CLOSED", undefined, {});
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    for (const { job } of this.jobs) job.job.drain();
    for (const { done } of this.jobs) await done;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

export const open = (options: OpenOptions = {}): Promise<Engine> => Promise.resolve(new Engine(options));
