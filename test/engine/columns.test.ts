/** insertColumns: typed arrays, NULLs, strings in both forms, and what is refused. */
import { describe, expect, test } from "vitest";
import type { ColumnInput } from "../../src/runtime/sources/given/columns-input.ts";
import { openSmall } from "./support.ts";

const ddl = `CREATE TABLE t (b BIGINT, i INT, s SMALLINT, y TINYINT, d DECIMAL(10, 2), x DOUBLE, f FLOAT, ok BOOLEAN, ts TIMESTAMP(3), day DATE, name STRING, must INT NOT NULL);
  CREATE MATERIALIZED VIEW m AS SELECT * FROM t;`;

const utf8 = new TextEncoder();

/** Strings as one block of bytes with offsets, `from` bytes of which belong to nobody. */
function block(strings: readonly string[], from = 0): { bytes: Uint8Array; offsets: Uint32Array } {
  const encoded = strings.map((s) => utf8.encode(s));
  const offsets = new Uint32Array(strings.length + 1);
  offsets[0] = from;
  encoded.forEach((e, i) => (offsets[i + 1] = (offsets[i] ?? 0) + e.length));
  const bytes = new Uint8Array(offsets.at(-1) ?? 0);
  encoded.forEach((e, i) => bytes.set(e, offsets[i]));
  return { bytes, offsets };
}

const columns = {
  b: BigInt64Array.of(1n, -(2n ** 63n), 3n),
  i: Int32Array.of(1, -(2 ** 31), 3),
  s: Int32Array.of(1, -32768, 3),
  y: Int32Array.of(1, -128, 3),
  d: BigInt64Array.of(100n, -1n, 12345n),
  x: Float64Array.of(0.5, Number.NaN, -0),
  f: Float32Array.of(0.5, Infinity, 1.5),
  ok: Uint8Array.of(1, 0, 1),
  ts: BigInt64Array.of(0n, 1_767_225_600_000_000n, -1000n),
  day: Int32Array.of(0, 20_454, -1),
  name: block(["", "日本", "a longer string than a cell"], 3),
  must: Int32Array.of(7, 8, 9),
} satisfies Record<string, ColumnInput>;

describe("insertColumns", () => {
  test("every type arrives", async () => {
    await using db = await openSmall();
    await db.execute(ddl);
    await db.insertColumns("t", columns);
    const rows = await db.query("SELECT * FROM m");
    expect(rows.map((r) => Object.values(r))).toEqual([
      [1n, 1, 1, 1, "1.00", 0.5, 0.5, true, "1970-01-01T00:00:00.000", "1970-01-01", "", 7],
      [
        -(2n ** 63n),
        -(2 ** 31),
        -32768,
        -128,
        "-0.01",
        Number.NaN,
        Infinity,
        false,
        "2026-01-01T00:00:00.000",
        "2026-01-01",
        "日本",
        8,
      ],
      [3n, 3, 3, 3, "123.45", -0, 1.5, true, "1969-12-31T23:59:59.999", "1969-12-31", "a longer string than a cell", 9],
    ]);
  });

  test("NULLs: a byte per row, null among strings, a column that is not given", async () => {
    await using db = await openSmall();
    await db.execute(
      "CREATE TABLE t (v INT, w INT, s STRING, u STRING); CREATE MATERIALIZED VIEW m AS SELECT * FROM t;",
    );
    await db.insertColumns("t", {
      v: { values: Int32Array.of(1, 2, 3), nulls: Uint8Array.of(0, 1, 0) },
      s: ["a", null, ""],
      u: { values: block(["x", "", "z"]), nulls: Uint8Array.of(1, 0, 0) },
    });
    expect((await db.query("SELECT * FROM m")).map((r) => Object.values(r))).toEqual([
      [1, null, "a", null],
      [null, null, null, ""],
      [3, null, "", "z"],
    ]);
  });

  test("more rows than a batch, over many calls, in order", async () => {
    await using db = await openSmall();
    await db.execute(`CREATE TABLE t (v BIGINT, s STRING);
      CREATE MATERIALIZED VIEW m AS SELECT COUNT(*) AS n, SUM(v) AS s, MIN(s) AS low, MAX(s) AS high, FIRST_VALUE(v) AS f, LAST_VALUE(v) AS l FROM t;`);
    const rows = 5000;
    for (let call = 0; call < 3; call++) {
      const v = BigInt64Array.from({ length: rows }, (_, i) => BigInt(call * rows + i));
      const strings = Array.from(v, (n) => `key ${String(n).padStart(8, "0")}`);
      await db.insertColumns("t", { v, s: call === 1 ? strings : block(strings) });
    }
    const n = BigInt(3 * rows);
    expect(await db.query("SELECT * FROM m")).toEqual([
      {
        n,
        s: (n * (n - 1n)) / 2n,
        low: "key 00000000",
        high: `key ${String(n - 1n).padStart(8, "0")}`,
        f: 0n,
        l: n - 1n,
      },
    ]);
  });

  const refused: readonly (readonly [string, Record<string, ColumnInput>, string])[] = [
    ["an unknown column", { ...columns, z: Int32Array.of(1, 2, 3) }, '"z"'],
    ["the wrong kind of array", { ...columns, b: Int32Array.of(1, 2, 3) }, '"b"'],
    ["numbers for strings", { ...columns, name: Int32Array.of(1, 2, 3) }, '"name"'],
    ["lengths that differ", { ...columns, i: Int32Array.of(1, 2) }, '"i" has 2 rows'],
    ["nulls of another length", { ...columns, i: { values: columns.i, nulls: Uint8Array.of(0) } }, '"i"'],
    [
      "NULL in a NOT NULL column",
      { ...columns, must: { values: columns.must, nulls: Uint8Array.of(0, 1, 0) } },
      '"must" is NOT NULL',
    ],
    ["a NOT NULL column that is not given", { b: columns.b }, '"must" is NOT NULL'],
    ["a SMALLINT out of its range", { ...columns, s: Int32Array.of(1, 40_000, 3) }, '"s"'],
    ["a TINYINT out of its range", { ...columns, y: Int32Array.of(1, -129, 3) }, '"y"'],
    ["a DECIMAL with too many digits", { ...columns, d: BigInt64Array.of(1n, 10n ** 10n, 3n) }, '"d"'],
    [
      "offsets that go back",
      { ...columns, name: { bytes: columns.name.bytes, offsets: Uint32Array.of(3, 9, 4, 12) } },
      '"name"',
    ],
    [
      "offsets beyond the bytes",
      { ...columns, name: { bytes: columns.name.bytes, offsets: Uint32Array.of(0, 3, 6, 999) } },
      '"name"',
    ],
    [
      "bytes that are not UTF-8",
      { ...columns, name: { bytes: Uint8Array.of(0x61, 0xff, 0x62), offsets: Uint32Array.of(0, 1, 2, 3) } },
      '"name"',
    ],
  ];

  test.each(refused)("%s is refused, and nothing is inserted", async (_, given, message) => {
    await using db = await openSmall();
    await db.execute(ddl);
    const error: unknown = await db.insertColumns("t", given).catch((e: unknown) => e);
    expect(error).toMatchObject({ code: "BAD_COLUMNS", sqlstate: "22P02" });
    expect(String(error)).toContain(message);
    await db.insertColumns("t", columns);
    expect(await db.query("SELECT COUNT(*) AS n FROM t")).toEqual([{ n: 3n }]);
    expect(db.stats().rowsIn).toBe(3);
  });

  test.each<[string, Record<string, ColumnInput>, string]>([
    [
      "a timestamp behind 9999",
      { ts: BigInt64Array.of(0n, 253_402_300_800_000_000n) },
      "row 2: 253402300800000000 is outside",
    ],
    ["a timestamp before 0001", { ts: BigInt64Array.of(-(2n ** 63n)) }, "is outside the years"],
    ["a day behind 9999", { day: Int32Array.of(2 ** 31 - 1) }, "is outside the years"],
    ["a text that is too long", { v: ["abc", "日本語x"] }, "row 2: 4 characters are more than VARCHAR(3) holds"],
    ["a block with a text that is too long", { v: block(["abcd"], 0) }, "row 1: 4 characters"],
    // A program without types may hand in anything.
    ["what is no text", { v: JSON.parse('["a", 5]') as string[] }, "row 2: a number is not a string"],
  ])("%s is refused (T9, 22P02)", async (_, given, reason) => {
    await using db = await openSmall();
    await db.execute("CREATE TABLE t (ts TIMESTAMP(3), day DATE, v VARCHAR(3));");
    const error: unknown = await db.insertColumns("t", given).catch((e: unknown) => e);
    expect(String(error)).toContain(reason);
    expect(await db.query("SELECT * FROM t")).toEqual([]);
  });

  test("the last instant of 9999 and what stands under a NULL are taken", async () => {
    await using db = await openSmall();
    await db.execute("CREATE TABLE t (ts TIMESTAMP(3));");
    const values = BigInt64Array.of(253_402_300_799_999_000n, 2n ** 63n - 1n);
    await db.insertColumns("t", { ts: { values, nulls: Uint8Array.of(0, 1) } });
    expect(await db.query("SELECT * FROM t")).toEqual([{ ts: "9999-12-31T23:59:59.999" }, { ts: null }]);
  });

  test("times are cut to the precision of their column, towards the past (T9)", async () => {
    await using db = await openSmall();
    await db.execute(`CREATE TABLE t (s TIMESTAMP(0), ms TIMESTAMP(3), z TIMESTAMP_LTZ(3), us TIMESTAMP(6));
      CREATE MATERIALIZED VIEW days AS SELECT ms, COUNT(*) AS n FROM t GROUP BY ms;`);
    const micros = BigInt64Array.of(1_999_999n, 1_999_000n, -1n, -1_000_001n, -62_135_596_800_000_000n);
    await db.insertColumns("t", { s: micros, ms: micros, z: micros, us: micros });
    const rows = await db.query("SELECT s, ms, z, us FROM t");
    expect(rows.map((r) => Object.values(r))).toEqual([
      ["1970-01-01T00:00:01.000", "1970-01-01T00:00:01.999", "1970-01-01T00:00:01.999Z", "1970-01-01T00:00:01.999999"],
      ["1970-01-01T00:00:01.000", "1970-01-01T00:00:01.999", "1970-01-01T00:00:01.999Z", "1970-01-01T00:00:01.999000"],
      ["1969-12-31T23:59:59.000", "1969-12-31T23:59:59.999", "1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999999"],
      ["1969-12-31T23:59:58.000", "1969-12-31T23:59:58.999", "1969-12-31T23:59:58.999Z", "1969-12-31T23:59:58.999999"],
      ["0001-01-01T00:00:00.000", "0001-01-01T00:00:00.000", "0001-01-01T00:00:00.000Z", "0001-01-01T00:00:00.000000"],
    ]);
    expect(await db.query("SELECT n FROM days")).toEqual([{ n: 2n }, { n: 1n }, { n: 1n }, { n: 1n }]);
  });

  test("a caller may use its arrays again when the rows are in", async () => {
    await using db = await openSmall();
    await db.execute(
      "CREATE TABLE t (v INT, n INT, s STRING, b STRING); CREATE MATERIALIZED VIEW m AS SELECT * FROM t;",
    );
    const given = {
      v: Int32Array.of(1, 2),
      n: { values: Int32Array.of(1, 2), nulls: Uint8Array.of(0, 1) },
      s: ["a", "b"],
      b: block(["x", "yy"], 3),
    };
    await db.insertColumns("t", given);
    const before = await db.query("SELECT * FROM t");
    given.v.fill(9);
    given.n.values.fill(9);
    given.n.nulls.fill(0);
    given.s.fill("?");
    given.b.bytes.fill(0x3f);
    given.b.offsets.fill(0);
    expect(await db.query("SELECT * FROM t")).toEqual(before);
    expect(await db.query("SELECT * FROM m")).toEqual(before);
    expect(before).toEqual([
      { v: 1, n: 1, s: "a", b: "x" },
      { v: 2, n: null, s: "b", b: "yy" },
    ]);
  });

  test("a table with a connector takes no columns", async () => {
    await using db = await openSmall();
    await db.execute("CREATE TABLE g (v INT) WITH ('connector' = 'blackhole');");
    await expect(db.insertColumns("g", { v: Int32Array.of(1) })).rejects.toMatchObject({ sqlstate: "42809" });
  });
});
