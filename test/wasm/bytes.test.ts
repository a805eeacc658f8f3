/** Byte strings and UTF-8 against Buffer and TextDecoder, also at the very end of a run of memory. */
import { describe, expect, test } from "vitest";
import { bytesCompare, bytesEqual, findByte, findBytes, trimBytes } from "../../src/wasm/library/bytes.ts";
import { asciiLower, asciiUpper, isAscii, utf8Length, utf8Offset, utf8Valid } from "../../src/wasm/library/utf8.ts";
import { bench, kindName, kinds, type Random, rounds, seeded } from "./support.ts";

const all = [
  bytesCompare,
  bytesEqual,
  findByte,
  findBytes,
  trimBytes,
  asciiLower,
  asciiUpper,
  isAscii,
  utf8Length,
  utf8Offset,
  utf8Valid,
];
const LENGTHS = [0, 1, 2, 3, 5, 7, 8, 9, 15, 16, 17, 24, 31, 33, 63];
const RUN = 65536;

/** Of few different bytes, so that prefixes, repetitions and near matches are common. */
function fewBytes(random: Random): Uint8Array {
  const letters = random.pick([
    [0x61, 0x62],
    [0x20, 0x61],
    [0, 0x7f, 0x80, 0xff],
    [0x41, 0x5a, 0x5b, 0x40, 0x61, 0x7a, 0x7b, 0x60, 0xc1],
  ]);
  return Uint8Array.from({ length: random.pick(LENGTHS) }, () => random.pick(letters));
}
/** Where a string may begin: anywhere, near the end of a run, or so that it ends with all that is allocated. */
const offset = (random: Random, length: number): number =>
  random.below(3) === 0 ? 2 * RUN - length : random.below(3) === 0 ? RUN - 4 : 64 + random.below(16);

const characters = [
  "a",
  "Z",
  " ",
  "é",
  "ß",
  "€",
  "한",
  "𝄞",
  "\u{10ffff}",
  "\u0000",
  "\u07ff",
  "\u0800",
  "\uffff",
  "\u{10000}",
];
const damaged = [
  [0x80],
  [0xc0, 0x80],
  [0xc1, 0xbf],
  [0xe0, 0x9f, 0xbf],
  [0xed, 0xa0, 0x80],
  [0xf0, 0x8f, 0xbf, 0xbf],
  [0xf4, 0x90, 0x80, 0x80],
  [0xf5, 0x80, 0x80, 0x80],
  [0xe2, 0x82],
  [0xf0, 0x9d, 0x84],
  [0xff],
  [0xc3],
  [0xe2, 0x28, 0xa1],
  [0xf0, 0x9f, 0x98, 0x28],
];

describe.each(kinds)("%j", (kind) => {
  const b = bench(kind, all);
  const random = seeded(`bytes, ${kindName(kind)}`);
  const count = rounds(kind, 3000);

  test("equality and order", () => {
    for (let i = 0; i < count; i += 1) {
      const x = fewBytes(random);
      const y = random.below(3) === 0 ? x.slice() : fewBytes(random);
      if (random.below(2) === 0 && y.length > 0) y[random.below(y.length)] = random.u32();
      const args = [b.put(offset(random, x.length), x), x.length, b.put(RUN + 512 + random.below(9), y), y.length];
      expect(b.call(bytesEqual, ...args)).toBe(Number(Buffer.compare(x, y) === 0));
      expect(b.call(bytesCompare, ...args)).toBe(Buffer.compare(x, y));
    }
  });

  test("search", () => {
    for (let i = 0; i < count; i += 1) {
      const hay = Buffer.from(fewBytes(random));
      const start = random.below(hay.length + 1);
      const needle =
        random.below(2) === 0
          ? hay.subarray(start, start + random.below(12))
          : Buffer.from(fewBytes(random)).subarray(0, random.below(4));
      const at = b.put(offset(random, hay.length), hay);
      const byte = random.pick([0x61, 0x20, 0xff, 0x80, 0x7a]);
      expect(b.call(findByte, at, hay.length, byte)).toBe(hay.indexOf(byte));
      const from = random.below(hay.length + 1);
      const found = b.call(findBytes, at, hay.length, b.put(RUN + 512, needle), needle.length, from);
      expect(found).toBe(needle.length === 0 ? from : hay.indexOf(needle, from));
    }
  });

  test("spaces at the ends", () => {
    for (const text of ["", " ", "   ", "a", " a", "a ", "  a b  ", "\ta "]) {
      const at = b.put(2 * RUN - text.length, text);
      const trimmed = (leading: number, trailing: number): string => {
        const [start, length] = b.callMany(trimBytes, at, text.length, 1n << 0x20n, 0n, leading, trailing);
        return b.memory.text(Number(start), Number(length));
      };
      expect(trimmed(1, 1)).toBe(text.replace(/^ +| +$/g, ""));
      expect(trimmed(1, 0)).toBe(text.replace(/^ +/, ""));
      expect(trimmed(0, 1)).toBe(text.replace(/ +$/, ""));
      expect(trimmed(0, 0)).toBe(text);
    }
  });

  test("characters of a set at the ends, never a byte of a longer character", () => {
    const set = (characters: string, half: bigint): bigint =>
      Array.from(characters, (c) => BigInt(c.charCodeAt(0)) - half)
        .filter((n) => n >= 0n && n < 64n)
        .reduce((bits, n) => bits | (1n << n), 0n);
    for (const text of ["", "/", "a/a", "//az//", "?\u007fx?", "ä/", "/日本語@"]) {
      const bytes = Buffer.from(text);
      const at = b.put(2 * RUN - bytes.length, bytes);
      for (const [characters, form] of [
        ["/@", /^[/@]+|[/@]+$/g],
        ["az", /^[az]+|[az]+$/g],
        ["?\u007f", /^[?\u007f]+|[?\u007f]+$/g],
        ["", /^$/g],
      ] as const) {
        const [low, high] = [BigInt.asIntN(64, set(characters, 0n)), BigInt.asIntN(64, set(characters, 64n))];
        const [start, length] = b.callMany(trimBytes, at, bytes.length, low, high, 1, 1);
        expect(b.memory.text(Number(start), Number(length))).toBe(text.replace(form, ""));
      }
    }
  });

  test("UTF-8: validity, length, offsets", () => {
    const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    for (let i = 0; i < count; i += 1) {
      const points = Array.from({ length: random.below(24) }, () =>
        random.below(2) === 0 ? "x" : random.pick(characters),
      );
      const text = Buffer.from(points.join(""));
      const at = b.put(offset(random, text.length), text);
      expect(b.call(utf8Valid, at, text.length)).toBe(1);
      expect(b.call(isAscii, at, text.length)).toBe(Number(text.every((byte) => byte < 128)));
      expect(b.call(utf8Length, at, text.length)).toBe(points.length);
      const index = random.below(points.length + 3);
      expect(b.call(utf8Offset, at, text.length, index)).toBe(Buffer.byteLength(points.slice(0, index).join("")));

      const odd = Buffer.concat([
        text,
        Buffer.from(random.pick(damaged)),
        random.below(2) === 0 ? text : Buffer.alloc(0),
      ]);
      if (random.below(4) === 0) odd[random.below(odd.length)] = random.u32();
      let valid = 1;
      try {
        strict.decode(odd);
      } catch {
        valid = 0;
      }
      expect(b.call(utf8Valid, b.put(offset(random, odd.length), odd), odd.length), odd.toString("hex")).toBe(valid);
    }
  });

  test("ASCII case leaves other bytes, and what lies behind the copy, alone", () => {
    for (let i = 0; i < count; i += 1) {
      const text = random.below(2) === 0 ? fewBytes(random) : random.bytes(random.pick(LENGTHS));
      const at = b.put(offset(random, text.length), text);
      const to = b.put(RUN + 512, new Uint8Array(80).fill(0x41));
      const copied = (): number[] => [...b.memory.u8.subarray(to, to + text.length + 8)];
      const behind = new Array<number>(8).fill(0x41);
      b.callMany(asciiLower, to, at, text.length);
      expect(copied()).toEqual([...text].map((c) => (c >= 0x41 && c <= 0x5a ? c + 32 : c)).concat(behind));
      b.callMany(asciiUpper, to, at, text.length);
      expect(copied()).toEqual([...text].map((c) => (c >= 0x61 && c <= 0x7a ? c - 32 : c)).concat(behind));
    }
  });
});
