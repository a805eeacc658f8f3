/** Bound expressions as text for EXPLAIN and messages. */
import { typeText } from "../base/types.ts";
import { castKind, type Expr } from "./expr.ts";
import { valueToText } from "./text.ts";

const isSign = (name: string): boolean => !/^[A-Z_]/.test(name) || name.includes("DISTINCT");

export function exprText(e: Expr): string {
  switch (e.node) {
    case "literal":
      return literalText(e);
    case "column":
      return e.name;
    case "call": {
      const args = e.args.map(exprText);
      if (!isSign(e.fn.name)) return `${e.fn.name}(${args.join(", ")})`;
      return args.length === 1 ? `(${e.fn.name} ${args.join()})` : `(${args.join(` ${e.fn.name} `)})`;
    }
    case "cast":
      return `${castKind(e)}(${exprText(e.arg)} AS ${typeText(e.type)})`;
    case "notNull":
      return `NOT_NULL(${exprText(e.arg)})`;
    case "and":
    case "or":
      return `(${e.args.map(exprText).join(e.node === "and" ? " AND " : " OR ")})`;
    case "not":
      return `NOT ${exprText(e.arg)}`;
    case "isNull":
      return `${exprText(e.arg)} IS ${e.negated ? "NOT " : ""}NULL`;
    case "case": {
      const branches = e.branches.map((b) => ` WHEN ${exprText(b.when)} THEN ${exprText(b.then)}`);
      return `CASE${branches.join("")} ELSE ${exprText(e.otherwise)} END`;
    }
    case "coalesce":
      return `COALESCE(${e.args.map(exprText).join(", ")})`;
    case "row":
      return `ROW(${e.fields.map(exprText).join(", ")})`;
    case "field": {
      const name = e.arg.type.kind === "ROW" ? e.arg.type.fields[e.index]?.name : undefined;
      return `${exprText(e.arg)}.${name ?? e.index}`;
    }
    case "watermark":
      return "CURRENT_WATERMARK";
    default:
      return e satisfies never;
  }
}

function literalText(e: Extract<Expr, { node: "literal" }>): string {
  if (e.value === null) return "NULL";
  const text = valueToText(e.type, e.value);
  switch (e.type.kind) {
    case "CHAR":
    case "VARCHAR":
      return `'${text.replaceAll("'", "''")}'`;
    case "DATE":
    case "TIMESTAMP":
    case "TIMESTAMP_LTZ":
      return `${e.type.kind} '${text}'`;
    case "INTERVAL_DAY":
    case "INTERVAL_MONTH":
      return `INTERVAL '${text}'`;
    default:
      return text;
  }
}
