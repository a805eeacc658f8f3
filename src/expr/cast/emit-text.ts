/** Values as text in emitted code. Of FLOAT and DOUBLE it writes those of few digits and leaves the others. */
import { isApproximate, isInteger, isString, isTimestamp, type SqlType } from "../../base/types.ts";
import { i32, i64, load, select, type Term } from "../../wasm/ir.ts";
import {
  DATE_TEXT_BYTES_MAX,
  DECIMAL_TEXT_BYTES_MAX,
  formatDate,
  formatDecimal,
  formatI64,
  formatTimestamp,
  I64_TEXT_BYTES_MAX,
  shortDecimal,
  TIMESTAMP_TEXT_BYTES_MAX,
} from "../../wasm/library/format.ts";
import { utf8Length, utf8Offset } from "../../wasm/library/utf8.ts";
import { as128, asI64 } from "../emit/numbers.ts";
import { part } from "../emit/values.ts";
import type { Emitted, Emitter } from "../function.ts";

export const canEmitToText = (from: SqlType): boolean =>
  isString(from) ||
  isInteger(from) ||
  isApproximate(from) ||
  isTimestamp(from) ||
  from.kind === "DECIMAL" ||
  from.kind === "BOOLEAN" ||
  from.kind === "DATE";

export function emitToText(e: Emitter, v: Emitted, to: SqlType, isAssignment: boolean): Emitted {
  const [address, length] = textOf(e, v);
  return { type: to, valid: undefined, parts: emitFit(e, address, length, to, isAssignment) };
}

/** Where the spaces end that stand at offset `from` of a text. */
function emitPastSpaces({ f }: Emitter, address: Term, from: Term, length: Term): Term {
  const at = f.let("past_spaces", from);
  f.while(
    "spaces",
    () => at.ltU(length),
    (_, leave) => {
      leave(load.u8(address.add(at)).ne(0x20));
      f.set(at, at.add(1));
    },
  );
  return at;
}

/** A text in the length of its type: VARCHAR(n) cuts, CHAR(n) cuts and pads, in characters; an assignment cuts spaces only. */
function emitFit(e: Emitter, address: Term, length: Term, to: SqlType, isAssignment: boolean): readonly Term[] {
  const { f } = e;
  if ((to.kind !== "CHAR" && to.kind !== "VARCHAR") || to.length === undefined) return [address, length];
  const { length: wanted } = to;
  const [start, size] = [f.let("start", address), f.let("size", length)];
  // A text of no more bytes has no more characters.
  f.if(length.gtU(wanted), () => f.set(size, f.call(utf8Offset, address, length, i32(wanted))));
  if (isAssignment) e.fail(emitPastSpaces(e, address, size, length).ltU(length), "STRING_TOO_LONG");
  if (to.kind === "VARCHAR") return [start, size];
  const missing = f.let("missing", i32(wanted).sub(f.call(utf8Length, address, size)));
  f.if(missing.gt(0), () => {
    const padded = e.arena(size.add(missing));
    f.copy(padded, start, size);
    f.fill(padded.add(size), 0x20, missing);
    f.set(start, padded);
    f.set(size, size.add(missing));
  });
  return [start, size];
}

function textOf(e: Emitter, v: Emitted): readonly [address: Term, length: Term] {
  const { f } = e;
  const written = (bytesMax: number, write: (at: Term) => Term): readonly [Term, Term] => {
    const at = e.arena(i32(bytesMax));
    const length = f.let("length", write(at));
    e.arenaShrink(at.add(length));
    return [at, length];
  };
  switch (v.type.kind) {
    case "BOOLEAN": {
      const [yes, no] = [e.bytes("true"), e.bytes("false")];
      return [select(part(v), yes[0], no[0]), select(part(v), yes[1], no[1])];
    }
    case "DECIMAL": {
      const { lo, hi } = as128(e, v);
      const { scale } = v.type;
      return written(DECIMAL_TEXT_BYTES_MAX, (at) => f.call(formatDecimal, at, lo, hi, i32(scale)));
    }
    case "FLOAT":
    case "DOUBLE": {
      const { lo, hi, scale } = emitShortDecimal(e, part(v), v.type.kind === "FLOAT");
      return written(DECIMAL_TEXT_BYTES_MAX, (at) => f.call(formatDecimal, at, lo, hi, scale));
    }
    case "DATE":
      return written(DATE_TEXT_BYTES_MAX, (at) => f.call(formatDate, at, part(v)));
    case "TIMESTAMP":
    case "TIMESTAMP_LTZ": {
      const isZoned = i32(v.type.kind === "TIMESTAMP_LTZ" ? 1 : 0);
      return written(TIMESTAMP_TEXT_BYTES_MAX, (at) => f.call(formatTimestamp, at, part(v), isZoned));
    }
    case "CHAR":
    case "VARCHAR":
      return [part(v), part(v, 1)];
    default:
      return written(I64_TEXT_BYTES_MAX, (at) => f.call(formatI64, at, asI64(v)));
  }
}

function emitShortDecimal(e: Emitter, x: Term, isSingle: boolean): Record<"lo" | "hi" | "scale", Term> {
  const { f } = e;
  const short = f.callNamed(["digits", "scale", "found"], shortDecimal, x.op("abs"), i32(isSingle ? 1 : 0));
  const isNegative = f.let("is_negative", x.bits().lt(0n));
  // An integer has no negative zero.
  e.unhandled(short.found.eqz().or(isNegative.and(short.digits.eqz())));
  const lo = f.let("lo", select(isNegative, i64(0).sub(short.digits), short.digits));
  return { lo, hi: f.let("hi", lo.shr(63)), scale: short.scale };
}
