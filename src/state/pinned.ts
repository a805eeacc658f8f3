/**
 * A state directory as it was at one moment, while a process may work in it: its files are opened at once and read later,
 * so that what is removed meanwhile is still there. Nothing is written and nobody waits.
 */
import { SqlError } from "../base/error.ts";
import { openIfThere, type ReadableStorage, type StorageFile } from "../base/storage.ts";
import { knownState, LOG_FOLDER } from "./directory.ts";
import { MANIFEST, type ManifestState, readManifest } from "./log/manifest.ts";
import { isSegment } from "./log/segments.ts";

/** How often a directory may change while it is opened. */
const TRIES = 100;

export interface PinnedDirectory {
  readonly state: ManifestState;
  /** Files of its log and snapshots by the paths that they had; of its folders the names of these. */
  readonly storage: ReadableStorage;
  close(): void;
}

/** Throws STATE_* where the folder is no state directory or its manifest cannot be read, and STATE_UNUSABLE where it changes too fast. */
export function pinDirectory(storage: ReadableStorage, folder: string): PinnedDirectory {
  for (let tries = 0; tries < TRIES; tries++) {
    const state = stateOf(storage, folder);
    const files = openAll(storage, folder, state);
    if (JSON.stringify(stateOf(storage, folder)) === JSON.stringify(state)) return pinned(state, files);
    closeAll(files);
  }
  const reason = "its process makes snapshots faster than it can be read";
  const hint = "try again, or start that process with a longer --snapshot-interval";
  throw new SqlError("STATE_UNUSABLE", undefined, { folder, reason, hint });
}

function stateOf(storage: ReadableStorage, folder: string): ManifestState {
  const state = storage.exists(`${folder}/${MANIFEST}`) ? readManifest(storage, folder)?.state : undefined;
  if (state !== undefined) return state;
  // A log without a manifest is told as what it is.
  const hasLog = storage.exists(`${folder}/${LOG_FOLDER}`) && storage.list(`${folder}/${LOG_FOLDER}`).some(isSegment);
  if (hasLog) knownState(storage, folder);
  throw new SqlError("STATE_MISSING", undefined, { folder });
}

type Files = ReadonlyMap<string, StorageFile>;

function openAll(storage: ReadableStorage, folder: string, { snapshots }: ManifestState): Files {
  const log = `${folder}/${LOG_FOLDER}`;
  const segments = storage.exists(log) ? storage.list(log).filter(isSegment) : [];
  const paths = [...segments.map((name) => `${log}/${name}`), ...snapshots.map(({ file }) => `${folder}/${file}`)];
  const files = new Map<string, StorageFile>();
  for (const path of paths) {
    const file = openIfThere(storage, path);
    if (file !== undefined) files.set(path, file);
  }
  return files;
}

function closeAll(files: Files): void {
  for (const file of files.values()) file.close();
}

function pinned(state: ManifestState, files: Files): PinnedDirectory {
  const paths = [...files.keys()];
  return {
    state,
    storage: {
      list: (folder) => paths.filter((p) => p.startsWith(`${folder}/`)).map((p) => p.slice(folder.length + 1)),
      exists: (path) => files.has(path) || paths.some((p) => p.startsWith(`${path}/`)),
      open: (path) => {
        const file = files.get(path);
        if (file === undefined) throw refused(`${path} is not pinned`);
        return reader(file);
      },
    },
    close: () => closeAll(files),
  };
}

/** As it is now: what is appended from here on is not read. Whoever reads it closes it, and it stays open for the next one. */
function reader(file: StorageFile): StorageFile {
  const change = (): never => {
    throw refused("a pinned file is only read");
  };
  return {
    size: file.size,
    facts: file.facts,
    read: (at, length) => file.read(at, length),
    readInto: (target, at) => file.readInto(target, at),
    write: change,
    append: change,
    truncate: change,
    sync: change,
    close: () => undefined,
  };
}

const refused = (reason: string): SqlError => new SqlError("INTERNAL", undefined, { reason });
