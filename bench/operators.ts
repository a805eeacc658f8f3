/**
 * Nanoseconds a row through one operator, batches prepared in memory: `node bench/operators.ts [case] [rounds]`. Rows are
 * nullable where the columns are, the watermark lags 2 s behind, results are put out unsorted. Prints a checksum.
 */
import {
  BATCH_ROWS,
  DESCRIPTOR_COLUMN_BYTES,
  DESCRIPTOR_COLUMNS,
  descriptorBytes,
  WATERMARK_END,
  WATERMARK_MIN,
} from "../src/base/batch.ts";
import {
  BIGINT,
  DOUBLE,
  type Field,
  INT,
  leavesOf,
  type Schema,
  type SqlType,
  storageBytes,
  timestamp,
  VARCHAR,
} from "../src/base/types.ts";
import { findAggregate } from "../src/expr/aggregates/index.ts";
import type { Expr } from "../src/expr/expr.ts";
import { groupAggregate } from "../src/operators/group-aggregate.ts";
import type { AggregateCall, Callable, NamedExpr, Operator, OperatorContext } from "../src/operators/operator.ts";
import { sessionAggregate } from "../src/operators/session-aggregate.ts";
import { windowAggregate } from "../src/operators/window-aggregate.ts";
import { windowTable } from "../src/operators/window-table.ts";
import { EngineMemory, Region } from "../src/wasm/memory.ts";
import { compileModule } from "../src/wasm/module.ts";

const ROWS = 4_000_000;
const ROWS_PER_MS = 100;
const LAG = 2_000_000n;
const START = 1_700_000_000_000_000n;

const field = (name: string, type: SqlType, nullable: boolean): Field => ({ name, type, nullable });
const schemaOf = (key: SqlType, nullable: boolean, value: SqlType): Schema => [
  field("ts", timestamp(3), false),
  field("k", key, nullable),
  field("v", value, nullable),
];

function columnOf(schema: Schema, leaf: number): Expr {
  const c = schema[leaf];
  if (c === undefined) throw new Error("no column");
  return { node: "column", type: c.type, nullable: c.nullable, leaf, name: c.name };
}

function call(schema: Schema, name: string, leaf?: number, distinct = false): AggregateCall {
  const args = leaf === undefined ? [] : [columnOf(schema, leaf)];
  const resolved = findAggregate(name)?.resolve(
    args.map((a) => ({ type: a.type, nullable: a.nullable, literal: undefined })),
  );
  if (resolved === undefined || "reason" in resolved) throw new Error(name);
  return { name, function: name, resolved, args, distinct, filter: undefined };
}

interface Case {
  readonly keys: number;
  readonly key: SqlType;
  readonly nullable: boolean;
  readonly value: SqlType;
  readonly five: boolean;
  /** Values are below it. */
  readonly values: number;
  /** COUNT and SUM are of the different values. */
  readonly distinct: boolean;
  readonly kind: "tumble" | "hop" | "cumulate" | "session" | "session-rows" | "group";
}

const base: Case = {
  keys: 10_000,
  key: INT,
  nullable: true,
  value: BIGINT,
  five: true,
  values: 1_000_000,
  distinct: false,
  kind: "tumble",
};
/** 100 rows of a key in a window, of which 40 have a value of their own; and of which all have. */
const repeated: Partial<Case> = { five: false, distinct: true, values: 50 };
const different: Partial<Case> = { five: false, distinct: true };
const cases: Readonly<Record<string, Case>> = {
  "tumble-10k": base,
  "tumble-10k-double": { ...base, value: DOUBLE },
  "tumble-10k-notnull": { ...base, nullable: false },
  "tumble-1m": { ...base, keys: 1_000_000 },
  "tumble-1m-double": { ...base, keys: 1_000_000, value: DOUBLE },
  "string-10k": { ...base, key: VARCHAR, five: false },
  "string-1m": { ...base, key: VARCHAR, five: false, keys: 1_000_000 },
  "hop-10k": { ...base, kind: "hop", five: false },
  "hop-10k-double": { ...base, kind: "hop", five: false, value: DOUBLE },
  "cumulate-10k": { ...base, kind: "cumulate", five: false },
  "session-10k": { ...base, kind: "session", five: false },
  "session-1m": { ...base, kind: "session", five: false, keys: 1_000_000 },
  "tumble-10k-distinct": { ...base, ...repeated },
  "hop-10k-distinct": { ...base, ...repeated, kind: "hop" },
  "hop-10k-distinct-all": { ...base, ...different, kind: "hop" },
  "cumulate-10k-distinct": { ...base, ...repeated, kind: "cumulate" },
  "session-10k-distinct": { ...base, ...repeated, kind: "session" },
  "session-10k-distinct-all": { ...base, ...different, kind: "session" },
  "session-rows-10k": { ...base, kind: "session-rows" },
  "group-10k": { ...base, kind: "group", five: false },
};

function random(seed: number): () => number {
  let x = seed;
  return () => {
    x = (Math.imul(x, 1664525) + 1013904223) | 0;
    return x >>> 8;
  };
}

/** Writes all rows as batches; their descriptors and the watermark after each. */
function prepare(memory: EngineMemory, c: Case, schema: Schema): { batches: number[]; after: bigint[] } {
  const owner = memory.createOwner("rows");
  const next = random(7);
  const leaves = leavesOf(schema);
  const batches: number[] = [];
  const after: bigint[] = [];
  let watermark = WATERMARK_MIN;
  let max = WATERMARK_MIN;
  const encoder = new TextEncoder();
  for (let first = 0; first < ROWS; first += BATCH_ROWS) {
    const rows = Math.min(BATCH_ROWS, ROWS - first);
    const bytes =
      descriptorBytes(leaves.length) +
      BATCH_ROWS * (4 + 8 + leaves.reduce((n, l) => n + storageBytes[l.storage] + 1, 0));
    let at = memory.allocate(bytes + 1024 + (c.key === VARCHAR ? 24 * BATCH_ROWS : 0), owner);
    const take = (n: number): number => {
      const address = at;
      at += Math.ceil(n / 16) * 16;
      return address;
    };
    const batch = take(descriptorBytes(leaves.length));
    const origin = take(4 * BATCH_ROWS);
    const marks = take(8 * BATCH_ROWS);
    const data = leaves.map((l) => take(storageBytes[l.storage] * BATCH_ROWS));
    const valid = leaves.map((l) => (l.nullable ? take(BATCH_ROWS) : memory.allValid));
    memory.u32[batch / 4] = rows;
    memory.u32[batch / 4 + 1] = origin;
    memory.u32[batch / 4 + 2] = marks;
    memory.u32[batch / 4 + 3] = 0;
    leaves.forEach((_, i) => {
      memory.u32[(batch + DESCRIPTOR_COLUMNS + DESCRIPTOR_COLUMN_BYTES * i) / 4] = data[i] ?? 0;
      memory.u32[(batch + DESCRIPTOR_COLUMNS + DESCRIPTOR_COLUMN_BYTES * i) / 4 + 1] = valid[i] ?? 0;
    });
    for (let i = 0; i < rows; i++) {
      const jitter = (next() & 7) === 0 ? next() % 2000 : 0;
      const ts = START + BigInt(Math.floor((first + i) / ROWS_PER_MS) - jitter) * 1000n;
      const key = next() % c.keys;
      memory.u32[origin / 4 + i] = i;
      memory.i64[marks / 8 + i] = watermark;
      memory.i64[(data[0] ?? 0) / 8 + i] = ts;
      if (c.key === VARCHAR) {
        const text = encoder.encode(`key-${key * 7919}`.padEnd(8 + (key % 13), "x"));
        const address = take(text.length);
        memory.u8.set(text, address);
        memory.u32[(data[1] ?? 0) / 4 + 2 * i] = address;
        memory.u32[(data[1] ?? 0) / 4 + 2 * i + 1] = text.length;
      } else memory.i32[(data[1] ?? 0) / 4 + i] = Math.imul(key, 0x9e3779b1) >> 4;
      if (c.value === DOUBLE) memory.f64[(data[2] ?? 0) / 8 + i] = (next() % c.values) / 100;
      else memory.i64[(data[2] ?? 0) / 8 + i] = BigInt(next() % c.values);
      if (c.nullable) {
        memory.u8[(valid[1] ?? 0) + i] = 1;
        memory.u8[(valid[2] ?? 0) + i] = 1;
      }
      if (ts > max) max = ts;
      if (max - LAG > watermark) watermark = max - LAG;
    }
    batches.push(batch);
    after.push(watermark);
  }
  return { batches, after };
}

function open(c: Case, schema: Schema, context: OperatorContext): Operator {
  const keys: NamedExpr[] = [{ name: "k", expr: columnOf(schema, 1) }];
  const names = c.five ? ["SUM", "MIN", "MAX", "AVG"] : ["SUM"];
  const count = c.distinct ? call(schema, "COUNT", 2, true) : call(schema, "COUNT");
  const aggregates = [count, ...names.map((n) => call(schema, n, 2, c.distinct))];
  const size = 10_000_000n;
  const spec = { time: 0, where: undefined, keys, aggregates };
  switch (c.kind) {
    case "tumble":
      return windowAggregate.open({ ...spec, window: { kind: "tumble", size, offset: 0n } }, context);
    case "hop":
      return windowAggregate.open({ ...spec, window: { kind: "hop", slide: 1_000_000n, size, offset: 0n } }, context);
    case "cumulate":
      return windowAggregate.open(
        { ...spec, window: { kind: "cumulate", step: 1_000_000n, size, offset: 0n } },
        context,
      );
    case "session":
      return sessionAggregate.open({ ...spec, gap: size, before: undefined, below: [], after: undefined }, context);
    case "session-rows": {
      const window = { kind: "session", gap: 200_000n } as const;
      return windowTable.open({ window, time: 0, partition: [1] }, context);
    }
    case "group":
      return groupAggregate.open(spec, context);
    default:
      return c.kind satisfies never;
  }
}

function outputOf(c: Case, schema: Schema): Schema {
  const names = c.five ? ["SUM", "MIN", "MAX", "AVG"] : ["SUM"];
  const [, key] = schema;
  if (key === undefined) throw new Error("no key");
  const results = names.map((n) => field(n, call(schema, n, 2).resolved.result, true));
  const bounds = ["window_start", "window_end", "window_time"].map((n) => field(n, timestamp(3), false));
  if (c.kind === "session-rows") return [...schema, ...bounds];
  return [key, field("COUNT", BIGINT, false), ...results, ...(c.kind === "group" ? [] : bounds)];
}

function measure(name: string, c: Case, rounds: number): void {
  const memory = new EngineMemory();
  const schema = schemaOf(c.key, c.nullable, c.value);
  const { batches, after } = prepare(memory, c, schema);
  const times: number[] = [];
  let checksum = 0n;
  let rowsOut = 0;
  for (let round = 0; round < rounds; round++) {
    checksum = 0n;
    rowsOut = 0;
    const owner = memory.createOwner("operator");
    const released: number[] = [];
    let first = 0;
    const output = outputOf(c, schema);
    const context: OperatorContext = {
      memory,
      owner,
      region: new Region(memory, owner),
      inputs: [schema],
      inputModes: ["append"],
      output,
      hashSeed: 0x243f6a8885a308d3n,
      ordered: false,
      retained: false,
      first: true,
      run: {
        rows: BATCH_ROWS,
        get first() {
          return BigInt(first);
        },
        causeOf: () => 0,
      },
      compile: (fns) => compileModule(memory, fns) as Readonly<Record<string, Callable>>, // functions of at most one i32
      state: () => undefined,
      emit: (batch, rows) => {
        rowsOut += rows;
        // COUNT is the second column, the value of a row the third.
        const column = c.kind === "session-rows" ? 2 : 1;
        const words = (memory.u32[(batch + DESCRIPTOR_COLUMNS + DESCRIPTOR_COLUMN_BYTES * column) / 4] ?? 0) / 8;
        for (let i = 0; i < rows; i++) checksum += memory.i64[words + i] ?? 0n;
      },
      count: () => undefined,
      fail: () => undefined,
      failGroup: () => undefined,
      mendGroup: () => undefined,
      late: () => undefined,
      releaseAfterRun: (address) => released.push(address),
    };
    const operator = open(c, schema, context);
    const before = process.cpuUsage();
    batches.forEach((batch, i) => {
      operator.onBatch(0, batch, memory.u32[batch / 4] ?? 0);
      operator.onWatermark(after[i] ?? WATERMARK_MIN);
      if (i % 32 === 31) operator.onEpoch?.();
      first += BATCH_ROWS;
      for (const address of released.splice(0)) memory.release(address);
    });
    operator.onWatermark(WATERMARK_END);
    operator.onEpoch?.();
    const used = process.cpuUsage(before);
    times.push(((used.user + used.system) * 1000) / ROWS);
    for (const address of released.splice(0)) memory.release(address);
    operator.close();
    memory.releaseOwner(owner);
  }
  times.sort((a, b) => a - b);
  const median = times[Math.floor(times.length / 2)] ?? 0;
  const shown = times.map((t) => t.toFixed(1)).join(" ");
  console.log(
    `${name.padEnd(20)} ${median.toFixed(1)} ns/row  ${(1000 / median).toFixed(1)} M/s  [${shown}]  ${rowsOut} rows out, ${checksum}`,
  );
}

const [, , only, rounds = "5"] = process.argv;
for (const [name, c] of Object.entries(cases)) {
  if (only === undefined || only === "all" || name.startsWith(only)) measure(name, c, Number(rounds));
}
