/** What `tidemark run` does: one engine, the files in order, results on stdout until the inputs end or a drain. */
import { Readable } from "node:stream";
import { type Engine, open } from "../../engine.ts";
import { ExitCode, type ExitCodeNumber } from "../exit-code.ts";
import { onInterrupt } from "../interrupt.ts";
import { answerText, type OutputFormat } from "../output/answers.ts";
import { counted } from "../output/numbers.ts";
import { printSinks } from "../output/print-sinks.ts";
import { left, showProgress, summary } from "../output/progress.ts";
import { reportDiagnostics, reportError } from "../output/report.ts";
import type { Terminal } from "../output/terminal.ts";
import { type SideRows, sideRowsInto } from "./side-rows.ts";
import { type SqlFile, STDIN_PATH } from "./sql-file.ts";

export interface RunFlags {
  readonly format?: OutputFormat;
  readonly changelog?: "changes" | "final";
  readonly param?: Readonly<Record<string, string>>;
  readonly set?: Readonly<Record<string, string>>;
  readonly stats?: true;
  readonly errors?: string;
  readonly strict?: true;
  readonly state?: string;
  readonly snapshotInterval?: number;
  readonly acceptLoss?: readonly string[];
  readonly sinkAppend?: true;
  readonly debug?: true;
}

export async function runFiles(
  files: readonly SqlFile[],
  flags: RunFlags,
  terminal: Terminal,
): Promise<ExitCodeNumber> {
  const format = flags.format ?? (terminal.showsResults ? "table" : "json");
  const report = { terminal, debug: flags.debug === true, json: false };
  // The files are one program: all of it is known before a row flows, and nothing runs where one of them is refused.
  const program = files.map(({ text, path, folder }) => ({ text, path, baseDirectory: folder }));
  try {
    await using sideRows =
      flags.errors === undefined ? undefined : sideRowsInto(flags.errors, flags.state !== undefined);
    await using engine = await openEngine(
      flags,
      format,
      terminal,
      sideRows,
      files.some(({ path }) => path === STDIN_PATH),
    );
    const ending = endEarly(engine, terminal);
    const parameters = flags.param ?? {};
    if (flags.strict === true) {
      const { errors, warnings } = engine.check(program, { parameters });
      if (errors.length === 0 && warnings.length > 0) {
        const asErrors = warnings.map((warning) => ({ ...warning, severity: "error" as const }));
        reportDiagnostics(asErrors, files, { terminal, json: false });
        return ExitCode.SQL_REFUSED;
      }
    }
    const { answers, warnings } = await engine.execute(program, {
      parameters,
      isProgram: true,
      ...(flags.acceptLoss !== undefined && { acceptLoss: flags.acceptLoss }),
      ...(flags.sinkAppend !== undefined && { sinkAppend: flags.sinkAppend }),
    });
    reportDiagnostics(warnings, files, { terminal, json: false });
    for (const answer of answers) terminal.print(answerText(answer, format));
    return await runToEnd(engine, ending, flags, terminal);
  } catch (error) {
    return reportError(error, files, report);
  }
}

async function openEngine(
  flags: RunFlags,
  format: OutputFormat,
  terminal: Terminal,
  sideRows: SideRows | undefined,
  sqlFromStdin: boolean,
): Promise<Engine> {
  const { set, strict, changelog, state, snapshotInterval } = flags;
  const engine: Engine = await open({
    settings: { ...(strict === true && { "on-error": "fail" }), ...set },
    ...(changelog !== undefined && { changelog }),
    ...(state !== undefined && { state }),
    ...(snapshotInterval !== undefined && { snapshotIntervalMs: Math.round(1000 * snapshotInterval) }),
    get stdin() {
      return sqlFromStdin ? takenStdin() : terminal.stdin;
    },
    stdout: terminal.results,
    print: printSinks({ format, changelog, stdout: terminal.results, memory: () => engine.memory }),
    onNotice: (text) => {
      terminal.say(text);
    },
    ...(sideRows !== undefined && {
      onSideRow: (table, row) => {
        sideRows.write(table, row);
      },
    }),
  });
  return engine;
}

/** Standard input after the SQL has been read from it: a table that reads it would be empty for no reason to be seen. */
const takenStdin = (): Readable =>
  new Readable({
    read(): void {
      this.destroy(new Error("the SQL came from it; give the SQL as a file"));
    },
  });

/** Why a run may end before its inputs do. Watched for from before the first statement: rows flow at once. */
interface Ending {
  readonly isReaderGone: boolean;
  readonly isInterrupted: boolean;
}

function endEarly(engine: Engine, terminal: Terminal): Ending {
  let isReaderGone = false;
  const drain = (): void => {
    // What a drain meets is met by `finished` too.
    void engine.drain().catch(() => undefined);
  };
  terminal.onReaderGone(() => {
    isReaderGone = true;
    drain();
  });
  const interrupt = onInterrupt(terminal, drain);
  return {
    get isReaderGone(): boolean {
      return isReaderGone;
    },
    get isInterrupted(): boolean {
      return interrupt.asked;
    },
  };
}

async function runToEnd(engine: Engine, ending: Ending, flags: RunFlags, terminal: Terminal): Promise<ExitCodeNumber> {
  const start = performance.now();
  engine.endInput();
  using _progress = showProgress(engine, terminal);
  const { stats, failures } = await engine.finished();
  const othersWentOn = failures.length < stats.queries.length;
  const codes = failures.map(({ query, error }) => {
    terminal.say(`query ${query} failed${othersWentOn ? "; the others went on" : ""}`);
    return reportError(error, undefined, { terminal, debug: flags.debug === true, json: false });
  });
  if (ending.isReaderGone) return ExitCode.DONE;
  terminal.progress("");
  await terminal.flush();
  if (ending.isInterrupted && stats.openRows > 0) {
    const were = stats.openRows === 1 ? "was" : "were";
    terminal.say(`drained: ${counted(stats.openRows, "group")} of open windows ${were} not printed`);
  }
  if (flags.stats === true || terminal.showsProgress) {
    for (const line of summary(stats, (performance.now() - start) / 1000)) terminal.say(line);
  } else if (flags.errors === undefined) {
    for (const line of left(stats)) terminal.say(line);
  }
  const [first] = codes;
  // Where nothing went on, what ended it is what the caller wants to know.
  if (first === undefined) return ExitCode.DONE;
  return othersWentOn ? ExitCode.QUERY_FAILED : first;
}
