/**
 * Sessions that hold their rows as values (T4): for SESSION as a table, and for aggregates whose states do not merge.
 * A row forms [ts, ts + gap) and merges with every open session of its key that it overlaps or touches.
 */
import type { Value } from "../../base/value.ts";
import { compare } from "../window/store.ts";
import { fireBound, floorTo, inRange, MICROS_PER_MS, type Window } from "../window/windows.ts";

export interface Session<Row> {
  readonly start: bigint;
  readonly end: bigint;
  readonly key: readonly Value[];
  readonly rows: readonly Row[];
}

export type Verdict = "taken" | "late" | "outOfRange";

export class Sessions<Row extends { readonly position: bigint }> {
  private readonly gap: bigint;
  /** Open sessions by key. */
  private readonly open = new Map<string, Session<Row>[]>();
  private closed: Session<Row>[] = [];
  private held = 0;

  constructor(gap: bigint) {
    this.gap = gap;
  }

  get rows(): number {
    return this.held;
  }

  /** The session of a row alone. */
  windowOf(time: bigint): Window {
    const start = floorTo(time, MICROS_PER_MS, 0n);
    return [start, start + this.gap];
  }

  /** `row` undefined: it forms and bridges sessions but is not kept. `watermark`: that before the row. */
  take(id: string, key: readonly Value[], time: bigint, watermark: bigint, row: Row | undefined): Verdict {
    this.closeKey(id, watermark);
    let [start, end] = this.windowOf(time);
    const known = this.open.get(id) ?? [];
    const [own] = this.windowOf(time);
    const parts = known.filter((s) => s.start <= own + this.gap && s.end >= own);
    for (const s of parts) {
      if (s.start < start) start = s.start;
      if (s.end > end) end = s.end;
    }
    if (!inRange([start, end])) return "outOfRange";
    if (fireBound(end) <= watermark) return "late";
    const rows = [...parts.flatMap((s) => s.rows), ...(row === undefined ? [] : [row])];
    rows.sort((a, b) => compare(a.position, b.position));
    this.open.set(id, [...known.filter((s) => !parts.includes(s)), { start, end, key: parts[0]?.key ?? key, rows }]);
    if (row !== undefined) this.held += 1;
    return "taken";
  }

  private closeKey(id: string, watermark: bigint): void {
    const sessions = this.open.get(id) ?? [];
    const still = sessions.filter((s) => fireBound(s.end) > watermark);
    if (still.length === sessions.length) return;
    this.closed.push(...sessions.filter((s) => fireBound(s.end) <= watermark));
    if (still.length === 0) this.open.delete(id);
    else this.open.set(id, still);
  }

  /** The sessions that the watermark has closed, by end and start. */
  close(watermark: bigint): Session<Row>[] {
    for (const id of [...this.open.keys()]) this.closeKey(id, watermark);
    const closed = this.closed.sort((a, b) => compare(a.end, b.end) || compare(a.start, b.start));
    this.closed = [];
    for (const s of closed) this.held -= s.rows.length;
    return closed;
  }
}
