/**
 * When to look at which key again: a ring of buckets of event time, each a list of slots linked through their own fields,
 * by when the oldest session of the key would close if no row came. A session that has grown since is put into a later
 * bucket when its own comes up, so a row costs nothing here; nor does one that comes too early for the ring, which waits
 * in its last bucket. A slot has a timer exactly while its key has an open session.
 */
import { MICROS_PER_MS } from "../../base/batch.ts";
import type { Layout } from "../../state/layout.ts";
import { emitRelocate, emitSlots } from "../../state/table.ts";
import { type Fn, fn, i32, load, select, type Term } from "../../wasm/ir.ts";
import { CLOSE_LESS, CTL_BASE, CTL_RING, sessionAt } from "./fields.ts";

/** Buckets of the ring, and in the time of a gap. */
export const RING_BUCKETS = 2048;
const BUCKETS_PER_GAP = 1024n;

/** Width of a bucket in microseconds. */
export function bucketWidth(gap: bigint): bigint {
  const width = (gap / BUCKETS_PER_GAP / MICROS_PER_MS) * MICROS_PER_MS;
  return width < MICROS_PER_MS ? MICROS_PER_MS : width;
}

/** The address of the head of a bucket; its number counts on from ring to ring. */
export const headOf = (ring: Term, bucket: Term): Term => ring.add(bucket.and(RING_BUCKETS - 1).shl(2));

export interface TimerFns {
  /** (slot, due, ctl): gives a slot that has none a timer. */
  readonly link: Fn;
  /** (slot): takes its timer away, if it has one. */
  readonly unlink: Fn;
  /** (table, ctl): timers for all slots with a session, into an empty ring: the slots have moved. */
  readonly relink: Fn;
}

export function timerFns(layout: Layout, gap: bigint): TimerFns {
  const at = sessionAt(layout);
  const width = bucketWidth(gap);
  const link = fn("link_timer", { slot: "i32", due: "i64", ctl: "i32" }, [], (f, { slot, due, ctl }) => {
    const m = f.let("m", due.rem(width));
    const bucket = f.let("bucket", due.sub(select(m.lt(0n), m.add(width), m)).div(width));
    const base = f.let("base", load.i64(ctl, CTL_BASE));
    f.if(bucket.lt(base), () => f.set(bucket, base));
    const last = f.let("last", base.add(BigInt(RING_BUCKETS - 1)));
    f.if(bucket.gt(last), () => f.set(bucket, last));
    const head = f.let("head", headOf(load.i32(ctl, CTL_RING), bucket.toI32()));
    const next = f.let("next", load.i32(head));
    f.store.i32(slot, next, at.next);
    f.store.i32(slot, head, at.named);
    f.store.i32(head, slot);
    f.if(next, () => f.store.i32(next, slot.add(at.next), at.named));
  });
  const unlink = fn("unlink_timer", { slot: "i32" }, [], (f, { slot }) => {
    const named = f.let("named", load.i32(slot, at.named));
    f.if(named, () => {
      const next = f.let("next", load.i32(slot, at.next));
      f.store.i32(named, next);
      f.if(next, () => f.store.i32(next, named, at.named));
      f.store.i32(slot, 0, at.named);
    });
  });
  const relink = fn("relink_timers", { control: "i32", ctl: "i32" }, [], (f, { control, ctl }) => {
    const i = f.local("i", "i32");
    emitSlots(f, layout, control, i, (slot, next) => {
      f.store.i32(slot, 0, at.named);
      next(load.i64(slot, at.limit).eqz());
      const oldest = f.let("oldest", slot);
      f.while(
        "chain",
        () => load.i32(oldest, at.chain).ne(0),
        () => f.set(oldest, load.i32(oldest, at.chain)),
      );
      emitCall(f, link, slot, load.i64(oldest, at.limit).sub(CLOSE_LESS), ctl);
    });
  });
  return { link, unlink, relink };
}

/** Calls a function without results. */
export function emitCall(f: Fn, callee: Fn, ...args: Term[]): void {
  f.put({ s: "call", fn: callee, args, locals: [] });
}

/** (table): brings the strings of all nodes to the table's new arena, where those of the slots are: a key's lie there once. */
export function relocateNodesFn(layout: Layout): Fn {
  const { chain } = sessionAt(layout);
  return fn("relocate_nodes", { control: "i32" }, [], (f, { control }) => {
    const i = f.local("i", "i32");
    emitSlots(f, layout, control, i, (slot) => {
      const node = f.let("node", load.i32(slot, chain));
      f.while(
        "chain",
        () => node.ne(i32(0)),
        () => {
          for (const { type, offset } of layout.fields) {
            if (type === "text") f.store.i32(node, load.i32(slot, offset + 4), offset + 4);
          }
          emitRelocate(f, layout, control, node, "bytes");
          f.set(node, load.i32(node, chain));
        },
      );
    });
  });
}
