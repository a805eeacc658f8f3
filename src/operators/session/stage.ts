/**
 * The emitted stage of a session aggregation: what is computed below the window function, the row's session, and then what
 * is above it: a row that fails there has formed or bridged a session, and is in none of its aggregates (W7, V1).
 */
import { DESCRIPTOR_CHANGE, MICROS_PER_MS } from "../../base/batch.ts";
import { rowErrors } from "../../base/row-error.ts";
import { Stage } from "../../expr/emit/stage.ts";
import type { Expr } from "../../expr/expr.ts";
import { emitKey } from "../../state/keys.ts";
import { emitProbe } from "../../state/table.ts";
import { type Fn, fn, load, select, type Term } from "../../wasm/ir.ts";
import type { Region } from "../../wasm/memory.ts";
import { type Groups, roomExits } from "../aggregation/groups.ts";
import { emitTouchAhead } from "../aggregation/touch.ts";
import { emitTime, emitWhere } from "../window/stage.ts";
import { TIME_END, TIME_LEAST } from "../window/windows.ts";
import type { SessionContent } from "./content.ts";
import { CTL_FILTERED, CTL_GROUPS, CTL_SEQUENCE } from "./fields.ts";
import { emitFindPlace, emitMakeSession } from "./place.ts";
import type { TimerFns } from "./timers.ts";

export interface SessionOptions {
  readonly region: Region;
  readonly groups: Groups;
  readonly content: SessionContent;
  readonly timers: TimerFns;
  readonly before: Expr | undefined;
  readonly below: readonly Expr[];
  readonly keys: readonly Expr[];
  readonly gap: bigint;
  readonly time: number;
  readonly timeNullable: boolean;
  /** The time column has whole milliseconds only. */
  readonly wholeMs: boolean;
  readonly computedFrom: number | undefined;
  readonly retracts: boolean;
}

export function sessionStageFn(o: SessionOptions): Fn {
  return fn("session_aggregate", { batch: "i32", lo: "i32", hi: "i32", ctl: "i32" }, ["i32"], (f, p) => {
    const reads = [...(o.before === undefined ? [] : [o.before]), ...o.below, ...o.keys, ...o.content.reads];
    const computed = o.computedFrom === undefined ? {} : { computedFrom: o.computedFrom };
    const stage = new Stage(f, { region: o.region, ctl: p.ctl, batch: p.batch, reads, leaves: [o.time], ...computed });
    const control = f.let("control", load.i32(p.ctl, CTL_GROUPS));
    const base = f.let("base", load.i64(p.ctl, CTL_SEQUENCE));
    const filtered = f.local("filtered", "i32");
    const changes = o.retracts ? f.let("changes", load.i32(p.batch, DESCRIPTOR_CHANGE)) : undefined;
    const exits = roomExits(stage, p.ctl);
    stage.rows(p.lo, p.hi, (next) => {
      emitTouchAhead(stage, o.groups, o.keys, control, p.hi, p.ctl);
      emitWhere(stage, o.before, filtered, next);
      const time = emitTime(stage, o.time, o.timeNullable);
      const t = o.wholeMs ? time : f.let("t", emitFloorMs(time));
      const end = f.let("end", t.add(o.gap));
      const keys = o.keys.map((k) => stage.expr(k));
      const key = emitKey(f, o.groups.code.key, keys, o.groups.seed);
      const slot = emitProbe(f, o.groups.code, control, key, {
        full: () => exits.full(control),
        arenaFull: (bytes) => exits.arenaFull(control, bytes),
        inserted: () => undefined,
      });
      stage.stop(rowErrors.TIME_OUT_OF_RANGE.number, t.lt(TIME_LEAST).or(end.ge(TIME_END)));
      const watermark = f.let("watermark", stage.watermark());
      const place = emitFindPlace(stage, o.groups, slot, { t, end, watermark });
      for (const e of o.below) stage.expr(e);
      const at = { control, ctl: p.ctl, base, changes };
      // Where the row finds no room below, its session is there already, with the row in its bounds: the row finds it when
      // it comes again, and nothing can keep it out any more.
      emitMakeSession(stage, o.groups, o.content, o.timers, place, at, exits);
      o.content.take(stage, place.target, at, exits);
    });
    f.store.i32(p.ctl, filtered, CTL_FILTERED);
    stage.end();
  });
}

/** Rounded down to a millisecond, also before 1970. */
function emitFloorMs(t: Term): Term {
  const m = t.rem(MICROS_PER_MS);
  return t.sub(select(m.lt(0n), m.add(MICROS_PER_MS), m));
}
