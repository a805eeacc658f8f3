/** The name of an output column without an alias, as PostgreSQL gives it (V7). */
import type * as ast from "../../../sql/ast.ts";

const UNNAMED = "?column?";

const typeNames: Partial<Record<ast.ScalarTypeName, string>> = {
  BOOLEAN: "bool",
  SMALLINT: "int2",
  INT: "int4",
  BIGINT: "int8",
  FLOAT: "float4",
  DOUBLE: "float8",
  DECIMAL: "numeric",
  CHAR: "bpchar",
  TIMESTAMP_LTZ: "timestamptz",
};

function typeName(type: ast.TypeNode): string {
  if (type.kind === "scalarType") return typeNames[type.name] ?? type.name.toLowerCase();
  return type.kind === "rowType" ? "row" : "interval";
}

export function outputName(e: ast.Expr): string {
  return nameOf(e) ?? UNNAMED;
}

function nameOf(e: ast.Expr): string | undefined {
  switch (e.kind) {
    case "column":
      return e.parts.at(-1)?.name;
    case "field":
      return e.name.name;
    case "call":
      return e.name.parts.at(-1)?.name.toLowerCase();
    case "cast":
      return nameOf(e.operand) ?? typeName(e.type);
    case "case":
      return (e.otherwise === undefined ? undefined : columnName(e.otherwise)) ?? "case";
    case "extract":
      return "extract";
    case "roundTo":
      return e.direction.toLowerCase();
    case "row":
      return "row";
    case "boolean":
      return "bool";
    case "interval":
      return "interval";
    case "datetime":
      return typeName({ kind: "scalarType", name: e.type, args: [], span: e.span });
    default:
      return undefined;
  }
}

const columnName = (e: ast.Expr): string | undefined => (e.kind === "column" ? nameOf(e) : undefined);
