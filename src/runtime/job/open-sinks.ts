/** Opens what the queries of a job write into. */
import type { Sink, SinkRequest, UsedFile, UsedFiles } from "../../connectors/connector.ts";
import type { QueryPlan } from "../../operators/physical.ts";
import type { JobDurability } from "../durability/job-durability.ts";
import { sharingSinks } from "./job-plans.ts";
import type { Refusals } from "./refusals.ts";

/** undefined: rows that go into a table without connector. */
export type Target = { readonly sink: Sink; readonly group: string } | undefined;

export interface SinkOpener {
  /** Refuses a query whose sink can be seen to be wrong without opening it; gives the file that it writes. */
  checkSink(
    query: QueryPlan,
    writers: readonly QueryPlan[],
    used: UsedFiles,
    exact: SinkRequest["exact"],
  ): UsedFile | undefined;
  /**
   * The sink of a query: of its table, of a bare SELECT, of a view; undefined where its rows go into a table without
   * connector. `writers`: the queries that share it, `query` among them.
   */
  openSink(query: QueryPlan, writers: readonly QueryPlan[], exact: SinkRequest["exact"]): Target;
}

export interface SinkOpening {
  readonly opener: SinkOpener;
  readonly durability: JobDurability | undefined;
  /** Files that the job reads. */
  readonly reads: readonly UsedFile[];
  /** Files that sinks write, of other jobs too: those of this one are put there. */
  readonly writes: UsedFile[];
  readonly refused: Refusals;
  /** By query, what was opened: of all of them when it returns. */
  readonly targets: Map<QueryPlan, Target>;
}

/** What is opened may be emptied: not before all of it is known to be right. Throws SqlErrors with all that was refused. */
export function openSinks(plans: readonly QueryPlan[], opening: SinkOpening): void {
  const { opener, durability, reads, writes, refused, targets } = opening;
  const sharing = sharingSinks(plans);
  const ofEachSink = (
    step: (first: QueryPlan, writers: readonly QueryPlan[], exact: SinkRequest["exact"]) => void,
  ): void => {
    for (const writers of sharing) {
      const [first] = writers;
      const exact = durability?.exact(writers);
      refused.collect(first.sink.kind === "table" ? first.sink.table.file : "", () => step(first, writers, exact));
    }
    refused.throw();
  };
  ofEachSink((first, writers, exact) => {
    const written = opener.checkSink(first, writers, { reads, writes }, exact);
    if (written !== undefined) writes.push(written);
  });
  ofEachSink((first, writers, exact) => {
    const opened = opener.openSink(first, writers, exact);
    const target = opened && { ...opened, sink: durability?.passing(opened.sink) ?? opened.sink };
    for (const plan of writers) targets.set(plan, target);
  });
}
