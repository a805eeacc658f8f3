/** A group's slot as aggregates see it: loads and stores of their fields through the layout. */
import type { Slot } from "../../expr/aggregate.ts";
import { emitCopyBytes } from "../../state/keys.ts";
import { fieldOf, type Layout } from "../../state/layout.ts";
import { TABLE_ARENA_TOP } from "../../state/table.ts";
import { type Fn, i32, load, select, type Term } from "../../wasm/ir.ts";

const BYTES_LEAST = 16;

/** Room that `storeBytes` may take for a string of so many bytes. */
export const bytesRoom = (length: Term): Term => length.shl(1).add(BYTES_LEAST);

export class SlotFields implements Slot {
  private readonly f: Fn;
  private readonly layout: Layout;
  /** Address of the slot and of the control block of its table, whose arena takes strings. */
  private readonly address: Term;
  private readonly control: Term;
  private readonly prefix: string;
  private readonly countField: string;

  constructor(f: Fn, layout: Layout, address: Term, control: Term, prefix: string, countField: string) {
    this.f = f;
    this.layout = layout;
    this.address = address;
    this.control = control;
    this.prefix = prefix;
    this.countField = countField;
  }

  private place(field: string): { readonly type: string; readonly offset: number } {
    return fieldOf(this.layout, field === "count" ? this.countField : `${this.prefix}.${field}`);
  }

  load(field: string, part = 0): Term {
    const { type, offset } = this.place(field);
    switch (type) {
      case "i32":
        return load.i32(this.address, offset);
      case "f64":
        return load.f64(this.address, offset);
      case "bytes":
        return load.i32(this.address, offset + 4 * part);
      default:
        return load.i64(this.address, offset + 8 * part);
    }
  }

  store(field: string, value: Term, part = 0): void {
    const { type, offset } = this.place(field);
    switch (type) {
      case "i32":
        return this.f.store.i32(this.address, value, offset);
      case "f64":
        return this.f.store.f64(this.address, value, offset);
      default:
        return this.f.store.i64(this.address, value, offset + 8 * part);
    }
  }

  addressOf(field: string): Term {
    return this.address.add(this.place(field).offset);
  }

  storeBytes(field: string, address: Term, length: Term): void {
    const { f } = this;
    const { offset } = this.place(field);
    const to = f.let("kept_at", load.i32(this.address, offset));
    f.if(load.i32(this.address, offset + 8).ltU(length), () => {
      // A power of two: a string that keeps growing leaves no more behind than it takes.
      const power = i32(1).shl(i32(32).sub(length.sub(1).op("clz")));
      const room = f.let("room", select(length.leU(BYTES_LEAST), i32(BYTES_LEAST), power));
      f.set(to, load.i32(this.control, TABLE_ARENA_TOP));
      f.store.i32(this.control, to.add(room), TABLE_ARENA_TOP);
      f.store.i32(this.address, to, offset);
      f.store.i32(this.address, room, offset + 8);
    });
    f.store.i32(this.address, length, offset + 4);
    emitCopyBytes(f, to, address, length);
  }
}
