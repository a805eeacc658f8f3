/**
 * What becomes of the state of queries when their SQL was changed: decided from the plans of both, before anything happens
 * (docs/design/durability.md). An operator's state is kept where the operator and all below it are the same, and nothing above it
 * needs what it has put out before. What cannot be kept is computed from the sources anew, where they can be read from
 * their beginning, and lost where not.
 */
import type { PhysicalPlan, QueryPlan, TablePlan } from "../../operators/physical.ts";
import { fingerprintOf, operatorFingerprint, sinkFingerprint } from "../../runtime/durability/fingerprint.ts";
import { stateTableName } from "../../runtime/durability/pipeline-state.ts";
import { keepsState, tablesRead } from "../../runtime/plan-traits.ts";

/** What a query keeps: an operator's groups, or the rows of its result. */
export interface StateItem {
  /** As its table in a snapshot: `window_aggregate_2`, `result`. */
  readonly name: string;
  readonly fate: "kept" | "rebuilt" | "lost" | "new";
  /** Of an operator that is kept: its label, and that of the operator whose state it goes on with. */
  readonly label?: string;
  readonly from?: string;
}

export interface QueryVerdict {
  readonly query: string;
  /**
   * `kept`: as it was. `changed`: goes on where it was, with what is kept. `rebuilt`: from the beginning of its sources.
   * `new`: there was none. `dropped`: there is none any more.
   */
  readonly fate: "kept" | "changed" | "rebuilt" | "new" | "dropped";
  readonly items: readonly StateItem[];
  /** Tables that it reads. */
  readonly tables: readonly string[];
  /** The job whose place in the sources it takes; undefined: it begins with them. */
  readonly job: string | undefined;
  /** The job that had the query. */
  readonly before: string | undefined;
  /** A table whose rows are those of the old query, behind which its own come: for whoever agrees to that. */
  readonly appendsTo: string | undefined;
}

/** A job of the state, with the plans of what it ran. */
export interface OldJob {
  readonly name: string;
  readonly queries: readonly QueryPlan[];
}

export interface CompareOptions {
  /** Whether a table can be read from its first row on. */
  readonly isRereadable: (table: TablePlan) => boolean;
  /** Whether the engine keeps the rows of a bare SELECT. */
  readonly keepsPrinted: boolean;
}

/** The verdicts on all queries, those of the program first, in its order. */
export function compareQueries(
  jobs: readonly OldJob[],
  queries: readonly QueryPlan[],
  options: CompareOptions,
): readonly QueryVerdict[] {
  const found = jobs.flatMap((job) => job.queries.map((plan) => ({ job: job.name, plan })));
  const names = new Set(queries.map(({ name }) => name));
  return [
    ...queries.map((plan) => {
      const before = found.find((f) => f.plan.name === plan.name);
      return before === undefined ? newQuery(plan, jobs, options) : oldQuery(plan, before, options);
    }),
    ...found.flatMap(({ plan }) => (names.has(plan.name) ? [] : [droppedQuery(plan, options)])),
  ];
}

/** Operators that keep state, inputs first. */
function statefulOf(plan: PhysicalPlan): readonly PhysicalPlan[] {
  const below = plan.inputs.flatMap(statefulOf);
  return keepsState(plan) ? [...below, plan] : below;
}

/** The label of an operator at work (runtime/pipeline.ts). */
const labelOf = ({ kind, id }: PhysicalPlan): string => `${kind} ${id}`;
const itemName = (operator: PhysicalPlan): string => stateTableName(labelOf(operator));

const hasResult = ({ sink }: QueryPlan, { keepsPrinted }: CompareOptions): boolean =>
  sink.kind === "view" || (sink.kind === "print" && keepsPrinted);

/** All that a query keeps, with one fate. */
function itemsOf(plan: QueryPlan, fate: StateItem["fate"], options: CompareOptions): readonly StateItem[] {
  const items = statefulOf(plan.root).map((operator): StateItem => ({ name: itemName(operator), fate }));
  return hasResult(plan, options) ? [...items, { name: "result", fate }] : items;
}

const tableNames = (plan: QueryPlan): readonly string[] => [...new Set(tablesRead(plan.root).map(({ name }) => name))];

function newQuery(plan: QueryPlan, jobs: readonly OldJob[], options: CompareOptions): QueryVerdict {
  const gone = tablesRead(plan.root).find((table) => !options.isRereadable(table));
  const reading = gone && jobs.find((job) => job.queries.some((q) => tableNames(q).includes(gone.name)));
  const items = itemsOf(plan, "new", options);
  return {
    query: plan.name,
    fate: "new",
    items,
    tables: tableNames(plan),
    job: reading?.name,
    before: undefined,
    appendsTo: undefined,
  };
}

function droppedQuery(plan: QueryPlan, options: CompareOptions): QueryVerdict {
  // What can be computed again whenever it is wanted is not lost.
  const isLost = tablesRead(plan.root).some((table) => !options.isRereadable(table));
  const items = isLost ? itemsOf(plan, "lost", options) : [];
  return {
    query: plan.name,
    fate: "dropped",
    items,
    tables: tableNames(plan),
    job: undefined,
    before: undefined,
    appendsTo: undefined,
  };
}

function oldQuery(
  plan: QueryPlan,
  { job, plan: old }: { readonly job: string; readonly plan: QueryPlan },
  options: CompareOptions,
): QueryVerdict {
  const { name: query } = plan;
  const tables = tableNames(plan);
  if (fingerprintOf(plan) === fingerprintOf(old)) {
    return {
      query,
      fate: "kept",
      items: itemsOf(plan, "kept", options),
      tables,
      job,
      before: job,
      appendsTo: undefined,
    };
  }
  const isSameSink = sinkFingerprint(plan) === sinkFingerprint(old);
  const appendsTo = plan.sink.kind === "table" && isSameSink && !isBlackhole(plan) ? plan.sink.table.name : undefined;
  const known = new Map(statefulOf(old.root).map((operator) => [operatorFingerprint(operator, old), operator]));
  const from = (operator: PhysicalPlan): PhysicalPlan | undefined => known.get(operatorFingerprint(operator, plan));
  const stateful = statefulOf(plan.root);
  // What shows rows that were put out before needs them again: a result that is kept, a file that was not there.
  const needsPast = !isBlackhole(plan) && appendsTo === undefined;
  const isWhole = !needsPast && stateful.every((operator) => from(operator) !== undefined);
  if (!isWhole && tablesRead(plan.root).every(options.isRereadable)) {
    return {
      query,
      fate: "rebuilt",
      items: itemsOf(plan, "rebuilt", options),
      tables,
      job: undefined,
      before: job,
      appendsTo,
    };
  }
  const lost = lostOperators(plan, from, needsPast);
  const items = stateful.map((operator): StateItem => {
    const before = lost.has(operator) ? undefined : from(operator);
    if (before === undefined) return { name: itemName(operator), fate: "lost" };
    return { name: itemName(operator), fate: "kept", label: labelOf(operator), from: labelOf(before) };
  });
  const result: StateItem[] = hasResult(plan, options) ? [{ name: "result", fate: "lost" }] : [];
  return { query, fate: "changed", items: [...items, ...result], tables, job, before: job, appendsTo };
}

const isBlackhole = ({ sink }: QueryPlan): boolean => sink.kind === "table" && sink.table.connector === "blackhole";

/** Operators that cannot go on: they are others, or put out changes of rows that whoever is above them does not have. */
function lostOperators(
  plan: QueryPlan,
  from: (operator: PhysicalPlan) => PhysicalPlan | undefined,
  needsPast: boolean,
): ReadonlySet<PhysicalPlan> {
  const lost = new Set<PhysicalPlan>();
  const visit = (node: PhysicalPlan, isAboveLost: boolean): void => {
    const isLost = keepsState(node) && (from(node) === undefined || (isAboveLost && node.mode !== "append"));
    if (isLost) lost.add(node);
    const isStill = keepsState(node) ? isLost : isAboveLost;
    for (const input of node.inputs) visit(input, isStill);
  };
  visit(plan.root, needsPast);
  return lost;
}
