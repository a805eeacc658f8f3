/** Emitted code over sessions apart from rows: closing and putting out. */
import { BATCH_ROWS } from "../../base/batch.ts";
import { Stage } from "../../expr/emit/stage.ts";
import { emitKeyOfSlot } from "../../state/keys.ts";
import { fieldOf } from "../../state/layout.ts";
import { type Fn, fn, load, type Term } from "../../wasm/ir.ts";
import type { Region } from "../../wasm/memory.ts";
import { type Groups, roomExits } from "../aggregation/groups.ts";
import { ROWS_FIELD } from "../aggregation/plan.ts";
import { Stop } from "../aggregation/stops.ts";
import { emitStoreLeaves, type OutputLayout, windowColumns } from "../rows/output.ts";
import { emitSettle } from "../values/bags.ts";
import {
  CLOSE_LESS,
  CTL_FIRED,
  CTL_FIRED_END,
  CTL_GROUPS,
  CTL_PENDING,
  CTL_RING,
  CTL_ROWS,
  LIMIT_MORE,
  SessionStop,
  sessionAt,
} from "./fields.ts";
import { emitCopySlot, emitFreeNode } from "./place.ts";
import { emitCall, headOf, type TimerFns } from "./timers.ts";

/**
 * (from, to, watermark, ctl) -> where it stopped: looks at the keys of the buckets up to `to`, fires their sessions that
 * have closed, and puts the others into later buckets. Stops between two sessions, at a state that it can go on from.
 */
export function expireFn(region: Region, groups: Groups, timers: TimerFns): Fn {
  const parameters = { from: "i32", to: "i32", watermark: "i64", ctl: "i32" } as const;
  return fn("expire_sessions", parameters, ["i32"], (f, p) => {
    const at = sessionAt(groups.code.layout);
    const stage = new Stage(f, { region, ctl: p.ctl });
    const ring = f.let("ring", load.i32(p.ctl, CTL_RING));
    const hasClosed = (session: Term): Term => load.i64(session, at.limit).sub(CLOSE_LESS).le(p.watermark);
    stage.rows(p.from, p.to, (next) => {
      // The bucket is emptied first: some of its slots may come back to it.
      f.if(load.i32(p.ctl, CTL_PENDING).eqz(), () => {
        const head = f.let("head", headOf(ring, stage.row));
        const first = f.let("first", load.i32(head));
        next(first.eqz());
        f.store.i32(head, 0);
        f.store.i32(p.ctl, first, CTL_PENDING);
        f.store.i32(first, p.ctl.add(CTL_PENDING), at.named);
      });
      f.loop("slots", (_, leave) => {
        const slot = f.let("slot", load.i32(p.ctl, CTL_PENDING));
        leave(slot.eqz());
        const isOver = f.let("is_over", hasClosed(slot));
        const oldest = f.let("oldest", slot);
        const closed = f.let("closed", load.i32(slot, at.chain));
        // Of sessions that do not touch each other the younger one closes later.
        f.while(
          "open",
          () => isOver.eqz().and(closed.ne(0)),
          (_again, found) => {
            found(hasClosed(closed));
            f.set(oldest, closed);
            f.set(closed, load.i32(closed, at.chain));
          },
        );
        f.while(
          "closed",
          () => closed.ne(0),
          () => {
            emitFire(stage, groups, p.ctl, closed);
            f.store.i32(oldest, load.i32(closed, at.chain), at.chain);
            emitFreeNode(f, at, closed, p.ctl);
            f.set(closed, load.i32(oldest, at.chain));
          },
        );
        f.if(isOver, () => emitFire(stage, groups, p.ctl, slot));
        emitCall(f, timers.unlink, slot);
        f.if(
          isOver,
          () => f.store.i64(slot, 0n, at.limit),
          () => emitCall(f, timers.link, slot, load.i64(oldest, at.limit).sub(CLOSE_LESS), p.ctl),
        );
      });
    });
    stage.end();
  });
}

/** Copies a session to those that have fired. */
function emitFire(stage: Stage, groups: Groups, ctl: Term, session: Term): void {
  const { f } = stage;
  const { stride } = groups.code.layout;
  const to = f.let("fired", load.i32(ctl, CTL_FIRED));
  stage.stop(SessionStop.FIRED_FULL, load.i32(ctl, CTL_FIRED_END).sub(to).ltU(stride));
  emitCopySlot(f, groups, to, session);
  f.store.i32(ctl, to.add(stride), CTL_FIRED);
}

export interface PutSessionsOptions {
  readonly region: Region;
  readonly groups: Groups;
  readonly output: OutputLayout;
  readonly skipsEmpty: boolean;
  /** From a sorted list of addresses, up to a session that closes at another time than `limit` says; else as they lie. */
  readonly sorted: boolean;
}

/** (sessions or list of sessions, from, to, limit, block, ctl) -> where it stopped: puts sessions out. */
export function putSessionsFn(o: PutSessionsOptions): Fn {
  const parameters = { list: "i32", from: "i32", to: "i32", limit: "i64", block: "i32", ctl: "i32" } as const;
  return fn("put_sessions", parameters, ["i32"], (f, p) => {
    const { code } = o.groups;
    const at = sessionAt(code.layout);
    const stage = new Stage(f, { region: o.region, ctl: p.ctl });
    const control = f.let("control", load.i32(p.ctl, CTL_GROUPS));
    const out = f.let("out", load.i32(p.ctl, CTL_ROWS));
    stage.rows(p.from, p.to, (next) => {
      const { row } = stage;
      const place = o.sorted ? load.i32(p.list.add(row.shl(2))) : p.list.add(row.mul(code.layout.stride));
      const slot = f.let("slot", place);
      const limit = f.let("own_limit", load.i64(slot, at.limit));
      if (o.sorted) stage.stop(SessionStop.NEXT_BOUND, limit.ne(p.limit));
      stage.stop(Stop.BLOCK_FULL, out.geU(BATCH_ROWS));
      emitSettle(stage, o.groups, slot, control, roomExits(stage, p.ctl));
      if (o.skipsEmpty) next(load.i64(slot, fieldOf(code.layout, ROWS_FIELD).offset).le(0n));
      const keys = emitKeyOfSlot(f, code.key, code.layout, slot);
      const results = o.groups.results(stage, control, slot);
      const bounds = windowColumns(load.i64(slot, at.start), f.let("end", limit.sub(LIMIT_MORE)));
      emitStoreLeaves(f, o.output, p.block, out, 0, keys);
      emitStoreLeaves(f, o.output, p.block, out, keys.length, [...results, ...bounds]);
      f.set(out, out.add(1));
    });
    f.store.i32(p.ctl, out, CTL_ROWS);
    stage.end();
  });
}
