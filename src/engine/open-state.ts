/** State directories on the machine's disk. */
import { realpathSync } from "node:fs";
import type { OpenOptions } from "../api.ts";
import { asError, SqlError } from "../base/error.ts";
import { systemClock, systemRandom } from "../connectors/clock.ts";
import { disk } from "../connectors/disk.ts";
import { lockFolder } from "../connectors/lock.ts";
import { packageVersion } from "../connectors/package.ts";
import { SnapshotThread } from "../connectors/snapshots/thread.ts";
import { knownState } from "../state/directory.ts";
import { EngineState } from "./state.ts";

const SNAPSHOT_INTERVAL_MS = 10_000;

/** Opens or makes one, for an engine of these options. `say`: told what a person should know. */
export async function openState(
  folder: string,
  options: OpenOptions,
  say: (text: string) => void,
): Promise<EngineState> {
  const real = madeFolder(folder);
  // Before anything of ours is put there.
  knownState(disk, real);
  const lock = await lockFolder(real);
  const clock = options.clock ?? systemClock;
  try {
    return await EngineState.at({
      storage: disk,
      folder: real,
      newId: systemRandom.id,
      build: packageVersion(),
      nowMs: () => clock.nowMs(),
      scheduler: clock,
      snapshotIntervalMs: options.snapshotIntervalMs ?? SNAPSHOT_INTERVAL_MS,
      format: () => new SnapshotThread(),
      lock,
      say,
    });
  } catch (error) {
    lock.release();
    throw storageError(folder, error);
  }
}

function madeFolder(folder: string): string {
  try {
    disk.makeFolder(folder);
    return realpathSync(folder);
  } catch (error) {
    throw storageError(folder, error);
  }
}

/** An error of the system as one that names the folder. */
function storageError(folder: string, error: unknown): Error {
  const thrown = asError(error);
  if (!("code" in thrown) || thrown instanceof SqlError) return thrown;
  const isFile = thrown.code === "EEXIST" || thrown.code === "ENOTDIR";
  return new SqlError("STATE_UNUSABLE", undefined, { folder, reason: isFile ? "it is a file" : thrown.message });
}
