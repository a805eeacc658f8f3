/** The disk of the machine as `Storage`. */
import {
  type BigIntStats,
  closeSync,
  constants,
  existsSync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  globSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import type { OpenMode, PathFacts, Storage, StorageFile } from "../base/storage.ts";

const OVERWRITE = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_APPEND;
const flags: Readonly<Record<OpenMode, string | number>> = {
  new: "wx+",
  old: "r+",
  read: "r",
  append: "a",
  overwrite: OVERWRITE,
};

function factsOf(path: string): PathFacts | undefined {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stat && factsIn(stat);
}

function factsIn(stat: BigIntStats): PathFacts {
  const kind = stat.isFile() ? "file" : stat.isDirectory() ? "folder" : "other";
  return { kind, identity: `${stat.dev}:${stat.ino}`, born: stat.birthtimeNs, bytes: Number(stat.size) };
}

/** `linksMax`: through how many links that lead nowhere yet. */
function realPath(path: string, linksMax = 32): string {
  try {
    return realpathSync(path);
  } catch {
    const folder = dirname(path);
    if (folder === path || linksMax === 0) return path;
    const here = join(realPath(folder, linksMax), basename(path));
    const link = linkOf(here);
    return link === undefined ? here : realPath(resolve(dirname(here), link), linksMax - 1);
  }
}

/** undefined: it is none. */
function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

/** Not `recursive`: in a folder of the system that takes no files Node does not come back from it. */
function makeFolder(path: string): void {
  if (factsOf(path)?.kind === "folder") return;
  const above = dirname(path);
  makeFolder(above);
  try {
    mkdirSync(path);
  } catch (error) {
    // Another process may have made it.
    if (factsOf(path)?.kind !== "folder") throw error;
  }
  syncFolder(above);
}

function syncFolder(folder: string): void {
  const fd = openSync(folder, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

export const disk: Storage = {
  list: (folder) => readdirSync(folder),
  exists: existsSync,
  stat: factsOf,
  resolve: (path) => realPath(path),
  glob: (pattern) => globSync(pattern),
  makeFolder,
  open: (path, mode) => new DiskFile(openSync(path, flags[mode])),
  rename: renameSync,
  remove: (path) => rmSync(path),
  syncFolder,
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

  get facts(): StorageFile["facts"] {
    const stat = fstatSync(this.fd, { bigint: true });
    return { ...factsIn(stat), names: Number(stat.nlink) };
  }

  read(at: number, length: number): Uint8Array {
    const bytes = new Uint8Array(Math.max(0, Math.min(length, this.size - at)));
    let done = 0;
    while (done < bytes.length) {
      const read = this.readInto(bytes.subarray(done), at + done);
      if (read === 0) break;
      done += read;
    }
    return bytes.subarray(0, done);
  }

  readInto(target: Uint8Array, at: number): number {
    return readSync(this.fd, target, 0, target.length, at);
  }

  write(at: number, bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length; ) {
      done += writeSync(this.fd, bytes, done, bytes.length - done, at + done);
    }
  }

  append(bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length; ) done += writeSync(this.fd, bytes, done);
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
