/** PARTITIONED BY of CREATE TABLE: the columns whose values say where a sink puts a row. */
import { didYouMean, SqlError } from "../../base/error.ts";
import { type Schema, typeText } from "../../base/types.ts";
import { sinks } from "../../connectors/index.ts";
import type { Identifier } from "../../sql/ast.ts";
import { unsupported } from "../bind/expressions/operators.ts";

/** Indexes of the columns in `physical`. */
export function partitionColumns(
  names: readonly Identifier[],
  physical: Schema,
  connector: string | undefined,
  role: "table" | "source",
): readonly number[] {
  const [first] = names;
  if (first === undefined) return [];
  const takers = sinks.filter((sink) => sink.isPartitioned === true).map((sink) => `'${sink.name}'`);
  if (role === "source" || !takers.includes(`'${connector}'`)) {
    throw unsupported(
      "PARTITIONED BY",
      first.span,
      `it is for tables that are written by connector ${takers.join(", ")}`,
    );
  }
  const columns = names.map((name) => partitionColumn(name, physical));
  const again = names.find((_, i) => columns.indexOf(columns[i] ?? -1) < i);
  if (again !== undefined) throw new SqlError("DUPLICATE_COLUMN", again.span, { name: again.name });
  if (columns.length === physical.length) {
    const reason = "a table needs a column that is not in PARTITIONED BY: those are not written into its files";
    throw new SqlError("INVALID_SYNTAX", first.span, { reason });
  }
  return columns;
}

function partitionColumn({ name, span }: Identifier, physical: Schema): number {
  const exact = physical.findIndex((field) => field.name === name);
  const index = exact < 0 ? physical.findIndex((field) => field.name.toLowerCase() === name.toLowerCase()) : exact;
  const field = physical[index];
  if (field === undefined) {
    const columns = physical.map((known) => known.name);
    throw new SqlError("UNKNOWN_COLUMN", span, { name, table: "the table", columns }, didYouMean(name, columns));
  }
  if (field.type.kind === "ROW") throw unsupported(`PARTITIONED BY a column of type ${typeText(field.type)}`, span);
  return index;
}
