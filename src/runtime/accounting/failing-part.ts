/**
 * What a row failed in and why, for `field` and `reason` of `"q$errors"`: an output column where it is one's, else the text
 * of a condition; the reason shows the value. Only a row that has failed pays for it: its expressions are computed again,
 * by their definition, in the operator's order.
 */
import { RowError, type RowErrorName, rowErrors } from "../../base/row-error.ts";
import { firstLeaf, type Schema, type SqlType } from "../../base/types.ts";
import type { Value } from "../../base/value.ts";
import { type EvaluateInput, evaluate, isTrue } from "../../expr/evaluate.ts";
import type { Expr } from "../../expr/expr.ts";
import { exprText } from "../../expr/expr-text.ts";
import type { AggregateCall, NamedExpr } from "../../operators/operator.ts";
import type { OperatorPlan } from "../../operators/physical.ts";

/** A part of an operator that may fail; `when`: the row is left out of it unless this is TRUE. */
interface Part extends NamedExpr {
  readonly when: Expr | undefined;
}

export interface FailingParts {
  /** In the order in which they are computed. */
  readonly parts: readonly Part[];
  /** Names of what is put out for a group. */
  readonly results: readonly string[];
  /** In words, where no part fails by itself: a window that lies outside all time, a part that is not the same twice. */
  readonly other: string;
}

/** What PostgreSQL calls a column that has no name of its own (V7): its text says more. */
const NAMELESS = "?column?";

const named = (exprs: readonly NamedExpr[]): readonly Part[] =>
  exprs.map(({ name, expr }) => ({ name: name === NAMELESS ? exprText(expr) : name, expr, when: undefined }));

const unnamed = (exprs: readonly Expr[]): readonly Part[] =>
  exprs.map((expr) => ({ name: exprText(expr), expr, when: undefined }));

/** Conjunct by conjunct: of a row that has failed, those before it were TRUE. */
function condition(where: Expr | undefined): readonly Part[] {
  const conjuncts = where?.node === "and" ? where.args : where === undefined ? [] : [where];
  return conjuncts.map((expr) => ({ name: `WHERE ${exprText(expr)}`, expr, when: undefined }));
}

const ofAggregates = (calls: readonly AggregateCall[]): readonly Part[] =>
  calls.flatMap(({ name, args, filter }) => [
    ...(filter === undefined ? [] : [{ name, expr: filter, when: undefined }]),
    ...args.map((expr) => ({ name, expr, when: filter })),
  ]);

/** What may fail in a projection. */
export const partsOfExprs = (exprs: readonly NamedExpr[]): FailingParts => ({
  parts: named(exprs),
  results: [],
  other: "SELECT",
});

/** What may fail in an operator. */
export function failingParts(plan: OperatorPlan): FailingParts {
  switch (plan.kind) {
    case "calc": {
      const { where, exprs } = plan.spec;
      return { ...partsOfExprs(exprs), parts: [...condition(where), ...named(exprs)] };
    }
    case "windowAggregate":
    case "groupAggregate": {
      const { where, keys, aggregates } = plan.spec;
      const parts = [...condition(where), ...named(keys), ...ofAggregates(aggregates)];
      return {
        parts,
        results: aggregates.map((a) => a.name),
        other: plan.kind === "groupAggregate" ? "GROUP BY" : "window",
      };
    }
    case "sessionAggregate": {
      const { before, below, after, keys, aggregates } = plan.spec;
      const [first, last] = [condition(before), condition(after)];
      const parts = [...first, ...named(keys), ...unnamed(below), ...last, ...ofAggregates(aggregates)];
      return { parts, results: aggregates.map((a) => a.name), other: "window" };
    }
    case "windowTable":
      return { parts: [], results: [], other: "window" };
    case "union":
    case "sort":
      return { parts: [], results: [], other: plan.kind === "sort" ? "ORDER BY" : "UNION" };
    default:
      return plan satisfies never;
  }
}

export interface Failure {
  readonly field: string;
  readonly reason: string;
}

/** Of a group: which of several results it was is not known. */
export const groupFailure = ({ results }: FailingParts, code: RowErrorName): Failure => ({
  field: results.join(", "),
  reason: rowErrors[code].message,
});

/** The part in which a row of the operator's input fails with `code`, and what it says there. */
export function rowFailure(
  { parts, other }: FailingParts,
  code: RowErrorName,
  row: { readonly schema: Schema; readonly values: readonly Value[]; readonly watermark: bigint | null },
): Failure {
  const leaves = new Map<number, Value>();
  row.schema.forEach((field, i) => setLeaves(leaves, firstLeaf(row.schema, i), field.type, row.values[i] ?? null));
  const input: EvaluateInput = { leaf: (index) => leaves.get(index) ?? null, watermark: row.watermark };
  for (const part of parts) {
    const error = errorOf(part, input);
    if (error?.code === code) return { field: part.name, reason: error.message };
  }
  return { field: other, reason: rowErrors[code].message };
}

function errorOf({ expr, when }: Part, input: EvaluateInput): RowError | undefined {
  try {
    if (when === undefined || isTrue(when, input)) evaluate(expr, input);
    return undefined;
  } catch (error) {
    if (!(error instanceof RowError)) throw error;
    return error;
  }
}

/** A value under its leaf, and those of a ROW under the leaves behind it. Returns the next leaf. */
function setLeaves(leaves: Map<number, Value>, leaf: number, type: SqlType, value: Value): number {
  leaves.set(leaf, value);
  if (type.kind !== "ROW") return leaf + 1;
  let next = leaf + 1;
  type.fields.forEach((field, i) => {
    // A value of type ROW is an array or NULL.
    next = setLeaves(leaves, next, field.type, (value as readonly Value[] | null)?.[i] ?? null);
  });
  return next;
}
