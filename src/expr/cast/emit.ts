/** CAST as emitted code. What has no emitted form here (canEmitCast) runs in TypeScript between stages. */
import { isApproximate, isInteger, isString, type SqlType, sameType, storageOf } from "../../base/types.ts";
import { instr, type Term } from "../../wasm/ir.ts";
import { DAY_MICROS, emitFloorDiv } from "../../wasm/library/calendar.ts";
import { f64FromI128, fitsI64 } from "../../wasm/library/int128.ts";
import { asDecimal } from "../coerce.ts";
import { emitCut, emitDaysToMicros } from "../emit/calendar.ts";
import { as128, asI64, emitRescale128, emitToDecimal, fromI64, isNarrow, one } from "../emit/numbers.ts";
import { constantValue, part } from "../emit/values.ts";
import { pow10 } from "../exact.ts";
import type { Emitted, Emitter } from "../function.ts";
import { canEmitDecimalOfDouble, emitDecimalOfDouble } from "./emit-double.ts";
import { canEmitFromText, emitFromText } from "./emit-parse.ts";
import { canEmitToText, emitToText } from "./emit-text.ts";

export function canEmitCast(from: SqlType, to: SqlType): boolean {
  if (sameType(from, to) || from.kind === "NULL") return true;
  if (isString(to)) return canEmitToText(from);
  if (isString(from)) return canEmitFromText(to);
  if (from.kind === "ROW" || to.kind === "ROW") return false;
  if (isApproximate(from) && to.kind === "DECIMAL") return canEmitDecimalOfDouble(to);
  return true;
}

/** Whether the emitted form leaves some rows to TypeScript: such a cast becomes a computed column. */
export const isPartialCast = (from: SqlType, to: SqlType): boolean =>
  isString(to) ? isApproximate(from) : isString(from);

/** The value is not NULL where this runs. */
export function emitCast(e: Emitter, v: Emitted, to: SqlType, isAssignment: boolean): Emitted {
  const from = v.type;
  if (sameType(from, to)) return v;
  if (from.kind === "NULL") return constantValue(e, to, null);
  if (isString(to)) return emitToText(e, v, to, isAssignment);
  if (isString(from)) return emitFromText(e, v, to);
  const result = (...parts: Term[]): Emitted => ({ type: to, valid: undefined, parts });
  switch (to.kind) {
    case "BOOLEAN":
      return result(part(v).ne(part(v).same(0)));
    case "TINYINT":
    case "SMALLINT":
    case "INT":
    case "BIGINT":
      return emitToInteger(e, v, to);
    case "FLOAT":
    case "DOUBLE":
      return emitToFloat(e, v, to);
    case "DECIMAL": {
      const exact = asDecimal(from);
      return exact === undefined
        ? emitDecimalOfDouble(e, part(v), to)
        : emitToDecimal(e, v, exact.precision, exact.scale, to);
    }
    case "DATE":
      return result(emitFloorDiv(e.f, part(v), DAY_MICROS).toI32());
    case "TIMESTAMP":
    case "TIMESTAMP_LTZ":
      return result(from.kind === "DATE" ? emitDaysToMicros(e, part(v)) : emitCut(e, part(v), from, to.precision));
    default:
      return { ...v, type: to };
  }
}

function emitToInteger(e: Emitter, v: Emitted, to: SqlType): Emitted {
  const from = v.type;
  if (from.kind === "BOOLEAN") return fromI64(e, to, part(v).toI64U());
  if (isApproximate(from)) {
    const rounded = one(e, "rounded", part(v).op("nearest"));
    const bits = to.kind === "BIGINT" ? 64 : to.kind === "INT" ? 32 : to.kind === "SMALLINT" ? 16 : 8;
    const limit = 2 ** (bits - 1);
    // NaN is in no range.
    e.fail(rounded.ge(-limit).and(rounded.lt(limit)).eqz(), "OUT_OF_RANGE");
    return narrowTo(to, instr("i64.trunc_sat_f64_s", rounded));
  }
  if (isInteger(from)) return to.kind === "BIGINT" ? narrowTo(to, asI64(v)) : fromI64(e, to, asI64(v));
  const { precision = 0, scale = 0 } = from.kind === "DECIMAL" ? from : {};
  if (storageOf(from) === "i64") {
    const whole = emitToDecimal(e, v, precision, scale, { kind: "DECIMAL", precision: 18, scale: 0 });
    return fromI64(e, to, part(whole));
  }
  const x = emitRescale128(e, as128(e, v), -scale);
  e.fail(fitsI64(x).eqz(), "OUT_OF_RANGE");
  return fromI64(e, to, x.lo);
}

const narrowTo = (to: SqlType, x: Term): Emitted => ({
  type: to,
  valid: undefined,
  parts: [storageOf(to) === "i32" ? x.toI32() : x],
});

function emitToFloat(e: Emitter, v: Emitted, to: SqlType): Emitted {
  const from = v.type;
  const x = one(e, "float", toF64(e, v));
  const scaled = from.kind === "DECIMAL" && from.scale > 0 ? x.div(Number(pow10(from.scale))) : x;
  if (to.kind === "DOUBLE") return { type: to, valid: undefined, parts: [scaled] };
  const single = one(e, "single", scaled.toF32().toF64());
  const isInfinite = (t: Term): Term => t.op("abs").eq(Number.POSITIVE_INFINITY);
  e.fail(isInfinite(single).and(isInfinite(scaled).eqz()), "OUT_OF_RANGE");
  return { type: to, valid: undefined, parts: [single] };
}

function toF64(e: Emitter, v: Emitted): Term {
  const x = part(v);
  if (x.type === "f64") return x;
  return isNarrow(v) || storageOf(v.type) === "i32" ? x.toF64() : e.f.call(f64FromI128, x, part(v, 1));
}
