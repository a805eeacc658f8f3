/** `tidemark explain FILE.sql`: the plan of every query of a file. */
import type { CommandModule } from "../command.ts";

export const explain: CommandModule = {
  summary: "show how the queries of a file run",
  define(command, { terminal, finish }) {
    command
      .argument("<file>", "an SQL file, or - for standard input")
      .option("--json", "the plan as data")
      .option("--code", "the code that each stage compiles to")
      .option("--analyze", "run the file to its end, then show the plan with what each query counted")
      .action(async (path: string, flags: { json?: true; code?: true; analyze?: true; debug?: true }) => {
        const [{ explainFile }, { readSqlFiles }] = await Promise.all([
          import("../actions/explain-file.ts"),
          import("../actions/sql-file.ts"),
        ]);
        finish(await explainFile(await readSqlFiles([path], terminal), flags, terminal));
      });
  },
};
