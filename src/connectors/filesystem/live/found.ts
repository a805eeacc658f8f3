/** Files that may be renamed and replaced while they are read: by what they are known, and where they are now. */
import { basename, dirname, join } from "node:path";
import { openIfThere, type PathFacts, type Storage, type StorageFile } from "../../../base/storage.ts";

export interface FoundFile {
  readonly path: string;
  readonly bytes: number;
  /** The same under any name, and no other file's: the inode, and when it was made, for inodes are used again. */
  readonly id: string;
}

/** Without the device, which may have another number when it is mounted again. */
export const idOf = ({ identity, born }: PathFacts): string => `${identity.slice(identity.indexOf(":") + 1)}-${born}`;

/** When the file of that id was made, nanoseconds. */
export const bornOf = (id: string): bigint => BigInt(id.slice(id.indexOf("-") + 1) || 0);

/** undefined: there is no file. */
export function fileAt(storage: Storage, path: string): FoundFile | undefined {
  const facts = storage.stat(path);
  return facts?.kind === "file" ? { path, bytes: facts.bytes, id: idOf(facts) } : undefined;
}

/** `app.log.1`, `app.log-20261128`: what a rotation makes of `app.log`. */
const ROTATION = /(?<=[^/])[.-]\d[\d.T_-]*$/;

/** The path that a file had before a rotation; its own where that is not what it is called after. */
export const unrotated = (path: string): string => path.replace(ROTATION, "");

/** The files that have been at `path` and were renamed in their folder. */
export function rotatedFrom(storage: Storage, path: string): FoundFile[] {
  const name = basename(path);
  return filesBeside(storage, path, (other) => other !== name && unrotated(other) === name);
}

/** Files that were at one place, in the order in which they were made. A clock that is too coarse to tell has the names beside it. */
export function byBirth(a: FoundFile, b: FoundFile): number {
  const [ageA, ageB] = [bornOf(a.id), bornOf(b.id)];
  if (ageA !== ageB) return ageA < ageB ? -1 : 1;
  const [countA, countB] = [rotationsOf(a.path), rotationsOf(b.path)];
  return countA === countB ? Number(a.path > b.path) - Number(a.path < b.path) : countB - countA;
}

/** `app.log.3` was renamed more often than `app.log.2`, and `app.log` never. */
const rotationsOf = (path: string): number => Number(/\.(\d{1,5})$/.exec(path)?.[1] ?? (/\d$/.test(path) ? 1 : 0));

/** How often a folder is looked through for a file that is renamed just then. */
const LOOKS = 5;

/** The file of that id in the folder of `path`, most likely there; undefined: it is gone. */
export function locate(storage: Storage, id: string, path: string): FoundFile | undefined {
  for (let look = 0; look < LOOKS; look++) {
    const there = fileAt(storage, path);
    if (there?.id === id) return there;
    const found = filesBeside(storage, path, () => true).find((file) => file.id === id);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Opens it, whatever it is called meanwhile; undefined: it is gone. */
export function openFound(storage: Storage, id: string, path: string): StorageFile | undefined {
  for (;;) {
    const found = locate(storage, id, path);
    if (found === undefined) return undefined;
    const file = openIfThere(storage, found.path);
    if (file !== undefined && idOf(file.facts) === id) return file;
    // It was renamed a moment ago.
    file?.close();
  }
}

function filesBeside(storage: Storage, path: string, isWanted: (name: string) => boolean): FoundFile[] {
  const folder = dirname(path);
  if (!storage.exists(folder)) return [];
  return storage.list(folder).flatMap((name) => (isWanted(name) ? (fileAt(storage, join(folder, name)) ?? []) : []));
}
