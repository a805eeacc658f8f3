/** The calendar against Date, and formatted values against JavaScript's. */
import { describe, expect, test } from "vitest";
import { type Fn, fn } from "../../src/wasm/ir.ts";
import * as calendar from "../../src/wasm/library/calendar.ts";
import {
  DATE_TEXT_BYTES_MAX,
  formatDate,
  formatDecimal,
  formatI64,
  formatPadded,
  formatTimestamp,
  shortDecimal,
  TIMESTAMP_TEXT_BYTES_MAX,
} from "../../src/wasm/library/format.ts";
import { bench, kindName, kinds, type Random, rounds, seeded, words } from "./support.ts";

const clockFields = ["hour", "minute", "second", "millisecond", "microsecond"] as const;
const clock = clockFields.map((field) =>
  fn(field, { micros: "i64" }, ["i64"], (f, { micros }) => f.return(calendar.emitClockField(f, micros, field))),
);
const floor = fn("floor", { x: "i64", by: "i64" }, ["i64", "i64"], (f, { x, by }) => {
  const q = calendar.emitFloorDiv(f, x, by);
  f.return(q, calendar.emitFloorMod(f, x, by));
});
const fns: readonly Fn[] = [
  calendar.daysFromCivil,
  calendar.civilFromDays,
  calendar.daysOfMonth,
  calendar.isoDayOfWeek,
  calendar.dayOfYear,
  calendar.isoWeek,
  calendar.addMonths,
  calendar.addMonthsToMicros,
  formatDate,
  formatDecimal,
  formatI64,
  formatPadded,
  formatTimestamp,
  shortDecimal,
  floor,
  ...clock,
];

const DAY = 86_400_000;
const iso = (days: number): string => new Date(days * DAY).toISOString().slice(0, 10);

/** A date as it is counted: no year 0, BC before the year 1. Days that Date knows. */
function dateParts(days: number): readonly [date: string, era: string] {
  const year = new Date(days * DAY).getUTCFullYear();
  const behind = new Date(days * DAY).toISOString().replace(/^[+-]?\d+-(\d+-\d+).*$/, "$1");
  return [`${String(year > 0 ? year : 1 - year).padStart(4, "0")}-${behind}`, year > 0 ? "" : " BC"];
}

/** Numbers of few digits behind a point, sums of them, and any number. */
function fixedDecimals(random: Random): () => number {
  const one = (): number => random.below(10 ** (1 + random.below(9))) / 10 ** random.below(8);
  return () =>
    random.pick([one, () => one() + one(), () => one() * 1e6, () => random.u32() * 2 ** -random.below(40)])();
}

describe.each(kinds)("%j", (kind) => {
  const b = bench(kind, fns);
  const random = seeded(`calendar, ${kindName(kind)}`);
  const count = rounds(kind, 3000);
  const day = (): number =>
    random.pick([
      random.below(4_000_000) - 719_162,
      random.below(1000) - 500,
      calendar.DAY_MIN,
      calendar.DAY_MAX,
      11_016,
      10_957,
      -25_509,
    ]);
  const text = (f: Fn, ...args: (number | bigint)[]): string => b.memory.text(b.at, Number(b.call(f, b.at, ...args)));

  test("days, dates and their fields", () => {
    for (let i = 0; i < count; i += 1) {
      const days = Math.min(day(), calendar.DAY_MAX);
      const date = new Date(days * DAY);
      const [year, month, dayOfMonth] = [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()];
      expect(b.callMany(calendar.civilFromDays, days)).toEqual([year, month, dayOfMonth]);
      expect(b.call(calendar.daysFromCivil, year, month, dayOfMonth)).toBe(days);
      expect(b.call(calendar.daysOfMonth, year, month)).toBe(
        new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate(),
      );
      const weekday = date.getUTCDay() || 7;
      expect(b.call(calendar.isoDayOfWeek, days)).toBe(weekday);
      const january = new Date(0);
      january.setUTCFullYear(year, 0, 1);
      expect(b.call(calendar.dayOfYear, days)).toBe((date.getTime() - january.getTime()) / DAY + 1);
      const thursday = new Date((days - weekday + 4) * DAY);
      const first = new Date(0);
      first.setUTCFullYear(thursday.getUTCFullYear(), 0, 1);
      const week = Math.floor((thursday.getTime() - first.getTime()) / DAY / 7) + 1;
      expect(b.callMany(calendar.isoWeek, days)).toEqual([thursday.getUTCFullYear(), week]);
    }
  });

  test("dates as text, also before the year 1 and of more than four digits", () => {
    for (let i = 0; i < count; i += 1) {
      const days = random.below(5) === 0 ? random.below(180_000_000) - 90_000_000 : day();
      expect(text(formatDate, days)).toBe(dateParts(days).join(""));
    }
    expect(text(formatDate, -719_163)).toBe("0001-12-31 BC");
    expect(text(formatDate, 2 ** 31 - 1)).toBe("5881580-07-11");
    expect(text(formatDate, -(2 ** 31))).toBe("5877642-06-23 BC");
    for (const days of [2 ** 31 - 1, -(2 ** 31)]) {
      expect(text(formatDate, days).length).toBeLessThanOrEqual(DATE_TEXT_BYTES_MAX);
    }
  });

  test("months are added with the day cut to the end of the month", () => {
    const days = (date: string): number => Date.parse(date) / DAY;
    const cases = [
      ["2024-01-31", 1, "2024-02-29"],
      ["2023-01-31", 1, "2023-02-28"],
      ["2024-02-29", 12, "2025-02-28"],
      ["2024-03-31", -1, "2024-02-29"],
      ["1970-01-01", -1, "1969-12-01"],
      ["2024-05-15", -17, "2022-12-15"],
    ] as const;
    for (const [from, months, to] of cases) {
      expect(iso(Number(b.call(calendar.addMonths, days(from), months)))).toBe(to);
      const later = b.call(calendar.addMonthsToMicros, BigInt(days(from)) * calendar.DAY_MICROS + 5n, months);
      expect(later).toBe(BigInt(days(to)) * calendar.DAY_MICROS + 5n);
    }
    for (let i = 0; i < count; i += 1) {
      const from = new Date((random.below(600_000) - 100_000) * DAY);
      const months = random.below(2000) - 1000;
      const target = new Date(Date.UTC(from.getUTCFullYear(), from.getUTCMonth() + months, 1));
      const last = new Date(Date.UTC(target.getUTCFullYear(), target.getUTCMonth() + 1, 0)).getUTCDate();
      target.setUTCDate(Math.min(last, from.getUTCDate()));
      expect(b.call(calendar.addMonths, from.getTime() / DAY, months)).toBe(target.getTime() / DAY);
    }
  });

  test("timestamps as text, and the fields of the time of day, also before 1970", () => {
    for (let i = 0; i < count; i += 1) {
      const micros =
        BigInt(Math.min(day(), calendar.DAY_MAX)) * calendar.DAY_MICROS +
        BigInt(random.below(86_400)) * 1_000_000n +
        BigInt(random.below(1_000_000));
      const millis = Number(calendar.DAY_MICROS * 0n + (micros - (((micros % 1000n) + 1000n) % 1000n)) / 1000n);
      const date = new Date(millis);
      const sub = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n;
      const [hour, minute, second] = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()];
      const inMinute = BigInt(second) * 1_000_000n + sub;
      expect(clock.map((f) => b.call(f, micros))).toEqual([
        BigInt(hour),
        BigInt(minute),
        BigInt(second),
        inMinute / 1000n,
        inMinute,
      ]);
      const [dateText, era] = dateParts(Math.floor(millis / DAY));
      const fraction = sub === 0n ? "" : `.${String(sub).padStart(6, "0").replace(/0+$/, "")}`;
      const expected = `${dateText} ${date.toISOString().slice(-13, -5)}${fraction}`;
      expect(text(formatTimestamp, micros, 0)).toBe(expected + era);
      expect(text(formatTimestamp, micros, 1)).toBe(`${expected}+00${era}`);
    }
    for (const micros of [2n ** 63n - 1n, -(2n ** 63n)]) {
      expect(text(formatTimestamp, micros, 1).length).toBeLessThanOrEqual(TIMESTAMP_TEXT_BYTES_MAX);
    }
  });

  test("doubles of few digits as decimals: what is found is what JavaScript writes", () => {
    const decimals = fixedDecimals(random);
    for (let i = 0; i < count; i += 1) {
      const x = decimals();
      for (const single of [0, 1]) {
        const value = single === 1 ? Math.fround(x) : x;
        const [unscaled = 0n, scale, found] = b.callMany(shortDecimal, value, single);
        const shortest = single === 1 ? Number(value.toPrecision(6)) : value;
        if (found === 0) continue;
        const digits = String(unscaled).padStart(Number(scale) + 1, "0");
        const point = digits.length - Number(scale);
        expect(Number(`${digits.slice(0, point)}.${digits.slice(point)}`)).toBe(shortest);
        expect(`${digits.slice(0, point)}${scale === 0 ? "" : "."}${digits.slice(point)}`).toBe(String(shortest));
      }
    }
    const found = (x: number, single = 0): unknown => b.callMany(shortDecimal, x, single)[2];
    expect([0, 1, 0.1, 12.5, 99.95, 1e14, 999_999_999_999_999, 123_456.789_012, 0.0001].map((x) => found(x))).toEqual(
      Array.from({ length: 9 }, () => 1),
    );
    expect([0.1 + 0.2, 1e15, 1 / 3, 1e-5, 5e-324, NaN, Infinity].map((x) => found(x))).toEqual(
      Array.from({ length: 7 }, () => 0),
    );
    expect(found(Math.fround(0.1), 1)).toBe(1);
  });

  test("numbers as text", () => {
    for (let i = 0; i < count; i += 1) {
      const x = random.signed(64);
      expect(text(formatI64, x)).toBe(String(x));
      const small = BigInt(random.below(1000));
      for (const least of [0, 1, 2, 9]) {
        expect(text(formatPadded, small, least)).toBe(String(small).padStart(least, "0"));
      }
      const wide = random.signed(128);
      const scale = random.pick([0, 1, 2, 18, 37, 38]);
      const digits = String(wide < 0n ? -wide : wide).padStart(scale + 1, "0");
      const point = scale === 0 ? "" : `.${digits.slice(-scale)}`;
      const expected = `${wide < 0n ? "-" : ""}${digits.slice(0, digits.length - scale)}${point}`;
      expect(text(formatDecimal, ...words(wide, 2), scale)).toBe(expected);
    }
    expect(text(formatDecimal, ...words(-(2n ** 127n), 2), 0)).toBe(String(-(2n ** 127n)));
  });

  test("division that rounds down", () => {
    for (let i = 0; i < count; i += 1) {
      const [x, by] = [random.signed(64), random.unsigned(63) || 1n];
      const rest = ((x % by) + by) % by;
      expect(b.callMany(floor, x, by)).toEqual([(x - rest) / by, rest]);
    }
  });
});
