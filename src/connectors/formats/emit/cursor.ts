/**
 * Emitted code that reads records: a cursor over bytes, which moves on or gives the record up (`fail`: it is then
 * decoded exactly, by decode.ts). It may read up to 63 bytes behind what it is given; input buffers are padded.
 */
import { type Fn, fn, i32, i64, instr, type Jump, load, type Term } from "../../../wasm/ir.ts";
import { splat } from "../../../wasm/library/words.ts";

export interface Cursor {
  readonly f: Fn;
  /** A local: the address of the next byte. */
  readonly at: Term;
  /** Gives the record up. */
  readonly fail: Jump;
}

export const QUOTE = 0x22;
export const BACKSLASH = 0x5c;
export const LF = 0x0a;
export const CR = 0x0d;
export const MINUS = 0x2d;
export const ZERO = 0x30;
const SPACE = 0x20;

const wordOf = (bytes: Uint8Array, from: number, count: number): bigint => {
  let word = 0n;
  for (let i = count - 1; i >= 0; i--) word = (word << 8n) | BigInt(bytes[from + i] ?? 0);
  return BigInt.asIntN(64, word);
};

/** What differs from `bytes` at the cursor: zero where nothing does. Words of eight bytes, the last may overlap. */
function difference(c: Cursor, bytes: Uint8Array): Term {
  const n = bytes.length;
  if (n < 8) {
    const mask = (1n << BigInt(8 * n)) - 1n;
    return load
      .i64(c.at)
      .and(mask)
      .xor(wordOf(bytes, 0, n));
  }
  const starts: number[] = [];
  for (let i = 0; i + 8 <= n; i += 8) starts.push(i);
  if (n % 8 !== 0) starts.push(n - 8);
  const [first, ...rest] = starts.map((from) => load.i64(c.at, from).xor(wordOf(bytes, from, 8)));
  return rest.reduce((all, one) => all.or(one), first ?? i64(0));
}

/** Moves over `bytes`, or fails. */
export function expectBytes(c: Cursor, bytes: Uint8Array): void {
  if (bytes.length === 0) return;
  c.fail(difference(c, bytes).ne(0n));
  c.f.set(c.at, c.at.add(bytes.length));
}

/** Whether `bytes` (one at least) stand at the cursor. */
export function startsWith(c: Cursor, bytes: Uint8Array): Term {
  return difference(c, bytes).eqz();
}
/** Whether the text (up to 8 bytes of ASCII) stands at the cursor. */
export function isAt(c: Cursor, text: string): Term {
  return difference(c, Buffer.from(text, "latin1")).eqz();
}

const filled = (byte: number): Term => instr("i8x16.splat", i32(byte));
const equal = (v: Term, byte: number): Term => instr("i8x16.eq", v, filled(byte));
const either = (...masks: readonly Term[]): Term => masks.reduce((a, b) => instr("v128.or", a, b));

/** Moves the cursor to the first byte of which `mask` (of sixteen bytes) has a lane set. Some must come. */
function seek(c: Cursor, name: string, mask: (v: Term) => Term): void {
  const { f, at } = c;
  f.loop(name, (_, leave) => {
    const v = f.let("sixteen", load.v128(at));
    const hits = f.let("hits", instr("i8x16.bitmask", mask(v)));
    f.if(hits, () => {
      f.set(at, at.add(hits.op("ctz")));
      leave();
    });
    f.set(at, at.add(16));
  });
}

/** Moves to the next quote, backslash or control character. */
export function seekStringEnd(c: Cursor): void {
  const isControl = (v: Term): Term => instr("i8x16.lt_u", v, filled(SPACE));
  seek(c, "string", (v) => either(equal(v, QUOTE), equal(v, BACKSLASH), isControl(v)));
}
/** Moves to the next of these bytes. */
export function seekBytes(c: Cursor, bytes: readonly number[]): void {
  seek(c, "seek", (v) => either(...bytes.map((byte) => equal(v, byte))));
}

/** Calls `skip` (address -> address, 0: not possible) to move the cursor. */
export function skipBy(c: Cursor, skip: Fn): void {
  c.f.set(c.at, c.f.call(skip, c.at));
  c.fail(c.at.eqz());
}

/** 1 for digits, letters, plus, minus, point: what unread scalars consist of. */
export function isScalarByte(byte: Term): Term {
  const letter = byte.or(0x20).sub(0x61).ltU(26);
  return letter.or(byte.sub(ZERO).ltU(10)).or(byte.eq(0x2b)).or(byte.eq(MINUS)).or(byte.eq(0x2e));
}

const address = { from: "i32" } as const;

/** Behind the string whose content continues at `from`, escapes and control characters allowed; 0 where it does not end. */
export const skipStringRest: Fn = fn("skip_string_rest", address, ["i32"], (f, { from }) => {
  const at = f.let("at", from);
  const c: Cursor = { f, at, fail: () => undefined };
  f.loop("parts", (next) => {
    seekStringEnd(c);
    const byte = f.let("byte", load.u8(at));
    f.if(byte.eq(QUOTE), () => f.return(at.add(1)));
    f.if(byte.eq(BACKSLASH), () => {
      f.set(at, at.add(1));
      f.if(load.u8(at).eq(LF), () => f.return(0));
    });
    f.if(byte.eq(LF), () => f.return(0));
    f.set(at, at.add(1));
    next();
  });
  f.unreachable();
});

/** Behind the run of scalar bytes at `from`; 0 where it is empty. */
export const skipScalar: Fn = fn("skip_scalar", address, ["i32"], (f, { from }) => {
  const at = f.let("at", from);
  f.while(
    "scalar",
    () => isScalarByte(f.let("byte", load.u8(at))),
    () => f.set(at, at.add(1)),
  );
  f.if(at.eq(from), () => f.return(0));
  f.return(at);
});

const NESTING_MAX = 60;

/** Behind the object or array at `from`; 0 where its brackets do not match, or are nested too deep for this function. */
export const skipNested: Fn = fn("skip_nested", address, ["i32"], (f, { from }) => {
  const at = f.let("at", from);
  const depth = f.let("depth", i32(0));
  /** The kinds of open brackets as bits, the innermost lowest: 1 for a brace. */
  const kinds = f.let("kinds", i64(0));
  const c: Cursor = { f, at, fail: () => undefined };
  const isControl = (v: Term): Term => instr("i8x16.lt_u", v, filled(SPACE));
  f.loop("brackets", (next) => {
    seek(c, "bracket", (v) => {
      // Brackets and braces differ in one bit, which is set here.
      const folded = instr("v128.or", v, filled(0x20));
      return either(equal(v, QUOTE), equal(folded, 0x7b), equal(folded, 0x7d), isControl(v));
    });
    const byte = f.let("byte", load.u8(at));
    f.set(at, at.add(1));
    f.if(byte.eq(QUOTE), () => {
      f.set(at, f.call(skipStringRest, at));
      f.if(at.eqz(), () => f.return(0));
      next();
    });
    f.if(byte.eq(LF), () => f.return(0));
    next(byte.ltU(SPACE));
    const isBrace = f.let("is_brace", byte.shrU(5).and(1));
    f.if(byte.or(0x20).eq(0x7b), () => {
      f.if(depth.eq(NESTING_MAX), () => f.return(0));
      f.set(depth, depth.add(1));
      f.set(kinds, kinds.shl(1).or(isBrace.toI64U()));
      next();
    });
    f.if(kinds.toI32().and(1).ne(isBrace), () => f.return(0));
    f.set(kinds, kinds.shrU(1));
    f.set(depth, depth.sub(1));
    f.if(depth.eqz(), () => f.return(at));
    next();
  });
  f.unreachable();
});

/** Behind the JSON value at `from`, whatever it is; 0 where its structure is not right, or unusual. */
export const skipValue: Fn = fn("skip_value", address, ["i32"], (f, { from }) => {
  const byte = f.let("byte", load.u8(from));
  f.if(byte.eq(QUOTE), () => f.return(f.call(skipStringRest, from.add(1))));
  f.if(byte.or(0x20).eq(0x7b), () => f.return(f.call(skipNested, from)));
  f.return(f.call(skipScalar, from));
});

/** Behind the line end at or after `from`; one must come. */
export const nextLine: Fn = fn("next_line", address, ["i32"], (f, { from }) => {
  const at = f.let("at", from);
  seekBytes({ f, at, fail: () => undefined }, [LF]);
  f.return(at.add(1));
});

/** The digits (as numbers, the first lowest) of up to eight characters at an address, and how many there are. */
export function eightDigits(f: Fn, at: Term): { readonly word: Term; readonly count: Term } {
  const word = f.let("digits", load.i64(at).xor(splat(ZERO)));
  // Bit 7 of the lowest byte above 9; what it carries into bytes behind it does not matter.
  const others = word.add(splat(0x76)).or(word).and(splat(0x80));
  return { word, count: f.let("count", others.op("ctz").shrU(3).toI32()) };
}

/** The number that eight digits make, the first lowest in the word. */
export function numberOfEight(f: Fn, word: Term): Term {
  const two = f.let("pairs", word.and(splat(0x0f)).mul(2561n).shrU(8));
  const four = f.let("fours", two.and(0x00ff00ff00ff00ffn).mul(6553601n).shrU(16));
  return f.let("eight", four.and(0x0000ffff0000ffffn).mul(42949672960001n).shrU(32));
}

/** The first `count` (1 to 8) digits of a word, with zeros moved in before them. */
export function rightAligned(word: Term, count: Term): Term {
  return word.shl(i64(64).sub(count.shl(3).toI64U()));
}
