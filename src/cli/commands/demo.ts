/** `tidemark demo`: real data replayed through windows, live. Needs nothing. */
import { durationMs } from "../assignments.ts";
import type { CommandModule } from "../command.ts";

export const demo: CommandModule = {
  summary: "real data replayed through windows, live; needs nothing",
  define(command, { terminal, finish }) {
    command
      .option("--for <duration>", "stop after this time, as in 10s", durationMs)
      .action(async (flags: { readonly for?: number; readonly debug?: true }) => {
        const { runDemo } = await import("../demo/run.ts");
        finish(await runDemo({ forMs: flags.for, debug: flags.debug === true }, terminal));
      });
  },
};
