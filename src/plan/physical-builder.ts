/** Logical plan -> physical plan: operators with their specs, ids and changelog modes. */
import { type Diagnostic, SqlError } from "../base/error.ts";
import { leafCount, type Schema } from "../base/types.ts";
import { type Expr, leavesRead } from "../expr/expr.ts";
import type { NamedExpr } from "../operators/operator.ts";
import type { OperatorPlan, PhysicalPlan, ScanNode } from "../operators/physical.ts";
import { logical as connective } from "./bind/expressions/operators.ts";
import {
  APPEND,
  type Changelog,
  checkAggregates,
  checkSort,
  groupChangelog,
  reportUnbounded,
  throughCalc,
  unboundedState,
  unionChangelog,
} from "./changelog.ts";
import * as build from "./logical/build.ts";
import type { LogicalAggregate, LogicalPlan, LogicalWindowTable } from "./logical/plan.ts";
import { chainFrom } from "./rules/chain.ts";
import { moveExprs, windowedGroup } from "./rules/fuse-window.ts";

export interface BuildOptions {
  /** `warn` or `error` (R4). */
  readonly unboundedState: string | undefined;
}

export interface Built {
  readonly root: PhysicalPlan;
  readonly warnings: readonly Diagnostic[];
}

/** The operator variants without what `node` adds. */
type Shape = OperatorPlan extends infer P
  ? P extends OperatorPlan
    ? Pick<P, "kind" | "spec" | "inputs">
    : never
  : never;

interface Output {
  readonly schema: Schema;
  readonly timeAttributes: readonly number[];
  readonly changelog: Changelog;
}

export function buildPhysical(plan: LogicalPlan, options: BuildOptions): Built {
  const builder = new Builder(options);
  const root = builder.build(plan);
  return { root: markNeeded(root), warnings: builder.warnings };
}

class Builder {
  readonly warnings: Diagnostic[] = [];
  readonly #options: BuildOptions;
  #ids = 0;

  constructor(options: BuildOptions) {
    this.#options = options;
  }

  build(plan: LogicalPlan): PhysicalPlan {
    switch (plan.kind) {
      case "scan":
        return {
          kind: "scan",
          id: ++this.#ids,
          table: plan.table,
          schema: plan.schema,
          inputs: [],
          needed: [],
          mode: "append",
          upsertKey: undefined,
          timeAttributes: plan.timeAttributes,
        };
      case "values":
        return {
          kind: "values",
          id: ++this.#ids,
          rows: plan.rows,
          schema: plan.schema,
          inputs: [],
          mode: "append",
          upsertKey: undefined,
          timeAttributes: [],
        };
      case "filter":
      case "project":
        return this.#calc(plan);
      case "windowTable":
        return this.#windowTable(plan);
      case "aggregate":
        return plan.window === undefined ? this.#groupAggregate(plan) : this.#windowAggregate(plan);
      case "union": {
        const inputs = plan.inputs.map((p) => this.build(p));
        return this.#node(
          { kind: "union", spec: { all: true }, inputs },
          { ...plan, changelog: unionChangelog(inputs) },
        );
      }
      case "sort": {
        checkSort(plan);
        const { keys, offset, limit } = plan;
        const input = this.build(plan.input);
        return this.#node(
          { kind: "sort", spec: { keys, offset, limit }, inputs: [input] },
          { ...plan, changelog: APPEND },
        );
      }
      default:
        return plan satisfies never;
    }
  }

  #node(shape: Shape, output: Output): OperatorPlan {
    const { schema, timeAttributes, changelog } = output;
    const { mode, upsertKey } = changelog;
    return { ...shape, id: ++this.#ids, schema, timeAttributes, mode, upsertKey };
  }

  #calc(plan: LogicalPlan): PhysicalPlan {
    const { base, predicates, down } = chainFrom(plan);
    const input = this.build(base);
    const exprs = build.identity(plan.schema).map((c) => ({ name: c.name, expr: down(c.expr) }));
    const where = conjunction(predicates);
    const { schema, timeAttributes } = plan;
    if (where === undefined && copiesAll(exprs, input.schema)) {
      const sameNames = schema.every((f, i) => f.name === input.schema[i]?.name);
      if (sameNames) return input;
      if (input.kind !== "scan") return { ...input, schema: rename(input.schema, schema) };
    }
    const changelog = throughCalc(input, input.schema, exprs);
    return this.#node({ kind: "calc", spec: { where, exprs }, inputs: [input] }, { schema, timeAttributes, changelog });
  }

  #windowTable(plan: LogicalWindowTable): PhysicalPlan {
    const input = this.build(plan.input);
    const spec = { window: plan.window.spec, time: plan.time, partition: plan.partition };
    const changelog: Changelog = { mode: input.mode, upsertKey: undefined };
    return this.#node({ kind: "windowTable", spec, inputs: [input] }, { ...plan, changelog });
  }

  #groupAggregate(plan: LogicalAggregate): PhysicalPlan {
    const { base, predicates, down } = chainFrom(plan.input);
    const input = this.build(base);
    checkAggregates(plan, input.mode, false);
    const spec = { where: conjunction(predicates), ...moveExprs(plan, down) };
    const node = this.#node(
      { kind: "groupAggregate", spec, inputs: [input] },
      { ...plan, changelog: groupChangelog(plan.keys.length) },
    );
    const found = unboundedState(plan, `${plan.what} (GroupAggregate[${node.id}])`);
    if (found !== undefined) this.warnings.push(reportUnbounded(found, this.#options.unboundedState));
    return node;
  }

  #windowAggregate(plan: LogicalAggregate): PhysicalPlan {
    const group = windowedGroup(plan);
    const output: Output = { ...plan, changelog: APPEND };
    if (group.kind === "unknownBounds") {
      throw new SqlError("NOT_SUPPORTED", plan.span, {
        construct: "a windowed GROUP BY whose input has dropped one of window_start and window_end",
        advice: "keep both columns in the subquery",
      });
    }
    const { keys, aggregates } = group;
    const input = this.build(group.input);
    if (group.kind === "attached") {
      checkAggregates(plan, input.mode, false);
      const window = { kind: "attached", start: group.start, end: group.end } as const;
      const spec = { window, time: group.end, where: conjunction(group.where), keys, aggregates };
      return this.#node({ kind: "windowAggregate", spec, inputs: [input] }, output);
    }
    const window = group.table.window.spec;
    checkAggregates(plan, input.mode, window.kind !== "tumble");
    if (window.kind === "session") {
      const [before, after] = [conjunction(group.before), conjunction(group.after)];
      const spec = { gap: window.gap, time: group.time, before, below: group.below, after, keys, aggregates };
      return this.#node({ kind: "sessionAggregate", spec, inputs: [input] }, output);
    }
    const where = conjunction([...group.before, ...group.after]);
    const spec = { window, time: group.time, where, keys, aggregates };
    return this.#node({ kind: "windowAggregate", spec, inputs: [input] }, output);
  }
}

function conjunction(predicates: readonly Expr[]): Expr | undefined {
  const args = predicates.flatMap((p) => (p.node === "and" ? p.args : [p]));
  return args.length === 0 ? undefined : connective("and", args);
}

/** Every column of `schema`, in order, and nothing else. */
function copiesAll(exprs: readonly NamedExpr[], schema: Schema): boolean {
  if (exprs.length !== schema.length) return false;
  let leaf = 0;
  return exprs.every(({ expr }) => {
    const isCopy = expr.node === "column" && expr.leaf === leaf;
    leaf += leafCount(expr.type);
    return isCopy;
  });
}

const rename = (schema: Schema, names: Schema): Schema =>
  schema.map((f, i) => ({ ...f, name: names[i]?.name ?? f.name }));

// ---- What a query needs of its scans ----

/** Fills `needed` of the scans: what the operators above read; a scan whose whole output goes on is needed whole. */
function markNeeded(plan: PhysicalPlan): PhysicalPlan {
  return withNeeded(plan, allLeaves(plan.schema));
}

const allLeaves = (schema: Schema): Set<number> => new Set(Array.from({ length: build.leavesIn(schema) }, (_, i) => i));

function withNeeded(plan: PhysicalPlan, above: ReadonlySet<number>): PhysicalPlan {
  switch (plan.kind) {
    case "scan":
      return { ...plan, needed: neededLeaves(plan, above) };
    case "values":
      return plan;
    default: {
      const inputs = plan.inputs.map((input) => withNeeded(input, readBy(plan, above, input.schema)));
      return { ...plan, inputs };
    }
  }
}

function neededLeaves(scan: ScanNode, above: ReadonlySet<number>): readonly boolean[] {
  return Array.from({ length: build.leavesIn(scan.schema) }, (_, leaf) => above.has(leaf));
}

function readBy(node: OperatorPlan, above: ReadonlySet<number>, input: Schema): ReadonlySet<number> {
  const read = new Set<number>();
  const add = (e: Expr | undefined): void => {
    if (e !== undefined) leavesRead(e, read);
  };
  switch (node.kind) {
    case "calc":
      add(node.spec.where);
      for (const e of node.spec.exprs) add(e.expr);
      return read;
    case "windowTable": {
      const width = build.leavesIn(input);
      for (const leaf of [...above, node.spec.time, ...node.spec.partition]) if (leaf < width) read.add(leaf);
      return read;
    }
    case "windowAggregate":
    case "sessionAggregate":
    case "groupAggregate": {
      const { spec } = node;
      for (const k of spec.keys) add(k.expr);
      for (const a of spec.aggregates) for (const e of [...a.args, a.filter]) add(e);
      if ("where" in spec) add(spec.where);
      if ("before" in spec) for (const e of [spec.before, ...spec.below, spec.after]) add(e);
      if ("time" in spec) read.add(spec.time);
      if ("window" in spec && spec.window.kind === "attached")
        for (const l of [spec.window.start, spec.window.end]) read.add(l);
      return read;
    }
    case "union":
    case "sort":
      return allLeaves(input);
    default:
      return node satisfies never;
  }
}
