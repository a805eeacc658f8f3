/**
 * CUMULATE over panes of one step: the total of a window's whole stretch takes in pane after pane as they end. What has
 * been taken in is one pane from then on: a row that comes late for the windows that fired goes into the total.
 */
import type { GroupTable } from "../aggregation/tables.ts";
import type { DirectoryEntry } from "./directory.ts";
import { byEnd, compare, rowsOf, type StoreContext, type StoredPane, type WindowStore } from "./store.ts";
import { fireBound, floorTo, type Window } from "./windows.ts";

/** All windows with one start. */
interface Stretch {
  readonly start: bigint;
  total: GroupTable | undefined;
  /** Where the total ends. */
  totalEnd: bigint;
  readonly panes: Map<bigint, GroupTable>;
}

export class CumulateStore implements WindowStore {
  private readonly context: StoreContext;
  private readonly size: bigint;
  private readonly step: bigint;
  private readonly offset: bigint;
  private readonly stretches = new Map<bigint, Stretch>();

  constructor(
    context: StoreContext,
    window: { readonly size: bigint; readonly step: bigint; readonly offset: bigint },
  ) {
    this.context = context;
    this.size = window.size;
    this.step = window.step;
    this.offset = window.offset;
  }

  entries(): readonly DirectoryEntry[] {
    const entries: DirectoryEntry[] = [];
    for (const s of this.stretches.values()) {
      const add = (start: bigint, width: bigint, table: GroupTable): void => {
        entries.push({ start, width, bound: fireBound(start + this.step), targets: [table.control] });
      };
      if (s.total !== undefined) add(s.start, s.totalEnd - s.start, s.total);
      for (const [start, table] of s.panes) add(start, this.step, table);
    }
    return entries.sort((a, b) => compare(a.start, b.start));
  }

  open(pane: bigint, windows: readonly Window[], watermark: bigint): void {
    const s = this.stretchOf(pane);
    const first = windows.find(([, end]) => fireBound(end) > watermark);
    if (first === undefined) throw new TypeError("a late row opens no pane");
    const table = this.context.tables.open();
    if (first[1] - this.step === pane) s.panes.set(pane, table);
    else {
      // Rows that are late for the windows before this one, and none came in time.
      s.total = table;
      s.totalEnd = first[1] - this.step;
    }
  }

  private stretchOf(time: bigint): Stretch {
    const start = floorTo(time, this.size, this.offset);
    let s = this.stretches.get(start);
    if (s === undefined) {
      s = { start, total: undefined, totalEnd: start, panes: new Map() };
      this.stretches.set(start, s);
    }
    return s;
  }

  next(): Window | undefined {
    let least: Window | undefined;
    for (const s of this.stretches.values()) {
      const window: Window = [s.start, this.nextEnd(s)];
      if (least === undefined || byEnd(window, least) < 0) least = window;
    }
    return least;
  }

  private nextEnd(s: Stretch): bigint {
    if (s.total !== undefined) return s.totalEnd + this.step;
    return [...s.panes.keys()].reduce((a, b) => (a < b ? a : b)) + this.step;
  }

  fire(window: Window): void {
    const [start, end] = window;
    const s = this.stretches.get(start);
    if (s === undefined) throw new TypeError("a window without rows fires");
    const pane = s.panes.get(end - this.step);
    s.panes.delete(end - this.step);
    if (pane !== undefined && s.total !== undefined) {
      this.context.tables.merge(1, s.total, pane, this.context.ctl);
      this.context.tables.release(pane);
    }
    s.total ??= pane;
    s.totalEnd = end;
    if (s.total !== undefined) this.context.scanner.scan(s.total, window);
    if (end < start + this.size) return;
    if (s.total !== undefined) this.context.tables.release(s.total);
    this.stretches.delete(start);
  }

  rows(): number {
    let n = 0;
    for (const s of this.stretches.values()) n += rowsOf(s.panes.values()) + (s.total?.groups.count ?? 0);
    return n;
  }

  stored(): readonly StoredPane[] {
    const stored: StoredPane[] = [];
    for (const s of this.stretches.values()) {
      const add = (role: StoredPane["role"], start: bigint, end: bigint, table: GroupTable): void => {
        stored.push({ role, start, end, nextEnd: role === "total" ? end + this.step : end, isMerged: false, table });
      };
      if (s.total !== undefined) add("total", s.start, s.totalEnd, s.total);
      for (const [start, table] of s.panes) add("pane", start, start + this.step, table);
    }
    return stored;
  }

  restore({ role, start, end }: Omit<StoredPane, "table">): GroupTable {
    const s = this.stretchOf(start);
    const table = this.context.tables.open();
    if (role === "total") {
      s.total = table;
      s.totalEnd = end;
    } else s.panes.set(start, table);
    return table;
  }
}
