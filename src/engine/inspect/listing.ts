/** `state ls`: what a state directory is, its generations and its log. */
import { snapshotFiles } from "../../connectors/snapshots/files.ts";
import type { LogRecord } from "../../runtime/durability/records.ts";
import { readDirectoryLog } from "../../state/directory.ts";
import type { ManifestState, SnapshotEntry } from "../../state/log/manifest.ts";
import { decodeRecord } from "../../state/log/record.ts";
import { framesOf, type LogContents } from "../../state/log/segments.ts";
import { problemOf, readGeneration, type StateView } from "./view.ts";

export interface ListedGeneration {
  readonly generation: number;
  readonly file: string;
  readonly writtenMs: number;
  readonly bytes: number;
  /** The first record of the log that it needs besides. */
  readonly logFrom: number;
  readonly hash: "right" | "wrong" | "missing";
  /** By table; undefined where the file cannot be read, for this reason. */
  readonly rows: Readonly<Record<string, number>> | undefined;
  readonly problem?: string;
}

export interface ListedSegment {
  readonly file: string;
  readonly incarnation: number;
  /** Records that count: none where `last` < `first`. */
  readonly first: number;
  readonly last: number;
  readonly bytes: number;
}

export interface Listing {
  readonly folder: string;
  readonly manifest: ManifestState;
  readonly holder: number | undefined;
  /** The names of its queries. */
  readonly queries: readonly string[];
  readonly generations: readonly ListedGeneration[];
  readonly segments: readonly ListedSegment[];
  /** Bytes at the end of the log that do not count. */
  readonly tailBytes: number;
  /** Why the log cannot be read. */
  readonly logProblem?: string;
}

export async function listState(view: StateView): Promise<Listing> {
  const { folder, state, holder, storage } = view;
  const queries = new Set<string>();
  const generations: ListedGeneration[] = [];
  for (const entry of state.snapshots) generations.push(await listGeneration(view, entry, queries));
  const about = { folder, manifest: state, holder, generations };
  let log: LogContents;
  try {
    log = readDirectoryLog(storage, folder, state);
  } catch (error) {
    return { ...about, queries: [...queries], segments: [], tailBytes: 0, logProblem: problemOf(error) };
  }
  for (const { body } of framesOf(storage, log, state.logFrom)) {
    const record = decodeRecord(body) as LogRecord; // its frame's checksum was right
    if (record.kind === "job") for (const query of Object.keys(record.queries)) queries.add(query);
  }
  const segments = log.segments.map(({ path, incarnation, first, last, size }) => {
    return { file: path.slice(folder.length + 1), incarnation, first, last, bytes: size };
  });
  return { ...about, queries: [...queries], segments, tailBytes: log.tail?.bytes ?? 0 };
}

async function listGeneration(view: StateView, entry: SnapshotEntry, queries: Set<string>): Promise<ListedGeneration> {
  const { epoch: generation, sha256, ...rest } = entry;
  const path = `${view.folder}/${entry.file}`;
  const isThere = snapshotFiles.exists(path);
  const hash = !isThere ? "missing" : snapshotFiles.hash(path) === sha256 ? "right" : "wrong";
  try {
    const { meta, tables } = await readGeneration(view, entry);
    for (const { begun } of Object.values(meta.jobs))
      for (const query of Object.keys(begun.queries)) queries.add(query);
    return { generation, ...rest, hash, rows: Object.fromEntries(tables.map((t) => [t.name, t.rows])) };
  } catch (error) {
    return { generation, ...rest, hash, rows: undefined, problem: problemOf(error) };
  }
}
