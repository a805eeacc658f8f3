/**
 * `state verify`: reads everything of a state directory as a start would and more, and says of each part what is wrong:
 * the first bad byte, what that means, and what to do. Nothing is changed.
 */
import { realpathSync } from "node:fs";
import { isSqlError, type SqlError } from "../../base/error.ts";
import { disk } from "../../connectors/disk.ts";
import { snapshotFiles } from "../../connectors/snapshots/files.ts";
import { HARMLESS, knownState, LOG_FOLDER, readDirectoryLog } from "../../state/directory.ts";
import { flippedByte } from "../../state/log/flipped-bit.ts";
import { MANIFEST, readManifest, type SnapshotEntry } from "../../state/log/manifest.ts";
import { readFile } from "../../state/log/read-file.ts";
import { isSegment } from "../../state/log/segments.ts";
import { readSnapshot } from "../../state/snapshot/read.ts";
import { SNAPSHOT_FOLDER } from "../snapshots.ts";
import { copied } from "./copied.ts";
import { type StateView, withView } from "./view.ts";

export interface Finding {
  /** `note`: nothing is lost by it. */
  readonly kind: "damage" | "note";
  /** Within the directory. */
  readonly file: string;
  /**
   * The first bad byte: where one bit has flipped the byte that it is in, else where the first frame or block begins that is
   * not as it was written. undefined: it is not known, or the file is gone.
   */
  readonly at: number | undefined;
  readonly what: string;
  readonly means: string;
  readonly remedy: string;
}

export interface Verified {
  readonly folder: string;
  /** What was read and is right, in words. */
  readonly right: readonly string[];
  readonly findings: readonly Finding[];
}

/** Rejects with STATE_MISSING where there is no state directory; all else is a finding. */
export async function verifyState(given: string): Promise<Verified> {
  try {
    return await withView(given, verifyView);
  } catch (error) {
    // The manifest is read first, and without it nothing says what the other files should be.
    if (!isSqlError(error) || error.code === "STATE_MISSING" || error.code === "INTERNAL") throw error;
    const folder = realpathSync(given);
    return { folder, right: [], findings: [damage(folder, error, MANIFEST, "nothing in the directory can be used")] };
  }
}

async function verifyView(view: StateView): Promise<Verified> {
  const [right, findings]: [string[], Finding[]] = [[], []];
  verifyManifest(view, right, findings);
  verifyLog(view, right, findings);
  await verifySnapshots(view, right, findings);
  findings.push(...leftovers(view));
  return { folder: view.folder, right, findings };
}

function verifyManifest({ folder, state, holder }: StateView, right: string[], findings: Finding[]): void {
  right.push(`${MANIFEST}: directory ${state.id}, incarnation ${state.incarnation}`);
  const found = readManifest(disk, folder);
  if (found?.torn === undefined) return;
  findings.push(tail(MANIFEST, found.end, found.torn, holder));
}

/** What stands behind the last whole frame of a file. */
function tail(file: string, at: number, reason: string, holder: number | undefined): Finding {
  const about = { kind: "note", file, at, what: reason } as const;
  if (holder !== undefined) {
    return {
      ...about,
      means: `process ${holder} may be writing here now`,
      remedy: "nothing; look again when it has ended",
    };
  }
  return {
    ...about,
    means: "a torn tail: the last write was cut off before it was acknowledged; nothing is lost",
    remedy: "nothing; the next start leaves it out",
  };
}

function verifyLog(view: StateView, right: string[], findings: Finding[]): void {
  const { folder, state, storage, holder } = view;
  try {
    const { segments, last, tail: torn } = readDirectoryLog(storage, folder, state);
    const bytes = segments.reduce((sum, { end }) => sum + end, 0);
    right.push(
      `${LOG_FOLDER}: records ${state.logFrom} to ${last?.number ?? 0}, ${segments.length} segments, ${bytes} bytes`,
    );
    if (torn !== undefined) findings.push(tail(within(folder, torn.path), torn.at, torn.reason, holder));
  } catch (error) {
    if (!isSqlError(error) || error.code === "INTERNAL") throw error;
    findings.push(
      damage(folder, error, LOG_FOLDER, "records that were acknowledged cannot be read: no start is possible"),
    );
  }
}

async function verifySnapshots(view: StateView, right: string[], findings: Finding[]): Promise<void> {
  const { folder, state } = view;
  const bad: Finding[] = [];
  for (const entry of state.snapshots) {
    const error = await whyBad(view, entry);
    // One that its process has removed meanwhile is not missed.
    const isNamed = (): boolean => knownState(disk, folder)?.snapshots.some(({ file }) => file === entry.file) === true;
    if (error === undefined) right.push(`${entry.file}: ${entry.bytes} bytes, its hash, its tables and their rows`);
    else if (isNamed()) bad.push(damage(folder, error, entry.file, ""));
  }
  const isAll = bad.length > 0 && bad.length === state.snapshots.length;
  findings.push(...bad.map((finding) => ({ ...finding, ...consequence(finding, view, isAll) })));
}

/** What a bad snapshot means for the next start. */
function consequence({ file }: Finding, { state }: StateView, isAll: boolean): Pick<Finding, "means" | "remedy"> {
  if (isAll) {
    return {
      means: "no generation is whole: no start is possible",
      remedy: "restore the state directory from a backup, or start with an empty one to read the sources anew",
    };
  }
  const isNewest = state.snapshots.at(-1)?.file === file;
  return {
    means: isNewest
      ? "the next start takes the generation before and goes through more of the log: it costs time, no data"
      : "it would be needed only if the newer one were damaged too",
    remedy: "find out what is wrong with the disk; the snapshots that are made from now on replace it",
  };
}

async function whyBad({ folder, storage }: StateView, { file, sha256 }: SnapshotEntry): Promise<SqlError | undefined> {
  const path = `${folder}/${file}`;
  try {
    const hash = storage.exists(path) ? hashOf(storage.open(path, "read")) : sha256;
    await readSnapshot(path, snapshotFiles);
    if (hash !== sha256) await readSnapshot(path, snapshotFiles, sha256);
    return undefined;
  } catch (error) {
    if (isSqlError(error) && error.code !== "INTERNAL") return error;
    throw error;
  }
}

const hashOf = (file: Parameters<typeof copied>[0]): string => copied(file, file.size);

/** DuckDB names the block whose checksum is wrong. */
const BLOCK = /block at location (\d+)/;

const within = (folder: string, path: string): string =>
  path === folder ? "." : path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : path;

const flippedIn = (path: string, at: number): number | undefined =>
  disk.exists(path) ? flippedByte(readFile(disk, path), at) : undefined;

const otherVersion: Readonly<Partial<Record<SqlError["code"], true>>> = { STATE_VERSION: true, SNAPSHOT_TOO_NEW: true };

/** An error of the state as a finding. `file`: where the error names none. */
function damage(folder: string, error: SqlError, file: string, means: string): Finding {
  const { details } = error;
  const named = details["file"] ?? details["path"] ?? details["folder"];
  const path = typeof named === "string" && named !== folder ? named : undefined;
  const reason = typeof details["reason"] === "string" ? details["reason"] : error.message;
  const begins = details["at"] ?? BLOCK.exec(error.message)?.[1];
  const at = begins === undefined ? undefined : Number(begins);
  const flipped = error.code === "STATE_CORRUPT" && path !== undefined ? flippedIn(path, at ?? 0) : undefined;
  return {
    kind: "damage",
    file: path === undefined ? file : within(folder, path),
    at: flipped ?? at,
    what:
      flipped === undefined
        ? reason
        : `${reason}: a bit of this byte has flipped, and nothing else of its frame at byte ${at}`,
    means:
      error.code in otherVersion ? "another version wrote it: nothing is damaged, but this one cannot read it" : means,
    remedy: error.hint ?? "restore the state directory from a backup",
  };
}

/** Files that are not part of the state. */
function leftovers({ folder, state, holder }: StateView): readonly Finding[] {
  const named = new Set(state.snapshots.map(({ file }) => file));
  const own = new Set([...HARMLESS, MANIFEST, LOG_FOLDER, SNAPSHOT_FOLDER]);
  const files = [
    ...disk.list(folder).filter((name) => !own.has(name)),
    ...namesIn(`${folder}/${LOG_FOLDER}`).flatMap((name) => (isSegment(name) ? [] : [`${LOG_FOLDER}/${name}`])),
    ...namesIn(`${folder}/${SNAPSHOT_FOLDER}`)
      .map((name) => `${SNAPSHOT_FOLDER}/${name}`)
      .filter((file) => !named.has(file)),
  ];
  // A process that works here makes files before the manifest names them.
  if (holder !== undefined) return [];
  return files.map((file): Finding => {
    const isOurs = file.includes("/");
    return {
      kind: "note",
      file,
      at: undefined,
      what: "it is not part of the state",
      means: isOurs ? "a process that died left it; nothing reads it" : "somebody put it here; nothing reads it",
      remedy: isOurs ? "nothing; `tidemark state compact` removes it" : "move it elsewhere",
    };
  });
}

const namesIn = (folder: string): readonly string[] => (disk.exists(folder) ? disk.list(folder) : []);
