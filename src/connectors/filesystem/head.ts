/** The first bytes of a file, decompressed: what can be said of it before anything runs. */
import { constants, gunzipSync, zstdDecompressSync } from "node:zlib";
import type { Storage } from "../../base/storage.ts";
import { compressionOf, unreadable } from "../input/byte-input.ts";

/** How much of a file is looked at. */
export const HEAD_BYTES = 65536;

export function readHead(storage: Storage, path: string): Uint8Array {
  try {
    const file = storage.open(path, "read");
    try {
      const head = file.read(0, HEAD_BYTES);
      // The input of the decompressors is cut off: they are told not to miss its end.
      switch (compressionOf(path)) {
        case "none":
          return head;
        case "gzip":
          return head.length === 0 ? head : gunzipSync(head, { finishFlush: constants.Z_SYNC_FLUSH });
        case "zstd":
          return head.length === 0 ? head : zstdDecompressSync(head, { finishFlush: constants.ZSTD_e_continue });
      }
    } finally {
      file.close();
    }
  } catch (error) {
    throw unreadable(path, error);
  }
}
