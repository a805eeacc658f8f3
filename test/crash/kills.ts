/** Kills a process that runs SQL over a state directory, as often as is asked, and starts it again each time. */
import { spawn } from "node:child_process";
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join, relative } from "node:path";
import type { Random } from "../sim/random.ts";

const main = new URL("../../src/cli/main.ts", import.meta.url).pathname;

interface Ended {
  /** null: it was killed. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly ms: number;
}

/** When a process is killed: `atMs` after its start, and with `recoveryMs` that long after its first words about its state. */
interface Death {
  readonly atMs: number;
  readonly recoveryMs?: number;
}

/** A file of SQL, and rows of its epochs: what a changelog shows depends on them. */
export interface Program {
  readonly file: string;
  readonly epochRows: number;
}

/** `death`: how long it lives at most. */
function runSql(
  { file, epochRows }: Program,
  options: { readonly state?: string; readonly death?: Death },
): Promise<Ended> {
  const { state, death } = options;
  const durable = state === undefined ? [] : ["--state", state, "--snapshot-interval", "0.05"];
  const set = ["--set", `epoch-rows=${epochRows}`];
  const args = [main, "run", file, "--changelog", "final", "--format", "json", ...set, ...durable];
  const started = Date.now();
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  const timers: NodeJS.Timeout[] = [];
  const killIn = (ms: number): number => timers.push(setTimeout(() => child.kill("SIGKILL"), ms));
  if (death !== undefined) killIn(death.atMs);
  const [stdout, stderr]: [string[], string[]] = [[], []];
  child.stdout.setEncoding("utf8").on("data", (text: string) => stdout.push(text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    if (death?.recoveryMs !== undefined && stderr.length === 0) killIn(death.recoveryMs);
    stderr.push(text);
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      for (const timer of timers) clearTimeout(timer);
      resolve({ code, stdout: stdout.join(""), stderr: stderr.join(""), ms: Date.now() - started });
    });
  });
}

/** Some die while they begin, some in the middle of their work, some five times in a row while they recover. */
function deaths(random: Random, lifeMs: number): () => Death {
  let inRow = 0;
  return () => {
    const atMs = Math.round(random.chance(0.3) ? 80 + random.next() * 250 : random.next() * 1.3 * lifeMs);
    if (inRow === 0 && random.chance(0.15)) inRow = 5;
    if (inRow === 0) return { atMs };
    inRow--;
    return { atMs: Math.round(1.3 * lifeMs), recoveryMs: Math.round(random.next() ** 2 * 150) };
  };
}

/** What a run leaves: what it printed, and the files that it wrote into `outputs`. */
export interface Left {
  readonly stdout: string;
  readonly files: Readonly<Record<string, string>>;
}

async function leftBy({ stdout }: Ended, outputs: string): Promise<Left> {
  const entries = await readdir(outputs, { recursive: true, withFileTypes: true });
  const paths = entries.flatMap((entry) => (entry.isFile() ? [join(entry.parentPath, entry.name)] : [])).sort();
  const files = await Promise.all(
    // A character for every byte, whatever it is.
    paths.map(async (path) => [relative(outputs, path), await readFile(path, "latin1")] as const),
  );
  return { stdout, files: Object.fromEntries(files) };
}

async function emptied(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const name of await readdir(folder)) await rm(join(folder, name), { recursive: true });
}

/** A life without a cut. */
export async function undisturbed(program: Program, outputs: string): Promise<Left & { readonly ms: number }> {
  await emptied(outputs);
  const ended = await runSql(program, {});
  if (ended.code !== 0) throw new Error(`${program.file} ends with ${ended.code}: ${ended.stderr}`);
  return { ...(await leftBy(ended, outputs)), ms: ended.ms };
}

export interface KillOptions {
  /** At most. */
  readonly kills: number;
  /** How long a life might be. */
  readonly lifeMs: number;
  /** Told of everyone who was killed, while nobody has the state directory open. */
  readonly afterKill?: (ended: Ended) => Promise<void>;
}

/** Lives that end by SIGKILL, and a last one that may end as it wants. */
export async function killed(
  program: Program,
  folders: { readonly outputs: string; readonly state: string },
  random: Random,
  { kills, lifeMs, afterKill }: KillOptions,
): Promise<Left & { readonly kills: number }> {
  const { outputs, state } = folders;
  await emptied(outputs);
  await rm(state, { recursive: true, force: true });
  const nextDeath = deaths(random, lifeMs);
  for (let done = 0; ; done++) {
    const ended = await runSql(program, done >= kills ? { state } : { state, death: nextDeath() });
    if (ended.code === 0) return { ...(await leftBy(ended, outputs)), kills: done };
    if (ended.code !== null)
      throw new Error(`${program.file} ends with ${ended.code} after ${done} kills: ${ended.stderr}`);
    await afterKill?.(ended);
  }
}
