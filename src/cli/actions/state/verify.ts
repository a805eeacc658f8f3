/** `tidemark state verify DIR`: whether all of a state directory is as it was written; exit 5 where it is not. */
import { type Finding, verifyState } from "../../../engine/inspect/verify.ts";
import { ExitCode, type ExitCodeNumber } from "../../exit-code.ts";
import { counted, groups } from "../../output/numbers.ts";
import type { Terminal } from "../../output/terminal.ts";
import { printJson, type StateFlags } from "./text.ts";

export async function verify(folder: string, flags: StateFlags, terminal: Terminal): Promise<ExitCodeNumber> {
  const { right, findings } = await verifyState(folder);
  const damaged = findings.filter(({ kind }) => kind === "damage");
  if (flags.json === true) {
    const plain = findings.map((finding) => ({ ...finding, at: finding.at ?? null }));
    printJson({ ok: damaged.length === 0, right, findings: plain }, terminal);
  } else {
    for (const text of right) terminal.print(`ok      ${text}`);
    for (const finding of findings) for (const line of linesOf(finding)) terminal.print(line);
    terminal.print(
      damaged.length === 0 ? "nothing is damaged" : `${counted(damaged.length, "part")} damaged; nothing was changed`,
    );
  }
  return damaged.length === 0 ? ExitCode.DONE : ExitCode.STORAGE;
}

function linesOf({ kind, file, at, what, means, remedy }: Finding): readonly string[] {
  const place = at === undefined ? file : `${file}, byte ${groups(at)}`;
  return [
    `${kind === "damage" ? "DAMAGED" : "note   "} ${place}: ${what}`,
    `          means: ${means}`,
    `          to do: ${remedy}`,
  ];
}
