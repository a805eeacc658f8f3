/**
 * Text to BOOLEAN, numbers and times in emitted code. It reads the usual forms; everything else, errors included, is left
 * to the reference (`unhandled`), so that both agree on every text.
 */
import { type SqlType, storageOf } from "../../base/types.ts";
import { type Fn, i64, type Term } from "../../wasm/ir.ts";
import { DAY_MICROS, emitFloorDiv } from "../../wasm/library/calendar.ts";
import { ParseStatus } from "../../wasm/library/digits.ts";
import { parseDecimal64, parseDecimal128, parseF64, parseI64 } from "../../wasm/library/parse-number.ts";
import { DATE_BYTES, parseDate, parseTimestamp } from "../../wasm/library/parse-timestamp.ts";
import { emitTail, firstBytes, splat } from "../../wasm/library/words.ts";
import { emitCut } from "../emit/calendar.ts";
import { fromI64, one } from "../emit/numbers.ts";
import { part } from "../emit/values.ts";
import type { Emitted, Emitter } from "../function.ts";

export const canEmitFromText = (to: SqlType): boolean => to.kind !== "ROW" && !isInterval(to);

const isInterval = (t: SqlType): boolean => t.kind === "INTERVAL_DAY" || t.kind === "INTERVAL_MONTH";

export function emitFromText(e: Emitter, v: Emitted, to: SqlType): Emitted {
  const at = part(v);
  const length = part(v, 1);
  const end = e.f.let("end", at.add(length));
  const result = (...parts: readonly Term[]): Emitted => ({ type: to, valid: undefined, parts });
  const read = <const N extends string>(names: readonly N[], fn: Fn): Readonly<Record<N | "status" | "next", Term>> => {
    const r = e.f.callNamed([...names, "status", "next"] as const, fn, at, end);
    e.unhandled(r.status.ne(ParseStatus.OK).or(r.next.ne(end)));
    return r;
  };
  switch (to.kind) {
    case "BOOLEAN":
      return result(emitBoolean(e, at, length));
    case "DOUBLE":
      return result(read(["value"], parseF64).value);
    case "FLOAT": {
      const single = one(e, "single", read(["value"], parseF64).value.toF32().toF64());
      e.fail(single.op("abs").eq(Number.POSITIVE_INFINITY), "OUT_OF_RANGE");
      return result(single);
    }
    case "DECIMAL": {
      if (storageOf(to) === "i64") return result(read(["value"], parseDecimal64(to.precision, to.scale)).value);
      const { lo, hi } = read(["lo", "hi"], parseDecimal128(to.precision, to.scale));
      return result(lo, hi);
    }
    case "DATE": {
      const days = e.f.local("days", "i32");
      e.f.if(
        length.eq(DATE_BYTES),
        () => e.f.set(days, read(["days"], parseDate).days),
        () => e.f.set(days, emitFloorDiv(e.f, read(["micros", "zone"], parseTimestamp).micros, DAY_MICROS).toI32()),
      );
      return result(days);
    }
    case "TIMESTAMP":
    case "TIMESTAMP_LTZ": {
      const micros = e.f.local("micros", "i64");
      e.f.if(
        length.eq(DATE_BYTES),
        () => e.f.set(micros, read(["days"], parseDate).days.toI64S().mul(DAY_MICROS)),
        () => e.f.set(micros, read(["micros", "zone"], parseTimestamp).micros),
      );
      return result(emitCut(e, micros, undefined, to.precision));
    }
    default:
      return fromI64(e, to, read(["value"], parseI64).value);
  }
}

/** The letters of a word as a little-endian number. */
const wordOf = (text: string): bigint => Buffer.from(text.padEnd(8, "\0")).readBigInt64LE();

/** The usual words, in any case; the others are left. */
function emitBoolean(e: Emitter, at: Term, length: Term): Term {
  const { f } = e;
  e.unhandled(length.sub(1).geU(5));
  const word = emitTail(f, at, length);
  // Bit 5 of a letter is its case; where it is set already this changes nothing but the bytes behind the text.
  const folded = f.let("folded", word.or(firstBytes(i64(splat(0x20)), length)));
  const isOneOf = (words: readonly string[], digit: string): Term =>
    words.map((w) => folded.eq(wordOf(w))).reduce((a, b) => a.or(b), word.eq(wordOf(digit)));
  const yes = f.let("yes", isOneOf(["true", "t", "yes", "y", "on"], "1"));
  e.unhandled(yes.or(isOneOf(["false", "f", "no", "n", "off"], "0")).eqz());
  return yes;
}
