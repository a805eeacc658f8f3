/**
 * A disk that forgets: what was not synced may be there after a crash, or not, or in part, page by page; so may names
 * that were given, changed or taken back. Calls fail where a test says so.
 */
import { matchesGlob, normalize } from "node:path";
import type { OpenMode, PathFacts, Storage, StorageFile } from "../../src/base/storage.ts";
import { Bytes } from "./bytes.ts";
import type { Random } from "./random.ts";

const PAGE = 4096;

/** What a call does, for faults and for choosing where to crash. */
export interface DiskCall {
  readonly kind:
    | "open"
    | "read"
    | "write"
    | "truncate"
    | "sync"
    | "rename"
    | "remove"
    | "syncFolder"
    | "makeFolder"
    | "stat";
  readonly path: string;
}

/** Thrown where the machine stops: nothing is written after it. */
export class PowerLoss extends Error {}

/** An error of the operating system; of a write, after `written` of its bytes, 0 to 1. */
export class DiskError extends Error {
  readonly code: string;
  readonly written: number;

  constructor(code: string, path: string, written = 0) {
    super(`${code}: ${path}`);
    this.code = code;
    this.written = written;
  }
}

type Change = { readonly at: number; readonly bytes: Uint8Array } | { readonly size: number };

interface Inode {
  readonly number: number;
  readonly durable: Bytes;
  /** What a read gives: what is in the cache, whether it will ever be on the disk or not. */
  readonly current: Bytes;
  /** From the one to the other. */
  changes: Change[];
}

type Naming = { readonly name: string; readonly inode: Inode } | { readonly removed: string };

/** Names of one folder. A step may be several namings that happen together: a rename. */
interface Folder {
  readonly durable: Map<string, Inode>;
  readonly current: Map<string, Inode>;
  steps: (readonly Naming[])[];
}

/** Files are made one after the other. */
const factsOf = ({ number, current }: Inode): PathFacts => ({
  kind: "file",
  identity: String(number),
  born: BigInt(number),
  bytes: current.size,
});

export class SimDisk implements Storage {
  /** Before every call; may throw what the call shall throw. */
  onCall: (call: DiskCall) => void = () => undefined;
  /** How many bytes fit; what is written beyond is ENOSPC, after a part of it. */
  capacity: number = Number.POSITIVE_INFINITY;
  private folders = new Map<string, Folder>();
  private isOff = false;
  private inodes = 0;

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
    if (folder === undefined) throw new DiskError("ENOENT", path);
    return folder;
  }

  private inodeAt(path: string): Inode | undefined {
    const cut = path.lastIndexOf("/");
    return this.folders.get(path.slice(0, cut))?.current.get(path.slice(cut + 1));
  }

  list(folder: string): readonly string[] {
    const below = [...this.folders.keys()].filter((path) => path.slice(0, path.lastIndexOf("/")) === folder);
    return [...this.folder(folder).current.keys(), ...below.map((path) => path.slice(folder.length + 1))];
  }

  exists(path: string): boolean {
    return this.folders.has(path) || this.inodeAt(path) !== undefined;
  }

  stat(path: string): PathFacts | undefined {
    this.call("stat", path);
    if (this.folders.has(path)) return { kind: "folder", identity: path, born: 0n, bytes: 0 };
    const inode = this.inodeAt(path);
    return inode && factsOf(inode);
  }

  /** There are no links. */
  resolve(path: string): string {
    return normalize(path);
  }

  glob(pattern: string): readonly string[] {
    return this.files.filter((path) => matchesGlob(path, pattern));
  }

  /** Paths of all files. */
  get files(): readonly string[] {
    return [...this.folders].flatMap(([folder, { current }]) => [...current.keys()].map((name) => `${folder}/${name}`));
  }

  makeFolder(folder: string): void {
    this.call("makeFolder", folder);
    if (folder === "" || this.folders.has(folder)) return;
    this.makeFolder(folder.slice(0, folder.lastIndexOf("/")));
    this.folders.set(folder, { durable: new Map(), current: new Map(), steps: [] });
  }

  open(path: string, mode: OpenMode): StorageFile {
    this.call("open", path);
    const { folder, name } = this.folderOf(path);
    const known = folder.current.get(name);
    if (known !== undefined) {
      if (mode === "new") throw new DiskError("EEXIST", path);
      const file = this.file(path, known);
      if (mode === "overwrite") file.truncate(0);
      return file;
    }
    if (mode === "old" || mode === "read") throw new DiskError("ENOENT", path);
    const inode: Inode = { number: this.inodes++, durable: new Bytes(), current: new Bytes(), changes: [] };
    this.name(folder, [{ name, inode }]);
    return this.file(path, inode);
  }

  private name(folder: Folder, step: readonly Naming[]): void {
    apply(folder.current, step);
    folder.steps.push(step);
  }

  private file(path: string, inode: Inode): StorageFile {
    const put = (at: number, bytes: Uint8Array): void => {
      inode.current.write(at, bytes);
      // Not `slice`: of a Buffer that is no copy.
      inode.changes.push({ at, bytes: new Uint8Array(bytes) });
    };
    const write = (at: number, bytes: Uint8Array): void => {
      try {
        this.call("write", path);
      } catch (error) {
        if (error instanceof DiskError) put(at, bytes.subarray(0, Math.floor(error.written * bytes.length)));
        throw error;
      }
      const room = this.capacity - this.used;
      put(at, room < bytes.length ? bytes.subarray(0, Math.max(0, room)) : bytes);
      if (room < bytes.length) throw new DiskError("ENOSPC", path);
    };
    const read = (at: number, length: number): Uint8Array => {
      this.call("read", path);
      return inode.current.slice(at, at + length);
    };
    return {
      get size() {
        return inode.current.size;
      },
      get facts() {
        return { ...factsOf(inode), names: 1 };
      },
      read,
      readInto: (target, at) => {
        const bytes = read(at, target.length);
        target.set(bytes);
        return bytes.length;
      },
      write,
      append: (bytes) => write(inode.current.size, bytes),
      truncate: (size) => {
        this.call("truncate", path);
        inode.current.resize(size);
        inode.changes.push({ size });
      },
      sync: () => {
        try {
          this.call("sync", path);
        } catch (error) {
          // What could not be written counts as written from now on: it is in the cache, and on no disk.
          if (!(error instanceof PowerLoss)) inode.changes = [];
          throw error;
        }
        for (const change of inode.changes) make(inode.durable, change);
        inode.changes = [];
      },
      close: () => undefined,
    };
  }

  private get used(): number {
    if (this.capacity === Number.POSITIVE_INFINITY) return 0;
    let bytes = 0;
    for (const { current } of this.folders.values()) for (const inode of current.values()) bytes += inode.current.size;
    return bytes;
  }

  rename(from: string, to: string): void {
    this.call("rename", from);
    const source = this.folderOf(from);
    const target = this.folderOf(to);
    const inode = source.folder.current.get(source.name);
    if (inode === undefined) throw new DiskError("ENOENT", from);
    if (source.folder !== target.folder) throw new DiskError("EXDEV", to);
    this.name(source.folder, [{ removed: source.name }, { name: target.name, inode }]);
  }

  remove(path: string): void {
    this.call("remove", path);
    const { folder, name } = this.folderOf(path);
    if (!folder.current.has(name)) throw new DiskError("ENOENT", path);
    this.name(folder, [{ removed: name }]);
  }

  syncFolder(path: string): void {
    this.call("syncFolder", path);
    const folder = this.folder(path);
    for (const step of folder.steps) apply(folder.durable, step);
    folder.steps = [];
  }

  private after(names: (folder: Folder) => Folder): SimDisk {
    const after = new SimDisk();
    this.isOff = true;
    after.inodes = this.inodes;
    after.folders = new Map([...this.folders].map(([path, folder]) => [path, names(folder)]));
    return after;
  }

  /** The disk as the next process may find it. */
  crash(random: Random): SimDisk {
    const survivors = new Map<Inode, Inode>();
    return this.after((folder) => {
      const names = new Map(folder.durable);
      // Steps reach the disk in order, up to some point.
      for (const step of folder.steps.slice(0, random.below(folder.steps.length + 1))) apply(names, step);
      for (const [name, inode] of names) {
        const found = survivors.get(inode) ?? survivor(inode, random);
        survivors.set(inode, found);
        names.set(name, found);
      }
      return { durable: names, current: new Map(names), steps: [] };
    });
  }

  /** What a killed process leaves: what was written is there, and is still not on the disk. */
  kill(): SimDisk {
    return this.after((folder) => folder);
  }

  /** The same disk, with everything on it; this one goes on. */
  copy(): SimDisk {
    const copies = new Map<Inode, Inode>();
    const copied = (names: ReadonlyMap<string, Inode>): Map<string, Inode> =>
      new Map(
        [...names].map(([name, inode]) => {
          const copy = copies.get(inode) ?? stored(inode.number, inode.current.clone());
          copies.set(inode, copy);
          return [name, copy];
        }),
      );
    const other = this.after(({ current }) => ({ durable: copied(current), current: copied(current), steps: [] }));
    this.isOff = false;
    return other;
  }

  /** Flips one bit of a file where it lies. */
  flip(path: string, at: number, bit: number): void {
    const inode = this.inodeAt(path);
    if (inode === undefined) throw new DiskError("ENOENT", path);
    inode.current.flip(at, bit);
    if (at < inode.durable.size) inode.durable.flip(at, bit);
  }
}

const stored = (number: number, bytes: Bytes): Inode => ({
  number,
  durable: bytes,
  current: bytes.clone(),
  changes: [],
});

function apply(names: Map<string, Inode>, step: readonly Naming[]): void {
  for (const n of step) {
    if ("removed" in n) names.delete(n.removed);
    else names.set(n.name, n.inode);
  }
}

function make(bytes: Bytes, change: Change): void {
  if ("size" in change) bytes.resize(change.size);
  else bytes.write(change.at, change.bytes);
}

/** Every page that was written since the last sync is on the disk, or not; the size may have come without the pages. */
function survivor(inode: Inode, random: Random): Inode {
  const bytes = inode.durable.clone();
  for (const change of inode.changes) {
    if ("size" in change) {
      if (random.chance(0.5)) bytes.resize(change.size);
      continue;
    }
    if (random.chance(0.3)) continue;
    const isWhole = random.chance(0.4);
    const end = change.at + change.bytes.length;
    if (random.chance(0.5)) bytes.resize(Math.max(bytes.size, end));
    for (let page = Math.floor(change.at / PAGE); page * PAGE < end; page++) {
      if (!isWhole && random.chance(0.5)) continue;
      const from = Math.max(change.at, page * PAGE);
      const to = Math.min(end, (page + 1) * PAGE);
      bytes.write(from, change.bytes.subarray(from - change.at, to - change.at));
    }
  }
  return stored(inode.number, bytes);
}
