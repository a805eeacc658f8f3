/**
 * Calc merging: a chain of projections and filters is one calc over the node below it. A column of a subquery is
 * evaluated where it is read and only if it is read, so that merging neither adds nor removes an error (E5); predicates
 * keep their order.
 */
import { leafCount, type SqlType } from "../../base/types.ts";
import { childrenOf, type Expr, transform } from "../../expr/expr.ts";
import type { NamedExpr } from "../../operators/operator.ts";
import type { LogicalPlan } from "../logical/plan.ts";

/** Merging stops where the expressions would grow beyond this many nodes. */
const NODES_MAX = 5_000;

export interface Chain {
  readonly base: LogicalPlan;
  /** Over the leaves of `base`, in the order in which they are tested. */
  readonly predicates: readonly Expr[];
  /** Moves an expression over the leaves of the top to those of `base`. */
  readonly down: (e: Expr) => Expr;
}

/** The chain from `top` down to the first node that is neither projection nor filter. */
export function chainFrom(top: LogicalPlan): Chain {
  let base = top;
  let predicates: readonly Expr[] = [];
  let down = (e: Expr): Expr => e;
  for (;;) {
    if (base.kind === "filter") {
      predicates = [base.predicate, ...predicates];
      base = base.input;
    } else if (base.kind === "project") {
      const step = substitution(base.exprs);
      const above = down;
      const next = (e: Expr): Expr => step(above(e));
      const moved = predicates.map(step);
      const size = [...base.exprs.map((x) => x.expr), ...moved].reduce((n, e) => n + nodesOf(e), 0);
      if (size > NODES_MAX) return { base, predicates, down };
      predicates = moved;
      down = next;
      base = base.input;
    } else {
      return { base, predicates, down };
    }
  }
}

const nodesOf = (e: Expr): number => childrenOf(e).reduce((n, c) => n + nodesOf(c), 1);

/** Replaces columns of a projection's output by the expressions that make them. */
export function substitution(exprs: readonly NamedExpr[]): (e: Expr) => Expr {
  const byLeaf: Expr[] = [];
  for (const { expr } of exprs) addLeaves(expr, byLeaf);
  return (e) =>
    transform(e, (x) => {
      if (x.node !== "column" || x.leaf < 0) return x;
      const made = byLeaf[x.leaf];
      if (made === undefined) throw new TypeError(`no leaf ${x.leaf}`);
      return made;
    });
}

/** The expression of each leaf of a column: of a ROW itself first, then of its fields. */
function addLeaves(e: Expr, into: Expr[]): void {
  into.push(e);
  if (e.type.kind !== "ROW") return;
  e.type.fields.forEach((f, i) => {
    addLeaves(fieldAt(e, i, f.type, f.nullable), into);
  });
}

function fieldAt(e: Expr, index: number, type: SqlType, nullable: boolean): Expr {
  if (e.node === "row") return e.fields[index] ?? { node: "field", arg: e, index, type, nullable };
  if (e.node !== "column" || e.type.kind !== "ROW") {
    return { node: "field", arg: e, index, type, nullable: nullable || e.nullable };
  }
  const before = e.type.fields.slice(0, index).reduce((n, f) => n + leafCount(f.type), 0);
  const name = `${e.name}.${e.type.fields[index]?.name ?? ""}`;
  return { node: "column", leaf: e.leaf + 1 + before, name, type, nullable: nullable || e.nullable };
}
