/** A value kept in a group's state (MIN, FIRST_VALUE): its fields, their loads and stores, and the order of values. */
import { type SqlType, type Storage, storageOf } from "../../base/types.ts";
import type { Value } from "../../base/value.ts";
import { i32, type Term } from "../../wasm/ir.ts";
import { bytesCompare } from "../../wasm/library/bytes.ts";
import { less128 } from "../../wasm/library/int128.ts";
import type { Slot, StateField, StateType } from "../aggregate.ts";
import type { Emitted, Emitter } from "../function.ts";

type Kept = Exclude<Storage, "none">;

const kept: Readonly<Record<Kept, StateType>> = {
  i8: "i32",
  i32: "i32",
  i64: "i64",
  i128: "i128",
  f32: "f64",
  f64: "f64",
  bytes: "bytes",
};

export function keptStorage(type: SqlType): Kept | undefined {
  const storage = storageOf(type);
  return storage === "none" ? undefined : storage;
}

export const valueField = (storage: Kept): StateField => ({ name: "value", type: kept[storage] });

export function loadValue(e: Emitter, s: Slot, storage: Kept): readonly Term[] {
  const parts = storage === "i128" || storage === "bytes" ? [s.load("value"), s.load("value", 1)] : [s.load("value")];
  return e.bind("kept", parts);
}

export function storeKept(s: Slot, storage: Kept, parts: readonly Term[]): void {
  const [a, b] = parts;
  if (a === undefined) throw new TypeError("a value without parts");
  if (storage === "bytes" && b !== undefined) return s.storeBytes("value", a, b);
  s.store("value", a);
  if (b !== undefined) s.store("value", b, 1);
}

/** 1 where a comes before b: NaN last, strings by their bytes, FALSE before TRUE. */
export function emitLess(e: Emitter, storage: Kept, a: readonly Term[], b: readonly Term[]): Term {
  const [a0, a1] = a;
  const [b0, b1] = b;
  if (a0 === undefined || b0 === undefined) throw new TypeError("a value without parts");
  if (storage === "f64" || storage === "f32") return a0.lt(b0).or(b0.ne(b0).and(a0.eq(a0)));
  if (a1 === undefined || b1 === undefined) return a0.lt(b0);
  if (storage === "i128") return less128({ lo: a0, hi: a1 }, { lo: b0, hi: b1 });
  return e.f.call(bytesCompare, a0, a1, b0, b1).lt(i32(0));
}

export const keptResult = (e: Emitter, s: Slot, storage: Kept, type: SqlType): Emitted => ({
  type,
  valid: e.f.let("has_value", s.load("count").ne(0n)),
  parts: loadValue(e, s, storage),
});

/** -1, 0, 1; the order of emitLess. */
export function compareValues(a: Value, b: Value): number {
  if (typeof a === "string" && typeof b === "string") return Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b)));
  if (typeof a === "number" && typeof b === "number") {
    if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
    return a < b ? -1 : Number(a > b);
  }
  if (typeof a === "bigint" && typeof b === "bigint") return a < b ? -1 : Number(a > b);
  if (typeof a === "boolean" && typeof b === "boolean") return Number(a) - Number(b);
  throw new TypeError("values of two types have no order");
}
