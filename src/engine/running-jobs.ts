/** The jobs of an engine: those that run, and those that have ended and still tell what they counted. */
import type { Value } from "../base/value.ts";
import type { QueryJob } from "../runtime/job/query-job.ts";
import type { RegisteredQuery } from "../runtime/registered-query.ts";

interface RunningJob {
  readonly job: QueryJob;
  /** Resolves when it has ended, however it did. */
  readonly done: Promise<void>;
}

export class RunningJobs {
  private readonly jobs: RunningJob[] = [];

  add(job: QueryJob, done: Promise<void>): void {
    this.jobs.push({ job, done });
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
