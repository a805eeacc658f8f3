/**
 * The numbers by which second tables know the groups of a table where those do not merge one by one (entries.ts). When
 * groups that died have been dropped their numbers are given again, the lowest first: so what goes by number takes as
 * much room as the table did at most, whatever its history. What second tables still hold of a dead group counts 0 rows,
 * which is what they hold of a new one.
 */
import { fieldOf, type Layout } from "../../state/layout.ts";
import { emitSlots } from "../../state/table.ts";
import { type Fn, fn, i32, load, type Term } from "../../wasm/ir.ts";
import type { EngineMemory, MemoryOwner } from "../../wasm/memory.ts";

/** Words of the groups' control block: the lowest number that was never given; the list of those to give again, from where to where. */
export const ORDINALS_BYTES = 12;
const FREE = 4;
const FREE_END = 8;

export const FREE_ORDINALS = "free_ordinals";

/** The number of a new group. `at`: where the words begin. */
export function emitOrdinal(f: Fn, control: Term, at: number): Term {
  const free = f.let("free", load.i32(control, at + FREE));
  const ordinal = f.local("ordinal", "i32");
  f.if(
    free.ltU(load.i32(control, at + FREE_END)),
    () => {
      f.set(ordinal, load.i32(free));
      f.store.i32(control, free.add(4), at + FREE);
    },
    () => {
      f.set(ordinal, load.i32(control, at));
      f.store.i32(control, ordinal.add(1), at);
    },
  );
  return ordinal;
}

/** (table, list of a zero word for each number): makes it the list of numbers that no group has, below the highest that one has. */
export function freeOrdinalsFn(layout: Layout, field: string, at: number): Fn {
  return fn(FREE_ORDINALS, { control: "i32", list: "i32" }, [], (f, { control, list }) => {
    const slotAt = f.local("at", "i32");
    const wordOf = (ordinal: Term): Term => list.add(ordinal.shl(2));
    emitSlots(f, layout, control, slotAt, (slot) => {
      f.store.i32(wordOf(load.i32(slot, fieldOf(layout, field).offset)), 1);
    });
    const next = f.let("next", load.i32(control, at));
    f.while(
      "unused",
      () => next.ne(0),
      (_, leave) => {
        leave(load.i32(wordOf(next.sub(1))));
        f.set(next, next.sub(1));
      },
    );
    // Written from the front, behind what is still to be read.
    const end = f.let("end", list);
    const ordinal = f.let("ordinal", i32(0));
    f.range("numbers", ordinal, next, (again) => {
      again(load.i32(wordOf(ordinal)));
      f.store.i32(end, ordinal);
      f.set(end, end.add(4));
    });
    f.store.i32(control, next, at);
    f.store.i32(control, list, at + FREE);
    f.store.i32(control, end, at + FREE_END);
  });
}

/** The driver's side: the list of one table. */
export class Ordinals {
  private readonly memory: EngineMemory;
  private readonly owner: MemoryOwner;
  private readonly at: number;
  private list = 0;

  /** `at`: address of the words of the control block. */
  constructor(memory: EngineMemory, owner: MemoryOwner, at: number) {
    this.memory = memory;
    this.owner = owner;
    this.at = at;
    memory.u32.fill(0, at / 4, (at + ORDINALS_BYTES) / 4);
  }

  /** How many words something by number takes. */
  get count(): number {
    return this.memory.u32[this.at / 4] ?? 0;
  }

  /** The numbers that are to be given again, u32 each, in their order. */
  get free(): Uint8Array {
    const { u8, u32 } = this.memory;
    return u8.slice(u32[(this.at + FREE) / 4], u32[(this.at + FREE_END) / 4]);
  }

  restore(count: number, free: Uint8Array): void {
    const { u8, u32 } = this.memory;
    this.release();
    this.list = free.length === 0 ? 0 : this.memory.allocatePiece(free.length, this.owner);
    u8.set(free, this.list);
    u32[this.at / 4] = count;
    u32[(this.at + FREE) / 4] = this.list;
    u32[(this.at + FREE_END) / 4] = this.list + free.length;
  }

  /** Groups were dropped. `free`: FREE_ORDINALS of their table. */
  reuse(free: (list: number) => void): void {
    const before = this.list;
    this.list = this.memory.allocatePiece(4 * Math.max(1, this.count), this.owner);
    this.memory.u32.fill(0, this.list / 4, this.list / 4 + this.count);
    free(this.list);
    if (before !== 0) this.memory.release(before);
  }

  release(): void {
    if (this.list !== 0) this.memory.release(this.list);
    this.list = 0;
  }
}
