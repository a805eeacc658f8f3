/** Which tables hold the rows of which panes, and what fires next: one store for each way of sharing panes. */

import type { Scanner } from "../aggregation/scanner.ts";
import type { GroupTable, GroupTables } from "../aggregation/tables.ts";
import type { DirectoryEntry } from "./directory.ts";
import type { Panes, Window } from "./windows.ts";

/** What the rows of a table are: those of a window, of a pane that windows share, or of several panes that were merged. */
export type PaneRole = "window" | "pane" | "total";

/** A table of a store, and what is known of it besides. */
export interface StoredPane {
  readonly role: PaneRole;
  /** Of the stretch of time whose rows it has. */
  readonly start: bigint;
  readonly end: bigint;
  /** End of the first of its windows that is still to fire. */
  readonly nextEnd: bigint;
  /** Whether the running total has its rows too. */
  readonly isMerged: boolean;
  readonly table: GroupTable;
}

export interface WindowStore {
  /** Sorted by start. */
  entries(): readonly DirectoryEntry[];
  /** Makes the pane of a row ready; its windows that end at or below `watermark` + 1 ms have fired or stay empty. */
  open(pane: bigint, windows: readonly Window[], watermark: bigint): void;
  /** The next window to fire that may have rows. */
  next(): Window | undefined;
  fire(window: Window): void;
  /** Groups held. */
  rows(): number;
  /** Every table that it holds. */
  stored(): readonly StoredPane[];
  /** A table as it was stored, empty. The store is as it was made, but for others that were restored. */
  restore(pane: Omit<StoredPane, "table">): GroupTable;
}

export interface StoreContext {
  readonly tables: GroupTables;
  readonly scanner: Scanner;
  readonly panes: Panes;
  /** Control block for merges. */
  readonly ctl: number;
  /** Whether values of second tables can die (updating input). */
  readonly retracts: boolean;
}

/** Ends first, then starts (E7). */
export const byEnd = (a: Window, b: Window): number => compare(a[1], b[1]) || compare(a[0], b[0]);
export const compare = (a: bigint, b: bigint): number => (a < b ? -1 : Number(a > b));

export const rowsOf = (tables: Iterable<GroupTable>): number => {
  let n = 0;
  for (const t of tables) n += t.groups.count;
  return n;
};

/** A window that has a table of its own. */
export const storedWindow = ([start, end]: Window, table: GroupTable): StoredPane => ({
  role: "window",
  start,
  end,
  nextEnd: end,
  isMerged: false,
  table,
});
