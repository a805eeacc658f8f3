/**
 * Variances over updating input: rows put in and some of them taken out again give what the rest alone gives, to the
 * last bit, in both faces, whole and merged from panes, whatever extremes went by (R3, V4).
 */
import { expect, test } from "vitest";
import { BIGINT, DOUBLE, decimal, FLOAT, INT, SMALLINT, type SqlType, typeText } from "../../src/base/types.ts";
import type { Value } from "../../src/base/value.ts";
import type { ResolvedAggregate } from "../../src/expr/aggregate.ts";
import type { AggregateCall } from "../../src/operators/operator.ts";
import type { Event, Execution } from "../operators/harness.ts";
import { scaled } from "../scale.ts";
import { Random } from "../wasm/support.ts";
import {
  argumentOf,
  callOf,
  DELETE,
  event,
  INSERT,
  type Input,
  MERGED,
  SEED,
  show,
  standing,
  windowed,
} from "./support.ts";

const ROUNDS = Number(process.env["AGGREGATE_ROUNDS"] ?? scaled(12));
const NAMES = ["VAR_POP", "VAR_SAMP", "STDDEV_POP", "STDDEV_SAMP"] as const;
const TYPES = [SMALLINT, INT, BIGINT, FLOAT, DOUBLE, decimal(12, 2), decimal(38, 0), decimal(38, 38)];

/** A random value; `wild`: of any magnitude, NaN and the infinities among them. */
function valueOf(type: SqlType, r: Random, wild: boolean): Value {
  switch (type.kind) {
    case "SMALLINT":
      return Number(r.signed(16));
    case "INT":
      return Number(r.signed(32));
    case "BIGINT":
      return r.signed(64);
    case "DECIMAL": {
      const limit = 10n ** BigInt(type.precision);
      return r.signed(128) % limit;
    }
    default: {
      const plain = r.below(2000) / 8 - 100;
      if (!wild) return plain;
      const wildest = type.kind === "FLOAT" ? [3.4e38, -3.4e38, 1e-45] : [1.7e308, -1e200, 1e155, 1e16, 5e-324, 1e-320];
      const x = r.pick([...wildest, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -0, plain, 0.1]);
      return type.kind === "FLOAT" ? Math.fround(x) : x;
    }
  }
}

interface Passing extends Input {
  readonly stays: boolean;
}

function inputs(type: SqlType, r: Random): Passing[] {
  return Array.from({ length: 1 + r.below(60) }, (): Passing => {
    const key = r.below(4);
    const stays = r.below(2) === 0;
    // Of the first group nothing stays; in the second all that is wild is gone in the end.
    const value = r.below(8) === 0 ? null : valueOf(type, r, key !== 1 || !stays);
    return { key, pane: r.below(3), value, stays: key !== 0 && stays };
  });
}

const doubles = (call: AggregateCall, rows: readonly Input[]): number[] =>
  rows.flatMap((r) => {
    const x = argumentOf(call, r.value);
    return typeof x === "number" ? [x] : [];
  });

const retractable = (call: AggregateCall): ResolvedAggregate => {
  if (call.resolved.retractable === undefined) throw new TypeError(`${call.function} has no variant that retracts`);
  return call.resolved.retractable;
};

/** By group what the reference face makes of the rows that stay, after the others came and went. */
function referenceResults(call: AggregateCall, rows: readonly Passing[]): string[] {
  const a = retractable(call);
  return [1, 2, 3].flatMap((key) => {
    const own = rows.filter((r) => r.key === key);
    if (!own.some((r) => r.stays)) return [];
    const total = a.reference.init();
    for (const pane of [0, 1, 2]) {
      const state = a.reference.init();
      const of = (r: readonly Passing[]): number[] =>
        doubles(
          call,
          r.filter((x) => x.pane === pane),
        );
      for (const x of of(own)) a.reference.accumulate(state, [x], { sequence: 0n });
      for (const x of of(own.filter((r) => !r.stays))) a.reference.retract(state, [x]);
      a.reference.merge(total, state);
    }
    return [`${key} ${show(a.reference.result(total))}`];
  });
}

function events(rows: readonly Passing[], between: readonly Event[]): Event[] {
  const gone = rows.filter((r) => !r.stays);
  return [...rows.map((r) => event(r, INSERT)), ...between, ...gone.map((r) => event(r, DELETE))];
}

test.each(NAMES)(`%s: the rest, to the last bit, in both faces (seed ${SEED})`, (name) => {
  for (const type of TYPES) {
    const r = new Random(SEED + NAMES.indexOf(name));
    const call = callOf(name, type);
    for (let round = 0; round < ROUNDS; round++) {
      const rows = inputs(type, r);
      const expected = referenceResults(call, rows);
      const execution: Execution = { mode: round % 4 === 3 ? "interpret" : "wasm", batch: round % 2 === 0 ? 2048 : 7 };
      const label = `${typeText(type)}, round ${round}`;
      const changes = events(rows, [{ kind: "epoch" }]);
      expect(standing(call, type, changes, execution), label).toEqual(expected);
      const merged = windowed(call, type, events(rows, []), MERGED, execution, "retract");
      expect(merged, `${label}, merged`).toEqual(expected);
    }
  }
});

test("the reference is the definition: the mean of squared distances from the mean", () => {
  const r = new Random(SEED);
  for (const type of TYPES) {
    const call = callOf("VAR_SAMP", type);
    const a = retractable(call);
    const state = a.reference.init();
    const rows = Array.from({ length: 50 }, () => ({ key: 0, pane: 0, value: valueOf(type, r, false), stays: true }));
    const values = doubles(call, rows);
    for (const x of values) a.reference.accumulate(state, [x], { sequence: 0n });
    const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
    const expected = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (values.length - 1);
    const got = Number(a.reference.result(state));
    expect(Math.abs(got - expected) / expected, typeText(type)).toBeLessThan(1e-12);
  }
});

test("large values close together, and ones whose squares leave the range of DOUBLE", () => {
  const variance = (...values: number[]): Value => {
    const a = retractable(callOf("VAR_POP", DOUBLE));
    const state = a.reference.init();
    for (const x of values) a.reference.accumulate(state, [x], { sequence: 0n });
    return a.reference.result(state);
  };
  expect(variance(1e15, 1e15 + 1, 1e15 + 2, 1e15 + 3)).toBe(1.25);
  expect(variance(1e200, 1e200)).toBe(0);
  expect(variance(1e200, -1e200)).toBe(Number.POSITIVE_INFINITY);
  expect(variance(3e-162, -3e-162)).toBe(1e-323);
  expect(variance(5e-324, -5e-324)).toBe(0);
});
