/** What went wrong in an engine: queries that stopped, in the order in which they did, and what ended a whole job. */
import type { QueryFailure } from "../api.ts";
import { asError } from "../base/error.ts";
import type { QueryPlan } from "../operators/physical.ts";
import { readsTable } from "../runtime/plan-traits.ts";

interface Stopped {
  readonly plan: QueryPlan;
  readonly error: unknown;
}

export class Failures {
  /** The first that ended a job early. */
  fatal: Error | undefined;
  private readonly stopped: Stopped[] = [];

  /** A job has ended early. */
  jobFailed(error: unknown): void {
    this.fatal ??= asError(error);
  }

  /** A query has ended, and no other with it. */
  queryStopped(plan: QueryPlan, error: unknown): void {
    this.stopped.push({ plan, error });
  }

  get ofQueries(): readonly QueryFailure[] {
    return this.stopped.map(({ plan, error }) => ({ query: plan.name, error }));
  }

  /** How many queries have stopped so far. */
  get count(): number {
    return this.stopped.length;
  }

  /** Throws what ended a job. */
  throwFatal(): void {
    if (this.fatal !== undefined) throw this.fatal;
  }

  /** Throws what stopped the query of that name, if anything did. */
  throwOf(query: string): void {
    const found = this.stopped.find(({ plan }) => plan.name === query);
    if (found !== undefined) throw found.error;
  }

  /** Throws what ended a job, or what stopped the first query that reads `table`, but for the first `before` that stopped. */
  throwOfReaders(table: string, before: number): void {
    this.throwFatal();
    const found = this.stopped.slice(before).find(({ plan }) => readsTable(plan.root, table));
    if (found !== undefined) throw found.error;
  }
}
