/** Parts of state that are a few rows: how far something is, how full tables are. */
import { BIGINT, BOOLEAN, type SqlType, timestamp, VARCHAR } from "../../base/types.ts";
import type { StagedColumn } from "../../state/snapshot/staged.ts";
import { CellWriter, cellRows, type StagedValue } from "../../state/staging/cells.ts";
import type { StatePart } from "../../state/staging/part.ts";

export const column = (name: string, type: SqlType, nullable = false): StagedColumn => ({
  name,
  type: { kind: "sql", type },
  nullable,
});
export const longColumn = (name: string): StagedColumn => column(name, BIGINT);
export const flagColumn = (name: string): StagedColumn => column(name, BOOLEAN);
export const textColumn = (name: string): StagedColumn => column(name, VARCHAR);
export const blobColumn = (name: string): StagedColumn => ({ name, type: { kind: "blob" }, nullable: false });
export const windowColumns: readonly StagedColumn[] = ["window_start", "window_end"].map((n) => ({
  ...column(n, timestamp(6)),
  key: true,
}));

/** A part that goes by rows of values. */
export const rowsPart = (
  name: string,
  version: number,
  columns: readonly StagedColumn[],
  rows: () => Iterable<readonly StagedValue[]>,
  restore: (rows: Iterable<CellReader>) => void,
): StatePart => ({
  name,
  version,
  columns,
  save: (put) => {
    const writer = new CellWriter(columns, put);
    for (const row of rows()) writer.add(row);
    writer.end();
  },
  restore: (chunks) => restore(readers(cellRows(columns, chunks))),
});

/** A part of one row. */
export const rowPart = (
  name: string,
  version: number,
  columns: readonly StagedColumn[],
  row: () => readonly StagedValue[],
  restore: (row: CellReader) => void,
): StatePart =>
  rowsPart(
    name,
    version,
    columns,
    () => [row()],
    (rows) => {
      const [first, second] = rows;
      if (first === undefined || second !== undefined) throw new RangeError(`${name} has one row`);
      restore(first);
    },
  );

function* readers(rows: Iterable<readonly StagedValue[]>): Generator<CellReader> {
  for (const row of rows) yield new CellReader(row);
}

/** The cells of a row one after the other. Throws a RangeError where the next one is of another kind. */
export class CellReader {
  private readonly row: readonly StagedValue[];
  private at = 0;

  constructor(row: readonly StagedValue[]) {
    this.row = row;
  }

  private next(): StagedValue {
    return this.row[this.at++] ?? null;
  }
  long(): bigint {
    const value = this.next();
    return typeof value === "bigint" ? value : wrong();
  }
  count(): number {
    return Number(this.long());
  }
  flag(): boolean {
    const value = this.next();
    return typeof value === "boolean" ? value : wrong();
  }
  text(): string {
    const value = this.next();
    return typeof value === "string" ? value : wrong();
  }
  blob(): Uint8Array {
    const value = this.next();
    return value instanceof Uint8Array ? value : wrong();
  }
}

function wrong(): never {
  throw new RangeError("a cell of another type");
}
