/**
 * A digest of rows as a multiset: equal for the same rows in any order and any batches. An emitted function hashes each
 * row, its kind of change included, and adds the hashes up.
 */
import { DESCRIPTOR_CHANGE, DESCRIPTOR_COLUMN_BYTES, DESCRIPTOR_COLUMNS, VALID } from "../../base/batch.ts";
import { type Leaf, leavesOf, type Schema } from "../../base/types.ts";
import { type Fn, fn, i32, i64, load, type Term } from "../../wasm/ir.ts";
import { emitBytesHash, emitCombineHashes, emitHashI64, keyBits } from "../../wasm/library/hash.ts";
import type { EngineMemory } from "../../wasm/memory.ts";
import { compileFunction, type WasmFunction } from "../../wasm/module.ts";

/** Digests are compared between runs: the seed is fixed. */
const SEED = 0x7469_6465_6d61_726bn;
const SECOND = 0x9e37_79b9_7f4a_7c15n;
/** No word that values are likely to be. */
const NULL_WORD = 0x4e55_4c4c_4e55_4c4cn;
const FACTOR = 0xd6e8_feb8_6659_fd93n;

export class RowDigest {
  private readonly hash: WasmFunction;
  private low = 0n;
  private high = 0n;

  constructor(memory: EngineMemory, schema: Schema) {
    this.hash = compileFunction(memory, emitDigest(leavesOf(schema)));
  }

  add(batch: number, rows: number): void {
    // The function has two i64 results.
    const [first = 0n, second = 0n] = this.hash(batch, rows) as bigint[];
    this.low += first;
    this.high += second;
  }

  /** Of all rows so far: 32 hexadecimal digits. */
  get hex(): string {
    const digits = (word: bigint): string => BigInt.asUintN(64, word).toString(16).padStart(16, "0");
    return digits(this.high) + digits(this.low);
  }

  /** Goes on behind the rows that gave `hex`. */
  resume(hex: string): void {
    this.high = BigInt(`0x${hex.slice(0, 16)}`);
    this.low = BigInt(`0x${hex.slice(16)}`);
  }
}

/** (batch, rows) -> two sums of row hashes. */
function emitDigest(leaves: readonly Leaf[]): Fn {
  return fn("digest", { batch: "i32", rows: "i32" }, ["i64", "i64"], (f, { batch, rows }) => {
    const row = f.let("row", i32(0));
    const low = f.let("low", i64(0));
    const high = f.let("high", i64(0));
    const word = (leaf: number): number => DESCRIPTOR_COLUMNS + DESCRIPTOR_COLUMN_BYTES * leaf;
    const columns = leaves.map((leaf, i) => ({
      leaf,
      data: f.let(`data_${i}`, load.i32(batch, word(i))),
      validity: f.let(`validity_${i}`, load.i32(batch, word(i) + 4)),
    }));
    const changes = f.let("changes", load.i32(batch, DESCRIPTOR_CHANGE));
    f.range("rows", row, rows, () => {
      const change = f.let("change", i32(0));
      f.if(changes, () => f.set(change, load.u8(changes.add(row))));
      // A sum of products, so that the columns do not wait for each other; what mixes comes once, behind it.
      const sum = f.let("sum", change.toI64U().add(SEED));
      columns.forEach(({ leaf, data, validity }, i) => {
        const word = f.let("word", i64(NULL_WORD));
        const known = (): void => f.set(word, wordOfValue(f, leaf, data, row));
        if (leaf.nullable) f.if(load.u8(validity.add(row)).eq(VALID), known);
        else known();
        f.set(sum, sum.add(word.mul(factorOf(i))));
      });
      f.set(low, low.add(emitHashI64(f, sum, i64(SEED))));
      f.set(high, high.add(emitHashI64(f, sum, i64(SECOND))));
    });
    f.return(low, high);
  });
}

/** An odd factor for each column: the same value in another column is another word. */
const factorOf = (column: number): bigint => BigInt.asIntN(64, FACTOR ** BigInt(2 * column + 1));

/** A value as one word: itself, where it fits. */
function wordOfValue(f: Fn, leaf: Leaf, data: Term, row: Term): Term {
  switch (leaf.storage) {
    case "i8":
      return load.u8(data.add(row)).toI64U();
    case "i32":
      return load.i64FromI32(data.add(row.shl(2)));
    case "i64":
      return load.i64(data.add(row.shl(3)));
    case "i128": {
      const at = f.let("at", data.add(row.shl(4)));
      return emitCombineHashes(f, load.i64(at), load.i64(at, 8));
    }
    case "f32":
      return keyBits(f.let("value", load.f32(data.add(row.shl(2))).toF64()));
    case "f64":
      return keyBits(f.let("value", load.f64(data.add(row.shl(3)))));
    case "bytes": {
      const at = f.let("at", data.add(row.shl(3)));
      return emitBytesHash(f, f.let("address", load.i32(at)), f.let("length", load.i32(at, 4)), i64(SEED));
    }
    case "none":
      return i64(1);
    default:
      return leaf.storage satisfies never;
  }
}
