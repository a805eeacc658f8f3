/** ORDER BY, LIMIT and OFFSET over random rows of every type, against a sort of plain values. */
import { expect, test } from "vitest";
import {
  BIGINT,
  BOOLEAN,
  DATE,
  DOUBLE,
  decimal,
  FLOAT,
  leavesOf,
  type Schema,
  type SqlType,
  timestamp,
  VARCHAR,
} from "../../src/base/types.ts";
import type { Value } from "../../src/base/value.ts";
import type { ChangelogMode, SortSpec } from "../../src/operators/operator.ts";
import { sort } from "../../src/operators/sort.ts";
import { type Random, seeded } from "../wasm/support.ts";
import { type Event, type Execution, runEvents, type Subject } from "./harness.ts";
import { field } from "./specs.ts";

const CASES = 60;
const row: SqlType = { kind: "ROW", fields: [field("x", BIGINT), field("y", VARCHAR)] };
const schema: Schema = [
  field("b", BOOLEAN),
  field("i", BIGINT),
  field("f", FLOAT),
  field("x", DOUBLE),
  field("d", decimal(12, 2)),
  field("w", decimal(38, 4)),
  field("s", VARCHAR),
  field("day", DATE),
  field("at", timestamp(3)),
  field("r", row),
];
const strings = ["", "a", "b", "ab", "ü", "eight bytes and more", "eight bytes and other", "\u{1f600}"];

function valueOf(type: SqlType, r: Random): Value {
  if (r.below(6) === 0) return null;
  switch (type.kind) {
    case "BOOLEAN":
      return r.below(2) === 1;
    case "FLOAT":
    case "DOUBLE":
      return r.pick([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 0, 1.5, -2.25, 1000]);
    case "DECIMAL":
      return r.pick([0n, 5n, -5n, 10n ** BigInt(type.precision) - 1n, -(10n ** BigInt(type.precision)) + 1n]);
    case "VARCHAR":
      return r.pick(strings);
    case "DATE":
      return r.below(5) - 2;
    case "ROW":
      return type.fields.map((f) => valueOf(f.type, r));
    default:
      return BigInt(r.below(7) - 3) * 1000n;
  }
}

/** NULL last, FALSE first, strings by their bytes, NaN greatest; a ROW field by field. */
function compare(a: Value, b: Value): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  if (typeof a === "string" && typeof b === "string") return Buffer.compare(Buffer.from(a), Buffer.from(b));
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  if (!Array.isArray(a) || !Array.isArray(b)) return a < b ? -1 : Number(a > b);
  return compareRows(a as Row, b as Row); // Array.isArray forgets readonly
}

function compareRows(a: Row, b: Row): number {
  for (let i = 0; i < a.length; i++) {
    const order = compare(a[i] ?? null, b[i] ?? null);
    if (order !== 0) return order;
  }
  return 0;
}

type Row = readonly Value[];

function expected(spec: SortSpec, rows: readonly Row[], byAll: boolean): readonly Row[] {
  const names = leavesOf(schema).map((l) => l.path[0]);
  const keys = spec.keys.map((k) => ({ ...k, at: schema.findIndex((f) => f.name === names[k.column]) }));
  const sorted = [...rows].sort((a, b) => {
    for (const { at, descending, nullsFirst } of keys) {
      const [x, y] = [a[at] ?? null, b[at] ?? null];
      const isNull = x === null || y === null;
      const order = compare(x, y);
      if (order !== 0) return (isNull ? nullsFirst : descending) ? -order : order;
    }
    return byAll ? compareRows(a, b) : 0;
  });
  return sorted.slice(spec.offset, spec.limit === undefined ? undefined : spec.offset + spec.limit);
}

const text = (rows: readonly Row[], keepsZeros: boolean): string[] =>
  rows.map((r) =>
    JSON.stringify(r, (_, v: unknown) => {
      if (typeof v === "bigint") return `${v}n`;
      if (typeof v !== "number") return v;
      return Object.is(v, -0) && keepsZeros ? "-0" : String(v);
    }),
  );

function specOf(r: Random): SortSpec {
  // A ROW has no order of its own; it stands last.
  const columns = schema.slice(0, -1).map((_, i) => i);
  const keys = Array.from({ length: r.below(4) }, () => ({
    column: r.pick(columns),
    descending: r.below(2) === 1,
    nullsFirst: r.below(2) === 1,
  }));
  const limit = r.below(3) === 0 ? undefined : r.below(40);
  return { keys, offset: r.below(3) === 0 ? r.below(10) : 0, limit };
}

const executions: readonly Execution[] = [
  { mode: "wasm", batch: 2048 },
  { mode: "wasm", batch: 7, seed: 99n },
  { mode: "interpret", batch: 5 },
];

function results(spec: SortSpec, mode: ChangelogMode, events: readonly Event[], execution: Execution): readonly Row[] {
  const subject: Subject<SortSpec> = { def: sort, spec, inputs: [schema], inputModes: [mode], output: schema };
  return runEvents(subject, events, execution).rows.map((x) => x.values);
}

const event = (values: Row, change: number): Event => ({ kind: "row", input: 0, change, values });
const end: readonly Event[] = [{ kind: "watermark", at: 2n ** 63n - 1n }, { kind: "epoch" }];

test("rows that only arrive: equal ones in the order of their positions, each as it came", () => {
  const r = seeded("sort");
  for (let n = 0; n < CASES; n++) {
    const spec = specOf(r);
    const rows = Array.from({ length: r.below(80) }, () => schema.map((f) => valueOf(f.type, r)));
    const execution = r.pick(executions);
    const got = results(spec, "append", [...rows.map((x) => event(x, 0)), ...end], execution);
    expect(
      text(got, true),
      `${JSON.stringify(spec)} ${JSON.stringify(execution, (_, v: unknown) => String(v))}`,
    ).toEqual(text(expected(spec, rows, false), true));
  }
});

test("updating input: what is left, as often as it is there, ties by all columns (R9)", () => {
  const r = seeded("sort of changes");
  for (let n = 0; n < CASES; n++) {
    const spec = specOf(r);
    const some = Array.from({ length: 8 }, () => schema.map((f) => valueOf(f.type, r)));
    const rows = Array.from({ length: r.below(60) }, () => r.pick(some));
    const stays = rows.map(() => r.below(2) === 0);
    const gone = rows.filter((_, i) => stays[i] !== true);
    const events = [...rows.map((x) => event(x, 0)), ...gone.map((x) => event(x, 3)), ...end];
    const got = results(spec, "retract", events, r.pick(executions));
    const left = rows.filter((_, i) => stays[i] === true);
    expect(text(got, false), JSON.stringify(spec)).toEqual(text(expected(spec, left, true), false));
  }
});

test("LIMIT over more rows than are kept", () => {
  const spec: SortSpec = { keys: [{ column: 1, descending: true, nullsFirst: false }], offset: 3, limit: 50 };
  const r = seeded("sort with a limit");
  const rows = Array.from({ length: 15_000 }, (_, i): Row => {
    const values = schema.map((): Value => null);
    values[1] = r.below(10) === 0 ? null : BigInt(r.below(5000));
    values[6] = `a string of row ${i}`;
    return values;
  });
  const got = results(spec, "append", [...rows.map((x) => event(x, 0)), ...end], { mode: "wasm", batch: 2048 });
  expect(text(got, true)).toEqual(text(expected(spec, rows, false), true));
});
