/**
 * Sessions that hold their rows: a list of records for each, in chunks of memory that are given back when no row is left
 * in them. A record has the row's columns in the form of a key (state/keys.ts) but with every value as it came, its strings
 * behind it, and, once its session has closed, the session's bounds, by which records are sorted.
 */
import { BATCH_ROWS } from "../../base/batch.ts";
import type { Schema } from "../../base/types.ts";
import { Stage } from "../../expr/emit/stage.ts";
import type { Expr } from "../../expr/expr.ts";
import { emitExactKey, emitKeyOfSlot, emitKeyStore, type KeyShape, type KeyTerms, keyShape } from "../../state/keys.ts";
import { fieldOf, type Layout, type LayoutField, layoutOf } from "../../state/layout.ts";
import { type Fn, fn, i32, load, type Term } from "../../wasm/ir.ts";
import type { Region } from "../../wasm/memory.ts";
import { slotBeforeFn, sortSlotsFn } from "../aggregation/sort-slots.ts";
import { CTL_WANTED, Stop } from "../aggregation/stops.ts";
import { emitStoreLeaves, type OutputLayout, windowColumns } from "../rows/output.ts";
import type { CompiledContent, RowTerms } from "./content.ts";
import { CTL_CHUNK, CTL_CHUNK_END, CTL_CHUNK_TOP, CTL_ROWS, LIMIT_MORE, SessionStop, sessionAt } from "./fields.ts";

/** A session's own fields: its first and its last record, and how many there are. */
export const rowFields: readonly LayoutField[] = [
  { name: "head", type: "i32" },
  { name: "tail", type: "i32" },
  { name: "held", type: "i32" },
];

/** First word of a chunk: how many records in it are held. */
export const CHUNK_HELD = 0;
export const CHUNK_HEAD_BYTES = 8;
/** Strings are copied in steps of eight. */
const COPY_SLACK = 8;

const align = (t: Term): Term => t.add(7).and(-8);

/** `change`: the kind; `rank`: what is taken back comes first (E7). */
function recordLayout(shape: KeyShape, retracts: boolean): Layout {
  const own: LayoutField[] = [
    { name: "next", type: "i32" },
    { name: "chunk", type: "i32" },
    { name: "start", type: "i64" },
    { name: "limit", type: "i64" },
  ];
  if (retracts) own.push({ name: "change", type: "i32" }, { name: "rank", type: "i64" });
  return layoutOf([...shape.fields, ...own]);
}

export interface RowsOptions {
  readonly region: Region;
  readonly input: Schema;
  /** One expression a column of the input. */
  readonly columns: readonly Expr[];
  /** Layout of the slots of sessions. */
  readonly sessions: Layout;
  readonly output: OutputLayout;
  readonly retracts: boolean;
  readonly ordered: boolean;
}

export class Rows implements CompiledContent {
  readonly reads: readonly Expr[];
  readonly fns: readonly Fn[];
  private readonly o: RowsOptions;
  readonly shape: KeyShape;
  readonly layout: Layout;

  constructor(o: RowsOptions) {
    this.o = o;
    this.reads = o.columns;
    this.shape = keyShape(o.input);
    this.layout = recordLayout(this.shape, o.retracts);
    const before = slotBeforeFn(
      "row_before",
      this.shape,
      this.layout,
      "limit",
      "start",
      ...(o.retracts ? ["rank"] : []),
    );
    this.fns = [
      countRowsFn(o.sessions),
      listRowsFn(o.sessions, this.layout),
      putRowsFn(o, this.shape, this.layout),
      ...(o.ordered ? [sortSlotsFn("sort_rows", before)] : []),
    ];
  }

  /** Offset of a record's bound, for the driver. */
  get limitAt(): number {
    return fieldOf(this.layout, "limit").offset;
  }

  /** Offset of a record's link to the next one. */
  get nextAt(): number {
    return fieldOf(this.layout, "next").offset;
  }

  private field(name: "head" | "tail" | "held"): number {
    return fieldOf(this.o.sessions, name).offset;
  }

  /** The lists one behind the other: no record moves. */
  join(stage: Stage, into: Term, from: Term): void {
    const { f } = stage;
    const [head, tail, held] = [this.field("head"), this.field("tail"), this.field("held")];
    f.if(load.i32(from, head), () => {
      const rest = f.let("rest", load.i32(into, head));
      f.store.i32(load.i32(from, tail), rest, fieldOf(this.layout, "next").offset);
      f.if(rest.eqz(), () => f.store.i32(into, load.i32(from, tail), tail));
      f.store.i32(into, load.i32(from, head), head);
      f.store.i32(into, load.i32(into, held).add(load.i32(from, held)), held);
    });
  }

  take(stage: Stage, session: Term, at: RowTerms): void {
    const { f } = stage;
    const key = emitExactKey(
      f,
      this.shape,
      this.o.columns.map((c) => stage.expr(c)),
    );
    this.emitHold(f, session, key, at.ctl, {
      full: () => stage.stop(SessionStop.CHUNK_FULL),
      change: () => {
        const change = f.let("change", i32(0));
        const { changes } = at;
        if (changes !== undefined) f.if(changes, () => f.set(change, load.u8(changes.add(stage.row))));
        return change;
      },
    });
  }

  /** Holds a row behind those of a session; `full` leaves, and nothing has changed. */
  emitHold(
    f: Fn,
    session: Term,
    key: KeyTerms,
    ctl: Term,
    { full, change }: { readonly full: () => void; readonly change: () => Term },
  ): void {
    const { layout, shape } = this;
    const offset = (name: string): number => fieldOf(layout, name).offset;
    const bytes = f.let("bytes", align((key.stringBytes ?? i32(0)).add(layout.stride + COPY_SLACK)));
    const record = f.let("record", load.i32(ctl, CTL_CHUNK_TOP));
    f.if(load.i32(ctl, CTL_CHUNK_END).sub(record).ltU(bytes), () => {
      f.store.i32(ctl, bytes, CTL_WANTED);
      full();
    });
    f.store.i32(ctl, record.add(bytes), CTL_CHUNK_TOP);
    const chunk = f.let("chunk", load.i32(ctl, CTL_CHUNK));
    f.store.i32(chunk, load.i32(chunk, CHUNK_HELD).add(1), CHUNK_HELD);
    f.store.i32(record, 0, offset("next"));
    f.store.i32(record, chunk, offset("chunk"));
    if (this.o.retracts) {
      const kind = change();
      f.store.i32(record, kind, offset("change"));
      f.store.i64(record, kind.and(1).xor(1).toI64U(), offset("rank"));
    }
    emitKeyStore(f, shape, layout, record, key, f.let("strings", record.add(layout.stride)));
    this.append(f, session, record);
  }

  private append(f: Fn, session: Term, record: Term): void {
    const [head, tail, held] = [this.field("head"), this.field("tail"), this.field("held")];
    const last = f.let("last", load.i32(session, tail));
    f.if(
      last,
      () => f.store.i32(last, record, fieldOf(this.layout, "next").offset),
      () => f.store.i32(session, record, head),
    );
    f.store.i32(session, record, tail);
    f.store.i32(session, load.i32(session, held).add(1), held);
  }
}

/** (sessions, n) -> how many rows they hold. */
function countRowsFn(sessions: Layout): Fn {
  return fn("count_rows", { block: "i32", n: "i32" }, ["i32"], (f, { block, n }) => {
    const i = f.local("i", "i32");
    const rows = f.local("rows", "i32");
    f.range("sessions", i, n, () => {
      const session = f.let("session", block.add(i.mul(sessions.stride)));
      f.set(rows, rows.add(load.i32(session, fieldOf(sessions, "held").offset)));
    });
    f.return(rows);
  });
}

/** (sessions, n, list): the addresses of their records, which get the bounds of their session. */
function listRowsFn(sessions: Layout, layout: Layout): Fn {
  const at = sessionAt(sessions);
  return fn("list_rows", { block: "i32", n: "i32", list: "i32" }, [], (f, { block, n, list }) => {
    const i = f.local("i", "i32");
    const out = f.let("out", list);
    f.range("sessions", i, n, () => {
      const session = f.let("session", block.add(i.mul(sessions.stride)));
      const record = f.let("record", load.i32(session, fieldOf(sessions, "head").offset));
      f.while(
        "rows",
        () => record.ne(0),
        () => {
          f.store.i64(record, load.i64(session, at.start), fieldOf(layout, "start").offset);
          f.store.i64(record, load.i64(session, at.limit), fieldOf(layout, "limit").offset);
          f.store.i32(out, record);
          f.set(out, out.add(4));
          f.set(record, load.i32(record, fieldOf(layout, "next").offset));
        },
      );
    });
  });
}

/** (list of records, from, to, limit, block, ctl) -> where it stopped: puts rows out, in order those of one `limit`. */
function putRowsFn(o: RowsOptions, shape: KeyShape, layout: Layout): Fn {
  const parameters = { list: "i32", from: "i32", to: "i32", limit: "i64", block: "i32", ctl: "i32" } as const;
  return fn("put_rows", parameters, ["i32"], (f, p) => {
    const offset = (name: string): number => fieldOf(layout, name).offset;
    const stage = new Stage(f, { region: o.region, ctl: p.ctl });
    const out = f.let("out", load.i32(p.ctl, CTL_ROWS));
    stage.rows(p.from, p.to, () => {
      const record = f.let("record", load.i32(p.list.add(stage.row.shl(2))));
      const limit = f.let("own_limit", load.i64(record, offset("limit")));
      if (o.ordered) stage.stop(SessionStop.NEXT_BOUND, limit.ne(p.limit));
      stage.stop(Stop.BLOCK_FULL, out.geU(BATCH_ROWS));
      const values = emitKeyOfSlot(f, shape, layout, record);
      const bounds = windowColumns(load.i64(record, offset("start")), f.let("end", limit.sub(LIMIT_MORE)));
      emitStoreLeaves(f, o.output, p.block, out, 0, [...values, ...bounds]);
      if (o.output.change !== undefined) {
        f.store.u8(p.block.add(out), load.i32(record, offset("change")), o.output.change);
      }
      const chunk = f.let("chunk", load.i32(record, offset("chunk")));
      f.store.i32(chunk, load.i32(chunk, CHUNK_HELD).sub(1), CHUNK_HELD);
      f.set(out, out.add(1));
    });
    f.store.i32(p.ctl, out, CTL_ROWS);
    stage.end();
  });
}
