/** Rules V6 and V8 for JSON: each case through the emitted extractor (records repeated, so that it learns them) and the exact decoder. */
import { describe, expect, test } from "vitest";
import {
  BIGINT,
  BOOLEAN,
  DATE,
  DOUBLE,
  decimal,
  FLOAT,
  INT,
  SMALLINT,
  type SqlType,
  TINYINT,
  timestamp,
  timestampLtz,
  VARCHAR,
} from "../../src/base/types.ts";
import type { Value } from "../../src/base/value.ts";
import { column, readText } from "./read.ts";

const BAD = Symbol("bad");
type Case = readonly [type: SqlType, json: string, expected: Value | typeof BAD];
const micros = (iso: string, extra = 0n): bigint => BigInt(Date.parse(iso)) * 1000n + extra;

const cases: readonly Case[] = [
  [BIGINT, "7", 7n],
  [BIGINT, "-7", -7n],
  [BIGINT, "0", 0n],
  [BIGINT, "-0", 0n],
  [BIGINT, "12345678", 12345678n],
  [BIGINT, "123456789", 123456789n],
  [BIGINT, "9007199254740993", 9007199254740993n],
  [BIGINT, "9223372036854775807", 2n ** 63n - 1n],
  [BIGINT, "-9223372036854775808", -(2n ** 63n)],
  [BIGINT, "9223372036854775808", BAD],
  [BIGINT, "12.0", 12n],
  [BIGINT, "1.2e1", 12n],
  [BIGINT, "1200e-2", 12n],
  [BIGINT, '" 7 "', 7n],
  [BIGINT, '"7"', 7n],
  [BIGINT, "1.5", BAD],
  [BIGINT, "1e99", BAD],
  [BIGINT, "1e-99", BAD],
  [BIGINT, "0e99", 0n],
  [BIGINT, "007", BAD],
  [BIGINT, "-", BAD],
  [BIGINT, "true", BAD],
  [BIGINT, '""', BAD],
  [BIGINT, "{}", BAD],
  [BIGINT, "[1]", BAD],
  [BIGINT, "null", null],
  [INT, "2147483647", 2147483647],
  [INT, "2147483648", BAD],
  [INT, "-2147483648", -2147483648],
  [SMALLINT, "32768", BAD],
  [SMALLINT, "-32768", -32768],
  [TINYINT, "127", 127],
  [TINYINT, "-129", BAD],
  [decimal(10, 2), "1.005", 101n],
  [decimal(10, 2), "-1.005", -101n],
  [decimal(10, 2), "1.004", 100n],
  [decimal(10, 2), "12", 1200n],
  [decimal(10, 2), "12.3", 1230n],
  [decimal(10, 2), "99999999.99", 9999999999n],
  [decimal(10, 2), "99999999.995", BAD],
  [decimal(10, 2), "1e2", 10000n],
  [decimal(10, 2), '"3.10"', 310n],
  [decimal(38, 10), "1234567890123456789012345678.0123456789", 12345678901234567890123456780123456789n],
  [decimal(38, 10), "-1.5", -15000000000n],
  [decimal(38, 0), "99999999999999999999999999999999999999", 10n ** 38n - 1n],
  [DOUBLE, "1.5", 1.5],
  [DOUBLE, "0.1", 0.1],
  [DOUBLE, "-0", -0],
  [DOUBLE, "123456789012345678", 123456789012345680],
  [DOUBLE, "0.30000000000000004", 0.30000000000000004],
  [DOUBLE, "2.2250738585072014e-308", 2.2250738585072014e-308],
  [DOUBLE, "17976931348623157e292", 1.7976931348623157e308],
  [DOUBLE, "1e400", BAD],
  [DOUBLE, '"NaN"', Number.NaN],
  [DOUBLE, '"Infinity"', Number.POSITIVE_INFINITY],
  [DOUBLE, '"-Infinity"', Number.NEGATIVE_INFINITY],
  [DOUBLE, '"nan"', BAD],
  [FLOAT, "1.5", 1.5],
  [FLOAT, "0.1", Math.fround(0.1)],
  // Its nearest double lies between two floats: rounding that again would go down.
  [FLOAT, "1.00000005960464477540", 1 + 2 ** -23],
  [FLOAT, "1.00000005960464477539", 1],
  [FLOAT, "1e39", BAD],
  [BOOLEAN, "true", true],
  [BOOLEAN, "false", false],
  [BOOLEAN, '"TRUE"', true],
  [BOOLEAN, '"false"', false],
  [BOOLEAN, "1", BAD],
  [BOOLEAN, "truex", BAD],
  [VARCHAR, '"x"', "x"],
  [VARCHAR, '""', ""],
  [VARCHAR, '"a longer string than sixteen bytes are"', "a longer string than sixteen bytes are"],
  [VARCHAR, '"é ☃ 😀"', "é ☃ 😀"],
  [VARCHAR, '"\\u00e9\\ud83d\\ude00\\n\\"\\\\\\/"', 'é😀\n"\\/'],
  [VARCHAR, '"\\ud800"', "\ufffd"],
  [VARCHAR, '"\\udc00x"', "\ufffdx"],
  [VARCHAR, '"a\\u0000b"', "a\u0000b"],
  [VARCHAR, '"\\q"', BAD],
  [VARCHAR, '"tab\there"', BAD],
  [VARCHAR, "12.50", "12.50"],
  [VARCHAR, "1e5", "1e5"],
  [VARCHAR, "true", "true"],
  [VARCHAR, '{"a": [1, "]"]}', '{"a": [1, "]"]}'],
  [VARCHAR, "[1,2,]", BAD],
  [VARCHAR, "01", BAD],
  [VARCHAR, "nul", BAD],
  [{ kind: "VARCHAR", length: 3 }, '"äöü"', "äöü"],
  [{ kind: "VARCHAR", length: 3 }, '"abcd"', BAD],
  [{ kind: "CHAR", length: 3 }, '"ä"', "ä  "],
  [DATE, '"2020-02-29"', 18321],
  [DATE, '"2021-02-29"', BAD],
  [DATE, '"1969-12-31"', -1],
  [DATE, "18321", BAD],
  [timestamp(3), '"2020-01-02T03:04:05"', micros("2020-01-02T03:04:05Z")],
  [timestamp(3), '"2020-01-02 03:04:05.123"', micros("2020-01-02T03:04:05.123Z")],
  [timestamp(3), '"2020-01-02T03:04:05.123999999"', micros("2020-01-02T03:04:05.123Z")],
  [timestamp(6), '"2020-01-02T03:04:05.1234567"', micros("2020-01-02T03:04:05.123Z", 456n)],
  [timestamp(6), '"2020-01-02T03:04:05.12345678"', micros("2020-01-02T03:04:05.123Z", 456n)],
  [timestamp(6), '"2020-01-02T03:04:05.1234567891"', BAD],
  [timestamp(0), '"1969-12-31T23:59:59.5Z"', -1_000_000n],
  [timestamp(3), '"2020-01-02T03:04:05Z"', micros("2020-01-02T03:04:05Z")],
  [timestamp(3), '"2020-01-02T03:04:05+02"', micros("2020-01-02T01:04:05Z")],
  [timestamp(3), '"2020-01-02T03:04:05.25-0330"', micros("2020-01-02T06:34:05.250Z")],
  [timestamp(3), '"2020-01-02T03:04:05+02:00"', micros("2020-01-02T01:04:05Z")],
  [timestampLtz(3), '"2020-01-02T03:04:05.5"', micros("2020-01-02T03:04:05.500Z")],
  [timestamp(3), '"2020-02-30T03:04:05"', BAD],
  [timestamp(3), '"2020-01-02T24:00:00"', BAD],
  [timestamp(3), '"2020-01-02T03:60:00"', BAD],
  [timestamp(3), '"2020-01-02T03:04:60"', BAD],
  [timestamp(3), '"2020-01-02"', BAD],
  [timestamp(3), '"2020-01-02T03:04"', BAD],
  [timestamp(3), '"2020-01-02T03:04:05."', BAD],
  [timestamp(3), '"0000-01-02T03:04:05"', BAD],
  [timestamp(3), '"0001-01-01T00:00:00"', -62_135_596_800_000_000n],
  [timestamp(3), "1577934245123", micros("2020-01-02T03:04:05.123Z")],
  [timestamp(0), "-1", -1_000_000n],
  [timestamp(3), '"1577934245123"', micros("2020-01-02T03:04:05.123Z")],
  [timestamp(3), "1577934245123.5", BAD],
  [timestamp(3), "99999999999999999", BAD],
];

const nameOf = ([type, json]: Case): string =>
  `${type.kind}${"precision" in type ? `(${type.precision})` : ""} from ${json}`;

for (const exactOnly of [true, false]) {
  describe(`V6, V8: values, ${exactOnly ? "decoded exactly" : "through the extractor"}`, () => {
    test.each(cases.map((c) => [nameOf(c), ...c] as const))("%s", async (_, type, json, expected) => {
      // Of three fields the middle one is under test; the records before make the extractor learn the layout.
      const record = `{"a":1,"v":${json},"z":"end"}\n`;
      const schema = [column("a", INT), column("v", type), column("z", VARCHAR)];
      const { rows, broken } = await readText(record.repeat(5), "json", { schema }, exactOnly);
      expect(broken).toEqual([]);
      expect(rows).toHaveLength(5);
      for (const row of rows) {
        expect(Object.keys(row.bad)).toEqual(expected === BAD ? ["v"] : []);
        expect(row.values).toEqual([1, expected === BAD ? null : expected, "end"]);
      }
    });
  });
}

const both = async (text: string | Uint8Array, schema: Parameters<typeof readText>[2]["schema"], pieces?: number) => {
  const exact = await readText(text, "json", { schema }, true, pieces);
  const fast = await readText(text, "json", { schema }, false, pieces);
  expect(fast).toEqual(exact);
  return exact;
};

describe("V8: records", () => {
  const schema = [column("a", BIGINT), column("b", VARCHAR)];
  const values = async (text: string): Promise<unknown> => (await both(text, schema)).rows.map((r) => r.values);

  test("keys match exactly after unescaping, else with case ignored; the last of equal ones counts", async () => {
    expect(await values('{"a":1,"a":2}\n{"A":3,"a":4}\n{"a":5,"A":6}\n{"\\u0061":7}\n{"A":8,"A":9}')).toEqual([
      [2n, null],
      [4n, null],
      [5n, null],
      [7n, null],
      [9n, null],
    ]);
  });
  test("blank lines, a byte order mark and CR before LF are skipped; the last line needs no end", async () => {
    const { rows } = await both('\ufeff{"a":1}\r\n\r\n   \n{"a":2}\n\n{"a":3}', schema);
    expect(rows.map((r) => [r.values[0], r.line, r.record])).toEqual([
      [1n, 1n, '{"a":1}'],
      [2n, 4n, '{"a":2}'],
      [3n, 6n, '{"a":3}'],
    ]);
    expect(rows[0]?.position).toBe(3n);
  });
  test("of unread fields only the structure is checked", async () => {
    expect(await values('{"x":[{"y":"]"},\\u],"a":1,"z":"\\q"}'.repeat(1))).toEqual([[1n, null]]);
    const { broken } = await both('{"x":[1,2},"a":1}\n{"x":,"a":1}\n{"x":"open,"a":1}\n{"a":1}', schema);
    expect(broken.map((b) => [b.line, b.before])).toEqual([
      [1n, 0],
      [2n, 0],
      [3n, 0],
    ]);
  });
  test("what is no object is broken, and keeps its place", async () => {
    const { rows, broken } = await both('{"a":1}\n[1]\n{"a":2}\nnope\n{"a":3} x\n{"a":4', schema);
    expect(rows.map((r) => r.values[0])).toEqual([1n, 2n]);
    expect(broken.map((b) => [b.before, b.record])).toEqual([
      [1, "[1]"],
      [2, "nope"],
      [2, '{"a":3} x'],
      [2, '{"a":4'],
    ]);
  });
  test("missing or null in a NOT NULL column is an error of that column", async () => {
    const strict = [column("a", BIGINT, false), column("b", VARCHAR)];
    const { rows } = await both('{"a":1}\n{"a":null}\n{"b":"x"}\n{"a":2,"b":"y"}'.concat("\n").repeat(3), strict);
    expect(rows.slice(0, 4).map((r) => Object.keys(r.bad))).toEqual([[], ["a"], ["a"], []]);
  });
  test("a ROW is an object; a NULL ROW makes its fields NULL, also where they are NOT NULL", async () => {
    const row: SqlType = { kind: "ROW", fields: [column("x", INT, false), column("y", VARCHAR)] };
    const text = '{"r":{"x":1,"y":"a"}}\n{"r":null}\n{"r":{"y":"b"}}\n{"r":5}\n{}\n{"r":{"x":2,"X":3,"w":{}}}\n';
    const { rows } = await both(text.repeat(4), [column("r", row)]);
    expect(rows.slice(0, 6).map((r) => Object.keys(r.bad))).toEqual([[], [], ["r.x"], ["r", "r.x", "r.y"], [], []]);
    expect(rows.slice(0, 6).map((r) => r.values)).toEqual([
      [[1, "a"]],
      [null],
      [[null, "b"]],
      [null],
      [null],
      [[2, null]],
    ]);
  });
  test("a record that is not UTF-8 is broken, its neighbours are not", async () => {
    const line = (bytes: number[]): Buffer =>
      Buffer.concat([Buffer.from('{"b":"'), Buffer.from(bytes), Buffer.from('"}\n')]);
    const text = Buffer.concat([
      line([0x61]),
      line([0xc3]),
      line([0xc3, 0xa9]),
      line([0xed, 0xa0, 0x80]),
      line([0x62]),
    ]);
    const { rows, broken } = await both(text, schema);
    expect(rows.map((r) => r.values[1])).toEqual(["a", "é", "b"]);
    expect(broken.map((b) => [b.line, b.before])).toEqual([
      [2n, 1],
      [4n, 2],
    ]);
  });
  test("a record of more than 1 MiB is broken, whatever pieces it comes in", async () => {
    const long = `{"a":1,"b":"${"x".repeat(1024 * 1024)}"}`;
    const fits = `{"a":2,"b":"${"y".repeat(1024 * 1024 - 20)}"}`;
    const text = `{"a":0}\n${long}\n${fits}\n{"a":3}\n`;
    for (const pieces of [Number.POSITIVE_INFINITY, 100_000]) {
      const { rows, broken } = await both(text, schema, pieces);
      expect(rows.map((r) => r.values[0])).toEqual([0n, 2n, 3n]);
      expect(broken.map((b) => [b.line, b.before, b.record.length])).toEqual([[2n, 1, 1024 * 1024]]);
      expect(rows[2]?.line).toBe(4n);
    }
  });
  test("results do not depend on the pieces in which bytes come", async () => {
    const text = Array.from({ length: 300 }, (_, i) => `{"a":${i},"b":"${"é".repeat(i % 7)}"}`).join("\n");
    const whole = await both(text, schema);
    for (const pieces of [1, 7, 64, 1000])
      expect(await readText(text, "json", { schema }, false, pieces)).toEqual(whole);
  });
});
