/** What `tidemark demo` does: runs a scenario's file, and shows its three views as they change. */
import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { type Engine, open } from "../../engine.ts";
import { ExitCode, type ExitCodeNumber } from "../exit-code.ts";
import { onInterrupt } from "../interrupt.ts";
import { summary } from "../output/progress.ts";
import { reportError } from "../output/report.ts";
import type { Terminal } from "../output/terminal.ts";
import { Board, type SessionRow, type SlidingRow } from "./board.ts";
import { type Scenario, scenario } from "./scenario.ts";
import { type Counts, lateLine, screen, sessionLine, windowLine } from "./text.ts";

export interface DemoOptions {
  readonly forMs: number | undefined;
  readonly debug: boolean;
}

const REDRAW_MS = 100;
/** In a pipe the late rows are told once for so many windows. */
const LATE_LINE_WINDOWS = 7;
const HOME = "\x1b[H";
const CLEAR = "\x1b[2J";
const CLEAR_TO_END = "\x1b[K";
const CLEAR_BELOW = "\x1b[J";

export async function runDemo(options: DemoOptions, terminal: Terminal): Promise<ExitCodeNumber> {
  const show = scenario();
  const sql = await readFile(show.file, "utf8");
  try {
    await using engine = await open();
    const stop = (): void => {
      // What a drain meets is met by `finished` below too.
      void engine.drain().catch(() => undefined);
    };
    onInterrupt(terminal, stop);
    terminal.onReaderGone(stop);
    const start = performance.now();
    await engine.execute(sql, { path: show.file, baseDirectory: dirname(show.file) });
    const board = new Board();
    const counts = (): Counts => countsOf(engine, start);
    const lines = terminal.showsResults ? undefined : new Lines(terminal, show, counts);
    const views = [watchSliding(engine, board, lines), watchSessions(engine, board, lines)];
    using _screen = terminal.showsResults ? redraw(terminal, () => screen(board, counts(), show)) : undefined;
    using _timer = stopAfter(options.forMs, stop);
    const { stats } = await engine.finished();
    await Promise.all(views);
    lines?.end();
    if (terminal.showsResults) terminal.print(frame(screen(board, counts(), show)));
    terminal.print("");
    for (const line of summary(stats, (performance.now() - start) / 1000)) terminal.print(line);
    terminal.print(`\nThe queries: ${show.file}\nYour own:    tidemark run FILE.sql`);
    return ExitCode.DONE;
  } catch (error) {
    return reportError(error, { path: show.file, text: sql }, { terminal, debug: options.debug, json: false });
  }
}

function countsOf(engine: Engine, start: number): Counts {
  const { rowsIn, queries } = engine.stats();
  const [hourly] = queries.find((query) => query.name === "hourly")?.conservation ?? [];
  return {
    rows: rowsIn,
    rowsPerSecond: (rowsIn / Math.max(1, performance.now() - start)) * 1000,
    judged: hourly?.rowsIn ?? 0,
    late: hourly?.late ?? 0,
  };
}

/** Plain lines, one for each thing that happened. */
class Lines {
  readonly #terminal: Terminal;
  readonly #scenario: Scenario;
  readonly #counts: () => Counts;
  #windows = 0;
  #last = "";

  constructor(terminal: Terminal, show: Scenario, counts: () => Counts) {
    this.#terminal = terminal;
    this.#scenario = show;
    this.#counts = counts;
    terminal.print(`Tidemark: ${show.title}`);
    terminal.print(`window: ${show.sliding.title}; session: ${show.sessions.title}`);
  }

  window(windowEnd: string, top: readonly SlidingRow[]): void {
    this.#terminal.print(windowLine(windowEnd, top, this.#scenario));
    this.#last = windowEnd;
    if (++this.#windows % LATE_LINE_WINDOWS === 0) this.end();
  }

  session(row: SessionRow): void {
    this.#terminal.print(sessionLine(row, this.#scenario));
  }

  end(): void {
    if (this.#last !== "") this.#terminal.print(lateLine(this.#last, this.#counts(), this.#scenario));
  }
}

async function watchSliding(engine: Engine, board: Board, lines: Lines | undefined): Promise<void> {
  for await (const { row } of engine.subscribe("sliding")) {
    // The columns of the view, by the scenario's file.
    const complete = board.addSliding(row as unknown as SlidingRow);
    if (complete !== undefined) lines?.window(complete.windowEnd, complete.top);
  }
  if (board.windowEnd !== "") lines?.window(board.windowEnd, board.top);
}

async function watchSessions(engine: Engine, board: Board, lines: Lines | undefined): Promise<void> {
  for await (const { row } of engine.subscribe("sessions")) {
    // The columns of the view, by the scenario's file.
    const session = row as unknown as SessionRow;
    board.addSession(session);
    lines?.session(session);
  }
}

const frame = (lines: readonly string[]): string =>
  `${HOME}${lines.map((line) => `${line}${CLEAR_TO_END}`).join("\n")}${CLEAR_BELOW}`;

function redraw(terminal: Terminal, lines: () => readonly string[]): Disposable {
  terminal.print(CLEAR);
  const timer = setInterval(() => {
    terminal.print(frame(lines()));
  }, REDRAW_MS);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

function stopAfter(ms: number | undefined, stop: () => void): Disposable {
  const timer = ms === undefined ? undefined : setTimeout(stop, ms);
  return { [Symbol.dispose]: () => clearTimeout(timer) };
}
