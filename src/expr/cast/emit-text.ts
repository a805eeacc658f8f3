/** Values as text in emitted code: numbers, booleans, and times of years with four digits. */
import { isInteger, isString, type SqlType } from "../../base/types.ts";
import { i32, select, type Term } from "../../wasm/ir.ts";
import { DECIMAL_TEXT_BYTES_MAX, formatDecimal, formatI64, I64_TEXT_BYTES_MAX } from "../../wasm/library/format.ts";
import { utf8Offset } from "../../wasm/library/utf8.ts";
import { as128, asI64 } from "../emit/numbers.ts";
import { part } from "../emit/values.ts";
import type { Emitted, Emitter } from "../function.ts";

export function canEmitToText(from: SqlType, to: SqlType): boolean {
  if (to.kind !== "VARCHAR") return false;
  return isString(from) || isInteger(from) || from.kind === "DECIMAL" || from.kind === "BOOLEAN";
}

export function emitToText(e: Emitter, v: Emitted, to: SqlType): Emitted {
  const text = textOf(e, v);
  const result = { type: to, valid: undefined, parts: text };
  const [address, length] = text;
  if (to.kind !== "VARCHAR" || to.length === undefined || address === undefined || length === undefined) return result;
  const cut = e.f.let("cut", length);
  // A text of no more bytes has no more characters.
  e.f.if(length.gtU(to.length), () => e.f.set(cut, e.f.call(utf8Offset, address, length, i32(to.length ?? 0))));
  return { ...result, parts: [address, cut] };
}

function textOf(e: Emitter, v: Emitted): readonly Term[] {
  const { f } = e;
  if (isString(v.type)) return v.parts;
  if (v.type.kind === "BOOLEAN") {
    const yes = e.bytes("true");
    const no = e.bytes("false");
    return [select(part(v), yes[0], no[0]), select(part(v), yes[1], no[1])];
  }
  const isDecimal = v.type.kind === "DECIMAL";
  const at = e.arena(i32(isDecimal ? DECIMAL_TEXT_BYTES_MAX : I64_TEXT_BYTES_MAX));
  const scale = v.type.kind === "DECIMAL" ? v.type.scale : 0;
  const wide = isDecimal ? as128(e, v) : undefined;
  const written =
    wide === undefined ? f.call(formatI64, at, asI64(v)) : f.call(formatDecimal, at, wide.lo, wide.hi, i32(scale));
  const length = f.let("length", written);
  e.arenaShrink(at.add(length));
  return [at, length];
}
