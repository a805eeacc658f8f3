/** Tables and arenas that grow while rows come in: every group must still be there, with all its rows. */
import { expect, test } from "vitest";
import { WATERMARK_END } from "../../src/base/batch.ts";
import { BIGINT, type Schema, timestamp, VARCHAR } from "../../src/base/types.ts";
import { groupAggregate } from "../../src/operators/group-aggregate.ts";
import { sessionAggregate } from "../../src/operators/session-aggregate.ts";
import { windowAggregate } from "../../src/operators/window-aggregate.ts";
import { TABLE_ARENA_END, TABLE_ARENA_TOP, TABLE_OWN, tableCode, tableFns } from "../../src/state/table.ts";
import { TablePool } from "../../src/state/tables.ts";
import { EngineMemory, Region } from "../../src/wasm/memory.ts";
import { compileModule } from "../../src/wasm/module.ts";
import { type Event, runEvents, type Subject } from "./harness.ts";
import { aggregate, field, keys, outputSchema } from "./specs.ts";

const KEYS = 6000;
const ROUNDS = 3;
const schema: Schema = [field("ts", timestamp(3), false), field("k", VARCHAR), field("v", BIGINT), field("s", VARCHAR)];
const ks = keys(schema, "k");
const calls = [
  aggregate(schema, "COUNT"),
  aggregate(schema, "SUM", ["v"]),
  aggregate(schema, "MAX", ["s"]),
  aggregate(schema, "COUNT", ["s"], { distinct: true }),
];

const keyOf = (i: number): string => `key ${i} ${"x".repeat(i % 40)}`;

/** Each key once a round, its strings growing from round to round. */
function events(gapOf: (round: number) => bigint): Event[] {
  const all: Event[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    for (let i = 0; i < KEYS; i++) {
      const text = `${round}${"y".repeat(round * 30)}${i}`;
      all.push({ kind: "row", input: 0, change: 0, values: [gapOf(round), keyOf(i), BigInt(i), text] });
    }
  }
  return all;
}

const expected = (distinct: boolean): string[] =>
  Array.from({ length: KEYS }, (_, i) => {
    const text = `${ROUNDS - 1}${"y".repeat((ROUNDS - 1) * 30)}${i}`;
    return [keyOf(i), ROUNDS, i * ROUNDS, text, ...(distinct ? [ROUNDS] : [])].join("|");
  }).sort();

const columns = (values: readonly unknown[], n: number): string => values.slice(0, n).map(String).join("|");

test("a window aggregate, DISTINCT too", () => {
  const spec = {
    window: { kind: "tumble", size: 10_000n, offset: 0n },
    time: 0,
    where: undefined,
    keys: ks,
    aggregates: calls,
  };
  // The spec is one of a window aggregate.
  const subject = {
    def: windowAggregate,
    spec,
    inputs: [schema],
    output: outputSchema(ks, calls, true),
  } as unknown as Subject<never>;
  const all: Event[] = [...events(() => 1000n), { kind: "watermark", at: WATERMARK_END }];
  const result = runEvents(subject, all, { mode: "wasm", batch: 2048 });
  expect(result.rows.map((r) => columns(r.values, 5)).sort()).toEqual(expected(true));
});

test("HOP with running totals drops the groups that are gone", () => {
  // Of groups that are gone later ones have the number, under which second tables still know the value.
  const sums = [...calls.slice(0, 2), aggregate(schema, "COUNT", ["v"], { distinct: true })];
  const window = { kind: "hop", slide: 1_000n, size: 4_000n, offset: 0n };
  const spec = { window, time: 0, where: undefined, keys: ks, aggregates: sums };
  // The spec is one of a window aggregate.
  const subject = {
    def: windowAggregate,
    spec,
    inputs: [schema],
    output: outputSchema(ks, sums, true),
  } as unknown as Subject<never>;
  const all: Event[] = [];
  for (let second = 0; second < 20; second++) {
    for (let i = 0; i < 300; i++) {
      const values = [BigInt(second) * 1000n, `${second} ${i}`, 1n, null];
      all.push({ kind: "row", input: 0, change: 0, values });
    }
    all.push({ kind: "watermark", at: BigInt(second) * 1000n });
  }
  all.push({ kind: "watermark", at: WATERMARK_END });
  const result = runEvents(subject, all, { mode: "wasm", batch: 512 });
  expect(result.rows.length).toBe(20 * 300 * 4);
  expect(new Set(result.rows.map((r) => columns(r.values.slice(1), 3)))).toEqual(new Set(["1|1|1"]));
});

test("a session aggregate whose table grows and is compacted", () => {
  const some = calls.slice(0, 3);
  const spec = { gap: 10_000n, time: 0, before: undefined, below: [], after: undefined, keys: ks, aggregates: some };
  // The spec is one of a session aggregate.
  const subject = {
    def: sessionAggregate,
    spec,
    inputs: [schema],
    output: outputSchema(ks, some, true),
  } as unknown as Subject<never>;
  const all = events((round) => BigInt(round) * 5_000n);
  const later = Array.from({ length: 2 * KEYS }, (_, i): Event[] => {
    const time = 1_000_000n + BigInt(i) * 100_000n;
    return [
      { kind: "row", input: 0, change: 0, values: [time, `later ${i}`, 1n, "z"] },
      { kind: "watermark", at: time },
    ];
  }).flat();
  const result = runEvents(subject, [...all, ...later, { kind: "watermark", at: WATERMARK_END }], {
    mode: "wasm",
    batch: 2048,
  });
  const first = result.rows.filter((r) => !String(r.values[0]).startsWith("later"));
  expect(first.map((r) => columns(r.values, 4)).sort()).toEqual(expected(false));
  expect(result.rows.length).toBe(3 * KEYS);
});

test("several open sessions of long keys, whose strings move when the table grows", () => {
  const kept = [aggregate(schema, "COUNT"), aggregate(schema, "MAX", ["s"])];
  const spec = { gap: 10_000n, time: 0, before: undefined, below: [], after: undefined, keys: ks, aggregates: kept };
  // The spec is one of a session aggregate.
  const subject = {
    def: sessionAggregate,
    spec,
    inputs: [schema],
    output: outputSchema(ks, kept, true),
  } as unknown as Subject<never>;
  const [keyCount, sessions] = [3000, 6];
  const name = (key: number): string => `key ${key} `.padEnd(200, "x");
  const all: Event[] = [];
  for (let key = 0; key < keyCount; key++) {
    for (let n = 0; n < sessions; n++) {
      all.push({ kind: "row", input: 0, change: 0, values: [BigInt(n * 100_000), name(key), 1n, `text ${key} ${n}`] });
    }
  }
  all.push({ kind: "watermark", at: WATERMARK_END });
  const result = runEvents(subject, all, { mode: "wasm", batch: 2048 });
  const want = Array.from({ length: keyCount * sessions }, (_, i) => {
    const [key, n] = [Math.floor(i / sessions), i % sessions];
    return `${name(key)}|1|text ${key} ${n}`;
  });
  expect(result.rows.map((r) => columns(r.values, 3)).sort()).toEqual(want.sort());
});

test("a session aggregate whose values grow, move from session to session and are dropped", () => {
  const distinct = [
    aggregate(schema, "COUNT", ["s"], { distinct: true }),
    aggregate(schema, "LAST_VALUE", ["s"], { distinct: true }),
    aggregate(schema, "SUM", ["v"], { distinct: true }),
  ];
  const spec = {
    gap: 10_000n,
    time: 0,
    before: undefined,
    below: [],
    after: undefined,
    keys: ks,
    aggregates: distinct,
  };
  // The spec is one of a session aggregate.
  const subject = {
    def: sessionAggregate,
    spec,
    inputs: [schema],
    output: outputSchema(ks, distinct, true),
  } as unknown as Subject<never>;
  const all: Event[] = [];
  const row = (time: number, key: string, n: number): void => {
    all.push({ kind: "row", input: 0, change: 0, values: [BigInt(time), key, BigInt(n), `value ${n}`] });
  };
  const rounds = 40;
  for (let round = 0; round < rounds; round++) {
    const start = round * 1_000_000;
    // Two sessions of each key, a few values of one in the other, that a last row joins.
    for (let key = 0; key < 3; key++) {
      for (let n = 0; n < 1000; n++) row(start + (n % 2) * 20_000, `${key}`, n - (n % 10 === 0 ? n % 100 : 0));
      row(start + 10_000, `${key}`, -round);
    }
    all.push({ kind: "watermark", at: BigInt(start + 500_000) });
  }
  const values = Array.from({ length: 1000 }, (_, n) => n - (n % 10 === 0 ? n % 100 : 0));
  const result = runEvents(subject, all, { mode: "wasm", batch: 512 });
  const want = Array.from({ length: rounds }, (_, round) => {
    const different = [...new Set([...values, -round])];
    const sum = different.reduce((a, b) => a + b, 0);
    return [0, 1, 2].map((key) => [key, different.length, `value ${different.at(-1)}`, sum].join("|"));
  }).flat();
  expect(result.rows.map((r) => columns(r.values, 4))).toEqual(want);
});

test("a group aggregate, touched groups included", () => {
  const spec = { where: undefined, keys: ks, aggregates: calls };
  // The spec is one of a group aggregate.
  const subject = {
    def: groupAggregate,
    spec,
    inputs: [schema],
    output: outputSchema(ks, calls, false),
  } as unknown as Subject<never>;
  const all: Event[] = [...events(() => 0n), { kind: "epoch" }];
  const result = runEvents(subject, all, { mode: "wasm", batch: 2048 });
  expect(result.rows.map((r) => columns(r.values, 5)).sort()).toEqual(expected(true));
});

test("a table that is compacted without a string left gives its arena up", () => {
  const memory = new EngineMemory({ pages: 64, checked: true });
  const owner = memory.createOwner("test");
  const code = tableCode(
    "dying",
    ks.map((k) => field(k.name, k.expr.type)),
    [{ name: "count", type: "i64" }],
    "count",
  );
  // Emitted functions of tables have at most one result.
  const functions = compileModule(memory, tableFns(code)) as ConstructorParameters<typeof TablePool>[3];
  const control = new Region(memory, owner).alloc(TABLE_OWN);
  const table = new TablePool(code, memory, owner, functions, (address) => memory.release(address)).open(control, true);
  table.addArena(100);
  table.compact(1);
  const [top, end] = [TABLE_ARENA_TOP, TABLE_ARENA_END].map((word) => memory.u32[(control + word) / 4]);
  expect([top, end]).toEqual([0, 0]);
  table.addArena(100);
  expect(table.arenaBytes()).toBe(0);
});
