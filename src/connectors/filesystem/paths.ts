/** `path` of a filesystem source: a file, a folder (its files), or a glob; the files in order of their names. */
import { globSync, statSync } from "node:fs";
import { isAbsolute, join, relative, resolve } from "node:path";
import { SqlError } from "../../base/error.ts";
import type { Span } from "../../base/value.ts";
import { unreadable } from "../input/byte-input.ts";

export interface SourceFile {
  /** As messages and the `file` column show it: relative to the folder of the SQL file where it lies below. */
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
}

const isGlob = (path: string): boolean => /[*?[\]{}]/.test(path);

export function listFiles(path: string, baseDirectory: string, span: Span): SourceFile[] {
  const full = isAbsolute(path) ? path : resolve(baseDirectory, path);
  const stat = statSync(full, { throwIfNoEntry: false });
  if (stat?.isFile() === true) return [sourceFile(full, baseDirectory)];
  if (stat === undefined && !isGlob(path)) throw new SqlError("PATH_NOT_FOUND", span, { path });
  const pattern = stat?.isDirectory() === true ? join(full.replaceAll(/[*?[\]{}]/g, "\\$&"), "**/*") : full;
  let found: string[];
  try {
    found = globSync(pattern).filter((file) => !isHidden(file, full) && statSync(file).isFile());
  } catch (error) {
    throw unreadable(path, error);
  }
  if (found.length === 0) throw new SqlError("PATH_EMPTY", span, { path });
  const files = found.map((file) => sourceFile(file, baseDirectory));
  return files.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

/** Files of folders whose names begin with a point or underscore are not data. */
function isHidden(file: string, root: string): boolean {
  return !isGlob(root) && /(?:^|\/)[._]/.test(relative(root, file));
}

function sourceFile(path: string, baseDirectory: string): SourceFile {
  const fromBase = relative(baseDirectory, path);
  const name = fromBase.startsWith("..") || isAbsolute(fromBase) ? path : fromBase;
  return { name, path, bytes: statSync(path).size };
}
