/**
 * Keyed tables: slots side by side in the order in which their keys came, and before them, in the same block, an index
 * by hash: open addressing, a power of two of entries, linear probing. An entry is a word: the tag of its key (the low
 * half, hash bits, never 0) and the offset of its slot from the first one; 0 is none. So a probe reads a small, dense
 * part of memory, new keys are written one after the other, and whoever goes over a table reads what it holds and no
 * gaps. The code that works on tables is emitted for their layout; the driver (tables.ts) allocates and grows them.
 * Strings of a key lie once in the arena of the table, a chain of blocks of which the last has room.
 *
 * Control block of a table, u32 words: first slot, index, mask (entries - 1), slots held, slots at which it is full,
 * arena top, arena end. Operators keep their own words from TABLE_OWN up.
 */

import type { Schema } from "../base/types.ts";
import { type Fn, fn, load, type Term } from "../wasm/ir.ts";
import { emitCopyBytes, emitKeyDiffers, emitKeyStore, type KeyShape, type KeyTerms, keyShape } from "./keys.ts";
import { fieldOf, type Layout, type LayoutField, layoutOf } from "./layout.ts";

export const TABLE_SLOTS = 0;
export const TABLE_INDEX = 4;
export const TABLE_MASK = 8;
export const TABLE_COUNT = 12;
export const TABLE_LIMIT = 16;
export const TABLE_ARENA_TOP = 20;
export const TABLE_ARENA_END = 24;
export const TABLE_OWN = 28;
/** Bytes of an entry of the index. */
export const INDEX_ENTRY_BYTES = 8;
/** Bytes behind the end of an arena that are always there: copies write in steps of eight. */
export const TABLE_ARENA_SLACK = 16;

/** What a table of one shape is: its layout and the functions that grow it. */
export interface TableCode {
  readonly name: string;
  readonly key: KeyShape;
  readonly layout: Layout;
  /** (control block): enters all slots into the index, which is empty. */
  readonly reindex: Fn;
  /** (old slots, how many, control block): copies those that are not dead into the table, which is empty, and their strings into its arena. */
  readonly compact: Fn;
  /** (control block) -> how many slots are not dead. */
  readonly alive: Fn;
}

/** `deadField`: an i64 field that is 0 in a slot that may be dropped. */
export function tableCode(
  name: string,
  keySchema: Schema,
  fields: readonly LayoutField[],
  deadField?: string,
): TableCode {
  const key = keyShape(keySchema);
  const layout = layoutOf([...key.fields, ...fields]);
  const reindex = reindexFn(`${name}_reindex`, layout);
  const compact = compactFn(`${name}_compact`, layout, deadField);
  return { name, key, layout, reindex, compact, alive: aliveFn(name, layout, deadField) };
}

export const tableFns = (code: TableCode): readonly Fn[] => [code.reindex, code.compact, code.alive];

export interface ProbeExits {
  /** The table has no room for another slot. */
  full(): void;
  /** The arena has no room for so many bytes. */
  arenaFull(bytes: Term): void;
  /** A slot was made; its fields but the key's are zero. */
  inserted(slot: Term): void;
}

export const tagOf = (hash: Term): Term => hash.toI32().or(1);
/** Number of the entry at which the search for a tag starts. */
export const firstEntry = (tag: Term, mask: Term): Term => tag.shrU(1).and(mask);
export const entryAt = (index: Term, number: Term): Term => index.add(number.shl(3));

/** Finds the slot of a key or makes it; the slot's address. Nothing is changed where it exits. */
export function emitProbe(f: Fn, code: TableCode, control: Term, key: KeyTerms, exits: ProbeExits): Term {
  const { layout } = code;
  const tag = f.let("tag", tagOf(key.hash));
  const slots = f.let("slots", load.i32(control, TABLE_SLOTS));
  const slot = f.local("slot", "i32");
  emitSearch(f, control, tag, (entry, place, found) => {
    f.if(entry.toI32().eq(tag), () =>
      f.block("same_tag", (differs) => {
        f.set(slot, slots.add(entry.shrU(32).toI32()));
        emitKeyDiffers(f, code.key, layout, slot, key, differs);
        found();
      }),
    );
    f.if(entry.eqz(), () => {
      emitInsert(f, code, control, { slots, slot, place, tag, key }, exits);
      found();
    });
  });
  return slot;
}

/** Goes over the entries of the index where a tag may be, up to `found`. */
function emitSearch(
  f: Fn,
  control: Term,
  tag: Term,
  build: (entry: Term, place: Term, found: () => void) => void,
): void {
  const index = f.let("index", load.i32(control, TABLE_INDEX));
  const mask = f.let("mask", load.i32(control, TABLE_MASK));
  const at = f.let("at", firstEntry(tag, mask));
  f.loop("probe", (_, found) => {
    const place = f.let("place", entryAt(index, at));
    build(f.let("entry", load.i64(place)), place, found);
    f.set(at, at.add(1).and(mask));
  });
}

function emitInsert(
  f: Fn,
  code: TableCode,
  control: Term,
  to: {
    readonly slots: Term;
    readonly slot: Term;
    readonly place: Term;
    readonly tag: Term;
    readonly key: KeyTerms;
  },
  exits: ProbeExits,
): void {
  const { slot, tag, key } = to;
  const { layout } = code;
  const count = f.let("count", load.i32(control, TABLE_COUNT));
  f.if(count.geU(load.i32(control, TABLE_LIMIT)), () => exits.full());
  const top = f.local("top", "i32");
  const bytes = key.stringBytes;
  if (bytes !== undefined) {
    f.set(top, load.i32(control, TABLE_ARENA_TOP));
    f.if(load.i32(control, TABLE_ARENA_END).sub(top).ltU(bytes), () => exits.arenaFull(bytes));
  }
  const offset = f.let("offset", count.mul(layout.stride));
  f.set(slot, to.slots.add(offset));
  f.store.i64(to.place, entryOf(tag, offset));
  for (let at = 0; at < layout.stride; at += 8) f.store.i64(slot, 0n, at);
  f.store.i32(slot, tag);
  emitKeyStore(f, code.key, layout, slot, key, top);
  if (bytes !== undefined) f.store.i32(control, top, TABLE_ARENA_TOP);
  f.store.i32(control, count.add(1), TABLE_COUNT);
  exits.inserted(slot);
}

const entryOf = (tag: Term, offset: Term): Term => offset.toI64U().shl(32).or(tag.toI64U());

/** Goes over the slots that a table holds, from slot number `at` (a local) on. */
export function emitSlots(
  f: Fn,
  layout: Layout,
  control: Term,
  at: Term,
  build: (slot: Term, next: (cond?: Term) => void) => void,
): void {
  const slots = f.let("slots", load.i32(control, TABLE_SLOTS));
  const count = f.let("count", load.i32(control, TABLE_COUNT));
  f.range("slots", at, count, (next) => build(f.let("slot", slots.add(at.mul(layout.stride))), next));
}

/** Enters a slot at `offset` into the index, where its key is not yet. */
function emitEnter(f: Fn, control: Term, tag: Term, offset: Term): void {
  emitSearch(f, control, tag, (entry, place, found) => {
    f.if(entry.eqz(), () => {
      f.store.i64(place, entryOf(tag, offset));
      found();
    });
  });
}

function reindexFn(name: string, layout: Layout): Fn {
  return fn(name, { control: "i32" }, [], (f, { control }) => {
    const at = f.local("at", "i32");
    emitSlots(f, layout, control, at, (slot) => {
      emitEnter(f, control, f.let("tag", load.i32(slot)), f.let("offset", at.mul(layout.stride)));
    });
  });
}

function compactFn(name: string, layout: Layout, deadField: string | undefined): Fn {
  return fn(name, { from: "i32", count: "i32", control: "i32" }, [], (f, { from, count, control }) => {
    const slots = f.let("to", load.i32(control, TABLE_SLOTS));
    const offset = f.local("offset", "i32");
    const kept = f.local("kept", "i32");
    const at = f.local("at", "i32");
    f.range("slots", at, count, (next) => {
      const old = f.let("old", from.add(at.mul(layout.stride)));
      if (deadField !== undefined) next(load.i64(old, fieldOf(layout, deadField).offset).eqz());
      const slot = f.let("slot", slots.add(offset));
      for (let i = 0; i < layout.stride; i += 8) f.store.i64(slot, load.i64(old, i), i);
      emitEnter(f, control, f.let("tag", load.i32(slot)), offset);
      emitRelocate(f, layout, control, slot, "text", "bytes");
      f.set(offset, offset.add(layout.stride));
      f.set(kept, kept.add(1));
    });
    f.store.i32(control, kept, TABLE_COUNT);
  });
}

/** Copies strings of a slot, its key's (`text`), its states' (`bytes`), to the arena of its table, which has room for them. */
export function emitRelocate(
  f: Fn,
  layout: Layout,
  control: Term,
  slot: Term,
  ...types: readonly ("text" | "bytes")[]
): void {
  for (const field of layout.fields) {
    if ((field.type !== "text" && field.type !== "bytes") || !types.includes(field.type)) continue;
    const [lengthAt, addressAt] =
      field.type === "text" ? [field.offset, field.offset + 4] : [field.offset + 4, field.offset];
    const length = f.let("length", load.i32(slot, lengthAt));
    const top = f.let("top", load.i32(control, TABLE_ARENA_TOP));
    f.if(length, () => emitCopyBytes(f, top, load.i32(slot, addressAt), length));
    f.store.i32(slot, top, addressAt);
    // A string's room is not kept, only what it takes now.
    if (field.type === "bytes") f.store.i32(slot, length, field.offset + 8);
    f.store.i32(control, top.add(length), TABLE_ARENA_TOP);
  }
}

function aliveFn(name: string, layout: Layout, deadField: string | undefined): Fn {
  return fn(`${name}_alive`, { control: "i32" }, ["i32"], (f, { control }) => {
    const alive = f.local("alive", "i32");
    if (deadField === undefined) f.set(alive, load.i32(control, TABLE_COUNT));
    else {
      const at = f.local("at", "i32");
      emitSlots(f, layout, control, at, (slot) => {
        f.set(alive, alive.add(load.i64(slot, fieldOf(layout, deadField).offset).ne(0n)));
      });
    }
    f.return(alive);
  });
}
