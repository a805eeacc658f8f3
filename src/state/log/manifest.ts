/**
 * The manifest: what a state directory is and which of its files count, a frame of JSON each time that changes; the last
 * one holds. A process begins with a manifest of its own, written whole under another name and renamed.
 */
import { SqlError } from "../../base/error.ts";
import type { ReadableStorage, Storage, StorageFile } from "../../base/storage.ts";
import { FIRST_LINK, type FrameEnd, nextFrame, readFrames } from "./frame.ts";
import { decodeJson, encodeJson } from "./json.ts";
import { Latch } from "./latch.ts";
import { readFile } from "./read-file.ts";

export const MANIFEST_FORMAT = 2;

/** A snapshot that is whole and durable. */
export interface SnapshotEntry {
  /** It holds what came of the records of the log up to this number. */
  readonly epoch: number;
  /** Within the state directory. */
  readonly file: string;
  readonly sha256: string;
  readonly bytes: number;
  /** The first record of the log that is needed besides. */
  readonly logFrom: number;
  /** When it was made, by the clock of the process: for people. */
  readonly writtenMs: number;
}

/** That a directory is a copy of another one. */
export interface BackupMark {
  /** Number of the last record that it has. */
  readonly record: number;
  readonly madeMs: number;
}

export interface ManifestState {
  readonly format: number;
  /** Of the directory, for ever. */
  readonly id: string;
  /** Of what happens in it: another one begins where a backup is taken up, for its first directory may have gone on. */
  readonly timeline: string;
  /** The version of the program that wrote this. */
  readonly build: string;
  /** The directory is a backup, and nobody has worked in it since. */
  readonly backup?: BackupMark | undefined;
  /** Grows with every process that works here. */
  readonly incarnation: number;
  /** Records below are in no log any more. */
  readonly logFrom: number;
  /** The newest file of the log that is known: it is there, or something was taken away. */
  readonly segment: string | undefined;
  /** Oldest first. */
  readonly snapshots: readonly SnapshotEntry[];
}

export const MANIFEST = "MANIFEST";
const UNFINISHED = "MANIFEST.tmp";

export interface FoundManifest {
  readonly state: ManifestState;
  /** Bytes that count, and why those behind them, if there are any, do not: a write was cut off. */
  readonly end: number;
  readonly torn: string | undefined;
}

/** What the manifest says; undefined: the folder has none. Throws STATE_CORRUPT and STATE_VERSION. */
export function readManifest(storage: ReadableStorage, folder: string): FoundManifest | undefined {
  const path = `${folder}/${MANIFEST}`;
  if (!storage.exists(path)) return undefined;
  const { frames, end, bad } = readFrames(readFile(storage, path), 0, undefined);
  const last = frames.at(-1);
  // The first frame was durable before the file had its name; behind it only a write that was cut off may stand.
  if (last === undefined || bad?.later !== undefined) {
    throw new SqlError("STATE_CORRUPT", undefined, { file: path, reason: bad?.reason ?? "it is empty", at: end });
  }
  const state = decodeJson(last.body) as ManifestState; // its frame's checksum was right
  if (state.format !== MANIFEST_FORMAT) {
    throw new SqlError("STATE_VERSION", undefined, { file: path, format: state.format, known: MANIFEST_FORMAT });
  }
  return { state, end, torn: bad?.reason };
}

export class Manifest {
  private readonly file: StorageFile;
  private readonly path: string;
  private size: number;
  private last: FrameEnd = { number: 0, link: FIRST_LINK };
  private readonly latch = new Latch();
  state: ManifestState;

  /** Takes the place of the manifest that is there; durable when it returns. */
  constructor(storage: Storage, folder: string, state: ManifestState) {
    this.state = state;
    this.path = `${folder}/${MANIFEST}`;
    const unfinished = `${folder}/${UNFINISHED}`;
    if (storage.exists(unfinished)) storage.remove(unfinished);
    this.file = storage.open(unfinished, "new");
    this.size = 0;
    this.put(state);
    storage.rename(unfinished, this.path);
    storage.syncFolder(folder);
  }

  /** Durable when it returns. Throws STORAGE_FAILED, and then at every later call too. */
  update(change: Partial<ManifestState>): void {
    this.latch.run(this.path, () => {
      this.put({ ...this.state, ...change });
    });
  }

  private put(state: ManifestState): void {
    const { bytes, end } = nextFrame(this.last, state.incarnation, encodeJson(state));
    this.file.write(this.size, bytes);
    this.file.sync();
    this.size += bytes.length;
    this.last = end;
    this.state = state;
  }

  close(): void {
    this.file.close();
  }
}
