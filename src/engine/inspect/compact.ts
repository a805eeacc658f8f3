/**
 * `state compact`: removes what no kept generation needs, while nobody works in the directory. Queries are not run, so no
 * generation is made: the log behind the newest one stays.
 */
import { statSync } from "node:fs";
import { systemRandom } from "../../connectors/clock.ts";
import { disk } from "../../connectors/disk.ts";
import { lockFolder } from "../../connectors/lock.ts";
import { packageVersion } from "../../connectors/package.ts";
import { snapshotFiles } from "../../connectors/snapshots/files.ts";
import { SnapshotThread } from "../../connectors/snapshots/thread.ts";
import { LOG_FOLDER, logFromOf, StateDirectory } from "../../state/directory.ts";
import { readSnapshot } from "../../state/snapshot/read.ts";
import { SNAPSHOT_FOLDER, Snapshots } from "../snapshots.ts";
import { withView } from "./view.ts";

export interface Compacted {
  /** Files that are gone, and bytes that are free now. */
  readonly removed: readonly string[];
  readonly freedBytes: number;
  readonly generations: readonly number[];
  /** Records of the log that are still there, the first and the last; none where `first` > `last`. */
  readonly first: number;
  readonly last: number;
  /** It was a backup: its own timeline has begun. */
  readonly wasBackup: boolean;
}

/**
 * Keeps the newest `generations`, whose files are read first: where one is not whole, nothing is changed. Rejects with
 * STATE_LOCKED while a process works in it, and with STATE_* and SNAPSHOT_* where it cannot be read.
 */
export async function compactState(given: string, generations: number): Promise<Compacted> {
  const folder = await withView(given, (view) => Promise.resolve(view.folder));
  const lock = await lockFolder(folder);
  try {
    const before = sizes(folder);
    const directory = new StateDirectory({ storage: disk, folder, newId: systemRandom.id, build: packageVersion() });
    const { snapshots, backup } = directory.state;
    const kept = snapshots.slice(-generations);
    for (const { file, sha256 } of kept) await readSnapshot(`${folder}/${file}`, snapshotFiles, sha256);
    const isOver = (file: string): boolean =>
      file.endsWith(".tmp") || (file.startsWith(SNAPSHOT_FOLDER) && !kept.some((s) => s.file === file));
    const hasWork = directory.canDropBefore(logFromOf(kept)) || [...before.keys()].some(isOver);
    if (hasWork) {
      try {
        directory.keep(kept);
        new Snapshots(disk, folder, () => new SnapshotThread()).removeOthers(kept);
      } finally {
        directory.close();
      }
    }
    const after = sizes(folder);
    return {
      removed: [...before.keys()].filter((file) => !after.has(file)),
      freedBytes: Math.max(0, total(before) - total(after)),
      generations: kept.map(({ epoch }) => epoch),
      first: directory.state.logFrom,
      last: directory.lastNumber,
      wasBackup: hasWork && backup !== undefined,
    };
  } finally {
    lock.release();
  }
}

/** Bytes by file. */
function sizes(folder: string): ReadonlyMap<string, number> {
  const files = [LOG_FOLDER, SNAPSHOT_FOLDER].flatMap((name) =>
    disk.exists(`${folder}/${name}`) ? disk.list(`${folder}/${name}`).map((file) => `${name}/${file}`) : [],
  );
  return new Map(files.map((file) => [file, statSync(`${folder}/${file}`).size]));
}

const total = (files: ReadonlyMap<string, number>): number => [...files.values()].reduce((a, b) => a + b, 0);
