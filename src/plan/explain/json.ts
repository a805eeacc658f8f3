/** EXPLAIN (FORMAT JSON): the same facts as data. */
import { typeText } from "../../base/types.ts";
import type { LiveTimes, PhysicalPlan, QueryPlan } from "../../operators/physical.ts";
import { deliveryOf, WITHOUT_STATE } from "./delivery.ts";
import { columnNames, describeNode, latePolicy, sinkText, stateOf, timeNames } from "./node.ts";

interface NodeJson {
  readonly id: number;
  readonly operator: string;
  readonly text: string;
  readonly changelog: string;
  readonly key: readonly string[] | null;
  readonly timeAttributes: readonly string[];
  readonly state: { readonly holds: string; readonly until: string | null } | null;
  readonly late: string | null;
  /** Of a live source. */
  readonly live?: LiveTimes;
  readonly columns: readonly { readonly name: string; readonly type: string; readonly nullable: boolean }[];
  readonly inputs: readonly NodeJson[];
}

export function explainJson(query: QueryPlan): string {
  const key = query.key === undefined ? null : columnNames(query.root.schema, query.key);
  const plan = {
    query: query.name,
    sink: sinkText(query.sink, query.root.schema),
    key,
    settings: Object.fromEntries(query.settings),
    warnings: query.warnings.map((w) => w.message),
    plan: nodeJson(query.root, query),
    delivery: { ...deliveryOf(query), withoutState: WITHOUT_STATE },
  };
  return JSON.stringify(plan, null, 2);
}

function nodeJson(node: PhysicalPlan, query: QueryPlan): NodeJson {
  const state = stateOf(node);
  return {
    id: node.id,
    operator: node.kind,
    text: describeNode(node),
    changelog: node.mode,
    key: node.upsertKey === undefined ? null : columnNames(node.schema, node.upsertKey),
    timeAttributes: timeNames(node),
    state: state === undefined ? null : { holds: state.holds, until: state.until ?? null },
    late: latePolicy(node, query) ?? null,
    ...(node.kind === "scan" && node.table.live !== undefined && { live: node.table.live }),
    columns: node.schema.map((f) => ({ name: f.name, type: typeText(f.type), nullable: f.nullable })),
    inputs: node.inputs.map((i) => nodeJson(i, query)),
  };
}
