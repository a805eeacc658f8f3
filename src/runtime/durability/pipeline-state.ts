/**
 * The state of a running query between two epochs: the parts of its operators as tables of a snapshot, and what is a few
 * numbers as JSON. Restored into a pipeline that was opened by the same plan, in whatever process, the query goes on.
 */
import { SqlError } from "../../base/error.ts";
import type { StagedTable } from "../../state/snapshot/staged.ts";
import { type Conservation, newConservation } from "../accounting/conservation.ts";
import type { Pipeline } from "../pipeline.ts";
import { type NamedPart, namedParts, type PartVersions, restoreParts, saveParts, versionsOf } from "./parts.ts";

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

/** `windowAggregate 3` -> `window_aggregate_3`. */
const tableName = (label: string): string =>
  label.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`).replaceAll(" ", "_");

const partsOf = (pipeline: Pipeline, prefix: string): readonly NamedPart[] =>
  pipeline.instances.flatMap(({ label, operator }) =>
    namedParts(`${prefix}${tableName(label)}`, operator.state?.() ?? []),
  );

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
