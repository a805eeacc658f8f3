/** Which field of a CSV file fills which column: by the names of its header, or, without one, by order. */
import { didYouMean, SqlError } from "../../../base/error.ts";
import type { Span } from "../../../base/value.ts";
import type { FieldNames, FieldNode } from "../tree.ts";
import { type CsvDialect, contentEnd, csvRecordEnd, csvTexts } from "./decode.ts";

/** Columns by field. `head`: the first bytes of the file, without its byte order mark. */
export function csvFields(
  head: Uint8Array,
  dialect: CsvDialect,
  columns: FieldNames,
  hasHeader: boolean,
  path: string,
  span: Span,
): readonly (FieldNode | undefined)[] {
  if (!hasHeader) return columns.nodes;
  const next = csvRecordEnd(head, 0, head.length, dialect) || head.length;
  // An empty file has no rows, and so no columns to miss.
  if (next === 0) return columns.nodes;
  const names = csvTexts(head.subarray(0, contentEnd(head, 0, next)), dialect);
  if (typeof names === "string") throw new SqlError("PATH_UNREADABLE", { path, line: 1 }, { path, reason: names });
  const byField = new Map<number, FieldNode>();
  for (const node of columns.nodes) {
    const folded = node.name.toLowerCase();
    const exact = names.indexOf(node.name);
    const index = exact >= 0 ? exact : names.findIndex((name) => name.toLowerCase() === folded);
    if (index < 0) {
      const details = { path, name: node.name, columns: names };
      throw new SqlError("MISSING_FILE_COLUMN", span, details, didYouMean(node.name, names));
    }
    byField.set(index, node);
  }
  return names.map((_, i) => byField.get(i));
}
