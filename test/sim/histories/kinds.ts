/** The histories that there are: each throws where it leaves something else than a life without faults. */
import { changeHistory } from "./changes.ts";
import { fileHistory } from "./files.ts";
import { insertHistory } from "./inserts.ts";
import type { Told } from "./told.ts";

export const kinds: Readonly<Record<"changes" | "files" | "inserts", (seed: number, told: Told) => Promise<void>>> = {
  changes: changeHistory,
  files: fileHistory,
  inserts: insertHistory,
};
