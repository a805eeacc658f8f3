/** `tidemark run FILE.sql... | -`: executes the statements; every bare SELECT prints its changes as they happen. */
import { Option } from "commander";
import type { RunFlags } from "../actions/run-files.ts";
import { assignment, repeated } from "../assignments.ts";
import { type CommandModule, UsageError } from "../command.ts";

export const run: CommandModule = {
  summary: "run SQL files; results on stdout, everything else on stderr",
  define(command, { terminal, finish }) {
    command
      .argument("<file...>", "SQL files, or - for standard input")
      .addOption(
        new Option("--format <format>", "how results are printed (table on a terminal, json in a pipe)").choices([
          "table",
          "json",
          "csv",
        ]),
      )
      .addOption(
        new Option("--changelog <mode>", "print every change, or the final result once at the end").choices([
          "changes",
          "final",
        ]),
      )
      .option("--param <name=value>", "a value for :name in the file (repeatable)", assignment)
      .option("--set <key=value>", "a setting, as SET does (repeatable)", assignment)
      .option("--stats", "rows in, out, late, bad and filtered at the end")
      .option("--errors <file>", "write bad and late rows to a file, as NDJSON")
      .option("--strict", "warnings are errors, and so is the first bad row")
      .option("--state <dir>", "a folder that survives the process: the same command goes on where it was")
      .option("--snapshot-interval <seconds>", "least time between two snapshots of the state (10)", seconds)
      .option(
        "--accept-loss <name>",
        "start a changed program without the state of this query, or operator of one (repeatable)",
        repeated,
      )
      .option("--sink-append", "let the rows of a changed query come behind those that the old one wrote")
      .addOption(new Option("--parallelism <n>").hideHelp())
      .action(async (paths: readonly string[], flags: RunFlags & { readonly parallelism?: string }) => {
        refuse("--parallelism", flags.parallelism);
        const [{ runFiles }, { readSqlFiles }] = await Promise.all([
          import("../actions/run-files.ts"),
          import("../actions/sql-file.ts"),
        ]);
        finish(await runFiles(await readSqlFiles(paths, terminal), flags, terminal));
      });
  },
};

function seconds(given: string): number {
  const value = Number(given);
  if (given.trim() === "" || !Number.isFinite(value) || value < 0)
    throw new UsageError("--snapshot-interval takes a number of seconds");
  return value;
}

function refuse(flag: string, given: string | undefined): void {
  if (given !== undefined) throw new UsageError(`${flag} is not in this version: queries run on one thread`);
}
