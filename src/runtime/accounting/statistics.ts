/** What runs, in figures: for progress lines, --stats and tests. */
import { floorToMs, WATERMARK_END, WATERMARK_MIN } from "../../base/batch.ts";
import type { EngineMemory } from "../../wasm/memory.ts";
import type { StopPlace } from "../pipeline-events.ts";
import type { QueryJob } from "../query-job.ts";
import type { Conservation } from "./conservation.ts";

export interface QueryStats {
  readonly name: string;
  readonly rowsOut: number;
  /** Rows, groups and sessions held. */
  readonly stateRows: number;
  readonly stateBytes: number;
  /** Microseconds since the epoch; undefined before the first; `ended` once the inputs have. */
  readonly watermark: bigint | undefined;
  readonly ended: boolean;
  /** By table (E6). Of a query that stopped: up to `stoppedAt`. */
  readonly conservation: readonly Conservation[];
  /** The first row that a query which stopped at run time did not take; undefined: it met no such row. */
  readonly stoppedAt: StopPlace | undefined;
}

export interface EngineStats {
  /** Records read, each once however many queries read it. */
  readonly rowsIn: number;
  readonly bad: number;
  readonly rowsOut: number;
  readonly late: number;
  readonly failed: number;
  readonly filtered: number;
  readonly stateRows: number;
  readonly memoryBytes: number;
  readonly memoryPeakBytes: number;
  readonly queries: readonly QueryStats[];
}

export function statsOf(jobs: readonly QueryJob[], memory: EngineMemory): EngineStats {
  const queries = jobs.flatMap((job) =>
    job.queries.map(({ plan, pipeline }): QueryStats => {
      const { watermark } = pipeline;
      return {
        name: plan.name,
        rowsOut: pipeline.rowsOut,
        stateRows: pipeline.stateRows(),
        stateBytes: pipeline.bytes,
        watermark: watermark === WATERMARK_MIN || watermark === WATERMARK_END ? undefined : floorToMs(watermark),
        ended: watermark === WATERMARK_END,
        conservation: [...pipeline.conservation.values()],
        stoppedAt: pipeline.stoppedAt,
      };
    }),
  );
  const counts = queries.flatMap((q) => q.conservation);
  const inputs = jobs.flatMap((job) => job.inputs.map((i) => i.input));
  const sum = <T>(items: readonly T[], of: (item: T) => number): number => items.reduce((n, i) => n + of(i), 0);
  return {
    rowsIn: sum(inputs, (i) => i.rowsIn),
    bad: sum(inputs, (i) => i.bad),
    rowsOut: sum(queries, (q) => q.rowsOut),
    late: sum(counts, (c) => c.late),
    failed: sum(counts, (c) => c.failed),
    filtered: sum(counts, (c) => c.filtered),
    stateRows: sum(queries, (q) => q.stateRows),
    memoryBytes: memory.bytes,
    memoryPeakBytes: memory.peakBytes,
    queries,
  };
}
