/** Loads and stores of the interpreter. Whoever calls them has checked that the memory has the bytes. */
import type { LoadName, StoreName } from "../opcodes.ts";
import type { Value } from "./instructions.ts";

export type Load = (address: number) => Value;
/** The value has the type that opcodes.ts lists for the name. */
export type Store = (address: number, value: never) => void;

export function loadsOf(view: DataView): Readonly<Record<LoadName, Load>> {
  return {
    "i32.load": (at) => view.getInt32(at, true),
    "i64.load": (at) => view.getBigInt64(at, true),
    "f32.load": (at) => view.getFloat32(at, true),
    "f64.load": (at) => view.getFloat64(at, true),
    "i32.load8_s": (at) => view.getInt8(at),
    "i32.load8_u": (at) => view.getUint8(at),
    "i32.load16_s": (at) => view.getInt16(at, true),
    "i32.load16_u": (at) => view.getUint16(at, true),
    "i64.load32_s": (at) => BigInt(view.getInt32(at, true)),
    "i64.load32_u": (at) => BigInt(view.getUint32(at, true)),
    "v128.load": (at) => Uint8Array.from({ length: 16 }, (_, i) => view.getUint8(at + i)),
  };
}

export function storesOf(view: DataView): Readonly<Record<StoreName, Store>> {
  return {
    "i32.store": (at, value) => view.setInt32(at, value, true),
    "i64.store": (at, value) => view.setBigInt64(at, value, true),
    "f32.store": (at, value) => view.setFloat32(at, value, true),
    "f64.store": (at, value) => view.setFloat64(at, value, true),
    "i32.store8": (at, value) => view.setInt8(at, value),
    "i32.store16": (at, value) => view.setInt16(at, value, true),
    "i64.store32": (at, value) => view.setInt32(at, Number(BigInt.asIntN(32, value)), true),
    "v128.store": (at, value: Uint8Array) => {
      value.forEach((byte, i) => {
        view.setUint8(at + i, byte);
      });
    },
  };
}
