/**
 * Arithmetic of time windows (W2, W3, T9), in microseconds. Rows are kept by pane: the longest stretch of time whose rows
 * belong to the same windows.
 */
import { MICROS_PER_MS } from "../../base/batch.ts";
import type { WindowSpec } from "../operator.ts";

export type Window = readonly [start: bigint, end: bigint];
export type AlignedWindow = Exclude<WindowSpec, { readonly kind: "session" }>;

/** 0001-01-01 and 10000-01-01. */
export const TIME_LEAST: bigint = -62_135_596_800_000_000n;
export const TIME_END: bigint = 253_402_300_800_000_000n;

/** Whether a window's bounds can be shown. */
export const inRange = ([start, end]: Window): boolean => start >= TIME_LEAST && end < TIME_END;

/** The watermark that fires a window which ends there (T2). */
export const fireBound = (end: bigint): bigint => end - MICROS_PER_MS;

export function floorTo(t: bigint, size: bigint, offset: bigint): bigint {
  const m = (t - offset) % size;
  return t - (m < 0n ? m + size : m);
}

export function gcd(a: bigint, b: bigint): bigint {
  return b === 0n ? a : gcd(b, a % b);
}

export interface Panes {
  readonly width: bigint;
  /** Start of the pane of a time. */
  paneOf(t: bigint): bigint;
  /** The windows that the pane lies in, by their ends. */
  windowsOf(pane: bigint): readonly Window[];
}

export function panesOf(w: AlignedWindow): Panes {
  switch (w.kind) {
    case "tumble":
      return {
        width: w.size,
        paneOf: (t) => floorTo(t, w.size, w.offset),
        windowsOf: (pane) => [[pane, pane + w.size]],
      };
    case "hop": {
      const width = gcd(w.size, w.slide);
      return {
        width,
        paneOf: (t) => floorTo(t, width, w.offset),
        windowsOf: (pane) => {
          const windows: Window[] = [];
          for (let start = floorTo(pane, w.slide, w.offset); start > pane - w.size; start -= w.slide) {
            windows.push([start, start + w.size]);
          }
          return windows.reverse();
        },
      };
    }
    case "cumulate":
      return {
        width: w.step,
        paneOf: (t) => floorTo(t, w.step, floorTo(t, w.size, w.offset)),
        windowsOf: (pane) => {
          const start = floorTo(pane, w.size, w.offset);
          const windows: Window[] = [];
          for (let end = pane + w.step; end <= start + w.size; end += w.step) windows.push([start, end]);
          return windows;
        },
      };
    default:
      return w satisfies never;
  }
}
