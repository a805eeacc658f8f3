/** The jobs of an engine: those that run, and those that have ended and still tell what they counted. */
import type { Value } from "../base/value.ts";
import type { UsedFile } from "../connectors/connector.ts";
import type { QueryPlan } from "../operators/physical.ts";
import { type JobEnvironment, QueryJob } from "../runtime/job/query-job.ts";
import { readsTable } from "../runtime/plan-traits.ts";
import type { RegisteredQuery } from "../runtime/registered-query.ts";

interface RunningJob {
  readonly job: QueryJob;
  /** Resolves when it has ended, however it did. */
  readonly done: Promise<void>;
}

/** One job for each group of queries. Throws what one of them is refused with; then there are none. */
export function openJobs(groups: readonly (readonly QueryPlan[])[], env: JobEnvironment): readonly QueryJob[] {
  const opened: QueryJob[] = [];
  const writes: UsedFile[] = [];
  try {
    for (const queries of groups) if (queries.length > 0) opened.push(new QueryJob(queries, env, writes));
  } catch (error) {
    for (const job of opened) job.discard();
    throw error;
  }
  return opened;
}

/** Whether a query of `from` puts rows into a table that one of `into` reads. */
const feeds = (from: QueryJob, into: QueryJob): boolean =>
  from.queries.some(
    ({ plan: { sink } }) =>
      sink.kind === "table" && into.queries.some(({ plan }) => readsTable(plan.root, sink.table.name)),
  );

export class RunningJobs {
  private readonly jobs: RunningJob[] = [];

  /** `ended`: told of its end, and what it ended with early, if `isFailed`. */
  run(job: QueryJob, signal: AbortSignal | undefined, ended: (error: unknown, isFailed: boolean) => void): void {
    const done = job.run(signal).then(
      () => ended(undefined, false),
      (error: unknown) => ended(error, true),
    );
    this.jobs.push({ job, done });
  }

  /**
   * Whether a job but `job` may still put rows into a table without connector. One that waits for rows of `job` itself is not waited
   * for: they end each other's waiting as queries of one job do.
   */
  isFilledByOthers(job: QueryJob, table: string): boolean {
    return this.all.some((other) => other !== job && other.isProduced(table) && !this.waitsFor(other, job, new Set()));
  }

  private waitsFor(waiting: QueryJob, job: QueryJob, seen: Set<QueryJob>): boolean {
    if (waiting === job) return true;
    if (seen.has(waiting)) return false;
    seen.add(waiting);
    return this.all.some((other) => feeds(other, waiting) && this.waitsFor(other, job, seen));
  }

  get all(): readonly QueryJob[] {
    return this.jobs.map(({ job }) => job);
  }

  /** The query of that name, the last one where one was dropped and made anew. */
  find(name: string): { readonly job: QueryJob; readonly query: RegisteredQuery } | undefined {
    for (const { job } of this.jobs.toReversed()) {
      const query = job.queries.find((q) => q.plan.name === name);
      if (query !== undefined) return { job, query };
    }
    return undefined;
  }

  /** How many epochs the job of a query has cut. */
  epochsOf(name: string): number {
    return this.find(name)?.job.job.epochs ?? 0;
  }

  /** Stops one query; a job that was there for it alone is over, and forgotten. */
  async stop({ job, query }: { readonly job: QueryJob; readonly query: RegisteredQuery }): Promise<void> {
    await job.stop(query);
    const at = this.jobs.findIndex((j) => j.job === job);
    if (job.queries.length > 0 || at < 0) return;
    await this.jobs.splice(at, 1)[0]?.done;
  }

  /** What the table of failed or late rows of that name keeps; undefined: no query has one. */
  sideRows(name: string): readonly (readonly Value[])[] | undefined {
    for (const { job } of this.jobs.toReversed()) {
      for (const q of job.queries) for (const table of [q.errors, q.late]) if (table.name === name) return table.kept();
    }
    return undefined;
  }

  drain(): void {
    for (const { job } of this.jobs) job.job.drain();
  }

  async ended(): Promise<void> {
    for (const { done } of [...this.jobs]) await done;
  }
}
