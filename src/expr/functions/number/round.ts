/** ROUND, FLOOR and CEIL of numbers: DOUBLE halves to even, DECIMAL halves away from zero. */
import { DECIMAL_PRECISION_MAX, INT, isApproximate, isInteger, type SqlType, storageOf } from "../../../base/types.ts";
import type { Value } from "../../../base/value.ts";
import { f64, i64, select, type Term } from "../../../wasm/ir.ts";
import { emitAdd128, emitSub128, fitsI64, type Int128, less128 } from "../../../wasm/library/int128.ts";
import { roundHalfEven } from "../../cast/evaluate.ts";
import { fitDecimal } from "../../coerce.ts";
import {
  as128,
  checked128,
  decimalType,
  emitRescale128,
  emitToDecimal,
  fromI64,
  fromInt128,
  one,
} from "../../emit/numbers.ts";
import { constantValue, part } from "../../emit/values.ts";
import { divideRounded, inPrecision, integerValue, pow10, rescale } from "../../exact.ts";
import type { ArgumentType, CallTypes, Emitted, Emitter, ScalarFunction, Signature } from "../../function.ts";
import type { Overload } from "../overload.ts";
import { numericTypes } from "./types.ts";

/** x with `digits` digits behind the point, by its shortest decimal text, halves away from zero. */
function roundDouble(x: number, digits: number): number {
  if (!Number.isFinite(x) || Math.abs(digits) > 400) return digits < 0 ? 0 : x;
  const [mantissa = "0", exponentText = "0"] = Math.abs(x).toExponential().split("e");
  const [whole = "0", fraction = ""] = mantissa.split(".");
  const shift = Number(exponentText) - fraction.length + digits;
  if (shift >= 0) return x;
  const rounded = divideRounded(BigInt(whole + fraction), pow10(-shift));
  return Math.sign(x) * Number(`${rounded}e${-digits}`);
}

/** An exact integer rounded to a multiple of 10^digits. */
const roundToPower = (n: bigint, digits: number): bigint => divideRounded(n, pow10(digits)) * pow10(digits);

function resolveRound(args: readonly ArgumentType[]): Signature | { reason: string } | undefined {
  const [number, digits] = args;
  if (number === undefined || args.length > 2) return undefined;
  const [type] = numericTypes([number]) ?? [];
  if (type === undefined || (digits !== undefined && !isInteger(digits.type))) return undefined;
  const params = digits === undefined ? [type] : [type, INT];
  const decimal = type.kind === "DECIMAL" ? type : undefined;
  if (decimal === undefined) return { params, result: type };
  if (digits !== undefined && digits.literal === undefined) {
    return { reason: "the number of digits for a DECIMAL must be a constant" };
  }
  const scale = Math.min(decimal.scale, Math.max(0, Number(digits?.literal ?? 0)));
  return { params, result: fitDecimal(decimal.precision - decimal.scale + scale + 1, scale) };
}

function evaluateRound([x = null, digits = 0]: readonly Value[], { args, result }: CallTypes): Value {
  const n = Number(digits);
  if (x === null || digits === null) return null;
  if (isApproximate(result)) return toSingle(result, n === 0 ? roundHalfEven(Number(x)) : roundDouble(Number(x), n));
  const exact = BigInt(x as number | bigint); // exact numbers only
  if (result.kind !== "DECIMAL") return n >= 0 ? x : integerValue(result, n < -40 ? 0n : roundToPower(exact, -n));
  const from = decimalType(args[0]);
  if (n < -40) return 0n;
  const cut = n < 0 ? roundToPower(exact, from.scale - n) : exact;
  return inPrecision(rescale(cut, from.scale, result.scale), result);
}

const toSingle = (type: SqlType, x: number): number => (type.kind === "FLOAT" ? Math.fround(x) : x);

export const round: ScalarFunction = {
  name: "ROUND",
  category: "number",
  doc: "The number rounded to so many digits behind the point (none without the second argument; before it where negative). DECIMAL rounds halves away from zero; ROUND(x) of a DOUBLE rounds halves to even.",
  usage: ["ROUND(number)", "ROUND(number, digits)"],
  examples: [
    { sql: "ROUND(2.5)", result: "3" },
    { sql: "ROUND(-2.345, 2)", result: "-2.35" },
    { sql: "ROUND(2.5e0)", result: "2" },
    { sql: "ROUND(1234, -2)", result: "1200" },
    { sql: "ROUND(1.005e0, 2)", result: "1.01" },
  ],
  volatility: "immutable",
  nulls: "strict",
  canFail: true,
  resolve: resolveRound,
  evaluate: evaluateRound,
  partial: ({ result }, [, digits = 0]) => isApproximate(result) && digits !== 0,
  emit(e, [x, places], { args, result }) {
    if (x === undefined) throw new TypeError("ROUND takes a number");
    const digits = Number(places?.literal ?? 0);
    if (isApproximate(result)) return { type: result, valid: undefined, parts: [emitRoundFloat(e, x, digits)] };
    const from = result.kind === "DECIMAL" ? decimalType(args[0]) : undefined;
    if (digits < 0) return emitRoundToPower(e, x, from?.scale ?? 0, -digits, result);
    return from === undefined ? x : emitToDecimal(e, x, from.precision, from.scale, decimalType(result));
  },
  canEmit({ args, result }, [, digits]) {
    if (args.length === 1) return true;
    return typeof digits === "number" && (!isApproximate(result) || Math.abs(digits) <= EXACT_POWER_MAX);
  },
};

/** 10^22 is the last power of ten that is a DOUBLE. */
const EXACT_POWER_MAX = 22;

/**
 * x * 10^digits without its fraction, which decides where it is not near a half: between x and its shortest decimal, and
 * between the product and what is computed for it, lie less than 2^-51 of it. What is near is left.
 */
function emitRoundFloat(e: Emitter, v: Emitted, digits: number): Term {
  if (digits === 0) return part(v).op("nearest");
  const power = 10 ** Math.abs(digits);
  const x = one(e, "x", part(v).op("abs"));
  const scaled = one(e, "scaled", digits > 0 ? x.mul(power) : x.div(power));
  const floor = one(e, "floor", scaled.op("floor"));
  const fraction = one(e, "fraction", scaled.sub(floor));
  const isClear = fraction
    .sub(0.5)
    .op("abs")
    .gt(scaled.mul(2 ** -51));
  e.unhandled(isClear.and(scaled.lt(2 ** 50)).eqz());
  const whole = one(e, "whole", floor.add(select(fraction.gt(0.5), f64(1), 0)));
  const rounded = digits > 0 ? whole.div(power) : whole.mul(power);
  const signed = rounded.op("copysign", part(v));
  return v.type.kind === "FLOAT" ? signed.toF32().toF64() : signed;
}

/** An exact number with `scale` digits behind the point, rounded to a multiple of 10^zeros. */
function emitRoundToPower(e: Emitter, x: Emitted, scale: number, zeros: number, result: SqlType): Emitted {
  // Not even half of so great a power.
  if (scale + zeros > DECIMAL_PRECISION_MAX) return { ...constantValue(e, result, null), valid: undefined };
  const rounded = emitRescale128(e, emitRescale128(e, as128(e, x), -scale - zeros), zeros);
  if (result.kind === "DECIMAL") return checked128(e, result, rounded);
  e.fail(fitsI64(rounded).eqz(), "OUT_OF_RANGE");
  return fromI64(e, result, rounded.lo);
}

interface Direction {
  readonly name: "FLOOR" | "CEIL";
  /** What a fraction adds to the truncated quotient of a positive and of a negative number. */
  readonly positive: 0 | 1;
  readonly negative: 0 | -1;
}

export const down: Direction = { name: "FLOOR", positive: 0, negative: -1 };
export const up: Direction = { name: "CEIL", positive: 1, negative: 0 };

function evaluateWhole(d: Direction, [x = null]: readonly Value[], { args, result }: CallTypes): Value {
  if (typeof x === "number" && isApproximate(result)) return d === down ? Math.floor(x) : Math.ceil(x);
  if (result.kind !== "DECIMAL" || typeof x !== "bigint") return x;
  const unit = pow10(decimalType(args[0]).scale);
  const fraction = x % unit;
  const step = fraction === 0n ? 0 : fraction > 0n ? d.positive : d.negative;
  return inPrecision(x / unit + BigInt(step), result);
}

function emitWhole(d: Direction, e: Emitter, x: Emitted, { args, result }: CallTypes): Emitted {
  if (isApproximate(result))
    return { type: result, valid: undefined, parts: [part(x).op(d === down ? "floor" : "ceil")] };
  const scale = result.kind === "DECIMAL" ? decimalType(args[0]).scale : 0;
  if (scale === 0) return { ...x, type: result };
  if (storageOf(x.type) === "i128") return emitWhole128(d, e, as128(e, x), scale, result);
  const value = part(x);
  const q = one(e, "whole", value.div(pow10(scale)));
  const rest = one(e, "fraction", value.sub(q.mul(pow10(scale))));
  const step = d === down ? q.sub(rest.lt(0n).toI64U()) : q.add(rest.gt(0n).toI64U());
  return { type: result, valid: undefined, parts: [step] };
}

/** Rounded, and moved by one where that went to the wrong side. */
function emitWhole128(d: Direction, e: Emitter, x: Int128, scale: number, result: SqlType): Emitted {
  const { f } = e;
  const nearest = emitRescale128(e, x, -scale);
  const back = emitRescale128(e, nearest, scale);
  const isWrong = d === down ? less128(x, back) : less128(back, x);
  const step = f.let("step", isWrong.toI64U());
  const one128 = { lo: step, hi: i64(0) };
  return fromInt128(result, d === down ? emitSub128(f, nearest, one128) : emitAdd128(f, nearest, one128));
}

/** FLOOR and CEIL of a number. */
export const wholeNumber = (d: Direction): Overload => ({
  matches: ({ args }) => args.length === 1,
  resolve(args) {
    const [type] = (args.length === 1 ? numericTypes(args) : undefined) ?? [];
    if (type === undefined) return undefined;
    const hasFraction = type.kind === "DECIMAL" && type.scale > 0;
    const result = hasFraction ? fitDecimal(Math.min(38, type.precision - type.scale + 1), 0) : type;
    return { params: [type], result };
  },
  evaluate: (args, types) => evaluateWhole(d, args, types),
  emit(e, [x], types) {
    if (x === undefined) throw new TypeError(`${d.name} takes a number`);
    return emitWhole(d, e, x, types);
  },
});
