/** The columns of a schema as a tree of named nodes, as decoders of records need them. */
import { leafCount, type Schema, type SqlType } from "../../base/types.ts";

export interface FieldNode {
  readonly name: string;
  readonly type: SqlType;
  /** Whether this field itself was declared NOT NULL. */
  readonly notNull: boolean;
  readonly leaf: number;
  /** One past the last leaf of the subtree. */
  readonly leafEnd: number;
  /** Whether this leaf, or any below, is read. */
  readonly needed: boolean;
  readonly children: FieldNames;
}

/** Fields of one level by name: exactly, or else with case ignored. */
export interface FieldNames {
  readonly nodes: readonly FieldNode[];
  readonly exact: ReadonlyMap<string, FieldNode>;
  readonly folded: ReadonlyMap<string, FieldNode>;
}

const namesOf = (nodes: readonly FieldNode[]): FieldNames => ({
  nodes,
  exact: new Map(nodes.map((n) => [n.name, n])),
  folded: new Map(nodes.map((n) => [n.name.toLowerCase(), n])),
});

/** `skip`: columns that do not come from the record (METADATA). */
export function fieldTree(schema: Schema, needed: readonly boolean[], skip: (column: number) => boolean): FieldNames {
  const build = (fields: Schema, first: number): FieldNode[] => {
    let leaf = first;
    return fields.map((field): FieldNode => {
      const at = leaf;
      leaf += leafCount(field.type);
      return {
        name: field.name,
        type: field.type,
        notNull: !field.nullable,
        leaf: at,
        leafEnd: leaf,
        needed: needed.slice(at, leaf).includes(true),
        children: namesOf(field.type.kind === "ROW" ? build(field.type.fields, at + 1) : []),
      };
    });
  };
  return namesOf(build(schema, 0).filter((_, column) => !skip(column)));
}
