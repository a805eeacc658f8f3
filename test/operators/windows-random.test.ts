/** Windows of every kind over random rows, out of order and late, against a model that keeps all rows of every window. */
import { expect, test } from "vitest";
import { WATERMARK_END, WATERMARK_MIN } from "../../src/base/batch.ts";
import { BIGINT, INT, type Schema, timestamp, VARCHAR } from "../../src/base/types.ts";
import type { Value } from "../../src/base/value.ts";
import type { AggregateCall, WindowSpec } from "../../src/operators/operator.ts";
import { sessionAggregate } from "../../src/operators/session-aggregate.ts";
import { windowAggregate } from "../../src/operators/window-aggregate.ts";
import { scaled } from "../scale.ts";
import { type Event, type Execution, type Result, runEvents, type Subject } from "./harness.ts";
import { aggregate, field, keys, outputSchema } from "./specs.ts";

const CASES = Number(process.env["WINDOW_CASES"] ?? scaled(40));
const SEED = Number(process.env["WINDOW_SEED"] ?? 20261121);

const schema: Schema = [
  field("ts", timestamp(6), false),
  field("k", VARCHAR),
  field("n", INT),
  field("v", BIGINT),
  field("s", VARCHAR),
];

function generator(seed: number): (below: number) => number {
  let x = seed | 0;
  return (below) => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (x >>> 0) % below;
  };
}

interface Row {
  readonly time: bigint;
  readonly key: readonly Value[];
  readonly value: Value;
  readonly watermark: bigint;
  readonly position: number;
}

interface ModelWindow {
  start: bigint;
  end: bigint;
  readonly key: readonly Value[];
  rows: Row[];
}

const floor = (t: bigint, size: bigint): bigint => t - (((t % size) + size) % size);

function windowsOf(w: Exclude<WindowSpec, { kind: "session" }>, t: bigint): [bigint, bigint][] {
  switch (w.kind) {
    case "tumble":
      return [[floor(t - w.offset, w.size) + w.offset, floor(t - w.offset, w.size) + w.offset + w.size]];
    case "hop": {
      const all: [bigint, bigint][] = [];
      const last = floor(t - w.offset, w.slide) + w.offset;
      for (let s = last; s > t - w.size; s -= w.slide) all.push([s, s + w.size]);
      return all;
    }
    case "cumulate": {
      const start = floor(t - w.offset, w.size) + w.offset;
      const all: [bigint, bigint][] = [];
      for (let e = start + w.step; e <= start + w.size; e += w.step) if (e > t) all.push([start, e]);
      return all;
    }
    default:
      return w satisfies never;
  }
}

interface Model {
  readonly windows: ModelWindow[];
  late: number;
}

const sameKey = (a: readonly Value[], b: readonly Value[]): boolean => a.every((v, i) => v === b[i]);

function take(model: Model, w: WindowSpec, row: Row): void {
  if (w.kind === "session") return takeSession(model, w.gap, row);
  const open = windowsOf(w, row.time).filter(([, end]) => end - 1000n > row.watermark);
  if (open.length === 0) model.late += 1;
  for (const [start, end] of open) {
    const known = model.windows.find((m) => m.start === start && m.end === end && sameKey(m.key, row.key));
    if (known === undefined) model.windows.push({ start, end, key: row.key, rows: [row] });
    else known.rows.push(row);
  }
}

function takeSession(model: Model, gap: bigint, row: Row): void {
  const t = floor(row.time, 1000n);
  const touched = model.windows.filter(
    (m) => m.end - 1000n > row.watermark && sameKey(m.key, row.key) && m.start <= t + gap && m.end >= t,
  );
  if (touched.length === 0 && t + gap - 1000n <= row.watermark) {
    model.late += 1;
    return;
  }
  const merged: ModelWindow = { start: t, end: t + gap, key: row.key, rows: [] };
  for (const m of touched) {
    if (m.start < merged.start) merged.start = m.start;
    if (m.end > merged.end) merged.end = m.end;
    merged.rows.push(...m.rows);
    model.windows.splice(model.windows.indexOf(m), 1);
  }
  merged.rows.push(row);
  model.windows.push(merged);
}

const order = (a: Value, b: Value): number => {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  return a < b ? -1 : Number(a > b);
};

function expected(model: Model, variant: Variant): string[] {
  const sorted = [...model.windows].sort(
    (a, b) =>
      order(a.end, b.end) ||
      order(a.start, b.start) ||
      order(a.key[0] ?? null, b.key[0] ?? null) ||
      order(a.key[1] ?? null, b.key[1] ?? null),
  );
  return sorted.map((m) => {
    const values = m.rows.flatMap((r) => (typeof r.value === "bigint" ? [r.value] : []));
    const sum = values.length === 0 ? null : values.reduce((a, b) => a + b, 0n);
    const byArrival = [...m.rows].sort((a, b) => a.position - b.position).flatMap((r) => r.value ?? []);
    const different = [...new Set(byArrival)];
    const results: Readonly<Record<Variant, readonly Value[]>> = {
      totals: [],
      merged: [values.length === 0 ? null : values.reduce((a, b) => (a < b ? a : b))],
      // The last of the different values, each where it came first.
      ordered: [different.at(-1) ?? null, different.at(-1) ?? null],
    };
    const counted = [BigInt(m.rows.length), sum, BigInt(different.length), ...results[variant]];
    return [...m.key, ...counted, m.start, m.end].map(String).join(" ");
  });
}

const got = (r: Result): string[] => r.rows.map((row) => row.values.slice(0, -1).map(String).join(" "));

interface Generated {
  readonly events: Event[];
  readonly model: Model;
}

function generate(seed: number, w: WindowSpec): Generated {
  const next = generator(seed);
  const events: Event[] = [];
  const model: Model = { windows: [], late: 0 };
  const words = ["a", "b", "ab", "a-key-beyond-eight-bytes", "a-key-beyond-eight-byteS", "", null];
  const spread = 1 + next(40);
  const keyCount = 1 + next(words.length);
  let watermark = WATERMARK_MIN;
  let now = BigInt(next(200) - 100) * 1000n;
  const rows = 20 + next(150);
  for (let i = 0; i < rows; i++) {
    now += BigInt(next(1 + next(9))) * 1000n;
    const time = now - BigInt(next(spread)) * 1000n + BigInt(next(4) === 0 ? next(1000) : 0);
    const k = words[next(keyCount)] ?? null;
    const n = next(5) === 0 ? null : next(2);
    const value = next(6) === 0 ? null : BigInt(next(spread) - 5);
    const text = value === null ? null : `${value}`;
    events.push({ kind: "row", input: 0, change: 0, values: [time, k, n, value, text] });
    take(model, w, { time, key: [k, n], value, watermark, position: i });
    if (next(3) === 0) {
      const to = now - BigInt(next(spread)) * 1000n;
      if (to > watermark) watermark = to;
      events.push({ kind: "watermark", at: watermark });
    }
  }
  events.push({ kind: "watermark", at: WATERMARK_END });
  return { events, model };
}

function windowFor(kind: WindowSpec["kind"], next: (below: number) => number): WindowSpec {
  const ms = (n: number): bigint => BigInt(n) * 1000n;
  const offset = ms(next(7));
  switch (kind) {
    case "tumble":
      return { kind, size: ms(1 + next(20)), offset };
    case "hop": {
      const slide = 1 + next(8);
      return { kind, slide: ms(slide), size: ms(slide + next(20)), offset };
    }
    case "cumulate": {
      const step = 1 + next(6);
      return { kind, step: ms(step), size: ms(step * (1 + next(6))), offset };
    }
    case "session":
      return { kind, gap: ms(1 + next(12)) };
    default:
      return kind satisfies never;
  }
}

/** States that subtract go through running totals; with a MIN windows are merged; LAST_VALUE(DISTINCT ..) shows the order. */
const variants = ["totals", "merged", "ordered"] as const;
type Variant = (typeof variants)[number];

const distinct = (name: string, argument: string): AggregateCall =>
  aggregate(schema, name, [argument], { distinct: true });
const more: Readonly<Record<Variant, readonly AggregateCall[]>> = {
  totals: [],
  merged: [distinct("MIN", "v")],
  ordered: [distinct("LAST_VALUE", "v"), distinct("LAST_VALUE", "s")],
};

function subjectOf(w: WindowSpec, variant: Variant): Subject<never> {
  const ks = keys(schema, "k", "n");
  const counted = [aggregate(schema, "COUNT"), aggregate(schema, "SUM", ["v"]), distinct("COUNT", "s")];
  const aggregates = [...counted, ...more[variant]];
  const spec = { time: 0, keys: ks, aggregates };
  const output = outputSchema(ks, aggregates, true);
  const subject =
    w.kind === "session"
      ? {
          def: sessionAggregate,
          spec: { ...spec, gap: w.gap, before: undefined, below: [], after: undefined },
          inputs: [schema],
          output,
        }
      : { def: windowAggregate, spec: { ...spec, window: w, where: undefined }, inputs: [schema], output };
  // Each pairs a definition with a spec of its own type.
  return subject as unknown as Subject<never>;
}

for (const kind of ["tumble", "hop", "cumulate", "session"] as const) {
  test(`${kind} over random rows (seed ${SEED}, ${CASES} cases)`, () => {
    for (let i = 0; i < CASES; i++) {
      const seed = SEED + 7919 * i;
      const w = windowFor(kind, generator(seed + 1));
      const variant = variants[i % variants.length] ?? "totals";
      const { events, model } = generate(seed, w);
      const want = expected(model, variant);
      const execution: Execution = {
        mode: i % 5 === 4 ? "interpret" : "wasm",
        batch: [1, 2, 7, 64, 2048][i % 5] ?? 1,
        seed: BigInt(seed),
      };
      const result = runEvents(subjectOf(w, variant), events, execution);
      const label = `seed ${seed}, ${variant}, ${execution.mode}, batches of ${execution.batch}`;
      expect(got(result), label).toEqual(want);
      expect(result.counts["late"] ?? 0, label).toBe(model.late);
    }
  });
}
