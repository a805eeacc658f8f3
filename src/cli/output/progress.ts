/** The progress line of a run on a terminal, and the figures at its end. */
import type { Engine } from "../../engine.ts";
import { groups, short } from "./numbers.ts";
import type { Terminal } from "./terminal.ts";

type Stats = ReturnType<Engine["stats"]>;

const REDRAW_MS = 200;
const MICROS_PER_MS = 1000n;

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

/** Where nobody asked for figures: which rows are in no result all the same, and where to look for them. */
export function left({ queries }: Stats): readonly string[] {
  // Every table that is read has an entry, the error and late tables too.
  const bad = new Map(queries.flatMap(({ conservation }) => conservation.map((c) => [c.table, c.bad] as const)));
  const lines = [
    ...[...bad].map(([table, count]) => ({
      count,
      what: ["was bad in", "were bad in"],
      table: `${table}$errors`,
      of: table,
    })),
    ...queries.flatMap(({ name, conservation }) => {
      const sum = (of: "failed" | "late"): number => conservation.reduce((total, c) => total + c[of], 0);
      return [
        { count: sum("failed"), what: ["failed in", "failed in"], table: `${name}$errors`, of: name },
        { count: sum("late"), what: ["was late for", "were late for"], table: `${name}$late`, of: name },
      ];
    }),
  ];
  return (
    lines
      // What a query of the run reads has been shown.
      .filter(({ count, table }) => count > 0 && !bad.has(table))
      .map(
        ({ count, what, table, of }) =>
          `note: ${groups(count)} ${count === 1 ? `row ${what[0]}` : `rows ${what[1]}`} ${of}, see "${table}" or --errors`,
      )
  );
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
  ];
}
