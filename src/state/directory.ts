/**
 * A state directory: its manifest and its input log, opened by one process at a time. Opening reads and checks all that
 * counts, begins an incarnation of its own and changes nothing that was there.
 */
import { SqlError } from "../base/error.ts";
import type { Storage } from "../base/storage.ts";
import type { Frame } from "./log/frame.ts";
import { InputLog } from "./log/input-log.ts";
import { MANIFEST_FORMAT, Manifest, type ManifestState, readManifest, type SnapshotEntry } from "./log/manifest.ts";
import { framesOf, type LogContents, type LogTail, readLog } from "./log/segments.ts";

export interface StateDirectoryOptions {
  readonly storage: Storage;
  readonly folder: string;
  /** For a directory that is made. */
  readonly newId: string;
  readonly segmentBytesMax?: number;
}

const LOG_FOLDER = "log";

export class StateDirectory {
  readonly isNew: boolean;
  /** What of the log does not count: it was cut off before it was acknowledged. */
  readonly tail: LogTail | undefined;
  private readonly storage: Storage;
  private readonly manifest: Manifest;
  private readonly log: InputLog;
  private readonly contents: LogContents;

  /** Throws STATE_* where what is there is not what was written, and STORAGE_FAILED where it cannot be. */
  constructor({ storage, folder, newId, segmentBytesMax }: StateDirectoryOptions) {
    this.storage = storage;
    const logFolder = `${folder}/${LOG_FOLDER}`;
    const before = known(storage, folder, logFolder);
    this.isNew = before === undefined;
    const state: ManifestState = before ?? {
      format: MANIFEST_FORMAT,
      id: newId,
      timeline: 1,
      incarnation: 0,
      logFrom: 1,
      segment: undefined,
      snapshots: [],
    };
    storage.makeFolder(logFolder);
    storage.syncFolder(folder);
    mustBeThere(storage, logFolder, state);
    this.contents = readLog(storage, logFolder, { id: state.id, from: state.logFrom });
    this.tail = this.contents.tail;
    const incarnation = state.incarnation + 1;
    this.manifest = new Manifest(storage, folder, { ...state, incarnation });
    this.log = new InputLog(this.contents, {
      storage,
      folder: logFolder,
      id: state.id,
      incarnation,
      ...(segmentBytesMax !== undefined && { segmentBytesMax }),
      onSegment: (segment) => this.manifest.update({ segment }),
    });
  }

  get state(): ManifestState {
    return this.manifest.state;
  }

  /** What the log held when it was opened, from number `from` on. */
  frames(from: number): Generator<Frame> {
    return framesOf(this.storage, this.contents, from);
  }

  /** Durable when it returns. */
  append(body: Uint8Array): number {
    return this.log.append(body);
  }

  /** Number of the last record of the log, and bytes that this process has appended. */
  get lastNumber(): number {
    return this.log.lastNumber;
  }
  get appendedBytes(): number {
    return this.log.appendedBytes;
  }

  /** A snapshot has come: these are kept, and the log that they need. Durable when it returns. */
  keep(snapshots: readonly SnapshotEntry[]): void {
    const logFrom = Math.min(...snapshots.map((s) => s.logFrom));
    this.manifest.update({ snapshots, logFrom });
    this.log.dropBefore(logFrom);
  }

  close(): void {
    this.log.close();
    this.manifest.close();
  }
}

/** The chain of the log shows what is missing in it; what is missing at its end only the manifest knows. */
function mustBeThere(storage: Storage, logFolder: string, { segment }: ManifestState): void {
  if (segment === undefined || storage.exists(`${logFolder}/${segment}`)) return;
  throw new SqlError("STATE_INCOMPLETE", undefined, { folder: logFolder, reason: `${segment} is missing` });
}

/** A log without a manifest is not a new directory: data is expected there. */
function known(storage: Storage, folder: string, logFolder: string): ManifestState | undefined {
  const state = readManifest(storage, folder);
  if (state !== undefined) return state;
  const held = storage.exists(logFolder) ? storage.list(logFolder).filter((name) => name.endsWith(".log")) : [];
  if (held.length === 0) return undefined;
  const reason = `it has a log of ${held.length} files and no MANIFEST`;
  throw new SqlError("STATE_INCOMPLETE", undefined, { folder, reason });
}
