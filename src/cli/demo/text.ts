/** The demo in words: lines for a pipe, a screen for a terminal. */
import { groups } from "../output/numbers.ts";
import type { Board, SessionRow, SlidingRow } from "./board.ts";
import type { Scenario } from "./scenario.ts";

const BAR_WIDTH = 30;
/** Lines of the window are few, so that a pipe can be read. */
const LINE_NAMES = 3;

export interface Counts {
  readonly rows: number;
  readonly rowsPerSecond: number;
  /** Of the query whose rows come late: all of them, and the late ones. */
  readonly judged: number;
  readonly late: number;
}

const day = (timestamp: string): string => timestamp.slice(0, 10);
const clock = (timestamp: string): string => timestamp.slice(11, 16);

export function windowLine(windowEnd: string, top: readonly SlidingRow[], { sliding }: Scenario): string {
  const names = top
    .slice(0, LINE_NAMES)
    .map((row) => `${row.name} ${row.amount.toFixed(1)} ${sliding.unit} (${groups(row.events)} ${sliding.events})`);
  return `${day(windowEnd)} ${clock(windowEnd)}  window  ${names.join(", ")}`;
}

export function sessionLine(row: SessionRow, { sessions }: Scenario): string {
  const until = `${clock(row.window_start)}-${clock(row.last_event)}`;
  return `${day(row.last_event)} ${clock(row.last_event)}  session ${row.name} ${until}, ${groups(row.events)} ${sessions.events}`;
}

export const lateLine = (at: string, { judged, late }: Counts, scenario: Scenario): string =>
  `${day(at)} ${clock(at)}  late    ${groups(late)} of ${groups(judged)} ${scenario.late}; all kept in "hourly$late"`;

/** The whole screen, as lines. */
export function screen(board: Board, counts: Counts, scenario: Scenario): readonly string[] {
  const longest = Math.max(1, ...board.top.map((row) => row.amount));
  return [
    `Tidemark: ${scenario.title}    ${groups(counts.rows)} rows, ${groups(counts.rowsPerSecond)} a second`,
    "",
    `${scenario.sliding.title}, until ${day(board.windowEnd)} ${clock(board.windowEnd)}`,
    ...board.top.map((row) => {
      const bar = "█".repeat(Math.max(0, Math.round((row.amount / longest) * BAR_WIDTH)));
      const amount = row.amount.toFixed(1).padStart(7);
      return `  ${row.name.padEnd(5)}${amount} ${scenario.sliding.unit}  ${groups(row.events).padStart(7)} ${scenario.sliding.events}  ${bar}`;
    }),
    "",
    scenario.sessions.title,
    ...board.sessions.map(
      (row) =>
        `  ${row.name.padEnd(5)}${day(row.window_start)} ${clock(row.window_start)} to ${clock(row.last_event)}` +
        `  ${groups(row.events).padStart(7)} ${scenario.sessions.events}`,
    ),
    "",
    `late: ${groups(counts.late)} rows ${scenario.late}; all of them are kept in "hourly$late"`,
  ];
}
