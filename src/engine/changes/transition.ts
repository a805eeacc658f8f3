/**
 * How the jobs of a state directory become those of a changed program: as data, which the input log keeps, so that every
 * process makes the same of the same state.
 */
import type { QueryPlan } from "../../operators/physical.ts";
import { fingerprintOf } from "../../runtime/durability/fingerprint.ts";
import { jobName, type SavedJob } from "../../runtime/durability/job-durability.ts";
import type { JobStateMeta, QueryMeta, TakenMeta } from "../../runtime/durability/job-state.ts";
import type { InputState, JobRecord, QuietMark } from "../../runtime/durability/records.ts";
import type { QueryVerdict } from "./verdicts.ts";

/** A query that goes on in a job. */
export interface CarriedQuery {
  readonly fingerprint: string;
  /** By label of an operator, that of the one whose state it takes. undefined: the query is as it was. */
  readonly operators: Readonly<Record<string, string>> | undefined;
  /** Whether its sink is the one that it had. */
  readonly hasSink: boolean;
}

/** A job that goes on where one of the old program was. */
export interface CarriedJob {
  readonly job: string;
  readonly from: string;
  readonly queries: Readonly<Record<string, CarriedQuery>>;
  /** Tables that it still reads, in the order in which it reads them. */
  readonly tables: readonly string[];
}

/** Queries that are computed anew behind the rows that others have written: in silence, up to where those were. */
export interface QuietJob {
  readonly job: string;
  readonly queries: readonly string[];
  readonly to: readonly QuietMark[];
  /** By query, where its sink stands. */
  readonly sinks: JobRecord["sinks"];
}

/** A job without what stood in the log behind its state. */
export interface RestingJob {
  readonly begun: JobRecord;
  /** undefined: it has taken nothing in. */
  readonly saved: SavedJob | undefined;
}

/** The jobs that go on; what else the program has begins. `tables`: in the order of their CREATE. */
export function carriedJobs(
  verdicts: readonly QueryVerdict[],
  queries: readonly QueryPlan[],
  tables: readonly string[],
): readonly CarriedJob[] {
  const byOldJob = Map.groupBy(
    queries.flatMap((plan) => {
      const verdict = verdicts.find(({ query }) => query === plan.name);
      return verdict?.job === undefined ? [] : [{ plan, verdict, from: verdict.job }];
    }),
    ({ from }) => from,
  );
  return [...byOldJob].map(([from, going]) => {
    const read = new Set(going.flatMap(({ verdict }) => verdict.tables));
    return {
      job: jobName(going.map(({ plan }) => plan)),
      from,
      queries: Object.fromEntries(going.map(({ plan, verdict }) => [plan.name, carriedQuery(plan, verdict)])),
      tables: tables.filter((table) => read.has(table)),
    };
  });
}

/** `jobs`: those of the program before, where they rest. */
export function quietJobs(
  verdicts: readonly QueryVerdict[],
  queries: readonly QueryPlan[],
  jobs: ReadonlyMap<string, RestingJob>,
): readonly QuietJob[] {
  const silent = verdicts.filter(({ fate, appendsTo }) => fate === "rebuilt" && appendsTo !== undefined);
  return [...Map.groupBy(silent, ({ before }) => before ?? "")].flatMap(([before, group]) => {
    const job = jobs.get(before);
    const plans = queries.filter(({ name }) => group.some(({ query }) => query === name));
    if (job === undefined) return [];
    const names = plans.map(({ name }) => name);
    const sinks = pick({ ...job.begun.sinks, ...job.saved?.sinks }, (query) => names.includes(query));
    return [{ job: jobName(plans), queries: names, to: marksOf(job), sinks }];
  });
}

/** How far the rows of a job are known to its sinks: where it stands, or, while it is silent, where the one before it stood. */
function marksOf({ begun, saved }: RestingJob): readonly QuietMark[] {
  const { partitions = [], added = [] } = saved?.meta.taken ?? {};
  return [...begun.partitions, ...added].map(({ table, name, position }, i) => {
    const now = partitions.find(({ index }) => index === i);
    const own = { table, name, position: now?.position ?? position, ended: now?.ended ?? false };
    const known = begun.quietTo?.find((mark) => mark.table === table && mark.name === name);
    return known !== undefined && !own.ended && (known.ended || BigInt(known.position) > BigInt(own.position))
      ? known
      : own;
  });
}

function carriedQuery(plan: QueryPlan, { fate, items, appendsTo }: QueryVerdict): CarriedQuery {
  const kept = items.flatMap(({ label, from }) => (label === undefined || from === undefined ? [] : [[label, from]]));
  const operators = fate === "kept" ? undefined : (Object.fromEntries(kept) as Record<string, string>); // pairs of text
  return { fingerprint: fingerprintOf(plan), operators, hasSink: fate === "kept" || appendsTo !== undefined };
}

/** The job that goes on, from the one that was. */
export function carry({ begun, saved }: RestingJob, to: CarriedJob): RestingJob {
  const partitions = [...begun.partitions, ...(saved?.meta.taken.added ?? [])];
  const order = to.tables.flatMap((table) => partitions.flatMap((p, i) => (p.table === table ? [i] : [])));
  const keepsSink = (query: string): boolean => to.queries[query]?.hasSink === true;
  return {
    begun: {
      kind: "job",
      job: to.job,
      queries: Object.fromEntries(Object.entries(to.queries).map(([name, { fingerprint }]) => [name, fingerprint])),
      partitions: order.flatMap((i) => partitions[i] ?? []),
      sinks: pick(begun.sinks, keepsSink),
      ...(begun.quietTo !== undefined && { quietTo: begun.quietTo }),
    },
    saved: saved && {
      ...saved,
      meta: carryMeta(saved.meta, order, to),
      sinks: pick(saved.sinks, keepsSink),
      digests: pick(saved.digests, (query) => to.queries[query] !== undefined),
    },
  };
}

function carryMeta(meta: JobStateMeta, order: readonly number[], to: CarriedJob): JobStateMeta {
  return {
    epoch: meta.epoch,
    taken: carryTaken(meta.taken, order),
    inputs: meta.inputs.flatMap((input) => (to.tables.includes(input.table) ? [carryInput(input, order, to)] : [])),
    queries: Object.fromEntries(
      Object.entries(to.queries).map(([name, query]) => [name, carryQuery(name, meta.queries[name], query)]),
    ),
  };
}

const carryTaken = ({ taken, sequence, partitions }: TakenMeta, order: readonly number[]): TakenMeta => ({
  taken,
  sequence,
  partitions: order.flatMap((i, index) => {
    const mark = partitions.find((p) => p.index === i);
    return mark === undefined ? [] : [{ ...mark, index }];
  }),
  // They are among those with which it begins.
  added: [],
});

/** Partitions are known by their place among all. */
const carryInput = (input: InputState, order: readonly number[], to: CarriedJob): InputState => ({
  ...input,
  own: input.own.flatMap((own) => {
    const ordinal = order.indexOf(own.ordinal);
    // Of a query that is as it was.
    const stays = to.queries[own.query] !== undefined && to.queries[own.query]?.operators === undefined;
    return ordinal < 0 || !stays ? [] : [{ ...own, ordinal }];
  }),
});

function carryQuery(name: string, meta: QueryMeta | undefined, { operators }: CarriedQuery): QueryMeta {
  if (meta !== undefined && operators === undefined) return meta;
  const { pipeline, versions, skipped } = meta ?? BEGINNING;
  return {
    pipeline: { ...pipeline, carried: operators ?? {} },
    versions: Object.fromEntries(Object.entries(versions).filter(([table]) => !table.startsWith(`${name}$result`))),
    skipped,
    // What stopped the old query was the old query's.
    failure: undefined,
  };
}

const BEGINNING: QueryMeta = {
  pipeline: { versions: {}, scans: [], values: [], instances: [], away: [], rowsOut: 0, conservation: [] },
  versions: {},
  skipped: 0,
  failure: undefined,
};

const pick = <T>(of: Readonly<Record<string, T>>, isKept: (key: string) => boolean): Readonly<Record<string, T>> =>
  Object.fromEntries(Object.entries(of).filter(([key]) => isKept(key)));
