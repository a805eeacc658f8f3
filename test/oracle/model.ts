/** Which windows each row is in, row by row from the rules (T1-T5, W2), with no thought of speed: the oracle's own engine. */
import type { Aligned } from "./layers.ts";
import type { Program, Row } from "./program.ts";

export interface Assigned {
  readonly row: Row;
  readonly position: number;
  readonly start: number;
  readonly end: number;
}

const floorMod = (a: number, b: number): number => ((a % b) + b) % b;

/** The windows of a time: [start, end). */
function windowsOf(w: Aligned, ts: number): [number, number][] {
  const aligned = (size: number): number => ts - floorMod(ts - w.offset, size);
  switch (w.kind) {
    case "tumble":
      return [[aligned(w.size), aligned(w.size) + w.size]];
    case "hop": {
      const windows: [number, number][] = [];
      for (let start = aligned(w.slide); start > ts - w.size; start -= w.slide) windows.push([start, start + w.size]);
      return windows;
    }
    case "cumulate": {
      const start = aligned(w.size);
      const windows: [number, number][] = [];
      for (let end = start + w.step; end <= start + w.size; end += w.step) if (ts < end) windows.push([start, end]);
      return windows;
    }
    default:
      return w satisfies never;
  }
}

interface Session {
  start: number;
  end: number;
  readonly members: { readonly row: Row; readonly position: number }[];
}

/** `keep` says which rows form sessions (the conditions below the window). */
export function assign(p: Program, keep: (position: number) => boolean): { assigned: Assigned[]; late: number } {
  const assigned: Assigned[] = [];
  const open = new Map<string, Session[]>();
  let watermark = Number.NEGATIVE_INFINITY;
  let late = 0;
  const close = (key: string): void => {
    const sessions = open.get(key) ?? [];
    for (const s of sessions.filter((x) => x.end - 1 <= watermark)) {
      for (const m of s.members) assigned.push({ ...m, start: s.start, end: s.end });
    }
    open.set(
      key,
      sessions.filter((x) => x.end - 1 > watermark),
    );
  };
  p.rows.forEach((row, position) => {
    const w = p.window;
    if (w.kind === "none") assigned.push({ row, position, start: 0, end: 0 });
    else if (w.kind !== "session") {
      const windows = windowsOf(w, row.ts);
      const taken = windows.filter(([, end]) => end - 1 > watermark);
      if (taken.length === 0) late++;
      for (const [start, end] of taken) assigned.push({ row, position, start, end });
    } else if (keep(position)) {
      const key = JSON.stringify(w.keys.map((k) => String(row[k as keyof Row]))); // the keys are names of columns
      close(key);
      const sessions = open.get(key) ?? [];
      const touching = sessions.filter((s) => row.ts <= s.end && s.start <= row.ts + w.gap);
      const merged: Session = {
        start: Math.min(row.ts, ...touching.map((s) => s.start)),
        end: Math.max(row.ts + w.gap, ...touching.map((s) => s.end)),
        members: [...touching.flatMap((s) => s.members), { row, position }],
      };
      if (merged.end - 1 <= watermark) late++;
      else open.set(key, [...sessions.filter((s) => !touching.includes(s)), merged]);
    }
    watermark = Math.max(watermark, row.ts - p.delayMs);
  });
  watermark = Number.POSITIVE_INFINITY;
  for (const key of [...open.keys()]) close(key);
  return { assigned, late };
}
