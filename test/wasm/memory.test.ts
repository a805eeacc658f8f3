/** The allocator: blocks do not overlap, come back whole, and are accounted; limits; regions. */
import { expect, test } from "vitest";
import {
  EngineMemory,
  MemoryLimitError,
  type MemoryOwner,
  Region,
  RUN_BYTES,
  RUN_MAP,
  RunState,
} from "../../src/wasm/memory.ts";
import { seeded } from "./support.ts";

const PAGES = 256;

const isFilled = (memory: EngineMemory, at: number, bytes: number, byte: number): boolean =>
  Buffer.from(memory.buffer, at, bytes).equals(Buffer.alloc(bytes, byte));

/** Bytes of whole runs: pieces may share one. */
function bytesOf(blocks: readonly { readonly address: number; readonly size: number }[]): number {
  const cut = new Set(blocks.filter((b) => b.size < RUN_BYTES).map((b) => Math.floor(b.address / RUN_BYTES)));
  return blocks.reduce((sum, b) => sum + (b.size < RUN_BYTES ? 0 : b.size), cut.size * RUN_BYTES);
}

test("blocks do not overlap, keep their bytes, are accounted and coalesce when they are released", () => {
  const random = seeded("allocator");
  const memory = new EngineMemory({ pages: PAGES });
  const untouched = memory.freeBlocks();
  const owners = ["a", "b", "c"].map((name) => memory.createOwner(name));
  const held: { address: number; size: number; owner: MemoryOwner; mark: number }[] = [];
  const releaseAt = (index: number): void => {
    const [block] = held.splice(index, 1);
    if (block === undefined) return;
    expect(isFilled(memory, block.address, block.size, block.mark)).toBe(true);
    memory.release(block.address);
  };
  for (let step = 0; step < 600; step += 1) {
    if (random.below(2) === 0 && held.length > 0) {
      releaseAt(random.below(held.length));
    } else {
      const owner = random.pick(owners);
      const bytes = 1 + random.below(random.pick([1000, RUN_BYTES, 20 * RUN_BYTES]));
      const how = random.pick(["allocate", "allocateZeroed", "allocatePiece"] as const);
      const zeroed = how === "allocateZeroed";
      try {
        const address = memory[how](bytes, owner);
        const size = memory.capacity(address);
        expect(size).toBeGreaterThanOrEqual(bytes);
        if (how === "allocatePiece" && bytes > 2048) expect(size).toBeLessThan(2 * bytes);
        expect(address % Math.min(size, RUN_BYTES)).toBe(0);
        for (const other of held) {
          expect(address + size <= other.address || other.address + other.size <= address).toBe(true);
        }
        if (zeroed) expect(isFilled(memory, address, size, 0)).toBe(true);
        const mark = 1 + random.below(255);
        memory.u8.fill(mark, address, address + size);
        held.push({ address, size, owner, mark });
      } catch (error) {
        expect(error).toBeInstanceOf(MemoryLimitError);
      }
    }
    for (const owner of owners) {
      const own = held.filter((block) => block.owner === owner);
      expect(owner.bytes).toBe(bytesOf(own));
      expect(owner.peakBytes).toBeGreaterThanOrEqual(owner.bytes);
    }
    // Nobody has a piece of another one's run.
    expect(memory.bytes).toBe(bytesOf(held));
  }
  while (held.length > 0) releaseAt(random.below(held.length));
  expect(memory.freeBlocks()).toEqual(untouched);
  expect(memory.bytes).toBe(0);
});

test("everything can be handed out again after fragmentation", () => {
  const memory = new EngineMemory({ pages: 64 });
  const owner = memory.createOwner("table");
  const small = Array.from({ length: 61 }, () => memory.allocate(1, owner));
  expect(() => memory.allocate(1, owner)).toThrow(MemoryLimitError);
  for (const address of small.filter((_, i) => i % 2 === 0)) memory.release(address);
  expect(() => memory.allocate(2 * RUN_BYTES, owner)).toThrow(MemoryLimitError);
  memory.releaseOwner(owner);
  expect(owner.bytes).toBe(0);
  expect(memory.allocate(32 * RUN_BYTES, owner)).toBe(32 * RUN_BYTES);
});

test("the limit is named with who wanted how much, and leaves everything as it was", () => {
  const memory = new EngineMemory({ pages: 64, limitBytes: 3 * RUN_BYTES });
  const owner = memory.createOwner("join 3");
  memory.allocate(2 * RUN_BYTES, owner);
  const attempt = (): number => memory.allocate(2 * RUN_BYTES, owner);
  expect(attempt).toThrow("join 3 wants 131072 more bytes, beyond the memory limit of 196608 bytes");
  expect(owner.bytes).toBe(2 * RUN_BYTES);
  expect(memory.allocate(1, owner)).toBeGreaterThan(0);
});

test("the fixed runs: address 0 is never handed out, allValid is all ones, the run map says what is in use", () => {
  const memory = new EngineMemory({ pages: 16 });
  expect(isFilled(memory, memory.allValid, RUN_BYTES, 1)).toBe(true);
  const owner = memory.createOwner("o");
  const address = memory.allocate(3 * RUN_BYTES, owner);
  expect(address).toBeGreaterThan(memory.allValid);
  const state = (run: number): number | undefined => memory.u8[RUN_MAP + run];
  expect([0, 1, 2].map(state)).toEqual([RunState.FREE, RunState.CONSTANT, RunState.CONSTANT]);
  const runs = [0, 1, 2, 3].map((i) => address / RUN_BYTES + i);
  expect(runs.map(state)).toEqual([1, 1, 1, 1]);
  memory.release(address);
  expect(runs.map(state)).toEqual([0, 0, 0, 0]);
});

test("what is released twice, or was never handed out, is refused", () => {
  const memory = new EngineMemory({ pages: 16 });
  const address = memory.allocate(RUN_BYTES, memory.createOwner("o"));
  memory.release(address);
  expect(() => memory.release(address)).toThrow(RangeError);
  expect(() => memory.release(address + 16)).toThrow(RangeError);
  expect(() => memory.release(0)).toThrow(RangeError);
});

test("pieces of a run: each once, none of another one's run, all of them with their owner", () => {
  const memory = new EngineMemory({ pages: 16, checked: true });
  const [one, other] = [memory.createOwner("one"), memory.createOwner("other")];
  const pieces = [3000, 1, 1].map((bytes) => memory.allocatePiece(bytes, one));
  const [piece = 0, ...rest] = pieces;
  expect(pieces.map((p) => memory.capacity(p))).toEqual([4096, 2048, 2048]);
  expect(memory.allocatePiece(1, other) >>> 16).not.toBe(piece >>> 16);
  expect([one.bytes, other.bytes]).toEqual([RUN_BYTES, RUN_BYTES]);
  expect(() => memory.release(piece + 2048)).toThrow(RangeError);
  memory.release(piece);
  expect(isFilled(memory, piece, 4096, 0xdb)).toBe(true);
  expect(() => memory.release(piece)).toThrow(RangeError);
  expect(memory.allocatePiece(4096, one)).toBe(piece);
  for (const p of [piece, ...rest]) memory.release(p);
  expect(one.bytes).toBe(0);
  expect(() => memory.release(piece)).toThrow(RangeError);
  memory.releaseOwner(other);
  expect(memory.bytes).toBe(0);
  // What the owner had left in the run that is gone is not handed out.
  for (let run = 3; run < 16; run += 1) memory.allocate(RUN_BYTES, one);
  expect(() => memory.allocatePiece(1, other)).toThrow(MemoryLimitError);
});

test("a checked memory poisons what is released", () => {
  const memory = new EngineMemory({ pages: 16, checked: true });
  const address = memory.allocateZeroed(RUN_BYTES, memory.createOwner("o"));
  memory.release(address);
  expect(isFilled(memory, address, RUN_BYTES, 0xdb)).toBe(true);
});

test("a region hands out zeroed, aligned pieces that do not overlap, and gives all back", () => {
  const random = seeded("region");
  const memory = new EngineMemory({ pages: PAGES });
  const owner = memory.createOwner("constants");
  const region = new Region(memory, owner);
  const pieces: [number, number][] = [];
  for (let i = 0; i < 300; i += 1) {
    const bytes = random.below(random.pick([40, 4000, 150_000])) % 150_000;
    const address = region.alloc(bytes);
    expect(address % 16).toBe(0);
    expect(isFilled(memory, address, bytes, 0)).toBe(true);
    memory.u8.fill(255, address, address + bytes);
    pieces.push([address, bytes]);
    if (owner.bytes > 100 * RUN_BYTES) break;
  }
  const sorted = pieces.toSorted((a, b) => a[0] - b[0]);
  sorted.slice(1).forEach(([address], i) => {
    const [before = 0, bytes = 0] = sorted[i] ?? [];
    expect(before + bytes).toBeLessThanOrEqual(address);
  });
  const text = new TextEncoder().encode("naïve");
  expect(memory.text(region.bytes(text), text.length)).toBe("naïve");
  region.releaseAll();
  expect(owner.bytes).toBe(0);
});
