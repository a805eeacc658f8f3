/**
 * The state of a job between two epochs, when nothing is on its way: what its queries hold, where its sources stand, what
 * was counted. A job of the same queries goes on with it in another process.
 */
import { isSqlError, SqlError } from "../../base/error.ts";
import type { Detail } from "../../base/errors/entry.ts";
import type { StagedTable } from "../../state/snapshot/staged.ts";
import type { StatePart } from "../../state/staging/part.ts";
import type { RegisteredQuery } from "../registered-query.ts";
import type { TableInput } from "../sources/table-input.ts";
import { checkParts, namedParts, type PartVersions, saveParts, versionsOf } from "./parts.ts";
import { checkPipeline, type PipelineMeta, savePipeline } from "./pipeline-state.ts";
import type { InputState, PartitionMark, PartitionStart } from "./records.ts";

/** What a query failed with. */
interface FailureMeta {
  readonly code: SqlError["code"];
  readonly details: Readonly<Record<string, Detail | undefined>>;
}

export interface QueryMeta {
  readonly pipeline: PipelineMeta;
  /** Of what stands beside the operators: its result, its failed and late rows. */
  readonly versions: PartVersions;
  /** Failed rows that are not kept. */
  readonly skipped: number;
  /** undefined: it goes on. */
  readonly failure: FailureMeta | undefined;
}

/** What a job has taken in. */
export interface TakenMeta {
  readonly taken: number;
  readonly sequence: string;
  /** All of them. */
  readonly partitions: readonly PartitionMark[];
  /** Those that came since the job began, in their order. */
  readonly added: readonly PartitionStart[];
}

/** As JSON. */
export interface JobStateMeta {
  readonly epoch: number;
  readonly taken: TakenMeta;
  readonly inputs: readonly InputState[];
  readonly queries: Readonly<Record<string, QueryMeta>>;
}

export interface JobState {
  readonly tables: readonly StagedTable[];
  readonly meta: JobStateMeta;
}

/** What of a job has state, besides its sources. */
export interface JobParts {
  readonly queries: readonly RegisteredQuery[];
  readonly inputs: readonly TableInput[];
  /** The rows that the engine keeps of a query's result. */
  result(query: RegisteredQuery): readonly StatePart[];
}

/** Before the names of a query's tables: a snapshot holds those of all jobs of an engine. */
const prefixOf = ({ plan }: RegisteredQuery): string => `${plan.name}$`;

const partsBeside = (query: RegisteredQuery, job: JobParts) => [
  ...namedParts(`${query.plan.name}$result`, job.result(query)),
  ...[query.errors, query.late].flatMap((side) => namedParts(side.name, side.state())),
];

export function saveJob(job: JobParts, epoch: number, taken: TakenMeta): JobState {
  const tables: StagedTable[] = [];
  const queries = job.queries.map((query): readonly [string, QueryMeta] => {
    const { pipeline } = query;
    const saved = savePipeline(pipeline, prefixOf(query));
    const beside = partsBeside(query, job);
    tables.push(...saved.tables, ...saveParts(beside));
    const failure = pipeline.failure === undefined ? undefined : failureOf(pipeline.failure);
    return [query.plan.name, { pipeline: saved.meta, versions: versionsOf(beside), skipped: query.skipped, failure }];
  });
  const inputs = job.inputs.map((input) => input.save());
  return { tables, meta: { epoch, taken, inputs, queries: Object.fromEntries(queries) } };
}

/** Into a job that has taken nothing in. Throws STATE_MISMATCH where it is another one, before anything of it is restored. */
export function restoreJob(job: JobParts, state: JobState): void {
  const queries = job.queries.map((query) => checkQuery(job, query, state));
  const { meta } = state;
  for (const input of meta.inputs) job.inputs.find(({ table }) => table.name === input.table)?.restore(input);
  for (const restore of queries) restore();
}

/** Compares what is saved of a query with what it declares, and gives what restores it. */
function checkQuery(job: JobParts, query: RegisteredQuery, { tables, meta }: JobState): () => void {
  const saved = meta.queries[query.plan.name];
  if (saved === undefined) {
    throw new SqlError("STATE_MISMATCH", undefined, { table: query.plan.name, reason: "there is none of this query" });
  }
  const operators = checkPipeline(query.pipeline, { tables, meta: saved.pipeline }, prefixOf(query));
  const beside = partsBeside(query, job);
  const isWhole = saved.pipeline.carried === undefined;
  const others = checkParts(
    isWhole ? beside : beside.filter(({ name }) => name in saved.versions),
    tables,
    saved.versions,
  );
  return () => {
    operators();
    others();
    query.skipped = saved.skipped;
    // The details are those of the error that was saved, so they are what its code asks for.
    if (saved.failure !== undefined)
      query.pipeline.fail(new SqlError(saved.failure.code, undefined, saved.failure.details as never));
  };
}

function failureOf(error: unknown): FailureMeta {
  if (isSqlError(error)) return { code: error.code, details: error.details };
  return { code: "INTERNAL", details: { reason: error instanceof Error ? error.message : String(error) } };
}
