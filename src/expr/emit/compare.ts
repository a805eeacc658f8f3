/** Emitted comparison of two values of one type; neither is NULL, fields of a ROW may be. */
import { storageOf } from "../../base/types.ts";
import { i32, type Term } from "../../wasm/ir.ts";
import { bytesCompare, bytesEqual } from "../../wasm/library/bytes.ts";
import { less128 } from "../../wasm/library/int128.ts";
import type { Emitted, Emitter } from "../function.ts";
import { part } from "./values.ts";

/** 1 where a = b. */
export function emitEqual(e: Emitter, a: Emitted, b: Emitted): Term {
  const storage = storageOf(a.type);
  switch (storage) {
    case "i8":
    case "i32":
    case "i64":
      return part(a).eq(part(b));
    case "i128":
      return part(a)
        .eq(part(b))
        .and(part(a, 1).eq(part(b, 1)));
    case "f32":
    case "f64":
      return part(a)
        .eq(part(b))
        .or(isNaN(part(a)).and(isNaN(part(b))));
    case "bytes":
      return e.f.call(bytesEqual, part(a), part(a, 1), part(b), part(b, 1));
    case "none":
      return (a.fields ?? []).reduce((all, x, i) => {
        const y = b.fields?.[i];
        return y === undefined ? all : all.and(emitSame(e, x, y));
      }, i32(1));
    default:
      return storage satisfies never;
  }
}

/** 1 where a < b; not for ROWs. */
export function emitLess(e: Emitter, a: Emitted, b: Emitted): Term {
  const storage = storageOf(a.type);
  switch (storage) {
    case "i8":
    case "i32":
    case "i64":
      return part(a).lt(part(b));
    case "i128":
      return less128({ lo: part(a), hi: part(a, 1) }, { lo: part(b), hi: part(b, 1) });
    case "f32":
    case "f64":
      return part(a)
        .lt(part(b))
        .or(isNaN(part(b)).and(part(a).eq(part(a))));
    case "bytes":
      return e.f.call(bytesCompare, part(a), part(a, 1), part(b), part(b, 1)).lt(0);
    case "none":
      throw new TypeError("ROWs have no order in emitted code");
    default:
      return storage satisfies never;
  }
}

export const isNaN = (x: Term): Term => x.ne(x);

/** 1 where both are NULL, or neither is and they are equal. */
export function emitSame(e: Emitter, a: Emitted, b: Emitted): Term {
  if (a.valid === undefined && b.valid === undefined) return emitEqual(e, a, b);
  const { f } = e;
  const [va, vb] = [a.valid ?? i32(1), b.valid ?? i32(1)];
  const same = f.let("same", va.eq(vb));
  // Data of a NULL is undefined: no string may be looked at there.
  f.if(va.and(vb), () => f.set(same, emitEqual(e, a, b)));
  return same;
}
