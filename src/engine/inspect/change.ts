/** `explain --state`: what would become of a state directory if a program were started with it. Nothing is run or changed. */
import type { SqlText } from "../../api.ts";
import { asError, SqlErrors } from "../../base/error.ts";
import { Catalog } from "../../plan/catalog/catalog.ts";
import type { PlanInput } from "../../plan/planner.ts";
import type { PartitionMark, PartitionStart, PositionMark } from "../../runtime/durability/records.ts";
import { readDirectoryLog } from "../../state/directory.ts";
import { decodeRecord } from "../../state/log/record.ts";
import { framesOf } from "../../state/log/segments.ts";
import { changeOf, consentsOf, mustBePossible, oldPlansOf } from "../changes/take-up.ts";
import type { QueryVerdict } from "../changes/verdicts.ts";
import { planProgram, queriesLeft } from "../program.ts";
import { Recovery, type StateRecord } from "../recovery.ts";
import { type Generation, problemOf, readGeneration, type StateView, withView } from "./view.ts";

/** A partition that is read from its beginning again. */
export interface ReadAgain {
  readonly table: string;
  readonly partition: string;
  /** How many rows, or lines, were read of it. */
  readonly rows: bigint;
  readonly unit: "rows" | "lines";
}

export interface ShownVerdict extends QueryVerdict {
  /** Of a query that is computed anew. */
  readonly reads: readonly ReadAgain[];
  /** What has to be said to start it: `--accept-loss q`. */
  readonly consents: readonly string[];
}

/** Rejects with SqlErrors where the program has errors, and with STATE_* where the directory cannot be read or be of such a program. */
export const explainChange = (
  folder: string,
  files: readonly SqlText[],
  input: PlanInput,
): Promise<readonly ShownVerdict[]> =>
  withView(folder, async (view) => {
    const { steps, errors } = planProgram(new Catalog(), files, input);
    if (errors.length > 0) throw new SqlErrors(errors);
    const queries = queriesLeft(steps);
    const recovery = await recoveryOf(view);
    const old = oldPlansOf(recovery, queries);
    const change = changeOf(recovery, old, queries);
    mustBePossible(change, queries, recovery, old);
    const places = placesOf(recovery);
    return change.verdicts.map((verdict) => ({
      ...verdict,
      reads: verdict.fate === "rebuilt" ? verdict.tables.flatMap((table) => places.get(table) ?? []) : [],
      consents: consentsOf(verdict),
    }));
  });

async function recoveryOf(view: StateView): Promise<Recovery> {
  const generation = await newestOf(view);
  const { folder, state, storage } = view;
  const recovery = new Recovery(folder, generation && { meta: generation.meta, tables: [] });
  for (const { number, body } of framesOf(storage, readDirectoryLog(storage, folder, state), state.logFrom)) {
    // The checksums of the frames were right.
    recovery.take(number, decodeRecord(body) as StateRecord);
    // What its jobs have still to go through does not change what becomes of them.
    if (recovery.waiting !== undefined) recovery.apply(recovery.waiting.record);
  }
  return recovery;
}

/** The newest generation that can be read, as recovery takes it. */
async function newestOf(view: StateView): Promise<Generation | undefined> {
  let failure: Error | undefined;
  for (const entry of view.state.snapshots.toReversed()) {
    try {
      return await readGeneration(view, entry);
    } catch (error) {
      problemOf(error);
      failure ??= asError(error);
    }
  }
  if (failure !== undefined) throw failure;
  return undefined;
}

/** By table, what was read of its partitions. */
function placesOf({ jobs }: Recovery): ReadonlyMap<string, readonly ReadAgain[]> {
  const read = new Map<string, ReadAgain[]>();
  for (const { begun, saved, epochs } of jobs.values()) {
    const added = [...(saved?.meta.taken.added ?? []), ...epochs.flatMap((epoch) => epoch.added)];
    const marks = [...(saved?.meta.taken.partitions ?? []), ...epochs.flatMap(({ partitions }) => partitions)];
    for (const place of jobPlaces([...begun.partitions, ...added], marks)) {
      const known = read.get(place.table) ?? [];
      if (!known.some(({ partition }) => partition === place.partition)) read.set(place.table, [...known, place]);
    }
  }
  return read;
}

function jobPlaces(partitions: readonly PartitionStart[], marks: readonly PartitionMark[]): readonly ReadAgain[] {
  const last = new Map(marks.map((mark) => [mark.index, mark]));
  return partitions.map(({ table, name, ...start }, index) => ({
    table,
    partition: name,
    ...rowsUpTo(last.get(index) ?? start),
  }));
}

/** Where lines are counted the next one is known, else positions are those of rows. */
const rowsUpTo = ({ position, line }: PositionMark): Pick<ReadAgain, "rows" | "unit"> =>
  line === undefined ? { rows: BigInt(position), unit: "rows" } : { rows: BigInt(line) - 1n, unit: "lines" };
