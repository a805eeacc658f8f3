/** What `tidemark check` does: all errors and warnings of all files, each file for itself. */
import { open } from "../../engine.ts";
import { ExitCode, type ExitCodeNumber } from "../exit-code.ts";
import { reportDiagnostics } from "../output/report.ts";
import type { Terminal } from "../output/terminal.ts";
import type { SqlFile } from "./sql-file.ts";

export interface CheckFlags {
  readonly format: string;
  readonly strict?: true;
}

export async function checkFiles(
  files: readonly SqlFile[],
  flags: CheckFlags,
  terminal: Terminal,
): Promise<ExitCodeNumber> {
  await using engine = await open();
  const json = flags.format === "json";
  let refused = 0;
  for (const file of files) {
    const { errors, warnings } = engine.check(file.text, { path: file.path, baseDirectory: file.folder });
    const diagnostics = [...errors, ...warnings];
    // What is asked for is a result: as data it goes to stdout.
    if (json) reportAsResults(diagnostics, file, terminal);
    else reportDiagnostics(diagnostics, file, { terminal, json });
    const isRefused = errors.length > 0 || (flags.strict === true && warnings.length > 0);
    if (isRefused) refused++;
    else if (!json) terminal.print(`${file.path}: ok`);
  }
  return refused > 0 ? ExitCode.SQL_REFUSED : ExitCode.DONE;
}

function reportAsResults(
  diagnostics: Parameters<typeof reportDiagnostics>[0],
  file: SqlFile,
  terminal: Terminal,
): void {
  const toResults = {
    color: false,
    say: (line: string): void => {
      terminal.print(line);
    },
  };
  reportDiagnostics(diagnostics, file, { terminal: toResults, json: true });
}
