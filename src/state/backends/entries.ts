/** An ordered map of keys whose time may end: what a store holds in memory. */
import type { KeyedEntry } from "./backend.ts";

export interface Entry {
  readonly value: Uint8Array;
  /** Milliseconds since 1970 from which on it is not there; Infinity: it stays. */
  readonly endsMs: number;
}

export class Entries {
  private readonly byKey = new Map<string, Entry>();
  /** In order, as long as no key has come or gone. */
  private sorted: readonly string[] | undefined;

  get(key: string, nowMs: number): Uint8Array | undefined {
    const entry = this.byKey.get(key);
    return entry === undefined || entry.endsMs <= nowMs ? undefined : entry.value;
  }

  put(key: string, entry: Entry): void {
    if (!this.byKey.has(key)) this.sorted = undefined;
    this.byKey.set(key, entry);
  }

  delete(key: string): void {
    if (this.byKey.delete(key)) this.sorted = undefined;
  }

  /** Those whose time is over. */
  ended(nowMs: number): readonly string[] {
    return [...this.byKey].flatMap(([key, { endsMs }]) => (endsMs <= nowMs ? [key] : []));
  }

  *all(): Generator<readonly [key: string, entry: Entry]> {
    yield* this.byKey;
  }

  *scan(prefix: string, nowMs: () => number): Generator<KeyedEntry> {
    this.sorted ??= [...this.byKey.keys()].sort();
    const keys = this.sorted;
    for (let at = firstFrom(keys, prefix); at < keys.length; at++) {
      const key = keys[at] ?? "";
      if (!key.startsWith(prefix)) return;
      const value = this.get(key, nowMs());
      if (value !== undefined) yield [key, value];
    }
  }
}

/** The place of the first key that is not before `prefix`. */
function firstFrom(keys: readonly string[], prefix: string): number {
  let [from, to] = [0, keys.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((keys[middle] ?? "") < prefix) from = middle + 1;
    else to = middle;
  }
  return from;
}
