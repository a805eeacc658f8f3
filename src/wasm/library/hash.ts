/**
 * Hashes of keys, 64 bits of which the low and the high ones are equally good. Keys come from outside: the seed is to
 * be secret, and it enters as a multiplier too, so that keys that collide under one seed do not under another.
 */
import { type Fn, f64, fn, load, select, type Term } from "../ir.ts";
import { emitTail } from "./words.ts";

// Odd numbers with about as many ones as zeros; MULTIPLY and FINISH are those of the "moremur" mixer.
const MULTIPLY = 0x3c79ac492ba7b653n;
const FINISH = 0x1c69b3f74ac4ae35n;
const WORD = 0x9e3779b97f4a7c15n;
const LENGTH = 0xd6e8feb86659fd93n;

const secretFactor = (seed: Term): Term => seed.xor(MULTIPLY).or(1n);

function finish(f: Fn, x: Term): Term {
  const h = f.let("h", x.xor(x.shrU(32)).mul(FINISH));
  return f.let("hash", h.xor(h.shrU(29)));
}

/** The hash of an i64. */
export function emitHashI64(f: Fn, x: Term, seed: Term): Term {
  const a = f.let("mix", x.xor(seed));
  // The shift first: a difference in high bits only would pass a multiplication unchanged, whatever the seed.
  const b = f.let("mix", a.xor(a.shrU(32)).mul(secretFactor(seed)));
  return finish(f, b);
}

/** A hash of two: of a key's first columns and of its next one. */
export function emitCombineHashes(f: Fn, first: Term, second: Term): Term {
  const mixed = f.let("mix", first.rotl(29).mul(WORD).xor(second));
  return finish(f, mixed);
}

/** The hash of a byte string. */
export function emitBytesHash(f: Fn, address: Term, length: Term, seed: Term): Term {
  const h = f.let("h", seed.xor(length.toI64U().mul(LENGTH)));
  const factor = f.let("factor", secretFactor(seed));
  const add = (word: Term): void => {
    // Off the chain from word to word, so that the words of a string are mixed side by side.
    const mixed = f.let("mix", word.mul(WORD));
    f.set(mixed, mixed.xor(mixed.shrU(32)).mul(factor));
    f.set(h, h.rotl(29).xor(mixed).mul(WORD));
  };
  f.if(
    length.geU(8),
    () => {
      const at = f.let("at", address);
      const last = f.let("last", address.add(length).sub(8));
      f.while(
        "words",
        () => at.ltU(last),
        () => {
          add(load.i64(at));
          f.set(at, at.add(8));
        },
      );
      // The last word may overlap the one before it: the length, which is hashed too, says by how much.
      add(load.i64(last));
    },
    () => f.if(length, () => add(emitTail(f, address, length))),
  );
  return finish(f, h);
}

export const hashI64: Fn = fn("hash_i64", { x: "i64", seed: "i64" }, ["i64"], (f, { x, seed }) =>
  f.return(emitHashI64(f, x, seed)),
);

export const combineHashes: Fn = fn(
  "combine_hashes",
  { first: "i64", second: "i64" },
  ["i64"],
  (f, { first, second }) => f.return(emitCombineHashes(f, first, second)),
);

export const hashBytes: Fn = fn(
  "hash_bytes",
  { address: "i32", length: "i32", seed: "i64" },
  ["i64"],
  (f, { address, length, seed }) => f.return(emitBytesHash(f, address, length, seed)),
);

/** An f64 as a key: -0 as 0, and every NaN as one. */
export const canonicalFloat = (x: Term): Term => select(x.eq(x), x.add(f64(0)), f64(Number.NaN));

/** Its bits. */
export const keyBits = (x: Term): Term => canonicalFloat(x).bits();
