/** Parsers of numbers and timestamps against regular expressions, BigInt, Number and Date. */
import { describe, expect, test } from "vitest";
import { type Fn } from "../../src/wasm/ir.ts";
import { MICROS_MAX, MICROS_MIN } from "../../src/wasm/library/calendar.ts";
import { pow10 } from "../../src/wasm/library/decimal.ts";
import { ParseStatus } from "../../src/wasm/library/digits.ts";
import { parseDecimal64, parseDecimal128, parseF64, parseI64 } from "../../src/wasm/library/parse-number.ts";
import { parseDate, parseTimestamp } from "../../src/wasm/library/parse-timestamp.ts";
import { bench, join128, kindName, kinds, type Random, rounds, seeded } from "./support.ts";

const RUN = 65536;
const smallTypes = [
  [1, 0],
  [10, 2],
  [18, 0],
  [18, 18],
  [5, 3],
] as const;
const wideTypes = [
  [19, 0],
  [38, 10],
  [38, 38],
  [38, 0],
  [20, 2],
] as const;
const smallFns = smallTypes.map(([p, s]) => parseDecimal64(p, s));
const wideFns = wideTypes.map(([p, s]) => parseDecimal128(p, s));

function digits(random: Random, length: number): string {
  const alphabet = random.pick(["0", "9", "0123456789", "05", "49"]);
  return Array.from({ length }, () => alphabet[random.below(alphabet.length)] ?? "0").join("");
}
/** Numbers of all lengths, and texts that are nearly numbers. */
function numberText(random: Random): string {
  const sign = random.pick(["", "", "-", "+"]);
  const whole = digits(random, random.pick([0, 1, 1, 2, 7, 8, 9, 15, 16, 17, 18, 19, 20, 21, 38, 39]));
  const fraction = random.pick(["", "", ".", `.${digits(random, 1 + random.below(random.pick([3, 40])))}`]);
  const exponent = random.pick([
    "",
    "",
    "",
    "e",
    `e${digits(random, 1)}`,
    `E-${digits(random, 2)}`,
    "e+3",
    "e999999999999",
  ]);
  const behind = random.pick(["", "", "", ",", " ", "x", "-", ":1"]);
  return sign + whole + fraction + exponent + behind;
}
const numberForm = /^([+-]?)(\d+)(\.(\d*))?([eE](?:[+-]?\d*))?/;

function expectedDecimal(
  text: string,
  precision: number,
  scale: number,
): { status: number; value?: bigint; length?: number } {
  const match = numberForm.exec(text);
  if (match === null || match[4] === "") return { status: ParseStatus.BAD };
  if (match[5] !== undefined) return { status: ParseStatus.SLOW };
  const fraction = match[4] ?? "";
  const kept = BigInt((match[2] ?? "") + fraction.slice(0, scale).padEnd(scale, "0"));
  const magnitude = kept + ((fraction[scale] ?? "0") >= "5" ? 1n : 0n);
  if (magnitude >= pow10(precision)) return { status: ParseStatus.RANGE };
  return { status: ParseStatus.OK, value: match[1] === "-" ? -magnitude : magnitude, length: match[0].length };
}

describe.each(kinds)("%j", (kind) => {
  const b = bench(kind, [parseI64, parseF64, parseDate, parseTimestamp, ...smallFns, ...wideFns]);
  const random = seeded(`parse, ${kindName(kind)}`);
  const count = rounds(kind, 3000);
  /** Value words, status, and how far it has read. Also at the end of what is allocated, and before digits that are not its own. */
  const parse = (f: Fn, text: string): { words: readonly (number | bigint)[]; status: number; length: number } => {
    const offset = random.below(2) === 0 ? 2 * RUN - Buffer.byteLength(text) : 512 + random.below(16);
    b.put(offset, `${text}0123456789`);
    const at = b.at + offset;
    const result = b.callMany(f, at, at + text.length);
    return { words: result.slice(0, -2), status: Number(result.at(-2)), length: Number(result.at(-1)) - at };
  };

  test("integers", () => {
    const limits = [
      "9223372036854775807",
      "9223372036854775808",
      "-9223372036854775808",
      "-9223372036854775809",
      "18446744073709551615",
      "18446744073709551616",
      "0000000000000000000000000042",
    ];
    for (let i = 0; i < count + limits.length; i += 1) {
      const text = limits[i] ?? numberText(random);
      const { words, status, length } = parse(parseI64, text);
      const match = /^[+-]?\d+/.exec(text)?.[0];
      if (match === undefined) {
        expect(status, text).toBe(ParseStatus.BAD);
        continue;
      }
      const exact = BigInt(match.replace("+", ""));
      const fits = BigInt.asIntN(64, exact) === exact;
      expect([status, length], text).toEqual([fits ? ParseStatus.OK : ParseStatus.RANGE, match.length]);
      if (fits) expect(words[0], text).toBe(exact);
    }
  });

  test("doubles: exact, or said to be slow", () => {
    let exact = 0;
    for (let i = 0; i < count; i += 1) {
      const text = random.below(3) === 0 ? `${(random.u32() - 2 ** 31) / 10 ** random.below(12)}` : numberText(random);
      const { words, status, length } = parse(parseF64, text);
      const match = numberForm.exec(text);
      if (match === null || match[4] === "" || /[eE][+-]?$/.test(match[5] ?? "")) {
        expect(status, text).toBe(ParseStatus.BAD);
      } else if (status === ParseStatus.OK) {
        exact += 1;
        expect([words[0], length], text).toEqual([Number(match[0]), match[0].length]);
      } else {
        expect(status, text).toBe(ParseStatus.SLOW);
        // What has at most 15 digits and no large exponent is never slow.
        const significant = ((match[2] ?? "") + (match[4] ?? "")).replace(/^0+/, "");
        expect(significant.length > 15 || Math.abs(Number(match[5]?.slice(1) ?? 0)) > 4, text).toBe(true);
      }
    }
    expect(exact).toBeGreaterThan(count / 8);
  });

  test.each(smallTypes.map(([p, s], i) => [p, s, i] as const))("DECIMAL(%i, %i)", (precision, scale, index) => {
    const f = smallFns[index];
    for (let i = 0; i < count && f !== undefined; i += 1) {
      const text = numberText(random);
      const { words, status, length } = parse(f, text);
      const expected = expectedDecimal(text, precision, scale);
      expect(status, text).toBe(expected.status);
      if (status === ParseStatus.OK) expect([words[0], length], text).toEqual([expected.value, expected.length]);
    }
  });

  test.each(wideTypes.map(([p, s], i) => [p, s, i] as const))("DECIMAL(%i, %i)", (precision, scale, index) => {
    const f = wideFns[index];
    for (let i = 0; i < count && f !== undefined; i += 1) {
      const text = numberText(random);
      const { words, status, length } = parse(f, text);
      const expected = expectedDecimal(text, precision, scale);
      expect(status, text).toBe(expected.status);
      if (status === ParseStatus.OK) expect([join128(words), length], text).toEqual([expected.value, expected.length]);
    }
  });

  test("timestamps", () => {
    let good = 0;
    for (let i = 0; i < count; i += 1) {
      const text = timestampText(random);
      const { words, status, length } = parse(parseTimestamp, text);
      const expected = expectedTimestamp(text);
      expect(status, text).toBe(expected === undefined ? ParseStatus.BAD : ParseStatus.OK);
      if (expected === undefined) continue;
      good += 1;
      expect([words[0], words[1], length], text).toEqual([expected.micros, expected.hasZone, expected.length]);
    }
    expect(good).toBeGreaterThan(count / 10);
  });

  test("dates", () => {
    let good = 0;
    for (let i = 0; i < count; i += 1) {
      const text = timestampText(random).slice(0, random.pick([9, 10, 10, 10, 11]));
      const { words, status, length } = parse(parseDate, text);
      const expected = expectedTimestamp(`${text.slice(0, 10)}T00:00:00`);
      expect(status, text).toBe(expected === undefined ? ParseStatus.BAD : ParseStatus.OK);
      if (expected === undefined) continue;
      good += 1;
      expect([words[0], length], text).toEqual([Number(expected.micros / 86_400_000_000n), 10]);
    }
    expect(good).toBeGreaterThan(count / 10);
  });
});

const edges = [
  ["9999-12-31T23:59:59.999999999", MICROS_MAX],
  ["9999-12-31T23:00:00-01:00", undefined],
  ["9999-12-31T22:59:59.999999-0100", MICROS_MAX],
  ["0001-01-01T00:00:00", MICROS_MIN],
  ["0001-01-01T00:01:00+00:01", MICROS_MIN],
  ["0001-01-01T00:00:59.999999+00:01", undefined],
  ["1969-12-31 23:59:59.9999999", -1n],
  ["2024-02-29T00:00:00Z", 1_709_164_800_000_000n],
  ["1900-02-29T00:00:00Z", undefined],
] as const;

test.each(edges)("timestamp %s", (text, micros) => {
  const b = bench(kinds[0], [parseTimestamp]);
  const at = b.put(0, text);
  const [value, , status] = b.callMany(parseTimestamp, at, at + text.length);
  expect(status === ParseStatus.OK ? value : undefined).toBe(micros);
});

const two = (n: number): string => String(n).padStart(2, "0");

/** Each part is well formed, mostly, so that about a third of the texts are. */
function timestampText(random: Random): string {
  const part = <T>(good: readonly T[], bad: readonly T[]): T => random.pick(random.below(8) === 0 ? bad : good);
  const year = String(part([1, 4, 1600, 1900, 1969, 1970, 2000, 2023, 2024, 9999], [0])).padStart(4, "0");
  const date = `${year}-${two(part([1, 2, 2, 6, 7, 12], [0, 13]))}-${two(part([1, 15, 28, 29, 30, 31], [0, 32]))}`;
  const clock = `${two(part([0, 1, 12, 23], [24, 99]))}:${two(part([0, 59, 30], [60]))}:${two(part([0, 59, 7], [60]))}`;
  const fraction = part(["", "", `.${digits(random, 1 + random.below(9))}`], [".", `.${digits(random, 10)}`]);
  const zone = part(["", "", "Z", "+00", "-08", "+0530", "-23:59"], ["z", "+24", "+05:60", "+5", "+05:", "+05:3", " "]);
  const text = `${date}${part(["T", "T", " "], ["t", "-"])}${clock}${fraction}${zone}`;
  if (random.below(4) > 0) return text;
  const at = random.below(text.length);
  return text.slice(0, at) + random.pick(["x", "/", ":", "0", "\0", ""]) + text.slice(at + random.below(2));
}

function expectedTimestamp(text: string): { micros: bigint; hasZone: number; length: number } | undefined {
  const form = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)/.exec(text);
  if (form === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = form.slice(1).map(Number);
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  const exists =
    year >= 1 && date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  if (!exists || hour > 23 || minute > 59 || second > 59) return undefined;
  let length = 19;
  let micros = BigInt(date.getTime() / 1000 + hour * 3600 + minute * 60 + second) * 1_000_000n;
  if (text[length] === ".") {
    const fraction = /^\d*/.exec(text.slice(length + 1))?.[0] ?? "";
    if (fraction.length < 1 || fraction.length > 9) return undefined;
    micros += BigInt(fraction.slice(0, 6).padEnd(6, "0"));
    length += 1 + fraction.length;
  }
  const rest = text.slice(length);
  if (rest.startsWith("Z")) return { micros, hasZone: 1, length: length + 1 };
  if (!/^[+-]/.test(rest)) return { micros, hasZone: 0, length };
  const zone = /^([+-])(\d\d)(?::(\d\d)|(?!:)(\d\d)|(?![:\d]))/.exec(rest);
  if (zone === null) return undefined;
  const [hours, minutes] = [Number(zone[2]), Number(zone[3] ?? zone[4] ?? 0)];
  if (hours > 23 || minutes > 59) return undefined;
  const offset = BigInt(hours * 60 + minutes) * 60_000_000n;
  micros -= zone[1] === "+" ? offset : -offset;
  if (micros < MICROS_MIN || micros > MICROS_MAX) return undefined;
  return { micros, hasZone: 1, length: length + zone[0].length };
}
