/** Random expression trees: emitted code, with its shared values, branches and captured errors, means what the reference means. */
import { expect, test } from "vitest";
import { RowError } from "../../src/base/row-error.ts";
import { BIGINT, BOOLEAN, DOUBLE, INT, type SqlType, timestamp, VARCHAR } from "../../src/base/types.ts";
import type { Value } from "../../src/base/value.ts";
import { isTrue } from "../../src/expr/evaluate.ts";
import { type Expr, literal } from "../../src/expr/expr.ts";
import { exprText } from "../../src/expr/expr-text.ts";
import { fold } from "../../src/expr/fold.ts";
import { findFunction } from "../../src/expr/functions/index.ts";
import { call, cast, column, type Outcome, reference, runCalc } from "./run.ts";
import { random, valueOf } from "./values.ts";

const seed = Number(process.env["SEED"] ?? 20261121);
const TREES = Number(process.env["TREES"] ?? 250);

const TIME = timestamp(3);
const types: readonly SqlType[] = [
  INT,
  BIGINT,
  DOUBLE,
  { kind: "DECIMAL", precision: 10, scale: 2 },
  VARCHAR,
  BOOLEAN,
  TIME,
];
const schema = [...types, ...types].map((type, i) => ({ name: `c${i}`, type, nullable: true }));

function fn(name: string) {
  const found = findFunction(name);
  if (found === undefined) throw new Error(`no function ${name}`);
  return found;
}

/** A tree of a type; the same subtrees come back, so that values are shared between branches. */
class Trees {
  private readonly next: () => number;
  private readonly seen: Expr[] = [];
  constructor(next: () => number) {
    this.next = next;
  }

  private pick<T>(list: readonly T[]): T {
    const item = list[Math.floor(this.next() * list.length)];
    if (item === undefined) throw new Error("nothing to pick");
    return item;
  }

  of(type: SqlType, depth: number): Expr {
    const same = this.seen.filter((e) => JSON.stringify(e.type) === JSON.stringify(type));
    if (same.length > 0 && this.next() < 0.25) return this.pick(same);
    const e = depth === 0 || this.next() < 0.1 ? this.leaf(type) : this.inner(type, depth - 1);
    this.seen.push(e);
    return e;
  }

  private leaf(type: SqlType): Expr {
    if (this.next() < 0.2) return literal(this.next() < 0.2 ? null : valueOf(type, this.next), type);
    const index = types.indexOf(type);
    return column(this.next() < 0.5 ? index : index + types.length, type);
  }

  private inner(type: SqlType, depth: number): Expr {
    const again = (t: SqlType = type): Expr => this.of(t, depth);
    const kind = this.next();
    if (kind < 0.2) {
      const branches = Array.from({ length: this.next() < 0.5 ? 1 : 2 }, () => ({
        when: again(BOOLEAN),
        then: again(),
      }));
      return { node: "case", type, nullable: true, branches, otherwise: again() };
    }
    if (kind < 0.3) return { node: "coalesce", type, nullable: true, args: [again(), again()] };
    if (kind < 0.35) return call(fn("NULLIF"), [again(), again()]);
    if (type === BOOLEAN) return this.condition(again);
    if (type === VARCHAR) {
      const text = this.pick(["LOWER", "TRIM", "||", "SUBSTRING", "cast"]);
      if (text === "cast") return cast(again(this.pick([INT, BIGINT, DOUBLE, TIME])), VARCHAR);
      if (text === "SUBSTRING") return call(fn(text), [again(), again(INT)]);
      return call(fn(text), text === "||" ? [again(), again()] : [again()]);
    }
    if (type.kind === "TIMESTAMP") return cast(call(fn("DATE_TRUNC"), [literal("hour", VARCHAR), again()]), type);
    const op = this.pick(["+", "-", "*", "/", "try", "length"]);
    if (op === "try") return cast(again(VARCHAR), type, true);
    if (op === "length") return cast(call(fn("LENGTH"), [again(VARCHAR)]), type);
    return cast(call(fn(op), [again(), again()]), type);
  }

  private condition(again: (t?: SqlType) => Expr): Expr {
    const kind = this.next();
    const many = (): Expr[] => Array.from({ length: this.next() < 0.5 ? 2 : 3 }, () => again(BOOLEAN));
    if (kind < 0.25) return { node: "and", type: BOOLEAN, nullable: true, args: many() };
    if (kind < 0.45) return { node: "or", type: BOOLEAN, nullable: true, args: many() };
    if (kind < 0.55) return { node: "not", type: BOOLEAN, nullable: true, arg: again(BOOLEAN) };
    const type = this.pick(types);
    if (kind < 0.65) return { node: "isNull", type: BOOLEAN, nullable: false, arg: again(type), negated: kind < 0.6 };
    if (kind < 0.7) return call(fn("LIKE"), [again(VARCHAR), literal("%a%", VARCHAR)]);
    return call(fn(this.pick(["=", "<>", "<", ">=", "IS DISTINCT FROM"])), [again(type), again(type)]);
  }
}

/** What becomes of a row: filtered, failed, or its values. */
function expected(where: Expr, exprs: readonly Expr[], row: readonly Value[]): unknown {
  const input = { leaf: (i: number): Value => row[i] ?? null, watermark: null };
  try {
    if (!isTrue(where, input)) return "filtered";
  } catch (error) {
    if (error instanceof RowError) return "failed";
    throw error;
  }
  const outcomes = exprs.map((e): Outcome => reference(e, input));
  return outcomes.some((o) => "error" in o) ? "failed" : outcomes.map((o) => ("value" in o ? o.value : null));
}

test(`${TREES} random programs of a WHERE and two expressions (seed ${seed})`, () => {
  for (let i = 0; i < TREES; i++) {
    const next = random(seed + i);
    const trees = new Trees(next);
    const where = trees.of(BOOLEAN, 2);
    const exprs = [trees.of(types[i % types.length] ?? INT, 4), trees.of(INT, 3)];
    const rows = Array.from({ length: 40 }, () =>
      schema.map((f): Value => (next() < 0.15 ? null : valueOf(f.type, next))),
    );
    const program = `seed ${seed + i}: ${exprs.map(exprText).join(", ")} WHERE ${exprText(where)}`;
    for (const folded of [false, true]) {
      const change = folded ? fold : (e: Expr): Expr => e;
      const run = runCalc(
        i % 5 === 0 ? "interpret" : "wasm",
        schema,
        change(where),
        exprs.map(change),
        rows,
        i % 3 === 0 ? 7 : 2048,
      );
      const actual: unknown[] = rows.map(() => "filtered");
      for (const r of run.rows) actual[r.origin] = r.values;
      for (const [origin] of run.failed) actual[origin] = "failed";
      expect(actual, program).toEqual(rows.map((row) => expected(where, exprs, row)));
      expect(run.filtered, program).toBe(actual.filter((a) => a === "filtered").length);
    }
  }
});
