/**
 * The snapshots of a state directory: when one is due, what is in it besides the tables of the jobs, which files there are.
 * A snapshot is a file of its own that is never changed; two generations are kept, and the log behind the older one.
 */

import { WATERMARK_END, WATERMARK_MIN } from "../base/batch.ts";
import { asError, SqlError } from "../base/error.ts";
import type { Storage } from "../base/storage.ts";
import { BIGINT, BOOLEAN, type SqlType, timestamp, VARCHAR } from "../base/types.ts";
import type { ErrorTablesMeta } from "../runtime/accounting/error-tables.ts";
import type { SavedJob } from "../runtime/durability/job-durability.ts";
import { stateTableName } from "../runtime/durability/pipeline-state.ts";
import type { JobRecord } from "../runtime/durability/records.ts";
import type { SnapshotEntry } from "../state/log/manifest.ts";
import type { StagedColumn, StagedTable } from "../state/snapshot/staged.ts";
import { CellWriter, cellRows, type StagedValue } from "../state/staging/cells.ts";
import type { StoredProgram } from "./changes/program-record.ts";

/** Who writes and reads the files. */
export interface SnapshotFormat {
  /** A new file, durable when it resolves; the buffers of the tables may be gone. */
  write(path: string, tables: readonly StagedTable[]): Promise<{ readonly sha256: string; readonly bytes: number }>;
  read(path: string, sha256: string): Promise<readonly StagedTable[]>;
  close(): Promise<void>;
}

/** What a snapshot says of itself, as JSON. */
export interface SnapshotMeta {
  /** Number of the last record of the log whose rows and INSERTs are in it. */
  readonly at: number;
  readonly jobs: Readonly<Record<string, { readonly begun: JobRecord; readonly saved: Omit<SavedJob, "tables"> }>>;
  readonly errors: ErrorTablesMeta;
  /** INSERTs of a program that were taken. */
  readonly statements: readonly string[];
  /** By table without connector: how many rows it ever had. The log may hold none of them any more. */
  readonly totals: Readonly<Record<string, number>>;
  /** What was run; undefined: it was no program. */
  readonly program: StoredProgram | undefined;
}

export interface Snapshot {
  readonly meta: SnapshotMeta;
  readonly tables: readonly StagedTable[];
}

/** The table that holds a snapshot's `SnapshotMeta`; names of tables that are not of a query begin with `_`. */
export const META_TABLE = "_meta";

export const SNAPSHOT_FOLDER = "snapshots";
const UNFINISHED = ".tmp";
const GENERATIONS = 2;

const column = (name: string, type: SqlType, nullable = false): StagedColumn => ({
  name,
  type: { kind: "sql", type },
  nullable,
});

const META = [column("key", VARCHAR), column("value", VARCHAR)];
const SOURCES = [
  column("job", VARCHAR),
  column("table", VARCHAR),
  column("partition", VARCHAR),
  column("position", BIGINT),
  column("line", BIGINT, true),
  column("watermark", timestamp(6), true),
  column("ended", BOOLEAN),
];
const WATERMARKS = [
  column("query", VARCHAR),
  column("operator", VARCHAR),
  column("watermark", timestamp(6), true),
  column("ended", BOOLEAN),
];

export class Snapshots {
  private readonly storage: Storage;
  private readonly folder: string;
  private readonly format: () => SnapshotFormat;
  private opened: SnapshotFormat | undefined;

  constructor(storage: Storage, folder: string, format: () => SnapshotFormat) {
    this.storage = storage;
    this.folder = folder;
    this.format = format;
  }

  private get files(): SnapshotFormat {
    this.opened ??= this.format();
    return this.opened;
  }

  /** The newest that is whole; undefined where there are none. Rejects where all are damaged. `say`: told of those that are. */
  async read(entries: readonly SnapshotEntry[], say: (text: string) => void): Promise<Snapshot | undefined> {
    let failure: Error | undefined;
    for (const entry of entries.toReversed()) {
      try {
        const tables = await this.files.read(`${this.folder}/${entry.file}`, entry.sha256);
        return { tables, meta: metaOf(tables, entry) };
      } catch (error) {
        failure ??= asError(error);
        say(`state: ${asError(error).message}; trying the one before`);
      }
    }
    if (failure !== undefined) throw failure;
    return undefined;
  }

  /** Writes a snapshot; it is whole, durable and has its name when it resolves. */
  async write({ meta, tables }: Snapshot, about: Pick<SnapshotEntry, "logFrom" | "writtenMs">): Promise<SnapshotEntry> {
    const { storage, folder } = this;
    storage.makeFolder(`${folder}/${SNAPSHOT_FOLDER}`);
    storage.syncFolder(folder);
    const file = `${SNAPSHOT_FOLDER}/gen-${meta.at}.duckdb`;
    const unfinished = `${folder}/${file}${UNFINISHED}`;
    const written = await this.files.write(unfinished, [...tables, ...describing(meta)]);
    storage.rename(unfinished, `${folder}/${file}`);
    storage.syncFolder(`${folder}/${SNAPSHOT_FOLDER}`);
    return { epoch: meta.at, file, sha256: written.sha256, bytes: written.bytes, ...about };
  }

  /** Those that stay when a new one has come. */
  kept(entries: readonly SnapshotEntry[]): readonly SnapshotEntry[] {
    return entries.slice(-GENERATIONS);
  }

  /** Removes files that no entry names: not any more, or a process died before they had a name. */
  removeOthers(entries: readonly SnapshotEntry[]): void {
    const own = `${this.folder}/${SNAPSHOT_FOLDER}`;
    if (!this.storage.exists(own)) return;
    const named = new Set(entries.map(({ file }) => file));
    for (const name of this.storage.list(own)) {
      if (!named.has(`${SNAPSHOT_FOLDER}/${name}`)) this.storage.remove(`${own}/${name}`);
    }
  }

  async close(): Promise<void> {
    await this.opened?.close();
  }
}

/** The tables that say what the others are: for this program, and for a person with DuckDB. */
function describing(meta: SnapshotMeta): readonly StagedTable[] {
  const jobs = Object.entries(meta.jobs);
  const sources = jobs.flatMap(([job, { begun, saved }]) =>
    saved.meta.taken.partitions.map((p): StagedValue[] => {
      const { table = "", name = "" } = [...begun.partitions, ...saved.meta.taken.added][p.index] ?? {};
      const line = p.line === undefined ? null : BigInt(p.line);
      return [job, table, name, BigInt(p.position), line, shown(p.watermark), p.ended];
    }),
  );
  const watermarks = jobs.flatMap(([, { saved }]) =>
    Object.entries(saved.meta.queries).flatMap(([query, { pipeline }]) =>
      pipeline.instances.map(({ label, watermark }): StagedValue[] => [
        query,
        stateTableName(label),
        shown(watermark),
        BigInt(watermark) === WATERMARK_END,
      ]),
    ),
  );
  return [
    tableOf(META_TABLE, META, [["state", JSON.stringify(meta)]]),
    tableOf("_sources", SOURCES, sources),
    tableOf("_watermarks", WATERMARKS, watermarks),
  ];
}

/** NULL where there is none: before the first, and behind the end. */
function shown(watermark: string): bigint | null {
  const micros = BigInt(watermark);
  return micros === WATERMARK_MIN || micros === WATERMARK_END ? null : micros;
}

function tableOf(
  name: string,
  columns: readonly StagedColumn[],
  rows: readonly (readonly StagedValue[])[],
): StagedTable {
  const chunks: StagedTable["chunks"][number][] = [];
  const writer = new CellWriter(columns, (chunk) => chunks.push(chunk));
  for (const row of rows) writer.add(row);
  writer.end();
  return { name, columns, chunks };
}

/** What a snapshot with these tables says of itself. Throws SNAPSHOT_DAMAGED. */
export function metaOf(tables: readonly StagedTable[], { file }: SnapshotEntry): SnapshotMeta {
  const table = tables.find(({ name }) => name === META_TABLE);
  for (const [key, value] of table === undefined ? [] : cellRows(META, table.chunks)) {
    if (key === "state" && typeof value === "string") return JSON.parse(value) as SnapshotMeta; // the file's hash was right
  }
  throw new SqlError("SNAPSHOT_DAMAGED", undefined, { path: file, reason: "it does not say what it holds" });
}
