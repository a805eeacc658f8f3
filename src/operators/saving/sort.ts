/** The state of a sort as parts: the rows that it holds, in the order in which they came. */
import type { StatePart } from "../../state/staging/part.ts";
import { type CopyContext, TableCopy } from "../../state/staging/table-copy.ts";
import type { TableCode } from "../../state/table.ts";
import type { Table, TableFill } from "../../state/tables.ts";
import { COUNT_FIELD } from "../rows/sort-rows.ts";
import { flagColumn, longColumn, rowPart } from "./small.ts";

const VERSION = 1;

export interface SortProgress {
  readonly watermark: bigint;
  readonly position: bigint;
  /** Whether it has put its rows out: then it holds none. */
  readonly isDone: boolean;
}

export interface SortSaving {
  readonly code: TableCode;
  readonly rows: Table;
  /** Rows are told apart by their position alone. */
  readonly byPosition: boolean;
  readonly seed: bigint;
  save(): SortProgress;
  restore(progress: SortProgress): void;
}

export function sortParts(o: SortSaving, context: CopyContext): readonly StatePart[] {
  const { key, layout, name } = o.code;
  const form = { seed: o.seed, ...(o.byPosition ? { hashed: 1 } : {}) };
  const nameOf = (field: string): string | undefined => (field === COUNT_FIELD ? "times" : undefined);
  const copy = new TableCopy({ name, key, layout, nameOf, form }, context);
  let fill: TableFill | undefined;
  const progress = rowPart(
    "progress",
    VERSION,
    [
      longColumn("watermark"),
      longColumn("position"),
      flagColumn("done"),
      ...["rows", "room", "string_bytes"].map(longColumn),
    ],
    () => {
      const { watermark, position, isDone } = o.save();
      const { rows, limit, arenaBytes } = o.rows.fill;
      return [watermark, position, isDone, ...(isDone ? [0n, 0n, 0n] : [rows, limit, arenaBytes].map(BigInt))];
    },
    (cells) => {
      const saved = { watermark: cells.long(), position: cells.long(), isDone: cells.flag() };
      fill = saved.isDone ? undefined : { rows: cells.count(), limit: cells.count(), arenaBytes: cells.count() };
      o.restore(saved);
    },
  );
  const rows: StatePart = {
    name: "",
    version: VERSION,
    columns: copy.columns,
    save: (put) => {
      if (!o.save().isDone) copy.save([{ table: o.rows }], put);
    },
    restore: (chunks) => copy.restore(fill === undefined ? [] : [{ table: o.rows, fill }], chunks),
  };
  return [progress, rows];
}
