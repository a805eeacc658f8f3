/** The instructions of WebAssembly that the code generator uses: names, bytes and types. Source: WebAssembly core specification 2.0. */
export type ValType = "i32" | "i64" | "f32" | "f64" | "v128";

export interface Instruction {
  readonly bytes: readonly number[];
  readonly operands: readonly ValType[];
  readonly result: ValType;
}

const table: Record<string, Instruction> = {};

function define(first: number, names: string, operands: readonly ValType[], result: ValType, prefix: string): void {
  names.split(" ").forEach((name, i) => {
    table[`${prefix}.${name}`] = { bytes: [first + i], operands, result };
  });
}

const INT_COMPARE = "eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u";
const FLOAT_COMPARE = "eq ne lt gt le ge";
const INT_UNARY = "clz ctz popcnt";
const INT_BINARY = "add sub mul div_s div_u rem_s rem_u and or xor shl shr_s shr_u rotl rotr";
const FLOAT_UNARY = "abs neg ceil floor trunc nearest sqrt";
const FLOAT_BINARY = "add sub mul div min max copysign";

define(0x45, "eqz", ["i32"], "i32", "i32");
define(0x46, INT_COMPARE, ["i32", "i32"], "i32", "i32");
define(0x50, "eqz", ["i64"], "i32", "i64");
define(0x51, INT_COMPARE, ["i64", "i64"], "i32", "i64");
define(0x5b, FLOAT_COMPARE, ["f32", "f32"], "i32", "f32");
define(0x61, FLOAT_COMPARE, ["f64", "f64"], "i32", "f64");
define(0x67, INT_UNARY, ["i32"], "i32", "i32");
define(0x6a, INT_BINARY, ["i32", "i32"], "i32", "i32");
define(0x79, INT_UNARY, ["i64"], "i64", "i64");
define(0x7c, INT_BINARY, ["i64", "i64"], "i64", "i64");
define(0x8b, FLOAT_UNARY, ["f32"], "f32", "f32");
define(0x92, FLOAT_BINARY, ["f32", "f32"], "f32", "f32");
define(0x99, FLOAT_UNARY, ["f64"], "f64", "f64");
define(0xa0, FLOAT_BINARY, ["f64", "f64"], "f64", "f64");

const one = (name: string, bytes: readonly number[], operands: readonly ValType[], result: ValType): void => {
  table[name] = { bytes, operands, result };
};
one("i32.wrap_i64", [0xa7], ["i64"], "i32");
one("i64.extend_i32_s", [0xac], ["i32"], "i64");
one("i64.extend_i32_u", [0xad], ["i32"], "i64");
one("i32.extend8_s", [0xc0], ["i32"], "i32");
one("i32.extend16_s", [0xc1], ["i32"], "i32");
one("f64.convert_i32_s", [0xb7], ["i32"], "f64");
one("f64.convert_i32_u", [0xb8], ["i32"], "f64");
one("f64.convert_i64_s", [0xb9], ["i64"], "f64");
one("f64.convert_i64_u", [0xba], ["i64"], "f64");
one("f32.demote_f64", [0xb6], ["f64"], "f32");
one("f64.promote_f32", [0xbb], ["f32"], "f64");
one("i64.trunc_sat_f64_s", [0xfc, 6], ["f64"], "i64");
one("i64.trunc_sat_f64_u", [0xfc, 7], ["f64"], "i64");
one("i64.reinterpret_f64", [0xbd], ["f64"], "i64");
one("f64.reinterpret_i64", [0xbf], ["i64"], "f64");
one("i32.reinterpret_f32", [0xbc], ["f32"], "i32");
one("f32.reinterpret_i32", [0xbe], ["i32"], "f32");
one("i8x16.splat", [0xfd, 0x0f], ["i32"], "v128");
one("i8x16.eq", [0xfd, 0x23], ["v128", "v128"], "v128");
one("i8x16.lt_u", [0xfd, 0x26], ["v128", "v128"], "v128");
one("i8x16.bitmask", [0xfd, 0x64], ["v128"], "i32");
one("v128.and", [0xfd, 0x4e], ["v128", "v128"], "v128");
one("v128.or", [0xfd, 0x50], ["v128", "v128"], "v128");
one("v128.any_true", [0xfd, 0x53], ["v128"], "i32");

export const instructions: Readonly<Record<string, Instruction>> = table;

/** A load or store: bytes, the type on the stack, how many bytes of memory it touches. */
export interface Access {
  readonly bytes: readonly number[];
  readonly type: ValType;
  readonly size: number;
}

export type LoadName =
  | "i32.load"
  | "i64.load"
  | "f32.load"
  | "f64.load"
  | "i32.load8_s"
  | "i32.load8_u"
  | "i32.load16_s"
  | "i32.load16_u"
  | "i64.load32_s"
  | "i64.load32_u"
  | "v128.load";

export const loads: Readonly<Record<LoadName, Access>> = {
  "i32.load": { bytes: [0x28], type: "i32", size: 4 },
  "i64.load": { bytes: [0x29], type: "i64", size: 8 },
  "f32.load": { bytes: [0x2a], type: "f32", size: 4 },
  "f64.load": { bytes: [0x2b], type: "f64", size: 8 },
  "i32.load8_s": { bytes: [0x2c], type: "i32", size: 1 },
  "i32.load8_u": { bytes: [0x2d], type: "i32", size: 1 },
  "i32.load16_s": { bytes: [0x2e], type: "i32", size: 2 },
  "i32.load16_u": { bytes: [0x2f], type: "i32", size: 2 },
  "i64.load32_s": { bytes: [0x34], type: "i64", size: 4 },
  "i64.load32_u": { bytes: [0x35], type: "i64", size: 4 },
  "v128.load": { bytes: [0xfd, 0x00], type: "v128", size: 16 },
};

export type StoreName =
  | "i32.store"
  | "i64.store"
  | "f32.store"
  | "f64.store"
  | "i32.store8"
  | "i32.store16"
  | "i64.store32"
  | "v128.store";

export const stores: Readonly<Record<StoreName, Access>> = {
  "i32.store": { bytes: [0x36], type: "i32", size: 4 },
  "i64.store": { bytes: [0x37], type: "i64", size: 8 },
  "f32.store": { bytes: [0x38], type: "f32", size: 4 },
  "f64.store": { bytes: [0x39], type: "f64", size: 8 },
  "i32.store8": { bytes: [0x3a], type: "i32", size: 1 },
  "i32.store16": { bytes: [0x3b], type: "i32", size: 2 },
  "i64.store32": { bytes: [0x3e], type: "i64", size: 4 },
  "v128.store": { bytes: [0xfd, 0x0b], type: "v128", size: 16 },
};
