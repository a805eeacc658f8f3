/** Bytes of a file, hashed on their way to another one, or to nowhere. */
import { createHash } from "node:crypto";
import type { StorageFile } from "../../base/storage.ts";

const PIECE_BYTES = 1 << 20;

/** The SHA-256 of the first `bytes` bytes, in hexadecimal; all of them are in `to`, if that is given, and synced. */
export function copied(from: StorageFile, bytes: number, to?: StorageFile): string {
  const hash = createHash("sha256");
  for (let at = 0; at < bytes; ) {
    const piece = from.read(at, Math.min(PIECE_BYTES, bytes - at));
    if (piece.length === 0) break;
    hash.update(piece);
    to?.write(at, piece);
    at += piece.length;
  }
  to?.sync();
  return hash.digest("hex");
}
