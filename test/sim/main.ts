/**
 * Histories for as long as one likes: `main.ts files|inserts|changes [--from SEED] [--count N] [--minutes N]`. Says how many there were,
 * and the seeds of those that left something else than a life without faults; exits with 7 where there are any.
 */
import { parseArgs } from "node:util";
import { kinds } from "./histories/kinds.ts";
import { nothingTold } from "./histories/told.ts";

const { values, positionals } = parseArgs({
  options: {
    from: { type: "string", default: "1" },
    count: { type: "string", default: "1000000" },
    minutes: { type: "string", default: "1" },
  },
  allowPositionals: true,
});
const [given = "files"] = positionals;
const kind = given === "inserts" || given === "changes" ? given : "files";
const first = Number(values.from);
const start = Date.now();
const end = start + Number(values.minutes) * 60_000;
const told = nothingTold();
const failed: number[] = [];
for (let seed = first; seed < first + Number(values.count) && Date.now() < end; seed++) {
  try {
    told.histories += 1;
    await kinds[kind](seed, told);
  } catch (error) {
    failed.push(seed);
    process.stdout.write(`seed ${seed}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  }
}
const perSecond = told.histories / ((Date.now() - start) / 1000);
process.stdout.write(`${JSON.stringify({ kind, first, ...told, perSecond: Number(perSecond.toFixed(1)), failed })}\n`);
if (failed.length > 0) process.exitCode = 7;
