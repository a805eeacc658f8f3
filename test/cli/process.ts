/** The command line as a process of its own, as a shell would start it: no terminal, nothing on stdin unless given. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { join } from "node:path";

export const main: string = join(import.meta.dirname, "../../src/cli/main.ts");

export interface Ended {
  readonly stdout: string;
  readonly stderr: string;
  /** null where a signal ended it. */
  readonly code: number | null;
}

export interface RunOptions {
  readonly stdin?: string;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly node?: readonly string[];
}

export function startCli(args: readonly string[], options: RunOptions = {}): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, [...(options.node ?? []), main, ...args], {
    cwd: options.cwd,
    env: { ...process.env, NO_COLOR: "", ...options.env },
    stdio: "pipe",
  });
}

/** Resolves with the first output; rejects where the process ends without any. */
export function firstOutput(child: ChildProcessWithoutNullStreams): Promise<void> {
  return new Promise((resolve, reject) => {
    child.stdout.once("data", () => {
      resolve();
    });
    child.once("close", (code) => {
      reject(new Error(`ended with ${code} before it said anything`));
    });
  });
}

export function ended(child: ChildProcessWithoutNullStreams): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const out: Buffer[] = [];
    const errors: Buffer[] = [];
    child.stdout.on("data", (data: Buffer) => out.push(data));
    child.stderr.on("data", (data: Buffer) => errors.push(data));
    child.on("error", reject);
    child.on("close", (code) => {
      resolve({ stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(errors).toString(), code });
    });
  });
}

export function runCli(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  const child = startCli(args, options);
  // A command that does not read its input may end before it is written.
  child.stdin.on("error", () => undefined);
  child.stdin.end(options.stdin ?? "");
  return ended(child);
}
