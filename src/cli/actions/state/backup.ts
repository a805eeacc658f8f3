/** `tidemark state backup DIR TO`: a copy of a state directory as it is at this moment. */
import { backUp } from "../../../engine/inspect/backup.ts";
import { ExitCode, type ExitCodeNumber } from "../../exit-code.ts";
import { counted } from "../../output/numbers.ts";
import type { Terminal } from "../../output/terminal.ts";
import { bytesText, printJson, type StateFlags } from "./text.ts";

export async function backup(
  folder: string,
  to: string,
  flags: StateFlags,
  terminal: Terminal,
): Promise<ExitCodeNumber> {
  const done = await backUp(folder, to);
  if (flags.json === true) printJson(done, terminal);
  else {
    terminal.print(
      `${to}: ${counted(done.files, "file")}, ${bytesText(done.bytes)}, up to record ${done.record} of the log`,
    );
  }
  return ExitCode.DONE;
}
