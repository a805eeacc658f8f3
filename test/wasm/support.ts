/** What the tests of src/wasm share: a seeded generator of numbers with many extremes, and memories of each kind. */
import type { Fn } from "../../src/wasm/ir.ts";
import { EngineMemory } from "../../src/wasm/memory.ts";
import { compileModule, type WasmFunction, type WasmResult, type WasmValue } from "../../src/wasm/module.ts";

/** mulberry32. */
export class Random {
  readonly seed: number;
  private state: number;
  constructor(seed: number) {
    this.seed = seed;
    this.state = seed;
  }
  u32(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  }
  below(n: number): number {
    return this.u32() % n;
  }
  pick<T>(list: readonly T[]): T {
    const item = list[this.below(list.length)];
    if (item === undefined) throw new RangeError("nothing to pick from");
    return item;
  }
  /** An unsigned number of up to `bits` bits: short, long, all ones, a power of two or something beside one. */
  unsigned(bits: number): bigint {
    let value = 0n;
    for (let i = 0; i < bits; i += 32) value = (value << 32n) | BigInt(this.u32());
    value = BigInt.asUintN(bits, value);
    const power = 1n << BigInt(this.below(bits));
    switch (this.below(6)) {
      case 0:
        return value >> BigInt(this.below(bits));
      case 1:
        return power;
      case 2:
        return BigInt.asUintN(bits, power - 1n);
      case 3:
        return BigInt.asUintN(bits, -power);
      default:
        return value;
    }
  }
  signed(bits: number): bigint {
    return BigInt.asIntN(bits, this.unsigned(bits));
  }
  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.u32());
  }
}

/** A test's seed: printed, and settable by TIDEMARK_TEST_SEED. */
export function seeded(name: string): Random {
  const seed = Number(process.env["TIDEMARK_TEST_SEED"] ?? 20260101);
  console.info(`${name}: seed ${seed}`);
  return new Random(seed);
}

export const kinds = [
  { mode: "wasm", checked: false },
  { mode: "wasm", checked: true },
  { mode: "interpret", checked: false },
  { mode: "interpret", checked: true },
] as const;
export type Kind = (typeof kinds)[number];
export const kindName = (kind: Kind): string => `${kind.mode}${kind.checked ? " checked" : ""}`;

/** Interpreted runs do a part of the rounds: they are slower and share the generator. */
export const rounds = (kind: Kind, count: number): number => (kind.mode === "wasm" ? count : Math.ceil(count / 20));

export const PAGES = 64;

export interface Bench {
  readonly memory: EngineMemory;
  /** Two blocks of 64 KiB each side by side, for operands. */
  readonly at: number;
  readonly call: (f: Fn, ...args: WasmValue[]) => WasmValue;
  readonly callMany: (f: Fn, ...args: WasmValue[]) => readonly WasmValue[];
  /** Writes bytes at an offset into the blocks and returns their address. */
  readonly put: (offset: number, bytes: Uint8Array | string) => number;
}

/** Functions of one kind, over a small memory of their own. */
export function bench(kind: Kind, fns: readonly Fn[]): Bench {
  const memory = new EngineMemory({ pages: PAGES, ...kind });
  const at = memory.allocate(2 * 65536, memory.createOwner("test"));
  const compiled = compileModule(memory, fns);
  const run = (f: Fn, args: readonly WasmValue[]): WasmResult => functionOf(compiled, f)(...args);
  return {
    memory,
    at,
    call: (f, ...args) => {
      const result = run(f, args);
      if (result === undefined || Array.isArray(result)) throw new TypeError(`${f.name} has not one result`);
      return result;
    },
    callMany: (f, ...args) => {
      const result = run(f, args);
      return Array.isArray(result) ? result : result === undefined ? [] : [result];
    },
    put: (offset, bytes) => {
      memory.u8.set(typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes, at + offset);
      return at + offset;
    },
  };
}

function functionOf(compiled: Readonly<Record<string, WasmFunction>>, f: Fn): WasmFunction {
  const found = compiled[f.name];
  if (found === undefined) throw new TypeError(`${f.name} is not exported`);
  return found;
}

/** The words of a wide number, lowest first, as signed i64. */
export const words = (value: bigint, count: number): bigint[] =>
  Array.from({ length: count }, (_, i) => BigInt.asIntN(64, value >> BigInt(64 * i)));
/** The unsigned number of these words. */
export const join = (list: readonly WasmValue[]): bigint =>
  list.reduce<bigint>((sum, w, i) => sum | (BigInt.asUintN(64, BigInt(w)) << BigInt(64 * i)), 0n);
export const join128 = (list: readonly WasmValue[]): bigint => BigInt.asIntN(128, join(list.slice(0, 2)));
