/** Emitted code that lists and numbers what belongs to sessions while their state is saved or restored. */

import { fieldOf, type Layout } from "../../state/layout.ts";
import type { TableCode } from "../../state/table.ts";
import { emitSlots, TABLE_COUNT, TABLE_SLOTS } from "../../state/table.ts";
import { type Fn, fn, i32, load, select, type Term } from "../../wasm/ir.ts";
import type { Groups } from "../aggregation/groups.ts";
import { ORDINAL_FIELD } from "../aggregation/plan.ts";
import { sessionAt } from "../session/fields.ts";
import { bagBytes, bagNumberAt, Entry, sizeAt } from "../values/entries.ts";

/** (table, list) -> how many: the nodes of all slots, from young to old, each with the number of its slot. */
export function listOlderFn({ code }: Groups): Fn {
  const at = sessionAt(code.layout);
  return fn("list_older", { control: "i32", list: "i32" }, ["i32"], (f, { control, list }) => {
    const number = f.local("number", "i32");
    const out = f.let("out", list);
    emitSlots(f, code.layout, control, number, (slot) => {
      emitChain(f, at.chain, load.i32(slot, at.chain), (node) => {
        f.store.i32(out, node);
        f.store.i32(out, number, 4);
        f.set(out, out.add(8));
      });
    });
    f.return(out.sub(list).shrU(3));
  });
}

function emitChain(f: Fn, link: number, first: Term, build: (record: Term) => void): void {
  const record = f.let("record", first);
  f.while(
    "chain",
    () => record.ne(0),
    () => {
      build(record);
      f.set(record, load.i32(record, link));
    },
  );
}

/** Goes over all sessions: those of slots by the slot's number, then those of the list of nodes, behind them. */
function emitSessions(
  f: Fn,
  layout: Layout,
  p: { readonly control: Term; readonly older: Term; readonly n: Term },
  build: (session: Term, number: Term) => void,
): void {
  const at = sessionAt(layout);
  const number = f.local("number", "i32");
  emitSlots(f, layout, p.control, number, (slot, next) => {
    next(load.i64(slot, at.limit).eqz());
    build(slot, number);
  });
  const i = f.let("i", i32(0));
  const count = f.let("count", load.i32(p.control, TABLE_COUNT));
  f.range("older", i, p.n, () => {
    build(f.let("node", load.i32(p.older.add(i.shl(3)))), f.let("behind", count.add(i)));
  });
}

const sessionsOf = { control: "i32", older: "i32", n: "i32" } as const;

/** The address of the session of a number. */
export function emitSessionOf(f: Fn, layout: Layout, control: Term, older: Term, number: Term): Term {
  const count = f.let("count", load.i32(control, TABLE_COUNT));
  const session = f.local("session", "i32");
  f.if(
    number.ltU(count),
    () => f.set(session, load.i32(control, TABLE_SLOTS).add(number.mul(layout.stride))),
    () => f.set(session, load.i32(older.add(number.sub(count).shl(3)))),
  );
  return session;
}

/** (table, older, n): the number of each session into its bag. (table, older, n, bags): to each session the bag of its number. */
export function bagFns(groups: Groups): readonly Fn[] {
  const { layout } = groups.code;
  const { offset } = fieldOf(layout, ORDINAL_FIELD);
  return [
    fn("number_bags", sessionsOf, [], (f, p) => {
      emitSessions(f, layout, p, (session, number) => {
        f.store.i32(load.i32(session, offset), number, bagNumberAt(groups.plan));
      });
    }),
    fn("give_bags", { ...sessionsOf, bags: "i32" }, [], (f, p) => {
      emitSessions(f, layout, p, (session, number) => {
        f.store.i32(session, p.bags.add(number.mul(bagBytes(groups.plan))), offset);
      });
    }),
  ];
}

export const linkedName = (table: number): string => `linked_values${table}`;
export const linkName = (table: number): string => `link_values${table}`;

/** By second table: (control) -> how many entries are in a list; (control): puts all into the lists of their bags. */
export function valueFns(groups: Groups): readonly Fn[] {
  return groups.plan.lists.flatMap((list) => {
    if (list.valuesTable === undefined) return [];
    const code: TableCode = groups.valuesCode(list);
    return [
      fn(linkedName(list.valuesTable), { control: "i32" }, ["i32"], (f, { control }) => {
        const at = f.local("at", "i32");
        const n = f.local("n", "i32");
        emitSlots(f, code.layout, control, at, (slot) => {
          f.set(n, n.add(new Entry(f, code, slot).isLinked.ne(0)));
        });
        f.return(n);
      }),
      fn(linkName(list.valuesTable), { control: "i32" }, [], (f, { control }) => {
        const at = f.local("at", "i32");
        emitSlots(f, code.layout, control, at, (slot) => {
          const bag = f.let("bag", load.i32(slot, fieldOf(code.layout, "key0").offset));
          new Entry(f, code, slot).link(list, bag);
          f.store.i32(bag, load.i32(bag, sizeAt(groups.plan)).add(1), sizeAt(groups.plan));
        });
      }),
    ];
  });
}

/** (table): slots that have a timer, each with the slot behind it, are told what names them. The heads of buckets are known. */
export function nameTimersFn({ code }: Groups): Fn {
  const at = sessionAt(code.layout);
  return fn("name_timers", { control: "i32" }, [], (f, { control }) => {
    const number = f.local("number", "i32");
    emitSlots(f, code.layout, control, number, (slot, next) => {
      next(load.i32(slot, at.named).eqz());
      const behind = f.let("behind", load.i32(slot, at.next));
      f.if(behind, () => f.store.i32(behind, slot.add(at.next), at.named));
    });
  });
}

/** (table, older, n, list): the records of all sessions, each with its session's number. */
export function listHeldFn({ code }: Groups, next: number): Fn {
  const { layout } = code;
  return fn("list_held", { ...sessionsOf, list: "i32" }, [], (f, p) => {
    const out = f.let("out", p.list);
    emitSessions(f, layout, p, (session, number) => {
      emitChain(f, next, load.i32(session, fieldOf(layout, "head").offset), (record) => {
        f.store.i32(out, record);
        f.store.i32(out, number, 4);
        f.set(out, out.add(8));
      });
    });
  });
}

/** Puts a node behind the oldest session of a slot. */
export function emitAppendNode(f: Fn, layout: Layout, slot: Term, node: Term): void {
  const { chain } = sessionAt(layout);
  const last = f.let("last", slot);
  f.while(
    "oldest",
    () => load.i32(last, chain).ne(0),
    () => f.set(last, load.i32(last, chain)),
  );
  f.store.i32(last, node, chain);
}

/** A slot as a number that counts from 1; 0 for none. And back. */
export const numberOfSlot = (layout: Layout, slot: Term, slots: Term): Term =>
  select(slot.eqz(), i32(0), slot.sub(slots).divU(layout.stride).add(1));
export const slotOfNumber = (layout: Layout, number: Term, slots: Term): Term =>
  select(number.le(0), i32(0), slots.add(number.sub(1).mul(layout.stride)));
