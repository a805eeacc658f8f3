/**
 * For sceptics: `main.ts FILE.sql [--minutes N] [--seed S] [--epoch-rows N] [--outputs DIR]` runs a file of SQL once without a cut, then for
 * N minutes (1) with an empty state directory each round, killed at random until it may end; what it prints and writes
 * into DIR must be the same, and plain DuckDB must read every snapshot that a killed process leaves. The file must be
 * bounded, and give the same whenever it runs; DIR is emptied before every run. Exits with 0, with 2 where it cannot
 * begin, or with 7 on the first difference, of which the state directory stays.
 */
import { existsSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { Random } from "../sim/random.ts";
import { killed, type Left, type Program, undisturbed } from "./kills.ts";
import { openSnapshots } from "./open-snapshots.ts";

const USAGE = "usage: node test/crash/main.ts FILE.sql [--minutes N] [--seed S] [--epoch-rows N] [--outputs DIR]";
const [DIFFERENT, UNUSABLE] = [7, 2];
const KILLS_MAX = 12;
/** Few, so that a small file has many. */
const EPOCH_ROWS = 1000;

interface Asked extends Program {
  readonly minutes: number;
  readonly seed: number;
  /** undefined: the SQL writes no files. */
  readonly outputs: string | undefined;
}

async function asked(): Promise<Asked> {
  const options = {
    minutes: { type: "string" },
    seed: { type: "string" },
    "epoch-rows": { type: "string" },
    outputs: { type: "string" },
  } as const;
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const [file, ...more] = positionals;
  if (file === undefined || more.length > 0) throw new Error("it takes one file");
  const minutes = Number(values.minutes ?? 1);
  if (!(minutes > 0 && minutes < Number.POSITIVE_INFINITY)) throw new Error("--minutes takes a number above 0");
  const seed = Number(values.seed ?? Date.now() % 1_000_000);
  if (!Number.isSafeInteger(seed)) throw new Error("--seed takes a whole number");
  const epochRows = Number(values["epoch-rows"] ?? EPOCH_ROWS);
  const outputs = values.outputs === undefined ? undefined : resolve(values.outputs);
  if (outputs !== undefined && existsSync(outputs) && (await readdir(outputs)).length > 0) {
    throw new Error(`${outputs} would be emptied, and there is something in it`);
  }
  return { file: resolve(file), epochRows, minutes, seed, outputs };
}

/** What stands only on a terminal, until the next line. */
function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
}

/** Where two texts part, with what comes then; undefined: nowhere. */
function parting(now: string, before: string): string | undefined {
  if (now === before) return undefined;
  let at = 0;
  while (at < now.length && now[at] === before[at]) at++;
  const from = at === 0 ? 0 : now.lastIndexOf("\n", at - 1) + 1;
  const shown = (text: string): string => JSON.stringify(text.slice(from, at + 80));
  return `at character ${at}: ${shown(now)} instead of ${shown(before)}`;
}

function differenceOf(now: Left, before: Left): string | undefined {
  const printed = parting(now.stdout, before.stdout);
  if (printed !== undefined) return `what it prints differs ${printed}`;
  for (const name of new Set([...Object.keys(before.files), ...Object.keys(now.files)])) {
    const [text, expected] = [now.files[name], before.files[name]];
    if (text === undefined) return `${name} was not written`;
    if (expected === undefined) return `${name} was written`;
    const written = parting(text, expected);
    if (written !== undefined) return `${name} differs ${written}`;
  }
  return undefined;
}

interface Round {
  readonly kills: number;
  readonly opened: number;
  /** undefined: equal. */
  readonly difference: string | undefined;
}

async function play(
  program: Program,
  folders: { readonly outputs: string; readonly state: string },
  whole: Left & { readonly ms: number },
  seed: number,
): Promise<Round> {
  const random = new Random(seed);
  const counted = { kills: 0, opened: 0 };
  try {
    const left = await killed(program, folders, random, {
      kills: 1 + random.below(KILLS_MAX),
      lifeMs: whole.ms,
      afterKill: async ({ stdout }) => {
        counted.kills++;
        if (!whole.stdout.startsWith(stdout)) {
          throw new Error(`what the one printed that was killed differs ${parting(stdout, whole.stdout) ?? ""}`);
        }
        counted.opened += await openSnapshots(folders.state);
        progress(`seed ${seed}: ${counted.kills} kills, ${counted.opened} snapshots opened`);
      },
    });
    counted.opened += await openSnapshots(folders.state);
    return { ...counted, difference: differenceOf(left, whole) };
  } catch (error) {
    return { ...counted, difference: error instanceof Error ? error.message : String(error) };
  }
}

async function sceptic({ file, epochRows, minutes, seed, outputs: named }: Asked): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "tidemark-sceptic-"));
  const outputs = named ?? join(folder, "outputs");
  const state = join(folder, "state");
  let keep = false;
  try {
    progress("without a cut");
    const program = { file, epochRows };
    const whole = await undisturbed(program, outputs);
    progress("");
    process.stdout.write(`without a cut: ${whole.ms} ms, ${whole.stdout.split("\n").length - 1} lines\n`);
    const end = Date.now() + minutes * 60_000;
    for (let round = 0; round === 0 || Date.now() < end; round++) {
      const { kills, opened, difference } = await play(program, { outputs, state }, whole, seed + round);
      progress("");
      const verdict = difference === undefined ? "equal" : `DIFFERENT: ${difference}`;
      process.stdout.write(`seed ${seed + round}: ${kills} kills, ${opened} snapshots opened, ${verdict}\n`);
      if (difference === undefined) continue;
      keep = true;
      process.stdout.write(`again with --seed ${seed + round}; the state directory is ${state}\n`);
      process.exitCode = DIFFERENT;
      return;
    }
  } finally {
    if (!keep) await rm(folder, { recursive: true, force: true });
  }
}

try {
  await sceptic(await asked());
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${USAGE}\n`);
  process.exitCode = UNUSABLE;
}
