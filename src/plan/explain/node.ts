/** What EXPLAIN says of one node: its line in Flink's manner, its state and when that goes. */
import { leavesOf, type Schema } from "../../base/types.ts";
import { exprText } from "../../expr/expr-text.ts";
import type { OperatorPlan, PhysicalPlan, QueryPlan, Retention, ScanNode, SinkPlan } from "../../operators/physical.ts";
import { formatInterval } from "../../operators/window/interval.ts";
import { durationText } from "../bind/expressions/interval.ts";
import { describeOperator } from "./describe.ts";

/** A window that is a day long shows as `1 d`; see bind/interval.ts. */
export function describeNode(node: PhysicalPlan): string {
  switch (node.kind) {
    case "scan":
      return scanText(node);
    case "values":
      return `Values(rows=[${node.rows.length}], columns=[${node.schema.map((f) => f.name).join(", ")}])`;
    default:
      return describeOperator(
        node,
        node.inputs.map((i) => i.schema),
      );
  }
}

/** Leaf paths of the columns that are read; of a ROW whose fields are read only those. */
function columnsText(schema: Schema, needed: readonly boolean[]): string {
  const leaves = leavesOf(schema);
  return leaves
    .filter((l, i) => needed[i] === true && !leaves.some((m, j) => needed[j] === true && isBelow(m.path, l.path)))
    .map((l) => l.path.join("."))
    .join(", ");
}

const isBelow = (path: readonly string[], above: readonly string[]): boolean =>
  path.length > above.length && above.every((name, i) => path[i] === name);

function scanText(node: ScanNode): string {
  const { table } = node;
  const watermark = table.watermark === undefined ? "none" : exprText(table.watermark);
  const connector = table.connector ?? "insert";
  const columns = columnsText(node.schema, node.needed);
  return `Scan(table=[${table.name}], connector=[${connector}], columns=[${columns}], watermark=[${watermark}])`;
}

/** What the clock has to say of a live source; undefined where it has nothing. */
export function liveText(node: PhysicalPlan): string | undefined {
  const table = node.kind === "scan" ? node.table : undefined;
  if (table?.live === undefined || table.watermark === undefined) return undefined;
  const { idleTimeoutMs, maxFutureDriftMs } = table.live;
  const ms = (duration: number): string => formatInterval(BigInt(duration) * 1000n);
  const ahead = maxFutureDriftMs === undefined ? "" : `, rows up to ${ms(maxFutureDriftMs)} ahead of the clock`;
  return `live: a partition is idle after ${ms(idleTimeoutMs)}${ahead}`;
}

export function sinkText(sink: SinkPlan, schema: Schema): string {
  switch (sink.kind) {
    case "print":
      return "Sink(print)";
    case "table":
      return `Sink(table=[${sink.table.name}], connector=[${sink.table.connector ?? "insert"}])`;
    case "view":
      return `Sink(materializedView=[${sink.name}]${retentionText(sink.retention, schema)})`;
    default:
      return sink satisfies never;
  }
}

function retentionText(retention: Retention | undefined, schema: Schema): string {
  if (retention === undefined) return "";
  const { column, micros } = retention;
  return `, retention=[${durationText(micros)} behind ${schema[column]?.name ?? ""}]`;
}

/** The changes that an edge may carry: Flink's letters. */
export const changesText = (mode: PhysicalPlan["mode"]): string => (mode === "append" ? "[I]" : "[I,UB,UA,D]");

export interface StateInfo {
  readonly holds: string;
  /** When it goes; undefined: never. */
  readonly until: string | undefined;
}

/** undefined: the node keeps nothing. */
export function stateOf(node: PhysicalPlan): StateInfo | undefined {
  switch (node.kind) {
    case "scan":
    case "values":
    case "calc":
    case "union":
      return undefined;
    case "windowTable":
      if (node.spec.window.kind !== "session") return undefined;
      return { holds: "the rows of open sessions", until: "watermark >= session end - 1 ms" };
    case "windowAggregate":
      return { holds: "a row per group of each open window", until: "watermark >= window end - 1 ms" };
    case "sessionAggregate":
      return { holds: "a row per open session", until: "watermark >= session end - 1 ms" };
    case "groupAggregate":
      return groupState(node);
    case "sort":
      return { holds: "all rows", until: "the end of the input" };
    default:
      return node satisfies never;
  }
}

function groupState(node: Extract<OperatorPlan, { kind: "groupAggregate" }>): StateInfo {
  const { keys, aggregates } = node.spec;
  const distinct = aggregates.some((a) => a.distinct) ? ", and the distinct values of each group" : "";
  if (keys.length > 0) return { holds: `a row per group${distinct}`, until: undefined };
  return distinct === ""
    ? { holds: "one row", until: "the query ends" }
    : { holds: "one row and its distinct values", until: undefined };
}

/** What happens to late rows at this node; undefined where none can be late. */
export function latePolicy(node: PhysicalPlan, query: QueryPlan): string | undefined {
  const judges =
    node.kind === "windowAggregate" ||
    node.kind === "sessionAggregate" ||
    (node.kind === "windowTable" && node.spec.window.kind === "session");
  return judges ? `dropped, counted and kept in "${query.name}$late"` : undefined;
}

export const columnNames = (schema: Schema, columns: readonly number[]): readonly string[] =>
  columns.map((c) => schema[c]?.name ?? "");

export const timeNames = (node: PhysicalPlan): readonly string[] => {
  const leaves = leavesOf(node.schema);
  return node.timeAttributes.map((l) => leaves[l]?.path.join(".") ?? "");
};
