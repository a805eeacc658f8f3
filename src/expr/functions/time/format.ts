/** DATE_FORMAT: a time by a pattern of Java's DateTimeFormatter, as Flink takes it. */
import { RowError } from "../../../base/row-error.ts";
import { shownText } from "../../../base/shown-text.ts";
import { isString, isTimestamp, timestamp, VARCHAR } from "../../../base/types.ts";
import { i32, load, select, type Term } from "../../../wasm/ir.ts";
import {
  type CivilDate,
  dayOfYear,
  emitCivilFromDays,
  emitClockField,
  emitFloorMod,
  emitSplitMicros,
  isoDayOfWeek,
} from "../../../wasm/library/calendar.ts";
import { formatPadded } from "../../../wasm/library/format.ts";
import { type CivilTime, civilFromMicros, dayOfWeek, daysFromCivil, floorDiv, MICROS_PER_DAY } from "../../calendar.ts";
import { one } from "../../emit/numbers.ts";
import { part } from "../../emit/values.ts";
import type { Emitted, Emitter, ScalarFunction } from "../../function.ts";
import { Patterns } from "../patterns.ts";

const months = "January February March April May June July August September October November December".split(" ");
const weekdays = "Sunday Monday Tuesday Wednesday Thursday Friday Saturday".split(" ");

interface Instant extends CivilTime {
  readonly days: number;
}

/** The same in emitted code. */
interface EmittedInstant {
  readonly civil: CivilDate;
  readonly days: Term;
  readonly micros: Term;
}

/** What a pattern is made of: text that stands for itself, a number with zeros before it, one of some texts. */
type Piece =
  | { readonly kind: "text"; readonly text: string }
  | {
      readonly kind: "number";
      /** How many digits it has at least and, years outside of 0 to 9999 left aside, at most without zeros before it. */
      readonly width: number;
      readonly digits: number;
      readonly of: (t: Instant) => number;
      readonly emit: (e: Emitter, t: EmittedInstant) => Term;
    }
  | {
      readonly kind: "name";
      readonly texts: readonly string[];
      readonly of: (t: Instant) => number;
      readonly emit: (e: Emitter, t: EmittedInstant) => Term;
    };
type Faces = Pick<Extract<Piece, { kind: "number" }>, "of" | "emit">;

const hour: Faces = { of: (t) => t.hour, emit: (e, t) => emitClockField(e.f, t.micros, "hour").toI32() };
const month: Faces = { of: (t) => t.month, emit: (_, t) => t.civil.month };
const weekday: Faces = { of: (t) => dayOfWeek(t.days), emit: (e, t) => e.f.call(isoDayOfWeek, t.days).rem(7) };
/** A number of another, in both faces. */
const derived = (from: Faces, of: (n: number) => number, emit: (n: Term) => Term): Faces => ({
  of: (t) => of(from.of(t)),
  emit: (e, t) => emit(one(e, "n", from.emit(e, t))),
});
/** A clock of twelve hours that has `least` in place of 0. */
const orElse = (n: Term, least: number): Term => select(n, n, i32(least));

/** Letters that stand for a number: how many digits it has, and what it is. */
const numbers: Readonly<Record<string, readonly [digits: number, Faces]>> = {
  y: [4, { of: (t) => t.year, emit: (_, t) => t.civil.year }],
  M: [2, month],
  d: [2, { of: (t) => t.day, emit: (_, t) => t.civil.day }],
  D: [3, { of: (t) => t.days - daysFromCivil(t.year, 1, 1) + 1, emit: (e, t) => e.f.call(dayOfYear, t.days) }],
  Q: [
    1,
    derived(
      month,
      (m) => Math.floor((m + 2) / 3),
      (m) => m.add(2).div(3),
    ),
  ],
  e: [
    1,
    derived(
      weekday,
      (d) => d + 1,
      (d) => d.add(1),
    ),
  ],
  H: [2, hour],
  k: [
    2,
    derived(
      hour,
      (h) => h || 24,
      (h) => orElse(h, 24),
    ),
  ],
  K: [
    2,
    derived(
      hour,
      (h) => h % 12,
      (h) => h.rem(12),
    ),
  ],
  h: [
    2,
    derived(
      hour,
      (h) => h % 12 || 12,
      (h) => orElse(h.rem(12), 12),
    ),
  ],
  m: [2, { of: (t) => t.minute, emit: (e, t) => emitClockField(e.f, t.micros, "minute").toI32() }],
  s: [2, { of: (t) => t.second, emit: (e, t) => emitClockField(e.f, t.micros, "second").toI32() }],
};
const sameLetter: Readonly<Record<string, string>> = { u: "y", L: "M" };
const micro: Faces = { of: (t) => t.micro, emit: (e, t) => emitFloorMod(e.f, t.micros, 1_000_000n).toI32() };
const FRACTION_DIGITS = 6;

const shortened = (names: readonly string[], width: number): readonly string[] =>
  width >= 4 ? names : names.map((n) => n.slice(0, 3));

/** What a run of `width` equal letters stands for. */
function letterPieces(given: string, width: number): readonly Piece[] {
  const letter = sameLetter[given] ?? given;
  if (letter === "a") {
    const half = derived(
      hour,
      (h) => (h < 12 ? 0 : 1),
      (h) => h.ge(12),
    );
    return [{ kind: "name", texts: ["AM", "PM"], ...half }];
  }
  if (letter === "E") return [{ kind: "name", texts: shortened(weekdays, width), ...weekday }];
  if (letter === "M" && width >= 3) {
    return [
      {
        kind: "name",
        texts: shortened(months, width),
        ...derived(
          month,
          (m) => m - 1,
          (m) => m.sub(1),
        ),
      },
    ];
  }
  if (letter === "S") {
    const digits = Math.min(width, FRACTION_DIGITS);
    const unit = 10 ** (FRACTION_DIGITS - digits);
    const faces = derived(
      micro,
      (n) => Math.floor(n / unit),
      (n) => n.div(unit),
    );
    const zeros: Piece = { kind: "text", text: "0".repeat(width - digits) };
    return [{ kind: "number", width: digits, digits, ...faces }, zeros];
  }
  const [digits, faces] = numbers[letter] ?? [0, undefined];
  if (faces === undefined)
    throw new RowError("INVALID_ARGUMENT", `the pattern letter ${shownText(given)} is not known`);
  if (letter !== "y" || width !== 2) return [{ kind: "number", width, digits, ...faces }];
  const inCentury = derived(
    faces,
    (y) => ((y % 100) + 100) % 100,
    (y) => y.rem(100),
  );
  return [{ kind: "number", width: 2, digits: 2, ...inCentury }];
}

function pieceText(p: Piece, t: Instant): string {
  if (p.kind === "text") return p.text;
  return p.kind === "name" ? (p.texts[p.of(t)] ?? "") : String(p.of(t)).padStart(p.width, "0");
}

function parsePattern(pattern: string): readonly Piece[] {
  const pieces: Piece[] = [];
  // Quoted text, a quote, a run of one letter, or any other character.
  for (const [token] of pattern.matchAll(/'(?:[^']|'')*'|([A-Za-z])\1*|[^A-Za-z]/gsu)) {
    if (token === "''") pieces.push({ kind: "text", text: "'" });
    else if (token.startsWith("'")) {
      if (token.length === 1) throw new RowError("INVALID_ARGUMENT", "a quote of the pattern is not closed");
      pieces.push({ kind: "text", text: token.slice(1, -1).replaceAll("''", "'") });
    } else if (/^[A-Za-z]/.test(token)) pieces.push(...letterPieces(token.charAt(0), token.length));
    else pieces.push({ kind: "text", text: token });
  }
  return pieces;
}

const patterns = new Patterns(parsePattern);

const bytesMax = (p: Piece): number => {
  if (p.kind === "number") return Math.max(p.width, p.digits);
  return Math.max(...(p.kind === "text" ? [p.text] : p.texts).map((t) => Buffer.byteLength(t)));
};

/** Up to so many bytes are stored one by one: a copy costs more. */
const STORED_BYTES_MAX = 8;

/** Writes a piece at `to` and returns how many bytes it has, as a number where that is always the same. */
function emitPiece(e: Emitter, p: Piece, t: EmittedInstant, to: Term): Term | number {
  const { f } = e;
  if (p.kind === "text") {
    const bytes = Buffer.from(p.text);
    if (bytes.length > STORED_BYTES_MAX) f.copy(to, ...e.bytes(bytes));
    else bytes.forEach((byte, i) => f.store.u8(to, byte, i));
    return bytes.length;
  }
  const value = f.let("value", p.emit(e, t));
  if (p.kind === "name") {
    // Each name has a byte for its length before it, and as much room as the longest.
    const stride = bytesMax(p) + 1;
    const table = Buffer.alloc(stride * p.texts.length);
    p.texts.forEach((text, i) => table.writeUInt8(table.write(text, i * stride + 1), i * stride));
    const entry = f.let("entry", e.bytes(table)[0].add(value.mul(stride)));
    const length = f.let("name_length", load.u8(entry));
    f.copy(to, entry.add(1), length);
    return length;
  }
  if (p.width < p.digits) return f.let("number_length", f.call(formatPadded, to, value.toI64U(), i32(p.width)));
  for (let i = p.width - 1; i >= 0; i--) {
    f.store.u8(to, value.remU(10).add(0x30), i);
    if (i > 0) f.set(value, value.divU(10));
  }
  return p.width;
}

function emitFormat(e: Emitter, micros: Term, pieces: readonly Piece[]): Emitted {
  const { f } = e;
  const { days } = emitSplitMicros(f, micros);
  const civil = emitCivilFromDays(f, days);
  // Other years have more digits, or a sign.
  e.unhandled(civil.year.geU(10_000));
  const start = e.arena(i32(pieces.reduce((n, p) => n + bytesMax(p), 0)));
  const at = f.let("at", start);
  for (const p of pieces) f.set(at, at.add(emitPiece(e, p, { civil, days, micros }, at)));
  e.arenaShrink(at);
  return { type: VARCHAR, valid: undefined, parts: [start, at.sub(start)] };
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
    return patterns
      .get(pattern)
      .map((p) => pieceText(p, t))
      .join("");
  },
  deciding: { argument: 1, check: ([, pattern]) => patterns.check(pattern) },
  partial: true,
  emit(e, [x, pattern]) {
    const pieces = patterns.constant(pattern?.literal);
    if (x === undefined || pieces === undefined) throw new TypeError("DATE_FORMAT needs a constant pattern here");
    return emitFormat(e, part(x), pieces);
  },
  canEmit: (_, [, pattern]) => patterns.constant(pattern) !== undefined,
};
