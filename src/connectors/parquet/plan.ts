/** What is asked of DuckDB for the columns of a table, and where each answer goes. */
import duckdb from "@duckdb/node-bindings";
import { didYouMean, SqlError } from "../../base/error.ts";
import { typeText } from "../../base/types.ts";
import type { Span } from "../../base/value.ts";
import type { FieldNames, FieldNode } from "../formats/tree.ts";
import {
  type ColumnRead,
  DUCKDB_DECIMAL,
  DUCKDB_STRUCT,
  type FileType,
  fileTypeText,
  readAs,
  scalarName,
} from "./types.ts";

/** A leaf that a vector fills. `isRow`: the vector says whether the ROW is there. */
export interface LeafRead extends ColumnRead {
  readonly leaf: number;
  readonly notNull: boolean;
  readonly isRow: boolean;
}

export type FileColumns = readonly { readonly name: string; readonly type: FileType }[];

export function fileType(type: duckdb.LogicalType): FileType {
  const id: number = duckdb.get_type_id(type);
  if (id === DUCKDB_DECIMAL) {
    return { kind: "decimal", precision: duckdb.decimal_width(type), scale: duckdb.decimal_scale(type) };
  }
  if (id !== DUCKDB_STRUCT) return { kind: "scalar", name: scalarName(id) };
  const fields = Array.from({ length: duckdb.struct_type_child_count(type) }, (_, i) => ({
    name: duckdb.struct_type_child_name(type, i),
    type: fileType(duckdb.struct_type_child_type(type, i)),
  }));
  return { kind: "struct", fields };
}

export const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`;
export const quoteText = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** How the needed leaves of `fields` are read from a file with these columns; refuses what is missing or of a wrong type. */
export function planReads(fields: FieldNames, columns: FileColumns, path: string, span: Span): LeafRead[] {
  const reads: LeafRead[] = [];
  const visit = (node: FieldNode, source: FileType, sql: string): void => {
    const { leaf, notNull } = node;
    if (node.type.kind !== "ROW") {
      const read = readAs(node.type, source, sql);
      if (read === undefined) throw wrongType(node, source, path, span);
      if (node.needed) reads.push({ ...read, leaf, notNull, isRow: false });
      return;
    }
    if (source.kind !== "struct") throw wrongType(node, source, path, span);
    if (node.needed) reads.push({ sql: `${sql} IS NOT NULL`, form: "copy", leaf, notNull, isRow: true });
    for (const child of node.children.nodes) {
      const found = findNamed(source.fields, child, path, span);
      visit(child, found.type, `struct_extract(${sql}, ${quoteText(found.name)})`);
    }
  };
  for (const node of fields.nodes) {
    const found = findNamed(columns, node, path, span);
    visit(node, found.type, quoteName(found.name));
  }
  return reads;
}

function wrongType(node: FieldNode, source: FileType, path: string, span: Span): SqlError {
  const details = { name: node.name, path, actual: fileTypeText(source), expected: typeText(node.type) };
  return new SqlError("FILE_COLUMN_TYPE", span, details);
}

function findNamed(columns: FileColumns, node: FieldNode, path: string, span: Span): FileColumns[number] {
  const folded = node.name.toLowerCase();
  const found = columns.find((c) => c.name === node.name) ?? columns.find((c) => c.name.toLowerCase() === folded);
  if (found !== undefined) return found;
  const names = columns.map((c) => c.name);
  throw new SqlError(
    "MISSING_FILE_COLUMN",
    span,
    { path, name: node.name, columns: names },
    didYouMean(node.name, names),
  );
}
