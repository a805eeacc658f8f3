/** `tidemark state ..`: looks into a state directory, checks it, makes it smaller, copies it. */
import type { Command } from "commander";
import type { StateFlags } from "../actions/state/text.ts";
import { count } from "../assignments.ts";
import { type CommandModule, UsageError } from "../command.ts";
import type { ExitCodeNumber } from "../exit-code.ts";

const GENERATIONS_MAX = 2;

const LIVE = "\nA process may be working in the directory: it is not disturbed, and nothing is written.";

const COMPACT_HELP = `
Only while nobody works in the directory. Removed are segments of the log in front of what the kept generations need, and
files that a process left which died. The kept generations are read first: where one is damaged, nothing is changed.

Queries are not run, so no generation is made: the log behind the newest one stays, and rows of tables without connector
stay in the log as long as 'retention' keeps them. A process that ends by itself or is asked to (Ctrl-C) makes a generation
at its end. With --generations 1 there is none to fall back to when the last one is damaged.`;

const BACKUP_HELP = `
Also while a process works in the directory: the copy is of one moment. TO must be empty or not be there.

To restore, give the copy (or a copy of it) to --state. The first process that works in it begins a timeline of its own and
says so. A file that a query writes may have gone on since: then the start is refused (SINK_CHANGED) and says at which
byte to cut it.`;

export const state: CommandModule = {
  summary: "look into a state directory, check it, compact it, back it up",
  define(command, { finish, terminal }) {
    const sub = (name: string, summary: string, help: string): Command =>
      command
        .command(name)
        .description(summary)
        .argument("<dir>", "the folder that --state names")
        .option("--json", "as data")
        .option("--debug", "show stack traces of errors")
        .addHelpText("after", help);
    const done = async (code: Promise<ExitCodeNumber>): Promise<void> => {
      finish(await code);
    };
    sub("ls", "what it is, its generations, its log, and who works in it", LIVE).action(
      async (dir: string, flags: StateFlags) => done((await import("../actions/state/ls.ts")).ls(dir, flags, terminal)),
    );
    sub("show", "what a generation holds, or the rows of one of its tables", LIVE)
      .argument("<gen>", "its number, or latest")
      .argument("[operator]", "one of its tables, as query.operator or 'query$operator'")
      .option("--limit <n>", "at most so many rows", count, 100)
      .action(
        async (folder: string, generation: string, table: string | undefined, flags: StateFlags & { limit: number }) =>
          done((await import("../actions/state/show.ts")).show({ folder, generation, table }, flags, terminal)),
      );
    sub("diff", "rows, sources and watermarks: what came from one generation to another", LIVE)
      .argument("<gen>", "the older one: its number, or latest")
      .argument("<gen2>", "the newer one")
      .option("--limit <n>", "so many rows of each table as examples", count, 5)
      .action(async (dir: string, from: string, to: string, flags: StateFlags & { limit: number }) =>
        done((await import("../actions/state/diff.ts")).diff(dir, [from, to], flags, terminal)),
      );
    const verifyHelp = `${LIVE}\nExit 0: nothing is damaged (a torn tail is none, and is said); exit 5: something is.`;
    sub("verify", "read all of it: what is damaged, from which byte on, and what to do", verifyHelp).action(
      async (dir: string, flags: StateFlags) =>
        done((await import("../actions/state/verify.ts")).verify(dir, flags, terminal)),
    );
    sub("compact", "remove what no generation needs", COMPACT_HELP)
      .option("--generations <n>", "how many to keep, 1 or 2", generations, GENERATIONS_MAX)
      .action(async (dir: string, flags: StateFlags & { generations: number }) =>
        done((await import("../actions/state/compact.ts")).compact(dir, flags, terminal)),
      );
    sub("backup", "copy it as it is at one moment", BACKUP_HELP)
      .argument("<to>", "the folder that is made")
      .action(async (dir: string, to: string, flags: StateFlags) =>
        done((await import("../actions/state/backup.ts")).backup(dir, to, flags, terminal)),
      );
  },
};

function generations(given: string): number {
  const value = Number(given);
  if (value !== 1 && value !== GENERATIONS_MAX) throw new UsageError("--generations takes 1 or 2");
  return value;
}
