/**
 * The command line: finds the command, loads it alone, and answers with an exit code. Nothing large is imported here:
 * `tidemark --version` has to cost no more than Node itself.
 */
import type { Command } from "commander";
import { packageVersion } from "../connectors/package.ts";
import { type CommandModule, UsageError } from "./command.ts";
import { ExitCode, type ExitCodeNumber } from "./exit-code.ts";
import { Terminal } from "./output/terminal.ts";

/** One line a command; each file is read when the command is used, or all of them for help. */
const commands: Readonly<Record<string, () => Promise<CommandModule>>> = {
  run: async () => (await import("./commands/run.ts")).run,
  check: async () => (await import("./commands/check.ts")).check,
  explain: async () => (await import("./commands/explain.ts")).explain,
  demo: async () => (await import("./commands/demo.ts")).demo,
  generate: async () => (await import("./commands/generate.ts")).generate,
  bench: async () => (await import("./commands/bench.ts")).bench,
  state: async () => (await import("./commands/state.ts")).state,
};

/** Words of the surface that this version does not have: refused by name, so that nobody wonders about a typing error. */
const refused = new Set(["serve", "sql", "why", "fmt", "doctor", "functions"]);

const HELP_AFTER = `
Examples:
  tidemark demo                      real data through windows, live
  tidemark run revenue.sql           run a file; results on stdout
  cat events.ndjson | tidemark run clicks.sql`;

async function main(args: readonly string[]): Promise<ExitCodeNumber> {
  const [first] = args;
  if (first === "--version" || first === "-V") {
    process.stdout.write(`${packageVersion()}\n`);
    return ExitCode.DONE;
  }
  const terminal = new Terminal(process);
  if (first !== undefined && refused.has(first)) {
    terminal.say(`tidemark ${first} is not in version ${packageVersion()}`);
    return ExitCode.USAGE;
  }
  let code: ExitCodeNumber = ExitCode.DONE;
  const program = await commandLine(terminal, first, (answer) => {
    code = answer;
  });
  try {
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    code = await codeOf(error, terminal, args.includes("--debug"));
  }
  await terminal.close();
  if (terminal.failure === undefined) return code;
  terminal.say(`error: results could not be written: ${terminal.failure.message}`);
  return ExitCode.CONNECTOR;
}

async function commandLine(
  terminal: Terminal,
  first: string | undefined,
  finish: (code: ExitCodeNumber) => void,
): Promise<Command> {
  const { Command } = await import("commander");
  const program = new Command("tidemark")
    .description("Streaming SQL in one process: windows, watermarks and every row accounted for.")
    .option("-V, --version", "print the version")
    .addHelpText("after", HELP_AFTER)
    .showHelpAfterError("(tidemark --help shows the commands)")
    .exitOverride()
    .configureOutput({ writeErr: (text) => terminal.say(text.trimEnd()) });
  const known = first !== undefined && Object.hasOwn(commands, first);
  for (const [name, load] of Object.entries(commands)) {
    if (known && name !== first) continue;
    const { summary, define } = await load();
    const command = program.command(name).description(summary).option("--debug", "show stack traces of errors");
    define(command.showHelpAfterError(`(tidemark ${name} --help shows the flags)`), { terminal, finish });
  }
  return program;
}

/** Says what went wrong, as far as it has not been said, and chooses the exit code. */
async function codeOf(error: unknown, terminal: Terminal, debug: boolean): Promise<ExitCodeNumber> {
  const { CommanderError } = await import("commander");
  if (error instanceof CommanderError) {
    // Commander has said it already. Help that was asked for is no error; help instead of a command is.
    return error.exitCode === 0 ? ExitCode.DONE : ExitCode.USAGE;
  }
  if (error instanceof UsageError) {
    terminal.say(`error: ${error.message}`);
    return ExitCode.USAGE;
  }
  const { reportError } = await import("./output/report.ts");
  return reportError(error, undefined, { terminal, debug, json: false });
}

process.exitCode = await main(process.argv.slice(2));
