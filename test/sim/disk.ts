/**
 * A disk that forgets: what was not synced may be there after a crash, or not, or in part, page by page; so may names
 * that were given, changed or taken back. Calls fail where a test says so.
 */
import type { Storage, StorageFile } from "../../src/base/storage.ts";
import type { Random } from "./random.ts";

const PAGE = 4096;

/** What a call does, for faults and for choosing where to crash. */
export interface DiskCall {
  readonly kind: "open" | "write" | "truncate" | "sync" | "rename" | "remove" | "syncFolder" | "makeFolder";
  readonly path: string;
}

/** Thrown where the machine stops: nothing is written after it. */
export class PowerLoss extends Error {}

type Change = { readonly at: number; readonly bytes: Uint8Array } | { readonly size: number };

interface Inode {
  durable: Uint8Array;
  current: Uint8Array;
  changes: Change[];
}

type Naming = { readonly name: string; readonly inode: Inode } | { readonly removed: string };

/** Names of one folder. A step may be several namings that happen together: a rename. */
interface Folder {
  readonly durable: Map<string, Inode>;
  readonly current: Map<string, Inode>;
  steps: (readonly Naming[])[];
}

export class SimDisk implements Storage {
  /** Before every call; may throw what the call shall throw. */
  onCall: (call: DiskCall) => void = () => undefined;
  /** How many bytes fit; what is written beyond is ENOSPC, after a part of it. */
  capacity: number = Number.POSITIVE_INFINITY;
  private readonly folders = new Map<string, Folder>();
  private isOff = false;

  private call(kind: DiskCall["kind"], path: string): void {
    if (this.isOff) throw new PowerLoss("the machine is off");
    try {
      this.onCall({ kind, path });
    } catch (error) {
      if (error instanceof PowerLoss) this.isOff = true;
      throw error;
    }
  }

  private folderOf(path: string): { readonly folder: Folder; readonly name: string } {
    const cut = path.lastIndexOf("/");
    return { folder: this.folder(path.slice(0, cut)), name: path.slice(cut + 1) };
  }

  private folder(path: string): Folder {
    const folder = this.folders.get(path);
    if (folder === undefined) throw failure("ENOENT", path);
    return folder;
  }

  list(folder: string): readonly string[] {
    return [...this.folder(folder).current.keys()];
  }

  exists(path: string): boolean {
    if (this.folders.has(path)) return true;
    const { folder, name } = this.folderOf(path);
    return folder.current.has(name);
  }

  makeFolder(folder: string): void {
    this.call("makeFolder", folder);
    if (this.folders.has(folder)) return;
    this.folders.set(folder, { durable: new Map(), current: new Map(), steps: [] });
  }

  open(path: string, mode: "new" | "old" | "read"): StorageFile {
    this.call("open", path);
    const { folder, name } = this.folderOf(path);
    const known = folder.current.get(name);
    if (mode !== "new") {
      if (known === undefined) throw failure("ENOENT", path);
      return this.file(path, known);
    }
    if (known !== undefined) throw failure("EEXIST", path);
    const inode: Inode = { durable: new Uint8Array(), current: new Uint8Array(), changes: [] };
    this.name(folder, [{ name, inode }]);
    return this.file(path, inode);
  }

  private name(folder: Folder, step: readonly Naming[]): void {
    apply(folder.current, step);
    folder.steps.push(step);
  }

  private file(path: string, inode: Inode): StorageFile {
    const write = (at: number, bytes: Uint8Array): void => {
      const change = { at, bytes: bytes.slice() };
      inode.current = changed(inode.current, change);
      inode.changes.push(change);
    };
    return {
      get size() {
        return inode.current.length;
      },
      read: (at, length) => inode.current.slice(at, at + length),
      write: (at, bytes) => {
        this.call("write", path);
        const room = this.capacity - this.used();
        if (bytes.length > room) {
          write(at, bytes.subarray(0, Math.max(0, room)));
          throw failure("ENOSPC", path);
        }
        write(at, bytes);
      },
      truncate: (size) => {
        this.call("truncate", path);
        inode.current = changed(inode.current, { size });
        inode.changes.push({ size });
      },
      sync: () => {
        this.call("sync", path);
        inode.durable = inode.current;
        inode.changes = [];
      },
      close: () => undefined,
    };
  }

  private used(): number {
    let bytes = 0;
    for (const { current } of this.folders.values())
      for (const inode of current.values()) bytes += inode.current.length;
    return bytes;
  }

  rename(from: string, to: string): void {
    this.call("rename", from);
    const source = this.folderOf(from);
    const target = this.folderOf(to);
    const inode = source.folder.current.get(source.name);
    if (inode === undefined) throw failure("ENOENT", from);
    if (source.folder !== target.folder) throw failure("EXDEV", to);
    this.name(source.folder, [{ removed: source.name }, { name: target.name, inode }]);
  }

  remove(path: string): void {
    this.call("remove", path);
    const { folder, name } = this.folderOf(path);
    if (!folder.current.has(name)) throw failure("ENOENT", path);
    this.name(folder, [{ removed: name }]);
  }

  syncFolder(path: string): void {
    this.call("syncFolder", path);
    const folder = this.folder(path);
    for (const step of folder.steps) apply(folder.durable, step);
    folder.steps = [];
  }

  /** The disk as the next process may find it. */
  crash(random: Random): SimDisk {
    const after = new SimDisk();
    for (const [path, folder] of this.folders) {
      const names = new Map(folder.durable);
      // Steps reach the disk in order, up to some point.
      for (const step of folder.steps.slice(0, random.below(folder.steps.length + 1))) apply(names, step);
      const found = new Map([...names].map(([name, inode]) => [name, survivor(inode, random)]));
      after.folders.set(path, { durable: found, current: new Map(found), steps: [] });
    }
    return after;
  }

  /** The same files, with what was written but not synced: what a killed process leaves. */
  kill(): SimDisk {
    const after = new SimDisk();
    for (const [path, { current }] of this.folders) {
      const found = new Map([...current].map(([name, inode]) => [name, copyOf(inode)]));
      after.folders.set(path, { durable: found, current: new Map(found), steps: [] });
    }
    return after;
  }

  /** Flips one bit of a file where it lies. */
  flip(path: string, at: number, bit: number): void {
    const { folder, name } = this.folderOf(path);
    const inode = folder.current.get(name);
    if (inode === undefined) throw failure("ENOENT", path);
    inode.current = inode.current.slice();
    inode.current[at] = (inode.current[at] ?? 0) ^ (1 << bit);
    inode.durable = inode.current;
  }
}

function copyOf({ current }: Inode): Inode {
  return { durable: current, current, changes: [] };
}

function apply(names: Map<string, Inode>, step: readonly Naming[]): void {
  for (const n of step) {
    if ("removed" in n) names.delete(n.removed);
    else names.set(n.name, n.inode);
  }
}

function changed(bytes: Uint8Array, change: Change): Uint8Array {
  if ("size" in change) return grown(bytes, change.size).subarray(0, change.size);
  const to = grown(bytes, Math.max(bytes.length, change.at + change.bytes.length));
  to.set(change.bytes, change.at);
  return to;
}

function grown(bytes: Uint8Array, size: number): Uint8Array {
  const to = new Uint8Array(Math.max(size, bytes.length));
  to.set(bytes);
  return to;
}

/** Every page that was written since the last sync is on the disk, or not; the size may have come without the pages. */
function survivor(inode: Inode, random: Random): Inode {
  let bytes = inode.durable;
  for (const change of inode.changes) {
    if ("size" in change) {
      if (random.chance(0.5)) bytes = changed(bytes, change);
      continue;
    }
    if (random.chance(0.3)) continue;
    const isWhole = random.chance(0.4);
    const end = change.at + change.bytes.length;
    if (random.chance(0.5)) bytes = grown(bytes, end);
    for (let page = Math.floor(change.at / PAGE); page * PAGE < end; page++) {
      if (!isWhole && random.chance(0.5)) continue;
      const from = Math.max(change.at, page * PAGE);
      const to = Math.min(end, (page + 1) * PAGE);
      bytes = changed(bytes, { at: from, bytes: change.bytes.subarray(from - change.at, to - change.at) });
    }
  }
  return { durable: bytes, current: bytes, changes: [] };
}

function failure(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code });
}
