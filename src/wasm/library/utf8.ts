/** Text as UTF-8: validity, code points, ASCII case. */
import { type Fn, fn, i32, i64, load, select, type Term } from "../ir.ts";
import { emitWords, splat } from "./words.ts";

const text = { address: "i32", length: "i32" } as const;
const isContinuation = (byte: Term): Term => byte.and(0xc0).eq(0x80);

/** 1 in each byte of a word that is a continuation byte, 10xxxxxx. */
const continuations = (word: Term): Term => word.shrU(7).and(word.shrU(6).xor(-1n)).and(splat(1));

/** 1 where all bytes are below 128. */
export const isAscii: Fn = fn("is_ascii", text, ["i32"], (f, { address, length }) => {
  emitWords(f, address, length, (word) => {
    f.if(word.and(splat(0x80)).eqz().eqz(), () => f.return(0));
  });
  f.return(1);
});

/** 1 where the bytes are UTF-8: no overlong form, no surrogate, nothing above U+10FFFF. */
export const utf8Valid: Fn = fn("utf8_valid", text, ["i32"], (f, { address, length }) => {
  const at = f.let("at", address);
  const end = f.let("end", address.add(length));
  f.loop("characters", (next) => {
    f.if(end.sub(at).geU(8), () => {
      f.if(load.i64(at).and(splat(0x80)).eqz(), () => {
        f.set(at, at.add(8));
        next();
      });
    });
    f.if(at.eq(end), () => f.return(1));
    const lead = f.let("lead", load.u8(at));
    f.set(at, at.add(1));
    next(lead.lt(0x80));
    f.if(lead.lt(0xc2).or(lead.gt(0xf4)), () => f.return(0));
    const following = f.let("following", i32(1).add(lead.ge(0xe0)).add(lead.ge(0xf0)));
    f.if(end.sub(at).ltU(following), () => f.return(0));
    const second = f.let("second", load.u8(at));
    // Which second bytes would make an overlong form (E0, F0), a surrogate (ED), a number above U+10FFFF (F4).
    const least = select(lead.eq(0xe0), i32(0xa0), select(lead.eq(0xf0), i32(0x90), 0x80));
    const most = select(lead.eq(0xed), i32(0x9f), select(lead.eq(0xf4), i32(0x8f), 0xbf));
    f.if(second.lt(least).or(second.gt(most)), () => f.return(0));
    const characterEnd = f.let("character_end", at.add(following));
    f.set(at, at.add(1));
    f.while(
      "rest",
      () => at.ltU(characterEnd),
      () => {
        f.if(isContinuation(load.u8(at)).eqz(), () => f.return(0));
        f.set(at, at.add(1));
      },
    );
    next();
  });
});

/** How many code points valid UTF-8 has. */
export const utf8Length: Fn = fn("utf8_length", text, ["i32"], (f, { address, length }) => {
  const count = f.let("count", length.toI64U());
  emitWords(f, address, length, (word) => {
    f.set(count, count.sub(continuations(word).op("popcnt")));
  });
  f.return(count.toI32());
});

/** At which byte the code point of an index (from 0) begins; the length of the text where it has no such code point. */
export const utf8Offset: Fn = fn("utf8_offset", { ...text, index: "i32" }, ["i32"], (f, { address, length, index }) => {
  const at = f.let("at", i32(0));
  const before = f.let("before", i32(0));
  f.if(index.le(0), () => f.return(0));
  f.while(
    "words",
    () => at.add(8).leU(length),
    (_, leave) => {
      const starts = f.let(
        "starts",
        i64(8)
          .sub(continuations(load.i64(address.add(at))).op("popcnt"))
          .toI32(),
      );
      leave(before.add(starts).gtU(index));
      f.set(before, before.add(starts));
      f.set(at, at.add(8));
    },
  );
  f.range("bytes", at, length, (next) => {
    next(isContinuation(load.u8(address.add(at))));
    f.if(before.eq(index), () => f.return(at));
    f.set(before, before.add(1));
  });
  f.return(length);
});

/** Copies text with the letters from `first` to `first` + 25 moved to the other case; other bytes stay. */
function caseCopy(name: string, first: number): Fn {
  return fn(name, { to: "i32", ...text }, [], (f, { to, address, length }) => {
    // Where bit 7 of the sum shows, the seven low bits are at least the bound; no sum carries into the next byte.
    const atLeast = (sevenBits: Term, bound: number): Term => sevenBits.add(splat(0x80 - bound));
    emitWords(f, address, length, (word, bytes, at) => {
      const sevenBits = f.let("seven_bits", word.and(splat(0x7f)));
      const inside = atLeast(sevenBits, first).xor(atLeast(sevenBits, first + 26));
      const letters = inside.and(word.xor(-1n)).and(splat(0x80));
      const changed = f.let("changed", word.xor(letters.shrU(2)));
      const target = f.let("target", to.add(at.sub(address)));
      if (bytes === 8) {
        f.store.i64(target, changed);
        return;
      }
      const targetEnd = f.let("target_end", target.add(bytes));
      f.while(
        "tail_bytes",
        () => target.ltU(targetEnd),
        () => {
          f.store.u8(target, changed.toI32());
          f.set(changed, changed.shrU(8));
          f.set(target, target.add(1));
        },
      );
    });
  });
}

/** (to, address, length): a copy with A-Z as a-z. */
export const asciiLower: Fn = caseCopy("ascii_lower", 0x41);
/** (to, address, length): a copy with a-z as A-Z. */
export const asciiUpper: Fn = caseCopy("ascii_upper", 0x61);
