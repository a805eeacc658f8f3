/**
 * Fingerprints of positions: what tells, in another process, that what was read before a position is still there. A
 * fingerprint is a mark as JSON; nobody but connectors looks into it.
 */
import { hash } from "node:crypto";
import { SqlError } from "../../base/error.ts";
import type { Storage, StorageFile } from "../../base/storage.ts";
import type { Span } from "../../base/value.ts";
import type { SourcePosition } from "../connector.ts";
import { unreadable } from "./byte-input.ts";

export interface Mark {
  /** Of several files that are one partition: which one, and a hash of the names of all. */
  readonly file?: string;
  readonly names?: string;
  /** By what a file is known that may be renamed. */
  readonly inode?: string;
  /** Hashes of the first bytes, and of those before the position. */
  readonly head?: string;
  readonly tail?: string;
  /** Size and end of a file that does not grow. */
  readonly size?: number;
  /** The partition was read to its end. */
  readonly ended?: true;
  /** The position is inside a record that was taken, as broken, before its end was seen. */
  readonly inRecord?: true;
  /** The header that names the columns, where it cannot be read again. */
  readonly header?: string;
}

export const markText = (mark: Mark): string => JSON.stringify(mark);

export function markOf(position: SourcePosition | undefined): Mark {
  // What a log gives back is what `markText` made: the log's own checksums see to that.
  return position?.fingerprint === undefined ? {} : (JSON.parse(position.fingerprint) as Mark);
}

export const hashOf = (bytes: Uint8Array | string): string => hash("sha256", bytes).slice(0, 32);

/** How many bytes at the start, and before the position, are hashed. */
export const SAMPLE_BYTES = 4096;

/** Knows a file again. */
export interface Witness {
  markAt(position: bigint): Mark;
  /** What is not as it was at `position`, as the end of a sentence that begins with the file; undefined: all is. */
  difference(position: bigint, mark: Mark): string | undefined;
}

/** Runs `use` on an open file. */
function withFile<T>(storage: Storage, path: string, use: (file: StorageFile, bytes: number) => T): T {
  try {
    const file = storage.open(path, "read");
    try {
      return use(file, file.size);
    } finally {
      file.close();
    }
  } catch (error) {
    throw unreadable(path, error);
  }
}

export const hashRange = (file: StorageFile, from: number, to: number): string =>
  hashOf(file.read(from, Math.max(0, to - from)));

/** Head and tail of the bytes of an open file before `position`. */
export function samplesAt(file: StorageFile, position: number): { readonly head: string; readonly tail: string } {
  const head = hashRange(file, 0, Math.min(SAMPLE_BYTES, position));
  return { head, tail: hashRange(file, Math.max(0, position - SAMPLE_BYTES), position) };
}

/** What differs in the first `position` bytes of an open file. */
export function differenceOf(file: StorageFile, bytes: number, position: number, mark: Mark): string | undefined {
  if (bytes < position) return `has ${bytes} bytes, of which ${position} were read already`;
  const now = samplesAt(file, position);
  if (now.head !== mark.head) return "begins with other bytes than those that were read";
  return now.tail === mark.tail ? undefined : `has other bytes before byte ${position} than those that were read`;
}

/** A plain file, which may grow. */
export function plainWitness(storage: Storage, path: string): Witness {
  // Asked again at every epoch; the file may be gone when it was read to its end long ago.
  let last: { readonly position: bigint; readonly mark: Mark } | undefined;
  return {
    markAt(position) {
      if (last?.position !== position) {
        last = { position, mark: withFile(storage, path, (file) => samplesAt(file, Number(position))) };
      }
      return last.mark;
    },
    difference: (position, mark) =>
      withFile(storage, path, (file, bytes) => differenceOf(file, bytes, Number(position), mark)),
  };
}

/** A file that does not grow: known by its size and its first (`end`: last) bytes. */
function sizedWitness(storage: Storage, path: string, sample: (file: StorageFile, bytes: number) => Mark): Witness {
  const look = (): Mark => withFile(storage, path, (file, size) => ({ size, ...sample(file, size) }));
  let known: Mark | undefined;
  return {
    markAt: () => (known ??= look()),
    difference(_, mark) {
      const now = look();
      if (now.size !== mark.size) return `has ${String(now.size)} bytes, not ${String(mark.size)} as when it was read`;
      const isSame = now.head === mark.head && now.tail === mark.tail;
      return isSame ? undefined : "has other content than when it was read";
    },
  };
}

/** Positions in compressed files do not say which of their bytes were read. */
export function compressedWitness(storage: Storage, path: string): Witness {
  return sizedWitness(storage, path, (file, bytes) => ({ head: hashRange(file, 0, Math.min(SAMPLE_BYTES, bytes)) }));
}

const FOOTER_BYTES_MAX = 1024 * 1024;
/** The length of the footer and the magic bytes. */
const FOOTER_END_BYTES = 8;

/** The footer of a Parquet file has the place and statistics of every column chunk. */
export function parquetWitness(storage: Storage, path: string): Witness {
  return sizedWitness(storage, path, (file, bytes) => {
    const end = new Uint8Array(FOOTER_END_BYTES);
    end.set(file.read(Math.max(0, bytes - FOOTER_END_BYTES), FOOTER_END_BYTES));
    const footer = Math.min(new DataView(end.buffer).getUint32(0, true), FOOTER_BYTES_MAX);
    return { tail: hashRange(file, Math.max(0, bytes - FOOTER_END_BYTES - footer), bytes) };
  });
}

/** The error for a source that is not what was read; `difference` goes on after the name of the file. */
export function sourceChanged(table: string, span: Span, file: string, difference: string): SqlError {
  return new SqlError("SOURCE_CHANGED", span, { table, file, difference });
}
