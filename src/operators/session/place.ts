/** Emitted code that finds the session of a row, and makes it: one that begins, grows, or joins two. */
import { MICROS_PER_MS } from "../../base/batch.ts";
import type { Stage } from "../../expr/emit/stage.ts";
import { fieldBytes } from "../../state/layout.ts";
import { type Fn, i32, load, select, type Term } from "../../wasm/ir.ts";
import type { Groups, RoomExits } from "../aggregation/groups.ts";
import { Stop } from "../aggregation/stops.ts";
import { emitBagsEmpty } from "../values/bags.ts";
import type { RowTerms, SessionContent } from "./content.ts";
import {
  CLOSE_LESS,
  CTL_FREE_NODE,
  CTL_NODES,
  LIMIT_MORE,
  type SessionField,
  SessionStop,
  sessionAt,
  sessionFields,
} from "./fields.ts";
import { emitCall, type TimerFns } from "./timers.ts";

export interface RowTime {
  readonly t: Term;
  /** t + gap. */
  readonly end: Term;
  readonly watermark: Term;
}

/** Where a row goes. Addresses of slots or nodes, 0 for none. */
export interface Place {
  readonly slot: Term;
  /** The session that takes the row; 0: it begins one. */
  readonly target: Term;
  /** The next older one, which the row joins to it. */
  readonly joined: Term;
  /** Of a row that begins a session: the next younger and the next older one of its key. */
  readonly younger: Term;
  readonly older: Term;
  /** The session's bounds with the row. */
  readonly start: Term;
  readonly limit: Term;
}

/** Stops with LATE where the row would begin a session that has closed; nothing is changed. */
export function emitFindPlace(stage: Stage, groups: Groups, slot: Term, row: RowTime): Place {
  const { f } = stage;
  const at = sessionAt(groups.code.layout);
  const { t, end, watermark } = row;
  const own = f.let("own_limit", end.add(LIMIT_MORE));
  const start = f.let("start", load.i64(slot, at.start));
  const limit = f.let("limit", load.i64(slot, at.limit));
  const target = f.let("target", slot);
  const younger = f.let("younger", i32(0));
  const older = f.let("older", i32(0));
  const joined = f.let("joined", i32(0));
  const hasClosed = (x: Term): Term => x.sub(CLOSE_LESS).le(watermark);
  const grow = (): void => f.set(limit, select(own.gt(limit), own, limit));
  const isOutside = t.lt(start).or(t.gt(limit)).or(hasClosed(limit)).or(limit.eqz());
  f.if(
    isOutside,
    () => {
      f.if(limit.eqz(), () => f.set(target, 0));
      // The youngest session that does not begin behind the row's reach: no younger one can touch the row.
      f.loop("younger", (_, found) => {
        found(target.eqz());
        found(start.le(end));
        f.set(younger, target);
        f.set(target, load.i32(target, at.chain));
        f.if(target, () => {
          f.set(start, load.i64(target, at.start));
          f.set(limit, load.i64(target, at.limit));
        });
      });
      f.if(
        target.eqz().or(t.gt(limit)).or(hasClosed(limit)),
        () => {
          stage.stop(Stop.LATE, end.sub(MICROS_PER_MS).le(watermark));
          f.set(older, target);
          f.set(target, 0);
          f.set(start, t);
          f.set(limit, own);
        },
        () => {
          grow();
          f.if(t.lt(start), () => {
            f.set(start, t);
            f.set(joined, load.i32(target, at.chain));
            f.if(joined, () => {
              const before = f.let("before", load.i64(joined, at.limit));
              f.if(
                t.gt(before).or(hasClosed(before)),
                () => f.set(joined, 0),
                // It begins before the row: a gap, the least a session has, lies between its start and its end.
                () => f.set(start, load.i64(joined, at.start)),
              );
            });
          });
        },
      );
    },
    grow,
  );
  return { slot, target, joined, younger, older, start, limit };
}

/** Makes the session of a place; then `place.target` is its address. Where it stops for room the row comes again, to the same place. */
export function emitMakeSession(
  stage: Stage,
  groups: Groups,
  content: SessionContent,
  timers: TimerFns,
  place: Place,
  p: RowTerms,
  exits: RoomExits,
): void {
  const { f } = stage;
  const at = sessionAt(groups.code.layout);
  const { target, joined } = place;
  f.if(
    target.eqz(),
    () => emitBegin(stage, groups, timers, place, p),
    () => {
      f.if(joined, () => {
        content.join(stage, target, joined, p, exits);
        f.store.i32(target, load.i32(joined, at.chain), at.chain);
        emitFreeNode(f, at, joined, p.ctl);
      });
    },
  );
  f.store.i64(target, place.start, at.start);
  f.store.i64(target, place.limit, at.limit);
}

/** A new session: in the slot, where it is the youngest of its key, else in a node. */
function emitBegin(
  stage: Stage,
  groups: Groups,
  timers: TimerFns,
  place: Place,
  p: { readonly control: Term; readonly ctl: Term },
): void {
  const { f } = stage;
  const at = sessionAt(groups.code.layout);
  const { slot, target, younger, older } = place;
  const due = place.limit.sub(CLOSE_LESS);
  const isEmpty = emitBagsEmpty(groups, p.control);
  if (isEmpty !== undefined) stage.stop(SessionStop.BAGS_EMPTY, isEmpty);
  const takeNode = (): Term => {
    const node = f.let("node", load.i32(p.ctl, CTL_FREE_NODE));
    stage.stop(SessionStop.NODES_EMPTY, node.eqz());
    f.store.i32(p.ctl, load.i32(node, at.chain), CTL_FREE_NODE);
    f.store.i32(p.ctl, load.i32(p.ctl, CTL_NODES).add(1), CTL_NODES);
    emitCopySlot(f, groups, node, slot);
    return node;
  };
  f.if(
    younger.eqz(),
    () => {
      f.if(
        older,
        // The timer of the key stays: it is for the oldest.
        () => f.store.i32(slot, takeNode(), at.chain),
        () => emitCall(f, timers.link, slot, due, p.ctl),
      );
      f.set(target, slot);
    },
    () => {
      const node = takeNode();
      f.store.i32(node, older, at.chain);
      f.store.i32(younger, node, at.chain);
      f.set(target, node);
      f.if(older.eqz(), () => {
        emitCall(f, timers.unlink, slot);
        emitCall(f, timers.link, slot, due, p.ctl);
      });
    },
  );
  emitReset(stage, groups, p.control, target);
}

export function emitFreeNode(f: Fn, at: Readonly<Record<SessionField, number>>, node: Term, ctl: Term): void {
  f.store.i32(node, load.i32(ctl, CTL_FREE_NODE), at.chain);
  f.store.i32(ctl, node, CTL_FREE_NODE);
  f.store.i32(ctl, load.i32(ctl, CTL_NODES).sub(1), CTL_NODES);
}

export function emitCopySlot(f: Fn, groups: Groups, to: Term, from: Term): void {
  for (let i = 0; i < groups.code.layout.stride; i += 8) f.store.i64(to, load.i64(from, i), i);
}

/** Makes the aggregates' fields those of a new group. */
function emitReset(stage: Stage, groups: Groups, control: Term, slot: Term): void {
  const { f } = stage;
  const own = new Set(sessionFields.map((x) => x.name));
  for (const field of groups.code.layout.fields) {
    if (own.has(field.name) || groups.code.key.fields.some((k) => k.name === field.name)) continue;
    switch (field.type) {
      case "i32":
        f.store.i32(slot, 0, field.offset);
        break;
      case "f64":
        f.store.f64(slot, 0, field.offset);
        break;
      case "bytes":
        // Its room too is given up: a session that has fired points to it.
        for (const i of [0, 4, 8]) f.store.i32(slot, 0, field.offset + i);
        break;
      case "text":
        break;
      case "i64":
      case "i128":
      case "i192":
        for (let i = 0; i < fieldBytes(field.type); i += 8) f.store.i64(slot, 0n, field.offset + i);
        break;
      default:
        f.fill(slot.add(field.offset), 0, fieldBytes(field.type));
    }
  }
  groups.init(stage, control, slot);
}
