/** A type as written -> SqlType. Types of the language that cannot be stored yet are refused by name. */
import { didYouMean, SqlError } from "../../../base/error.ts";
import {
  BIGINT,
  BOOLEAN,
  DATE,
  DECIMAL_PRECISION_MAX,
  DOUBLE,
  decimal,
  type Field,
  FLOAT,
  INT,
  INTERVAL_DAY,
  INTERVAL_MONTH,
  SMALLINT,
  type SqlType,
  TINYINT,
  timestamp,
  timestampLtz,
  VARCHAR,
} from "../../../base/types.ts";
import type { IntervalUnit, TypeNode } from "../../../sql/ast.ts";

type ScalarNode = Extract<TypeNode, { kind: "scalarType" }>;

const TIMESTAMP_PRECISION_MAX = 9;
/** Columns keep microseconds (T9). */
const TIMESTAMP_PRECISION_KEPT = 6;
const LENGTH_MAX = 2_147_483_647;
const TYPE_NAMES = [
  ..."BOOLEAN TINYINT SMALLINT INT BIGINT FLOAT DOUBLE DECIMAL CHAR VARCHAR STRING TEXT DATE".split(" "),
  ..."TIMESTAMP TIMESTAMP_LTZ INTERVAL ROW".split(" "),
];

const plain: Partial<Record<ScalarNode["name"], SqlType>> = {
  BOOLEAN,
  TINYINT,
  SMALLINT,
  INT,
  BIGINT,
  FLOAT,
  DOUBLE,
  DATE,
};

const unsupported = (construct: string, node: TypeNode): SqlError =>
  new SqlError("NOT_SUPPORTED", node.span, { construct, advice: undefined });

export function bindType(node: TypeNode): SqlType {
  switch (node.kind) {
    case "scalarType":
      return scalarType(node);
    case "intervalType":
      return intervalType(node.from, node.to) ?? INTERVAL_DAY;
    case "rowType":
      return { kind: "ROW", fields: rowFields(node) };
    case "arrayType":
      throw unsupported("type ARRAY", node);
    case "multisetType":
      throw unsupported("type MULTISET", node);
    case "mapType":
      throw unsupported("type MAP", node);
    case "namedType": {
      const name = node.name.parts.map((p) => p.name).join(".");
      throw new SqlError("UNKNOWN_TYPE", node.span, { name }, didYouMean(name, TYPE_NAMES));
    }
    default:
      return node satisfies never;
  }
}

export const isMonths = (unit: IntervalUnit): boolean => unit === "YEAR" || unit === "QUARTER" || unit === "MONTH";

export function intervalType(from: IntervalUnit | undefined, to: IntervalUnit | undefined): SqlType | undefined {
  const unit = to ?? from;
  return unit === undefined ? undefined : isMonths(unit) ? INTERVAL_MONTH : INTERVAL_DAY;
}

function rowFields(node: Extract<TypeNode, { kind: "rowType" }>): readonly Field[] {
  const seen = new Set<string>();
  return node.fields.map((f) => {
    const lower = f.name.name.toLowerCase();
    if (seen.has(lower)) throw new SqlError("DUPLICATE_COLUMN", f.name.span, { name: f.name.name });
    seen.add(lower);
    return { name: f.name.name, type: bindType(f.type), nullable: !f.notNull };
  });
}

function scalarType(node: ScalarNode): SqlType {
  const { name, args } = node;
  const simple = plain[name];
  if (simple !== undefined) {
    if (args.length > 0 && name !== "FLOAT") throw badArgument(node, "it takes no length or precision");
    return simple;
  }
  switch (name) {
    case "DECIMAL":
      return decimalType(node);
    case "CHAR":
      return { kind: "CHAR", length: argument(node, 0, 1, LENGTH_MAX) ?? 1 };
    case "VARCHAR": {
      const length = argument(node, 0, 1, LENGTH_MAX);
      return length === undefined || length === LENGTH_MAX ? VARCHAR : { kind: "VARCHAR", length };
    }
    case "TIMESTAMP":
    case "TIMESTAMP_LTZ": {
      const precision = Math.min(argument(node, 0, 0, TIMESTAMP_PRECISION_MAX) ?? 6, TIMESTAMP_PRECISION_KEPT);
      return name === "TIMESTAMP" ? timestamp(precision) : timestampLtz(precision);
    }
    case "BINARY":
    case "VARBINARY":
      throw unsupported("type BYTES", node);
    default:
      throw unsupported(`type ${name}`, node);
  }
}

function decimalType(node: ScalarNode): SqlType {
  if (node.args.length === 0) throw new SqlError("DECIMAL_WITHOUT_PRECISION", node.span, {});
  const precision = argument(node, 0, 1, DECIMAL_PRECISION_MAX) ?? DECIMAL_PRECISION_MAX;
  return decimal(precision, argument(node, 1, 0, precision) ?? 0);
}

function badArgument(node: ScalarNode, reason: string): SqlError {
  return new SqlError("INVALID_TYPE_ARGUMENT", node.span, { type: node.name, reason });
}

function argument(node: ScalarNode, index: number, min: number, max: number): number | undefined {
  const given = node.args[index];
  if (given === undefined) return undefined;
  if (given < min || given > max) throw badArgument(node, `${given} is not between ${min} and ${max}`);
  return given;
}
