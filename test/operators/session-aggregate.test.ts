import { expect, test } from "vitest";
import { BIGINT, BOOLEAN, INT, type Schema, timestamp, VARCHAR } from "../../src/base/types.ts";
import type { SessionAggregateSpec, WindowTableSpec } from "../../src/operators/operator.ts";
import { sessionAggregate } from "../../src/operators/session-aggregate.ts";
import { windowTable } from "../../src/operators/window-table.ts";
import { lines, run, type Subject } from "./harness.ts";
import { aggregate, column, field, keys, outputSchema } from "./specs.ts";

const schema: Schema = [
  field("ts", timestamp(6), false),
  field("k", VARCHAR),
  field("v", BIGINT),
  field("n", INT, false),
  field("keep", BOOLEAN),
];
const count = aggregate(schema, "COUNT");
const sum = aggregate(schema, "SUM", ["v"]);

function subject(
  calls: readonly ReturnType<typeof aggregate>[],
  more: Partial<SessionAggregateSpec> = {},
): Subject<SessionAggregateSpec> {
  const ks = keys(schema, "k");
  const spec = {
    gap: 10_000n,
    time: 0,
    before: undefined,
    below: [],
    after: undefined,
    keys: ks,
    aggregates: calls,
    ...more,
  };
  return { def: sessionAggregate, spec, inputs: [schema], output: outputSchema(ks, calls, true) };
}

for (const [name, calls] of [
  ["merged as states", [count, sum]],
  ["merged with values", [aggregate(schema, "COUNT", ["n"]), aggregate(schema, "SUM", ["v"], { distinct: true })]],
] as const) {
  test(`rows less than a gap apart are one session, a gap apart too (T4), ${name}`, () => {
    const out = run(
      subject(calls),
      `
      + 1 a 1 0 true
      + 5 b 2 0 true
      + 11 a 4 0 true     -- touches [1, 11)
      + 21.999 a 8 0 true -- [11, 21) does not reach 21.999, floored 21: touches
      + 40 a 16 0 true
      ~ end
    `,
    );
    expect(out).toBe(
      lines(`
      + b 1 2 5 15 14
      + a 3 13 1 31 30
      + a 1 16 40 50 49
    `),
    );
  });

  test(`a row out of order bridges sessions, ${name}`, () => {
    const out = run(
      subject(calls),
      `
      + 1 a 1 0 true
      + 20 a 2 0 true
      + 40 a 4 0 true
      + -15 a 8 0 true
      + 30 a 16 0 true -- [20, 30) and [40, 50)
      ~ -6
      + 11 a 32 0 true -- all but the first
      ~ 48
      ~ 49
      + 49 a 64 0 true -- its session has closed; it makes one of its own
      + 38 a 1 0 true  -- late
      ~ end
    `,
    );
    expect(out).toBe(
      lines(`
      + a 1 8 -15 -5 -6
      + a 5 55 1 50 49
      + a 1 64 49 59 58
      late 38 a 1 0 true [38, 48) at 49
    `),
    );
  });

  test(`a late row that merges into an open session is kept (T4), ${name}`, () => {
    const out = run(
      subject(calls),
      `
      + 20 a 1 0 true
      ~ 25
      + 12 a 2 0 true  -- [12, 22) alone would be late
      + 1 a 4 0 true   -- late
      ~ 29
      + 31 a 8 0 true  -- after the session has closed
      ~ end
    `,
    );
    expect(out).toBe(
      lines(`
      + a 2 3 12 30 29
      + a 1 8 31 41 40
      late 1 a 4 0 true [1, 11) at 25
    `),
    );
  });

  test(`rows that are filtered after sessions form still bridge them (W7), ${name}`, () => {
    const out = run(
      subject(calls, { after: column(schema, "keep") }),
      `
      + 1 a 1 0 true
      + 9 a 2 0 false
      + 18 a 4 0 true
      + 100 b 8 0 false
      + 100 c 8 0 null
      ~ end
    `,
    );
    expect(out).toBe("+ a 2 5 1 28 27");
  });

  test(`sessions come by end, start and key, NULL last (E7), ${name}`, () => {
    const out = run(
      subject(calls),
      `
      + 5 null 1 0 true
      + 5 b 1 0 true
      + 1 a 1 0 true
      + 5 a 1 0 true
      + 5 a-key-of-more-than-eight-bytes 1 0 true
      ~ 100
    `,
    );
    expect(out).toBe(
      lines(`
      + a 2 ${name === "merged with values" ? 1 : 2} 1 15 14
      + a-key-of-more-than-eight-bytes 1 1 5 15 14
      + b 1 1 5 15 14
      + null 1 1 5 15 14
    `),
    );
  });
}

test("over updating input a session holds what is left, and is not put out where nothing is", () => {
  const calls = [
    count,
    sum,
    aggregate(schema, "COUNT", ["v"], { distinct: true }),
    aggregate(schema, "MIN", ["v"]),
    aggregate(schema, "MAX", ["k"]),
  ];
  const updating = { ...subject(calls), inputModes: ["retract"] as const };
  const out = run(
    updating,
    `
    + 1 a 5 0 true
    + 3 a 2 0 true
    + 4 a 2 0 true
    - 3 a 2 0 true
    + 30 a 5 0 true
    + 31 a 1 0 true
    - 31 a 1 0 true
    + 14 a 7 0 true
    + 2 b 1 0 true
    - 2 b 1 0 true
    + 22 a 9 0 true  -- joins all sessions of a
    - 14 a 7 0 true
    ~ end
  `,
  );
  expect(out).toBe("+ a 4 21 3 2 a 1 41 40");
});

test("SESSION as a table holds rows until their session closes, and drops late ones (T12)", () => {
  const spec: WindowTableSpec = { window: { kind: "session", gap: 10_000n }, time: 0, partition: [1] };
  const windows = ["window_start", "window_end", "window_time"].map((n) => field(n, timestamp(3), false));
  const table = { def: windowTable, spec, inputs: [schema], output: [...schema, ...windows] };
  const out = run(
    table,
    `
    + 5 b 2 0 true
    + 1 a 1 0 true
    + 9 a 3 0 true
    ~ 14
    + 4 b 9 0 true
    ~ end
  `,
  );
  expect(out).toBe(
    lines(`
    + 5 b 2 0 true 5 15 14
    + 1 a 1 0 true 1 19 18
    + 9 a 3 0 true 1 19 18
    late 4 b 9 0 true [4, 14) at 14
  `),
  );
});

test("TUMBLE, HOP and CUMULATE as tables give a row a window and drop nothing (T12)", () => {
  const windows = ["window_start", "window_end", "window_time"].map((n) => field(n, timestamp(3), false));
  const table = (window: WindowTableSpec["window"]): Subject<WindowTableSpec> => ({
    def: windowTable,
    spec: { window, time: 0, partition: [] },
    inputs: [schema],
    output: [...schema, ...windows],
  });
  const hop = table({ kind: "hop", slide: 5_000n, size: 10_000n, offset: 0n });
  expect(run(hop, "~ 100\n+ -1 a 1 0 true\n+ 5 b null 0 null")).toBe(
    lines(`
    + -1 a 1 0 true -10 0 -1
    + -1 a 1 0 true -5 5 4
    + 5 b null 0 null 0 10 9
    + 5 b null 0 null 5 15 14
  `),
  );
  const cumulate = table({ kind: "cumulate", step: 5_000n, size: 10_000n, offset: 0n });
  expect(run(cumulate, "+ 4 a 1 0 true\n+ 5 b 1 0 true")).toBe(
    lines(`
    + 4 a 1 0 true 0 5 4
    + 4 a 1 0 true 0 10 9
    + 5 b 1 0 true 0 10 9
  `),
  );
  const tumble = table({ kind: "tumble", size: 10_000n, offset: 3_000n });
  expect(run(tumble, "+ 2.999 a 1 0 true\n+ 3 a 1 0 true")).toBe(
    "+ 2.999 a 1 0 true -7 3 2\n+ 3 a 1 0 true 3 13 12".replaceAll("2.999", "2999"),
  );
});
