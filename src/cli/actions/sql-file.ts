/** SQL files as the command line names them: a path, or `-` for standard input. */
import { readFile, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { UsageError } from "../command.ts";
import type { Terminal } from "../output/terminal.ts";

export interface SqlFile {
  /** As given: what errors show. */
  readonly path: string;
  readonly text: string;
  /** Against which the paths in it resolve. */
  readonly folder: string;
}

/** What errors show for `-`. */
export const STDIN_PATH = "<stdin>";

/** Far above any file written by hand; a data file given by mistake is refused before it is read. */
const SQL_FILE_BYTES_MAX = 16 * 1024 * 1024;

export async function readSqlFiles(paths: readonly string[], terminal: Terminal): Promise<readonly SqlFile[]> {
  const { files, unreadable } = await readWhatCanBeRead(paths, terminal);
  const [first] = unreadable;
  if (first !== undefined) throw first;
  return files;
}

/** Every file that can be read, and why the others cannot. */
export async function readWhatCanBeRead(
  paths: readonly string[],
  terminal: Terminal,
): Promise<{ readonly files: readonly SqlFile[]; readonly unreadable: readonly UsageError[] }> {
  if (paths.filter((path) => path === "-").length > 1) throw new UsageError("standard input (-) is given twice");
  const files: SqlFile[] = [];
  const unreadable: UsageError[] = [];
  for (const path of paths) {
    try {
      files.push(path === "-" ? await fromStdin(terminal) : await fromPath(path));
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      unreadable.push(error);
    }
  }
  return { files, unreadable };
}

async function fromStdin(terminal: Terminal): Promise<SqlFile> {
  return { path: STDIN_PATH, text: await text(terminal.stdin), folder: process.cwd() };
}

async function fromPath(path: string): Promise<SqlFile> {
  try {
    const { size } = await stat(path);
    if (size > SQL_FILE_BYTES_MAX) throw new UsageError(`${path} is too large to be SQL (${size} bytes)`);
    return { path, text: await readFile(path, "utf8"), folder: dirname(resolve(path)) };
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${path}: ${reason(error)}`);
  }
}

function reason(error: unknown): string {
  // Errors of node:fs carry a code.
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ENOENT") return "no such file";
  if (code === "EISDIR") return "is a folder, not a file";
  if (code === "EACCES") return "may not be read";
  return error instanceof Error ? error.message : String(error);
}
