/** EXPLAIN as text: the tree from the sink down, as Flink prints it, with changes, key, state and lateness of each node. */
import type { PhysicalPlan, QueryPlan } from "../../operators/physical.ts";
import { deliveryLines } from "./delivery.ts";
import { changesText, columnNames, describeNode, latePolicy, liveText, sinkText, stateOf, timeNames } from "./node.ts";

export function explainText(query: QueryPlan): string {
  const lines = [`== Query ${query.name} ==`, sinkLine(query)];
  tree(query.root, query, "", lines);
  lines.push(...deliveryLines(query));
  for (const w of query.warnings) lines.push(`warning: ${w.message}`);
  return lines.join("\n");
}

function sinkLine(query: QueryPlan): string {
  const key = query.key === undefined ? "" : `, key=[${columnNames(query.root.schema, query.key).join(", ")}]`;
  return `${sinkText(query.sink, query.root.schema).replace(/\)$/, "")}${key}, columns=[${query.root.schema.map((f) => f.name).join(", ")}])`;
}

function tree(node: PhysicalPlan, query: QueryPlan, indent: string, lines: string[]): void {
  lines.push(`${indent}+- ${describeNode(node)}`);
  const below = `${indent}   `;
  const bar = node.inputs.length > 0 ? `${below}|  ` : `${below}   `;
  for (const fact of facts(node, query)) lines.push(`${bar}${fact}`);
  for (const input of node.inputs) tree(input, query, below, lines);
}

function facts(node: PhysicalPlan, query: QueryPlan): readonly string[] {
  const key = node.upsertKey === undefined ? "" : `, key=[${columnNames(node.schema, node.upsertKey).join(", ")}]`;
  const times = timeNames(node);
  const time = times.length === 0 ? "" : `, time=[${times.join(", ")}]`;
  const found = [`changes=${changesText(node.mode)}${key}${time}`];
  const live = liveText(node);
  if (live !== undefined) found.push(live);
  const state = stateOf(node);
  if (state !== undefined)
    found.push(`state: ${state.holds}, ${state.until === undefined ? "without bound" : `until ${state.until}`}`);
  const late = latePolicy(node, query);
  if (late !== undefined) found.push(`late rows: ${late}`);
  return found;
}
