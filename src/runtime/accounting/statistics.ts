/** What runs, in figures: for progress lines, --stats and tests. */
import { floorToMs, WATERMARK_END, WATERMARK_MIN } from "../../base/batch.ts";
import type { EngineMemory } from "../../wasm/memory.ts";
import type { QueryJob } from "../job/query-job.ts";
import type { StopPlace } from "../pipeline-events.ts";
import type { Conservation } from "./conservation.ts";
import type { ErrorTables } from "./error-tables.ts";
import type { SideTable } from "./side-table.ts";

export interface QueryStats {
  readonly name: string;
  readonly rowsOut: number;
  /** Rows, groups and sessions held. */
  readonly stateRows: number;
  /** Of them, those of windows and sessions that have not ended. */
  readonly openRows: number;
  readonly stateBytes: number;
  /** Microseconds since the epoch; undefined before the first; `ended` once the inputs have. */
  readonly watermark: bigint | undefined;
  readonly ended: boolean;
  /** By table (E6). Of a query that stopped: up to `stoppedAt`. */
  readonly conservation: readonly Conservation[];
  /** The first row that a query which stopped at run time did not take; undefined: it met no such row. */
  readonly stoppedAt: StopPlace | undefined;
}

/** A table of bad, failed or late rows that has any. */
export interface SideTableStats {
  /** As SQL names it: `t$errors`. */
  readonly name: string;
  /** The table or query that it stands beside. */
  readonly of: string;
  readonly holds: "bad" | "failed" | "late";
  /** Rows that stand in it, those that were evicted too. */
  readonly rows: number;
  /** Of them, those that it holds no longer: it is bounded by rows, bytes and age. */
  readonly evicted: number;
  /**
   * Of them, the input rows that are in no result (E6). The others of `failed` are groups, and rows made of them; the others
   * of `late` missed some of their windows, or those of a later operator.
   */
  readonly inputRows: number;
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
  readonly openRows: number;
  readonly memoryBytes: number;
  readonly memoryPeakBytes: number;
  readonly queries: readonly QueryStats[];
  /** Those of tables, then those of queries. */
  readonly sideTables: readonly SideTableStats[];
}

export function statsOf(jobs: readonly QueryJob[], tableErrors: ErrorTables, memory: EngineMemory): EngineStats {
  const queries = jobs.flatMap((job) =>
    job.queries.map(({ plan, pipeline }): QueryStats => {
      const { watermark } = pipeline;
      return {
        name: plan.name,
        rowsOut: pipeline.rowsOut,
        stateRows: pipeline.held.rows,
        openRows: pipeline.held.open,
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
    openRows: sum(queries, (q) => q.openRows),
    memoryBytes: memory.bytes,
    memoryPeakBytes: memory.peakBytes,
    queries,
    sideTables: sideTablesOf(jobs, tableErrors),
  };
}

function sideTablesOf(jobs: readonly QueryJob[], tableErrors: ErrorTables): readonly SideTableStats[] {
  const bad = tableErrors.counts.map(
    ({ table, ...counts }): SideTableStats => ({
      name: `${table}$errors`,
      of: table,
      holds: "bad",
      ...counts,
      inputRows: counts.rows,
    }),
  );
  const ofQueries = jobs.flatMap((job) =>
    job.queries.flatMap(({ plan, pipeline, errors, late }) => {
      const stats = (holds: "failed" | "late", { name, standing: rows, evicted }: SideTable): SideTableStats => {
        const counted = [...pipeline.conservation.values()].reduce((n, c) => n + c[holds], 0);
        return { name, of: plan.name, holds, rows, evicted, inputRows: Math.min(counted, rows) };
      };
      return [stats("failed", errors), stats("late", late)];
    }),
  );
  return [...bad, ...ofQueries].filter(({ rows }) => rows > 0);
}

/** What console.log shows of an engine. */
export const engineText = (closed: boolean, tables: ReadonlyMap<string, unknown>, { queries }: EngineStats): string =>
  `Engine { ${closed ? "closed" : "open"}, tables: [${[...tables.keys()].join(", ")}], queries: [${queries.map((q) => q.name).join(", ")}] }`;
