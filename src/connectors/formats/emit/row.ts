/** Emitted code that writes the row which a record becomes: values, NULLs, strings, into the columns of a batch. */
import { DESCRIPTOR_COLUMN_BYTES, DESCRIPTOR_COLUMNS, INVALID, VALID } from "../../../base/batch.ts";
import { rowErrors } from "../../../base/row-error.ts";
import { type Leaf, type Storage, storageBytes } from "../../../base/types.ts";
import { type Fn, i32, type Jump, load, type Term } from "../../../wasm/ir.ts";
import { SCRATCH_BYTES } from "../columns.ts";

const shiftOf = (storage: Storage): number => Math.log2(storageBytes[storage] || 1);

export class EmittedRow {
  private readonly f: Fn;
  private readonly leaves: readonly Leaf[];
  private readonly batch: Term;
  private readonly flags: Term;
  /** A local: the number of the row. */
  readonly row: Term;
  /** Address of the cache that `stampAt` keeps. */
  readonly stampCache: Term;
  private readonly data = new Map<number, Term>();

  /** `flags`: BatchColumns.flags. Column addresses are loaded once, here: before any loop. */
  constructor(f: Fn, leaves: readonly Leaf[], needed: readonly boolean[], batch: Term, flags: Term, row: Term) {
    this.f = f;
    this.leaves = leaves;
    this.batch = batch;
    this.flags = flags;
    this.row = row;
    this.stampCache = flags.sub(SCRATCH_BYTES);
    leaves.forEach((leaf, i) => {
      if (needed[i] !== true || leaf.storage === "none") return;
      this.data.set(i, f.let(`column_${i}`, load.i32(batch, DESCRIPTOR_COLUMNS + DESCRIPTOR_COLUMN_BYTES * i)));
    });
  }

  private at(leaf: number): Term {
    const storage = this.leaves[leaf]?.storage ?? "none";
    const data = this.data.get(leaf);
    if (data === undefined) throw new TypeError(`leaf ${leaf} is not needed`);
    return data.add(this.row.shl(shiftOf(storage)));
  }

  /** Writes an i64 into the storage of the leaf; fails where an INT column cannot hold it. */
  integer(leaf: number, value: Term, fail: Jump): void {
    const { f } = this;
    const type = this.leaves[leaf]?.type.kind;
    if (this.leaves[leaf]?.storage === "i64") return f.store.i64(this.at(leaf), value);
    const bits = type === "TINYINT" ? 8n : type === "SMALLINT" ? 16n : 32n;
    fail(
      value
        .add(1n << (bits - 1n))
        .shrU(bits)
        .ne(0n),
    );
    f.store.i32(this.at(leaf), value.toI32());
  }
  i64(leaf: number, value: Term): void {
    this.f.store.i64(this.at(leaf), value);
  }
  /** An i64 as i64 or as i128. */
  decimal(leaf: number, value: Term): void {
    this.f.store.i64(this.at(leaf), value);
    if (this.leaves[leaf]?.storage === "i128") this.f.store.i64(this.at(leaf), value.shr(63), 8);
  }
  i32(leaf: number, value: Term): void {
    this.f.store.i32(this.at(leaf), value);
  }
  u8(leaf: number, value: Term): void {
    this.f.store.u8(this.at(leaf), value);
  }
  /** An f64 as f64 or f32. Fails where rounding once more could go wrong: the f64 lies in the middle of two f32. */
  double(leaf: number, value: Term, fail: Jump): void {
    const { f } = this;
    if (this.leaves[leaf]?.storage === "f64") return f.store.f64(this.at(leaf), value);
    const bits = value.bits();
    fail(bits.and(0x1fffffffn).eq(0x10000000n));
    const magnitude = value.op("abs");
    // Subnormal and too large floats are rare.
    fail(magnitude.lt(2 ** -126).and(magnitude.ne(0)));
    fail(magnitude.ge(3.4e38));
    f.store.f32(this.at(leaf), value.toF32());
  }
  text(leaf: number, address: Term, length: Term): void {
    const at = this.f.let("cell", this.at(leaf));
    this.f.store.i32(at, address);
    this.f.store.i32(at, length, 4);
  }

  private validity(leaf: number): Term {
    return load.i32(this.batch, DESCRIPTOR_COLUMNS + DESCRIPTOR_COLUMN_BYTES * leaf + 4).add(this.row);
  }
  /** Takes back a NULL. */
  valid(leaf: number): void {
    this.f.store.u8(this.validity(leaf), VALID);
  }

  /** NULL in a needed leaf; `notNull`: it must not be. */
  null(leaf: number, notNull: boolean): void {
    const { f } = this;
    f.store.u8(this.validity(leaf), notNull ? rowErrors.NULL_NOT_ALLOWED.number : INVALID);
    f.store.u8(this.flags, 1, leaf);
    if (notNull) f.store.u8(this.flags, i32(1), this.leaves.length);
  }
}
