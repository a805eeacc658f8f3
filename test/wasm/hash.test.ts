/** Hashes: the same in every build, of the bytes alone, and each input bit moves half of the output bits. */
import { describe, expect, test } from "vitest";
import { fn } from "../../src/wasm/ir.ts";
import { combineHashes, emitHashI64, hashBytes, hashI64, keyBits } from "../../src/wasm/library/hash.ts";
import { bench, kinds, seeded } from "./support.ts";

const hashF64 = fn("hash_f64", { x: "f64" }, ["i64"], (f, { x }) => {
  const seed = f.let("seed", x.bits().xor(x.bits()));
  f.return(emitHashI64(f, keyBits(x), seed));
});
const all = [hashI64, hashBytes, combineHashes, hashF64];
const fast = bench(kinds[0], all);
const RUN = 65536;

describe.each(kinds.slice(1))("%j hashes as wasm does", (kind) => {
  const other = bench(kind, all);
  test("numbers and strings", () => {
    const random = seeded("hash");
    for (let i = 0; i < 200; i += 1) {
      const [x, seed] = [random.signed(64), random.signed(64)];
      expect(other.call(hashI64, x, seed)).toBe(fast.call(hashI64, x, seed));
      expect(other.call(combineHashes, x, seed)).toBe(fast.call(combineHashes, x, seed));
      const text = random.bytes(random.below(40));
      const hash = fast.call(hashBytes, fast.put(RUN - text.length, text), text.length, seed);
      expect(other.call(hashBytes, other.put(128 + (i % 9), text), text.length, seed)).toBe(hash);
    }
  });
});

test("a string's hash depends on its bytes and length only, not on where it lies or what lies behind it", () => {
  const random = seeded("hash surroundings");
  for (let length = 0; length <= 40; length += 1) {
    const text = random.bytes(length);
    const hashes = [100, 101, 107, RUN - length, RUN - 3, RUN - 8].map((offset) => {
      fast.put(64, random.bytes(200));
      fast.put(RUN - 64, random.bytes(200));
      return fast.call(hashBytes, fast.put(offset, text), length, 5n);
    });
    expect(new Set(hashes).size).toBe(1);
  }
});

/** The share of flips of each output bit, over flips of each input bit of random inputs. */
function avalanche(
  bits: number,
  hash: (flip: number) => [bigint, bigint],
  samples: number,
): { mean: number; worst: number } {
  const counts = new Array<number>(64).fill(0);
  for (let s = 0; s < samples; s += 1) {
    const [a, b] = hash(s % bits);
    for (let out = 0; out < 64; out += 1) if (((a ^ b) >> BigInt(out)) & 1n) counts[out] = (counts[out] ?? 0) + 1;
  }
  const shares = counts.map((c) => c / samples);
  const mean = shares.reduce((x, y) => x + y, 0) / 64;
  return { mean, worst: Math.max(...shares.map((s) => Math.abs(s - 0.5))) };
}

test("one input bit flips each output bit half of the time", () => {
  const random = seeded("avalanche");
  const numbers = avalanche(
    64,
    (flip) => {
      const [x, seed] = [random.signed(64), random.signed(64)];
      return [
        BigInt(fast.call(hashI64, x, seed)),
        BigInt(fast.call(hashI64, BigInt.asIntN(64, x ^ (1n << BigInt(flip))), seed)),
      ];
    },
    12_800,
  );
  expect(Math.abs(numbers.mean - 0.5)).toBeLessThan(0.01);
  expect(numbers.worst).toBeLessThan(0.04);
  const strings = avalanche(
    19 * 8,
    (flip) => {
      const text = random.bytes(19);
      const seed = random.signed(64);
      const hash = (): bigint => BigInt(fast.call(hashBytes, fast.put(256, text), 19, seed));
      const before = hash();
      text[flip >> 3] = (text[flip >> 3] ?? 0) ^ (1 << (flip & 7));
      return [before, hash()];
    },
    15_200,
  );
  expect(Math.abs(strings.mean - 0.5)).toBeLessThan(0.01);
  expect(strings.worst).toBeLessThan(0.04);
});

test.each([0, 31, 32, 62, 63])("flipping input bit %i alone does so too", (bit) => {
  const random = seeded("avalanche of a bit");
  const { worst } = avalanche(
    1,
    () => {
      const [x, seed] = [random.signed(64), random.signed(64)];
      const flipped = BigInt.asIntN(64, x ^ (1n << BigInt(bit)));
      return [BigInt(fast.call(hashI64, x, seed)), BigInt(fast.call(hashI64, flipped, seed))];
    },
    4000,
  );
  expect(worst).toBeLessThan(0.1);
});

test.each([0, 52])("keys in sequence spread over buckets by the bits from %i on", (shift) => {
  const buckets = new Array<number>(4096).fill(0);
  for (let key = 0; key < 40_960; key += 1) {
    const hash = BigInt.asUintN(64, BigInt(fast.call(hashI64, BigInt(key) * 1000n, 0x123456789n)));
    const bucket = Number((hash >> BigInt(shift)) & 4095n);
    buckets[bucket] = (buckets[bucket] ?? 0) + 1;
  }
  // Of a Poisson distribution with mean 10, a bucket above 35 is a one in a billion.
  expect(Math.max(...buckets)).toBeLessThan(36);
});

test("differences that cancel under one seed do not under others", () => {
  const random = seeded("hash differences");
  // Only the top bit of one word, and what one mixing step makes of it in the next one: a classic collision.
  for (let i = 0; i < 2000; i += 1) {
    const text = random.bytes(16);
    const other = text.slice();
    other[7] = (other[7] ?? 0) ^ 0x80;
    for (const at of [11, 12, 15].slice(0, 1 + random.below(3))) other[at] = (other[at] ?? 0) ^ (1 << random.below(8));
    const seed = random.signed(64);
    expect(fast.call(hashBytes, fast.put(0, text), 16, seed)).not.toBe(
      fast.call(hashBytes, fast.put(0, other), 16, seed),
    );
  }
});

test("all NaNs are one key, and so are 0 and -0", () => {
  expect(fast.call(hashF64, -0)).toBe(fast.call(hashF64, 0));
  expect(fast.call(hashF64, NaN)).toBe(fast.call(hashF64, -NaN));
  expect(fast.call(hashF64, 1)).not.toBe(fast.call(hashF64, 2));
});
