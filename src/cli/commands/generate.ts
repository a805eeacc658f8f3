/** `tidemark generate nexmark`: writes events of a generator as NDJSON or CSV, to a file or to stdout. */
import { Argument, Option } from "commander";
import type { GenerateFlags } from "../actions/generate-nexmark.ts";
import { count } from "../assignments.ts";
import { type CommandModule, UsageError } from "../command.ts";

const streams: readonly GenerateFlags["stream"][] = ["bid", "auction", "person", "all"];

export const generate: CommandModule = {
  summary: "write events of a generator",
  define(command, { terminal, finish }) {
    command
      .addArgument(new Argument("<generator>", "which generator").choices(["nexmark"]))
      .option("--events <n>", "how many events, of all kinds together", count, 100_000)
      .option("--span <duration>", "event time from first to last event, as in '1000 s'")
      .option("--seed <n>", "another seed makes other events")
      .addOption(new Option("--stream <stream>", "which kind of events").choices(streams).default("bid"))
      .addOption(
        new Option("--format <format>", "how they are written").choices(["json", "csv", "parquet"]).default("json"),
      )
      .option("--out <file>", "where to; stdout if not given")
      .action(async (_generator: string, flags: GenerateFlags) => {
        if (flags.format === "parquet")
          throw new UsageError("--format parquet is not in this version; json and csv are");
        const { generateNexmark } = await import("../actions/generate-nexmark.ts");
        finish(await generateNexmark(flags, terminal));
      });
  },
};
