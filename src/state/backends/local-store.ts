/** A store whose entries are in this process, with or without a journal from which another one has them again. */
import type { KeyedEntry, KeyedStore } from "./backend.ts";
import type { Entries, Entry } from "./entries.ts";

export interface Journal {
  /** undefined: the key goes. Throws STORAGE_FAILED, and then at every later call too. */
  write(key: string, entry: Entry | undefined): void;
  /** The same. What was written is durable when it returns. */
  flush(): void;
  close(): void;
}

export class LocalStore implements KeyedStore {
  private readonly entries: Entries;
  private readonly nowMs: () => number;
  private readonly journal: Journal | undefined;

  constructor(entries: Entries, nowMs: () => number, journal?: Journal) {
    this.entries = entries;
    this.nowMs = nowMs;
    this.journal = journal;
  }

  private change(key: string, entry: Entry | undefined): void {
    this.journal?.write(key, entry);
    if (entry === undefined) this.entries.delete(key);
    else this.entries.put(key, entry);
  }

  get(key: string): Promise<Uint8Array | undefined> {
    return attempt(() => this.entries.get(key, this.nowMs()));
  }

  put(key: string, value: Uint8Array, ttlMs: number = Number.POSITIVE_INFINITY): Promise<void> {
    return attempt(() => this.change(key, { value: value.slice(), endsMs: this.nowMs() + ttlMs }));
  }

  delete(key: string): Promise<boolean> {
    return attempt(() => {
      const isThere = this.entries.get(key, this.nowMs()) !== undefined;
      if (isThere) this.change(key, undefined);
      return isThere;
    });
  }

  scan(prefix: string): AsyncIterable<KeyedEntry> {
    return {
      [Symbol.asyncIterator]: () => {
        const entries = this.entries.scan(prefix, this.nowMs);
        return { next: () => attempt(() => entries.next()) };
      },
    };
  }

  cleanUp(): Promise<number> {
    return attempt(() => {
      const ended = this.entries.ended(this.nowMs());
      for (const key of ended) this.change(key, undefined);
      return ended.length;
    });
  }

  flush(): Promise<void> {
    return attempt(() => this.journal?.flush());
  }

  close(): Promise<void> {
    return attempt(() => this.journal?.close());
  }
}

/** What is thrown rejects. */
const attempt = <T>(step: () => T): Promise<T> => new Promise((resolve) => resolve(step()));
