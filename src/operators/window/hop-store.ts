/**
 * HOP over panes of gcd(size, slide): a window is its panes merged, in their order. Where all states can be subtracted
 * exactly, a running total takes in the panes that come and takes out those that go; else each window merges its panes
 * anew. A row that is late for some windows goes into its pane and, if that is in the running total, into that too.
 */
import { isInvertible } from "../aggregation/plan.ts";
import type { GroupTable } from "../aggregation/tables.ts";
import type { Sign } from "../values/merge.ts";
import type { DirectoryEntry } from "./directory.ts";
import { compare, rowsOf, type StoreContext, type StoredPane, type WindowStore } from "./store.ts";
import { fireBound, type Window } from "./windows.ts";

interface Pane {
  readonly start: bigint;
  /** Of its first window: a row is late for some when the watermark before it is at or above. */
  readonly bound: bigint;
  /** Those that had not fired when it was opened. */
  readonly windows: readonly Window[];
  readonly table: GroupTable;
  /** Whether the running total holds its rows. */
  isMerged: boolean;
}

/** With fewer panes a window, merging them costs less than keeping a total. */
const TOTAL_PANES_LEAST = 3;

export class HopStore implements WindowStore {
  private readonly context: StoreContext;
  private readonly keepsTotal: boolean;
  /** By start. */
  private panes: Pane[] = [];
  private total: GroupTable | undefined;
  /** Bound of the last window that fired. */
  private fired: bigint = -(2n ** 63n);

  constructor(context: StoreContext, panesPerWindow: bigint) {
    this.context = context;
    this.keepsTotal = isInvertible(context.tables.groups.plan) && panesPerWindow >= TOTAL_PANES_LEAST;
  }

  entries(): readonly DirectoryEntry[] {
    const { width } = this.context.panes;
    return this.panes.map((p) => ({
      start: p.start,
      width,
      bound: p.bound,
      targets: p.isMerged && this.total !== undefined ? [p.table.control, this.total.control] : [p.table.control],
    }));
  }

  open(start: bigint, windows: readonly Window[], watermark: bigint): void {
    const open = windows.filter(([, end]) => fireBound(end) > watermark);
    this.add(start, windows, open, false);
  }

  private add(start: bigint, all: readonly Window[], windows: readonly Window[], isMerged: boolean): GroupTable {
    const table = this.context.tables.open();
    this.panes.push({ start, bound: fireBound(all[0]?.[1] ?? start), windows, table, isMerged });
    this.panes.sort((a, b) => compare(a.start, b.start));
    return table;
  }

  private openTotal(): GroupTable {
    return this.context.tables.open(true, true);
  }

  /** That of the earliest pane: no window between two panes' first ones is left out by it. */
  next(): Window | undefined {
    return this.panes[0]?.windows.find(([, end]) => fireBound(end) > this.fired);
  }

  fire(window: Window): void {
    const [start, end] = window;
    this.fired = fireBound(end);
    const inside = this.panes.filter((p) => p.start >= start && p.start < end);
    const gone = this.panes.filter((p) => (p.windows.at(-1)?.[1] ?? end) <= end);
    if (this.keepsTotal) this.fireTotal(window, inside);
    else this.fireMerged(window, inside, gone);
    this.panes = this.panes.filter((p) => !gone.includes(p));
    for (const p of gone) {
      if (p.isMerged && this.total !== undefined && this.panes.length > 0) this.merge(-1, this.total, p);
      this.context.tables.release(p.table);
    }
    if (this.panes.length > 0 || this.total === undefined) return;
    this.context.tables.release(this.total);
    this.total = undefined;
  }

  private fireTotal(window: Window, inside: readonly Pane[]): void {
    this.total ??= this.openTotal();
    for (const p of inside) {
      if (p.isMerged) continue;
      this.merge(1, this.total, p);
      p.isMerged = true;
    }
    this.context.scanner.scan(this.total, window);
  }

  private fireMerged(window: Window, inside: readonly Pane[], gone: readonly Pane[]): void {
    const [first] = inside;
    if (first === undefined) return;
    if (inside.length === 1) return this.context.scanner.scan(first.table, window);
    // Nobody needs the first pane any more where this is its last window: it takes the others in.
    const isLast = gone.includes(first);
    const merged = isLast ? first.table : this.context.tables.open();
    for (const p of isLast ? inside.slice(1) : inside) this.merge(1, merged, p);
    this.context.scanner.scan(merged, window);
    if (!isLast) this.context.tables.release(merged);
  }

  private merge(sign: Sign, into: GroupTable, pane: Pane): void {
    this.context.tables.merge(sign, into, pane.table, this.context.ctl);
  }

  rows(): number {
    return rowsOf(this.panes.map((p) => p.table));
  }

  stored(): readonly StoredPane[] {
    const { width } = this.context.panes;
    const panes = this.panes.map(({ start, windows, isMerged, table }): StoredPane => {
      const next = windows.find(([, end]) => fireBound(end) > this.fired);
      if (next === undefined) throw new TypeError("a pane whose windows have all fired");
      return { role: "pane", start, end: start + width, nextEnd: next[1], isMerged, table };
    });
    const [first] = panes;
    const end = panes.findLast((p) => p.isMerged)?.end ?? first?.end;
    if (this.total === undefined || first === undefined || end === undefined) return panes;
    return [
      { role: "total", start: first.start, end, nextEnd: first.nextEnd, isMerged: false, table: this.total },
      ...panes,
    ];
  }

  restore({ role, start, nextEnd, isMerged }: Omit<StoredPane, "table">): GroupTable {
    if (role === "total") {
      this.total = this.openTotal();
      return this.total;
    }
    const windows = this.context.panes.windowsOf(start);
    return this.add(
      start,
      windows,
      windows.filter(([, end]) => end >= nextEnd),
      isMerged,
    );
  }
}
