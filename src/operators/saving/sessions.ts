/**
 * The state of an operator over sessions as parts. A session has a number: that of its key's slot, or, of an older one of
 * its key, the number of its node behind all slots; by it its values and its rows know it.
 */
import { INT, timestamp } from "../../base/types.ts";
import { ListCopy } from "../../state/staging/list-copy.ts";
import type { StatePart } from "../../state/staging/part.ts";
import { emitStoreFields, type OwnColumn, type SlotCells } from "../../state/staging/slot-columns.ts";
import { TABLE_ARENA_END, TABLE_ARENA_TOP, TABLE_SLOTS } from "../../state/table.ts";
import { type Fn, i32, load, select, type Term } from "../../wasm/ir.ts";
import { arrivalsAt } from "../aggregation/groups.ts";
import { ORDINAL_FIELD } from "../aggregation/plan.ts";
import { call, type Functions, type GroupTables } from "../aggregation/tables.ts";
import { CTL_FREE_NODE, CTL_NODES, LIMIT_MORE, SessionStop, sessionAt } from "../session/fields.ts";
import type { OpenSessions } from "../session/open.ts";
import { emitCopySlot } from "../session/place.ts";
import type { RowHolder } from "../session/row-holder.ts";
import { type Rows, rowFields } from "../session/rows.ts";
import { RING_BUCKETS } from "../session/timers.ts";
import { bagBytes, bagNumberAt, Entry } from "../values/entries.ts";
import { GroupsSaving, type RestoredTable } from "./groups.ts";
import { fieldNames } from "./names.ts";
import {
  bagFns,
  emitAppendNode,
  emitSessionOf,
  linkedName,
  linkName,
  listHeldFn,
  listOlderFn,
  nameTimersFn,
  numberOfSlot,
  slotOfNumber,
  valueFns,
} from "./session-fns.ts";
import { blobColumn, column, longColumn, rowPart } from "./small.ts";

const VERSION = 1;
/** Words of the saving's own: the bags by number, and the list of nodes. */
const BAGS = 0;
const OLDER = 4;

export interface SessionSavingOptions {
  readonly tables: GroupTables;
  readonly open: OpenSessions;
  /** Of the stage. */
  readonly ctl: number;
  /** Names of the aggregates, in order. */
  readonly calls: readonly string[];
  /** Where sessions hold their rows. */
  readonly held: { readonly rows: Rows; readonly holder: RowHolder } | undefined;
  readonly progress: { watermark: bigint };
}

export class SessionSaving {
  private readonly o: SessionSavingOptions;
  private readonly words: number;
  private readonly saving: GroupsSaving;
  private readonly older: ListCopy;
  private readonly heldRows: ListCopy | undefined;
  private functions: Functions | undefined;
  private restored: RestoredTable | undefined;
  private olderCount = 0;
  private heldCount = 0;

  constructor(o: SessionSavingOptions) {
    this.o = o;
    const { context, groups } = o.tables;
    this.words = context.region.alloc(8);
    this.saving = new GroupsSaving(o.tables, {
      calls: o.calls,
      constants: [],
      own: [...this.bounds(), this.timer()],
      without: [ORDINAL_FIELD],
      values: {
        group: this.bagColumn(),
        nameOf: (f) => (f === "next" ? undefined : f),
        without: (f, slot, code) => new Entry(f, code, slot).isLinked.eqz(),
      },
    });
    this.older = new ListCopy(
      {
        name: "older_sessions",
        numberName: "newer",
        key: groups.code.key,
        layout: groups.code.layout,
        own: this.bounds(),
        nameOf: (f) => (f === ORDINAL_FIELD ? undefined : fieldNames(groups.plan, o.calls).get(f)),
        form: { seed: groups.seed },
        emitRecord: (f, number, cells, full) => this.emitNode(f, number, cells, full),
      },
      context,
    );
    this.heldRows = o.held === undefined ? undefined : this.rowsOf(o.held.rows);
  }

  private get layout(): GroupTables["groups"]["code"]["layout"] {
    return this.o.tables.groups.code.layout;
  }
  private get hasBags(): boolean {
    return this.o.tables.groups.plan.valuesTables > 0;
  }
  /** The word at `offset`, in emitted code. */
  private word(offset: number): Term {
    return load.i32(i32(this.words), offset);
  }

  /** A key without an open session has none. */
  private bounds(): readonly OwnColumn[] {
    const at = sessionAt(this.layout);
    const isOpen = (slot: Term): Term => load.i64(slot, at.limit).ne(0n);
    const bound = (name: string, load_: (slot: Term) => Term, store: OwnColumn["store"]): OwnColumn => ({
      column: column(name, timestamp(6), true),
      load: (f, slot) => {
        const valid = f.let("is_open", isOpen(slot));
        return { valid, parts: [f.let("bound", select(valid, load_(slot), 0n))] };
      },
      ...(store === undefined ? {} : { store }),
    });
    return [
      bound(
        "window_start",
        (slot) => load.i64(slot, at.start),
        (f, slot, { parts: [start] }) => f.store.i64(slot, start ?? 0n, at.start),
      ),
      bound(
        "window_end",
        (slot) => load.i64(slot, at.limit).sub(LIMIT_MORE),
        (f, slot, { valid, parts: [end] }) =>
          f.store.i64(slot, select(valid ?? i32(1), (end ?? load.i64(slot)).add(LIMIT_MORE), 0n), at.limit),
      ),
    ];
  }

  /** The slot behind this one in its bucket of timers, by number from 1; 0: none, -1: it has no timer. */
  private timer(): OwnColumn {
    const at = sessionAt(this.layout);
    return {
      column: column("timer", INT),
      load: (f, slot, slots) => {
        const next = f.let("next", load.i32(slot, at.next));
        const number = numberOfSlot(this.layout, next, slots);
        return { parts: [f.let("timer", select(load.i32(slot, at.named), number, -1))] };
      },
      store: (f, slot, { parts: [number] }, slots) => {
        if (number === undefined) return;
        f.store.i32(slot, slotOfNumber(this.layout, number, slots), at.next);
        // What names it is not known yet, but that something does.
        f.store.i32(slot, number.ge(0), at.named);
      },
    };
  }

  private bagColumn(): { name: string; load(f: Fn, bag: Term): Term; store(f: Fn, number: Term): Term } {
    const { plan } = this.o.tables.groups;
    return {
      name: "session",
      load: (_, bag) => load.i32(bag, bagNumberAt(plan)),
      store: (_, number) => this.word(BAGS).add(number.mul(bagBytes(plan))),
    };
  }

  private emitNode(f: Fn, number: Term, cells: SlotCells, full: (wanted: Term) => void): void {
    const { groups } = this.o.tables;
    const { layout } = this;
    const at = sessionAt(layout);
    const [control, ctl] = [i32(this.o.open.table.control), i32(this.o.ctl)];
    const top = f.let("top", load.i32(control, TABLE_ARENA_TOP));
    const { bytes } = this.strings(f, cells);
    f.if(load.i32(control, TABLE_ARENA_END).sub(top).ltU(bytes), () => full(bytes));
    const node = f.let("node", load.i32(ctl, CTL_FREE_NODE));
    f.if(node.eqz(), () => full(i32(0)));
    f.store.i32(ctl, load.i32(node, at.chain), CTL_FREE_NODE);
    f.store.i32(ctl, load.i32(ctl, CTL_NODES).add(1), CTL_NODES);
    const slot = f.let("slot", load.i32(control, TABLE_SLOTS).add(number.mul(layout.stride)));
    emitCopySlot(f, groups, node, slot);
    const others = new Set(["chain", "next", "named", ORDINAL_FIELD, ...rowFields.map((x) => x.name)]);
    for (const { name, offset } of layout.fields) if (others.has(name)) f.store.i32(node, 0, offset);
    emitStoreFields(f, this.older.slots, node, cells, top);
    f.store.i32(control, top, TABLE_ARENA_TOP);
    emitAppendNode(f, layout, slot, node);
  }

  /** Bytes that the strings of a node take: those of the key are its slot's. */
  private strings(f: Fn, { bytes, key }: SlotCells): { readonly bytes: Term } {
    if (bytes === undefined) return { bytes: i32(0) };
    return { bytes: key.stringBytes === undefined ? bytes : f.let("own_strings", bytes.sub(key.stringBytes)) };
  }

  private rowsOf(rows: Rows): ListCopy {
    const { tables, open } = this.o;
    return new ListCopy(
      {
        name: "held_rows",
        numberName: "session",
        key: rows.shape,
        layout: rows.layout,
        nameOf: (f) => (f === "change" ? "change" : undefined),
        form: { seed: 0n, hashed: 0 },
        emitRecord: (f, number, cells, full) => {
          const ctl = i32(this.o.ctl);
          const session = emitSessionOf(f, this.layout, i32(open.table.control), this.word(OLDER), number);
          const change = (): Term => cells.fields[0]?.parts[0] ?? i32(0);
          rows.emitHold(f, session, cells.key, ctl, { full: () => full(i32(0)), change });
        },
      },
      tables.context,
    );
  }

  private run(name: string, ...args: number[]): number {
    const { groups, context } = this.o.tables;
    this.functions ??= context.compile([
      listOlderFn(groups),
      nameTimersFn(groups),
      ...(this.hasBags ? [...bagFns(groups), ...valueFns(groups)] : []),
      ...(this.o.held === undefined ? [] : [listHeldFn(groups, this.o.held.rows.nextAt)]),
    ]);
    return call(this.functions, name, ...args);
  }

  /** With the list of nodes, at hand for as long as `use` takes. */
  private withOlder(use: (older: number, n: number) => void): void {
    const { memory, owner } = this.o.tables.context;
    const { u32 } = memory;
    const list = memory.allocate(8 * Math.max(1, this.o.open.nodeCount), owner);
    u32[(this.words + OLDER) / 4] = list;
    use(list, this.run("list_older", this.o.open.table.control, list));
    memory.release(list);
  }

  parts(): readonly StatePart[] {
    const { table } = this.o.open;
    const own = this.saving.parts(
      () => [{ table, constants: [] }],
      () => (this.restored === undefined ? [] : [this.restored]),
    );
    const [slots, ...values] = own;
    if (slots === undefined) throw new TypeError("sessions have a table");
    return [
      this.progressPart(),
      {
        ...slots,
        restore: (chunks) => {
          slots.restore(chunks);
          this.nameTimers();
        },
      },
      this.olderPart(),
      ...values.map((part, i) => this.valuesPart(part, i)),
      ...this.heldParts(),
    ];
  }

  private progressPart(): StatePart {
    const { saving, o } = this;
    const { table } = o.open;
    const i64 = o.tables.context.memory.i64;
    const arrivals = (table.control + arrivalsAt(o.tables.groups.plan)) / 8;
    const numbers = ["watermark", "bucket", "arrivals", "older_sessions", "held_rows"].map(longColumn);
    const linked = (i: number): number => this.run(linkedName(i), table.values[i]?.control ?? 0);
    return rowPart(
      "progress",
      VERSION,
      [...numbers, blobColumn("timers"), ...saving.fillColumns, ...saving.sizeColumns],
      () => {
        const { watermark } = o.progress;
        const counts = [o.open.bucket, i64[arrivals] ?? 0n, o.open.nodeCount, o.held?.holder.rows ?? 0].map(BigInt);
        return [watermark, ...counts, this.heads(), ...saving.fillCells(table, linked), ...saving.sizeCells];
      },
      (cells) => {
        o.progress.watermark = cells.long();
        o.open.bucket = cells.long();
        i64[arrivals] = cells.long();
        this.olderCount = cells.count();
        this.heldCount = cells.count();
        this.timers = cells.blob();
        this.restored = saving.refill(table, cells);
        saving.resize(cells);
      },
    );
  }

  /** The first slot of every bucket of timers, as numbers. */
  private timers: Uint8Array = new Uint8Array(0);

  private heads(): Uint8Array {
    const { table, ring } = this.o.open;
    const { u32 } = this.o.tables.context.memory;
    const slots = table.groups.slots;
    const heads = Uint32Array.from({ length: RING_BUCKETS }, (_, i) => {
      const slot = u32[ring / 4 + i] ?? 0;
      return slot === 0 ? 0 : (slot - slots) / this.layout.stride + 1;
    });
    return new Uint8Array(heads.buffer);
  }

  private nameTimers(): void {
    const { table, ring } = this.o.open;
    const { u32 } = this.o.tables.context.memory;
    const { named } = sessionAt(this.layout);
    if (this.timers.length !== 4 * RING_BUCKETS) throw new RangeError("another number of timers");
    const view = new DataView(this.timers.buffer, this.timers.byteOffset, this.timers.byteLength);
    for (let i = 0; i < RING_BUCKETS; i++) {
      const number = view.getUint32(4 * i, true);
      const slot = number === 0 ? 0 : table.groups.slots + (number - 1) * this.layout.stride;
      u32[ring / 4 + i] = slot;
      if (slot !== 0) u32[(slot + named) / 4] = ring + 4 * i;
    }
    this.run("name_timers", table.control);
  }

  private olderPart(): StatePart {
    const { open, tables } = this.o;
    return {
      name: "older",
      version: VERSION,
      columns: this.older.columns,
      save: (put) => this.withOlder((list, n) => this.older.save(list, n, put)),
      restore: (chunks) => {
        this.older.restore(this.olderCount, chunks, (wanted) => {
          if (wanted === 0) open.makeRoom(SessionStop.NODES_EMPTY);
          else open.table.groups.addArena(wanted);
        });
        // The strings of nodes lie in the arena too.
        if (this.restored !== undefined) open.table.groups.account(this.restored.fill.groups.arenaBytes);
        if (!this.hasBags) return;
        const bags = open.openBags();
        tables.context.memory.u32[(this.words + BAGS) / 4] = bags;
        this.withOlder((list, n) => this.run("give_bags", open.table.control, list, n, bags));
      },
    };
  }

  private valuesPart(part: StatePart, index: number): StatePart {
    const { table } = this.o.open;
    return {
      ...part,
      save: (put) => {
        this.withOlder((list, n) => this.run("number_bags", table.control, list, n));
        part.save(put);
      },
      restore: (chunks) => {
        part.restore(chunks);
        this.run(linkName(index), table.values[index]?.control ?? 0);
      },
    };
  }

  private heldParts(): readonly StatePart[] {
    const { heldRows } = this;
    const { held, open, tables } = this.o;
    if (heldRows === undefined || held === undefined) return [];
    const { memory, owner } = tables.context;
    const part: StatePart = {
      name: "rows",
      version: VERSION,
      columns: heldRows.columns,
      save: (put) => {
        const count = held.holder.rows;
        const list = memory.allocate(8 * Math.max(1, count), owner);
        this.withOlder((older, n) => this.run("list_held", open.table.control, older, n, list));
        heldRows.save(list, count, put);
        memory.release(list);
      },
      restore: (chunks) => {
        this.withOlder(() => {
          heldRows.restore(this.heldCount, chunks, () => held.holder.makeRoom(SessionStop.CHUNK_FULL));
        });
      },
    };
    return [part];
  }
}
