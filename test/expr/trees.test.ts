/**
 * Random expression trees of all types: emitted code, run as WebAssembly and by the interpreter of the IR, with its shared
 * values, branches, computed columns and captured errors, means what the reference means, down to the error of a row.
 * SEED sets the seed, TREES how many programs there are.
 */
import { expect, test } from "vitest";
import { RowError } from "../../src/base/row-error.ts";
import {
  BIGINT,
  BOOLEAN,
  DATE,
  DOUBLE,
  decimal,
  FLOAT,
  INT,
  INTERVAL_DAY,
  type SqlType,
  sameType,
  TINYINT,
  timestamp,
  timestampLtz,
  VARCHAR,
} from "../../src/base/types.ts";
import type { Value } from "../../src/base/value.ts";
import { canCastExplicitly } from "../../src/expr/coerce.ts";
import { isTrue } from "../../src/expr/evaluate.ts";
import { type Expr, literal } from "../../src/expr/expr.ts";
import { exprText } from "../../src/expr/expr-text.ts";
import { fold } from "../../src/expr/fold.ts";
import { findFunction } from "../../src/expr/functions/index.ts";
import { scaled } from "../scale.ts";
import { call, cast, column, type Outcome, reference, runCalc } from "./run.ts";
import { random, valueOf } from "./values.ts";

const seed = Number(process.env["SEED"] ?? 20261121);
const TREES = Number(process.env["TREES"] ?? scaled(250));

const types: readonly SqlType[] = [
  INT,
  BIGINT,
  DOUBLE,
  decimal(10, 2),
  VARCHAR,
  BOOLEAN,
  timestamp(3),
  TINYINT,
  FLOAT,
  decimal(38, 10),
  DATE,
  timestampLtz(6),
  INTERVAL_DAY,
  { kind: "CHAR", length: 3 },
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
    const index = types.findIndex((t) => sameType(t, type));
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
    if (kind < 0.32) return { node: "notNull", type, nullable: false, arg: again() };
    if (kind < 0.35) return call(fn("NULLIF"), [again(), again()]);
    if (type === BOOLEAN) return this.condition(again);
    if (kind < 0.45) return this.castTo(type, again);
    switch (type.kind) {
      case "VARCHAR":
      case "CHAR":
        return cast(this.text(again), type);
      case "TIMESTAMP":
      case "TIMESTAMP_LTZ":
      case "DATE":
        return cast(this.time(type, again), type);
      case "INTERVAL_DAY": {
        if (kind < 0.7) return call(fn("-"), [again(timestamp(3)), again(timestamp(3))]);
        return call(fn(this.pick(["+", "-"])), [again(), again()]);
      }
      default:
        return cast(this.number(again), type);
    }
  }

  /** From any type that it can be cast from. */
  private castTo(type: SqlType, again: (t: SqlType) => Expr): Expr {
    const from = this.pick(types.filter((t) => canCastExplicitly(t, type)));
    return cast(again(from), type, this.next() < 0.5);
  }

  private number(again: (t?: SqlType) => Expr): Expr {
    const name = this.pick([
      "+",
      "-",
      "*",
      "/",
      "+",
      "*",
      "%",
      "negative",
      "ABS",
      "ROUND",
      "FLOOR",
      "length",
      "EXTRACT",
    ]);
    switch (name) {
      case "negative":
        return call(fn("-"), [again()]);
      case "ABS":
      case "FLOOR":
        return call(fn(name), [again()]);
      case "ROUND":
        return call(fn(name), [again(), literal(this.pick([0, 1, 2, -1]), INT)]);
      case "length":
        return this.next() < 0.5
          ? call(fn("LENGTH"), [again(VARCHAR)])
          : call(fn("POSITION"), [again(VARCHAR), again(VARCHAR)]);
      case "EXTRACT":
        return call(fn(name), [literal(this.pick(["year", "second", "epoch"]), VARCHAR), again(timestamp(3))]);
      default:
        return call(fn(name), [again(), again()]);
    }
  }

  private text(again: (t?: SqlType) => Expr): Expr {
    const name = this.pick([
      "LOWER",
      "TRIM",
      "||",
      "CONCAT",
      "SUBSTRING",
      "SPLIT_INDEX",
      "REGEXP_EXTRACT",
      "DATE_FORMAT",
    ]);
    const s = (): Expr => again(VARCHAR);
    switch (name) {
      case "SUBSTRING":
        return call(fn(name), [s(), again(INT), again(TINYINT)]);
      case "SPLIT_INDEX":
        return call(fn(name), [s(), s(), again(TINYINT)]);
      case "REGEXP_EXTRACT":
        return call(fn(name), [s(), this.next() < 0.5 ? literal("[a-c]+", VARCHAR) : s()]);
      case "DATE_FORMAT":
        return call(fn(name), [again(timestamp(3)), literal("EEE d.M.yyyy h a", VARCHAR)]);
      default:
        return call(fn(name), name === "||" || name === "CONCAT" ? [s(), s()] : [s()]);
    }
  }

  private time(type: SqlType, again: (t?: SqlType) => Expr): Expr {
    const unit = literal(this.pick(["hour", "week", "month"]), VARCHAR);
    if (this.next() < 0.4) return call(fn(this.pick(["FLOOR", "CEIL"])), [again(), unit]);
    if (type.kind === "DATE") return call(fn(this.pick(["+", "-"])), [again(), again(INT)]);
    return call(fn(this.pick(["+", "-"])), [again(), again(INTERVAL_DAY)]);
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

/** What becomes of a row: filtered, its error, or its values. */
function expected(where: Expr, exprs: readonly Expr[], row: readonly Value[]): unknown {
  const input = { leaf: (i: number): Value => row[i] ?? null, watermark: null };
  try {
    if (!isTrue(where, input)) return "filtered";
  } catch (error) {
    if (error instanceof RowError) return error.code;
    throw error;
  }
  const outcomes = exprs.map((e): Outcome => reference(e, input));
  const [failure] = outcomes.flatMap((o) => ("error" in o ? [o.error] : []));
  return failure ?? outcomes.map((o) => ("value" in o ? o.value : null));
}

test(`${TREES} random programs of a WHERE and two expressions (seed ${seed})`, () => {
  const fates = { values: 0, filtered: 0, failed: 0 };
  for (let i = 0; i < TREES; i++) {
    const next = random(seed + i);
    const trees = new Trees(next);
    const where = trees.of(BOOLEAN, 2);
    const exprs = [trees.of(types[i % types.length] ?? INT, 4), trees.of(types[(i * 5) % types.length] ?? INT, 3)];
    const rows = Array.from({ length: 40 }, () =>
      schema.map((f): Value => (next() < 0.15 ? null : valueOf(f.type, next))),
    );
    const program = `seed ${seed + i}: ${exprs.map(exprText).join(", ")} WHERE ${exprText(where)}`;
    const wanted = rows.map((row) => expected(where, exprs, row));
    for (const w of wanted) fates[Array.isArray(w) ? "values" : w === "filtered" ? "filtered" : "failed"] += 1;
    for (const [mode, folded] of [
      ["wasm", false],
      ["wasm", true],
      ["interpret", i % 2 === 0],
    ] as const) {
      const change = folded ? fold : (e: Expr): Expr => e;
      const run = runCalc(mode, schema, change(where), exprs.map(change), rows, i % 3 === 0 ? 7 : 2048);
      const actual: unknown[] = rows.map(() => "filtered");
      for (const r of run.rows) actual[r.origin] = r.values;
      for (const [origin, code] of run.failed) actual[origin] = code;
      expect(actual, `${mode}, ${program}`).toEqual(wanted);
      expect(run.filtered, program).toBe(actual.filter((a) => a === "filtered").length);
    }
  }
  // No fate is rare.
  expect(Math.min(...Object.values(fates)), JSON.stringify(fates)).toBeGreaterThan(TREES * 2);
});
