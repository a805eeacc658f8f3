/** The rows of columns that a program gives, as values: for what keeps rows and not arrays. */
import { leavesOf, type Schema, type SqlType } from "../../../base/types.ts";
import type { Value } from "../../../base/value.ts";
import { isBytes } from "./column-values.ts";
import type { ColumnsInput } from "./columns-input.ts";

const utf8 = new TextDecoder();

/** Columns are of no ROW (columns-input.ts): a leaf is a column. Times are cut to the precision of their column (T9). */
export function rowsOfColumns({ rows, leaves }: ColumnsInput, schema: Schema): Value[][] {
  const types = leavesOf(schema).map(({ type }) => type);
  return Array.from({ length: rows }, (_, row) =>
    leaves.map((leaf, i): Value => {
      const type = types[i];
      if (leaf === undefined || type === undefined || (leaf.nulls?.[row] ?? 0) !== 0) return null;
      const { values } = leaf;
      if (isBytes(values)) return utf8.decode(values.bytes.subarray(values.offsets[row], values.offsets[row + 1]));
      return valueOf(type, values[row] ?? null);
    }),
  );
}

function valueOf(type: SqlType, value: number | bigint | string | null): Value {
  switch (type.kind) {
    case "BOOLEAN":
      return value === 1;
    case "TIMESTAMP":
    case "TIMESTAMP_LTZ":
      return typeof value === "bigint" ? cut(value, type.precision) : value;
    default:
      return value;
  }
}

function cut(micros: bigint, precision: number): bigint {
  const unit = precision >= 6 ? 1n : 10n ** BigInt(6 - precision);
  return micros - floorMod(micros, unit);
}

const floorMod = (value: bigint, by: bigint): bigint => ((value % by) + by) % by;
