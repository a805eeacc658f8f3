/** The first bytes of a file, decompressed: what can be said of it before anything runs. */
import { closeSync, openSync, readSync } from "node:fs";
import { constants, gunzipSync, zstdDecompressSync } from "node:zlib";
import { compressionOf, unreadable } from "../input/byte-input.ts";

const HEAD_BYTES = 65536;

export function readHead(path: string): Uint8Array {
  try {
    const fd = openSync(path, "r");
    try {
      const buffer = new Uint8Array(HEAD_BYTES);
      const head = buffer.subarray(0, readSync(fd, buffer, 0, HEAD_BYTES, 0));
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
      closeSync(fd);
    }
  } catch (error) {
    throw unreadable(path, error);
  }
}
