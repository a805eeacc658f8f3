/** Emitted decoders of dates and ISO timestamps (V6). */
import { type Fn, fn, i64, load, type Term } from "../../../wasm/ir.ts";
import { DAY_MICROS, emitDaysFromCivil, emitDaysOfMonth } from "../../../wasm/library/calendar.ts";
import { ParseStatus } from "../../../wasm/library/digits.ts";
import { parseTimestamp } from "../../../wasm/library/parse-timestamp.ts";
import { splat } from "../../../wasm/library/words.ts";
import { once } from "../../../wasm/once.ts";
import { eightDigits, numberOfEight, ZERO } from "./cursor.ts";

/** What `dateAt` answers where there is no date. */
export const NO_DATE = -0x8000_0000;
/** Longer than any timestamp, shorter than the padding behind inputs. */
const STAMP_BYTES_MAX = 40;

/** YYYY-MM-DD at an address, as days. */
export const dateAt: Fn = fn("date_at", { from: "i32" }, ["i32"], (f, { from }) => {
  const digits = [0, 1, 2, 3, 5, 6, 8, 9].map((i) => f.let("digit", load.u8(from, i).sub(ZERO)));
  const wrong = digits.map((d) => d.geU(10)).reduce((a, b) => a.or(b));
  const dashes = load.u8(from, 4).ne(0x2d).or(load.u8(from, 7).ne(0x2d));
  f.if(wrong.or(dashes), () => f.return(NO_DATE));
  const number = (first: number, end: number): Term =>
    f.let(
      "number",
      digits.slice(first, end).reduce((n, d) => n.mul(10).add(d)),
    );
  const [year, month, day] = [number(0, 4), number(4, 6), number(6, 8)];
  f.if(year.eqz().or(month.sub(1).geU(12)), () => f.return(NO_DATE));
  f.if(day.sub(1).geU(emitDaysOfMonth(f, year, month)), () => f.return(NO_DATE));
  f.return(emitDaysFromCivil(f, { year, month, day }));
});

/** The byte order of "HH:MM:SS" with zeros for digits. */
const CLOCK = BigInt(`0x${Buffer.from("00:00:00").reverse().toString("hex")}`);
/** What makes bit 7 of a byte show a wrong character: a digit above 9, another byte than the colon. */
const CLOCK_LIMITS = 0x76767f76767f7676n;

/**
 * (from, cache) -> microseconds cut to the precision, next (0: no timestamp). `cache`: 24 bytes that only this function
 * writes, zero at first: the last date that was read, as bytes, and its first microsecond. Neighbours mostly share it.
 */
export const stampAt = (precision: number): Fn =>
  once(`stamp_at_${Math.min(precision, 6)}`, (name) =>
    fn(name, { from: "i32", cache: "i32" }, ["i64", "i32"], (f, { from, cache }) => {
      const bad = (): void => f.return(0n, 0);
      const isCached = load
        .i64(from)
        .eq(load.i64(cache))
        .and(load.u16(from, 8).eq(load.i32(cache, 8)));
      f.if(isCached.eqz(), () => {
        const days = f.let("days", f.call(dateAt, from));
        f.if(days.eq(NO_DATE), bad);
        f.store.i64(cache, load.i64(from));
        f.store.i32(cache, load.u16(from, 8), 8);
        f.store.i64(cache, days.toI64S().mul(DAY_MICROS), 16);
      });
      const separator = f.let("separator", load.u8(from, 10));
      const clock = f.let("clock", load.i64(from, 11).xor(CLOCK));
      const wrong = clock.add(CLOCK_LIMITS).or(clock).and(splat(0x80));
      f.if(wrong.ne(0n).or(separator.ne(0x54).and(separator.ne(0x20))), bad);
      // In each byte with a first digit: ten times it and the digit behind it.
      const pairs = f.let("pairs", clock.mul(10).add(clock.shrU(8)));
      const hour = f.let("hour", pairs.and(0xffn));
      const minute = f.let("minute", pairs.shrU(24).and(0xffn));
      const second = f.let("second", pairs.shrU(48).and(0xffn));
      f.if(hour.gtU(23n).or(minute.gtU(59n)).or(second.gtU(59n)), bad);
      const seconds = hour.mul(60).add(minute).mul(60).add(second);
      const micros = f.let("micros", load.i64(cache, 16).add(seconds.mul(1_000_000n)));
      const at = f.let("at", from.add(19));
      f.if(load.u8(at).eq(0x2e), () => fraction(f, at, micros, Math.min(precision, 6), bad));
      const zone = f.let("zone", load.u8(at));
      f.if(zone.eq(0x5a), () => f.return(micros, at.add(1)));
      f.if(zone.eq(0x2b).or(zone.eq(0x2d)), () => zoned(f, from, micros, at, bad));
      f.return(micros, at);
    }),
  );

/** Adds the fraction at `at` to `micros`, cut to the precision. Moves `at`. */
function fraction(f: Fn, at: Term, micros: Term, precision: number, bad: () => void): void {
  const { word, count } = eightDigits(f, at.add(1));
  f.if(count.eqz(), bad);
  const unwanted = i64(64).sub(count.shl(3).toI64U());
  const kept = word.and(i64(-1n).shrU(unwanted)).and((1n << BigInt(8 * precision)) - 1n);
  // With two zeros moved in before them, six digits are microseconds.
  f.set(micros, micros.add(numberOfEight(f, f.let("kept", kept.shl(16)))));
  f.set(at, at.add(count).add(1));
  f.if(count.eq(8), () => {
    const isDigit = (): Term => load.u8(at).sub(ZERO).ltU(10);
    f.set(at, at.add(isDigit()));
    f.if(isDigit(), bad);
  });
}

/** With an offset: read by the general routine, of which the fraction is then the cut one again. */
function zoned(f: Fn, from: Term, micros: Term, at: Term, bad: () => void): void {
  const end = from.add(STAMP_BYTES_MAX);
  const full = f.callNamed(["value", "zoned", "status", "next"], parseTimestamp, from, end);
  f.if(full.status.ne(ParseStatus.OK), bad);
  // What the zone moved is whole minutes: it is added to the micros that are cut already.
  const clock = f.callNamed(["local", "zoned_", "status_", "next_"], parseTimestamp, from, at);
  f.return(micros.add(full.value.sub(clock.local)), full.next);
}
