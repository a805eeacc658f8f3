/** Values as text, JSON, CSV and library rows. */
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
  type SqlType,
  timestamp,
  timestampLtz,
  VARCHAR,
} from "../../src/base/types.ts";
import type { Value } from "../../src/base/value.ts";
import { shownValue, valueToCsv, valueToJs, valueToJson, valueToText } from "../../src/expr/text.ts";

const row: SqlType = {
  kind: "ROW",
  fields: [
    { name: "a", type: INT, nullable: true },
    { name: "b", type: VARCHAR, nullable: true },
  ],
};

/** type, value, text, JSON, CSV, library row */
const table: readonly (readonly [SqlType, Exclude<Value, null>, string, string, string, unknown])[] = [
  [BOOLEAN, true, "true", "true", "true", true],
  [INT, -5, "-5", "-5", "-5", -5],
  [BIGINT, 2n ** 63n - 1n, "9223372036854775807", "9223372036854775807", "9223372036854775807", 2n ** 63n - 1n],
  [decimal(10, 2), -5n, "-0.05", "-0.05", "-0.05", "-0.05"],
  [decimal(38, 0), 10n ** 37n, `1${"0".repeat(37)}`, `1${"0".repeat(37)}`, `1${"0".repeat(37)}`, `1${"0".repeat(37)}`],
  [DOUBLE, 0.1, "0.1", "0.1", "0.1", 0.1],
  [DOUBLE, 1e21, "1e+21", "1e+21", "1e+21", 1e21],
  [DOUBLE, -0, "-0", "-0", "-0", -0],
  [DOUBLE, Number.NaN, "NaN", '"NaN"', "NaN", Number.NaN],
  [DOUBLE, -Infinity, "-Infinity", '"-Infinity"', "-Infinity", -Infinity],
  [FLOAT, Math.fround(0.1), "0.1", "0.1", "0.1", Math.fround(0.1)],
  [FLOAT, Math.fround(3.4028235e38), "3.4028235e+38", "3.4028235e+38", "3.4028235e+38", Math.fround(3.4028235e38)],
  [VARCHAR, 'a "b", c', 'a "b", c', '"a \\"b\\", c"', '"a ""b"", c"', 'a "b", c'],
  [VARCHAR, "", "", '""', '""', ""],
  [DATE, -1, "1969-12-31", '"1969-12-31"', "1969-12-31", "1969-12-31"],
  [DATE, -719163, "0001-12-31 BC", '"0001-12-31 BC"', "0001-12-31 BC", "0001-12-31 BC"],
  [
    timestamp(3),
    1500n,
    "1970-01-01 00:00:00.0015",
    '"1970-01-01T00:00:00.001"',
    "1970-01-01T00:00:00.001",
    "1970-01-01T00:00:00.001",
  ],
  [
    timestamp(0),
    0n,
    "1970-01-01 00:00:00",
    '"1970-01-01T00:00:00.000"',
    "1970-01-01T00:00:00.000",
    "1970-01-01T00:00:00.000",
  ],
  [
    timestampLtz(6),
    -1n,
    "1969-12-31 23:59:59.999999+00",
    '"1969-12-31T23:59:59.999999Z"',
    "1969-12-31T23:59:59.999999Z",
    "1969-12-31T23:59:59.999999Z",
  ],
  [INTERVAL_DAY, 90_061_500_000n, "1 day 01:01:01.5", '"1 day 01:01:01.5"', "1 day 01:01:01.5", "1 day 01:01:01.5"],
  [INTERVAL_MONTH, -14, "-1 years -2 mons", '"-1 years -2 mons"', "-1 years -2 mons", "-1 years -2 mons"],
  [row, [1, "x y"], '(1,"x y")', '{"a":1,"b":"x y"}', '"{""a"":1,""b"":""x y""}"', { a: 1, b: "x y" }],
  [row, [null, null], "(,)", '{"a":null,"b":null}', '"{""a"":null,""b"":null}"', { a: null, b: null }],
];

test.each(table)("%j %s", (type, value, text, json, csv, js) => {
  expect(valueToText(type, value)).toBe(text);
  expect(valueToJson(type, value)).toBe(json);
  expect(valueToCsv(type, value)).toBe(csv);
  expect(valueToJs(type, value)).toEqual(js);
});

test("NULL is null in JSON and library rows, nothing in CSV", () => {
  expect([valueToJson(INT, null), valueToCsv(VARCHAR, null), valueToJs(row, null)]).toEqual(["null", "", null]);
});

const shown: readonly (readonly [string, SqlType, Exclude<Value, null>])[] = [
  ["'it''s'", VARCHAR, "it's"],
  [`'${"x".repeat(40)}'`, VARCHAR, "x".repeat(40)],
  [`'${"x".repeat(40)}...'`, VARCHAR, "x".repeat(1e6)],
  [`'${"\u{1f600}".repeat(40)}...'`, VARCHAR, "\u{1f600}".repeat(41)],
  ["'\\r\\n\\t\\u0000\\u001b\\u0085\\u2028\\u202e\\ud800'", VARCHAR, "\r\n\t\u0000\u001b\u0085\u2028\u202e\ud800"],
  ['(1,"a\\nb")', row, [1, "a\nb"]],
  ["-123.45", decimal(5, 2), -12345n],
  ["1970-01-01 00:00:00", timestamp(3), 0n],
];

test.each(shown)("in a message: %s", (text, type, value) => {
  expect(shownValue(type, value)).toBe(text);
});
