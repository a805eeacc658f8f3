/** The calendar against Date, and formatted values against JavaScript's. */
import { describe, expect, test } from "vitest";
import { type Fn, fn } from "../../src/wasm/ir.ts";
import * as calendar from "../../src/wasm/library/calendar.ts";
import { formatDate, formatDecimal, formatI64, formatTimestamp } from "../../src/wasm/library/format.ts";
import { bench, kindName, kinds, rounds, seeded, words } from "./support.ts";

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
  formatTimestamp,
  floor,
  ...clock,
];

const DAY = 86_400_000;
const iso = (days: number): string => new Date(days * DAY).toISOString().slice(0, 10);

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
      expect(text(formatDate, days)).toBe(iso(days));
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
      const seconds = date.toISOString().slice(0, 19).replace("T", " ");
      const digits = String(sub).padStart(6, "0");
      for (const precision of [0, 3, 6]) {
        const expected = precision === 0 ? seconds : `${seconds}.${digits.slice(0, precision)}`;
        expect(text(formatTimestamp, micros, precision)).toBe(expected);
      }
    }
  });

  test("numbers as text", () => {
    for (let i = 0; i < count; i += 1) {
      const x = random.signed(64);
      expect(text(formatI64, x)).toBe(String(x));
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
