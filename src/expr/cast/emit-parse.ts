/**
 * Text to numbers and timestamps in emitted code. It reads the usual forms; everything else, errors included, is left
 * to the reference (`unhandled`), so that both agree on every text.
 */
import { isInteger, type SqlType, storageOf } from "../../base/types.ts";
import type { Fn, Term } from "../../wasm/ir.ts";
import { ParseStatus } from "../../wasm/library/digits.ts";
import { parseDecimal64, parseDecimal128, parseF64, parseI64 } from "../../wasm/library/parse-number.ts";
import { parseTimestamp } from "../../wasm/library/parse-timestamp.ts";
import { emitCut } from "../emit/calendar.ts";
import { fromI64 } from "../emit/numbers.ts";
import { part } from "../emit/values.ts";
import type { Emitted, Emitter } from "../function.ts";

export const canEmitFromText = (to: SqlType): boolean =>
  isInteger(to) ||
  to.kind === "DOUBLE" ||
  to.kind === "DECIMAL" ||
  to.kind === "TIMESTAMP" ||
  to.kind === "TIMESTAMP_LTZ";

export function emitFromText(e: Emitter, v: Emitted, to: SqlType): Emitted {
  const at = part(v);
  const end = e.f.let("end", at.add(part(v, 1)));
  const read = <const N extends string>(names: readonly N[], fn: Fn): Readonly<Record<N | "status" | "next", Term>> => {
    const r = e.f.callNamed([...names, "status", "next"] as const, fn, at, end);
    e.unhandled(r.status.ne(ParseStatus.OK).or(r.next.ne(end)));
    return r;
  };
  switch (to.kind) {
    case "DOUBLE":
      return { type: to, valid: undefined, parts: [read(["value"], parseF64).value] };
    case "DECIMAL": {
      if (storageOf(to) === "i64") {
        return { type: to, valid: undefined, parts: [read(["value"], parseDecimal64(to.precision, to.scale)).value] };
      }
      const { lo, hi } = read(["lo", "hi"], parseDecimal128(to.precision, to.scale));
      return { type: to, valid: undefined, parts: [lo, hi] };
    }
    case "TIMESTAMP":
    case "TIMESTAMP_LTZ": {
      const { micros } = read(["micros", "zone"], parseTimestamp);
      return { type: to, valid: undefined, parts: [emitCut(e, micros, undefined, to.precision)] };
    }
    default:
      return fromI64(e, to, read(["value"], parseI64).value);
  }
}
