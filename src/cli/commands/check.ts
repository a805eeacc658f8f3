/** `tidemark check FILE.sql...`: parses, binds and plans; all errors and warnings of all files; runs nothing. */
import { Option } from "commander";
import type { CommandModule } from "../command.ts";

export const check: CommandModule = {
  summary: "find all errors of SQL files without running them",
  define(command, { terminal, finish }) {
    command
      .argument("<file...>", "SQL files, or - for standard input")
      .addOption(new Option("--format <format>", "errors as text or as data").choices(["text", "json"]).default("text"))
      .option("--strict", "warnings are errors")
      .action(
        async (paths: readonly string[], flags: { readonly format: string; readonly strict?: true; debug?: true }) => {
          const [{ checkFiles }, { readSqlFiles }] = await Promise.all([
            import("../actions/check-files.ts"),
            import("../actions/sql-file.ts"),
          ]);
          finish(await checkFiles(await readSqlFiles(paths, terminal), flags, terminal));
        },
      );
  },
};
