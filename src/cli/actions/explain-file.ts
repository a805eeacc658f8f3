/** What `tidemark explain` does: the plan of every query of a program, under --analyze with what each counted; or what becomes of its state. */
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
  readonly state?: string;
  readonly param?: Readonly<Record<string, string>>;
  readonly set?: Readonly<Record<string, string>>;
  readonly debug?: true;
}

type Program = Parameters<Engine["execute"]>[0];

export async function explainFiles(
  files: readonly SqlFile[],
  flags: ExplainFlags,
  terminal: Terminal,
): Promise<ExitCodeNumber> {
  const program = files.map(({ text, path, folder }) => ({ text, path, baseDirectory: folder }));
  const parameters = flags.param ?? {};
  try {
    if (flags.state !== undefined) {
      const { explainState } = await import("./explain-state.ts");
      await explainState(flags.state, program, { parameters, settings: flags.set ?? {}, json: flags.json }, terminal);
      return ExitCode.DONE;
    }
    await using engine = await open({ settings: flags.set ?? {} });
    const plans = engine.explain(program, { parameters, format: formatOf(flags) });
    if (flags.json === true) terminal.print(`[${plans.map((plan) => plan.text.trimEnd()).join(",\n")}]`);
    else for (const { text } of plans) terminal.print(`${text.trimEnd()}\n`);
    if (flags.analyze === true) await analyze(engine, program, parameters, terminal);
    return ExitCode.DONE;
  } catch (error) {
    return reportError(error, files, { terminal, debug: flags.debug === true, json: false });
  }
}

function formatOf({ json, code }: ExplainFlags): "text" | "json" | "code" {
  if (json === true) return "json";
  return code === true ? "code" : "text";
}

/** Runs the program to its end, without printing its results, and tells what came of its rows. */
async function analyze(
  engine: Engine,
  program: Program,
  parameters: Readonly<Record<string, string>>,
  terminal: Terminal,
): Promise<void> {
  const start = performance.now();
  await engine.execute(program, { parameters });
  engine.endInput();
  const { stats } = await engine.finished();
  for (const line of summary(stats, (performance.now() - start) / 1000)) terminal.print(line);
}
