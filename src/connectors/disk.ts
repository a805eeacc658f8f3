/** The disk of the machine as `Storage`. */
import {
  closeSync,
  existsSync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import type { Storage, StorageFile } from "../base/storage.ts";

const flags = { new: "wx+", old: "r+", read: "r" } as const;

export const disk: Storage = {
  list: (folder) => readdirSync(folder),
  exists: existsSync,
  makeFolder: (folder) => void mkdirSync(folder, { recursive: true }),
  open: (path, mode) => new DiskFile(openSync(path, flags[mode])),
  rename: renameSync,
  remove: (path) => rmSync(path),
  syncFolder: (folder) => {
    const fd = openSync(folder, "r");
    try {
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  },
};

class DiskFile implements StorageFile {
  private readonly fd: number;
  private isOpen = true;

  constructor(fd: number) {
    this.fd = fd;
  }

  get size(): number {
    return fstatSync(this.fd).size;
  }

  read(at: number, length: number): Uint8Array {
    const bytes = new Uint8Array(Math.max(0, Math.min(length, this.size - at)));
    let done = 0;
    while (done < bytes.length) {
      const read = readSync(this.fd, bytes, done, bytes.length - done, at + done);
      if (read === 0) break;
      done += read;
    }
    return bytes.subarray(0, done);
  }

  write(at: number, bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length; ) {
      done += writeSync(this.fd, bytes, done, bytes.length - done, at + done);
    }
  }

  truncate(size: number): void {
    ftruncateSync(this.fd, size);
  }

  sync(): void {
    fdatasyncSync(this.fd);
  }

  close(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    closeSync(this.fd);
  }
}
