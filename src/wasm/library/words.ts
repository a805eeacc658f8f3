/** Bytes read eight at a time. A word holds its first byte lowest. */
import { type Fn, i64, load, type Term } from "../ir.ts";

/** The byte `b` in each of the eight bytes of a word. */
export const splat = (b: number): bigint => BigInt(b) * 0x0101010101010101n;

/** The word with only its first `bytes` bytes kept; 1 <= bytes <= 8. */
export function firstBytes(word: Term, bytes: Term): Term {
  const unwanted = i64(64).sub(bytes.shl(3).toI64U());
  return word.and(i64(-1n).shrU(unwanted));
}

/**
 * The last 1 to 7 bytes of a string, zeros behind them, by one load. It touches no run of memory but those in which
 * the string lies: near the end of a run it reads the eight bytes that end with the string and shifts.
 */
export function emitTail(f: Fn, at: Term, bytes: Term): Term {
  const word = f.local("tail", "i64");
  f.if(
    at.and(0xffff).leU(0xfff8),
    () => f.set(word, firstBytes(load.i64(at), bytes)),
    () => f.set(word, load.i64(at.add(bytes).sub(8)).shrU(i64(64).sub(bytes.shl(3).toI64U()))),
  );
  return word;
}

/**
 * Goes over the bytes of a string word by word: `each` is built twice, for the loop over whole words and for the last
 * 1 to 7 bytes, where the word is filled up with zero bytes.
 */
export function emitWords(
  f: Fn,
  address: Term,
  length: Term,
  each: (word: Term, bytes: Term | 8, at: Term) => void,
): void {
  const at = f.let("at", address);
  const rest = f.let("rest", length);
  f.while(
    "words",
    () => rest.geU(8),
    () => {
      each(f.let("word", load.i64(at)), 8, at);
      f.set(at, at.add(8));
      f.set(rest, rest.sub(8));
    },
  );
  f.if(rest, () => each(emitTail(f, at, rest), rest, at));
}
