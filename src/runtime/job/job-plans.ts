/** What the queries of a job have in common: tables that they read, sinks that they share. */
import type { QueryPlan, ScanNode, TablePlan } from "../../operators/physical.ts";

/** The tables that the queries read, each with the scans of it, in the order of CREATE. */
export function tablesOf(
  plans: readonly QueryPlan[],
): { readonly table: TablePlan; readonly scans: readonly ScanNode[] }[] {
  const found = new Map<string, { readonly table: TablePlan; readonly scans: ScanNode[] }>();
  const visit = (node: QueryPlan["root"]): void => {
    if (node.kind === "scan") {
      const known = found.get(node.table.name);
      if (known === undefined) found.set(node.table.name, { table: node.table, scans: [node] });
      else known.scans.push(node);
      return;
    }
    node.inputs.forEach(visit);
  };
  for (const plan of plans) visit(plan.root);
  return [...found.values()].sort((a, b) => a.table.ordinal - b.table.ordinal);
}

/** Queries into one table with a connector put out through one sink; every other query has its own. In the order of the queries. */
export function sharingSinks(plans: readonly QueryPlan[]): readonly (readonly [QueryPlan, ...QueryPlan[]])[] {
  const byTable = new Map<string, [QueryPlan, ...QueryPlan[]]>();
  const sharing: [QueryPlan, ...QueryPlan[]][] = [];
  for (const plan of plans) {
    const table = plan.sink.kind === "table" ? plan.sink.table.name : undefined;
    const known = table === undefined ? undefined : byTable.get(table);
    if (known !== undefined) {
      known.push(plan);
      continue;
    }
    const own: [QueryPlan, ...QueryPlan[]] = [plan];
    if (table !== undefined) byTable.set(table, own);
    sharing.push(own);
  }
  return sharing;
}
