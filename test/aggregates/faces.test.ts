/** The two faces of every aggregate: emitted code = reference, over extremes and NULLs, whole and merged from parts. */
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
  isApproximate,
  SMALLINT,
  type SqlType,
  timestamp,
  typeText,
  VARCHAR,
} from "../../src/base/types.ts";
import type { Value } from "../../src/base/value.ts";
import type { ResolvedAggregate } from "../../src/expr/aggregate.ts";
import { aggregates } from "../../src/expr/aggregates/index.ts";
import type { AggregateCall } from "../../src/operators/operator.ts";
import type { Event, Execution } from "../operators/harness.ts";
import { scaled } from "../scale.ts";
import {
  argumentOf,
  DELETE,
  event,
  findCall,
  INSERT,
  type Input,
  MERGED,
  SEED,
  show,
  standing,
  WHOLE,
  windowed,
} from "./support.ts";

const ROUNDS = Number(process.env["AGGREGATE_ROUNDS"] ?? scaled(3));

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
      return [0, -0, 0.1, -0.2, 1e16, 1, -1e16, 1e-320, Number.NaN, Number.NEGATIVE_INFINITY, 1.7e308, -1.7e308];
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

function inputs(type: SqlType, next: (below: number) => number): Input[] {
  const values = extremes(type);
  return Array.from({ length: 60 }, () => ({
    key: next(4),
    pane: next(3),
    // The fourth group has NULLs only.
    value: next(6) === 0 ? null : (values[next(values.length)] ?? null),
  })).map((i) => (i.key === 3 ? { ...i, value: null } : i));
}

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
        const value = argumentOf(call, r.value);
        if (r.key !== key || (panes > 1 && r.pane !== pane) || (value === null && a.skipNulls)) return;
        a.reference.accumulate(state, [value], { sequence: BigInt(i) });
      });
      if (rows.some((r) => r.key === key && (panes === 1 || r.pane === pane))) a.reference.merge(total, state);
    }
    results.push(`${key} ${resultOf(a, total)}`);
  }
  return results.sort();
}

for (const { name } of aggregates) {
  test(`${name}: emitted = reference = merged (seed ${SEED})`, () => {
    let compared = 0;
    for (const type of types) {
      const call = findCall(name, type);
      if (call === undefined) continue;
      for (let round = 0; round < ROUNDS; round++) {
        const rows = inputs(type, generator(SEED + 31 * round + compared));
        const events = rows.map((r) => event(r, INSERT));
        const mode = round % 3 === 2 ? "interpret" : "wasm";
        const execution: Execution = { mode, batch: round % 2 === 0 ? 2048 : 7 };
        const label = `${typeText(type)}, round ${round}`;
        const whole = windowed(call, type, events, WHOLE, execution);
        expect(whole, label).toEqual(referenceResults(call, rows, 1));
        const merged = windowed(call, type, events, MERGED, execution);
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
      // Sums of DOUBLEs are exact to 106 bits; the last bits may differ where values of 1e16 have gone by.
      if (isApproximate(type) && (name === "SUM" || name === "AVG")) continue;
      for (const distinct of [false, true]) {
        const found = findCall(name, type);
        if (found === undefined) continue;
        const call = { ...found, distinct };
        const next = generator(SEED + Number(distinct));
        const rows = inputs(type, next);
        const stays = rows.map(() => next(2) === 0);
        const kept = rows.filter((_, i) => stays[i] === true);
        const gone = rows.filter((_, i) => stays[i] !== true);
        const all: Event[] = [
          ...rows.map((r) => event(r, INSERT)),
          { kind: "epoch" },
          ...gone.map((r) => event(r, DELETE)),
        ];
        const only = kept.map((r) => event(r, INSERT));
        const execution: Execution = { mode: "wasm", batch: 7 };
        const label = `${typeText(type)}${distinct ? ", DISTINCT" : ""}`;
        expect(standing(call, type, all, execution), label).toEqual(standing(call, type, only, execution));
      }
    }
  });
}
