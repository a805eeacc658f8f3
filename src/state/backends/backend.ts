/**
 * Keyed state that is not in the tables of operators: few keys, asked for one by one, that may be kept elsewhere. The log's
 * thread does not wait for it, so every operation may take its time. What operators keep goes no way through here
 * (staging/part.ts).
 */
export interface StateBackend {
  /** Of a name of letters, digits, `_` and `-`; one at a time of each. Rejects with STATE_* and STORAGE_FAILED. */
  open(name: string): Promise<KeyedStore>;
}

/** Every operation sees those that were called before it. What changes something rejects with STORAGE_FAILED, and then so does every later change. */
export interface KeyedStore {
  /** undefined: there is none, or its time is over. The bytes are the store's: read them only. */
  get(key: string): Promise<Uint8Array | undefined>;
  /** Takes the place of what is there, and of its time to live. `ttlMs`: milliseconds from now; none: it stays. */
  put(key: string, value: Uint8Array, ttlMs?: number): Promise<void>;
  /** Gives whether it was there. */
  delete(key: string): Promise<boolean>;
  /** Keys that begin with `prefix`, by their UTF-16 code units. Those that come or go meanwhile may be in it. */
  scan(prefix: string): AsyncIterable<KeyedEntry>;
  /** Removes what has no time left; gives how many. */
  cleanUp(): Promise<number>;
  /** What was put and deleted before survives the process and a loss of power, where the backend has a disk. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

export type KeyedEntry = readonly [key: string, value: Uint8Array];
