/**
 * A state directory: its manifest and its input log, opened by one process at a time. Opening reads and checks all that
 * counts and changes nothing; a process that has something to write begins an incarnation of its own first.
 */
import { SqlError } from "../base/error.ts";
import type { ReadableStorage, Storage } from "../base/storage.ts";
import type { Frame } from "./log/frame.ts";
import { InputLog } from "./log/input-log.ts";
import { Latch } from "./log/latch.ts";
import { MANIFEST_FORMAT, Manifest, type ManifestState, readManifest, type SnapshotEntry } from "./log/manifest.ts";
import { framesOf, isSegment, type LogContents, type LogTail, readLog } from "./log/segments.ts";

export interface StateDirectoryOptions {
  readonly storage: Storage;
  readonly folder: string;
  /** Names that nothing else has: for a directory that is made, and for a timeline that begins. */
  readonly newId: () => string;
  /** The version of this program. */
  readonly build: string;
  readonly segmentBytesMax?: number;
}

export const LOG_FOLDER = "log";

/** What a folder may hold in which a directory is made: what a process left that died early, and what a disk has at its root. */
export const HARMLESS: ReadonlySet<string> = new Set(["lock.duckdb", "lock.duckdb.wal", "MANIFEST.tmp", "lost+found"]);

export class StateDirectory {
  /** What of the log does not count: it was cut off before it was acknowledged. */
  readonly tail: LogTail | undefined;
  private readonly options: StateDirectoryOptions;
  private readonly logFolder: string;
  private readonly contents: LogContents;
  private readonly found: ManifestState;
  private readonly latch = new Latch();
  private writing: { readonly manifest: Manifest; readonly log: InputLog } | undefined;

  /** Throws STATE_* where what is there is not what was written. */
  constructor(options: StateDirectoryOptions) {
    const { storage, folder, newId, build } = options;
    this.options = options;
    this.logFolder = `${folder}/${LOG_FOLDER}`;
    this.found = knownState(storage, folder) ?? {
      format: MANIFEST_FORMAT,
      id: newId(),
      timeline: newId(),
      build,
      incarnation: 0,
      logFrom: 1,
      segment: undefined,
      snapshots: [],
    };
    this.contents = readDirectoryLog(storage, folder, this.found);
    this.tail = this.contents.tail;
  }

  get state(): ManifestState {
    return this.writing?.manifest.state ?? this.found;
  }

  /** What the log held when it was opened, from number `from` on. */
  frames(from: number): Generator<Frame> {
    return framesOf(this.options.storage, this.contents, from);
  }

  /**
   * What the log holds may be shown, and more may follow, when it returns: all of it is durable, in an incarnation of this
   * process. Throws STORAGE_FAILED.
   */
  begin(): void {
    this.begun();
  }

  private begun(): { readonly manifest: Manifest; readonly log: InputLog } {
    this.writing ??= this.latch.run(this.options.folder, () => this.newIncarnation());
    return this.writing;
  }

  private newIncarnation(): { readonly manifest: Manifest; readonly log: InputLog } {
    const { storage, folder, segmentBytesMax, build, newId } = this.options;
    storage.makeFolder(this.logFolder);
    storage.syncFolder(folder);
    const incarnation = this.found.incarnation + 1;
    const timeline = this.found.backup === undefined ? this.found.timeline : newId();
    const manifest = new Manifest(storage, folder, { ...this.found, timeline, build, backup: undefined, incarnation });
    const log = new InputLog(this.contents, {
      storage,
      folder: this.logFolder,
      id: this.found.id,
      incarnation,
      ...(segmentBytesMax !== undefined && { segmentBytesMax }),
      onSegment: (segment) => manifest.update({ segment }),
    });
    return { manifest, log };
  }

  /** The number of the next record, which `sync` makes durable. Throws STORAGE_FAILED. */
  write(body: Uint8Array): number {
    return this.begun().log.write(body);
  }

  /** All records are durable when it returns. Throws STORAGE_FAILED. */
  sync(): void {
    this.writing?.log.sync();
  }

  get durableNumber(): number {
    return this.writing?.log.durableNumber ?? this.contents.durable;
  }

  /** Number of the last record of the log, and bytes that this process has appended. */
  get lastNumber(): number {
    return this.writing?.log.lastNumber ?? this.contents.last?.number ?? 0;
  }
  get appendedBytes(): number {
    return this.writing?.log.appendedBytes ?? 0;
  }

  /** A snapshot has come: these are kept, and the log that they need. Durable when it returns. */
  keep(snapshots: readonly SnapshotEntry[]): void {
    const { manifest, log } = this.begun();
    const logFrom = logFromOf(snapshots);
    manifest.update({ snapshots, logFrom });
    log.dropBefore(logFrom);
  }

  /** Whether files of the log, as it was found, hold records and none from number `from` on. */
  canDropBefore(from: number): boolean {
    return this.contents.segments.some(({ first, last }) => first <= last && last < from);
  }

  close(): void {
    this.writing?.log.close();
    this.writing?.manifest.close();
  }
}

/** The first record of the log that is needed besides these snapshots. */
export const logFromOf = (snapshots: readonly SnapshotEntry[]): number =>
  snapshots.length === 0 ? 1 : Math.min(...snapshots.map((s) => s.logFrom));

/** What the manifest of a folder says; undefined: it may become a state directory. Throws STATE_*; changes nothing. */
export function knownState(storage: ReadableStorage, folder: string): ManifestState | undefined {
  const state = readManifest(storage, folder)?.state;
  if (state !== undefined) return state;
  const logFolder = `${folder}/${LOG_FOLDER}`;
  const held = storage.exists(logFolder) ? storage.list(logFolder) : [];
  const segments = held.filter(isSegment);
  // A log without a manifest is not a new directory: data is expected there.
  if (segments.length > 0) {
    const reason = `it has a log of ${segments.length} files and no MANIFEST`;
    throw new SqlError("STATE_INCOMPLETE", undefined, { folder, reason });
  }
  const isEmptyLog = held.every((name) => name.endsWith(".tmp"));
  const others = storage.list(folder).filter((name) => !HARMLESS.has(name) && !(name === LOG_FOLDER && isEmptyLog));
  if (others.length === 0) return undefined;
  const names = others.length > 3 ? `${others.slice(0, 3).join(", ")}, ..` : others.join(", ");
  throw new SqlError("STATE_UNUSABLE", undefined, {
    folder,
    reason: `it holds other files (${names})`,
    hint: "give a folder that is empty, or one that is not there yet: it is made",
  });
}

/** Reads and checks the log that a manifest is about. Throws STATE_*; changes nothing. */
export function readDirectoryLog(storage: ReadableStorage, folder: string, state: ManifestState): LogContents {
  const logFolder = `${folder}/${LOG_FOLDER}`;
  const { id, segment, logFrom, snapshots, backup } = state;
  // The chain of the log shows what is missing in it; what is missing at its end only the manifest knows.
  if (segment !== undefined && !storage.exists(`${logFolder}/${segment}`)) {
    throw new SqlError("STATE_INCOMPLETE", undefined, { folder: logFolder, reason: `${segment} is missing` });
  }
  // What a snapshot holds was durable before it was made, and all that a backup has when it was.
  const durable = Math.max(snapshots.at(-1)?.epoch ?? 0, backup?.record ?? 0);
  return readLog(storage, logFolder, { id, from: logFrom, durable });
}
