/** `tidemark state compact DIR`: removes what no kept generation needs. */
import { compactState } from "../../../engine/inspect/compact.ts";
import { ExitCode, type ExitCodeNumber } from "../../exit-code.ts";
import { counted } from "../../output/numbers.ts";
import type { Terminal } from "../../output/terminal.ts";
import { bytesText, printJson, type StateFlags } from "./text.ts";

export interface CompactFlags extends StateFlags {
  readonly generations: number;
}

export async function compact(folder: string, flags: CompactFlags, terminal: Terminal): Promise<ExitCodeNumber> {
  const done = await compactState(folder, flags.generations);
  if (flags.json === true) {
    printJson(done, terminal);
    return ExitCode.DONE;
  }
  const { removed, freedBytes, generations, first, last, wasBackup } = done;
  for (const file of removed) terminal.print(`removed ${file}`);
  terminal.print(`freed ${bytesText(freedBytes)}`);
  terminal.print(
    generations.length === 0
      ? "there is no generation yet: all of the log is needed"
      : `kept generations ${generations.join(", ")}`,
  );
  const records = last - first + 1;
  terminal.print(
    records <= 0
      ? "the log behind them is empty"
      : `the log still has ${counted(records, "record")}, ${first} to ${last}`,
  );
  if (wasBackup) terminal.print("it was a backup: a timeline of its own has begun");
  return ExitCode.DONE;
}
