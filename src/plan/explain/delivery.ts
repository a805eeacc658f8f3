/** What EXPLAIN says of delivery: what each end of a query promises where there is a state directory; the least of them holds. */
import type { Delivery } from "../../connectors/connector.ts";
import { findSink, findSource } from "../../connectors/index.ts";
import type { PhysicalPlan, QueryPlan, SinkPlan, TablePlan } from "../../operators/physical.ts";

interface End extends Delivery {
  /** Where rows come from, or go to. */
  readonly end: string;
}

export interface PathDelivery {
  readonly promise: Delivery["promise"];
  /** Sources in the order of CREATE, then the sink. */
  readonly ends: readonly End[];
}

export const WITHOUT_STATE = "nothing survives the process";

/** The least first. */
const PROMISES: readonly Delivery["promise"][] = ["best effort", "exactly-once"];

const KEPT: Delivery = { promise: "exactly-once", reason: "the engine keeps them" };

export function deliveryOf({ root, sink }: QueryPlan): PathDelivery {
  const tables = [...new Set(tablesRead(root))].sort((a, b) => a.ordinal - b.ordinal);
  const ends = [...tables.map((table) => ({ end: `from ${table.name}`, ...sourceDelivery(table) })), sinkEnd(sink)];
  const promise = PROMISES.find((p) => ends.some((end) => end.promise === p)) ?? "exactly-once";
  return { promise, ends };
}

const tablesRead = (node: PhysicalPlan): readonly TablePlan[] =>
  node.kind === "scan" ? [node.table] : node.inputs.flatMap(tablesRead);

function sourceDelivery({ connector, span }: TablePlan): Delivery {
  if (connector === undefined) return { promise: "exactly-once", reason: "a row is durable when its INSERT is done" };
  return connector === "system" ? KEPT : findSource(connector, span).delivery;
}

function sinkEnd(sink: SinkPlan): End {
  switch (sink.kind) {
    case "print":
      return { end: "into print", ...findSink("print", { start: 0, end: 0 }).delivery };
    case "view":
      return { end: `into ${sink.name}`, ...KEPT };
    case "table": {
      const { name, connector, span } = sink.table;
      return { end: `into ${name}`, ...(connector === undefined ? KEPT : findSink(connector, span).delivery) };
    }
    default:
      return sink satisfies never;
  }
}

/** Lines of the text of EXPLAIN. */
export function deliveryLines(query: QueryPlan): readonly string[] {
  const { promise, ends } = deliveryOf(query);
  return [
    `delivery with a state directory: ${promise}`,
    ...ends.map((end) => `   ${end.end}: ${end.promise}, ${end.reason}`),
    `delivery without: ${WITHOUT_STATE}`,
  ];
}
