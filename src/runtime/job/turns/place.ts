/** Where a partition stands. */
import type { SourcePlace } from "../../../connectors/connector.ts";
import type { Partition } from "../../sources/table-input.ts";

/** Where a partition stands: at the first row or broken record that was not taken. */
export function placeOf({ reader, cursor, broken }: Partition): SourcePlace {
  const before = reader.broken[broken];
  if (before !== undefined && before.row <= cursor) return before;
  return cursor < reader.rows ? reader.place(cursor) : reader.next;
}
