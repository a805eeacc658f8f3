/** `tidemark bench [job...]`: the benchmark beside DuckDB, as `npm run bench` runs it. */
import { count } from "../assignments.ts";
import { type CommandModule, UsageError } from "../command.ts";
import { ExitCode } from "../exit-code.ts";

interface BenchFlags {
  readonly rounds: number;
  readonly scale: string;
  readonly json?: true;
}

export const bench: CommandModule = {
  summary: "measure this machine, side by side with DuckDB",
  define(command, { terminal, finish }) {
    command
      .argument("[job...]", "which jobs; all if none is given")
      .option("--rounds <n>", "how often each is measured", count, 3)
      .option("--scale <factor>", "more or fewer rows than usual", "1")
      .option("--json", "one object per job")
      .action(async (names: readonly string[], { rounds, scale, json }: BenchFlags) => {
        const { bench: runBench, jobNames } = await import("../../../bench/main.ts");
        const unknown = names.find((name) => !jobNames.includes(name));
        if (unknown !== undefined) {
          throw new UsageError(`there is no job ${unknown}; there are ${jobNames.join(", ")}`);
        }
        if (!(Number(scale) > 0)) throw new UsageError("--scale must be a number above 0");
        await runBench({
          names,
          rounds,
          scale: Number(scale),
          json: json === true,
          print: (line) => {
            terminal.print(line);
          },
        });
        finish(ExitCode.DONE);
      });
  },
};
