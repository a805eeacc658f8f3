/**
 * The state of a running query between two epochs: the parts of its operators as tables of a snapshot, and what is a few
 * numbers as JSON. Restored into a pipeline that was opened by the same plan, in whatever process, the query goes on.
 */
import { SqlError } from "../../base/error.ts";
import type { StagedTable } from "../../state/snapshot/staged.ts";
import { type Conservation, newConservation } from "../accounting/conservation.ts";
import type { Pipeline } from "../pipeline.ts";
import { checkParts, type NamedPart, namedParts, type PartVersions, saveParts, versionsOf } from "./parts.ts";

/** As JSON; watermarks are microseconds as text. */
export interface PipelineMeta {
  readonly versions: PartVersions;
  readonly scans: readonly string[];
  readonly values: readonly string[];
  /** `held`: the watermark of its inputs. */
  readonly instances: readonly { readonly label: string; readonly watermark: string; readonly held: string }[];
  /** By scan: its table is idle. */
  readonly away: readonly boolean[];
  readonly rowsOut: number;
  readonly conservation: readonly (readonly [key: string, counts: Conservation])[];
  /** It is the state of another plan: by operator, by its label, which one of that plan it goes on with. The others begin. */
  readonly carried?: Readonly<Record<string, string>>;
}

export interface SavedPipeline {
  readonly tables: readonly StagedTable[];
  readonly meta: PipelineMeta;
}

/** `windowAggregate 3` -> `window_aggregate_3`. */
export const stateTableName = (label: string): string =>
  label.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`).replaceAll(" ", "_");

/** What the operators of a query declare, as tables of a snapshot. `savedAs`: the label under which an operator was saved; undefined: it was not. */
export const declaredParts = (
  pipeline: Pipeline,
  prefix: string,
  savedAs: (label: string) => string | undefined = (label) => label,
): readonly NamedPart[] =>
  pipeline.instances.flatMap(({ label, state }) => {
    const name = savedAs(label);
    return name === undefined ? [] : namedParts(`${prefix}${stateTableName(name)}`, state);
  });

/** At the end of an epoch. `prefix`: before the names of its tables, where several queries share a snapshot. The query goes on as if nothing had been. */
export function savePipeline(pipeline: Pipeline, prefix = ""): SavedPipeline {
  const parts = declaredParts(pipeline, prefix);
  return {
    tables: saveParts(parts),
    meta: {
      versions: versionsOf(parts),
      scans: pipeline.scans.map((s) => String(s.watermark)),
      values: pipeline.values.map(({ source }) => String(source.watermark)),
      instances: pipeline.instances.map(({ label, watermark, held }) => ({
        label,
        watermark: String(watermark),
        held: String(held),
      })),
      away: pipeline.scans.map((s) => s.isAway),
      rowsOut: pipeline.rowsOut,
      conservation: Array.from(pipeline.conservation, ([key, counts]) => [key, { ...counts }]),
    },
  };
}

/**
 * Into a pipeline that has taken nothing in. Throws STATE_MISMATCH where the state is of another plan or version; a
 * pipeline whose restoring has failed is to be closed.
 */
export function restorePipeline(pipeline: Pipeline, saved: SavedPipeline, prefix = ""): void {
  checkPipeline(pipeline, saved, prefix)();
}

/** The same in two steps: compares the state with what the operators declare, and gives what restores it. */
export function checkPipeline(pipeline: Pipeline, saved: SavedPipeline, prefix: string): () => void {
  const { carried, rowsOut, conservation } = saved.meta;
  const restore =
    carried === undefined ? checkWhole(pipeline, saved, prefix) : checkCarried(pipeline, saved, carried, prefix);
  return () => {
    restore();
    pipeline.rowsOut = rowsOut;
    for (const [key, counts] of conservation) {
      // Sources may know these counts by reference.
      const known = pipeline.conservation.get(key) ?? newConservation(counts.query, counts.table);
      pipeline.conservation.set(key, Object.assign(known, counts));
    }
  };
}

/** Watermarks of what begins come with the first rows. */
function checkCarried(
  pipeline: Pipeline,
  { tables, meta }: SavedPipeline,
  carried: Readonly<Record<string, string>>,
  prefix: string,
): () => void {
  const parts = declaredParts(pipeline, prefix, (label) => carried[label]);
  const restore = checkParts(parts, tables, meta.versions);
  return () => {
    restore();
    for (const instance of pipeline.instances) {
      const before = meta.instances.find(({ label }) => label === carried[instance.label]);
      if (before === undefined) continue;
      instance.watermark = BigInt(before.watermark);
      instance.held = BigInt(before.held);
    }
  };
}

function checkWhole(pipeline: Pipeline, { tables, meta }: SavedPipeline, prefix: string): () => void {
  const { scans, values, instances } = meta;
  const isSame =
    scans.length === pipeline.scans.length &&
    values.length === pipeline.values.length &&
    instances.length === pipeline.instances.length;
  if (!isSame) {
    const reason = "it has other operators or reads other tables";
    throw new SqlError("STATE_MISMATCH", undefined, { table: pipeline.plan.name, reason });
  }
  const restore = checkParts(declaredParts(pipeline, prefix), tables, meta.versions);
  return () => {
    restore();
    pipeline.scans.forEach((s, i) => {
      s.watermark = BigInt(scans[i] ?? 0);
      s.isAway = meta.away[i] ?? false;
    });
    pipeline.values.forEach(({ source }, i) => {
      source.watermark = BigInt(values[i] ?? 0);
    });
    pipeline.instances.forEach((instance, i) => {
      instance.watermark = BigInt(instances[i]?.watermark ?? 0);
      instance.held = BigInt(instances[i]?.held ?? 0);
    });
  };
}
