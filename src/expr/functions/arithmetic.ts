/** The operators + - * / %: numbers (V1, V2), dates, timestamps and intervals. */
import type { ScalarFunction } from "../function.ts";
import { numberAdd } from "./number/add.ts";
import { numberDivide, numberModulo } from "./number/divide.ts";
import { numberMultiply } from "./number/multiply.ts";
import { negate } from "./number/sign.ts";
import { overloaded } from "./overload.ts";
import { intervalScale, timeAdd } from "./time/arithmetic.ts";

const common = { category: "number", volatility: "immutable", nulls: "strict", canFail: true } as const;

const plus = overloaded(
  {
    ...common,
    name: "+",
    doc: "The sum; a time moved forward by an interval; a date some days later.",
    usage: ["number + number", "time + interval", "interval + time", "interval + interval", "date + days"],
    examples: [
      { sql: "1 + 2", result: "3" },
      { sql: "1.25 + 2", result: "3.25" },
      { sql: "2147483647 + 1", result: "error 22003" },
      { sql: "TIMESTAMP '2026-01-31 12:00:00' + INTERVAL '1' MONTH", result: "2026-02-28T12:00:00.000" },
      { sql: "DATE '2026-01-31' + 1", result: "2026-02-01" },
    ],
    speculative: true,
  },
  [numberAdd("+"), timeAdd("+")],
);

const minus = overloaded(
  {
    ...common,
    name: "-",
    doc: "The difference; the number with the other sign; a time moved back by an interval; the interval between two timestamps, or the days between two dates.",
    usage: ["number - number", "- number", "- interval", "time - interval", "interval - interval", "time - time"],
    examples: [
      { sql: "1 - 2.5", result: "-1.5" },
      { sql: "-(3)", result: "-3" },
      { sql: "DATE '2026-03-01' - DATE '2026-02-01'", result: "28" },
      { sql: "TIMESTAMP '2026-01-02 00:00:00' - TIMESTAMP '2026-01-01 23:00:00'", result: "01:00:00" },
    ],
    speculative: true,
  },
  [negate, numberAdd("-"), timeAdd("-")],
);

const times = overloaded(
  {
    ...common,
    name: "*",
    doc: "The product; an interval so many times.",
    usage: ["number * number", "interval * integer", "integer * interval"],
    examples: [
      { sql: "6 * 7", result: "42" },
      { sql: "1.5 * 0.25", result: "0.375" },
      { sql: "9223372036854775807 * 2", result: "error 22003" },
      { sql: "INTERVAL '10' MINUTE * 9", result: "01:30:00" },
    ],
    speculative: true,
  },
  [numberMultiply, intervalScale("*")],
);

const divided = overloaded(
  {
    ...common,
    name: "/",
    doc: "The quotient; integers cut towards zero. Division by zero is an error for every type.",
    usage: ["number / number", "interval / integer"],
    examples: [
      { sql: "7 / 2", result: "3" },
      { sql: "7.0 / 2", result: "3.500000000000" },
      { sql: "1 / 0", result: "error 22012" },
      { sql: "1e0 / 0", result: "error 22012" },
    ],
  },
  [numberDivide, intervalScale("/")],
);

const modulo = overloaded(
  {
    ...common,
    name: "%",
    aliases: ["MOD"],
    doc: "The remainder of the division, with the sign of the left side.",
    usage: ["a % b", "MOD(a, b)"],
    examples: [
      { sql: "-7 % 3", result: "-1" },
      { sql: "MOD(5.5, 2)", result: "1.5" },
      { sql: "1 % 0", result: "error 22012" },
    ],
  },
  [numberModulo],
);

export const arithmetic: readonly ScalarFunction[] = [plus, minus, times, divided, modulo];
