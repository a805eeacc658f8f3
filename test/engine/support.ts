/** What tests of the library share: a memory of their own size, a clock that only moves when told, files in a folder that goes. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { OpenOptions } from "../../src/api.ts";
import type { SystemClock } from "../../src/connectors/clock.ts";
import { type Engine, open } from "../../src/engine.ts";

export const openSmall = (options: OpenOptions = {}): Promise<Engine> =>
  open({ memoryLimitBytes: 64 << 20, hashSeed: 3n, ...options });

/** Sleeping moves the time; every sleep is written down. */
export class TestClock implements SystemClock {
  ms = 1_000_000;
  readonly sleeps: number[] = [];
  nowMs(): number {
    return this.ms;
  }
  nowMicros(): bigint {
    return BigInt(this.ms) * 1000n;
  }
  async sleep(ms: number): Promise<void> {
    if (ms > 0) this.sleeps.push(ms);
    this.ms += ms;
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}

export async function inFolder<T>(
  files: Readonly<Record<string, string>>,
  body: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "tidemark-"));
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    return await body(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Milliseconds after the first instant of 2026, as ISO text. */
export const at = (ms: number): string => new Date(Date.UTC(2026, 0, 1) + ms).toISOString().slice(0, -1);
