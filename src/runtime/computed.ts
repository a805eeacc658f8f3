/** Computed columns, expressed over the physical columns alone. */
import { firstLeaf, leafCount, leavesOf, type Schema } from "../base/types.ts";
import { type Expr, literal, transform } from "../expr/expr.ts";
import type { CalcSpec } from "../operators/operator.ts";
import type { ScanNode, TablePlan } from "../operators/physical.ts";

/** `e` over the full schema of `table` -> the same over the leaves of its physical columns. */
export function overPhysical(table: TablePlan, e: Expr): Expr {
  const physicalLeaves = leavesOf(table.physical).length;
  return transform(e, (x) => {
    if (x.node !== "column" || x.leaf < physicalLeaves) return x;
    let leaf = physicalLeaves;
    for (const c of table.computed) {
      if (leaf === x.leaf) return overPhysical(table, c.expr);
      leaf += leafCount(c.expr.type);
    }
    throw new TypeError(`no computed column at leaf ${x.leaf}`);
  });
}

const columnsOf = (schema: Schema): Expr[] =>
  schema.map((f, i) => ({
    node: "column",
    leaf: firstLeaf(schema, i),
    name: f.name,
    type: f.type,
    nullable: f.nullable,
  }));

/** The projection behind a scan that adds the computed columns which the query reads; others are NULL, so that they cannot fail. */
export function computedColumns(scan: ScanNode): CalcSpec {
  const { table, needed } = scan;
  const exprs = columnsOf(table.physical).map((expr, i) => ({ name: table.physical[i]?.name ?? "", expr }));
  let leaf = leavesOf(table.physical).length;
  for (const c of table.computed) {
    const wanted = needed[leaf] === true;
    exprs.push({ name: c.name, expr: wanted ? overPhysical(table, c.expr) : literal(null, c.expr.type) });
    leaf += leafCount(c.expr.type);
  }
  return { where: undefined, exprs };
}

/** By leaf of the physical columns: what must be decoded so that `scans` and the table's own watermark and checks can be computed. */
export function neededLeaves(table: TablePlan, scans: readonly ScanNode[]): boolean[] {
  const needed = leavesOf(table.physical).map(() => false);
  for (const leaf of physicalLeavesRead(table, table.always)) needed[leaf] = true;
  for (const scan of scans) {
    const read = scan.needed.flatMap((n, leaf) => (n ? [leaf] : []));
    for (const leaf of physicalLeavesRead(table, read)) needed[leaf] = true;
  }
  return needed;
}

/** The physical leaves behind leaves of the full schema, ascending. */
export function physicalLeavesRead(table: TablePlan, leaves: readonly number[]): number[] {
  const physicalLeaves = leavesOf(table.physical).length;
  const full = leavesOf(table.schema);
  const found = new Set<number>();
  for (const leaf of leaves) {
    if (leaf < physicalLeaves) {
      found.add(leaf);
      continue;
    }
    const type = full[leaf]?.type;
    if (type === undefined) continue;
    const e = overPhysical(table, { node: "column", leaf, name: "", type, nullable: true });
    const walk = (x: Expr): void => {
      transform(x, (y) => {
        if (y.node === "column") for (let i = 0; i < leafCount(y.type); i++) found.add(y.leaf + i);
        return y;
      });
    };
    walk(e);
  }
  return [...found].sort((a, b) => a - b);
}

/** By column of `schema`: whether one of its leaves is among `leaves`. */
export function columnsRead(schema: Schema, leaves: readonly number[]): boolean[] {
  return schema.map((field, i) => {
    const first = firstLeaf(schema, i);
    return leaves.some((leaf) => leaf >= first && leaf < first + leafCount(field.type));
  });
}

/** The leaves of the full schema that a query reads of a scan, with those that the table always needs. */
export const leavesRead = (scan: ScanNode): number[] => [
  ...scan.table.always,
  ...scan.needed.flatMap((n, leaf) => (n ? [leaf] : [])),
];
