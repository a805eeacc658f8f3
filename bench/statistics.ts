/** Medians with their spread, and the machine they were measured on. */
import { cpus, totalmem } from "node:os";

export interface Spread {
  readonly median: number;
  /** Half the distance between lowest and highest, relative to the median. */
  readonly spread: number;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (index: number): number => sorted[index] ?? Number.NaN;
  const middle = (sorted.length - 1) / 2;
  const median = (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2;
  return { median, spread: (at(sorted.length - 1) - at(0)) / 2 / median };
}

export function machine(): string {
  const [first] = cpus();
  const gib = (totalmem() / 2 ** 30).toFixed(0);
  return `${cpus().length} x ${first?.model.trim() ?? process.arch}, ${gib} GiB, ${process.platform} ${process.arch}`;
}

export const millions = (perSecond: number): string => `${(perSecond / 1e6).toFixed(perSecond < 10e6 ? 2 : 1)} M/s`;
