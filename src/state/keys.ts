/**
 * Keys of keyed tables: any number of columns of any type, as normalised words. NULLs are equal (V3), -0 is 0 and all
 * NaNs are one (V4). A NULL is a bit in a `nulls` word, and zeros in its field.
 */
import { type Leaf, leavesOf, type Schema, type Storage } from "../base/types.ts";
import type { Emitted } from "../expr/function.ts";
import { type Fn, i32, i64, load, select, type Term } from "../wasm/ir.ts";
import { bytesEqual } from "../wasm/library/bytes.ts";
import { canonicalFloat, emitBytesHash, emitCombineHashes, emitHashI64 } from "../wasm/library/hash.ts";
import { emitWords, firstBytes } from "../wasm/library/words.ts";
import { type FieldType, fieldOf, type Layout, type LayoutField } from "./layout.ts";

const NULLS_PER_WORD = 32;

export interface KeyColumn {
  readonly leaf: Leaf;
  /** Name of its field; undefined for a ROW, whose fields follow as columns of their own. */
  readonly field: string | undefined;
  /** Which nulls word and bit; undefined where it is never NULL. */
  readonly nullBit: number | undefined;
}

export interface KeyShape {
  readonly columns: readonly KeyColumn[];
  readonly fields: readonly LayoutField[];
  readonly nullWords: number;
}

const keyFieldTypes: Readonly<Record<Exclude<Storage, "none">, FieldType>> = {
  i8: "i32",
  i32: "i32",
  i64: "i64",
  i128: "i128",
  f32: "f64",
  f64: "f64",
  bytes: "text",
};

export function keyShape(schema: Schema): KeyShape {
  let nullBits = 0;
  const fields: LayoutField[] = [];
  const columns = leavesOf(schema).map((leaf, i): KeyColumn => {
    const nullBit = leaf.nullable ? nullBits++ : undefined;
    if (leaf.storage === "none") return { leaf, field: undefined, nullBit };
    const field = `key${i}`;
    fields.push({ name: field, type: keyFieldTypes[leaf.storage] });
    return { leaf, field, nullBit };
  });
  const nullWords = Math.ceil(nullBits / NULLS_PER_WORD);
  for (let i = 0; i < nullWords; i++) fields.unshift({ name: `nulls${i}`, type: "i32" });
  return { columns, fields, nullWords };
}

/** A key in locals: what a probe compares and an insert stores. */
export interface KeyTerms {
  readonly nulls: readonly Term[];
  /** By column: [i32], [i64], [lo, hi], or of a string [address, length, first 8 bytes]; none for a ROW. */
  readonly parts: readonly (readonly Term[])[];
  readonly hash: Term;
  /** Bytes of all its strings together; undefined where it has none. */
  readonly stringBytes: Term | undefined;
}

/** A value and, of a ROW, all below it, in the order of their leaves; below a ROW that is NULL all is. */
export function flatten(e: Emitted, above?: Term): readonly Emitted[] {
  const valid = above === undefined ? e.valid : e.valid === undefined ? above : above.and(e.valid);
  const own = { ...e, valid };
  return [own, ...(e.fields ?? []).flatMap((x) => flatten(x, valid))];
}

function wordsOf(f: Fn, column: KeyColumn, value: Emitted, asIs: boolean): readonly Term[] {
  const zeroIfNull = (t: Term): Term => (value.valid === undefined ? t : select(value.valid, t, 0));
  const [a, b] = value.parts;
  if (a === undefined) return [];
  switch (column.leaf.storage) {
    case "f32":
    case "f64": {
      const kept = asIs ? a : canonicalFloat(a);
      return [f.let("key", zeroIfNull(kept.bits()))];
    }
    case "bytes": {
      const length = f.let("key_length", zeroIfNull(b ?? i32(0)));
      const first = f.local("key_first", "i64");
      f.set(first, 0n);
      // Reads eight bytes at the string's place: within its run, or where it has them all.
      f.if(length, () => f.set(first, emitFirst(f, a, length)));
      return [a, length, first];
    }
    case "i128":
      return [f.let("key", zeroIfNull(a)), f.let("key_hi", zeroIfNull(b ?? i64(0)))];
    default:
      return [f.let("key", zeroIfNull(a))];
  }
}

/** The first 8 bytes of a string that is not empty, zeros behind its end, without touching another run of memory. */
function emitFirst(f: Fn, at: Term, length: Term): Term {
  const word = f.local("first", "i64");
  f.if(
    at.and(0xffff).leU(0xfff8).or(length.geU(8)),
    () => f.set(word, firstBytes(load.i64(at), select(length.ltU(8), length, 8))),
    () => f.set(word, load.i64(at.add(length).sub(8)).shrU(i64(64).sub(length.shl(3).toI64U()))),
  );
  return word;
}

export interface KeyForm {
  /** Zeros and NaNs are kept as they are: for keys that something else tells apart. */
  readonly asIs?: boolean;
  /** How many columns are hashed: those that tell most keys apart. Default: all. */
  readonly hashed?: number;
}

/** Brings values (one per key expression) into the form that a table compares, and hashes them. */
export function emitKey(
  f: Fn,
  shape: KeyShape,
  values: readonly Emitted[],
  seed: bigint,
  { asIs = false, hashed = shape.columns.length }: KeyForm = {},
): KeyTerms {
  const flat = values.flatMap((v) => flatten(v));
  const parts = shape.columns.map((c, i) => {
    const value = flat[i];
    if (value === undefined) throw new TypeError("a key with too few values");
    return wordsOf(f, c, value, asIs);
  });
  const nulls = Array.from({ length: shape.nullWords }, (_, word) => {
    const bits = shape.columns.flatMap((c, i) => {
      const valid = flat[i]?.valid;
      if (c.nullBit === undefined || valid === undefined || Math.floor(c.nullBit / NULLS_PER_WORD) !== word) return [];
      return [valid.eqz().shl(c.nullBit % NULLS_PER_WORD)];
    });
    return f.let(
      "nulls",
      bits.reduce((a, b) => a.or(b), i32(0)),
    );
  });
  const strings = shape.columns.flatMap((c, i) => (c.leaf.storage === "bytes" ? [parts[i]?.[1] ?? i32(0)] : []));
  const total = strings.reduce<Term | undefined>((a, b) => (a === undefined ? b : a.add(b)), undefined);
  const stringBytes = total === undefined ? undefined : f.let("key_bytes", total);
  return { nulls, parts, hash: emitHash(f, shape.columns.slice(0, hashed), parts, seed), stringBytes };
}

/** Values in the same form but as they are, and not hashed: to be kept, not to be compared. */
export const emitExactKey = (f: Fn, shape: KeyShape, values: readonly Emitted[]): KeyTerms =>
  emitKey(f, shape, values, 0n, { asIs: true, hashed: 0 });

function emitHash(f: Fn, columns: readonly KeyColumn[], parts: readonly (readonly Term[])[], seed: bigint): Term {
  const s = i64(BigInt.asIntN(64, seed));
  const hashes: Term[] = [];
  let half: Term | undefined;
  const word = (w: Term): void => {
    hashes.push(emitHashI64(f, w, s));
  };
  columns.forEach((c, i) => {
    const [a, b] = parts[i] ?? [];
    if (a === undefined) return;
    if (c.leaf.storage === "bytes") hashes.push(emitBytesHash(f, a, b ?? i32(0), s));
    else if (a.type === "i64") [a, b].forEach((w) => w !== undefined && word(w));
    else if (half === undefined) half = a;
    else {
      word(half.toI64U().or(a.toI64U().shl(32)));
      half = undefined;
    }
  });
  if (half !== undefined) word(half.toI64U());
  const [first, ...rest] = hashes;
  return rest.reduce((h, next) => emitCombineHashes(f, h, next), first ?? s);
}

/** Leaves where the key of the slot is another one. The hash tags are known to be equal. */
export function emitKeyDiffers(
  f: Fn,
  shape: KeyShape,
  layout: Layout,
  slot: Term,
  key: KeyTerms,
  leave: (cond: Term) => void,
): void {
  key.nulls.forEach((n, i) => leave(load.i32(slot, fieldOf(layout, `nulls${i}`).offset).ne(n)));
  shape.columns.forEach((c, i) => {
    if (c.field === undefined) return;
    const { offset } = fieldOf(layout, c.field);
    const [a, b, first] = key.parts[i] ?? [];
    if (a === undefined) return;
    if (first !== undefined && b !== undefined) {
      leave(load.i32(slot, offset).ne(b));
      leave(load.i64(slot, offset + 8).ne(first));
    } else if (a.type === "i32") leave(load.i32(slot, offset).ne(a));
    else leave(load.i64(slot, offset).ne(a));
    if (first === undefined && b !== undefined) leave(load.i64(slot, offset + 8).ne(b));
  });
  shape.columns.forEach((c, i) => {
    if (c.field === undefined || c.leaf.storage !== "bytes") return;
    const { offset } = fieldOf(layout, c.field);
    const [a, length] = key.parts[i] ?? [];
    if (a === undefined || length === undefined) return;
    f.if(length.gtU(8), () => {
      const known = f.let("known", load.i32(slot, offset + 4));
      // The first 8 bytes are equal: with the last 8 that is all of a string of up to 16.
      leave(load.i64(known.add(length).sub(8)).ne(load.i64(a.add(length).sub(8))));
      f.if(length.gtU(16), () => {
        leave(f.call(bytesEqual, known, length, a, length).eqz());
      });
    });
  });
}

/** Stores a key in a slot, its strings at `top`; gives back the new top (undefined where it has no strings). */
export function emitKeyStore(f: Fn, shape: KeyShape, layout: Layout, slot: Term, key: KeyTerms, top: Term): void {
  key.nulls.forEach((n, i) => f.store.i32(slot, n, fieldOf(layout, `nulls${i}`).offset));
  shape.columns.forEach((c, i) => {
    if (c.field === undefined) return;
    const { offset } = fieldOf(layout, c.field);
    const [a, b, first] = key.parts[i] ?? [];
    if (a === undefined) return;
    if (first !== undefined && b !== undefined) {
      f.store.i32(slot, b, offset);
      f.store.i32(slot, top, offset + 4);
      f.store.i64(slot, first, offset + 8);
      emitCopyBytes(f, top, a, b);
      f.set(top, top.add(b));
    } else if (a.type === "i32") f.store.i32(slot, a, offset);
    else {
      f.store.i64(slot, a, offset);
      if (b !== undefined) f.store.i64(slot, b, offset + 8);
    }
  });
}

/** Copies a string in steps of eight bytes: up to 7 zero bytes are written behind its end. */
export function emitCopyBytes(f: Fn, to: Term, from: Term, length: Term): void {
  emitWords(f, from, length, (word, _, at) => f.store.i64(to.add(at.sub(from)), word));
}

/** The key of a slot of another table of the same layout. Its hash is the tag: what a table takes of a hash. */
export function emitKeyFromSlot(f: Fn, shape: KeyShape, layout: Layout, slot: Term): KeyTerms {
  const bind = (t: Term): Term => f.let("from", t);
  let stringBytes: Term | undefined;
  const parts = shape.columns.map((c): readonly Term[] => {
    if (c.field === undefined) return [];
    const { offset, type } = fieldOf(layout, c.field);
    switch (type) {
      case "text": {
        const length = bind(load.i32(slot, offset));
        stringBytes = stringBytes === undefined ? length : stringBytes.add(length);
        return [bind(load.i32(slot, offset + 4)), length, bind(load.i64(slot, offset + 8))];
      }
      case "i32":
        return [bind(load.i32(slot, offset))];
      case "i128":
        return [bind(load.i64(slot, offset)), bind(load.i64(slot, offset + 8))];
      default:
        return [bind(load.i64(slot, offset))];
    }
  });
  const nulls = Array.from({ length: shape.nullWords }, (_, i) =>
    bind(load.i32(slot, fieldOf(layout, `nulls${i}`).offset)),
  );
  const hash = bind(load.i64FromU32(slot));
  return { nulls, parts, hash, stringBytes: stringBytes === undefined ? undefined : bind(stringBytes) };
}

/** The key of a slot as values, one for each leaf. */
export function emitKeyOfSlot(f: Fn, shape: KeyShape, layout: Layout, slot: Term): readonly Emitted[] {
  return shape.columns.map((c): Emitted => {
    const { type, storage } = c.leaf;
    const valid =
      c.nullBit === undefined
        ? undefined
        : load
            .i32(slot, fieldOf(layout, `nulls${Math.floor(c.nullBit / NULLS_PER_WORD)}`).offset)
            .shrU(c.nullBit % NULLS_PER_WORD)
            .and(1)
            .eqz();
    const bound = valid === undefined ? undefined : f.let("key_valid", valid);
    if (c.field === undefined) return { type, valid: bound, parts: [] };
    const { offset } = fieldOf(layout, c.field);
    switch (storage) {
      case "bytes":
        return {
          type,
          valid: bound,
          parts: [f.let("k", load.i32(slot, offset + 4)), f.let("k", load.i32(slot, offset))],
        };
      case "i128":
        return {
          type,
          valid: bound,
          parts: [f.let("k", load.i64(slot, offset)), f.let("k", load.i64(slot, offset + 8))],
        };
      case "f32":
      case "f64":
        return { type, valid: bound, parts: [f.let("k", load.f64(slot, offset))] };
      case "i64":
        return { type, valid: bound, parts: [f.let("k", load.i64(slot, offset))] };
      default:
        return { type, valid: bound, parts: [f.let("k", load.i32(slot, offset))] };
    }
  });
}
