/**
 * What INSERT and the library put into tables without a connector: one log across all such tables, in the order in which
 * it came. Jobs read it at their own cursors; rows stay for later queries up to the retention (N2).
 */
import type { Feed } from "./feed.ts";

export const RETENTION_ROWS = 1_000_000;

const rowsOf = (feed: Feed): number => (feed.kind === "rows" ? feed.rows.length : feed.columns.rows);

export interface FeedCursor {
  /** Number of the next entry. */
  next: number;
  /** Entries before this number have gone through all queries. */
  done: number;
}

interface Entry {
  readonly number: number;
  /** undefined: given up. */
  feed: Feed | undefined;
}

/** What is kept of one table: its entries, oldest first from `head` on. */
interface Kept {
  rows: number;
  head: number;
  entries: Entry[];
}

export class FeedLog {
  /** No more entries will come (the end of a file in `run`). */
  closed = false;
  /** Ascending by number. What was given up goes in bulk, so that an insert costs the same however many there were. */
  private entries: Entry[] = [];
  private goneEntries = 0;
  private readonly cursors = new Set<FeedCursor>();
  private readonly kept = new Map<string, Kept>();
  private change: PromiseWithResolvers<unknown> | undefined;
  /** Number of the next entry. */
  end = 0;

  append(feed: Feed): number {
    const entry = { number: this.end++, feed };
    this.entries.push(entry);
    const kept = this.kept.get(feed.table) ?? { rows: 0, head: 0, entries: [] };
    this.kept.set(feed.table, kept);
    kept.rows += rowsOf(feed);
    kept.entries.push(entry);
    this.trim(kept);
    this.wake();
    return this.end;
  }

  close(): void {
    this.closed = true;
    this.wake();
  }

  /** A reader from the earliest row kept. */
  open(): FeedCursor {
    const first = this.entries[0]?.number ?? this.end;
    const cursor = { next: first, done: first };
    this.cursors.add(cursor);
    return cursor;
  }
  release(cursor: FeedCursor): void {
    this.cursors.delete(cursor);
    this.wake();
  }

  /** The next entry of one of `tables` at the cursor, which moves past it. */
  take(cursor: FeedCursor, tables: { has(table: string): boolean }): Feed | undefined {
    for (let i = this.indexOf(cursor.next); i < this.entries.length; i++) {
      const entry = this.entries[i];
      if (entry?.feed === undefined || !tables.has(entry.feed.table)) continue;
      cursor.next = entry.number + 1;
      return entry.feed;
    }
    cursor.next = this.end;
    return undefined;
  }

  /** Index of the first entry with at least this number. */
  private indexOf(number: number): number {
    let low = 0;
    let high = this.entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.entries[middle]?.number ?? number) < number) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** What is kept now, as a log of its own that has ended. */
  snapshot(): FeedLog {
    const copy = new FeedLog();
    for (const { feed } of this.entries) if (feed !== undefined) copy.append(feed);
    copy.close();
    return copy;
  }

  /** What the cursor has passed has gone through all queries. */
  settle(cursor: FeedCursor): void {
    if (cursor.done === cursor.next) return;
    cursor.done = cursor.next;
    this.wake();
  }

  /** Whether every reader is done with entry number `end` - 1. */
  consumed(end: number): boolean {
    for (const c of this.cursors) if (c.done < end) return false;
    return true;
  }

  /** Resolves at the next change: an entry, the end, a reader that is gone. */
  changed(): Promise<unknown> {
    this.change ??= Promise.withResolvers<unknown>();
    return this.change.promise;
  }
  wake(): void {
    this.change?.resolve(undefined);
    this.change = undefined;
  }

  /** Drops the oldest entries of a table beyond the retention, but none that a reader has still to take. */
  private trim(kept: Kept): void {
    let least = this.end;
    for (const c of this.cursors) least = Math.min(least, c.done);
    for (;;) {
      const oldest = kept.entries[kept.head];
      // Whole entries go: the oldest stays while without it too few rows were left, and so do all newer ones.
      if (oldest?.feed === undefined || oldest.number >= least) break;
      const rows = rowsOf(oldest.feed);
      if (kept.rows - rows < RETENTION_ROWS) break;
      kept.rows -= rows;
      kept.head++;
      oldest.feed = undefined;
      this.goneEntries++;
    }
    if (kept.head > kept.entries.length / 2) {
      kept.entries = kept.entries.slice(kept.head);
      kept.head = 0;
    }
    if (this.goneEntries > this.entries.length / 2) {
      this.entries = this.entries.filter((e) => e.feed !== undefined);
      this.goneEntries = 0;
    }
  }
}
