/** Overlapping windows whose states cannot be merged (updating input, DISTINCT where order shows): each has a table of its own, and takes its rows itself. */
import type { GroupTable } from "../aggregation/tables.ts";
import type { DirectoryEntry } from "./directory.ts";
import { byEnd, compare, rowsOf, type StoreContext, type StoredPane, storedWindow, type WindowStore } from "./store.ts";
import { fireBound, type Window } from "./windows.ts";

interface Open {
  readonly window: Window;
  readonly table: GroupTable;
}

interface Pane {
  readonly start: bigint;
  readonly bound: bigint;
  windows: Open[];
}

export class DirectStore implements WindowStore {
  private readonly context: StoreContext;
  /** By end. */
  private readonly windows: Open[] = [];
  private panes: Pane[] = [];

  constructor(context: StoreContext) {
    this.context = context;
  }

  entries(): readonly DirectoryEntry[] {
    const { width } = this.context.panes;
    return this.panes.map((p) => {
      return { start: p.start, width, bound: p.bound, targets: p.windows.map((w) => w.table.control) };
    });
  }

  open(start: bigint, windows: readonly Window[], watermark: bigint): void {
    const unfired = windows.filter(([, end]) => fireBound(end) > watermark);
    this.panes.push({ start, bound: fireBound(windows[0]?.[1] ?? start), windows: unfired.map((w) => this.window(w)) });
    this.panes.sort((a, b) => compare(a.start, b.start));
  }

  private window(window: Window): Open {
    const known = this.windows.find((o) => byEnd(o.window, window) === 0);
    if (known !== undefined) return known;
    const open = { window, table: this.context.tables.open(false, this.context.retracts) };
    this.windows.push(open);
    this.windows.sort((a, b) => byEnd(a.window, b.window));
    return open;
  }

  next(): Window | undefined {
    return this.windows[0]?.window;
  }

  fire(window: Window): void {
    const first = this.windows.shift();
    if (first === undefined || first.window !== window) throw new TypeError("windows fire in order");
    this.context.scanner.scan(first.table, window);
    this.context.tables.release(first.table);
    for (const p of this.panes) p.windows = p.windows.filter((w) => w !== first);
    this.panes = this.panes.filter((p) => p.windows.length > 0);
  }

  rows(): number {
    return rowsOf(this.windows.map((o) => o.table));
  }

  stored(): readonly StoredPane[] {
    return this.windows.map(({ window, table }) => storedWindow(window, table));
  }

  /** Panes are not stored: the first row of each opens it again, over the windows that are there. */
  restore({ start, end }: Omit<StoredPane, "table">): GroupTable {
    return this.window([start, end]).table;
  }
}
