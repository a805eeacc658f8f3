/** A query's view of a table: where its rows enter, and whose badness is its business (T14). */
import type { TablePlan } from "../../operators/physical.ts";
import type { Conservation } from "../accounting/conservation.ts";
import { physicalLeavesRead } from "../computed.ts";
import type { Pipeline, Scan } from "../pipeline.ts";

export interface Port<Partition> {
  readonly pipeline: Pipeline;
  readonly scans: readonly Scan[];
  readonly counts: Conservation;
  readonly reads: readonly number[];
  /** The same by leaf. */
  readonly isRead: readonly boolean[];
  /** By partition, where a row that is bad for this query alone has kept its watermark from the shared one. */
  readonly own: Map<Partition, bigint>;
}

/** undefined: the query does not read the table. `always`: leaves that every query needs. */
export function portOf<Partition>(
  table: TablePlan,
  pipeline: Pipeline,
  { always, leaves }: { readonly always: readonly number[]; readonly leaves: number },
): Port<Partition> | undefined {
  const scans = pipeline.scans.filter((s) => s.node.table.name === table.name);
  const counts = pipeline.conservation.get(table.name);
  if (scans.length === 0 || counts === undefined) return undefined;
  const read = new Set(always);
  for (const scan of scans) {
    const wanted = scan.node.needed.flatMap((n, leaf) => (n ? [leaf] : []));
    for (const leaf of physicalLeavesRead(table, wanted)) read.add(leaf);
  }
  const reads = [...read].sort((a, b) => a - b);
  const isRead = Array.from({ length: leaves }, (_, leaf) => read.has(leaf));
  return { pipeline, scans, counts, reads, isRead, own: new Map() };
}
