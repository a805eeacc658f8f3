/** `tidemark check FILE.sql...`: parses, binds and plans; all errors and warnings of all files; runs nothing. */
import { Option } from "commander";
import type { CommandModule } from "../command.ts";
import { ExitCode } from "../exit-code.ts";

export const check: CommandModule = {
  summary: "find all errors of SQL files without running them",
  define(command, { terminal, finish }) {
    command
      .argument("<file...>", "SQL files, or - for standard input")
      .addOption(new Option("--format <format>", "errors as text or as data").choices(["text", "json"]).default("text"))
      .option("--strict", "warnings are errors")
      .action(
        async (paths: readonly string[], flags: { readonly format: string; readonly strict?: true; debug?: true }) => {
          const [{ checkFiles }, { readWhatCanBeRead }] = await Promise.all([
            import("../actions/check-files.ts"),
            import("../actions/sql-file.ts"),
          ]);
          const { files, unreadable } = await readWhatCanBeRead(paths, terminal);
          const code = await checkFiles(files, flags, terminal);
          for (const { message } of unreadable) terminal.say(`error: ${message}`);
          finish(unreadable.length > 0 ? ExitCode.USAGE : code);
        },
      );
  },
};
