/** Numbers in emitted code: results checked against the range of their type (V1), DECIMALs in 64 and 128 bits. */
import { type SqlType, storageOf } from "../../base/types.ts";
import type { Term } from "../../wasm/ir.ts";
import {
  emitScaleDown64,
  fitsPrecision64,
  fitsPrecision128,
  scaleDown128,
  scaleUp128,
} from "../../wasm/library/decimal.ts";
import type { Int128 } from "../../wasm/library/int128.ts";
import { pow10 } from "../exact.ts";
import type { Emitted, Emitter } from "../function.ts";
import { isSimple, part } from "./values.ts";

export type Decimal = Extract<SqlType, { kind: "DECIMAL" }>;

export function decimalType(type: SqlType | undefined): Decimal {
  if (type?.kind !== "DECIMAL") throw new TypeError("a DECIMAL is needed");
  return type;
}

/** An exact number (integer or DECIMAL) as i64; of an i128 only where it is known to fit. */
export function asI64(v: Emitted): Term {
  return storageOf(v.type) === "i32" ? part(v).toI64S() : part(v);
}

/** An exact number as two words. */
export function as128(e: Emitter, v: Emitted): Int128 {
  if (storageOf(v.type) === "i128") return { lo: part(v), hi: part(v, 1) };
  const [lo] = e.bind("lo", [asI64(v)]);
  if (lo === undefined) throw new TypeError("a number without parts");
  const [hi = lo] = e.bind("hi", [lo.shr(63)]);
  return { lo, hi };
}

/** Whether the value is known to be an i64, whatever its storage. */
export const isNarrow = (v: Emitted): boolean => storageOf(v.type) !== "i128" || v.narrow === true;

/** x with `digits` more (or fewer, rounded half away from zero) digits; fails where it leaves 128 bits. */
export function emitRescale128(e: Emitter, x: Int128, digits: number): Int128 {
  if (digits === 0) return x;
  if (digits < 0) {
    const { lo, hi } = e.f.callNamed(["lo", "hi"], scaleDown128(-digits), x.lo, x.hi);
    return { lo, hi };
  }
  const { lo, hi, over } = e.f.callNamed(["lo", "hi", "over"], scaleUp128(digits), x.lo, x.hi);
  e.fail(over, "OUT_OF_RANGE");
  return { lo, hi };
}

/** A value of `type` from two words that are known to have at most its digits. */
export function fromInt128(type: SqlType, x: Int128): Emitted {
  return { type, valid: undefined, parts: storageOf(type) === "i128" ? [x.lo, x.hi] : [x.lo] };
}

/** The same after a check of its digits. */
export function checked128(e: Emitter, type: Decimal, x: Int128): Emitted {
  e.fail(fitsPrecision128(x, type.precision).eqz(), "OUT_OF_RANGE");
  return fromInt128(type, x);
}

/** A DECIMAL from an exact number of scale `scale` with at most `digits` digits: rescaled, rounded, checked where it has to be. */
export function emitToDecimal(e: Emitter, v: Emitted, digits: number, scale: number, to: Decimal): Emitted {
  const shift = to.scale - scale;
  const room = to.precision - digits - shift;
  const canOverflow = shift < 0 ? room < 1 : room < 0;
  const isSmall = isNarrow(v) && (shift <= 0 ? digits <= 18 : digits + shift <= 18) && -shift <= 18;
  if (isSmall) {
    const x = asI64(v);
    const [scaled = x] = e.bind("scaled", [shift >= 0 ? scaleUp(x, shift) : emitScaleDown64(e.f, x, -shift)]);
    if (canOverflow && to.precision <= 18) e.fail(fitsPrecision64(scaled, to.precision).eqz(), "OUT_OF_RANGE");
    if (storageOf(to) === "i64") return { type: to, valid: undefined, parts: [scaled] };
    return { type: to, valid: undefined, parts: [scaled, scaled.shr(63)], narrow: true };
  }
  const wide = as128(e, v);
  const x = emitRescale128(e, wide, shift);
  const result = canOverflow ? checked128(e, to, x) : fromInt128(to, x);
  return shift === 0 && isNarrow(v) ? { ...result, narrow: true } : result;
}

const scaleUp = (x: Term, digits: number): Term => (digits === 0 ? x : x.mul(pow10(digits)));

/** 1 where an integer term is not in [lo, hi]. */
export const outside = (x: Term, lo: number | bigint, hi: number | bigint): Term => x.lt(lo).or(x.gt(hi));

const smallRanges = { TINYINT: [-128, 127], SMALLINT: [-32768, 32767], INT: [-2147483648, 2147483647] } as const;

/** Least and greatest value of an integer type that lies in an i32. */
export const rangeOf = (type: SqlType): readonly [number, number] =>
  type.kind === "TINYINT" || type.kind === "SMALLINT" ? smallRanges[type.kind] : smallRanges.INT;

export function one(e: Emitter, name: string, term: Term): Term {
  if (isSimple(term)) return term;
  return e.bind(name, [term])[0] ?? term;
}

/** An integer result given as i64, into `type`. */
export function fromI64(e: Emitter, type: SqlType, exact: Term): Emitted {
  if (storageOf(type) === "i64") return { type, valid: undefined, parts: [exact] };
  const x = one(e, "exact", exact);
  const [lo, hi] = rangeOf(type);
  e.fail(outside(x, lo, hi), "OUT_OF_RANGE");
  return { type, valid: undefined, parts: [x.toI32()] };
}

/** An f64 result: rounded for FLOAT; infinite where no operand was is an overflow. */
export function floatResult(e: Emitter, type: SqlType, value: Term, operands: readonly Term[]): Emitted {
  const x = one(e, "float", type.kind === "FLOAT" ? value.toF32().toF64() : value);
  const isInfinite = (t: Term): Term => t.op("abs").eq(Number.POSITIVE_INFINITY);
  const finite = operands.map((o) => isInfinite(o).eqz()).reduce((a, b) => a.and(b));
  e.fail(isInfinite(x).and(finite), "OUT_OF_RANGE");
  return { type, valid: undefined, parts: [x] };
}
