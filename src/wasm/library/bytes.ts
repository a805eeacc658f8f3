/** Comparing and searching byte strings, given as (address, length). */
import { type Fn, fn, i32, instr, load, select, type Term } from "../ir.ts";
import { emitTail } from "./words.ts";

/** 1 where two byte strings are equal. */
export function emitBytesEqual(f: Fn, a: Term, aLength: Term, b: Term, bLength: Term): Term {
  const equal = f.local("equal", "i32");
  f.set(equal, 0);
  f.block("compared", (leave) => {
    leave(aLength.ne(bLength));
    f.if(aLength.geU(8), () => {
      const at = f.let("at", i32(0));
      const last = f.let("last", aLength.sub(8));
      f.while(
        "words",
        () => at.ltU(last),
        () => {
          leave(load.i64(a.add(at)).ne(load.i64(b.add(at))));
          f.set(at, at.add(8));
        },
      );
      // The last word may overlap the one before it.
      f.set(equal, load.i64(a.add(last)).eq(load.i64(b.add(last))));
      leave();
    });
    f.set(equal, 1);
    f.if(aLength, () => f.set(equal, emitTail(f, a, aLength).eq(emitTail(f, b, bLength))));
  });
  return equal;
}

const pair = { a: "i32", aLength: "i32", b: "i32", bLength: "i32" } as const;

export const bytesEqual: Fn = fn("bytes_equal", pair, ["i32"], (f, { a, aLength, b, bLength }) =>
  f.return(emitBytesEqual(f, a, aLength, b, bLength)),
);

/** -1, 0, 1 by the bytes as unsigned numbers; a prefix comes before what it begins. In UTF-8: code point order. */
export const bytesCompare: Fn = fn("bytes_compare", pair, ["i32"], (f, { a, aLength, b, bLength }) => {
  const shorter = f.let("shorter", select(aLength.ltU(bLength), aLength, bLength));
  const at = f.let("at", i32(0));
  const x = f.local("x", "i64");
  const y = f.local("y", "i64");
  const order = (): void => {
    const difference = f.let("difference", x.xor(y));
    f.if(difference.eqz().eqz(), () => {
      const shift = f.let("shift", difference.op("ctz").and(0x38n));
      f.return(select(x.shrU(shift).and(0xffn).ltU(y.shrU(shift).and(0xffn)), i32(-1), 1));
    });
  };
  f.while(
    "words",
    () => at.add(8).leU(shorter),
    () => {
      f.set(x, load.i64(a.add(at)));
      f.set(y, load.i64(b.add(at)));
      order();
      f.set(at, at.add(8));
    },
  );
  const rest = f.let("rest", shorter.sub(at));
  f.if(rest, () => {
    f.set(x, emitTail(f, a.add(at), rest));
    f.set(y, emitTail(f, b.add(at), rest));
    order();
  });
  f.return(aLength.gtU(bLength).sub(aLength.ltU(bLength)));
});

/** The index of the first byte of this value, or -1. */
export const findByte: Fn = fn(
  "find_byte",
  { address: "i32", length: "i32", byte: "i32" },
  ["i32"],
  (f, { address, length, byte }) => {
    const at = f.let("at", i32(0));
    f.if(length.geU(16), () => {
      const wanted = f.let("wanted", instr("i8x16.splat", byte));
      const last = f.let("last", length.sub(16));
      const found = f.local("found", "i32");
      f.loop("vectors", (next) => {
        f.set(found, instr("i8x16.bitmask", instr("i8x16.eq", load.v128(address.add(at)), wanted)));
        f.if(found, () => f.return(at.add(found.op("ctz"))));
        f.if(at.eq(last), () => f.return(-1));
        // The last vector may overlap the one before it, in bytes that are known not to match.
        f.set(at, select(at.add(16).ltU(last), at.add(16), last));
        next();
      });
    });
    f.range("bytes", at, length, () => {
      f.if(load.u8(address.add(at)).eq(byte.and(0xff)), () => f.return(at));
    });
    f.return(-1);
  },
);

/** The index, at `from` or behind it, at which `needle` begins in `hay`, or -1. The empty needle is found at `from`. */
export const findBytes: Fn = fn(
  "find_bytes",
  { hay: "i32", hayLength: "i32", needle: "i32", needleLength: "i32", from: "i32" },
  ["i32"],
  (f, { hay, hayLength, needle, needleLength, from }) => {
    // No start behind `last` leaves room for the needle.
    const last = f.let("last", hayLength.sub(needleLength));
    f.if(from.gt(last), () => f.return(-1));
    f.if(needleLength.eqz(), () => f.return(from));
    const first = f.let("first", load.u8(needle));
    const at = f.let("at", from);
    f.while(
      "candidates",
      () => at.le(last),
      () => {
        const skip = f.let("skip", f.call(findByte, hay.add(at), last.sub(at).add(1), first));
        f.if(skip.lt(0), () => f.return(-1));
        f.set(at, at.add(skip));
        f.if(emitBytesEqual(f, hay.add(at), needleLength, needle, needleLength), () => f.return(at));
        f.set(at, at.add(1));
      },
    );
    f.return(-1);
  },
);

/**
 * What is left of a string without the characters of a set at its start (leading = 1) and end (trailing = 1): address,
 * length. The set is of ASCII, a bit for each: 0 to 63 in `low`, 64 to 127 in `high`.
 */
export const trimBytes: Fn = fn(
  "trim_bytes",
  { address: "i32", length: "i32", low: "i64", high: "i64", leading: "i32", trailing: "i32" },
  ["i32", "i32"],
  (f, { address, length, low, high, leading, trailing }) => {
    const start = f.let("start", address);
    const end = f.let("end", address.add(length));
    const isOther = (at: Term): Term => {
      const byte = f.let("byte", load.u8(at));
      const bits = select(byte.ltU(64), low, select(byte.ltU(128), high, 0n));
      return bits.shrU(byte.and(63).toI64U()).and(1n).eqz();
    };
    f.if(leading, () =>
      f.loop("front", (next, leave) => {
        leave(start.geU(end));
        leave(isOther(start));
        f.set(start, start.add(1));
        next();
      }),
    );
    f.if(trailing, () =>
      f.loop("back", (next, leave) => {
        leave(start.geU(end));
        leave(isOther(end.sub(1)));
        f.set(end, end.sub(1));
        next();
      }),
    );
    f.return(start, end.sub(start));
  },
);
