/**
 * `blackhole`: takes rows, counts them, and keeps a digest of them as a multiset: equal for the same rows in any order
 * and any batches. An emitted function hashes each row, its kind of change included, and adds the hashes up.
 */
import { DESCRIPTOR_CHANGE, DESCRIPTOR_COLUMN_BYTES, DESCRIPTOR_COLUMNS, VALID } from "../../base/batch.ts";
import { type Leaf, leavesOf } from "../../base/types.ts";
import { type Fn, fn, i32, i64, load, type Term } from "../../wasm/ir.ts";
import { emitBytesHash, emitCombineHashes, emitHashF64, emitHashI64 } from "../../wasm/library/hash.ts";
import { compileFunction } from "../../wasm/module.ts";
import type { Sink, SinkConnector, SinkRequest } from "../connector.ts";
import { checkOptions, engineSinkOptions } from "../options.ts";

/** Digests are compared between runs: the seed is fixed. */
const SEED = 0x7469_6465_6d61_726bn;
const SECOND = 0x9e37_79b9_7f4a_7c15n;
const NULL_HASH = 0x4e55_4c4c_4e55_4c4cn;

export interface BlackholeSink extends Sink {
  readonly rows: number;
  /** Order-free digest of all rows so far: 32 hexadecimal digits. */
  readonly digest: string;
}

export const blackholeSink: SinkConnector = {
  name: "blackhole",
  doc: "Drops rows, after counting and hashing them: for benchmarks.",
  options: [],
  open(request: SinkRequest): BlackholeSink {
    checkOptions("connector 'blackhole'", engineSinkOptions, request.options, request.span);
    const hash = compileFunction(request.memory, emitDigest(leavesOf(request.schema)));
    let rows = 0;
    let low = 0n;
    let high = 0n;
    const hex = (word: bigint): string => BigInt.asUintN(64, word).toString(16).padStart(16, "0");
    return {
      ordered: false,
      get rows() {
        return rows;
      },
      get digest() {
        return hex(high) + hex(low);
      },
      write(batch) {
        rows += batch.rows;
        // The function has two i64 results.
        const [first = 0n, second = 0n] = hash(batch.batch, batch.rows) as bigint[];
        low += first;
        high += second;
      },
      flush: () => undefined,
      close: () => Promise.resolve(),
    };
  },
};

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
      const hash = f.let("hash", change.toI64U().add(SEED));
      for (const { leaf, data, validity } of columns) {
        const one = f.let("one", i64(NULL_HASH));
        f.if(load.u8(validity.add(row)).eq(VALID), () => f.set(one, hashOfValue(f, leaf, data, row)));
        f.set(hash, emitCombineHashes(f, hash, one));
      }
      f.set(low, low.add(hash));
      f.set(high, high.add(emitHashI64(f, hash, i64(SECOND))));
    });
    f.return(low, high);
  });
}

function hashOfValue(f: Fn, leaf: Leaf, data: Term, row: Term): Term {
  const seed = i64(SEED);
  switch (leaf.storage) {
    case "i8":
      return emitHashI64(f, load.u8(data.add(row)).toI64U(), seed);
    case "i32":
      return emitHashI64(f, load.i64FromI32(data.add(row.shl(2))), seed);
    case "i64":
      return emitHashI64(f, load.i64(data.add(row.shl(3))), seed);
    case "i128": {
      const at = f.let("at", data.add(row.shl(4)));
      return emitCombineHashes(f, emitHashI64(f, load.i64(at), seed), load.i64(at, 8));
    }
    case "f32":
      return emitHashF64(f, f.let("value", load.f32(data.add(row.shl(2))).toF64()), seed);
    case "f64":
      return emitHashF64(f, f.let("value", load.f64(data.add(row.shl(3)))), seed);
    case "bytes": {
      const at = f.let("at", data.add(row.shl(3)));
      return emitBytesHash(f, f.let("address", load.i32(at)), f.let("length", load.i32(at, 4)), seed);
    }
    case "none":
      return emitHashI64(f, i64(1), seed);
    default:
      return leaf.storage satisfies never;
  }
}
