/** What a command of the command line is: one file in commands/, one line in main.ts. */
import type { Command } from "commander";
import type { ExitCodeNumber } from "./exit-code.ts";
import type { Terminal } from "./output/terminal.ts";

/** A command adds its arguments, flags and action. What it does is imported inside the action: start-up stays short. */
export interface CommandModule {
  readonly summary: string;
  define(command: Command, context: CommandContext): void;
}

export interface CommandContext {
  readonly terminal: Terminal;
  /** Where the action leaves what the process answers. */
  finish(code: ExitCodeNumber): void;
}

/** A mistake in the command's own arguments: one line on stderr, exit 2. */
export class UsageError extends Error {}
