/** Kills a process that runs SQL over a state directory, as often as is asked, and starts it again each time. */
import { spawn } from "node:child_process";
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Random } from "../sim/random.ts";

const main = new URL("../../src/cli/main.ts", import.meta.url).pathname;

export interface Ended {
  /** null: it was killed. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly ms: number;
}

/** Runs a file of SQL; `killMs`: how long it lives at most. */
export function runSql(file: string, options: { readonly state?: string; readonly killMs?: number }): Promise<Ended> {
  const { state, killMs } = options;
  const durable = state === undefined ? [] : ["--state", state, "--snapshot-interval", "0.05"];
  const args = [main, "run", file, "--changelog", "final", "--format", "json", ...durable];
  const started = Date.now();
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  const timer = killMs === undefined ? undefined : setTimeout(() => child.kill("SIGKILL"), killMs);
  const [stdout, stderr]: [string[], string[]] = [[], []];
  child.stdout.setEncoding("utf8").on("data", (text: string) => stdout.push(text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => stderr.push(text));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      clearTimeout(timer);
      resolve({ code, stdout: stdout.join(""), stderr: stderr.join(""), ms: Date.now() - started });
    });
  });
}

/** What a run leaves: what it printed, and the files that it wrote into `outputs`. */
export interface Left {
  readonly stdout: string;
  readonly files: Readonly<Record<string, string>>;
}

async function leftBy({ stdout }: Ended, outputs: string): Promise<Left> {
  const names = (await readdir(outputs)).sort();
  const files = await Promise.all(
    names.map(async (name) => [name, await readFile(join(outputs, name), "utf8")] as const),
  );
  return { stdout, files: Object.fromEntries(files) };
}

async function emptied(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
}

/** A life without a cut. */
export async function undisturbed(file: string, outputs: string): Promise<Left & { readonly ms: number }> {
  await emptied(outputs);
  const ended = await runSql(file, {});
  if (ended.code !== 0) throw new Error(`${file} ends with ${ended.code}: ${ended.stderr}`);
  return { ...(await leftBy(ended, outputs)), ms: ended.ms };
}

/** Lives that end by SIGKILL, `kills` at most, and a last one that may end as it wants. `lifeMs`: how long one might be. */
export async function killed(
  file: string,
  folders: { readonly outputs: string; readonly state: string },
  random: Random,
  { kills, lifeMs }: { readonly kills: number; readonly lifeMs: number },
): Promise<Left & { readonly kills: number }> {
  const { outputs, state } = folders;
  await emptied(outputs);
  await rm(state, { recursive: true, force: true });
  let done = 0;
  for (;;) {
    const isLast = done >= kills;
    // Some die while they begin, some in the middle of their work, some five times in a row where the last one died.
    const killMs = Math.round(random.chance(0.3) ? 80 + random.next() * 250 : random.next() * 1.3 * lifeMs);
    const ended = await runSql(file, isLast ? { state } : { state, killMs });
    if (ended.code === null) {
      done++;
      continue;
    }
    if (ended.code !== 0) throw new Error(`${file} ends with ${ended.code} after ${done} kills: ${ended.stderr}`);
    return { ...(await leftBy(ended, outputs)), kills: done };
  }
}
