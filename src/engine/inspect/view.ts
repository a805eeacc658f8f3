/** A state directory to look into: read-only, also while a process works in it, which is not disturbed. */
import { existsSync, realpathSync } from "node:fs";
import { isSqlError, SqlError } from "../../base/error.ts";
import { disk } from "../../connectors/disk.ts";
import { holderOf } from "../../connectors/lock.ts";
import { snapshotFiles } from "../../connectors/snapshots/files.ts";
import type { SnapshotEntry } from "../../state/log/manifest.ts";
import { type PinnedDirectory, pinDirectory } from "../../state/pinned.ts";
import type { DirectoryTable } from "../../state/snapshot/directory.ts";
import { readSnapshotDirectory, readSnapshotTable } from "../../state/snapshot/read.ts";
import { META_TABLE, metaOf, type SnapshotMeta } from "../snapshots.ts";

export interface StateView extends PinnedDirectory {
  /** Its real path. */
  readonly folder: string;
  /** The process that works in it. */
  readonly holder: number | undefined;
}

/** What `use` makes of a directory as it is now. Rejects with STATE_* where it is none or cannot be read. */
export async function withView<T>(given: string, use: (view: StateView) => Promise<T>): Promise<T> {
  if (!existsSync(given)) throw new SqlError("STATE_MISSING", undefined, { folder: given });
  const folder = realpathSync(given);
  const holder = await holderOf(folder);
  const pinned = pinDirectory(disk, folder);
  try {
    return await use({ ...pinned, folder, holder });
  } finally {
    pinned.close();
  }
}

/** A snapshot without the rows of its tables. */
export interface Generation {
  readonly entry: SnapshotEntry;
  readonly path: string;
  readonly meta: SnapshotMeta;
  /** Of operators, results and side tables. */
  readonly tables: readonly DirectoryTable[];
}

/** Rejects with SNAPSHOT_* where it cannot be read. */
export async function readGeneration(
  { folder }: { readonly folder: string },
  entry: SnapshotEntry,
): Promise<Generation> {
  const path = `${folder}/${entry.file}`;
  const all = await readSnapshotDirectory(path, snapshotFiles);
  const about = all.find(({ name }) => name === META_TABLE);
  const meta = metaOf(about === undefined ? [] : [await readSnapshotTable(path, snapshotFiles, about)], entry);
  return { entry, path, meta, tables: all.filter(({ name }) => !name.startsWith("_")) };
}

/** The generation that a person names: its number, or `latest`. */
export async function generationOf(view: StateView, given: string): Promise<Generation> {
  const { snapshots } = view.state;
  const entry = given === "latest" ? snapshots.at(-1) : snapshots.find(({ epoch }) => String(epoch) === given);
  if (entry !== undefined) return readGeneration(view, entry);
  const known = snapshots.length === 0 ? "none yet" : snapshots.map(({ epoch }) => String(epoch));
  throw new SqlError("STATE_NO_GENERATION", undefined, { folder: view.folder, generation: given, known });
}

/** What was thrown where it is an error of the state, as a line; anything else is thrown on. */
export function problemOf(error: unknown): string {
  if (isSqlError(error) && error.code !== "INTERNAL") return error.message;
  throw error;
}
