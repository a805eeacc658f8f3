/** What each instruction of opcodes.ts computes, as a function of plain values. */

/** i32: a number, signed. i64: a bigint, signed. f32, f64: a number. v128: 16 bytes, never changed once made. */
export type Value = number | bigint | Uint8Array;

/** What WebAssembly reports as a RuntimeError. */
export class Trap extends Error {
  override readonly name = "Trap";
}

const I32_MIN = -(2 ** 31);
const I64_MIN = -(2n ** 63n);
const I64_MAX = 2n ** 63n - 1n;
const U64_MAX = 2n ** 64n - 1n;

const wrap = (x: bigint): bigint => BigInt.asIntN(64, x);
const unsigned = (x: bigint): bigint => BigInt.asUintN(64, x);
const bits = new DataView(new ArrayBuffer(8));

type I32Op = (a: number, b: number) => number;
type I64Op = (a: bigint, b: bigint) => bigint;

function trapIf(condition: boolean, message: string): void {
  if (condition) throw new Trap(message);
}
const zero = "divide by zero";
const range = "divide result unrepresentable";

const i32Binary: Record<string, I32Op> = {
  add: (a, b) => (a + b) | 0,
  sub: (a, b) => (a - b) | 0,
  mul: Math.imul,
  div_s: (a, b) => {
    trapIf(b === 0, zero);
    trapIf(a === I32_MIN && b === -1, range);
    return (a / b) | 0;
  },
  div_u: (a, b) => {
    trapIf(b === 0, zero);
    return ((a >>> 0) / (b >>> 0)) | 0;
  },
  rem_s: (a, b) => {
    trapIf(b === 0, "remainder by zero");
    return (a % b) | 0;
  },
  rem_u: (a, b) => {
    trapIf(b === 0, "remainder by zero");
    return ((a >>> 0) % (b >>> 0)) | 0;
  },
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
  shl: (a, b) => a << b,
  shr_s: (a, b) => a >> b,
  shr_u: (a, b) => (a >>> b) | 0,
  rotl: (a, b) => (a << b) | (a >>> -b),
  rotr: (a, b) => (a >>> b) | (a << -b),
  eq: (a, b) => +(a === b),
  ne: (a, b) => +(a !== b),
  lt_s: (a, b) => +(a < b),
  lt_u: (a, b) => +(a >>> 0 < b >>> 0),
  gt_s: (a, b) => +(a > b),
  gt_u: (a, b) => +(a >>> 0 > b >>> 0),
  le_s: (a, b) => +(a <= b),
  le_u: (a, b) => +(a >>> 0 <= b >>> 0),
  ge_s: (a, b) => +(a >= b),
  ge_u: (a, b) => +(a >>> 0 >= b >>> 0),
};

const i64Binary: Record<string, I64Op> = {
  add: (a, b) => wrap(a + b),
  sub: (a, b) => wrap(a - b),
  mul: (a, b) => wrap(a * b),
  div_s: (a, b) => {
    trapIf(b === 0n, zero);
    trapIf(a === I64_MIN && b === -1n, range);
    return a / b;
  },
  div_u: (a, b) => {
    trapIf(b === 0n, zero);
    return wrap(unsigned(a) / unsigned(b));
  },
  rem_s: (a, b) => {
    trapIf(b === 0n, "remainder by zero");
    return a % b;
  },
  rem_u: (a, b) => {
    trapIf(b === 0n, "remainder by zero");
    return wrap(unsigned(a) % unsigned(b));
  },
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
  shl: (a, b) => wrap(a << (b & 63n)),
  shr_s: (a, b) => a >> (b & 63n),
  shr_u: (a, b) => wrap(unsigned(a) >> (b & 63n)),
  rotl: (a, b) => wrap((unsigned(a) << (b & 63n)) | (unsigned(a) >> (-b & 63n))),
  rotr: (a, b) => wrap((unsigned(a) >> (b & 63n)) | (unsigned(a) << (-b & 63n))),
};

const i64Compare: Record<string, (a: bigint, b: bigint) => number> = {
  eq: (a, b) => +(a === b),
  ne: (a, b) => +(a !== b),
  lt_s: (a, b) => +(a < b),
  lt_u: (a, b) => +(unsigned(a) < unsigned(b)),
  gt_s: (a, b) => +(a > b),
  gt_u: (a, b) => +(unsigned(a) > unsigned(b)),
  le_s: (a, b) => +(a <= b),
  le_u: (a, b) => +(unsigned(a) <= unsigned(b)),
  ge_s: (a, b) => +(a >= b),
  ge_u: (a, b) => +(unsigned(a) >= unsigned(b)),
};

const isNegative = (x: number): boolean => x < 0 || Object.is(x, -0);

const floatBinary: Record<string, I32Op> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  min: Math.min,
  max: Math.max,
  copysign: (a, b) => (isNegative(a) === isNegative(b) ? a : -a),
};
const floatCompare: Record<string, I32Op> = {
  eq: (a, b) => +(a === b),
  ne: (a, b) => +(a !== b),
  lt: (a, b) => +(a < b),
  gt: (a, b) => +(a > b),
  le: (a, b) => +(a <= b),
  ge: (a, b) => +(a >= b),
};

/** To the nearest integer, ties to the even one. Beyond 2^52 every number is one. */
function nearest(x: number): number {
  if (!(Math.abs(x) < 2 ** 52)) return x;
  const down = Math.floor(x);
  const rest = x - down;
  const up = rest > 0.5 || (rest === 0.5 && down % 2 !== 0);
  const rounded = up ? down + 1 : down;
  return rounded === 0 && isNegative(x) ? -0 : rounded;
}
const floatUnary: Record<string, (x: number) => number> = {
  abs: Math.abs,
  neg: (x) => -x,
  ceil: Math.ceil,
  floor: Math.floor,
  trunc: Math.trunc,
  nearest,
  sqrt: Math.sqrt,
};

const i32Unary: Record<string, (x: number) => number> = {
  eqz: (x) => +(x === 0),
  clz: Math.clz32,
  ctz: (x) => (x === 0 ? 32 : 31 - Math.clz32(x & -x)),
  popcnt: (x) => {
    let count = 0;
    for (let rest = x; rest !== 0; rest &= rest - 1) count += 1;
    return count;
  },
  extend8_s: (x) => (x << 24) >> 24,
  extend16_s: (x) => (x << 16) >> 16,
};

const high = (x: bigint): number => Number(BigInt.asIntN(32, x >> 32n));
const low = (x: bigint): number => Number(BigInt.asIntN(32, x));
const unary32 = (name: "clz" | "ctz" | "popcnt", x: number): number => i32Unary[name]?.(x) ?? 0;
const i64Unary: Record<string, (x: bigint) => bigint> = {
  clz: (x) => BigInt(high(x) === 0 ? 32 + unary32("clz", low(x)) : unary32("clz", high(x))),
  ctz: (x) => BigInt(low(x) === 0 ? 32 + unary32("ctz", high(x)) : unary32("ctz", low(x))),
  popcnt: (x) => BigInt(unary32("popcnt", high(x)) + unary32("popcnt", low(x))),
};

function saturate(x: number, min: bigint, max: bigint): bigint {
  if (Number.isNaN(x)) return 0n;
  if (x <= Number(min)) return wrap(min);
  return wrap(x >= Number(max) ? max : BigInt(Math.trunc(x)));
}

function lanes(op: (a: number, b: number) => number): (a: Uint8Array, b: Uint8Array) => Uint8Array {
  return (a, b) => a.map((x, i) => op(x, b[i] ?? 0));
}

const conversions = {
  "i64.eqz": (x: bigint) => +(x === 0n),
  "i32.wrap_i64": low,
  "i64.extend_i32_s": (x: number) => BigInt(x),
  "i64.extend_i32_u": (x: number) => BigInt(x >>> 0),
  "f64.convert_i32_s": (x: number) => x,
  "f64.convert_i32_u": (x: number) => x >>> 0,
  "f64.convert_i64_s": (x: bigint) => Number(x),
  "f64.convert_i64_u": (x: bigint) => Number(unsigned(x)),
  "f32.demote_f64": Math.fround,
  "f64.promote_f32": (x: number) => x,
  "i64.trunc_sat_f64_s": (x: number) => saturate(x, I64_MIN, I64_MAX),
  "i64.trunc_sat_f64_u": (x: number) => saturate(x, 0n, U64_MAX),
  "i64.reinterpret_f64": (x: number) => {
    bits.setFloat64(0, x);
    return bits.getBigInt64(0);
  },
  "f64.reinterpret_i64": (x: bigint) => {
    bits.setBigInt64(0, x);
    return bits.getFloat64(0);
  },
  "i32.reinterpret_f32": (x: number) => {
    bits.setFloat32(0, x);
    return bits.getInt32(0);
  },
  "f32.reinterpret_i32": (x: number) => {
    bits.setInt32(0, x);
    return bits.getFloat32(0);
  },
  "i8x16.splat": (x: number) => new Uint8Array(16).fill(x),
  "i8x16.eq": lanes((a, b) => (a === b ? 255 : 0)),
  "i8x16.lt_u": lanes((a, b) => (a < b ? 255 : 0)),
  "i8x16.bitmask": (x: Uint8Array) => x.reduce((mask, byte, i) => mask | ((byte >> 7) << i), 0),
  "v128.and": lanes((a, b) => a & b),
  "v128.or": lanes((a, b) => a | b),
  "v128.any_true": (x: Uint8Array) => +x.some((byte) => byte !== 0),
};

/** One or two operands of the types that opcodes.ts lists for the name. */
export type Operation = (a: never, b: never) => Value;

function named(type: string, ops: Record<string, Operation>): [string, Operation][] {
  return Object.entries(ops).map(([name, op]) => [`${type}.${name}`, op]);
}
function rounded(ops: Record<string, (a: number, b: number) => number>): Record<string, Operation> {
  const entries = Object.entries(ops);
  return Object.fromEntries(entries.map(([name, op]) => [name, (a: number, b: number) => Math.fround(op(a, b))]));
}

export const operations: ReadonlyMap<string, Operation> = new Map<string, Operation>([
  ...named("i32", i32Binary),
  ...named("i32", i32Unary),
  ...named("i64", i64Binary),
  ...named("i64", i64Compare),
  ...named("i64", i64Unary),
  ...named("f64", floatBinary),
  ...named("f64", floatUnary),
  ...named("f64", floatCompare),
  ...named("f32", rounded(floatBinary)),
  ...named("f32", rounded(floatUnary)),
  ...named("f32", floatCompare),
  ...Object.entries<Operation>(conversions),
]);
