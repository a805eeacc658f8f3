/**
 * SUM and AVG of DOUBLEs near the end of their range (V1, V4): whether a group is out of range is judged by the exact sum
 * when it is put out, whatever the order of rows and what went by, in both faces, whole, merged and over updating input.
 */
import { expect, test } from "vitest";
import { DOUBLE } from "../../src/base/types.ts";
import type { ResolvedAggregate } from "../../src/expr/aggregate.ts";
import type { Execution } from "../operators/harness.ts";
import { scaled } from "../scale.ts";
import { Random } from "../wasm/support.ts";
import { callOf, DELETE, event, INSERT, type Input, MERGED, SEED, show, standing, WHOLE, windowed } from "./support.ts";

const ROUNDS = scaled(24);
/** Values are multiples of it, below 2^20 of them: no sum of a few is rounded. */
const STEP = 2 ** 1004;
const LIMIT = 2 ** 20;

interface Passing extends Input {
  readonly value: number;
  readonly stays: boolean;
}

const inputs = (r: Random): Passing[] =>
  Array.from({ length: 1 + r.below(40) }, () => {
    const whole = r.below(4) === 0 ? LIMIT - 1 : r.below(LIMIT);
    return {
      key: r.below(4),
      pane: r.below(3),
      value: (r.below(2) === 0 ? whole : -whole) * STEP,
      stays: r.below(2) === 0,
    };
  });

/** `key result`; `failures`: also of the groups that are out of range. */
function exact(name: string, rows: readonly Input[], failures: boolean): string[] {
  return [0, 1, 2, 3].flatMap((key) => {
    const wholes = rows.filter((r) => r.key === key).map((r) => Number(r.value) / STEP);
    if (wholes.length === 0) return [];
    const sum = wholes.reduce((a, b) => a + b, 0);
    if (name === "AVG") return [`${key} ${show((sum / wholes.length) * STEP)}`];
    if (Math.abs(sum) < LIMIT) return [`${key} ${show(sum * STEP)}`];
    return failures ? [`${key} failed OUT_OF_RANGE`] : [];
  });
}

test.each(["SUM", "AVG"])(`%s: by the exact sum (seed ${SEED})`, (name) => {
  const r = new Random(SEED);
  const call = callOf(name, DOUBLE);
  let failed = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const rows = inputs(r);
    const execution: Execution = { mode: round % 4 === 3 ? "interpret" : "wasm", batch: round % 2 === 0 ? 2048 : 7 };
    const added = rows.map((x) => event(x, INSERT));
    const expected = exact(name, rows, true);
    failed += expected.filter((x) => x.includes("failed")).length;
    expect(windowed(call, DOUBLE, added, WHOLE, execution), `round ${round}`).toEqual(expected);
    expect(windowed(call, DOUBLE, added, MERGED, execution), `round ${round}, merged`).toEqual(expected);
    const gone = rows.filter((x) => !x.stays).map((x) => event(x, DELETE));
    const rest = rows.filter((x) => x.stays);
    const changes = [...added, { kind: "epoch" } as const, ...gone];
    expect(standing(call, DOUBLE, changes, execution), `round ${round}, taken back`).toEqual(exact(name, rest, false));
    const taken = windowed(call, DOUBLE, [...added, ...gone], MERGED, execution, "retract");
    expect(taken, `round ${round}, taken back and merged`).toEqual(exact(name, rest, true));
  }
  // An average of finite values is never out of range.
  expect(failed > 0).toBe(name === "SUM");
});

test.each(["SUM", "AVG"])("%s: the reference face (seed ${SEED})", (name) => {
  const r = new Random(SEED);
  const { resolved } = callOf(name, DOUBLE);
  const exactly = resolved.retractable;
  if (exactly === undefined) throw new TypeError("a sum of DOUBLEs has another variant for updating input");
  const resultOf = (a: ResolvedAggregate, rows: readonly Passing[], gone: readonly Passing[]): string => {
    const panes = [0, 1, 2].map((pane) => {
      const s = a.reference.init();
      for (const x of rows) if (x.pane === pane) a.reference.accumulate(s, [x.value], { sequence: 0n });
      for (const x of gone) if (x.pane === pane) a.reference.retract(s, [x.value]);
      return s;
    });
    const total = a.reference.init();
    for (const s of panes) a.reference.merge(total, s);
    try {
      return show(a.reference.result(total));
    } catch (error) {
      return `failed ${String((error as { code?: unknown }).code)}`;
    }
  };
  for (let round = 0; round < ROUNDS; round++) {
    const rows = inputs(r).map((x) => ({ ...x, key: 0 }));
    const rest = rows.filter((x) => x.stays);
    const gone = rows.filter((x) => !x.stays);
    expect([`0 ${resultOf(resolved, rows, [])}`], `round ${round}`).toEqual(exact(name, rows, true));
    if (rest.length === 0) continue;
    expect([`0 ${resultOf(exactly, rows, gone)}`], `round ${round}, taken back`).toEqual(exact(name, rest, true));
  }
});
