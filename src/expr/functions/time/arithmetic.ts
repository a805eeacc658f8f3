/** + - * / of dates, timestamps and intervals. A date plus an interval is a timestamp, as in PostgreSQL. */
import { RowError } from "../../../base/row-error.ts";
import { DATE, INT, INTERVAL_DAY, isInteger, isTimestamp, type SqlType } from "../../../base/types.ts";
import type { Value } from "../../../base/value.ts";
import { i64, type Term } from "../../../wasm/ir.ts";
import { emitMulI64 } from "../../../wasm/library/int128.ts";
import { addMonths, floorDiv, MICROS_PER_DAY } from "../../calendar.ts";
import { emitAddMonths } from "../../emit/calendar.ts";
import { one, outside } from "../../emit/numbers.ts";
import { part } from "../../emit/values.ts";
import { pow10 } from "../../exact.ts";
import type { ArgumentType, CallTypes, Emitted, Emitter, Signature } from "../../function.ts";
import type { Overload } from "../overload.ts";

const BIGINT: SqlType = { kind: "BIGINT" };
const isDayTime = (t: SqlType): boolean => t.kind === "DATE" || isTimestamp(t);
const isInterval = (t: SqlType): boolean => t.kind === "INTERVAL_DAY" || t.kind === "INTERVAL_MONTH";
const isOpen = (a: ArgumentType): boolean => typeof a.literal === "string";

/** The type of time + interval: fine enough for the digits that the interval may bring. */
function movedType(time: SqlType, interval: ArgumentType): SqlType {
  const precision = isTimestamp(time) && "precision" in time ? time.precision : 3;
  const keeps =
    interval.type.kind === "INTERVAL_MONTH" ||
    precision >= 6 ||
    (typeof interval.literal === "bigint" && interval.literal % pow10(6 - precision) === 0n);
  const kind = time.kind === "TIMESTAMP_LTZ" ? "TIMESTAMP_LTZ" : "TIMESTAMP";
  return { kind, precision: keeps ? precision : 6 };
}

function resolveAdd(sign: "+" | "-", args: readonly ArgumentType[]): Signature | undefined {
  const [a, b] = args;
  if (a === undefined || b === undefined || args.length !== 2) return undefined;
  const [x, y] = [a.type, b.type];
  if (isDayTime(x) && isInterval(y)) {
    const moved = movedType(x, b);
    return { params: [x.kind === "DATE" ? moved : x, y], result: moved };
  }
  if (sign === "+" && isInterval(x) && isDayTime(y)) {
    const moved = movedType(y, a);
    return { params: [x, y.kind === "DATE" ? moved : y], result: moved };
  }
  if (isInterval(x) && (x.kind === y.kind || isOpen(b))) return { params: [x, x], result: x };
  if (x.kind === "DATE" && isInteger(y)) return { params: [DATE, INT], result: DATE };
  if (sign === "+" && isInteger(x) && y.kind === "DATE") return { params: [INT, DATE], result: DATE };
  if (sign === "-" && x.kind === "DATE" && y.kind === "DATE") return { params: [DATE, DATE], result: INT };
  if (sign === "-" && isDayTime(x) && isDayTime(y)) {
    const common = x.kind === "TIMESTAMP_LTZ" || y.kind === "TIMESTAMP_LTZ" ? "TIMESTAMP_LTZ" : "TIMESTAMP";
    const type: SqlType = { kind: common, precision: 6 };
    return { params: [type, type], result: INTERVAL_DAY };
  }
  return undefined;
}

const inI64 = (n: bigint): bigint => {
  if (BigInt.asIntN(64, n) !== n) throw new RowError("TIME_OUT_OF_RANGE");
  return n;
};
const inI32 = (n: number): number => {
  if ((n | 0) !== n) throw new RowError("TIME_OUT_OF_RANGE");
  return n;
};

/** A timestamp moved by months; the time of day stays. */
function moveMonths(micros: bigint, months: number): bigint {
  const days = floorDiv(micros, MICROS_PER_DAY);
  return inI64(BigInt(addMonths(Number(days), months)) * MICROS_PER_DAY + (micros - days * MICROS_PER_DAY));
}

function evaluateAdd(sign: "+" | "-", [a = null, b = null]: readonly Value[], types: CallTypes): Value {
  if (types.args[0]?.kind === "INTERVAL_MONTH" && isTimestamp(types.result))
    return evaluateAdd(sign, [b, a], { ...types, args: [...types.args].reverse() });
  if (typeof a === "bigint" && typeof b === "bigint") return inI64(sign === "+" ? a + b : a - b);
  if (typeof a === "bigint") return moveMonths(a, sign === "+" ? Number(b) : -Number(b));
  return inI32(sign === "+" ? Number(a) + Number(b) : Number(a) - Number(b));
}

function emitAdd(sign: "+" | "-", e: Emitter, args: readonly Emitted[], types: CallTypes): Emitted {
  const [a, b] = args;
  if (a === undefined || b === undefined) throw new TypeError("too few arguments");
  const { result } = types;
  const [x, y] = [part(a), part(b)];
  const value = (t: Term): Emitted => ({ type: result, valid: undefined, parts: [t] });
  if (x.type === "i64" && y.type === "i64") {
    const r = one(e, "moved", sign === "+" ? x.add(y) : x.sub(y));
    const overflow = sign === "+" ? x.xor(r).and(y.xor(r)) : x.xor(y).and(x.xor(r));
    e.fail(overflow.lt(0), "TIME_OUT_OF_RANGE");
    return value(r);
  }
  if (x.type === "i64" || y.type === "i64") {
    const [micros, months] = x.type === "i64" ? [x, y] : [y, x];
    return value(emitAddMonths(e, micros, sign === "+" ? months.toI64S() : i64(0).sub(months.toI64S())));
  }
  const r = one(e, "moved", sign === "+" ? x.toI64S().add(y.toI64S()) : x.toI64S().sub(y.toI64S()));
  e.fail(outside(r, -2147483648n, 2147483647n), "TIME_OUT_OF_RANGE");
  return value(r.toI32());
}

export const timeAdd = (sign: "+" | "-"): Overload => ({
  matches: ({ args, result }) => args.length === 2 && [...args, result].some((t) => isDayTime(t) || isInterval(t)),
  resolve: (args) => resolveAdd(sign, args),
  evaluate: (args, types) => evaluateAdd(sign, args, types),
  emit: (e, args, types) => emitAdd(sign, e, args, types),
});

/** interval * integer, integer * interval, interval / integer (cut towards zero). */
export const intervalScale = (sign: "*" | "/"): Overload => ({
  matches: ({ result }) => isInterval(result),
  resolve([a, b, ...rest]) {
    if (a === undefined || b === undefined || rest.length > 0) return undefined;
    if (isInterval(a.type) && isInteger(b.type)) return { params: [a.type, BIGINT], result: a.type };
    if (sign === "*" && isInteger(a.type) && isInterval(b.type)) return { params: [BIGINT, b.type], result: b.type };
    return undefined;
  },
  evaluate([a = null, b = null], { result }) {
    const [x, y] = [BigInt(a as number | bigint), BigInt(b as number | bigint)]; // integers only
    if (sign === "/" && y === 0n) throw new RowError("DIVISION_BY_ZERO");
    const n = inI64(sign === "*" ? x * y : x / y);
    return result.kind === "INTERVAL_DAY" ? n : inI32(Number(n));
  },
  emit(e, [a, b], { result }) {
    if (a === undefined || b === undefined) throw new TypeError("too few arguments");
    const wide = (v: Emitted): Term => (part(v).type === "i64" ? part(v) : part(v).toI64S());
    const [x, y] = [one(e, "x", wide(a)), one(e, "y", wide(b))];
    let r: Term;
    if (sign === "*") {
      const { value, overflow } = emitMulI64(e.f, x, y);
      e.fail(overflow, "TIME_OUT_OF_RANGE");
      r = value;
    } else {
      e.fail(y.eqz(), "DIVISION_BY_ZERO");
      e.fail(x.eq(-(2n ** 63n)).and(y.eq(-1n)), "TIME_OUT_OF_RANGE");
      r = one(e, "quotient", x.div(y));
    }
    if (result.kind === "INTERVAL_DAY") return { type: result, valid: undefined, parts: [r] };
    e.fail(outside(r, -2147483648n, 2147483647n), "TIME_OUT_OF_RANGE");
    return { type: result, valid: undefined, parts: [r.toI32()] };
  },
});
