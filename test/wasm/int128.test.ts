/** 128- and 256-bit integers and DECIMALs against BigInt. */
import { describe, expect, test } from "vitest";
import { type Fn, fn } from "../../src/wasm/ir.ts";
import * as decimal from "../../src/wasm/library/decimal.ts";
import * as divide from "../../src/wasm/library/divide.ts";
import * as int128 from "../../src/wasm/library/int128.ts";
import { bench, join, join128, kindName, kinds, rounds, seeded, words } from "./support.ts";

const wideFns = [
  divide.divWide,
  divide.div128By64U,
  divide.div256By128U,
  divide.div256By64U,
  divide.mul128U,
  divide.mul256By64U,
  divide.div128By64Round,
  int128.f64FromI128,
  int128.mul128By64,
  int128.mulI64,
  int128.mulWide,
  int128.add128,
  int128.sub128,
  int128.neg128,
  int128.compare128,
];

const mask = (bits: number): bigint => (1n << BigInt(bits)) - 1n;
const abs = (x: bigint): bigint => (x < 0n ? -x : x);
/** a / b, half away from zero. */
function roundedQuotient(a: bigint, b: bigint): bigint {
  const q = (2n * abs(a) + abs(b)) / (2n * abs(b));
  return a < 0n !== b < 0n ? -q : q;
}

describe.each(kinds)("integers, %j", (kind) => {
  const b = bench(kind, wideFns);
  const random = seeded(`int128, ${kindName(kind)}`);
  const count = rounds(kind, 2500);

  test("unsigned products and quotients up to 256 bits", () => {
    for (let i = 0; i < count; i += 1) {
      const [a, d, c, e] = [
        random.unsigned(256),
        random.unsigned(128) || 1n,
        random.unsigned(64) || 1n,
        random.unsigned(128),
      ];
      const q = b.callMany(divide.div256By128U, ...words(a, 4), ...words(d, 2));
      expect([join(q.slice(0, 2)), join(q.slice(2, 4)), q[4]]).toEqual([
        (a / d) & mask(128),
        a % d,
        Number(a / d > mask(128)),
      ]);
      const q2 = b.callMany(divide.div256By64U, ...words(a, 4), ...words(c, 1));
      expect([join(q2.slice(0, 4)), join(q2.slice(4))]).toEqual([a / c, a % c]);
      const q3 = b.callMany(divide.div128By64U, ...words(e, 2), ...words(c, 1));
      expect([join(q3.slice(0, 2)), join(q3.slice(2))]).toEqual([e / c, e % c]);
      expect(join(b.callMany(divide.mul128U, ...words(e, 2), ...words(d, 2)))).toBe(e * d);
      const p = b.callMany(divide.mul256By64U, ...words(a, 4), ...words(c, 1));
      expect([join(p.slice(0, 4)), p[4]]).toEqual([(a * c) & mask(256), Number(a * c > mask(256))]);
    }
  });

  test("signed arithmetic, overflow, order, f64", () => {
    for (let i = 0; i < count; i += 1) {
      const [x, y] = [random.signed(128), random.signed(128)];
      const [s, t, u] = [random.signed(64), random.signed(64), random.unsigned(64) || 1n];
      const flagged = (result: readonly (number | bigint)[], exact: bigint, bits: number): void => {
        const value = BigInt.asIntN(bits, exact);
        const flag = result[result.length - 1];
        expect(flag).toBe(Number(value !== exact));
        if (flag === 0) expect(BigInt.asIntN(bits, join(result.slice(0, -1)))).toBe(value);
      };
      flagged(b.callMany(int128.add128, ...words(x, 2), ...words(y, 2)), x + y, 128);
      flagged(b.callMany(int128.sub128, ...words(x, 2), ...words(y, 2)), x - y, 128);
      flagged(b.callMany(int128.mul128By64, ...words(x, 2), s), x * s, 128);
      flagged(b.callMany(int128.mulI64, s, t), s * t, 64);
      expect(join128(b.callMany(int128.mulWide, s, t))).toBe(s * t);
      expect(join128(b.callMany(int128.neg128, ...words(x, 2)))).toBe(BigInt.asIntN(128, -x));
      expect(b.call(int128.compare128, ...words(x, 2), ...words(y, 2))).toBe(x < y ? -1 : Number(x > y));
      expect(b.call(int128.compare128, ...words(x, 2), ...words(x, 2))).toBe(0);
      expect(b.call(int128.f64FromI128, ...words(x, 2))).toBe(Number(x));
      const rounded = join128(b.callMany(divide.div128By64Round, ...words(x, 2), ...words(u, 1)));
      expect(rounded).toBe(BigInt.asIntN(128, roundedQuotient(x, u)));
    }
  });

  test("f64 at halves between neighbours", () => {
    for (const shift of [0n, 1n, 11n, 60n, 71n]) {
      for (const base of [2n ** 53n, 2n ** 53n + 1n, 2n ** 54n - 1n]) {
        for (const below of [-1n, 0n, 1n]) {
          const x = ((base << 1n) + 1n) * (1n << shift) + below;
          expect(b.call(int128.f64FromI128, ...words(x, 2))).toBe(Number(x));
          expect(b.call(int128.f64FromI128, ...words(-x, 2))).toBe(Number(-x));
        }
      }
    }
  });
});

const multiplyCases = [
  [0, 38],
  [2, 18],
  [18, 38],
  [19, 38],
  [39, 38],
  [14, 30],
] as const;
const divideCases = [
  [0, 38],
  [6, 38],
  [18, 20],
  [44, 38],
  [77, 38],
] as const;
const upCases = [
  [0, 0],
  [3, 0],
  [0, 5],
  [0, 38],
  [38, 0],
] as const;
const scales = [0, 1, 6, 18, 19, 37, 38];

describe.each(kinds)("decimals, %j", (kind) => {
  const random = seeded(`decimal, ${kindName(kind)}`);
  const count = rounds(kind, 1000);
  /** Up to 38 digits, often just at a power of ten or a half of one. */
  const number = (digits = 38): bigint => {
    const power = decimal.pow10(random.below(digits + 1));
    const near = [power - 1n, power / 2n, power / 2n - 1n, random.unsigned(127), random.unsigned(40)];
    const value = random.pick(near) % decimal.pow10(digits);
    return random.below(2) === 0 ? value : -value;
  };
  const run = (f: Fn): ((...args: bigint[]) => readonly (number | bigint)[]) => {
    const b = bench(kind, [f]);
    return (...args) => b.callMany(f, ...args);
  };
  const inPrecision = (result: readonly (number | bigint)[], exact: bigint, precision: number, what: string): void => {
    const fits = abs(exact) < decimal.pow10(precision);
    expect(result[2], what).toBe(Number(!fits));
    if (fits) expect(join128(result), what).toBe(exact);
  };

  test.each(multiplyCases)("multiply, dropping %i digits, DECIMAL(%i)", (drop, precision) => {
    const multiply = run(decimal.decimalMultiply(drop, precision));
    for (let i = 0; i < count; i += 1) {
      const [a, c] = [number(random.pick([38, 18, 9])), number(random.pick([38, 18, 9]))];
      const exact = roundedQuotient(a * c, decimal.pow10(drop));
      inPrecision(multiply(...words(a, 2), ...words(c, 2)), exact, precision, `${a} * ${c}`);
    }
  });

  test.each(divideCases)("divide, %i digits more, DECIMAL(%i)", (up, precision) => {
    const quotient = run(decimal.decimalDivide(up, precision));
    for (let i = 0; i < count; i += 1) {
      const [a, c] = [number(), number() || 3n];
      const exact = roundedQuotient(a * decimal.pow10(up), c);
      inPrecision(quotient(...words(a, 2), ...words(c, 2)), exact, precision, `${a} / ${c}`);
    }
  });

  test.each(upCases)("remainder and order with %i and %i digits more", (upA, upB) => {
    const remainder = run(decimal.decimalRemainder(upA, upB));
    const compare = run(decimal.decimalCompare(upA, upB));
    for (let i = 0; i < count; i += 1) {
      const [a, c] = [number(), number() || 7n];
      const [x, y] = [a * decimal.pow10(upA), c * decimal.pow10(upB)];
      expect(join128(remainder(...words(a, 2), ...words(c, 2))), `${x} % ${y}`).toBe(x % y);
      expect(compare(...words(a, 2), ...words(c, 2))[0], `${x} <> ${y}`).toBe(x < y ? -1 : Number(x > y));
    }
  });

  test.each(scales)("scaling by 10^%i, and to f64", (digits) => {
    const up = run(decimal.scaleUp128(digits));
    const down = run(decimal.scaleDown128(digits));
    const toF64 = run(decimal.decimalToF64(digits));
    for (let i = 0; i < count; i += 1) {
      const x = number();
      const exact = x * decimal.pow10(digits);
      const raised = up(...words(x, 2));
      // 128 bits hold a bit more than 38 digits.
      expect(raised[2]).toBe(Number(exact !== BigInt.asIntN(128, exact)));
      if (raised[2] === 0) expect(join128(raised)).toBe(exact);
      expect(join128(down(...words(x, 2)))).toBe(roundedQuotient(x, decimal.pow10(digits)));
      const [value, isExact] = toF64(...words(x, 2));
      if (isExact === 1) expect(value).toBe(Number(`${x}e-${digits}`) + 0);
      else expect(digits > 22 || abs(x) > 2n ** 53n).toBe(true);
    }
  });

  test.each([0, 1, 4, 18])("the 64-bit forms, %i digits", (digits) => {
    const small = fn("small", { x: "i64" }, ["i64", "i32", "i64", "i32"], (f, { x }) => {
      const { value, overflow } = decimal.emitScaleUp64(f, x, digits);
      const down = decimal.emitScaleDown64(f, x, digits);
      f.return(value, overflow, down, decimal.fitsPrecision64(x, Math.max(digits, 1)));
    });
    const scale = run(small);
    for (let i = 0; i < count; i += 1) {
      const x = random.below(2) === 0 ? number(18) : random.signed(64);
      const [value, overflow, down, fits] = scale(x);
      const exact = x * decimal.pow10(digits);
      expect(overflow).toBe(Number(exact !== BigInt.asIntN(64, exact)));
      if (overflow === 0) expect(value).toBe(exact);
      expect(down).toBe(roundedQuotient(x, decimal.pow10(digits)));
      expect(fits, `${x}`).toBe(Number(abs(x) < decimal.pow10(Math.max(digits, 1))));
    }
  });
});
