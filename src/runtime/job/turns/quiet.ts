/**
 * A job that is computed anew where another one was: until it stands where that one stood, what it puts out is known to
 * its sinks from the other, and they are not told.
 */
import type { QuietMark } from "../../durability/records.ts";
import type { Partition } from "../../sources/table-input.ts";
import { placeOf } from "./place.ts";

export class Quiet {
  /** An epoch ends where it does: sinks are told of all of it, or of nothing. */
  isOver = false;
  private readonly marks: readonly QuietMark[];

  constructor(marks: readonly QuietMark[]) {
    this.marks = marks;
  }

  private markOf({ input, reader }: Partition): QuietMark | undefined {
    return this.marks.find(({ table, name }) => table === input.table.name && name === reader.name);
  }

  /** Whether the partition is still in front of its mark. One without a mark was not read: its rows are new. */
  isBehind(partition: Partition): boolean {
    const mark = this.markOf(partition);
    if (mark === undefined || partition.ended) return false;
    return mark.ended || placeOf(partition).position < BigInt(mark.position);
  }

  /** How many rows of the current batch, and broken records before the first of them, stand in front of the mark. */
  left(partition: Partition): { readonly rows: number; readonly broken: number } {
    const mark = this.markOf(partition);
    if (mark === undefined) return { rows: 0, broken: 0 };
    if (mark.ended) return { rows: Number.POSITIVE_INFINITY, broken: Number.POSITIVE_INFINITY };
    const { reader, cursor, broken } = partition;
    const end = BigInt(mark.position);
    let row = cursor;
    while (row < reader.rows && reader.place(row).position < end) row++;
    let record = broken;
    for (let next = reader.broken[record]; next !== undefined && next.row <= cursor; next = reader.broken[record]) {
      if (next.position >= end) break;
      record++;
    }
    return { rows: row - cursor, broken: record - broken };
  }
}
