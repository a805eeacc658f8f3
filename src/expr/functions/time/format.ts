/** DATE_FORMAT: a time by a pattern of Java's DateTimeFormatter, as Flink takes it. */
import { RowError } from "../../../base/row-error.ts";
import { isString, isTimestamp, timestamp, VARCHAR } from "../../../base/types.ts";
import type { Value } from "../../../base/value.ts";
import { i32, type Term } from "../../../wasm/ir.ts";
import {
  type CivilDate,
  emitCivilFromDays,
  emitClockField,
  emitFloorMod,
  emitSplitMicros,
} from "../../../wasm/library/calendar.ts";
import { type CivilTime, civilFromMicros, dayOfWeek, daysFromCivil, floorDiv, MICROS_PER_DAY } from "../../calendar.ts";
import { part } from "../../emit/values.ts";
import type { Emitted, Emitter, ScalarFunction } from "../../function.ts";

const months = "January February March April May June July August September October November December".split(" ");
const weekdays = "Sunday Monday Tuesday Wednesday Thursday Friday Saturday".split(" ");

interface Instant extends CivilTime {
  readonly days: number;
}
type Piece = (t: Instant) => string;

const number =
  (width: number, of: (t: Instant) => number): Piece =>
  (t) =>
    String(of(t)).padStart(width, "0");
const name =
  (list: readonly string[], width: number, of: (t: Instant) => number): Piece =>
  (t) => {
    const full = list[of(t)] ?? "";
    return width >= 4 ? full : full.slice(0, 3);
  };

/** What a run of `width` equal letters stands for. */
function letterPiece(letter: string, width: number): Piece {
  switch (letter) {
    case "y":
    case "u":
      if (width === 2) return number(2, (t) => ((t.year % 100) + 100) % 100);
      return number(width, (t) => t.year);
    case "M":
    case "L":
      return width >= 3 ? name(months, width, (t) => t.month - 1) : number(width, (t) => t.month);
    case "d":
      return number(width, (t) => t.day);
    case "D":
      return number(width, (t) => t.days - daysFromCivil(t.year, 1, 1) + 1);
    case "Q":
      return number(width, (t) => Math.floor((t.month + 2) / 3));
    case "E":
      return name(weekdays, width, (t) => dayOfWeek(t.days));
    case "e":
      return number(width, (t) => dayOfWeek(t.days) + 1);
    case "a":
      return (t) => (t.hour < 12 ? "AM" : "PM");
    case "H":
      return number(width, (t) => t.hour);
    case "k":
      return number(width, (t) => t.hour || 24);
    case "K":
      return number(width, (t) => t.hour % 12);
    case "h":
      return number(width, (t) => t.hour % 12 || 12);
    case "m":
      return number(width, (t) => t.minute);
    case "s":
      return number(width, (t) => t.second);
    case "S":
      return (t) => String(t.micro).padStart(6, "0").padEnd(9, "0").slice(0, width).padEnd(width, "0");
    default:
      throw new RowError("INVALID_ARGUMENT", `the pattern letter ${letter} is not known`);
  }
}

/** A run of one letter, or text that stands for itself. */
type Token = { readonly letter: string; readonly width: number } | { readonly text: string };

function tokensOf(pattern: string): readonly Token[] {
  const tokens: Token[] = [];
  // Quoted text, a quote, a run of one letter, or any other character.
  for (const [token] of pattern.matchAll(/'(?:[^']|'')*'|([A-Za-z])\1*|[^A-Za-z]/gsu)) {
    if (token === "''") tokens.push({ text: "'" });
    else if (token.startsWith("'")) {
      if (token.length === 1) throw new RowError("INVALID_ARGUMENT", "a quote of the pattern is not closed");
      tokens.push({ text: token.slice(1, -1).replaceAll("''", "'") });
    } else if (/^[A-Za-z]/.test(token)) tokens.push({ letter: token.charAt(0), width: token.length });
    else tokens.push({ text: token });
  }
  return tokens;
}

const cache = new Map<string, readonly Piece[]>();
const CACHE_MAX = 256;

function piecesOf(pattern: string): readonly Piece[] {
  const known = cache.get(pattern);
  if (known !== undefined) return known;
  const pieces = tokensOf(pattern).map((t): Piece => ("text" in t ? () => t.text : letterPiece(t.letter, t.width)));
  if (cache.size >= CACHE_MAX) cache.clear();
  cache.set(pattern, pieces);
  return pieces;
}

/** Fields of a fixed width, as `yyyy-MM-dd HH:mm:ss.SSS` has them: what emitted code writes. */
const FIXED = /^(yyyy|uuuu|MM|dd|HH|mm|ss|S{1,6})$/;

/** The tokens of a constant pattern of fixed fields; undefined for others. */
function fixedTokens(pattern: Value | undefined): readonly Token[] | undefined {
  if (typeof pattern !== "string") return undefined;
  try {
    const tokens = tokensOf(pattern);
    return tokens.every((t) => "text" in t || FIXED.test(t.letter.repeat(t.width))) ? tokens : undefined;
  } catch (error) {
    if (error instanceof RowError) return undefined;
    throw error;
  }
}

/** The number of a field in emitted code, as i32. */
function emitNumber(e: Emitter, letter: string, width: number, micros: Term, civil: () => CivilDate): Term {
  const { f } = e;
  switch (letter) {
    case "M":
      return civil().month;
    case "d":
      return civil().day;
    case "H":
      return emitClockField(f, micros, "hour").toI32();
    case "m":
      return emitClockField(f, micros, "minute").toI32();
    case "s":
      return emitClockField(f, micros, "second").toI32();
    case "S":
      return emitFloorMod(f, micros, 1_000_000n)
        .toI32()
        .div(10 ** (6 - width));
    default:
      return civil().year;
  }
}

function emitFormat(e: Emitter, micros: Term, tokens: readonly Token[]): Emitted {
  const { f } = e;
  const civil = emitCivilFromDays(f, emitSplitMicros(f, micros).days);
  // Other years have more digits, or a sign.
  e.unhandled(civil.year.geU(10_000));
  const size = tokens.reduce((n, t) => n + ("text" in t ? Buffer.byteLength(t.text) : t.width), 0);
  const start = e.arena(i32(size));
  let offset = 0;
  for (const t of tokens) {
    if ("text" in t) {
      for (const byte of Buffer.from(t.text)) f.store.u8(start, byte, offset++);
      continue;
    }
    const rest = f.let(
      "digits",
      emitNumber(e, t.letter, t.width, micros, () => civil),
    );
    for (let i = t.width - 1; i >= 0; i--) {
      f.store.u8(start, rest.remU(10).add(0x30), offset + i);
      if (i > 0) f.set(rest, rest.divU(10));
    }
    offset += t.width;
  }
  return { type: VARCHAR, valid: undefined, parts: [start, i32(size)] };
}

export const dateFormat: ScalarFunction = {
  name: "DATE_FORMAT",
  category: "time",
  doc: "The time as text by a pattern: y year, M month (MMM, MMMM by name), d day, D day of the year, E weekday, Q quarter, H and h hour, a AM or PM, m minute, s second, S fraction of the second, 'quoted' text.",
  usage: ["DATE_FORMAT(time, pattern)"],
  examples: [
    {
      sql: "DATE_FORMAT(TIMESTAMP '2026-05-17 13:45:10.25', 'yyyy-MM-dd HH:mm:ss.SSS')",
      result: "2026-05-17 13:45:10.250",
    },
    { sql: "DATE_FORMAT(DATE '2026-05-17', 'EEEE, d MMM yy')", result: '"Sunday, 17 May 26"' },
    { sql: "DATE_FORMAT(DATE '2026-05-17', 'b')", result: "error 22023" },
  ],
  volatility: "immutable",
  nulls: "strict",
  canFail: true,
  resolve([time, pattern, ...rest]) {
    if (time === undefined || pattern === undefined || rest.length > 0) return undefined;
    if (!isString(pattern.type) && pattern.type.kind !== "NULL") return undefined;
    if (!isTimestamp(time.type) && time.type.kind !== "DATE" && time.type.kind !== "NULL") return undefined;
    return { params: [isTimestamp(time.type) ? time.type : timestamp(6), VARCHAR], result: VARCHAR };
  },
  evaluate([x, pattern]) {
    if (typeof x !== "bigint" || typeof pattern !== "string") return null;
    const t = { ...civilFromMicros(x), days: Number(floorDiv(x, MICROS_PER_DAY)) };
    return piecesOf(pattern)
      .map((p) => p(t))
      .join("");
  },
  partial: true,
  emit(e, [x, pattern]) {
    const tokens = fixedTokens(pattern?.literal);
    if (x === undefined || tokens === undefined) throw new TypeError("DATE_FORMAT needs a constant pattern here");
    return emitFormat(e, part(x), tokens);
  },
  canEmit: (_, [, pattern]) => fixedTokens(pattern) !== undefined,
};
