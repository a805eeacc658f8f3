/** The checked build: what it finds, and that the listing of functions reads as it should. */
import { describe, expect, test } from "vitest";
import { type Fn, fn, i32, load, select } from "../../src/wasm/ir.ts";
import { bytesEqual } from "../../src/wasm/library/bytes.ts";
import { listing, moduleListing } from "../../src/wasm/listing.ts";
import { EngineMemory, RUN_BYTES } from "../../src/wasm/memory.ts";
import { compileFunction, isTrap } from "../../src/wasm/module.ts";

const read = fn("read", { at: "i32" }, ["i64"], (f, { at }) => f.return(load.i64(at, 8)));
const write = fn("write", { at: "i32" }, [], (f, { at }) => f.store.i64(at, 1n, 8));
const copy = fn("copy", { to: "i32", from: "i32", bytes: "i32" }, [], (f, { to, from, bytes }) =>
  f.copy(to, from, bytes),
);
const fill = fn("fill", { to: "i32", bytes: "i32" }, [], (f, { to, bytes }) => f.fill(to, 7, bytes));

describe.each(["wasm", "interpret"] as const)("checked, %s", (mode) => {
  const memory = new EngineMemory({ pages: 64, mode, checked: true });
  const owner = memory.createOwner("o");
  // Blocks of 4 runs with a free one behind each.
  const [block = 0, gap = 0, other = 0] = [1, 2, 3].map(() => memory.allocate(4 * RUN_BYTES, owner));
  memory.release(gap);
  const size = 4 * RUN_BYTES;
  const traps = (f: Fn, ...args: number[]): boolean => {
    try {
      compileFunction(memory, f)(...args);
      return false;
    } catch (error) {
      if (!isTrap(error)) throw error;
      return true;
    }
  };

  test("an access has to lie in what is allocated, with all its bytes", () => {
    for (const f of [read, write]) {
      expect(traps(f, block)).toBe(false);
      expect(traps(f, block + size - 16)).toBe(false);
      expect(traps(f, block + size - 15)).toBe(true);
      expect(traps(f, block + size)).toBe(true);
      expect(traps(f, other - 16)).toBe(true);
      expect(traps(f, other - 8)).toBe(false);
      expect(traps(f, 0)).toBe(true);
      expect(traps(f, -4)).toBe(true);
    }
  });

  test("constants may be read and not written", () => {
    expect(traps(read, memory.allValid)).toBe(false);
    expect(traps(write, memory.allValid)).toBe(true);
    expect(traps(fill, memory.allValid, 4)).toBe(true);
  });

  test("ranges are checked on both sides; the empty range lies everywhere", () => {
    expect(traps(copy, block, other, size)).toBe(false);
    expect(traps(copy, block, other, size + 1)).toBe(true);
    expect(traps(copy, block + 1, other, size)).toBe(true);
    expect(traps(copy, gap, other, 1)).toBe(true);
    expect(traps(copy, other, gap, 1)).toBe(true);
    expect(traps(copy, gap, gap, 0)).toBe(false);
    expect(traps(fill, block, size)).toBe(false);
    expect(traps(fill, block - 1, size)).toBe(true);
    expect(traps(fill, block, -1)).toBe(true);
    // From one block over a free one into the next: both ends are in use.
    expect(traps(fill, block, size + 4 * RUN_BYTES + 8)).toBe(true);
  });

  test("use after release", () => {
    const released = memory.allocate(RUN_BYTES, owner);
    expect(traps(read, released)).toBe(false);
    memory.release(released);
    expect(traps(read, released)).toBe(true);
    expect(traps(write, released)).toBe(true);
  });

  test("an access inside a called function is checked too", () => {
    const outer = fn("outer", { at: "i32" }, ["i64"], (f, { at }) => f.return(f.call(read, at).add(1n)));
    expect(traps(outer, block)).toBe(false);
    expect(traps(outer, gap)).toBe(true);
  });
});

test("the listing of a function", () => {
  const f = fn("example", { at: "i32", n: "i32", x: "f64" }, ["i64", "f64"], (f, { at, n, x }) => {
    const sum = f.local("sum", "i64");
    const i = f.local("i", "i32");
    f.comment("rows");
    f.range("rows", i, n, (next, leave) => {
      const value = f.let("value", load.i64(at.add(i.shl(3)), 16));
      next(value.eqz().or(value.lt(0n).and(i.gtU(3))));
      leave(load.u8(at.add(i)).eq(255));
      f.set(sum, sum.add(value.mul(3n).sub(value.sub(1n).sub(2n))));
    });
    f.if(
      sum.toI32(),
      () => f.store.u8(at, select(n.lt(0), i32(1), n.divU(2)), 4),
      () => f.fill(at, 0, n),
    );
    const value = f.let("value", f.call(bytesEqual, at, n, at.add(1), n));
    f.do(value);
    f.return(sum.xor(sum.rotl(7)), x.mul(2).op("sqrt").add(-0.5));
  });
  expect(listing(f)).toMatchInlineSnapshot(`
    "function example(at: i32, n: i32, x: f64) -> i64, f64 {
      local sum: i64, i: i32, value: i64, value_2: i32
      // rows
      block rows_end {
        loop rows {
          goto rows_end if i >= n
          block rows_row {
            value = i64[at + (i << 3) + 16]
            goto rows_row if !value | (value < 0n & i >u 3)
            goto rows_end if u8[at + i] == 255
            sum = sum + (value * 3n - (value - 1n - 2n))
          }
          i = i + 1
          goto rows
        }
      }
      if i32.wrap_i64(sum) {
        u8[at + 4] = n < 0 ? 1 : n /u 2
      } else {
        fill(at, 0, n)
      }
      value_2 = bytes_equal(at, n, at + 1, n)
      value_2
      return sum ^ i64.rotl(sum, 7n), f64.sqrt(x * 2.0) + -0.5
    }"
  `);
  expect(
    moduleListing([f])
      .split("\n\n")
      .map((text) => text.split("(")[0]),
  ).toEqual(["function bytes_equal", "function example"]);
});
