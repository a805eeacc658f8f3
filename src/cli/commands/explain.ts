/** `tidemark explain FILE.sql...`: the plan of every query; with --state what becomes of what a directory holds. */
import type { ExplainFlags } from "../actions/explain-file.ts";
import { assignment } from "../assignments.ts";
import type { CommandModule } from "../command.ts";

export const explain: CommandModule = {
  summary: "show how the queries of a file run, or what becomes of their state",
  define(command, { terminal, finish }) {
    command
      .argument("<file...>", "SQL files, or - for standard input")
      .option("--json", "the plan as data")
      .option("--code", "the code that each stage compiles to")
      .option("--analyze", "run the file to its end, then show the plan with what each query counted")
      .option("--state <dir>", "what becomes of the state in this folder if the files are run with it")
      .option("--param <name=value>", "a value for :name in the file (repeatable)", assignment)
      .option("--set <key=value>", "a setting, as SET does (repeatable)", assignment)
      .action(async (paths: readonly string[], flags: ExplainFlags) => {
        const [{ explainFiles }, { readSqlFiles }] = await Promise.all([
          import("../actions/explain-file.ts"),
          import("../actions/sql-file.ts"),
        ]);
        finish(await explainFiles(await readSqlFiles(paths, terminal), flags, terminal));
      });
  },
};
