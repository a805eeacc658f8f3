/**
 * State in parts: an operator that goes on as another one, with another hash seed and at other addresses, does so to the
 * byte. Random rows of every type, with epochs where the state is saved and restored, against the same run without.
 */
import { expect, test } from "vitest";
import { WATERMARK_END, WATERMARK_MIN } from "../../src/base/batch.ts";
import {
  BIGINT,
  BOOLEAN,
  DATE,
  DOUBLE,
  decimal,
  FLOAT,
  INT,
  type Schema,
  type SqlType,
  timestamp,
  VARCHAR,
} from "../../src/base/types.ts";
import type { Value } from "../../src/base/value.ts";
import type { Expr } from "../../src/expr/expr.ts";
import { groupAggregate } from "../../src/operators/group-aggregate.ts";
import type { AggregateCall, ChangelogMode, OperatorDef, UnionSpec, WindowSpec } from "../../src/operators/operator.ts";
import { sessionAggregate } from "../../src/operators/session-aggregate.ts";
import { sort } from "../../src/operators/sort.ts";
import { union } from "../../src/operators/union.ts";
import { windowAggregate } from "../../src/operators/window-aggregate.ts";
import { windowTable } from "../../src/operators/window-table.ts";
import { scaled } from "../scale.ts";
import { Random } from "../wasm/support.ts";
import { type Event, type Execution, runEvents, type Subject } from "./harness.ts";
import { aggregate, column, field, keys, outputSchema } from "./specs.ts";

const CASES = Number(process.env["STATE_CASES"] ?? scaled(3));
const SEED = Number(process.env["STATE_SEED"] ?? 20261128);

const row: SqlType = { kind: "ROW", fields: [field("x", BIGINT), field("y", VARCHAR)] };
const schema: Schema = [
  field("ts", timestamp(6), false),
  field("k", VARCHAR),
  field("r", row),
  field("w", decimal(38, 4)),
  field("f", DOUBLE),
  field("l", FLOAT),
  field("b", BOOLEAN),
  field("day", DATE),
  field("n", INT),
  field("v", BIGINT),
  field("s", VARCHAR),
  field("x", DOUBLE),
  field("start", timestamp(3), false),
  field("end", timestamp(3), false),
];

const texts = [
  "",
  "a",
  "ab",
  "eight by",
  "eight bytes and",
  "more than sixteen bytes",
  "more than sixteen bytez",
  "\u{1f600}",
];
const doubles = [Number.NaN, -0, 0, 1.5, -2.25, 1e300, -1e300, 1e-300, Number.POSITIVE_INFINITY, 0.1, 0.2];
const LONG = "long ".repeat(60);

function valueOf(type: SqlType, r: Random): Value {
  if (r.below(6) === 0) return null;
  switch (type.kind) {
    case "BOOLEAN":
      return r.below(2) === 1;
    case "FLOAT":
      return r.pick([Number.NaN, -0, 0, 1.5, -2.25]);
    case "DOUBLE":
      return r.pick(doubles);
    case "DECIMAL":
      return r.pick([0n, 5n, -5n, 10n ** 37n, -(10n ** 37n) - 1n]);
    case "VARCHAR":
      return r.below(12) === 0 ? LONG.slice(r.below(100)) : r.pick(texts);
    case "DATE":
    case "INT":
      return r.below(5) - 2;
    case "ROW":
      return type.fields.map((f) => valueOf(f.type, r));
    default:
      return BigInt(r.below(7) - 3);
  }
}

/** Keys, and how many different rows there are: few keys that come again, or many. */
const keySets: readonly (readonly string[])[] = [["k"], ["n"], ["r", "w"], ["f", "l", "b"], ["day", "k", "n"], []];

interface Generated {
  readonly events: Event[];
  readonly rows: number;
}

/** Rows out of order, watermarks, and epochs; over updating input some rows are taken back. */
function generate(
  r: Random,
  mode: ChangelogMode,
  window: Exclude<WindowSpec, { kind: "session" }> | undefined,
): Generated {
  const events: Event[] = [];
  const pool: Value[][] = Array.from({ length: 3 + r.below(30) }, () => schema.map((f) => valueOf(f.type, r)));
  const living: (readonly Value[])[] = [];
  let now = BigInt(r.below(200) - 100) * 1000n;
  let watermark = WATERMARK_MIN;
  const rows = 30 + r.below(120);
  const [spread, pace, epochs] = [1 + r.below(40), 1 + r.below(9), r.pick([2, 6, 12, 25])];
  for (let i = 0; i < rows; i++) {
    now += BigInt(r.below(pace)) * 1000n;
    const time = now - BigInt(r.below(spread)) * 1000n + BigInt(r.below(4) === 0 ? r.below(1000) : 0);
    const back = mode === "retract" && living.length > 0 && r.below(5) < 2 ? r.below(living.length) : undefined;
    const taken = back === undefined ? undefined : living.splice(back, 1)[0];
    const values = [...(taken ?? (r.below(4) === 0 ? schema.map((f) => valueOf(f.type, r)) : r.pick(pool)))];
    if (taken === undefined) {
      values[0] = time;
      const start = time - (((time % 8000n) + 8000n) % 8000n);
      values[12] = start;
      values[13] = start + (window === undefined ? 8000n : BigInt(1 + r.below(2)) * 8000n);
      living.push(values);
    }
    events.push({ kind: "row", input: 0, change: taken === undefined ? 0 : 3, values });
    if (r.below(3) === 0) {
      const to = now - BigInt(r.below(spread)) * 1000n;
      if (to > watermark) watermark = to;
      events.push({ kind: "watermark", at: watermark });
    }
    if (r.below(epochs) === 0) events.push({ kind: "epoch" });
  }
  events.push({ kind: "watermark", at: WATERMARK_END }, { kind: "epoch" });
  return { events, rows };
}

const call = (
  name: string,
  args: readonly (string | Expr)[] = [],
  more: { distinct?: boolean; filter?: Expr } = {},
): AggregateCall => aggregate(schema, name, args, more);
const distinct = (name: string, argument: string): AggregateCall => call(name, [argument], { distinct: true });
const isB: Expr = column(schema, "b");

/** By what their states are: numbers of every width, strings, values that are counted, states that need the order of rows. */
const callSets: readonly (readonly AggregateCall[])[] = [
  [call("COUNT"), call("SUM", ["v"]), call("AVG", ["v"]), call("SUM", ["w"])],
  [call("COUNT", ["k"]), call("SUM", ["x"]), call("MIN", ["x"]), call("MAX", ["s"])],
  [call("COUNT"), distinct("COUNT", "s"), distinct("SUM", "w"), distinct("COUNT", "x")],
  [call("SUM", ["v"], { filter: isB }), call("MIN", ["s"], { filter: isB }), call("MAX", ["w"])],
  [call("STDDEV_POP", ["v"]), call("VAR_SAMP", ["x"]), call("MIN", ["b"]), call("MAX", ["day"])],
];
/** Not over updating input. */
const appendOnly: readonly (readonly AggregateCall[])[] = [
  [call("FIRST_VALUE", ["s"]), call("LAST_VALUE", ["s"]), call("LAST_VALUE", ["w"]), call("COUNT")],
  [distinct("LAST_VALUE", "s"), distinct("COUNT", "k"), call("SUM", ["v"])],
];

interface Case {
  readonly def: OperatorDef<never>;
  readonly spec: unknown;
  readonly output: Schema;
}

function check(label: string, c: Case, mode: ChangelogMode, r: Random, events: readonly Event[]): void {
  // Each pairs a definition with a spec of its own type.
  const subject = {
    ...c,
    inputs: [schema],
    inputModes: [mode],
    ordered: r.below(2) === 1,
  } as unknown as Subject<never>;
  const execution: Execution = {
    mode: r.below(5) === 0 ? "interpret" : "wasm",
    batch: r.pick([1, 2, 7, 64, 2048]),
    seed: BigInt(r.below(1_000_000)),
  };
  const whole = runEvents(subject, events, execution);
  const cut = runEvents(subject, events, { ...execution, cuts: true });
  expect(cut, `${label}, ${execution.mode}, batches of ${execution.batch}`).toEqual(whole);
}

const aggregation = (
  r: Random,
  mode: ChangelogMode,
  windowed: boolean,
): Pick<Case, "output"> & { spec: { keys: ReturnType<typeof keys>; aggregates: readonly AggregateCall[] } } => {
  const ks = keys(schema, ...r.pick(keySets));
  const aggregates = r.pick(mode === "append" ? [...callSets, ...appendOnly] : callSets);
  return { spec: { keys: ks, aggregates }, output: outputSchema(ks, aggregates, windowed) };
};

const ms = (n: number): bigint => BigInt(n) * 1000n;
const windows: Readonly<Record<string, (r: Random) => Exclude<WindowSpec, { kind: "session" }>>> = {
  tumble: (r) => ({ kind: "tumble", size: ms(1 + r.below(20)), offset: ms(r.below(7)) }),
  hop: (r) => {
    const slide = 1 + r.below(8);
    return { kind: "hop", slide: ms(slide), size: ms(slide + r.below(20)), offset: ms(r.below(7)) };
  },
  cumulate: (r) => {
    const step = 1 + r.below(6);
    return { kind: "cumulate", step: ms(step), size: ms(step * (1 + r.below(6))), offset: ms(r.below(7)) };
  },
};

const modes: readonly ChangelogMode[] = ["append", "retract"];

for (const mode of modes) {
  for (const kind of ["tumble", "hop", "cumulate", "attached"]) {
    test(`a window aggregate goes on: ${kind}, ${mode} (seed ${SEED}, ${CASES} cases)`, () => {
      for (let i = 0; i < CASES; i++) {
        const r = new Random(SEED + 7919 * i);
        const window = windows[kind]?.(r);
        const { events } = generate(r, mode, window);
        const { spec, output } = aggregation(r, mode, true);
        const own = { window: window ?? { kind: "attached", start: 12 + 2, end: 13 + 2 }, time: 0, where: undefined };
        check(`case ${i}`, { def: windowAggregate, spec: { ...own, ...spec }, output }, mode, r, events);
      }
    });
  }
}

for (const mode of modes) {
  test(`a GROUP BY goes on, with what it has put out: ${mode} (seed ${SEED}, ${CASES} cases)`, () => {
    for (let i = 0; i < 2 * CASES; i++) {
      const r = new Random(SEED + 7919 * i);
      const { events } = generate(r, mode, undefined);
      const { spec, output } = aggregation(r, mode, false);
      check(`case ${i}`, { def: groupAggregate, spec: { where: undefined, ...spec }, output }, mode, r, events);
    }
  });

  test(`ORDER BY goes on with the rows that it holds: ${mode} (seed ${SEED}, ${CASES} cases)`, () => {
    for (let i = 0; i < CASES; i++) {
      const r = new Random(SEED + 7919 * i);
      const { events } = generate(r, mode, undefined);
      const by = [r.below(4), 2 + r.below(9)].map((at) => ({
        column: at,
        descending: r.below(2) === 1,
        nullsFirst: false,
      }));
      const spec = { keys: by, offset: r.below(3), limit: r.pick([0, 1, 5, 40]) || undefined };
      check(`case ${i}`, { def: sort, spec, output: schema }, mode, r, events);
    }
  });
}

for (const mode of modes) {
  test(`sessions go on, and join others later: ${mode} (seed ${SEED}, ${CASES} cases)`, () => {
    for (let i = 0; i < 3 * CASES; i++) {
      const r = new Random(SEED + 7919 * i);
      const { events } = generate(r, mode, undefined);
      const { spec, output } = aggregation(r, mode, true);
      const after = r.below(3) === 0 ? isB : undefined;
      const own = { gap: ms(1 + r.below(12)), time: 0, before: undefined, below: [], after };
      check(`case ${i}`, { def: sessionAggregate, spec: { ...own, ...spec }, output }, mode, r, events);
    }
  });

  test(`sessions go on with the rows that they hold: ${mode} (seed ${SEED}, ${CASES} cases)`, () => {
    for (let i = 0; i < 2 * CASES; i++) {
      const r = new Random(SEED + 7919 * i);
      const { events } = generate(r, mode, undefined);
      const spec = {
        window: { kind: "session", gap: ms(1 + r.below(12)) },
        time: 0,
        partition: r.pick([[1], [], [1, 5]]),
      };
      check(
        `case ${i}`,
        { def: windowTable, spec, output: [...schema, ...outputSchema([], [], true)] },
        mode,
        r,
        events,
      );
    }
  });
}

test("UNION ALL knows its watermark", () => {
  for (let i = 0; i < CASES; i++) {
    const r = new Random(SEED + i);
    const { events } = generate(r, "append", undefined);
    const both = events.map((e): Event => (e.kind === "row" ? { ...e, input: r.below(2) } : e));
    const inputs = [schema, schema];
    const subject: Subject<UnionSpec> = { def: union, spec: { all: true }, inputs, output: schema, stateless: true };
    const whole = runEvents(subject, both, { mode: "wasm", batch: 7 });
    expect(whole.rows.length).toBeGreaterThan(0);
    expect(runEvents(subject, both, { mode: "wasm", batch: 7, cuts: true }), `case ${i}`).toEqual(whole);
  }
});
