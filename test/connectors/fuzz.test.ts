/** Mutated JSON records: the emitted extractor, the exact decoder and JSON.parse agree. */
import { expect, test } from "vitest";
import {
  BIGINT,
  BOOLEAN,
  DOUBLE,
  decimal,
  FLOAT,
  INT,
  type SqlType,
  timestamp,
  VARCHAR,
} from "../../src/base/types.ts";
import { scaled } from "../scale.ts";
import { column, type ReadResult, readText } from "./read.ts";

const seed = Number(process.env["SEED"] ?? 20_261_128);
const ROUNDS = Number(process.env["FUZZ_ROUNDS"] ?? scaled(60));

let state = seed | 1;
const random = (limit: number): number => {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) % limit;
};
const pick = <T>(list: readonly T[]): T => list[random(list.length)] as T;

const inner: SqlType = { kind: "ROW", fields: [column("x", INT), column("y", VARCHAR), column("t", timestamp(3))] };
const schema = [
  column("id", BIGINT),
  column("name", VARCHAR),
  column("price", decimal(12, 3)),
  column("ratio", DOUBLE),
  column("small", FLOAT),
  column("ok", BOOLEAN),
  column("at", timestamp(6)),
  column("inner", inner),
];

const numbers = [
  "0",
  "-0",
  "1",
  "-17",
  "12.5",
  "1e3",
  "0.001",
  "123456789012",
  "9007199254740993",
  "99999999999999999999",
  "1.7976931348623157e308",
  "0.1",
  "3.141592653589793",
  "1234567.8901234567",
  "5e-324",
  "01",
  "-",
  "1.",
  ".5",
  "+1",
];
const strings = [
  '""',
  '"x"',
  '"plain text of some length, more than sixteen"',
  '"é😀"',
  '"a\\"b"',
  '"\\u0041"',
  '"\\ud83d"',
  '" 12 "',
  '"1.5"',
  '"NaN"',
  '"TRUE"',
  '"2020-01-02T03:04:05.678Z"',
  '"2020-01-02 03:04:05"',
  '"2020-13-02 03:04:05"',
  '"2020-01-02T03:04:05.123456789+01:30"',
  '"tab\t"',
  '"\\x"',
];
const others = [
  "null",
  "true",
  "false",
  "{}",
  "[]",
  '[1,{"a":"]"}]',
  '{"x":1}',
  '{"x":null,"y":"z","t":"1999-12-31T23:59:59"}',
  "nul",
  "tru",
];
const value = (): string => pick([numbers, strings, others][random(3)] ?? numbers);

const templates: readonly (() => string)[] = [
  () =>
    `{"id":${random(1e9)},"name":"n${random(100)}","price":${random(1e6) / 1000},"ratio":${Math.sin(random(1e6))},"small":${random(1000) / 8},"ok":${random(2) === 0},"at":"2021-0${1 + random(9)}-1${random(10)}T0${random(10)}:00:00.${100 + random(900)}","inner":{"x":${random(1000)},"y":"w","t":"2021-01-01T00:00:00"}}`,
  () =>
    `{"at": ${1_600_000_000_000 + random(1e9)}, "id": "${random(1000)}", "skip": {"a": [1, 2, {"b": "c"}]}, "inner": null, "name": "${"z".repeat(random(40))}"}`,
  () => `{"Name":"N","ID":${random(10)},"unread":"https://example.com/${random(1e6)}","n":${random(1e6)}.5,"ratio":1}`,
];

/** A few of the values, keys or bytes of a record are others. */
function mutated(): string {
  const record = pick(templates)();
  switch (random(8)) {
    case 0:
      return record.replace(/:("[^"]*"|[^,{}[\]]+)/g, (all) => (random(4) === 0 ? `:${value()}` : all));
    case 1: {
      const at = random(record.length);
      return record.slice(0, at) + record.slice(at + 1);
    }
    case 2: {
      const at = random(record.length);
      return record.slice(0, at) + pick(['"', "\\", "{", "}", ",", " ", "é", "0", "n"]) + record.slice(at);
    }
    case 3:
      return record.replace(/,/g, (all) =>
        random(6) === 0 ? `,"${pick(["id", "x", "ID", "inner", "\\u0069d"])}":${value()},` : all,
      );
    case 4:
      return pick([
        "",
        " ",
        "[]",
        "null",
        record.slice(0, random(record.length)),
        `${record} `,
        ` ${record}`,
        `${record}${record}`,
      ]);
    default:
      return record;
  }
}

/** A record as JSON.parse sees it: undefined where it refuses it. */
function parsed(record: string): Record<string, unknown> | undefined {
  try {
    const found: unknown = JSON.parse(record);
    return typeof found === "object" && found !== null && !Array.isArray(found)
      ? (found as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** What JSON.parse says of plain values is what a row must hold. */
function checkAgainstParse(result: ReadResult): void {
  for (const row of result.rows) {
    const object = parsed(row.record);
    if (object === undefined) continue;
    const keys = Object.keys(object);
    const plain = (name: string): unknown =>
      keys.filter((k) => k.toLowerCase() === name).length === 1 ? object[name] : undefined;
    // Twice the same key is for the rules, not for JSON.parse, which has one left.
    if ((row.record.match(/"/g) ?? []).length > 60) continue;
    const name = plain("name");
    if (typeof name === "string" && name.isWellFormed()) expect(row.values[1]).toBe(name);
    const id = plain("id");
    if (typeof id === "number" && Number.isSafeInteger(id)) expect(row.values[0]).toBe(BigInt(id));
    const ratio = plain("ratio");
    if (typeof ratio === "number" && Number.isFinite(ratio)) expect(row.values[3]).toBe(ratio);
    const ok = plain("ok");
    if (typeof ok === "boolean") expect(row.values[5]).toBe(ok);
  }
}

test(`extractor = exact decoder = JSON.parse over mutated records (SEED=${seed})`, async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const lines = Array.from({ length: 400 }, mutated);
    // The first records are regular, so that there are layouts for the others to deviate from.
    const text = [...templates.flatMap((t) => [t(), t(), t()]), ...lines].join(random(2) === 0 ? "\n" : "\r\n");
    const needed = random(2) === 0 ? undefined : Array.from({ length: 11 }, () => random(2) === 0);
    const parts = needed === undefined ? { schema } : { schema, needed };
    const exact = await readText(text, "json", { schema }, true);
    const fast = await readText(text, "json", parts, false, pick([Number.POSITIVE_INFINITY, 5000]));
    if (needed === undefined) {
      expect(fast).toEqual(exact);
      checkAgainstParse(fast);
    } else {
      // With fewer columns read fewer values are looked at, but the rows and the broken records are the same.
      expect(fast.rows.map((r) => r.record)).toEqual(exact.rows.map((r) => r.record));
      expect(fast.broken).toEqual(exact.broken);
    }
  }
});
