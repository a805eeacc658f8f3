/** `state show`: what a generation holds: tables, where sources go on, watermarks; and the rows of one table. */
import { WATERMARK_END, WATERMARK_MIN } from "../../base/batch.ts";
import { SqlError } from "../../base/error.ts";
import { timestamp } from "../../base/types.ts";
import { snapshotFiles } from "../../connectors/snapshots/files.ts";
import { valueToJson } from "../../expr/text.ts";
import { stateTableName } from "../../runtime/durability/pipeline-state.ts";
import type { DirectoryTable } from "../../state/snapshot/directory.ts";
import { readSnapshotTable } from "../../state/snapshot/read.ts";
import { type StagedType, stagedTypeText } from "../../state/snapshot/staged.ts";
import { cellRows, type StagedValue } from "../../state/staging/cells.ts";
import type { Generation } from "./view.ts";

export interface ShownColumn {
  readonly name: string;
  readonly type: string;
  /** A row is known by it, and by the others that are. */
  readonly isKey: boolean;
}

export interface ShownTable {
  readonly name: string;
  readonly rows: number;
  readonly columns: readonly ShownColumn[];
}

/** Where reading goes on in a partition. */
export interface ShownSource {
  readonly job: string;
  readonly table: string;
  readonly partition: string;
  readonly position: bigint;
  readonly line: bigint | undefined;
  readonly watermark: bigint;
  readonly ended: boolean;
}

export interface ShownWatermark {
  readonly query: string;
  /** As its tables are named. */
  readonly operator: string;
  /** Microseconds. */
  readonly watermark: bigint;
}

export const shownTables = ({ tables }: Generation): readonly ShownTable[] =>
  tables.map(({ name, rows, columns }) => ({ name, rows, columns: columnsOf({ columns }) }));

const columnsOf = ({ columns }: Pick<DirectoryTable, "columns">): readonly ShownColumn[] =>
  columns.map(({ name, type, key }) => ({ name, type: stagedTypeText(type), isKey: key === true }));

export const sourcesOf = ({ meta }: Generation): readonly ShownSource[] =>
  Object.entries(meta.jobs).flatMap(([job, { begun, saved }]) =>
    saved.meta.taken.partitions.map(({ index, position, line, watermark, ended }) => ({
      job,
      table: begun.partitions[index]?.table ?? "",
      partition: begun.partitions[index]?.name ?? "",
      position: BigInt(position),
      line: line === undefined ? undefined : BigInt(line),
      watermark: BigInt(watermark),
      ended,
    })),
  );

export const watermarksOf = ({ meta }: Generation): readonly ShownWatermark[] =>
  Object.values(meta.jobs).flatMap(({ saved }) =>
    Object.entries(saved.meta.queries).flatMap(([query, { pipeline }]) =>
      pipeline.instances.map(({ label, watermark }) => ({
        query,
        operator: stateTableName(label),
        watermark: BigInt(watermark),
      })),
    ),
  );

/** A watermark in words: a time, `none` before the first, `end` when all input has ended. */
export function watermarkText(micros: bigint): string {
  if (micros === WATERMARK_MIN) return "none";
  if (micros === WATERMARK_END) return "end";
  return jsonText(valueToJson(timestamp(3), micros));
}

const jsonText = (json: string): string => JSON.parse(json) as string; // a timestamp as JSON is a string

/** The rows of a table, each value as JSON. */
export interface ShownRows {
  readonly table: ShownTable;
  readonly rows: Iterable<readonly string[]>;
}

/** A person's `query.operator` is the `query$operator` that shells take for a variable. Throws STATE_NO_TABLE. */
export function tableNamed({ entry, tables }: Generation, given: string): DirectoryTable {
  const table =
    tables.find(({ name }) => name === given) ?? tables.find(({ name }) => name.replace("$", ".") === given);
  if (table !== undefined) return table;
  const known = tables.map(({ name }) => name);
  throw new SqlError("STATE_NO_TABLE", undefined, { generation: entry.epoch, name: given, known });
}

/** At most `limit` rows of a table of the generation. Rejects with SNAPSHOT_* where they cannot be read. */
export async function rowsOf({ path }: Generation, table: DirectoryTable, limit?: number): Promise<ShownRows> {
  const { name, rows } = table;
  const { columns, chunks } = await readSnapshotTable(path, snapshotFiles, table, limit);
  const types = columns.map(({ type }) => type);
  return { table: { name, rows, columns: columnsOf(table) }, rows: jsonRows(types, cellRows(columns, chunks)) };
}

function* jsonRows(types: readonly StagedType[], rows: Iterable<readonly StagedValue[]>): Generator<readonly string[]> {
  for (const row of rows) yield types.map((type, i) => jsonCell(type, row[i] ?? null));
}

function jsonCell(type: StagedType, value: StagedValue): string {
  if (value instanceof Uint8Array) return JSON.stringify(Buffer.from(value).toString("base64"));
  return type.kind === "sql" ? valueToJson(type.type, value) : String(value);
}
