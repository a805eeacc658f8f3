/**
 * The second tables of an aggregation: by group and values, how often (for DISTINCT, and for MIN and MAX over input that
 * takes rows back). Where groups merge and end one by one, as sessions do, a group's number is the address of its **bag**,
 * which heads a list of its entries for each table: so they can be given to another group, and be dropped. A link is the
 * address of the next entry with its lowest bit set; 0: the entry is in no list.
 */
import { INT, type Schema } from "../../base/types.ts";
import { fieldOf, type LayoutField } from "../../state/layout.ts";
import { type TableCode, tableCode } from "../../state/table.ts";
import { type Fn, load, type Term } from "../../wasm/ir.ts";
import { type AggregationPlan, type ArgumentList, listOrdered } from "../aggregation/plan.ts";

/** How often a value occurs in its group (i64). */
export const VALUE_COUNT = "count";
const VALUE_NEXT = "next";
/** When the value came first, by a number that ascends from row to row (i64). */
const VALUE_FIRST = "first";

/** Column 0 of a table's key is the group. */
export function valuesTables(name: string, plan: AggregationPlan): readonly TableCode[] {
  return plan.lists
    .filter((l) => l.valuesTable !== undefined)
    .map((l, i) => {
      const schema: Schema = [
        { name: "group", type: INT, nullable: false },
        ...l.args.map((a, n) => ({ name: `value${n}`, type: a.type, nullable: a.nullable })),
      ];
      const fields: LayoutField[] = [{ name: VALUE_COUNT, type: "i64" }];
      if (plan.bags) fields.push({ name: VALUE_NEXT, type: "i32" });
      if (plan.bags && listOrdered(plan, l)) fields.push({ name: VALUE_FIRST, type: "i64" });
      return tableCode(`${name}_values${i}`, schema, fields, VALUE_COUNT);
    });
}

/** A bag: the first entry of each table's list (0: none), how many entries it has been given, and a number while state is saved. */
export const headAt = (table: number): number => 4 * table;
export const sizeAt = (plan: AggregationPlan): number => 4 * plan.valuesTables;
export const bagNumberAt = (plan: AggregationPlan): number => sizeAt(plan) + 4;
export const bagBytes = (plan: AggregationPlan): number => Math.ceil((sizeAt(plan) + 8) / 8) * 8;

/** Loads and stores of the fields of an entry. */
export class Entry {
  private readonly f: Fn;
  private readonly code: TableCode;
  readonly address: Term;

  constructor(f: Fn, code: TableCode, address: Term) {
    this.f = f;
    this.code = code;
    this.address = address;
  }

  private at(field: string): number {
    return fieldOf(this.code.layout, field).offset;
  }
  get count(): Term {
    return load.i64(this.address, this.at(VALUE_COUNT));
  }
  set count(n: Term) {
    this.f.store.i64(this.address, n, this.at(VALUE_COUNT));
  }
  get first(): Term {
    return load.i64(this.address, this.at(VALUE_FIRST));
  }
  set first(n: Term) {
    this.f.store.i64(this.address, n, this.at(VALUE_FIRST));
  }
  get isLinked(): Term {
    return load.i32(this.address, this.at(VALUE_NEXT));
  }
  /** The address of the next entry, 0 at the end. */
  get next(): Term {
    return load.i32(this.address, this.at(VALUE_NEXT)).and(-2);
  }
  set next(entry: Term) {
    this.f.store.i32(this.address, entry.or(1), this.at(VALUE_NEXT));
  }
  /** Out of every list, and counting nothing: its slot is dropped when the table is compacted. */
  drop(): void {
    this.f.store.i64(this.address, 0n, this.at(VALUE_COUNT));
    this.f.store.i32(this.address, 0, this.at(VALUE_NEXT));
  }
  /** Puts it at the head of the bag's list. */
  link(list: ArgumentList, bag: Term): void {
    const at = headAt(list.valuesTable ?? 0);
    this.next = this.f.let("head", load.i32(bag, at));
    this.f.store.i32(bag, this.address, at);
  }
}
