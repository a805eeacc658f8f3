// What a program hands over: everything that is wrong is refused, with its place and what was expected instead.
import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { open } from "../../src/engine.ts";
import { openSmall } from "./support.ts";

/** As a program without types would write it. */
const untyped = (given: unknown): never => given as never;

describe("rows", () => {
  const refused: readonly (readonly [string, unknown, string])[] = [
    ["no array", 5, 'rows for "c": expected an array, not the number 5'],
    ["a number as row", [{ i: 1 }, 5], 'rows for "c": row 2: expected an object, not the number 5'],
    ["null as row", [null], 'rows for "c": row 1: expected an object, not null'],
    ["an array as row", [[1]], 'rows for "c": row 1: expected an object, not an array'],
    ["a fraction", [{ i: 1.5 }], 'row 1, column "i": 1.5 is not whole, and INT is'],
    [
      "an unsafe integer",
      [{ b: 2 ** 60 }],
      'row 1, column "b": 1152921504606846976 is more than a number holds exactly',
    ],
    ["NaN", [{ i: Number.NaN }], 'row 1, column "i": expected INT, not the number NaN'],
    ["an object", [{ i: {} }], 'row 1, column "i": expected INT, not an object'],
    ["a Date", [{}, { ts: new Date(0) }], 'row 2, column "ts": expected TIMESTAMP(3), not a Date'],
    ["epoch milliseconds", [{ ts: 1e12 }], 'row 1, column "ts": expected TIMESTAMP(3), not the number 1000000000000'],
    [
      "an invalid Date",
      [{ z: new Date(Number.NaN) }],
      'row 1, column "z": expected TIMESTAMP_LTZ(3), not an invalid Date',
    ],
  ];
  test.each(refused)("%s is refused, with row, field and what was expected", async (_, rows, message) => {
    await using db = await openSmall();
    await db.execute("CREATE TABLE c (i INT, b BIGINT, ts TIMESTAMP(3), z TIMESTAMP_LTZ(3))");
    await expect(db.insert("c", untyped(rows))).rejects.toMatchObject({
      name: "SqlError",
      sqlstate: "22P02",
      message,
    });
  });

  test("a time of another form is refused with the forms that are taken, and those are taken", async () => {
    await using db = await openSmall();
    await db.execute("CREATE TABLE c (ts TIMESTAMP(3), z TIMESTAMP_LTZ(3))");
    const hint = expect.stringMatching(/ISO text.*toISOString/) as unknown;
    await expect(db.insert("c", [{ ts: new Date(0) }])).rejects.toMatchObject({ hint });
    await expect(db.insert("c", [{ z: 0 }])).rejects.toMatchObject({
      hint: expect.stringContaining("a Date") as unknown,
    });
    await db.insert("c", [{ ts: new Date(0).toISOString(), z: new Date(0) }]);
    expect(await db.query("SELECT ts, z FROM c")).toEqual([
      { ts: "1970-01-01T00:00:00.000", z: "1970-01-01T00:00:00.000Z" },
    ]);
  });

  test("a column that is not there: the error says which was probably meant", async () => {
    await using db = await openSmall();
    await db.execute("CREATE TABLE clicks (price INT)");
    await expect(db.insert("clicks", [{ prise: 1 }])).rejects.toMatchObject({ didYouMean: "price" });
    await expect(db.insert("click", [{ price: 1 }])).rejects.toMatchObject({ sqlstate: "42P01", didYouMean: "clicks" });
  });

  test("columns that are none are refused with the array that is taken", async () => {
    await using db = await openSmall();
    await db.execute("CREATE TABLE c (i INT)");
    const message = (columns: unknown) => db.insertColumns("c", untyped(columns)).catch((e: unknown) => String(e));
    expect(await message(5)).toContain("expected an object with an array for each column");
    expect(await message({ i: 5 })).toContain('column "i" must be an array, not a number');
    expect(await message({ i: { values: 5, nulls: Uint8Array.of(0) } })).toContain("takes an Int32Array, not a number");
    expect(await message({ i: Float64Array.of(1) })).toContain(
      'column "i" is INT and takes an Int32Array, not Float64Array',
    );
    expect(await message({ i: { values: Int32Array.of(1), nulls: [0] } })).toContain("nulls must be a Uint8Array");
  });

  test("after endInput no rows are taken, by no door", async () => {
    await using db = await openSmall();
    await db.execute("CREATE TABLE c (i INT); SELECT i FROM c");
    db.endInput();
    const ended = { code: "INPUT_ENDED", sqlstate: "55000" };
    await expect(db.insert("c", [{ i: 1 }])).rejects.toMatchObject(ended);
    await expect(db.insertColumns("c", { i: Int32Array.of(1) })).rejects.toMatchObject(ended);
    await expect(db.execute("INSERT INTO c VALUES (1)")).rejects.toMatchObject({ ...ended, span: { start: 0 } });
  });
});

describe("open", () => {
  const refused: readonly (readonly [string, unknown, object])[] = [
    [
      "a negative limit",
      { memoryLimitBytes: -5 },
      { sqlstate: "22023", details: { name: "memoryLimitBytes", value: "-5" } },
    ],
    ["text for a number", { runRowsMax: "10" }, { sqlstate: "22023" }],
    ["an unknown mode", { changelog: "last" }, { sqlstate: "22023" }],
    ["a misspelt name", { memoryLimitByte: 1e6 }, { sqlstate: "42704", didYouMean: "memoryLimitBytes" }],
  ];
  test.each(refused)("%s is refused", async (_, options, error) => {
    await expect(open(untyped(options))).rejects.toMatchObject(error);
  });

  test("an engine shows itself in one line", async () => {
    await using db = await openSmall();
    await db.execute("CREATE TABLE c (i INT); SELECT i FROM c");
    expect(inspect(db)).toBe("Engine { open, tables: [c], queries: [query_1] }");
  });
});
