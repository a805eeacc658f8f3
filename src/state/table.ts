/**
 * Keyed tables: open addressing, a power of two of slots, at most three quarters full, linear probing. The code that works on
 * them is emitted for their layout; the driver (tables.ts) allocates and grows them. Strings of a key lie once in the
 * arena of the table, a chain of blocks of which the last has room.
 *
 * Control block of a table, u32 words: slots, mask (slots - 1), rows held, rows at which it is full, arena top, arena
 * end. Operators keep their own words from TABLE_OWN up.
 */

import type { Schema } from "../base/types.ts";
import { type Fn, fn, load, type Term } from "../wasm/ir.ts";
import { emitCopyBytes, emitKeyDiffers, emitKeyStore, type KeyShape, type KeyTerms, keyShape } from "./keys.ts";
import { fieldOf, type Layout, type LayoutField, layoutOf } from "./layout.ts";

export const TABLE_SLOTS = 0;
export const TABLE_MASK = 4;
export const TABLE_COUNT = 8;
export const TABLE_LIMIT = 12;
export const TABLE_ARENA_TOP = 16;
export const TABLE_ARENA_END = 20;
export const TABLE_OWN = 24;
/** Bytes behind the end of an arena that are always there: copies write in steps of eight. */
export const TABLE_ARENA_SLACK = 16;

/** What a table of one shape is: its layout and the functions that grow it. */
export interface TableCode {
  readonly name: string;
  readonly key: KeyShape;
  readonly layout: Layout;
  /** (address, bytes): fills with zeros. */
  readonly clear: Fn;
  /** (old slots, how many, control block): puts the slots into the table's new, empty ones. */
  readonly rehash: Fn;
  /** The same, without dead slots and with all strings copied to the table's new arena. */
  readonly compact: Fn;
  /** (slot, control block): copies the strings of a slot that lies outside the table to the table's arena. */
  readonly relocate: Fn;
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
  const clear = fn(`${name}_clear`, { at: "i32", bytes: "i32" }, [], (f, { at, bytes }) => f.fill(at, 0, bytes));
  const rehash = rehashFn(`${name}_rehash`, layout, undefined);
  const relocate = fn(`${name}_relocate`, { slot: "i32", control: "i32" }, [], (f, { slot, control }) => {
    emitRelocate(f, layout, control, slot);
  });
  const compact = rehashFn(`${name}_compact`, layout, { deadField });
  return { name, key, layout, clear, rehash, compact, relocate, alive: aliveFn(name, layout, deadField) };
}

export const tableFns = (code: TableCode): readonly Fn[] => [
  code.clear,
  code.rehash,
  code.compact,
  code.relocate,
  code.alive,
];

export interface ProbeExits {
  /** The table has no room for another slot. */
  full(): void;
  /** The arena has no room for so many bytes. */
  arenaFull(bytes: Term): void;
  /** A slot was made; its fields but the key's are zero. */
  inserted(slot: Term): void;
}

/** Finds the slot of a key or makes it; the slot's address. Nothing is changed where it exits. */
export function emitProbe(f: Fn, code: TableCode, control: Term, key: KeyTerms, exits: ProbeExits): Term {
  const { layout } = code;
  const tag = f.let("tag", key.hash.toI32().or(1));
  const slots = f.let("slots", load.i32(control, TABLE_SLOTS));
  const mask = f.let("mask", load.i32(control, TABLE_MASK));
  const at = f.let("at", tag.shrU(1).and(mask));
  const slot = f.local("slot", "i32");
  f.loop("probe", (_, found) => {
    f.set(slot, slots.add(at.mul(layout.stride)));
    const seen = f.let("seen", load.i32(slot));
    f.if(seen.eq(tag), () =>
      f.block("same_tag", (differs) => {
        emitKeyDiffers(f, code.key, layout, slot, key, differs);
        found();
      }),
    );
    f.if(seen.eqz(), () => {
      emitInsert(f, code, control, slot, tag, key, exits);
      found();
    });
    f.set(at, at.add(1).and(mask));
  });
  return slot;
}

function emitInsert(
  f: Fn,
  code: TableCode,
  control: Term,
  slot: Term,
  tag: Term,
  key: KeyTerms,
  exits: ProbeExits,
): void {
  const count = f.let("count", load.i32(control, TABLE_COUNT));
  f.if(count.geU(load.i32(control, TABLE_LIMIT)), () => exits.full());
  const top = f.local("top", "i32");
  const bytes = key.stringBytes;
  if (bytes !== undefined) {
    f.set(top, load.i32(control, TABLE_ARENA_TOP));
    f.if(load.i32(control, TABLE_ARENA_END).sub(top).ltU(bytes), () => exits.arenaFull(bytes));
  }
  f.store.i32(slot, tag);
  emitKeyStore(f, code.key, code.layout, slot, key, top);
  if (bytes !== undefined) f.store.i32(control, top, TABLE_ARENA_TOP);
  f.store.i32(control, count.add(1), TABLE_COUNT);
  exits.inserted(slot);
}

/** Goes over the slots that are taken, from slot number `at` (a local) on. */
export function emitSlots(
  f: Fn,
  layout: Layout,
  slots: Term,
  count: Term,
  at: Term,
  build: (slot: Term, next: (cond?: Term) => void) => void,
): void {
  f.range("slots", at, count, (next) => {
    const slot = f.let("slot", slots.add(at.mul(layout.stride)));
    next(load.i32(slot).eqz());
    build(slot, next);
  });
}

function rehashFn(name: string, layout: Layout, compact: { readonly deadField: string | undefined } | undefined): Fn {
  return fn(name, { from: "i32", count: "i32", control: "i32" }, [], (f, { from, count, control }) => {
    const slots = f.let("to", load.i32(control, TABLE_SLOTS));
    const mask = f.let("mask", load.i32(control, TABLE_MASK));
    const kept = f.local("kept", "i32");
    const at = f.local("at", "i32");
    emitSlots(f, layout, from, count, at, (old, next) => {
      if (compact?.deadField !== undefined) next(load.i64(old, fieldOf(layout, compact.deadField).offset).eqz());
      const to = f.let("place", load.i32(old).shrU(1).and(mask));
      const slot = f.local("free", "i32");
      f.loop("probe", (_, free) => {
        f.set(slot, slots.add(to.mul(layout.stride)));
        free(load.i32(slot).eqz());
        f.set(to, to.add(1).and(mask));
      });
      for (let i = 0; i < layout.stride; i += 8) f.store.i64(slot, load.i64(old, i), i);
      f.set(kept, kept.add(1));
      if (compact !== undefined) emitRelocate(f, layout, control, slot);
    });
    f.store.i32(control, kept, TABLE_COUNT);
  });
}

/** Copies the strings of a slot to the arena of its table, which has room for them. */
function emitRelocate(f: Fn, layout: Layout, control: Term, slot: Term): void {
  for (const field of layout.fields) {
    if (field.type !== "text" && field.type !== "bytes") continue;
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
      emitSlots(f, layout, load.i32(control, TABLE_SLOTS), load.i32(control, TABLE_MASK).add(1), at, (slot) => {
        f.set(alive, alive.add(load.i64(slot, fieldOf(layout, deadField).offset).ne(0n)));
      });
    }
    f.return(alive);
  });
}
