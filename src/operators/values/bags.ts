/** Emitted code over bags (entries.ts): the values of two groups become those of one, and are accumulated at last. */
import { INT } from "../../base/types.ts";
import type { Stage } from "../../expr/emit/stage.ts";
import type { Emitted } from "../../expr/function.ts";
import { emitKey, emitKeyOfSlot } from "../../state/keys.ts";
import { fieldBytes, fieldOf } from "../../state/layout.ts";
import { emitProbe, emitSlots, TABLE_ARENA_END, TABLE_ARENA_TOP, type TableCode } from "../../state/table.ts";
import { type Fn, fn, i32, i64, load, select, type Term } from "../../wasm/ir.ts";
import { type Groups, ordinalsAt, type RoomExits, valuesTableAt } from "../aggregation/groups.ts";
import { type Accumulator, type ArgumentList, listOrdered, ORDINAL_FIELD } from "../aggregation/plan.ts";
import { bytesRoom } from "../aggregation/slot.ts";
import { Entry, headAt, sizeAt } from "./entries.ts";

const hasBags = (groups: Groups): boolean => groups.plan.bags && groups.plan.valuesTables > 0;

const countedLists = (groups: Groups): readonly (readonly [ArgumentList, number])[] =>
  groups.plan.lists.flatMap((list, i) => (list.valuesTable === undefined ? [] : [[list, i] as const]));

/** 1 where there is no bag for another group; undefined where none is needed. */
export const emitBagsEmpty = (groups: Groups, control: Term): Term | undefined =>
  hasBags(groups) ? load.i32(control, ordinalsAt(groups.plan)).eqz() : undefined;

function emitFreeBag(f: Fn, groups: Groups, control: Term, bag: Term): void {
  f.store.i32(bag, load.i32(control, ordinalsAt(groups.plan)));
  f.store.i32(control, bag, ordinalsAt(groups.plan));
}

/**
 * Gives the values of group `from` to group `into`. The smaller bag goes into the larger one, so that a group which takes
 * in one after the other moves each value few times. What finds no room stops between two values: it goes on from there.
 */
export function emitMergeBags(
  stage: Stage,
  groups: Groups,
  into: Term,
  from: Term,
  control: Term,
  exits: RoomExits,
): void {
  if (!hasBags(groups)) return;
  const { f } = stage;
  const { offset } = fieldOf(groups.code.layout, ORDINAL_FIELD);
  const size = (bag: Term): Term => load.i32(bag, sizeAt(groups.plan));
  const large = f.let("large", groups.ordinalOf(into));
  const small = f.let("small", groups.ordinalOf(from));
  f.if(size(large).ltU(size(small)), () => {
    f.store.i32(into, small, offset);
    f.store.i32(from, large, offset);
    f.set(small, large);
    f.set(large, groups.ordinalOf(into));
  });
  for (const [list] of countedLists(groups)) {
    const head = headAt(list.valuesTable ?? 0);
    const address = f.let("moved", load.i32(small, head));
    f.while(
      "move",
      () => address.ne(0),
      () => {
        const entry = new Entry(f, groups.valuesCode(list), address);
        const next = f.let("next", entry.next);
        emitMove(f, groups, list, entry, large, control, exits);
        entry.drop();
        f.store.i32(small, next, head);
        f.set(address, next);
      },
    );
  }
  emitFreeBag(f, groups, control, small);
}

function emitMove(
  f: Fn,
  groups: Groups,
  list: ArgumentList,
  entry: Entry,
  bag: Term,
  control: Term,
  exits: RoomExits,
): void {
  const code = groups.valuesCode(list);
  const table = f.let("values", load.i32(control, valuesTableAt(list.valuesTable ?? 0)));
  const [, ...values] = emitKeyOfSlot(f, code.key, code.layout, entry.address);
  const group: Emitted = { type: INT, valid: undefined, parts: [bag] };
  const key = emitKey(f, code.key, [group, ...values], groups.seed);
  const found = emitProbe(f, code, table, key, {
    full: () => exits.full(table),
    arenaFull: (bytes) => exits.arenaFull(table, bytes),
    inserted: () => undefined,
  });
  const to = new Entry(f, code, found);
  f.if(to.isLinked.eqz(), () => {
    to.link(list, bag);
    f.store.i32(bag, load.i32(bag, sizeAt(groups.plan)).add(1), sizeAt(groups.plan));
  });
  if (listOrdered(groups.plan, list)) {
    const isFirst = to.count.eqz().or(entry.count.ne(0n).and(entry.first.lt(to.first)));
    to.first = f.let("first", select(isFirst, entry.first, to.first));
  }
  to.count = f.let("both", to.count.add(entry.count));
}

/**
 * Accumulates the values of a group and gives its bag up. Where the arena has no room for what it keeps the stage stops
 * and begins anew with the group, whose values are still there.
 */
export function emitSettle(stage: Stage, groups: Groups, slot: Term, control: Term, exits: RoomExits): void {
  if (!hasBags(groups)) return;
  const { f } = stage;
  const bag = f.let("bag", groups.ordinalOf(slot));
  for (const [list, i] of countedLists(groups)) {
    const accumulators = groups.plan.accumulators.filter((a) => a.list === i);
    emitClear(stage, groups, list, accumulators, slot, control);
    const head = headAt(list.valuesTable ?? 0);
    if (listOrdered(groups.plan, list)) {
      f.store.i32(bag, f.call(sortedListFn(groups.valuesCode(list)), load.i32(bag, head)), head);
    }
    emitWalk(f, groups.valuesCode(list), load.i32(bag, head), (entry) => {
      f.if(entry.count.gt(0n), () => emitAccumulate(stage, groups, list, accumulators, slot, control, entry, exits));
    });
  }
  for (const [list] of countedLists(groups)) {
    emitWalk(f, groups.valuesCode(list), load.i32(bag, headAt(list.valuesTable ?? 0)), (entry) => entry.drop());
  }
  emitFreeBag(f, groups, control, bag);
}

function emitWalk(f: Fn, code: TableCode, head: Term, build: (entry: Entry) => void): void {
  const address = f.let("entry", head);
  f.while(
    "values",
    () => address.ne(0),
    () => {
      const entry = new Entry(f, code, address);
      const next = f.let("next", entry.next);
      build(entry);
      f.set(address, next);
    },
  );
}

/** Sets the states of a list back to those of a new group. */
function emitClear(
  stage: Stage,
  groups: Groups,
  list: ArgumentList,
  accumulators: readonly Accumulator[],
  slot: Term,
  control: Term,
): void {
  const { f } = stage;
  const { layout } = groups.code;
  f.store.i64(slot, 0n, fieldOf(layout, list.countField).offset);
  for (const a of accumulators) {
    for (const s of a.resolved.state) {
      const { offset } = fieldOf(layout, `${a.prefix}.${s.name}`);
      for (let at = 0; at < fieldBytes(s.type); at += 4) f.store.i32(slot, 0, offset + at);
    }
    a.resolved.emit.init?.(stage, groups.slot(f, a, slot, control));
  }
}

function emitAccumulate(
  stage: Stage,
  groups: Groups,
  list: ArgumentList,
  accumulators: readonly Accumulator[],
  slot: Term,
  control: Term,
  entry: Entry,
  exits: RoomExits,
): void {
  const { f } = stage;
  const code = groups.valuesCode(list);
  const [, ...values] = emitKeyOfSlot(f, code.key, code.layout, entry.address);
  const keepers = accumulators.filter((a) => a.resolved.state.some((s) => s.type === "bytes")).length;
  const length = values[0]?.parts[1];
  if (keepers > 0 && length !== undefined) {
    const bytes = f.let("room", bytesRoom(length).mul(keepers));
    const free = load.i32(control, TABLE_ARENA_END).sub(load.i32(control, TABLE_ARENA_TOP));
    f.if(free.ltU(bytes), () => exits.arenaFull(control, bytes));
  }
  const sequence = listOrdered(groups.plan, list) ? f.let("first", entry.first) : i64(0);
  for (const a of accumulators) {
    a.resolved.emit.accumulate(stage, groups.slot(f, a, slot, control), values, sequence);
  }
  const { offset } = fieldOf(groups.code.layout, list.countField);
  // COUNT(DISTINCT x) counts a value once.
  f.store.i64(slot, load.i64(slot, offset).add(list.distinct ? i64(1) : entry.count), offset);
}

const sorted = new WeakMap<TableCode, Fn>();

/** (first entry) -> first entry: the list by when its values came first, a merge sort from the bottom up. */
function sortedListFn(code: TableCode): Fn {
  const known = sorted.get(code);
  if (known !== undefined) return known;
  const made = fn(`${code.name}_sort`, { head: "i32" }, ["i32"], (f, { head }) => {
    const list = f.let("list", head);
    const width = f.let("width", i32(1));
    const tail = f.local("tail", "i32");
    const [p, q, merges] = [f.local("p", "i32"), f.local("q", "i32"), f.local("merges", "i32")];
    f.loop("widths", () => {
      f.set(p, list);
      f.set(list, 0);
      f.set(tail, 0);
      f.set(merges, 0);
      f.while(
        "runs",
        () => p.ne(0),
        () => {
          f.set(merges, merges.add(1));
          emitMergeRuns(f, code, { p, q, width, list, tail });
          f.set(p, q);
        },
      );
      f.if(tail, () => {
        new Entry(f, code, tail).next = i32(0);
      });
      f.if(merges.leU(1), () => f.return(list));
      f.set(width, width.shl(1));
    });
    f.unreachable();
  });
  sorted.set(code, made);
  return made;
}

/** Appends the runs of `width` entries from `p` on and behind it to the list in order; `q` is then what follows them. */
function emitMergeRuns(f: Fn, code: TableCode, v: Readonly<Record<"p" | "q" | "width" | "list" | "tail", Term>>): void {
  const { p, q, width, list, tail } = v;
  const left = f.let("left", i32(0));
  f.set(q, p);
  f.while(
    "skip",
    () => q.ne(0).and(left.ltU(width)),
    () => {
      f.set(left, left.add(1));
      f.set(q, new Entry(f, code, q).next);
    },
  );
  const right = f.let("right", width);
  const taken = f.local("taken", "i32");
  f.loop("merge", (_, done) => {
    const hasRight = f.let("has_right", q.ne(0).and(right.ne(0)));
    done(left.eqz().and(hasRight.eqz()));
    const takesRight = f.let("takes_right", left.eqz());
    f.if(left.ne(0).and(hasRight), () => {
      f.set(takesRight, new Entry(f, code, q).first.lt(new Entry(f, code, p).first));
    });
    f.if(
      takesRight,
      () => {
        f.set(taken, q);
        f.set(right, right.sub(1));
        f.set(q, new Entry(f, code, q).next);
      },
      () => {
        f.set(taken, p);
        f.set(left, left.sub(1));
        f.set(p, new Entry(f, code, p).next);
      },
    );
    f.if(
      tail,
      () => {
        new Entry(f, code, tail).next = taken;
      },
      () => f.set(list, taken),
    );
    f.set(tail, taken);
  });
}

export const unlinkName = (table: number): string => `unlink_values${table}`;
export const relinkName = (table: number): string => `relink_values${table}`;

/** By table: (control block) takes all entries out of their lists; links those that are left, which have moved. */
export function relinkFns(groups: Groups): readonly Fn[] {
  if (!hasBags(groups)) return [];
  return countedLists(groups).flatMap(([list]) => {
    const code = groups.valuesCode(list);
    const table = list.valuesTable ?? 0;
    const overLinked = (name: string, build: (f: Fn, entry: Entry, bag: Term) => void): Fn =>
      fn(name, { control: "i32" }, [], (f, { control }) => {
        const at = f.local("at", "i32");
        emitSlots(f, code.layout, control, at, (slot, next) => {
          const entry = new Entry(f, code, slot);
          next(entry.isLinked.eqz());
          build(f, entry, f.let("bag", load.i32(slot, fieldOf(code.layout, "key0").offset)));
        });
      });
    return [
      overLinked(unlinkName(table), (f, _, bag) => f.store.i32(bag, 0, headAt(table))),
      overLinked(relinkName(table), (_, entry, bag) => entry.link(list, bag)),
    ];
  });
}
