/**
 * One process at a time in a folder: a small DuckDB file in it that is held open for writing. The system frees it when the
 * process dies, however it does. Nobody else reads the file: that would free it too.
 */
import { existsSync, rmSync } from "node:fs";
import duckdb from "@duckdb/node-bindings";
import { asError, isSqlError, SqlError } from "../base/error.ts";
import { systemClock } from "./clock.ts";

/** Folders that this process holds: DuckDB would let it in again. */
const held = new Set<string>();

export interface FolderLock {
  release(): void;
}

const HOLDER = /PID (\d+)/;

const fileOf = (folder: string): string => `${folder}/lock.duckdb`;

/** Who only looks whether it is held keeps others out for some milliseconds: who wants it tries again. */
const TRIES = 8;
const BETWEEN_TRIES_MS = 25;

/** The process that holds a folder, by its real path; undefined: nobody does. */
export async function holderOf(folder: string): Promise<number | undefined> {
  if (held.has(folder)) return process.pid;
  if (!existsSync(fileOf(folder))) return undefined;
  try {
    duckdb.close_sync(await opened(fileOf(folder), folder, "READ_ONLY"));
    return undefined;
  } catch (error) {
    // What a power cut left of the file is held by nobody.
    return isSqlError(error) ? Number(error.details["pid"]) : undefined;
  }
}

/** `folder`: its real path. Rejects with STATE_LOCKED, or STATE_UNUSABLE where it cannot be held. */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const file = fileOf(folder);
  if (held.has(folder)) throw new SqlError("STATE_LOCKED", undefined, { folder, pid: process.pid });
  held.add(folder);
  try {
    const database = await openedAtLast(file, folder).catch(async (error: unknown) => {
      if (isSqlError(error)) throw error;
      // It holds nothing, and is ours: whoever holds it is told before what is in it. What a power cut left of it goes.
      rmSync(file, { force: true });
      rmSync(`${file}.wal`, { force: true });
      return opened(file, folder);
    });
    return {
      release: () => {
        held.delete(folder);
        duckdb.close_sync(database);
      },
    };
  } catch (error) {
    held.delete(folder);
    if (isSqlError(error)) throw error;
    throw new SqlError("STATE_UNUSABLE", undefined, { folder, reason: asError(error).message });
  }
}

async function openedAtLast(file: string, folder: string): Promise<duckdb.Database> {
  for (let tries = 1; ; tries++) {
    try {
      return await opened(file, folder);
    } catch (error) {
      if (!isSqlError(error) || tries === TRIES) throw error;
      await systemClock.sleep(BETWEEN_TRIES_MS);
    }
  }
}

async function opened(file: string, folder: string, mode = "READ_WRITE"): Promise<duckdb.Database> {
  const config = duckdb.create_config();
  duckdb.set_config(config, "threads", "1");
  duckdb.set_config(config, "access_mode", mode);
  try {
    return await duckdb.open(file, config);
  } catch (error) {
    const holder = HOLDER.exec(asError(error).message)?.[1];
    if (holder === undefined) throw error;
    throw new SqlError("STATE_LOCKED", undefined, { folder, pid: Number(holder) });
  }
}
