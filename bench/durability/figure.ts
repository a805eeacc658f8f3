/** What the durability group measures, each in a process and a folder of its own. */
import { monitorEventLoopDelay } from "node:perf_hooks";

/** `beside`: what it is compared with, and how many times that it is. */
export interface Figure {
  readonly what: string;
  readonly value: string;
  readonly beside?: { readonly what: string; readonly value: string; readonly ratio: number };
}

/** `scale`: 1 is the size that the project's goals name. `folder`: empty, on the disk that is measured. */
export type Measure = (folder: string, scale: number) => Promise<readonly Figure[]>;

export const ms = (value: number): string => `${value.toFixed(value < 10 ? 2 : 0)} ms`;
export const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MiB`;

/** The value below which `share` of the values are. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

const NS_PER_MS = 1e6;

/** How long work takes, and the longest that a timer of 1 ms was late meanwhile. */
export async function timed<T>(
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly ms: number; readonly lateMs: number }> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const start = performance.now();
  const result = await work();
  const spent = performance.now() - start;
  delay.disable();
  return { result, ms: spent, lateMs: delay.max / NS_PER_MS - 1 };
}
