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

export function listFiles(storage: Storage, path: string, baseDirectory: string, span: Span): SourceFile[] {
  const full = isAbsolute(path) ? path : resolve(baseDirectory, path);
  const facts = storage.stat(full);
  if (facts?.kind === "file") return [sourceFile(full, baseDirectory, facts.bytes)];
  if (facts === undefined && !isGlob(path)) throw new SqlError("PATH_NOT_FOUND", span, { path });
  const pattern = facts?.kind === "folder" ? join(full.replaceAll(/[*?[\]{}]/g, "\\$&"), "**/*") : full;
  let files: SourceFile[];
  try {
    files = storage.glob(pattern).flatMap((file) => {
      const found = isHidden(file, full) ? undefined : storage.stat(file);
      return found?.kind === "file" ? [sourceFile(file, baseDirectory, found.bytes)] : [];
    });
  } catch (error) {
    throw unreadable(path, error);
  }
  if (files.length === 0) throw new SqlError("PATH_EMPTY", span, { path });
  return files.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

/** Files of folders whose names begin with a point or underscore are not data. */
function isHidden(file: string, root: string): boolean {
  return !isGlob(root) && /(?:^|\/)[._]/.test(relative(root, file));
}

function sourceFile(path: string, baseDirectory: string, bytes: number): SourceFile {
  const fromBase = relative(baseDirectory, path);
  const name = fromBase.startsWith("..") || isAbsolute(fromBase) ? path : fromBase;
  return { name, path, bytes };
}
