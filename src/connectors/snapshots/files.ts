/** The file system as snapshots use it. */
import { createHash } from "node:crypto";
import { closeSync, existsSync, fstatSync, fsyncSync, openSync, readSync, rmSync } from "node:fs";
import type { SnapshotFiles } from "../../state/snapshot/files.ts";

const READ_BYTES = 1 << 20;

function withFile<T>(path: string, mode: "r" | "r+", use: (fd: number) => T): T {
  const fd = openSync(path, mode);
  try {
    return use(fd);
  } finally {
    closeSync(fd);
  }
}

function digest(fd: number): { readonly sha256: string; readonly bytes: number } {
  const hash = createHash("sha256");
  const buffer = new Uint8Array(READ_BYTES);
  for (let bytes = 0; ; ) {
    const read = readSync(fd, buffer, 0, buffer.length, bytes);
    if (read === 0) return { sha256: hash.digest("hex"), bytes };
    hash.update(buffer.subarray(0, read));
    bytes += read;
  }
}

export const snapshotFiles: SnapshotFiles = {
  exists: existsSync,
  check(path) {
    withFile(path, "r", (fd) => {
      if (!fstatSync(fd).isFile()) throw new Error("it is no file");
    });
  },
  hash: (path) => withFile(path, "r", digest).sha256,
  seal: (path) =>
    withFile(path, "r+", (fd) => {
      fsyncSync(fd);
      return digest(fd);
    }),
  remove(path) {
    try {
      rmSync(path, { force: true });
    } catch {
      // It is in the way of nobody: the next attempt has another name.
    }
  },
};
