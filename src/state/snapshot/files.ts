/** What a snapshot needs of the file system, which is not ours below the connectors. */

export interface SnapshotFiles {
  /** Whether anything has this name. */
  exists(path: string): boolean;
  /** Throws, with the system's reason, where there is no regular file that can be read. */
  check(path: string): void;
  /** The SHA-256 of all bytes, in hexadecimal. */
  hash(path: string): string;
  /** Waits until the file is on the disk (not its name: that is its folder's), and says what it holds. */
  seal(path: string): { readonly sha256: string; readonly bytes: number };
  /** Removes a file if it is there and can be; never throws. */
  remove(path: string): void;
}

/** What DuckDB may lay beside a database; with a log, a file is replayed on, or is not all there. */
export const sideFiles = (path: string): readonly string[] =>
  ["wal", "wal.checkpoint", "wal.recovery"].map((end) => `${path}.${end}`);
