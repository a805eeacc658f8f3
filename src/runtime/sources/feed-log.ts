/**
 * What INSERT and the library put into tables without connector: one log across all such tables, in the order in which
 * it came. Jobs read it at their own cursors; the newest rows of each table stay for later queries, as many as its
 * 'retention' says (N2). What stays belongs to the log: a program may use its arrays again.
 */

import type { Feed, LoggedFeed } from "./feed.ts";
import { columnsFrom, columnsUpTo, ownColumns } from "./given/columns-input.ts";

/** What a table keeps where its 'retention' does not say. */
export const RETENTION_ROWS = 1_000_000;

const rowsOf = (feed: Feed): number => (feed.kind === "rows" ? feed.rows.length : feed.columns.rows);

const feedUpTo = (feed: Feed, rows: number): Feed =>
  feed.kind === "rows"
    ? { ...feed, rows: feed.rows.slice(0, rows) }
    : { ...feed, columns: columnsUpTo(feed.columns, rows) };

/** The rows behind the first `gone`. */
function feedFrom(feed: Feed, gone: number): Feed {
  if (gone === 0) return feed;
  return feed.kind === "rows"
    ? { ...feed, rows: feed.rows.slice(gone) }
    : { ...feed, columns: columnsFrom(feed.columns, gone) };
}

export interface FeedCursor {
  /** Number of the next entry. */
  next: number;
  /** Entries before this number have gone through all queries. */
  done: number;
  /** By table: its first row that this reader sees; the ones before were beyond the retention when it began. */
  readonly from: Map<string, number>;
}

interface Entry {
  readonly number: number;
  /** How many rows of its table came before it. */
  readonly first: number;
  /** undefined: given up. */
  feed: Feed | undefined;
}

/** What is kept of one table: its entries, oldest first from `head` on. */
interface Kept {
  /** Rows that ever came. */
  total: number;
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
  private readonly retention = new Map<string, number>();
  private change: PromiseWithResolvers<unknown> | undefined;
  /** Number of the next entry. */
  end = 0;

  /** Says how many rows a table keeps. */
  retain(table: string, rows: number): void {
    this.retention.set(table, rows);
  }

  /** The table is gone, and its rows with it. */
  forget(table: string): void {
    for (const entry of this.kept.get(table)?.entries ?? []) this.giveUp(entry);
    this.kept.delete(table);
    this.retention.delete(table);
    for (const c of this.cursors) c.from.delete(table);
    this.sweep();
  }

  /**
   * Returns the number behind the new entries. Arrays of a program are copied as far as their rows stay for later
   * queries; the others are read once, before whoever inserted them goes on. `first`: rows that the table had before, where it
   * is not known here.
   */
  append(feed: Feed, first?: number): number {
    const { table } = feed;
    if (first !== undefined) this.resume(table, first);
    const passing = Math.max(0, rowsOf(feed) - this.retentionOf(table));
    if (passing > 0) this.add(feedUpTo(feed, passing));
    if (passing < rowsOf(feed)) {
      const staying = feedFrom(feed, passing);
      this.add(staying.kind === "rows" ? staying : { ...staying, columns: ownColumns(staying.columns) });
    }
    const kept = this.kept.get(table);
    if (kept !== undefined) this.trim(table, kept);
    this.sweep();
    this.wake();
    return this.end;
  }

  private add(feed: Feed): void {
    const kept = this.kept.get(feed.table) ?? { total: 0, head: 0, entries: [] };
    this.kept.set(feed.table, kept);
    const entry = { number: this.end++, first: kept.total, feed };
    kept.total += rowsOf(feed);
    kept.entries.push(entry);
    this.entries.push(entry);
  }

  /** A table of which none of the rows that it had is here. */
  resume(table: string, total: number): void {
    if (!this.kept.has(table)) this.kept.set(table, { total, head: 0, entries: [] });
  }

  /** By table, how many rows it ever had. */
  get totals(): Readonly<Record<string, number>> {
    return Object.fromEntries(Array.from(this.kept, ([table, { total }]) => [table, total]));
  }

  /** How many rows a table ever had. */
  total(table: string): number {
    return this.kept.get(table)?.total ?? 0;
  }

  /** The first row of a table that is still here; as many as it ever had where none is. */
  firstHeld(table: string): number {
    const kept = this.kept.get(table);
    if (kept === undefined) return 0;
    return kept.entries.find(({ feed }) => feed !== undefined)?.first ?? kept.total;
  }

  private retentionOf(table: string): number {
    return this.retention.get(table) ?? RETENTION_ROWS;
  }

  close(): void {
    this.closed = true;
    this.wake();
  }

  /** A reader from the earliest row kept. */
  open(): FeedCursor {
    const first = this.entries[0]?.number ?? this.end;
    const cursor = { next: first, done: first, from: this.firstKept() };
    this.cursors.add(cursor);
    return cursor;
  }

  private firstKept(): Map<string, number> {
    return new Map([...this.kept].map(([table, { total }]) => [table, Math.max(0, total - this.retentionOf(table))]));
  }

  release(cursor: FeedCursor): void {
    this.cursors.delete(cursor);
    this.trimAll();
    this.wake();
  }

  /** The next rows of one of `tables` at the cursor, which moves past their entry. */
  take(cursor: FeedCursor, tables: { has(table: string): boolean }): LoggedFeed | undefined {
    for (let i = this.indexOf(cursor.next); i < this.entries.length; i++) {
      const entry = this.entries[i];
      if (entry?.feed === undefined || !tables.has(entry.feed.table)) continue;
      const feed = rowsLeft(entry, entry.feed, cursor.from);
      if (feed === undefined) continue;
      cursor.next = entry.number + 1;
      return feed;
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
    const from = this.firstKept();
    for (const entry of this.entries) {
      const feed = entry.feed === undefined ? undefined : rowsLeft(entry, entry.feed, from);
      if (feed === undefined) continue;
      // Rows keep their positions.
      if (!copy.kept.has(feed.table)) copy.kept.set(feed.table, { total: feed.first, head: 0, entries: [] });
      copy.add(feed);
    }
    for (const [table] of from) copy.retain(table, Number.POSITIVE_INFINITY);
    copy.close();
    return copy;
  }

  /** What the cursor has passed has gone through all queries. */
  settle(cursor: FeedCursor): void {
    if (cursor.done === cursor.next) return;
    cursor.done = cursor.next;
    this.trimAll();
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

  private trimAll(): void {
    for (const [table, kept] of this.kept) this.trim(table, kept);
    this.sweep();
  }

  /** Drops the oldest entries of a table beyond the retention, but none that a reader has still to take. */
  private trim(table: string, kept: Kept): void {
    const firstKept = kept.total - this.retentionOf(table);
    let least = this.end;
    for (const c of this.cursors) least = Math.min(least, c.done);
    for (;;) {
      const oldest = kept.entries[kept.head];
      if (oldest?.feed === undefined || oldest.number >= least) break;
      // Whole entries go; a reader that begins later skips what is beyond the retention of the oldest.
      if (oldest.first + rowsOf(oldest.feed) > firstKept) break;
      kept.head++;
      this.giveUp(oldest);
    }
    if (kept.head > kept.entries.length / 2) {
      kept.entries = kept.entries.slice(kept.head);
      kept.head = 0;
    }
  }

  private giveUp(entry: Entry): void {
    if (entry.feed === undefined) return;
    entry.feed = undefined;
    this.goneEntries++;
  }

  private sweep(): void {
    if (this.goneEntries <= this.entries.length / 2) return;
    this.entries = this.entries.filter((e) => e.feed !== undefined);
    this.goneEntries = 0;
  }
}

/** The rows of an entry that a reader sees; undefined: none. */
function rowsLeft(entry: Entry, feed: Feed, from: ReadonlyMap<string, number>): LoggedFeed | undefined {
  const gone = Math.max(0, (from.get(feed.table) ?? 0) - entry.first);
  return gone > 0 && gone >= rowsOf(feed) ? undefined : { ...feedFrom(feed, gone), first: entry.first + gone };
}
