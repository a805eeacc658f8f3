/** Random types. */
import type { ElementType, IntervalUnit, TypeNode } from "../../../src/sql/ast.ts";
import { type Source, span } from "./source.ts";

export const units: readonly IntervalUnit[] = [
  ...(["YEAR", "QUARTER", "MONTH", "WEEK", "DAY", "HOUR", "MINUTE", "SECOND", "MILLISECOND", "MICROSECOND"] as const),
];

type Scalar = Extract<TypeNode, { kind: "scalarType" }>["name"];
const scalars: Readonly<Record<Scalar, true>> = {
  BOOLEAN: true,
  TINYINT: true,
  SMALLINT: true,
  INT: true,
  BIGINT: true,
  FLOAT: true,
  DOUBLE: true,
  DECIMAL: true,
  CHAR: true,
  VARCHAR: true,
  BINARY: true,
  VARBINARY: true,
  DATE: true,
  TIME: true,
  TIMESTAMP: true,
  TIMESTAMP_LTZ: true,
  JSON: true,
  UUID: true,
};
// Object.keys forgets its keys: they are exactly the scalar types.
const scalarNames = Object.keys(scalars) as Scalar[];

export function randomType(g: Source): TypeNode {
  const element = (): ElementType => ({ type: randomType(g), notNull: g.flag() });
  const makers: { readonly [K in TypeNode["kind"]]: () => Extract<TypeNode, { kind: K }> } = {
    scalarType: () => ({
      kind: "scalarType",
      name: g.pick(scalarNames),
      args: g.some(() => g.integer(), 0, 2),
      span,
    }),
    intervalType: () => {
      const from = g.maybe(() => g.pick(units), 80);
      return { kind: "intervalType", from, to: from && g.maybe(() => g.pick(units)), span };
    },
    arrayType: () => ({ kind: "arrayType", element: element(), span }),
    multisetType: () => ({ kind: "multisetType", element: element(), span }),
    mapType: () => ({ kind: "mapType", key: element(), value: element(), span }),
    rowType: () => ({
      kind: "rowType",
      fields: g.some(
        () => ({ name: g.name(), type: randomType(g), notNull: g.flag(), comment: g.maybe(() => g.text()), span }),
        1,
      ),
      span,
    }),
    namedType: () => ({
      kind: "namedType",
      name: { parts: [...g.some(() => g.name(), 1, 2), { name: "thing", span }], span },
      args: g.some(() => g.integer(), 0, 2),
      span,
    }),
  };
  return g.isDeep ? makers.scalarType() : g.oneOf<TypeNode>(makers);
}
