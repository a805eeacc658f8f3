/** Values of every type for the property tests: extremes first, then seeded chance. */
import { DECIMAL_PRECISION_MAX, type SqlType } from "../../src/base/types.ts";
import type { Value } from "../../src/base/value.ts";

/** A small seeded generator of numbers in [0, 1). */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const integers = (bits: number): bigint[] => {
  const max = 2n ** BigInt(bits - 1) - 1n;
  return [
    0n,
    1n,
    -1n,
    2n,
    -2n,
    3n,
    7n,
    10n,
    100n,
    123n,
    max,
    max - 1n,
    -max,
    -max - 1n,
    max / 2n,
    1n << BigInt(bits / 2),
  ];
};

const doubles = [
  0,
  -0,
  1,
  -1,
  0.5,
  1.5,
  2.5,
  -0.5,
  -2.5,
  0.1,
  1e-7,
  3.999999999999999,
  127.5,
  -128.5,
  2147483647.5,
  1e15,
  1e16,
  2 ** 53,
  2 ** 63,
  -(2 ** 63),
  1e20,
  1e38,
  1e300,
  Number.MAX_VALUE,
  -Number.MAX_VALUE,
  Number.MIN_VALUE,
  Infinity,
  -Infinity,
  NaN,
  12345.678,
  0.0001,
  0.00009,
  1.005,
  0.30000000000000004,
  123456,
  1234567,
  999_999_999_999_999,
  1e14,
  2.675,
  99.995,
];

const texts = [
  "",
  " ",
  "a",
  "abc",
  "abcabc",
  "ABC",
  " abc  ",
  "äöü",
  "ÀB",
  "日本語",
  "😀x😀",
  "a%b_c",
  "a\\b",
  "1",
  "-12",
  " 42 ",
  "1.5",
  "-0.05",
  "1e3",
  "99999999999999999999",
  "NaN",
  "-Infinity",
  "true",
  "f",
  "T",
  "TrUe",
  "OFF",
  "yes",
  "0",
  "\u0011",
  "tru",
  "2026-01-31",
  "2024-02-29",
  "2023-02-29",
  "0000-01-01",
  "12026-01-01",
  "2026-01-31 23:59",
  "2026-01-31 23:59:59.123456",
  "2026-02-28T10:00:00Z",
  "2026-02-28T10:00:00+02:30",
  "0001-01-01 00:00:00",
  "9999-12-31 23:59:59.999999",
  "24:00:00",
  "2026-13-01",
  "1 day 02:03:04",
  "a/b/c//d",
  "x".repeat(40),
  "größe a".repeat(50),
  "ß straße İ",
  "one two  three",
  "İ",
  "ΑΣ",
];

const micros = [
  0n,
  1n,
  -1n,
  999_999n,
  1_000_000n,
  -86_400_000_000n,
  86_399_999_999n,
  951_782_400_000_000n,
  1_767_225_599_999_999n,
  1_769_860_800_123_456n,
  -62_135_596_800_000_000n,
  253_402_300_799_999_999n,
  -1_000_000_000_000_001n,
  2n ** 63n - 1n,
  -(2n ** 63n),
];

const days = [
  0, 1, -1, 59, 60, 365, 10957, 11016, 19782, 20512, 20514, -719162, 2932896, -719468, -800000, 106751991, 106751992,
  -106751991, -106751992, 2147483647, -2147483648,
];

function pick<T>(list: readonly T[], next: () => number): T {
  const item = list[Math.floor(next() * list.length)];
  if (item === undefined) throw new Error("nothing to pick");
  return item;
}

function exact(list: readonly bigint[], bits: number, next: () => number): bigint {
  if (next() < 0.5) return pick(list, next);
  const size = Math.floor(next() * bits);
  const n = BigInt(Math.floor(next() * 2 ** 30)) * 2n ** BigInt(Math.max(0, size - 30));
  return BigInt.asIntN(bits, next() < 0.5 ? n : -n);
}

/** A value of the type, never NULL. */
export function valueOf(type: SqlType, next: () => number): Exclude<Value, null> {
  switch (type.kind) {
    case "BOOLEAN":
      return next() < 0.5;
    case "TINYINT":
      return Number(exact(integers(8), 8, next));
    case "SMALLINT":
      return Number(exact(integers(16), 16, next));
    case "INT":
      return Number(exact(integers(32), 32, next));
    case "INTERVAL_MONTH":
      return Number(exact([0n, 1n, -1n, 12n, 13n, 2400n, -2400n, 7_200_001n, 2n ** 31n - 1n], 32, next));
    case "BIGINT":
      return exact(integers(64), 64, next);
    case "INTERVAL_DAY":
      return exact([...integers(64), 86_400_000_000n, 90_061_000_001n, -86_400_000_000n, 1000n], 64, next);
    case "DECIMAL": {
      const max = 10n ** BigInt(type.precision) - 1n;
      const unit = 10n ** BigInt(type.scale);
      const list = [0n, 1n, -1n, 5n, -5n, unit, unit / 2n, -unit / 2n, (unit * 5n) / 2n, max, -max, max / 2n, max / 3n];
      return exact(list, Math.min(127, Math.floor(type.precision * 3.32)), next) % (max + 1n);
    }
    case "FLOAT":
      return Math.fround(next() < 0.6 ? pick(doubles, next) : (next() - 0.5) * 10 ** Math.floor(next() * 12));
    case "DOUBLE":
      return next() < 0.6 ? pick(doubles, next) : (next() - 0.5) * 10 ** Math.floor(next() * 25 - 5);
    case "CHAR":
      return Array.from(pick(texts, next)).slice(0, type.length).join("").padEnd(type.length);
    case "VARCHAR":
      return next() < 0.8 ? pick(texts, next) : pick(texts, next) + pick(texts, next);
    case "DATE":
      return next() < 0.5 ? pick(days, next) : Math.floor((next() - 0.3) * 40000);
    case "TIMESTAMP":
    case "TIMESTAMP_LTZ": {
      const t = next() < 0.5 ? pick(micros, next) : BigInt(Math.floor((next() - 0.3) * 4e15));
      const unit = 10n ** BigInt(6 - Math.min(6, type.precision));
      return (t / unit) * unit;
    }
    case "ROW":
      return type.fields.map((f) => (next() < 0.2 ? null : valueOf(f.type, next)));
    case "NULL":
      throw new Error("NULL has no value");
    default:
      return type satisfies never;
  }
}

export const someTypes: readonly SqlType[] = [
  { kind: "BOOLEAN" },
  { kind: "TINYINT" },
  { kind: "SMALLINT" },
  { kind: "INT" },
  { kind: "BIGINT" },
  { kind: "FLOAT" },
  { kind: "DOUBLE" },
  { kind: "DECIMAL", precision: 5, scale: 2 },
  { kind: "DECIMAL", precision: 18, scale: 0 },
  { kind: "DECIMAL", precision: 23, scale: 3 },
  { kind: "DECIMAL", precision: DECIMAL_PRECISION_MAX, scale: 10 },
  { kind: "CHAR", length: 3 },
  { kind: "VARCHAR", length: undefined },
  { kind: "VARCHAR", length: 5 },
  { kind: "DATE" },
  { kind: "TIMESTAMP", precision: 3 },
  { kind: "TIMESTAMP", precision: 6 },
  { kind: "TIMESTAMP_LTZ", precision: 3 },
  { kind: "INTERVAL_DAY" },
  { kind: "INTERVAL_MONTH" },
  {
    kind: "ROW",
    fields: [
      { name: "a", type: { kind: "INT" }, nullable: true },
      { name: "b", type: { kind: "VARCHAR", length: undefined }, nullable: true },
    ],
  },
];
