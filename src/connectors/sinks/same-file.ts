/** Whether paths lead to one file, or one folder, however they are spelled. */
import type { Storage } from "../../base/storage.ts";

/** By what the system knows a file by: links, and paths spelled in another way, lead to the same one. */
export function isSameFile(storage: Storage, a: string, b: string): boolean {
  const one = storage.stat(a)?.identity;
  const other = storage.stat(b)?.identity;
  if (one === undefined && other === undefined) return storage.resolve(a) === storage.resolve(b);
  return one === other;
}

/** Whether a file lies in a folder, or in one below it. */
export const isBelow = (storage: Storage, file: string, folder: string): boolean =>
  storage.resolve(file).startsWith(`${storage.resolve(folder)}/`);

/** Whether two sinks would write into one file. Paths of folders end in a slash; `isExact`: each knows its every byte. */
export function collide(storage: Storage, [a, b]: readonly [string, string], isExact: boolean): boolean {
  const areFolders = [a, b].map((path) => path.endsWith("/"));
  if (!areFolders.includes(true)) return isExact && isSameFile(storage, a, b);
  if (storage.resolve(a) === storage.resolve(b)) return true;
  return !areFolders.includes(false) && (isBelow(storage, a, b) || isBelow(storage, b, a));
}
