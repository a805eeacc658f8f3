/** Projection push-down: every node keeps only the columns that something above it reads. */
import { leafCount, type Schema } from "../../base/types.ts";
import { childrenOf, type Expr, leavesRead, transform } from "../../expr/expr.ts";
import type { NamedExpr } from "../../operators/operator.ts";
import * as build from "../logical/build.ts";
import type { LogicalAggregate, LogicalPlan, LogicalUnion, LogicalWindowTable } from "../logical/plan.ts";

/** A pruned node, and where its old columns are now; undefined where a column is gone. */
interface Pruned {
  readonly plan: LogicalPlan;
  readonly column: (old: number) => number | undefined;
}

export function pruneColumns(plan: LogicalPlan): LogicalPlan {
  return prune(plan, new Set(plan.schema.keys())).plan;
}

const same = (plan: LogicalPlan): Pruned => ({ plan, column: (c) => c });

/** By leaf, the column that it belongs to. */
function columnsOfLeaves(schema: Schema): readonly number[] {
  return schema.flatMap((f, i) => Array.from({ length: leafCount(f.type) }, () => i));
}

function columnsRead(schema: Schema, leaves: Iterable<number>): Set<number> {
  const columns = columnsOfLeaves(schema);
  const read = new Set<number>();
  for (const leaf of leaves) {
    const column = columns[leaf];
    if (column !== undefined) read.add(column);
  }
  return read;
}

/** Moves leaves of the old schema to those of the pruned one. */
function leafMap(before: Schema, after: Pruned): (leaf: number) => number {
  const columns = columnsOfLeaves(before);
  return (leaf) => {
    const column = columns[leaf] ?? -1;
    const now = after.column(column);
    if (now === undefined) throw new TypeError(`leaf ${leaf} was pruned but is read`);
    return leaf - columns.indexOf(column) + columnsOfLeaves(after.plan.schema).indexOf(now);
  };
}

const moved = (e: Expr, map: (leaf: number) => number): Expr =>
  transform(e, (x) => (x.node === "column" && map(x.leaf) !== x.leaf ? { ...x, leaf: map(x.leaf) } : x));

/** `after` reduced to exactly the columns `wanted` of `before`, in their order. */
function exactly(before: Schema, after: Pruned, wanted: ReadonlySet<number>): Pruned {
  const order = [...wanted].sort((a, b) => a - b);
  const now = order.map((c) => after.column(c) ?? -1);
  const isSame = now.length === after.plan.schema.length && now.every((c, i) => c === i);
  const column = (old: number): number | undefined => {
    const at = order.indexOf(old);
    return at < 0 ? undefined : at;
  };
  if (isSame) return { plan: after.plan, column };
  const exprs = now.map((c, i) => ({
    name: before[order[i] ?? -1]?.name ?? "",
    expr: build.columnAt(after.plan.schema, c),
  }));
  return { plan: build.project(after.plan, exprs), column };
}

function prune(plan: LogicalPlan, wanted: ReadonlySet<number>): Pruned {
  switch (plan.kind) {
    case "scan":
    case "values":
      return same(plan);
    case "filter": {
      const read = columnsRead(plan.schema, leavesRead(plan.predicate));
      const input = prune(plan.input, wanted.union(read));
      const map = leafMap(plan.input.schema, input);
      return { plan: build.filter(input.plan, moved(plan.predicate, map)), column: input.column };
    }
    case "project":
      return pruneProject(plan, wanted);
    case "windowTable":
      return pruneWindowTable(plan, wanted);
    case "aggregate":
      return pruneAggregate(plan, wanted);
    case "union":
      return pruneUnion(plan, wanted);
    case "sort": {
      const keys = columnsRead(
        plan.schema,
        plan.keys.map((k) => k.column),
      );
      const all = wanted.union(keys);
      const input = exactly(plan.input.schema, prune(plan.input, all), all);
      const map = leafMap(plan.input.schema, input);
      const sortKeys = plan.keys.map((k) => ({ ...k, column: map(k.column) }));
      return { plan: build.sort(input.plan, sortKeys, plan), column: input.column };
    }
    default:
      return plan satisfies never;
  }
}

function pruneProject(plan: Extract<LogicalPlan, { kind: "project" }>, wanted: ReadonlySet<number>): Pruned {
  const order = [...wanted].sort((a, b) => a - b);
  const kept = order.flatMap((c): NamedExpr[] => {
    const e = plan.exprs[c];
    return e === undefined ? [] : [e];
  });
  const leaves = new Set<number>();
  for (const e of kept) leavesRead(e.expr, leaves);
  const input = prune(plan.input, columnsRead(plan.input.schema, leaves));
  const map = leafMap(plan.input.schema, input);
  const exprs = kept.map((e) => ({ name: e.name, expr: moved(e.expr, map) }));
  const column = (old: number): number | undefined => {
    const at = order.indexOf(old);
    return at < 0 ? undefined : at;
  };
  return { plan: build.project(input.plan, exprs), column };
}

function pruneWindowTable(plan: LogicalWindowTable, wanted: ReadonlySet<number>): Pruned {
  const width = plan.input.schema.length;
  const needed = columnsRead(plan.input.schema, [plan.time, ...plan.partition]);
  const below = new Set([...wanted].filter((c) => c < width)).union(needed);
  const input = exactly(plan.input.schema, prune(plan.input, below), below);
  const map = leafMap(plan.input.schema, input);
  const node = build.windowTable(input.plan, plan.window, map(plan.time), plan.partition.map(map));
  const newWidth = input.plan.schema.length;
  return { plan: node, column: (old) => (old < width ? input.column(old) : newWidth + old - width) };
}

/** Whether it may fail for a row of `input`. */
function mayFail(e: Expr, input: LogicalPlan): boolean {
  if (e.node === "column") return columnMayFail(e, input);
  const fails = (e.node === "call" && e.fn.canFail) || (e.node === "cast" && !e.isTry);
  return fails || childrenOf(e).some((child) => mayFail(child, input));
}

function columnMayFail(e: Extract<Expr, { node: "column" }>, input: LogicalPlan): boolean {
  switch (input.kind) {
    case "scan":
      // Computed columns stand behind the physical ones.
      return e.leaf >= columnsOfLeaves(input.table.physical).length;
    case "values":
    case "aggregate":
      return false;
    case "project": {
      const made = input.exprs[columnsOfLeaves(input.schema)[e.leaf] ?? -1];
      return made === undefined || mayFail(made.expr, input.input);
    }
    case "filter":
    case "sort":
      return columnMayFail(e, input.input);
    case "windowTable":
      return e.leaf < columnsOfLeaves(input.input.schema).length && columnMayFail(e, input.input);
    case "union":
      return input.inputs.some((one) => columnMayFail(e, one));
    default:
      return input satisfies never;
  }
}

/**
 * Keys stay: they make the groups. Aggregates that nothing reads go, but for those whose arguments may fail: a row that
 * fails is left out of the others too (V1).
 */
function pruneAggregate(plan: LogicalAggregate, wanted: ReadonlySet<number>): Pruned {
  const { keys, window } = plan;
  const kept = plan.aggregates.map(
    ({ args, filter }, i) =>
      wanted.has(keys.length + i) ||
      [...args, ...(filter === undefined ? [] : [filter])].some((e) => mayFail(e, plan.input)),
  );
  const aggregates = plan.aggregates.filter((_, i) => kept[i]);
  const leaves = new Set<number>();
  for (const k of keys) leavesRead(k.expr, leaves);
  for (const a of aggregates)
    for (const e of [...a.args, ...(a.filter === undefined ? [] : [a.filter])]) leavesRead(e, leaves);
  for (const leaf of [window?.start, window?.end]) if (leaf !== undefined) leaves.add(leaf);
  const input = prune(plan.input, columnsRead(plan.input.schema, leaves));
  const map = leafMap(plan.input.schema, input);
  const at = (leaf: number | undefined): number | undefined => (leaf === undefined ? undefined : map(leaf));
  const node = build.aggregate(input.plan, {
    ...plan,
    keys: keys.map((k) => ({ name: k.name, expr: moved(k.expr, map) })),
    aggregates: aggregates.map((a) => ({
      ...a,
      args: a.args.map((e) => moved(e, map)),
      filter: a.filter === undefined ? undefined : moved(a.filter, map),
    })),
    window: window === undefined ? undefined : { ...window, start: at(window.start), end: at(window.end) },
  });
  const gone = (old: number): number => kept.slice(0, old - keys.length).filter((k) => !k).length;
  const column = (old: number): number | undefined => {
    if (old < keys.length) return old;
    if (old < keys.length + kept.length && !kept[old - keys.length]) return undefined;
    return old - gone(Math.min(old, keys.length + kept.length));
  };
  return { plan: node, column };
}

function pruneUnion(plan: LogicalUnion, wanted: ReadonlySet<number>): Pruned {
  const inputs = plan.inputs.map((p) => exactly(p.schema, prune(p, wanted), wanted));
  const [first] = inputs;
  if (first === undefined) return same(plan);
  return { plan: build.union(inputs.map((p) => p.plan)), column: first.column };
}
