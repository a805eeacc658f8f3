/** Values in emitted code by storage: their parts' types, constants, locals, loads from and stores to columns. */
import { type SqlType, type Storage, storageOf } from "../../base/types.ts";
import { isRow, type Value } from "../../base/value.ts";
import { constant, type Fn, i32, i64, load, type Term, type ValType } from "../../wasm/ir.ts";
import type { Emitted, Emitter } from "../function.ts";

/** Types of the parts of a value; an f32 is computed as f64. */
export const partTypes: Readonly<Record<Storage, readonly ValType[]>> = {
  i8: ["i32"],
  i32: ["i32"],
  i64: ["i64"],
  i128: ["i64", "i64"],
  f32: ["f64"],
  f64: ["f64"],
  bytes: ["i32", "i32"],
  none: [],
};

/** Both hold; undefined is "always". */
export function both(a: Term | undefined, b: Term | undefined): Term | undefined {
  if (a === undefined || a === b) return b;
  return b === undefined ? a : a.and(b);
}

export const isConstant = (t: Term): boolean => t.node.op === "const";
export const isSimple = (t: Term): boolean => t.node.op === "const" || t.node.op === "local";

/** The first part of a value that has one. */
export function part(v: Emitted, index = 0): Term {
  const p = v.parts[index];
  if (p === undefined) throw new TypeError(`no part ${index} of a value of ${v.type.kind}`);
  return p;
}

/** A constant of a type. NULL has parts too: zeros, never valid. */
export function constantValue(e: Emitter, type: SqlType, value: Value): Emitted {
  const valid = value === null ? i32(0) : undefined;
  if (type.kind === "ROW") {
    const row = isRow(value) ? value : [];
    const fields = type.fields.map((f, i) => constantValue(e, f.type, row[i] ?? null));
    return { type, valid, parts: [], fields, literal: value };
  }
  return { type, valid, parts: constantParts(e, storageOf(type), value), literal: value };
}

function constantParts(e: Emitter, storage: Storage, value: Value): readonly Term[] {
  if (storage === "bytes") return e.bytes(typeof value === "string" ? value : "");
  if (storage === "i128") {
    const n = typeof value === "bigint" ? value : 0n;
    return [i64(BigInt.asIntN(64, n)), i64(BigInt.asIntN(64, n >> 64n))];
  }
  const type = partTypes[storage][0] ?? "i32";
  if (typeof value === "boolean") return [i32(value ? 1 : 0)];
  return [constant(type, typeof value === "number" || typeof value === "bigint" ? value : 0)];
}

/** Fresh locals of the shape of a value; `nullable` gives it a validity. */
export function valueLocals(f: Fn, name: string, type: SqlType, nullable: boolean): Emitted {
  const valid = nullable ? f.local(`${name}_valid`, "i32") : undefined;
  if (type.kind === "ROW") {
    const fields = type.fields.map((x) => valueLocals(f, `${name}_${x.name}`, x.type, true));
    return { type, valid, parts: [], fields };
  }
  return { type, valid, parts: partTypes[storageOf(type)].map((t, i) => f.local(`${name}${i}`, t)) };
}

/** Sets locals of valueLocals to a value of the same type. */
export function assignValue(f: Fn, to: Emitted, from: Emitted): void {
  if (to.valid !== undefined) f.set(to.valid, from.valid ?? 1);
  to.parts.forEach((p, i) => f.set(p, from.parts[i] ?? 0));
  to.fields?.forEach((p, i) => {
    const source = from.fields?.[i];
    if (source !== undefined) assignValue(f, p, source);
  });
}

/** The address of row `row` of a column of `storage` at `data`. */
export function cellAddress(data: Term, storage: Storage, row: Term): Term {
  switch (storage) {
    case "i8":
      return data.add(row);
    case "i32":
    case "f32":
      return data.add(row.shl(2));
    case "i128":
      return data.add(row.shl(4));
    case "i64":
    case "f64":
    case "bytes":
      return data.add(row.shl(3));
    case "none":
      return data;
    default:
      return storage satisfies never;
  }
}

/** The parts of the value at `at`, as loads: bind them. */
export function loadParts(storage: Storage, at: Term): readonly Term[] {
  switch (storage) {
    case "i8":
      return [load.u8(at)];
    case "i32":
      return [load.i32(at)];
    case "i64":
      return [load.i64(at)];
    case "i128":
      return [load.i64(at), load.i64(at, 8)];
    case "f32":
      return [load.f32(at).toF64()];
    case "f64":
      return [load.f64(at)];
    case "bytes":
      return [load.i32(at), load.i32(at, 4)];
    case "none":
      return [];
    default:
      return storage satisfies never;
  }
}

/** Stores the parts of a value at `at`. */
export function storeParts(f: Fn, storage: Storage, at: Term, parts: readonly Term[]): void {
  const [a, b] = parts;
  if (a === undefined) return;
  switch (storage) {
    case "i8":
      return f.store.u8(at, a);
    case "i32":
      return f.store.i32(at, a);
    case "i64":
      return f.store.i64(at, a);
    case "f32":
      return f.store.f32(at, a.toF32());
    case "f64":
      return f.store.f64(at, a);
    case "i128":
      f.store.i64(at, a);
      return f.store.i64(at, b ?? 0n, 8);
    case "bytes":
      f.store.i32(at, a);
      return f.store.i32(at, b ?? 0, 4);
    case "none":
      return;
    default:
      return storage satisfies never;
  }
}
