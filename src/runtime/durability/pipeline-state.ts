/**
 * The state of a running query between two epochs: the parts of its operators as tables of a snapshot, and what is a few
 * numbers as JSON. Restored into a pipeline that was opened by the same plan, in whatever process, the query goes on.
 */
import { SqlError } from "../../base/error.ts";
import type { StagedChunk, StagedTable } from "../../state/snapshot/staged.ts";
import { differingColumn, type StatePart } from "../../state/staging/part.ts";
import { type Conservation, newConservation } from "../accounting/conservation.ts";
import type { Pipeline } from "../pipeline.ts";

/** By table: the version of what its columns mean. */
export type PartVersions = Readonly<Record<string, number>>;

/** As JSON; watermarks are microseconds as text. */
export interface PipelineMeta {
  readonly versions: PartVersions;
  readonly scans: readonly string[];
  readonly values: readonly string[];
  readonly instances: readonly string[];
  readonly rowsOut: number;
  readonly conservation: readonly (readonly [key: string, counts: Conservation])[];
}

export interface SavedPipeline {
  readonly tables: readonly StagedTable[];
  readonly meta: PipelineMeta;
}

interface NamedPart {
  readonly name: string;
  readonly part: StatePart;
}

/** `windowAggregate 3` -> `window_aggregate_3`. */
const tableName = (label: string): string =>
  label.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`).replaceAll(" ", "_");

/** Names the parts of something: `name` for what it is mainly, `name_part` for the others. */
export const namedParts = (name: string, parts: readonly StatePart[]): readonly NamedPart[] =>
  parts.map((part) => ({ name: part.name === "" ? name : `${name}_${part.name}`, part }));

const partsOf = (pipeline: Pipeline, prefix: string): readonly NamedPart[] =>
  pipeline.instances.flatMap(({ label, operator }) =>
    namedParts(`${prefix}${tableName(label)}`, operator.state?.() ?? []),
  );

export function saveParts(parts: readonly NamedPart[]): readonly StagedTable[] {
  return parts.map(({ name, part }) => {
    const chunks: StagedChunk[] = [];
    part.save((chunk) => chunks.push(chunk));
    return { name, columns: part.columns, chunks };
  });
}

export const versionsOf = (parts: readonly NamedPart[]): PartVersions =>
  Object.fromEntries(parts.map(({ name, part }) => [name, part.version]));

/** Throws STATE_MISMATCH where a part is missing, of another version or of other columns; then nothing was restored. */
export function restoreParts(parts: readonly NamedPart[], tables: Iterable<StagedTable>, versions: PartVersions): void {
  const byName = new Map(Array.from(tables, (table) => [table.name, table]));
  const found = parts.map(({ name, part }) => {
    const refuse = (reason: string): SqlError => new SqlError("STATE_MISMATCH", undefined, { table: name, reason });
    const table = byName.get(name);
    if (table === undefined) throw refuse("it is missing");
    if (versions[name] !== part.version) {
      throw refuse(`it has version ${versions[name] ?? "?"}, and ${part.version} is read here`);
    }
    const column = differingColumn(table.columns, part.columns);
    if (column !== undefined) throw refuse(`its columns are others from "${column}" on`);
    return { name, part, table, refuse };
  });
  for (const { part, table, refuse } of found) {
    try {
      part.restore(table.chunks);
    } catch (error) {
      if (error instanceof RangeError) throw refuse(error.message);
      throw error;
    }
  }
}

/** At the end of an epoch. `prefix`: before the names of its tables, where several queries share a snapshot. The query goes on as if nothing had been. */
export function savePipeline(pipeline: Pipeline, prefix = ""): SavedPipeline {
  const parts = partsOf(pipeline, prefix);
  return {
    tables: saveParts(parts),
    meta: {
      versions: versionsOf(parts),
      scans: pipeline.scans.map((s) => String(s.watermark)),
      values: pipeline.values.map(({ source }) => String(source.watermark)),
      instances: pipeline.instances.map((i) => String(i.watermark)),
      rowsOut: pipeline.rowsOut,
      conservation: Array.from(pipeline.conservation, ([key, counts]) => [key, { ...counts }]),
    },
  };
}

/**
 * Into a pipeline that has taken nothing in. Throws STATE_MISMATCH where the state is of another plan or version; a
 * pipeline whose restoring has failed is to be closed.
 */
export function restorePipeline(pipeline: Pipeline, { tables, meta }: SavedPipeline, prefix = ""): void {
  const { scans, values, instances } = meta;
  const isSame =
    scans.length === pipeline.scans.length &&
    values.length === pipeline.values.length &&
    instances.length === pipeline.instances.length;
  if (!isSame) {
    const reason = "it has other operators or reads other tables";
    throw new SqlError("STATE_MISMATCH", undefined, { table: pipeline.plan.name, reason });
  }
  restoreParts(partsOf(pipeline, prefix), tables, meta.versions);
  pipeline.scans.forEach((s, i) => {
    s.watermark = BigInt(scans[i] ?? 0);
  });
  pipeline.values.forEach(({ source }, i) => {
    source.watermark = BigInt(values[i] ?? 0);
  });
  pipeline.instances.forEach((instance, i) => {
    instance.watermark = BigInt(instances[i] ?? 0);
  });
  pipeline.rowsOut = meta.rowsOut;
  for (const [key, counts] of meta.conservation) {
    // Sources may know these counts by reference.
    const known = pipeline.conservation.get(key) ?? newConservation(counts.query, counts.table);
    pipeline.conservation.set(key, Object.assign(known, counts));
  }
}
