/** INTERVAL literals -> months or microseconds: `'10' MINUTE`, `'1 12:30' DAY TO MINUTE`, PostgreSQL's `'1 day 2 hours'`. */
import { SqlError } from "../../../base/error.ts";
import { INTERVAL_DAY, INTERVAL_MONTH, type SqlType } from "../../../base/types.ts";
import type { Span } from "../../../base/value.ts";
import type { IntervalUnit } from "../../../sql/ast.ts";
import { isMonths } from "./types.ts";

export interface Interval {
  readonly type: SqlType;
  /** Months as number, or microseconds as bigint. */
  readonly value: number | bigint;
}

const MICROS: Readonly<Partial<Record<IntervalUnit, bigint>>> = {
  WEEK: 604_800_000_000n,
  DAY: 86_400_000_000n,
  HOUR: 3_600_000_000n,
  MINUTE: 60_000_000n,
  SECOND: 1_000_000n,
  MILLISECOND: 1_000n,
  MICROSECOND: 1n,
};
const MONTHS: Readonly<Partial<Record<IntervalUnit, number>>> = { YEAR: 12, QUARTER: 3, MONTH: 1 };
const INTERVAL_MICROS_MAX = 2n ** 63n - 1n;
const MONTHS_MAX = 2_147_483_647;

const words: Readonly<Record<string, IntervalUnit>> = {
  y: "YEAR",
  yr: "YEAR",
  year: "YEAR",
  quarter: "QUARTER",
  mon: "MONTH",
  month: "MONTH",
  w: "WEEK",
  week: "WEEK",
  d: "DAY",
  day: "DAY",
  h: "HOUR",
  hr: "HOUR",
  hour: "HOUR",
  m: "MINUTE",
  min: "MINUTE",
  minute: "MINUTE",
  s: "SECOND",
  sec: "SECOND",
  second: "SECOND",
  ms: "MILLISECOND",
  millisecond: "MILLISECOND",
  us: "MICROSECOND",
  microsecond: "MICROSECOND",
};

const wordUnit = (word: string): IntervalUnit | undefined => {
  const lower = word.toLowerCase();
  return words[lower] ?? (lower.endsWith("s") ? words[lower.slice(0, -1)] : undefined);
};

export function intervalOf(
  literal: { readonly text: string; readonly from: IntervalUnit | undefined; readonly to: IntervalUnit | undefined },
  span: Span,
): Interval {
  const invalid = (): SqlError => new SqlError("INVALID_INTERVAL", span, { text: `'${literal.text}'` });
  const text = literal.text.trim();
  const parsed =
    literal.from === undefined
      ? fromWords(text)
      : literal.to === undefined || literal.to === literal.from
        ? amount(text, literal.from)
        : fromFields(text, literal.from, literal.to);
  if (parsed === undefined) throw invalid();
  const { months, micros } = parsed;
  if (months !== 0 && micros !== 0n) {
    throw new SqlError("NOT_SUPPORTED", span, {
      construct: "an interval of months and days together",
      advice: undefined,
    });
  }
  const inMonths = months !== 0 || (literal.from !== undefined && isMonths(literal.to ?? literal.from));
  if (Math.abs(months) > MONTHS_MAX || micros > INTERVAL_MICROS_MAX || micros < -INTERVAL_MICROS_MAX) throw invalid();
  return inMonths ? { type: INTERVAL_MONTH, value: months } : { type: INTERVAL_DAY, value: micros };
}

interface Parts {
  readonly months: number;
  readonly micros: bigint;
}

/** `10`, `-1.5`: of one unit. Fractions of months are refused, of a microsecond cut. */
function amount(text: string, unit: IntervalUnit): Parts | undefined {
  const match = /^([+-])?\s*(\d+)(?:\.(\d+))?$/.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = "0", fraction = ""] = match;
  const negative = sign === "-";
  const months = MONTHS[unit];
  if (months !== undefined) {
    if (fraction !== "") return undefined;
    return { months: (negative ? -1 : 1) * Number(whole) * months, micros: 0n };
  }
  const scale = MICROS[unit] ?? 1n;
  const micros =
    BigInt(whole) * scale + (fraction === "" ? 0n : (BigInt(fraction) * scale) / 10n ** BigInt(fraction.length));
  return { months: 0, micros: negative ? -micros : micros };
}

const clock = /^(\d+):(\d+)(?::(\d+)(?:\.(\d{1,9}))?)?$/;

/** `1 12:30` DAY TO MINUTE, `1-6` YEAR TO MONTH, `10:30` MINUTE TO SECOND. */
function fromFields(text: string, from: IntervalUnit, to: IntervalUnit): Parts | undefined {
  const negative = text.startsWith("-");
  const body = text.replace(/^[+-]\s*/, "");
  const sign = negative ? -1n : 1n;
  if (from === "YEAR" && to === "MONTH") {
    const match = /^(\d+)-(\d+)$/.exec(body);
    if (match === null) return undefined;
    return { months: Number(sign) * (Number(match[1]) * 12 + Number(match[2])), micros: 0n };
  }
  const units: readonly IntervalUnit[] = ["DAY", "HOUR", "MINUTE", "SECOND"];
  const first = units.indexOf(from);
  const last = units.indexOf(to);
  if (first < 0 || last <= first) return undefined;
  const [, day, rest = ""] = /^(?:(\d+)\s+)?(\S+)$/.exec(body) ?? [];
  if ((day !== undefined) !== (from === "DAY")) return undefined;
  const numbers = rest.split(":");
  const expected = units.slice(from === "DAY" ? 1 : first, last + 1);
  if (numbers.length !== expected.length) return undefined;
  let micros = BigInt(day ?? 0) * (MICROS.DAY ?? 0n);
  for (const [i, unit] of expected.entries()) {
    const part = amount(numbers[i] ?? "", unit);
    if (part === undefined) return undefined;
    micros += part.micros;
  }
  return { months: 0, micros: sign * micros };
}

/** `1 day 2 hours`, `10m`, `01:30:00`, `1 day 12:30`, `2 hours ago`. */
function fromWords(text: string): Parts | undefined {
  const ago = /\s+ago$/i.test(text);
  const tokens =
    text.replace(/\s+ago$/i, "").match(/[+-]?\d+:\d+(?::\d+(?:\.\d+)?)?|[+-]?\s*\d+(?:\.\d+)?|[a-z]+|\S/gi) ?? [];
  let months = 0;
  let micros = 0n;
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i] ?? "";
    const negative = token.startsWith("-");
    const time = clock.exec(token.replace(/^[+-]/, ""));
    let part: Parts | undefined;
    if (time !== null) {
      const [, h = "0", m = "0", s = "0", f = ""] = time;
      const value = BigInt(h) * 3_600_000_000n + BigInt(m) * 60_000_000n + BigInt(s) * 1_000_000n;
      const fraction = BigInt(f.padEnd(6, "0").slice(0, 6) || 0);
      part = { months: 0, micros: negative ? -(value + fraction) : value + fraction };
    } else {
      const unit = wordUnit(tokens[i + 1] ?? "");
      if (unit === undefined) return undefined;
      part = amount(token, unit);
      i++;
    }
    if (part === undefined) return undefined;
    months += part.months;
    micros += part.micros;
  }
  if (tokens.length === 0) return undefined;
  return ago ? { months: -months, micros: -micros } : { months, micros };
}

/** An interval as people write it: `10 s`, `1 d 12 h`; for EXPLAIN and messages. */
export function durationText(micros: bigint): string {
  if (micros === 0n) return "0 s";
  const sign = micros < 0n ? "-" : "";
  let rest = micros < 0n ? -micros : micros;
  const parts: string[] = [];
  for (const [unit, size] of [
    ["d", 86_400_000_000n],
    ["h", 3_600_000_000n],
    ["min", 60_000_000n],
    ["s", 1_000_000n],
    ["ms", 1_000n],
    ["us", 1n],
  ] as const) {
    const n = rest / size;
    rest -= n * size;
    if (n > 0n) parts.push(`${n} ${unit}`);
  }
  return sign + parts.join(" ");
}
