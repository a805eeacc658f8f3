/** The progress line of a run on a terminal, and the figures at its end. */
import { MICROS_PER_MS } from "../../base/batch.ts";
import type { Engine } from "../../engine.ts";
import { counted, groups, short } from "./numbers.ts";
import type { Terminal } from "./terminal.ts";

type Stats = ReturnType<Engine["stats"]>;
type SideTable = Stats["sideTables"][number];

const REDRAW_MS = 200;

/** The watermark behind which all queries are: the slowest one's. */
function watermarkText({ queries }: Stats): string {
  const known = queries.filter((query) => !query.ended).map((query) => query.watermark);
  const [first, ...others] = known;
  if (first === undefined || others.includes(undefined)) return known.length === 0 ? "end" : "none";
  const least = others.reduce<bigint>((low, each) => (each !== undefined && each < low ? each : low), first);
  return new Date(Number(least / MICROS_PER_MS)).toISOString().slice(0, 19).replace("T", " ");
}

/** Rows that did not make it; failed ones are said only where there are any. */
const mishaps = ({ late, bad, failed }: Stats): string =>
  [
    [late, "late"],
    [bad, "bad"],
    [failed, "failed"],
  ]
    .filter(([count, word]) => word !== "failed" || count !== 0)
    .map(([count, word]) => `, ${groups(Number(count))} ${word}`)
    .join("");

/** Redraws until it is disposed. Does nothing where nobody looks. */
export function showProgress(engine: Engine, terminal: Terminal): Disposable {
  if (!terminal.showsProgress) return { [Symbol.dispose]: () => undefined };
  let before = { rows: 0, at: performance.now() };
  const timer = setInterval(() => {
    const stats = engine.stats();
    const at = performance.now();
    const perSecond = ((stats.rowsIn - before.rows) / (at - before.at)) * 1000;
    before = { rows: stats.rowsIn, at };
    terminal.progress(
      `${groups(stats.rowsIn)} rows, ${short(perSecond)}/s, watermark ${watermarkText(stats)}${mishaps(stats)}`,
    );
  }, REDRAW_MS);
  return {
    [Symbol.dispose](): void {
      clearInterval(timer);
      terminal.progress("");
    },
  };
}

/** Where nobody asked for figures: what is in no result all the same, and where to look for it. */
export function left({ queries, sideTables }: Stats): readonly string[] {
  // Every table that is read has an entry, the error and late tables too: what a query of the run reads has been shown.
  const read = new Set(queries.flatMap(({ conservation }) => conservation.map((c) => c.table)));
  return sideTables
    .filter(({ name }) => !read.has(name))
    .flatMap((side) => sideTexts(side).map((text) => `note: ${text}, see "${side.name}" or --errors`));
}

/** What a table of bad, failed or late rows holds, in words. */
function sideTexts({ of, holds, rows, inputRows }: SideTable): readonly string[] {
  const others = rows - inputRows;
  const were = (count: number): string => `${counted(count, "row")} ${count === 1 ? "was" : "were"}`;
  switch (holds) {
    case "bad":
      return [`${were(rows)} bad in ${of}`];
    case "failed": {
      const parts = [counted(inputRows, "row"), counted(others, "result")];
      return [`${parts.filter((_, i) => [inputRows, others][i] !== 0).join(" and ")} failed in ${of}`];
    }
    case "late":
      return [
        ...(inputRows > 0 ? [`${were(inputRows)} late for ${of}`] : []),
        ...(others > 0 ? [`${were(others)} late for some windows of ${of}`] : []),
      ];
    default:
      return holds satisfies never;
  }
}

/** The last lines of a run: figures of the whole, then of each query (rule E6: they add up). */
export function summary(stats: Stats, seconds: number): readonly string[] {
  const rate = stats.rowsIn / Math.max(seconds, 0.001);
  return [
    `${groups(stats.rowsIn)} rows in, ${groups(stats.rowsOut)} out, ${groups(stats.stateRows)} in state` +
      `${mishaps(stats)}; ${seconds.toFixed(2)} s, ${short(rate)} rows/s`,
    ...stats.queries.flatMap(({ name, conservation, stoppedAt }) => [
      ...conservation.map(
        (c) =>
          `  ${name} from ${c.table}: ${groups(c.rowsIn)} in = ${groups(c.bad)} bad + ${groups(c.skipped)} skipped + ` +
          `${groups(c.failed)} failed + ${groups(c.filtered)} filtered + ${groups(c.late)} late + ${groups(c.accounted)} accounted`,
      ),
      ...(stoppedAt === undefined
        ? []
        : [`  ${name} stopped before position ${stoppedAt.position} of ${stoppedAt.partition} in ${stoppedAt.table}`]),
    ]),
    ...stats.sideTables.flatMap((side) => [
      ...sideTexts(side).map((text) => `  in "${side.name}": ${text}`),
      ...(side.evicted === 0 ? [] : [`  in "${side.name}": ${counted(side.evicted, "row")} of them kept no longer`]),
    ]),
  ];
}
