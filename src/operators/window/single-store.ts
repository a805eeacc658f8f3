/** TUMBLE, and windows that the rows carry: a pane is a window. */
import type { GroupTable } from "../aggregation/tables.ts";
import type { DirectoryEntry } from "./directory.ts";
import { byEnd, compare, rowsOf, type StoreContext, type StoredPane, storedWindow, type WindowStore } from "./store.ts";
import { fireBound, type Window } from "./windows.ts";

interface Open {
  readonly window: Window;
  readonly table: GroupTable;
}

export class SingleStore implements WindowStore {
  private readonly context: StoreContext;
  /** Whether an entry's second word is the window's end (else its width). */
  private readonly attached: boolean;
  /** By end. */
  private readonly open_: Open[] = [];

  constructor(context: StoreContext, attached: boolean) {
    this.context = context;
    this.attached = attached;
  }

  entries(): readonly DirectoryEntry[] {
    return this.open_
      .map(({ window: [start, end], table }) => ({
        start,
        width: this.attached ? end : end - start,
        bound: fireBound(end),
        targets: [table.control],
      }))
      .sort((a, b) => compare(a.start, b.start));
  }

  open(_pane: bigint, windows: readonly Window[]): void {
    const [window] = windows;
    if (window === undefined) throw new TypeError("a row without a window");
    this.add(window);
  }

  private add(window: Window): GroupTable {
    const table = this.context.tables.open(false, this.context.retracts);
    this.open_.push({ window, table });
    this.open_.sort((a, b) => byEnd(a.window, b.window));
    return table;
  }

  next(): Window | undefined {
    return this.open_[0]?.window;
  }

  fire(window: Window): void {
    const first = this.open_.shift();
    if (first === undefined || first.window !== window) throw new TypeError("windows fire in order");
    this.context.scanner.scan(first.table, window);
    this.context.tables.release(first.table);
  }

  rows(): number {
    return rowsOf(this.open_.map((o) => o.table));
  }

  stored(): readonly StoredPane[] {
    return this.open_.map(({ window, table }) => storedWindow(window, table));
  }

  restore({ start, end }: Omit<StoredPane, "table">): GroupTable {
    return this.add([start, end]);
  }
}
