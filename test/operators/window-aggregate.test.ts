import { expect, test } from "vitest";
import { BIGINT, BOOLEAN, INT, type Schema, timestamp, VARCHAR } from "../../src/base/types.ts";
import type { Expr } from "../../src/expr/expr.ts";
import type { WindowAggregateSpec } from "../../src/operators/operator.ts";
import { windowAggregate } from "../../src/operators/window-aggregate.ts";
import { lines, run, type Subject } from "./harness.ts";
import { aggregate, column, field, keys, outputSchema } from "./specs.ts";

const schema: Schema = [
  field("ts", timestamp(3), false),
  field("k", VARCHAR),
  field("v", BIGINT),
  field("n", INT, false),
];

const ms = (n: number): bigint => BigInt(n) * 1000n;

function subject(
  window: WindowAggregateSpec["window"],
  calls: readonly ReturnType<typeof aggregate>[],
  keyNames: readonly string[] = ["k"],
): Subject<WindowAggregateSpec> {
  const ks = keys(schema, ...keyNames);
  const spec: WindowAggregateSpec = { window, time: 0, where: undefined, keys: ks, aggregates: calls };
  return { def: windowAggregate, spec, inputs: [schema], output: outputSchema(ks, calls, true) };
}

const tumble = (size: number, offset = 0): WindowAggregateSpec["window"] => ({
  kind: "tumble",
  size: ms(size),
  offset: ms(offset),
});
const count = aggregate(schema, "COUNT");
const five = [count, ...["SUM", "MIN", "MAX", "AVG"].map((a) => aggregate(schema, a, ["v"]))];

test("a window is put out once, when the watermark reaches its end - 1 ms (T2, E1)", () => {
  const out = run(
    subject(tumble(10), five),
    `
    + 1 a 5 0
    + 2 b 7 0
    + 3 a 8 0
    + 12 a 1 0
    ~ 8
    ~ 9
    ~ 100
  `,
  );
  expect(out).toBe(
    lines(`
    + a 2 13 5 8 6.5 0 10 9
    + b 1 7 7 7 7 0 10 9
    + a 1 1 1 1 1 10 20 19
  `),
  );
});

test("windows align below the epoch and with an offset (W2, T9)", () => {
  const out = run(
    subject(tumble(10, 3), [count], []),
    `
    + -8 a 1 0
    + -7 a 1 0
    + 2.999 a 1 0
    + 3 a 1 0
    ~ end
  `,
  );
  expect(out).toBe(
    lines(`
    + 1 -17 -7 -8
    + 2 -7 3 2
    + 1 3 13 12
  `),
  );
});

test("a row is judged by the watermark before it, and late rows are kept apart (T1, T3, E4)", () => {
  const out = run(
    subject(tumble(10), [count]),
    `
    + 1 a 5 0
    ~ 9
    + 2 a 5 0
    + 11 a 5 0
    ~ 15
    + 3 b 5 0
    + 12 b 5 0
    ~ end
  `,
  );
  expect(out).toBe(
    lines(`
    + a 1 0 10 9
    + a 1 10 20 19
    + b 1 10 20 19
    late 2 a 5 0 [0, 10) at 9
    late 3 b 5 0 [0, 10) at 15
  `),
  );
});

test("groups come by key, NULLs last and equal to each other (E7, V3)", () => {
  const out = run(
    subject(tumble(10), [aggregate(schema, "COUNT", ["v"]), count]),
    `
    + 1 null 1 0
    + 1 longer-than-eight-bytes 1 0
    + 1 b null 0
    + 1 a 1 0
    + 1 null 1 0
    + 1 longer-than-eight-byteS 1 0
    + 1 longer-than-eight-bytes null 0
    ~ end
  `,
  );
  expect(out).toBe(
    lines(`
    + a 1 1 0 10 9
    + b 0 1 0 10 9
    + longer-than-eight-byteS 1 1 0 10 9
    + longer-than-eight-bytes 1 2 0 10 9
    + null 2 2 0 10 9
  `),
  );
});

test("a sum that does not fit fails its group only (V1)", () => {
  const out = run(
    subject(tumble(10), [aggregate(schema, "SUM", ["v"])]),
    `
    + 1 a 9223372036854775807 0
    + 1 a 1 0
    + 1 b 9223372036854775807 0
    + 1 b 1 0
    + 1 b -1 0
    ~ end
  `,
  );
  expect(out).toBe(
    lines(`
    + b 9223372036854775807 0 10 9
    group failed OUT_OF_RANGE a 0 10000
  `),
  );
});

test("a window whose bounds leave the years 0001 to 9999 fails the row (T9)", () => {
  const out = run(subject(tumble(10), [count]), "+ 253402300799999 a 1 0\n+ 1 a 1 0\n~ end");
  expect(out).toBe("+ a 1 0 10 9\nfailed TIME_OUT_OF_RANGE 253402300799999 a 1 0");
});

const hop = (slide: number, size: number): WindowAggregateSpec["window"] => ({
  kind: "hop",
  slide: ms(slide),
  size: ms(size),
  offset: 0n,
});
const cumulate = (step: number, size: number): WindowAggregateSpec["window"] => ({
  kind: "cumulate",
  step: ms(step),
  size: ms(size),
  offset: 0n,
});

const overlapping = `
    + 1 a 5 0
    + 7 a 3 0
    ~ 8
    + 3 b 1 0   -- late for [-5, 5) only
    + 12 a 2 0
    ~ 11
    + 6 a 4 0   -- late for [0, 10)
    + 2 a 9 0   -- late for all
    ~ end
  `;
const overlappingOut = lines(`
    + a 1 5 -5 5 4
    + a 2 8 0 10 9
    + b 1 1 0 10 9
    + a 3 9 5 15 14
    + a 1 2 10 20 19
    partly late 3 b 1 0 [-5, 5) at 8
    partly late 6 a 4 0 [0, 10) at 11
    late 2 a 9 0 [-5, 5) [0, 10) at 11
  `);

test("HOP judges each window of a row alone (T3), with panes merged", () => {
  const calls = [count, aggregate(schema, "SUM", ["v"])];
  expect(run(subject(hop(5, 10), calls), overlapping)).toBe(overlappingOut);
});

test("HOP with DISTINCT, which panes cannot share", () => {
  const calls = [count, aggregate(schema, "SUM", ["v"], { distinct: true })];
  expect(run(subject(hop(5, 10), calls), overlapping)).toBe(overlappingOut);
});

test("CUMULATE judges each window of a row alone (T3)", () => {
  const out = run(
    subject(cumulate(5, 10), [count, aggregate(schema, "MAX", ["v"])]),
    `
    + 1 a 1 0
    ~ 7
    + 4 a 2 0   -- dropped from [0, 5), counted in [0, 10)
    + 13 b 7 0
    + 2 c 8 0
    ~ 30
  `,
  );
  expect(out).toBe(
    lines(`
    + a 1 1 0 5 4
    + a 2 2 0 10 9
    + c 1 8 0 10 9
    + b 1 7 10 15 14
    + b 1 7 10 20 19
    partly late 4 a 2 0 [0, 5) at 7
    partly late 2 c 8 0 [0, 5) at 7
  `),
  );
});

test("CUMULATE whose rows all came late for its first window", () => {
  const out = run(subject(cumulate(5, 15), [count]), "~ 6\n+ 1 a 1 0\n+ 11 a 1 0\n~ end");
  expect(out).toBe(
    lines(`
    + a 1 0 10 9
    + a 2 0 15 14
    partly late 1 a 1 0 [0, 5) at 6
  `),
  );
});

test("over updating input changes are judged alone, and a group that is taken back gives no row (R6)", () => {
  const calls = [count, ...["SUM", "MIN", "MAX"].map((a) => aggregate(schema, a, ["v"]))];
  for (const window of [tumble(10), cumulate(5, 10)]) {
    const updating = { ...subject(window, calls), inputModes: ["retract"] as const };
    const out = run(
      updating,
      `
      + 1 a 5 0
      + 2 a 7 0
      + 3 b 1 0
      - 2 a 7 0
      - 3 b 1 0
      + 4 a 6 0
      - 1 a 5 0
      + 2 a 3 0
      ~ 9
      - 4 a 6 0
      ~ end
    `,
    );
    const first = window.kind === "tumble" ? "" : "+ a 2 9 3 6 0 5 4\n";
    const late = window.kind === "tumble" ? "[0, 10)" : "[0, 5) [0, 10)";
    expect(out).toBe(`${first}+ a 2 9 3 6 0 10 9\nlate 4 a 6 0 ${late} at 9`);
  }
});

test("FILTER leaves rows out of its aggregate only; a row that fails leaves every aggregate (V1, E5)", () => {
  const isOne: Expr = { node: "isNull", type: BOOLEAN, nullable: false, arg: column(schema, "k"), negated: true };
  const text = column(schema, "k");
  const span = { start: 0, end: 0 };
  const number: Expr = { node: "cast", type: BIGINT, nullable: true, arg: text, isTry: false, span };
  const calls = [
    count,
    aggregate(schema, "SUM", ["v"], { filter: isOne }),
    aggregate(schema, "MAX", [number], { filter: isOne }),
  ];
  const out = run(
    subject(tumble(10), calls, ["n"]),
    `
    + 1 12 5 0
    + 2 null 7 0
    + 3 x 9 0    -- not a number
    + 4 3 null 0
    ~ end
  `,
  );
  expect(out).toBe("+ 0 3 5 12 0 10 9\nfailed INVALID_TEXT 3 x 9 0");
});

test("windows nest: rows carry the window of the aggregation below (W1)", () => {
  const nested: Schema = [field("s", timestamp(3), false), field("e", timestamp(3), false), field("v", BIGINT)];
  const calls = [aggregate(nested, "COUNT"), aggregate(nested, "SUM", ["v"])];
  const spec: WindowAggregateSpec = {
    window: { kind: "attached", start: 0, end: 1 },
    time: 1,
    where: undefined,
    keys: [],
    aggregates: calls,
  };
  const attached = { def: windowAggregate, spec, inputs: [nested], output: outputSchema([], calls, true) };
  const out = run(
    attached,
    `
    + 0 10 1
    + 5 10 2
    + 0 10 4
    ~ 9
    + 0 10 8
    + 0 20 16
    ~ end
  `,
  );
  expect(out).toBe(
    lines(`
    + 2 5 0 10 9
    + 1 2 5 10 9
    + 1 16 0 20 19
    late 0 10 8 [0, 10) at 9
  `),
  );
});
