// What is written into a snapshot comes out again, to the bit and in order; and any DuckDB reads it.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { expect, test } from "vitest";
import {
  BIGINT,
  BOOLEAN,
  DATE,
  DOUBLE,
  decimal,
  FLOAT,
  INT,
  INTERVAL_DAY,
  INTERVAL_MONTH,
  NULL_TYPE,
  SMALLINT,
  TINYINT,
  timestamp,
  timestampLtz,
  VARCHAR,
} from "../../src/base/types.ts";
import { snapshotFiles } from "../../src/connectors/snapshots/files.ts";
import { readSnapshot } from "../../src/state/snapshot/read.ts";
import { type StagedTable, type StagedType, stagedStorage } from "../../src/state/snapshot/staged.ts";
import { type WrittenSnapshot, writeSnapshot } from "../../src/state/snapshot/write.ts";
import { type Random, seeded } from "../wasm/support.ts";
import { type Cell, column, contents, f32, f64, folder, i8, i32, i64, i128, sql, staged, text } from "./staged.ts";

const MIN64 = -(2n ** 63n);
const MAX64 = 2n ** 63n - 1n;
const YEAR_1 = -62_135_596_800_000_000n;
const YEAR_9999 = 253_402_300_799_999_999n;

async function roundTrip(
  tables: readonly StagedTable[],
  path: string = join(folder(), "s.duckdb"),
): Promise<WrittenSnapshot> {
  const written = await writeSnapshot(path, tables, snapshotFiles);
  const read = await readSnapshot(path, snapshotFiles, written.sha256);
  expect(read.map(contents)).toEqual(tables.map(contents));
  return written;
}

const ten = (digits: number): bigint => 10n ** BigInt(digits) - 1n;
const extremes: readonly (readonly [string, StagedType, readonly Cell[]])[] = [
  ["boolean", sql(BOOLEAN), [i8(1), i8(0)]],
  ["tinyint", sql(TINYINT), [i32(-128), i32(127), i32(0)]],
  ["smallint", sql(SMALLINT), [i32(-32768), i32(32767), i32(-1)]],
  ["int", sql(INT), [i32(-(2 ** 31)), i32(2 ** 31 - 1), i32(0)]],
  ["bigint", sql(BIGINT), [i64(MIN64), i64(MAX64), i64(0n), i64(2n ** 53n + 1n)]],
  ["hugeint", { kind: "hugeint" }, [i128(-(2n ** 127n)), i128(2n ** 127n - 1n), i128(0n), i128(-1n), i128(2n ** 64n)]],
  [
    "float",
    sql(FLOAT),
    [f32(-0), f32(0), f32(NaN), f32(Infinity), f32(-Infinity), f32(1e-45), f32(3.4028234663852886e38)],
  ],
  [
    "double",
    sql(DOUBLE),
    [f64(-0), f64(0), f64(NaN), f64(Infinity), f64(-Infinity), f64(5e-324), f64(Number.MAX_VALUE)],
  ],
  ["decimal 1", sql(decimal(1, 0)), [i64(9n), i64(-9n)]],
  ["decimal 4", sql(decimal(4, 4)), [i64(9999n), i64(-9999n)]],
  ["decimal 5", sql(decimal(5, 2)), [i64(99999n), i64(-99999n)]],
  ["decimal 9", sql(decimal(9, 9)), [i64(ten(9)), i64(-ten(9))]],
  ["decimal 10", sql(decimal(10, 3)), [i64(ten(10)), i64(-ten(10))]],
  ["decimal 18", sql(decimal(18, 18)), [i64(ten(18)), i64(-ten(18))]],
  ["decimal 19", sql(decimal(19, 0)), [i128(ten(19)), i128(-ten(19))]],
  ["decimal 38", sql(decimal(38, 10)), [i128(ten(38)), i128(-ten(38)), i128(0n)]],
  ["char", sql({ kind: "CHAR", length: 3 }), [text("a  "), text("äöü")]],
  ["varchar", sql({ kind: "VARCHAR", length: 20 }), [text("exactly 12 b"), text("exactly 13 by")]],
  [
    "string",
    sql(VARCHAR),
    [text(""), text("a\0b"), text("\0"), text(`${"x".repeat(30)}\0tail`), text("\u{10ffff}"), text("'\"\\")],
  ],
  [
    "blob",
    { kind: "blob" },
    [new Uint8Array(), Uint8Array.of(0), Uint8Array.of(0xff, 0x80, 0), new Uint8Array(40).fill(0xc0)],
  ],
  ["date", sql(DATE), [i32(-719162), i32(2932896), i32(0)]],
  [
    "timestamp",
    sql(timestamp(3)),
    [i64(YEAR_1), i64(YEAR_9999), i64(-1n), i64(0n), i64(MIN64), i64(MAX64), i64(-MAX64)],
  ],
  ["timestamp_ltz", sql(timestampLtz(6)), [i64(YEAR_1), i64(YEAR_9999), i64(-1n)]],
  ["months", sql(INTERVAL_MONTH), [i32(-(2 ** 31)), i32(2 ** 31 - 1), i32(1)]],
  ["micros", sql(INTERVAL_DAY), [i64(MIN64), i64(MAX64), i64(86_400_000_000n)]],
  ["row", sql({ kind: "ROW", fields: [{ name: "f", type: decimal(3, 1), nullable: false }] }), [i8(1)]],
  ["null", sql(NULL_TYPE), [null]],
];

test.each(extremes)("the extremes of %s come back, with NULLs and without", async (name, type, cells) => {
  const rows = cells.map((cell) => [cell]);
  const tables = [
    staged("with_nulls", [column(name, type)], [...rows, [null], ...rows, [null]]),
    staged("all_null", [column(name, type)], [[null], [null], [null]]),
  ];
  if (!cells.includes(null)) tables.push(staged("without", [column(name, type, false)], rows));
  // Segments of one value, which DuckDB keeps once.
  cells.forEach((cell, i) => tables.push(staged(`same_${i}`, [column(name, type)], Array(3000).fill([cell]))));
  await roundTrip(tables);
});

test.each([
  ["alternating", (i: number) => (i % 2 === 0 ? -0 : 0)],
  ["one among many", (i: number) => (i === 1234 ? -0 : 0)],
  ["in runs beside others", (i: number) => ((i >> 9) % 3 === 0 ? 7.5 : (i >> 3) % 2 === 0 ? -0 : 0)],
])("DuckDB does not take the sign of zeros: %s", async (_, value) => {
  const columns = [column("d", sql(DOUBLE)), column("f", sql(FLOAT), false), column("d$negative_zero", sql(DOUBLE))];
  const rows = Array.from({ length: 5000 }, (_, i) => [i % 7 === 0 ? null : f64(value(i)), f32(value(i)), f64(1)]);
  await roundTrip([staged("zeros", columns, rows)]);
});

test("NaNs keep their bits where only NaNs are", async () => {
  const nan = (i: number): Cell => new Uint8Array(BigUint64Array.of(0x7ff8000000000000n + BigInt((i >> 5) % 3)).buffer);
  await roundTrip([
    staged(
      "nans",
      [column("d", sql(DOUBLE))],
      Array.from({ length: 4000 }, (_, i) => [nan(i)]),
    ),
  ]);
});

test("no tables, no rows, no columns", async () => {
  await roundTrip([]);
  const none = await roundTrip([
    staged("no_rows", [column("a", sql(INT))], []),
    staged("no_columns", [], Array(5000).fill([])),
    staged("nothing", [], []),
  ]);
  expect(none.rows).toEqual({ no_rows: 0, no_columns: 5000, nothing: 0 });
});

test("names that DuckDB holds for the same, or has no place for", async () => {
  const names = [
    "a",
    "A",
    "rowid",
    "ROWID",
    "",
    "$2",
    'q"uo"te',
    "a\0b",
    "a_b",
    "select",
    "é",
    "É",
    "\ud800",
    "x".repeat(5000),
  ];
  const columns = names.map((name) => column(name, sql(INT)));
  const rows = [1, 2].map((k) => names.map((_, i) => i32(k * 100 + i)));
  await roundTrip(["t", "T", "T$2", "select", "tables", "main"].map((name) => staged(name, columns, rows)));
});

test.each(["tidemark.duckdb", "main.duckdb", "temp.duckdb", "snapshot", 'it\'s "so".duckdb', "é ü"])(
  "a file may be named %s",
  async (name) => {
    await roundTrip([staged("t", [column("a", sql(INT))], [[i32(1)]])], join(folder(), name));
  },
);

test("a string of 10 MB, between short ones", async () => {
  const rows = ["before", "ü".repeat(5_000_000), "", "after it, and longer than a cell"].map((value) => [text(value)]);
  await roundTrip([staged("t", [column("s", sql(VARCHAR))], rows)]);
});

test("rows come in their order, over many segments and from chunks of any size", async () => {
  const rows = Array.from({ length: 300_000 }, (_, i) => [i64(BigInt((i * 7919) % 300_007))]);
  await roundTrip([staged("t", [column("k", sql(BIGINT), false)], rows, () => 1999)]);
});

test("what is said of the file is so, and nothing lies beside it or stays open", async () => {
  const where = folder();
  const path = join(where, "s.duckdb");
  const written = await roundTrip([staged("t", [column("a", sql(INT))], [[i32(1)], [i32(2)]])], path);
  const file = readFileSync(path);
  const sha256 = createHash("sha256").update(file).digest("hex");
  expect(written).toEqual({ sha256, bytes: file.length, rows: { t: 2 }, storageVersion: "v1.5.0+" });
  expect(readdirSync(where)).toEqual(["s.duckdb"]);
  if (process.platform !== "linux") return;
  const open = readdirSync("/proc/self/fd").map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return "";
    }
  });
  expect(open.filter((name) => name.startsWith(where))).toEqual([]);
});

test("a plain DuckDB reads typed tables", async () => {
  const path = join(folder(), "s.duckdb");
  const columns = [
    column("key", sql(VARCHAR), false),
    column("window_start", sql(timestamp(3))),
    column("n", sql(TINYINT)),
    column("total", { kind: "hugeint" }),
    column("price", sql(decimal(5, 2))),
    column("length", sql(INTERVAL_DAY)),
    column("there", sql({ kind: "ROW", fields: [] })),
  ];
  const rows = Array.from({ length: 5000 }, (_, i) => [
    text(`customer number ${i % 10}`),
    i64(1_000_000n * BigInt(i)),
    i % 5 === 0 ? null : i32(i % 100),
    i128(2n ** 64n * BigInt(i)),
    i64(BigInt(i)),
    i64(3_600_000_000n),
    i8(i % 2),
  ]);
  await writeSnapshot(path, [staged("windows", columns, rows)], snapshotFiles);
  const instance = await DuckDBInstance.create(path, { access_mode: "READ_ONLY" });
  const connection = await instance.connect();
  const ask = async (query: string): Promise<unknown> => (await connection.runAndReadAll(query)).getRowsJson();
  expect(await ask('SELECT column_name, column_type, "null" FROM (DESCRIBE windows)')).toEqual([
    ["key", "VARCHAR", "NO"],
    ["window_start", "TIMESTAMP", "YES"],
    ["n", "TINYINT", "YES"],
    ["total", "HUGEINT", "YES"],
    ["price", "DECIMAL(5,2)", "YES"],
    ["length", "INTERVAL", "YES"],
    ["there", "BOOLEAN", "YES"],
  ]);
  const n = (5000 * 4999) / 2;
  expect(
    await ask(
      "SELECT sum(n), count(n), sum(total), sum(price), max(window_start), count(DISTINCT key), any_value(length), count_if(there) FROM windows",
    ),
  ).toEqual([
    [
      "200000",
      "4000",
      String(2n ** 64n * BigInt(n)),
      "124975.00",
      "1970-01-01 01:23:19",
      "10",
      { months: 0, days: 0, micros: "3600000000" },
      "2500",
    ],
  ]);
  expect(await ask("SELECT format FROM tidemark.format")).toEqual([[1]]);
  expect(await ask("SELECT name, row_count FROM tidemark.tables")).toEqual([["windows", "5000"]]);
  connection.closeSync();
  instance.closeSync();
});

const widths: Readonly<Record<string, number>> = { i8: 1, i32: 4, i64: 8, i128: 16, f32: 4, f64: 8 };

/** Any bits that the type allows; strings short and long, few and many different ones. */
function randomCell(random: Random, type: StagedType): Cell {
  const storage = stagedStorage(type);
  if (storage === "bytes") {
    const length = random.pick([0, 1, 3, 11, 12, 13, 20, 100, 5000]);
    if (type.kind === "blob") return random.bytes(length);
    return text(random.pick(["a", "ü", "€", "😀", "\0"]).repeat(Math.ceil(length / 4)) + String(random.below(4)));
  }
  if (type.kind === "sql") {
    if (type.type.kind === "NULL") return null;
    if (storage === "i8") return i8(random.below(2));
    if (type.type.kind === "TINYINT") return i32(Number(random.signed(8)));
    if (type.type.kind === "SMALLINT") return i32(Number(random.signed(16)));
    if (type.type.kind === "DECIMAL") {
      const value = random.signed(126) % 10n ** BigInt(type.type.precision);
      return storage === "i64" ? i64(value) : i128(value);
    }
    if (type.type.kind === "DOUBLE" && random.below(2) === 0) return f64(random.pick([0, -0, 1.5, NaN]));
    if (type.type.kind === "FLOAT" && random.below(2) === 0) return f32(random.pick([0, -0, 1.5, NaN]));
  }
  const bits = (widths[storage] ?? 0) * 8;
  return i128(random.signed(bits))!.slice(0, bits / 8);
}

test("random tables come back", async () => {
  const random = seeded("snapshot");
  const types = extremes.map(([, type]) => type);
  for (let round = 0; round < 25; round++) {
    const tables = Array.from({ length: random.below(4) }, (_, t) => {
      const columns = Array.from({ length: 1 + random.below(8) }, (_, i) =>
        column(`c${i}`, random.pick(types), random.below(4) > 0),
      );
      const count = random.pick([0, 1, 63, 64, 65, 2047, 2048, 2049, 6000]);
      const few = columns.map(({ type }) =>
        Array.from({ length: 1 + random.below(4) }, () => randomCell(random, type)),
      );
      const nulls = random.below(3) * 4;
      const rows = Array.from({ length: count }, (_, row) =>
        columns.map(({ type, nullable }, i): Cell => {
          if (nullable && random.below(10) < nulls) return null;
          const cell = i % 2 === 0 ? few[i]![(row >> 4) % few[i]!.length]! : randomCell(random, type);
          return cell;
        }),
      );
      const safe = columns.map((c) =>
        c.type.kind === "sql" && c.type.type.kind === "NULL" ? { ...c, nullable: true } : c,
      );
      return staged(`t${t}`, safe, rows, () => 1 + random.below(2048));
    });
    await roundTrip(tables);
  }
});
