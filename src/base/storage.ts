/**
 * Files, as durability needs them. Synchronous: whoever writes owns its thread. Handed in, so that tests and the
 * simulator put a disk of their own under the production code. Paths are joined with `/`.
 *
 * Every call may throw an Error with a `code` as the operating system names it: ENOENT, EEXIST, ENOSPC, EIO, EROFS, ..
 */
export interface Storage {
  /** Names of what is in a folder, in no order. */
  list(folder: string): readonly string[];
  exists(path: string): boolean;
  /** What a path leads to, links followed; undefined: to nothing. */
  stat(path: string): PathFacts | undefined;
  /** Where a path leads, links followed, though nothing may be there yet: the same for all paths that lead there. */
  resolve(path: string): string;
  /** Paths of what is there and fits a glob, in no order. */
  glob(pattern: string): readonly string[];
  /** With the folders above it, durably; nothing where it is there. */
  makeFolder(folder: string): void;
  /**
   * `new`: is made, EEXIST where it is there; `old`: read and written, ENOENT where it is not; `read`: read only; `append`:
   * is made where it is not there, and only written behind what it has; `overwrite`: the same, emptied first.
   */
  open(path: string, mode: OpenMode): StorageFile;
  /** Takes the place of what is at `to`. Durable with `syncFolder`. */
  rename(from: string, to: string): void;
  remove(path: string): void;
  /** Makes what was made, renamed or removed right in the folder durable. */
  syncFolder(folder: string): void;
}

export type OpenMode = "new" | "old" | "read" | "append" | "overwrite";

export interface PathFacts {
  readonly kind: "file" | "folder" | "other";
  /** The same for all paths that lead there. What comes when it is gone may have it again. */
  readonly identity: string;
  /** When it was made, nanoseconds; 0 where the system does not say. */
  readonly born: bigint;
  readonly bytes: number;
}

export interface StorageFile {
  readonly size: number;
  /** `names`: how many paths lead to it, 0 when it was removed. */
  readonly facts: PathFacts & { readonly names: number };
  /** Up to `length` bytes from `at`: less at the end of the file. */
  read(at: number, length: number): Uint8Array;
  /** Fills `target` with what stands at `at`; how many bytes, 0 at the end of the file: it may be fewer before that too. */
  readInto(target: Uint8Array, at: number): number;
  /** All of `bytes`, or it throws; then any part of them may have been written. */
  write(at: number, bytes: Uint8Array): void;
  /** The same behind what the file has; a pipe or a device takes them too. */
  append(bytes: Uint8Array): void;
  truncate(size: number): void;
  /** Contents and size are durable. After it has thrown nothing that was written since the last one is known to be. */
  sync(): void;
  close(): void;
}

/** What is needed to look, and not to change. */
export type ReadableStorage = Pick<Storage, "list" | "exists" | "open">;

/** Opens a file to read it; undefined: there is none. It may go at any time; whether it should be there is for others to say. */
export function openIfThere(storage: ReadableStorage, path: string): StorageFile | undefined {
  try {
    return storage.open(path, "read");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
