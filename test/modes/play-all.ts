/**
 * Plays every supported conformance case and a number of oracle programs in this process: `play-all.ts [PROGRAMS]`.
 * For processes with special flags of the runtime; exits with 1 and the names where something differs.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expectedOf, loadCases, play } from "../conformance/case.ts";
import { difference } from "../oracle/check.ts";
import { generate } from "../oracle/program.ts";

const programs = Number(process.argv[2] ?? 0);
// Written by the conformance test.
const unsupported = JSON.parse(
  readFileSync(join(import.meta.dirname, "../conformance/unsupported.json"), "utf8"),
) as Record<string, string>;

const wrong: string[] = [];
let played = 0;
for (const c of loadCases()) {
  if (unsupported[c.name] !== undefined || c.deviates !== undefined) continue;
  played++;
  const rows = await play(c).catch((error: unknown) => [String(error)]);
  if (JSON.stringify(rows) !== JSON.stringify(expectedOf(c))) wrong.push(c.name);
}
for (let seed = 1; seed <= programs; seed++) {
  played++;
  const found = await difference(generate(seed), [{ name: "whole batches" }]).catch((error: unknown) => error);
  if (found !== undefined) wrong.push(`oracle seed ${seed}`);
}
process.stdout.write(`${played} programs played, ${wrong.length} differ ${wrong.join(", ")}\n`);
process.exitCode = wrong.length === 0 ? 0 : 1;
