/**
 * `state backup`: a copy of a state directory as it is at one moment, also while a process works in it. Snapshots are never
 * changed, segments only grow: of the newest one what is whole is taken.
 */
import { existsSync } from "node:fs";
import { asError, isSqlError, SqlError } from "../../base/error.ts";
import { systemClock } from "../../connectors/clock.ts";
import { disk } from "../../connectors/disk.ts";
import { packageVersion } from "../../connectors/package.ts";
import { LOG_FOLDER, readDirectoryLog } from "../../state/directory.ts";
import { Manifest } from "../../state/log/manifest.ts";
import { diskReason } from "../../state/reason.ts";
import { SNAPSHOT_FOLDER } from "../snapshots.ts";
import { copied } from "./copied.ts";
import { type StateView, withView } from "./view.ts";

export interface Backup {
  readonly to: string;
  /** The last record of the log that it has. */
  readonly record: number;
  readonly files: number;
  readonly bytes: number;
}

/**
 * Copies `folder` to `to`, which is empty or not there. The copy is on the disk when it resolves, and is marked: who works
 * in it first begins a timeline. Rejects with STATE_* and SNAPSHOT_DAMAGED where what is to be copied is not whole.
 */
export const backUp = (folder: string, to: string): Promise<Backup> =>
  withView(folder, (view) => {
    if (existsSync(to) && disk.list(to).some((name) => name !== "lost+found")) {
      const hint = "give a folder that is not there yet: a backup takes the place of nothing";
      throw new SqlError("STATE_UNUSABLE", undefined, { folder: to, reason: "it is not empty", hint });
    }
    try {
      return Promise.resolve(copyView(view, to));
    } catch (error) {
      if (isSqlError(error)) throw error;
      const hint = `remove ${to}, which is no backup yet, make room, and try again`;
      throw new SqlError("STORAGE_FAILED", undefined, { file: to, reason: diskReason(asError(error)), hint });
    }
  });

function copyView({ folder, state, storage }: StateView, to: string): Backup {
  const log = readDirectoryLog(storage, folder, state);
  for (const name of [LOG_FOLDER, SNAPSHOT_FOLDER]) disk.makeFolder(`${to}/${name}`);
  const copy = (file: string, size: number): string => {
    const target = disk.open(`${to}/${file}`, "new");
    try {
      return copied(storage.open(`${folder}/${file}`, "read"), size, target);
    } finally {
      target.close();
    }
  };
  const segments = log.segments.map(({ path, end }) => ({ file: path.slice(folder.length + 1), bytes: end }));
  for (const { file, bytes } of segments) copy(file, bytes);
  for (const { file, bytes, sha256 } of state.snapshots) {
    const path = `${folder}/${file}`;
    if (!storage.exists(path)) throw new SqlError("SNAPSHOT_UNREADABLE", { path }, { path, reason: "it is missing" });
    const hash = copy(file, bytes);
    const reason = `its SHA-256 is ${hash}, not ${sha256}`;
    if (hash !== sha256) throw new SqlError("SNAPSHOT_DAMAGED", { path }, { path, reason });
  }
  for (const name of [LOG_FOLDER, SNAPSHOT_FOLDER, ""]) disk.syncFolder(`${to}/${name}`);
  const record = log.last?.number ?? 0;
  // Last: without it the rest is no state directory.
  const manifest = new Manifest(disk, to, {
    ...state,
    segment: segments.at(-1)?.file.slice(LOG_FOLDER.length + 1),
    build: packageVersion(),
    backup: { record, madeMs: systemClock.nowMs() },
  });
  manifest.close();
  const files = [...segments, ...state.snapshots];
  return { to, record, files: files.length + 1, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) };
}
