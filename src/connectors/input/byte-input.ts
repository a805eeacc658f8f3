/** Where bytes come from: files (plain, .gz, .zst) and streams, read into a buffer of the caller's. */
import { Readable } from "node:stream";
import { createGunzip, createZstdDecompress } from "node:zlib";
import { SqlError } from "../../base/error.ts";
import type { Storage, StorageFile } from "../../base/storage.ts";

/** What an input answers that has nothing now, and may have more later. */
export const NOTHING_NOW = -1;

export interface ByteInput {
  /** Fills `target` from its start; how many bytes, 0 at the end, or NOTHING_NOW. A promise only where it must wait. */
  read(target: Uint8Array): number | Promise<number>;
  /** So many of the next bytes are not wanted. Not while a read waits. */
  skip(bytes: number): void;
  close(): void;
  /** Of what may have more later: what is there is all. */
  finish?(): void;
  /** How many bytes there are, as far as was seen. */
  seen?(): bigint;
}

/** Chunks of bytes as they come; `destroy` ends them. */
export interface ByteStream {
  [Symbol.asyncIterator](): AsyncIterator<string | Uint8Array>;
  destroy?(): unknown;
}

/** No more files than this are open at once, however many partitions a folder has. */
export const OPEN_FILES_MAX = 64;

export function unreadable(path: string, error: unknown): SqlError {
  const reason = error instanceof Error ? error.message : String(error);
  return new SqlError("PATH_UNREADABLE", { path }, { path, reason });
}

/** Plain files that may be read in turns: the one that was not read for longest is closed for another, and opened again. */
export class FilePool {
  readonly storage: Storage;
  private readonly open = new Map<string, StorageFile>();

  constructor(storage: Storage) {
    this.storage = storage;
  }

  read(path: string, target: Uint8Array, position: number): number {
    try {
      let file = this.open.get(path);
      if (file === undefined) {
        if (this.open.size >= OPEN_FILES_MAX) this.closeOldest();
        file = this.storage.open(path, "read");
      }
      this.open.delete(path);
      this.open.set(path, file);
      return file.readInto(target, position);
    } catch (error) {
      throw unreadable(path, error);
    }
  }

  close(path: string): void {
    const file = this.open.get(path);
    if (file === undefined) return;
    this.open.delete(path);
    file.close();
  }

  private closeOldest(): void {
    const [path] = this.open.keys();
    if (path !== undefined) this.close(path);
  }
}

function fileInput(path: string, pool: FilePool): ByteInput {
  let position = 0;
  return {
    read(target) {
      const bytes = pool.read(path, target, position);
      position += bytes;
      return bytes;
    },
    skip: (bytes) => {
      position += bytes;
    },
    close: () => {
      pool.close(path);
    },
  };
}

/** The first `bytes` of an input. */
export function upTo(input: ByteInput, bytes: number): ByteInput {
  let left = bytes;
  return {
    read(target) {
      if (left <= 0) return 0;
      const read = input.read(target.subarray(0, Math.min(target.length, left)));
      if (typeof read === "number") left -= read;
      return read;
    },
    skip(skipped) {
      left -= skipped;
      input.skip(skipped);
    },
    close: () => input.close(),
    seen: () => BigInt(bytes),
  };
}

export type Compression = "none" | "gzip" | "zstd";

export function compressionOf(path: string): Compression {
  if (/\.gz$/i.test(path)) return "gzip";
  return /\.zst$/i.test(path) ? "zstd" : "none";
}

/** `path` without the ending that names its compression. */
export const uncompressedName = (path: string): string => path.replace(/\.(?:gz|zst)$/i, "");

/** The (decompressed) bytes of a file. Opened when it is first read. */
export function openFile(path: string, pool: FilePool): ByteInput {
  const compression = compressionOf(path);
  if (compression === "none") return fileInput(path, pool);
  return streamInput(path, () => {
    const decompress = compression === "gzip" ? createGunzip() : createZstdDecompress();
    const file = Readable.from(chunksOf(pool.storage, path), { highWaterMark: 1 });
    file.on("error", (error) => decompress.destroy(error));
    decompress.on("close", () => file.destroy());
    return file.pipe(decompress);
  });
}

const CHUNK_BYTES = 65536;

function* chunksOf(storage: Storage, path: string): Generator<Uint8Array> {
  const file = storage.open(path, "read");
  try {
    for (let at = 0; ; ) {
      const chunk = file.read(at, CHUNK_BYTES);
      if (chunk.length === 0) return;
      at += chunk.length;
      yield chunk;
    }
  } finally {
    file.close();
  }
}

/** The bytes of a stream; `start` is called at the first read. */
export function streamInput(name: string, start: () => ByteStream): ByteInput {
  let chunks: AsyncIterator<string | Uint8Array> | undefined;
  let stream: ByteStream | undefined;
  let rest: Uint8Array = new Uint8Array(0);
  let unwanted = 0;
  const drop = (): void => {
    const bytes = Math.min(rest.length, unwanted);
    rest = rest.subarray(bytes);
    unwanted -= bytes;
  };
  const give = (target: Uint8Array): number => {
    const bytes = Math.min(rest.length, target.length);
    target.set(rest.subarray(0, bytes));
    rest = rest.subarray(bytes);
    return bytes;
  };
  const wait = async (target: Uint8Array): Promise<number> => {
    stream ??= start();
    chunks ??= stream[Symbol.asyncIterator]();
    while (rest.length === 0) {
      const next = await chunks.next();
      if (next.done === true) return 0;
      rest = typeof next.value === "string" ? Buffer.from(next.value) : next.value;
      drop();
    }
    return give(target);
  };
  return {
    read(target) {
      if (rest.length > 0) return give(target);
      return wait(target).catch((error: unknown) => {
        throw unreadable(name, error);
      });
    },
    skip: (bytes) => {
      unwanted += bytes;
      drop();
    },
    close: () => {
      stream?.destroy?.();
    },
  };
}

const MARK = [0xef, 0xbb, 0xbf];

/** Length of the byte order mark at the start of [from, to); -1 where only its beginning is there. */
export function markBytes(u8: Uint8Array, from: number, to: number): number {
  const differs = MARK.findIndex((byte, i) => from + i >= to || u8[from + i] !== byte);
  if (differs < 0) return MARK.length;
  return differs === to - from ? -1 : 0;
}

/** Without the byte order mark. */
export const withoutMark = (head: Uint8Array): Uint8Array =>
  head.subarray(Math.max(0, markBytes(head, 0, head.length)));
