/** The two faces of every aggregate: emitted code = reference, over extremes and NULLs, whole and merged from parts. */
import { expect, test } from "vitest";
import { WATERMARK_END } from "../../src/base/batch.ts";
import { RowError } from "../../src/base/row-error.ts";
import {
  BIGINT,
  BOOLEAN,
  DATE,
  DOUBLE,
  decimal,
  FLOAT,
  INT,
  isApproximate,
  type Schema,
  SMALLINT,
  type SqlType,
  timestamp,
  typeText,
  VARCHAR,
} from "../../src/base/types.ts";
import type { Value } from "../../src/base/value.ts";
import type { ResolvedAggregate } from "../../src/expr/aggregate.ts";
import { aggregates, findAggregate } from "../../src/expr/aggregates/index.ts";
import { evaluate } from "../../src/expr/evaluate.ts";
import { groupAggregate } from "../../src/operators/group-aggregate.ts";
import type { AggregateCall, WindowSpec } from "../../src/operators/operator.ts";
import { windowAggregate } from "../../src/operators/window-aggregate.ts";
import { type Event, type Execution, runEvents, type Subject } from "../operators/harness.ts";
import { column, field, keys, outputSchema } from "../operators/specs.ts";
import { scaled } from "../scale.ts";

const ROUNDS = Number(process.env["AGGREGATE_ROUNDS"] ?? scaled(3));
const SEED = Number(process.env["AGGREGATE_SEED"] ?? 987654321);

const types: readonly SqlType[] = [
  BOOLEAN,
  SMALLINT,
  INT,
  BIGINT,
  FLOAT,
  DOUBLE,
  decimal(18, 2),
  decimal(38, 0),
  decimal(30, 9),
  VARCHAR,
  DATE,
  timestamp(6),
];

function extremes(type: SqlType): readonly Value[] {
  switch (type.kind) {
    case "BOOLEAN":
      return [true, false];
    case "SMALLINT":
      return [0, 1, -1, 32767, -32768];
    case "INT":
    case "DATE":
      return [0, 1, -1, 7, 2 ** 31 - 1, -(2 ** 31)];
    case "FLOAT":
      return [0, -0, 1.5, -2.25, Number.NaN, Number.POSITIVE_INFINITY, Math.fround(3.4e38), Math.fround(1e-40)];
    case "DOUBLE":
      return [0, -0, 0.1, -0.2, 1e16, 1, -1e16, 1e-320, Number.NaN, Number.NEGATIVE_INFINITY];
    case "DECIMAL":
      return [
        0n,
        1n,
        -1n,
        15n,
        10n ** BigInt(type.precision) - 1n,
        -(10n ** BigInt(type.precision)) + 1n,
        10n ** BigInt(type.precision - 1),
      ];
    case "VARCHAR":
      return ["", "a", "b", "eightbyt", "eightbyte", "a much longer string than the others", "é", "\u{1f600}"];
    default:
      return [0n, 1n, -1n, 3n, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n), 10n ** 15n];
  }
}

function generator(seed: number): (below: number) => number {
  let x = seed | 0;
  return (below) => {
    x = (Math.imul(x, 1664525) + 1013904223) | 0;
    return ((x >>> 8) & 0xffffff) % below;
  };
}

const schemaOf = (type: SqlType): Schema => [
  field("ts", timestamp(3), false),
  field("k", INT, false),
  field("v", type),
];

function callOf(schema: Schema, name: string, type: SqlType): AggregateCall | undefined {
  const resolved = findAggregate(name)?.resolve([{ type, nullable: true, literal: undefined }]);
  if (resolved === undefined || "reason" in resolved) return undefined;
  const arg = column(schema, "v");
  const to = resolved.params[0];
  if (to === undefined || to.kind === type.kind) {
    return { name: "a", function: name, resolved, args: [arg], distinct: false, filter: undefined };
  }
  const span = { start: 0, end: 0 };
  const cast = { node: "cast", type: to, nullable: true, arg, isTry: false, span } as const;
  return { name: "a", function: name, resolved, args: [cast], distinct: false, filter: undefined };
}

interface Input {
  readonly key: number;
  readonly pane: number;
  readonly value: Value;
}

function inputs(type: SqlType, next: (below: number) => number): Input[] {
  const values = extremes(type);
  return Array.from({ length: 60 }, () => ({
    key: next(4),
    pane: next(3),
    // The fourth group has NULLs only.
    value: next(6) === 0 ? null : (values[next(values.length)] ?? null),
  })).map((i) => (i.key === 3 ? { ...i, value: null } : i));
}

const show = (v: Value | string): string => (Object.is(v, -0) ? "0" : String(v));

function resultOf(a: ResolvedAggregate, state: Parameters<ResolvedAggregate["reference"]["result"]>[0]): string {
  try {
    return show(a.reference.result(state));
  } catch (error) {
    if (!(error instanceof RowError)) throw error;
    return `failed ${error.code}`;
  }
}

/** By group: one state per pane, merged in the order of the panes. */
function referenceResults(call: AggregateCall, rows: readonly Input[], panes: number): string[] {
  const a = call.resolved;
  const results: string[] = [];
  for (const key of [0, 1, 2, 3]) {
    if (!rows.some((r) => r.key === key)) continue;
    const total = a.reference.init();
    for (let pane = 0; pane < panes; pane++) {
      const state = a.reference.init();
      rows.forEach((r, i) => {
        const [arg] = call.args;
        const value = arg === undefined ? null : evaluate(arg, { leaf: () => r.value, watermark: null });
        if (r.key !== key || (panes > 1 && r.pane !== pane) || (value === null && a.skipNulls)) return;
        a.reference.accumulate(state, [value], { sequence: BigInt(i) });
      });
      if (rows.some((r) => r.key === key && (panes === 1 || r.pane === pane))) a.reference.merge(total, state);
    }
    results.push(`${key} ${resultOf(a, total)}`);
  }
  return results.sort();
}

function emittedResults(
  call: AggregateCall,
  schema: Schema,
  rows: readonly Input[],
  window: WindowSpec,
  execution: Execution,
): string[] {
  const ks = keys(schema, "k");
  const spec = { window, time: 0, where: undefined, keys: ks, aggregates: [call] };
  const output = outputSchema(ks, [call], true);
  // The spec is one of a window aggregate.
  const subject = { def: windowAggregate, spec, inputs: [schema], output } as unknown as Subject<never>;
  const events = rows.map(
    (r): Event => ({ kind: "row", input: 0, change: 0, values: [BigInt(r.pane) * 10_000n, r.key, r.value] }),
  );
  const result = runEvents(subject, [...events, { kind: "watermark", at: WATERMARK_END }], execution);
  const end = 30_000n;
  const good = result.rows
    .filter((r) => r.values.at(-2) === end)
    .map((r) => `${String(r.values[0])} ${show(r.values[1] ?? null)}`);
  const bad = result.failedGroups
    .filter((g) => g.group.at(-1) === end)
    .map((g) => `${String(g.group[0])} failed ${g.code}`);
  return [...good, ...bad].sort();
}

for (const { name } of aggregates) {
  test(`${name}: emitted = reference = merged (seed ${SEED})`, () => {
    let compared = 0;
    for (const type of types) {
      const schema = schemaOf(type);
      const call = callOf(schema, name, type);
      if (call === undefined) continue;
      for (let round = 0; round < ROUNDS; round++) {
        const rows = inputs(type, generator(SEED + 31 * round + compared));
        const mode = round % 3 === 2 ? "interpret" : "wasm";
        const execution: Execution = { mode, batch: round % 2 === 0 ? 2048 : 7 };
        const label = `${typeText(type)}, round ${round}`;
        const whole = emittedResults(call, schema, rows, { kind: "tumble", size: 30_000n, offset: 0n }, execution);
        expect(whole, label).toEqual(referenceResults(call, rows, 1));
        const merged = emittedResults(
          call,
          schema,
          rows,
          { kind: "cumulate", step: 10_000n, size: 30_000n, offset: 0n },
          execution,
        );
        expect(merged, `${label}, merged`).toEqual(referenceResults(call, rows, 3));
        compared += 1;
      }
    }
    expect(compared).toBeGreaterThan(0);
  });
}

for (const name of ["COUNT", "SUM", "AVG", "MIN", "MAX", "VAR_POP", "STDDEV_SAMP"]) {
  test(`${name}: what is taken back leaves nothing, whole and DISTINCT (R3, seed ${SEED})`, () => {
    for (const type of types) {
      for (const distinct of [false, true]) {
        const schema = schemaOf(type);
        const found = callOf(schema, name, type);
        if (found === undefined) continue;
        const call = { ...found, distinct };
        const next = generator(SEED + Number(distinct));
        const rows = inputs(type, next);
        const stays = rows.map(() => next(2) === 0);
        const ks = keys(schema, "k");
        const spec = { where: undefined, keys: ks, aggregates: [call] };
        const output = outputSchema(ks, [call], false);
        // The spec is one of a group aggregate.
        const subject = {
          def: groupAggregate,
          spec,
          inputs: [schema],
          inputModes: ["retract"],
          output,
        } as unknown as Subject<never>;
        const row = (r: Input, change: number): Event => ({
          kind: "row",
          input: 0,
          change,
          values: [0n, r.key, r.value],
        });
        const kept = rows.filter((_, i) => stays[i] === true);
        const gone = rows.filter((_, i) => stays[i] !== true);
        const all: Event[] = [
          ...rows.map((r) => row(r, 0)),
          { kind: "epoch" },
          ...gone.map((r) => row(r, 3)),
          { kind: "epoch" },
        ];
        const only: Event[] = [...kept.map((r) => row(r, 0)), { kind: "epoch" }];
        const execution: Execution = { mode: "wasm", batch: 7 };
        const standing = (events: Event[]): string[] => {
          const held = new Map<string, string>();
          for (const r of runEvents(subject, events, execution).rows) {
            const key = String(r.values[0]);
            if (r.change === 0 || r.change === 2) held.set(key, show(r.values[1] ?? null));
            else held.delete(key);
          }
          return [...held].map(([k, v]) => `${k} ${v}`).sort();
        };
        const label = `${typeText(type)}${distinct ? ", DISTINCT" : ""}`;
        // Sums of DOUBLEs are exact to 106 bits; the last bits may differ where values of 1e16 have gone by.
        if (isApproximate(type) && (name === "SUM" || name === "AVG")) continue;
        expect(standing(all), label).toEqual(standing(only));
      }
    }
  });
}
