/** What `tidemark explain` does: the plan of every query of a file; under --analyze with what each counted. */
import { type Engine, open } from "../../engine.ts";
import { ExitCode, type ExitCodeNumber } from "../exit-code.ts";
import { summary } from "../output/progress.ts";
import { reportError } from "../output/report.ts";
import type { Terminal } from "../output/terminal.ts";
import type { SqlFile } from "./sql-file.ts";

export interface ExplainFlags {
  readonly json?: true;
  readonly code?: true;
  readonly analyze?: true;
  readonly debug?: true;
}

export async function explainFile(
  files: readonly SqlFile[],
  flags: ExplainFlags,
  terminal: Terminal,
): Promise<ExitCodeNumber> {
  let file: SqlFile | undefined;
  try {
    await using engine = await open();
    for (file of files) {
      const options = { path: file.path, baseDirectory: file.folder };
      const plans = engine.explain(file.text, { ...options, format: formatOf(flags) });
      if (flags.json === true) terminal.print(`[${plans.map((plan) => plan.text.trimEnd()).join(",\n")}]`);
      else for (const { text } of plans) terminal.print(`${text.trimEnd()}\n`);
      if (flags.analyze === true) await analyze(engine, file, terminal);
    }
    return ExitCode.DONE;
  } catch (error) {
    return reportError(error, file, { terminal, debug: flags.debug === true, json: false });
  }
}

function formatOf({ json, code }: ExplainFlags): "text" | "json" | "code" {
  if (json === true) return "json";
  return code === true ? "code" : "text";
}

/** Runs the file to its end, without printing its results, and tells what came of its rows. */
async function analyze(engine: Engine, file: SqlFile, terminal: Terminal): Promise<void> {
  const start = performance.now();
  await engine.execute(file.text, { path: file.path, baseDirectory: file.folder });
  engine.endInput();
  const { stats } = await engine.finished();
  for (const line of summary(stats, (performance.now() - start) / 1000)) terminal.print(line);
}
