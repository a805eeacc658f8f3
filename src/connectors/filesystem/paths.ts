/** `path` of a filesystem source: a file, a folder (its files), or a glob; the files in order of their names. */
import { isAbsolute, join, relative, resolve } from "node:path";
import { SqlError } from "../../base/error.ts";
import type { Storage } from "../../base/storage.ts";
import type { Span } from "../../base/value.ts";
import { unreadable } from "../input/byte-input.ts";

export interface SourceFile {
  /** As messages and the `file` column show it: relative to the folder of the SQL file where it lies below. */
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
}

const isGlob = (path: string): boolean => /[*?[\]{}]/.test(path);

export const fullPath = (path: string, baseDirectory: string): string =>
  isAbsolute(path) ? path : resolve(baseDirectory, path);

export function listFiles(storage: Storage, path: string, baseDirectory: string, span: Span): SourceFile[] {
  const full = fullPath(path, baseDirectory);
  const pattern = patternOf(storage, full);
  const fileAt = (file: string): SourceFile[] => {
    const found = storage.stat(file);
    return found?.kind === "file" ? [{ name: shownName(file, baseDirectory), path: file, bytes: found.bytes }] : [];
  };
  if (pattern === undefined) {
    const [file] = fileAt(full);
    if (file === undefined) throw new SqlError("PATH_NOT_FOUND", span, { path });
    return [file];
  }
  let files: SourceFile[];
  try {
    files = pathsLike(storage, pattern, full).flatMap(fileAt);
  } catch (error) {
    throw unreadable(path, error);
  }
  if (files.length === 0) throw new SqlError("PATH_EMPTY", span, { path });
  return files.sort(byName);
}

export const byName = (a: { readonly name: string }, b: { readonly name: string }): number =>
  a.name < b.name ? -1 : Number(a.name > b.name);

/** The glob of the files of a folder, or the glob that the path is; undefined: it is one file. */
export function patternOf(storage: Storage, full: string): string | undefined {
  const facts = storage.stat(full);
  if (facts?.kind === "folder") return join(full.replaceAll(/[*?[\]{}]/g, "\\$&"), "**/*");
  return facts === undefined && isGlob(full) ? full : undefined;
}

/** What there is of a pattern: folders too, and what is gone again in a moment. */
export const pathsLike = (storage: Storage, pattern: string, full: string): string[] =>
  storage.glob(pattern).filter((file) => !isHidden(file, full));

/** Files of folders whose names begin with a point or underscore are not data. */
function isHidden(file: string, root: string): boolean {
  return !isGlob(root) && /(?:^|\/)[._]/.test(relative(root, file));
}

export function shownName(path: string, baseDirectory: string): string {
  const fromBase = relative(baseDirectory, path);
  return fromBase.startsWith("..") || isAbsolute(fromBase) ? path : fromBase;
}
