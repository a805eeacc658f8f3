/** The answer of one SELECT: a job of its own, which is run to its end and leaves nothing. */
import type { QueryRows } from "../api.ts";
import { asError } from "../base/error.ts";
import type { QueryPlan } from "../operators/physical.ts";
import type { SideTable } from "../runtime/accounting/side-table.ts";
import { type JobEnvironment, QueryJob } from "../runtime/job/query-job.ts";
import type { ResultStore } from "../runtime/outputs/result-store.ts";
import { toQueryRows } from "../runtime/outputs/rows-to-js.ts";
import { storeSink } from "../runtime/outputs/view-sinks.ts";

/** `report`: told of the tables of what failed or came late. Rejects with what stops the query. */
export async function answerOf(
  plan: QueryPlan,
  env: JobEnvironment,
  store: ResultStore,
  options: { readonly report: (side: SideTable) => void; readonly signal: AbortSignal | undefined },
): Promise<QueryRows> {
  const { report, signal } = options;
  const failures: Error[] = [];
  const job = new QueryJob([plan], {
    ...env,
    openSink: () => ({ sink: storeSink(env.memory, store), group: "query" }),
    journal: () => undefined,
    tap: () => undefined,
    expire: () => undefined,
    isFilledByOthers: () => false,
    jobFailed: () => undefined,
    queryStopped: (_, error) => {
      failures.push(asError(error));
    },
  });
  const [query] = job.queries;
  for (const side of query === undefined ? [] : [query.errors, query.late]) report(side);
  await job.run(signal);
  signal?.throwIfAborted();
  const [failure] = failures;
  if (failure !== undefined) throw failure;
  const counts = { failed: query?.failedRows ?? 0, late: query?.late.standing ?? 0 };
  return toQueryRows({ schema: plan.root.schema, rows: store.current() }, counts);
}
