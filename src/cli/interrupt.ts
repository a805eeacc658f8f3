/** Ctrl-C: the first drains, the second stops at once. SIGTERM drains too. */
import { ExitCode } from "./exit-code.ts";
import type { Terminal } from "./output/terminal.ts";

export interface Interrupt {
  /** Whether a drain was asked for. */
  readonly asked: boolean;
}

/** `drain` runs once, at the first signal. The process ends with 130 at the second, be it after the drain: it stays in force. */
export function onInterrupt(terminal: Terminal, drain: () => void): Interrupt {
  let asked = false;
  const heard = (): void => {
    // After a stop at once nothing is flushed: whoever presses twice wants the prompt back.
    if (asked) process.exit(ExitCode.STOPPED);
    asked = true;
    if (terminal.showsProgress) terminal.say("draining; press Ctrl-C again to stop at once");
    drain();
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, heard);
  return {
    get asked(): boolean {
      return asked;
    },
  };
}
