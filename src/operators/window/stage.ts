/**
 * The emitted stage of a window aggregate: WHERE, the row's pane, its lateness, keys and arguments, then into the group
 * of each table that takes the pane's rows (one, but for windows that overlap). It stops where the driver is needed.
 */
import { DESCRIPTOR_CHANGE } from "../../base/batch.ts";
import { rowErrors } from "../../base/row-error.ts";
import { Stage } from "../../expr/emit/stage.ts";
import type { Expr } from "../../expr/expr.ts";
import { emitKey } from "../../state/keys.ts";
import { emitProbe } from "../../state/table.ts";
import { type Fn, fn, i32, type Jump, load, type Term } from "../../wasm/ir.ts";
import type { Region } from "../../wasm/memory.ts";
import { type Groups, roomExits } from "../aggregation/groups.ts";
import { expressionsOf } from "../aggregation/plan.ts";
import { CTL_REST, Stop } from "../aggregation/stops.ts";
import { emitTouchAhead } from "../aggregation/touch.ts";
import { ENTRY_BOUND, ENTRY_BYTES, ENTRY_START, ENTRY_TARGET_LIST, ENTRY_TARGETS, ENTRY_WIDTH } from "./directory.ts";

/** Words of the control block, behind those of stops.ts. */
export const CTL_DIRECTORY: number = CTL_REST;
export const CTL_ENTRIES: number = CTL_REST + 4;
/** The row whose lateness is judged already, or -1. */
export const CTL_JUDGED: number = CTL_REST + 8;
/** Tables of the first row that have it already. */
export const CTL_TARGET: number = CTL_REST + 12;
/** Rows that WHERE has left out. */
export const CTL_FILTERED: number = CTL_REST + 16;
/** Sequence of the run's first row (i64). */
export const CTL_SEQUENCE: number = CTL_REST + 24;
export const STAGE_CONTROL_BYTES: number = CTL_REST + 32;

export interface WindowStageOptions {
  readonly name: string;
  readonly region: Region;
  readonly groups: Groups;
  readonly where: Expr | undefined;
  readonly keys: readonly Expr[];
  /** Leaves of the time, or of the start and the end of the window that the row carries. */
  readonly time: readonly number[];
  readonly timeNullable: boolean;
  /** Whether every pane has exactly one table. */
  readonly single: boolean;
  readonly retracts: boolean;
  readonly computedFrom: number | undefined;
}

interface Pane {
  readonly start: Term;
  readonly width: Term;
  readonly bound: Term;
  readonly targets: Term;
  readonly list: Term;
}

export function windowStageFn(o: WindowStageOptions): Fn {
  return fn(o.name, { batch: "i32", lo: "i32", hi: "i32", ctl: "i32" }, ["i32"], (f, p) => {
    const reads = [...(o.where === undefined ? [] : [o.where]), ...o.keys, ...expressionsOf(o.groups.plan)];
    const stage = new Stage(f, {
      region: o.region,
      ctl: p.ctl,
      batch: p.batch,
      reads,
      leaves: o.time,
      ...(o.computedFrom === undefined ? {} : { computedFrom: o.computedFrom }),
    });
    const changes = o.retracts ? f.let("changes", load.i32(p.batch, DESCRIPTOR_CHANGE)) : undefined;
    const directory = f.let("directory", load.i32(p.ctl, CTL_DIRECTORY));
    const entries = f.let("entries", load.i32(p.ctl, CTL_ENTRIES));
    const judged = f.let("judged", load.i32(p.ctl, CTL_JUDGED));
    const target = f.let("target", load.i32(p.ctl, CTL_TARGET));
    const base = f.let("base", load.i64(p.ctl, CTL_SEQUENCE));
    const filtered = f.local("filtered", "i32");
    // No pane yet: a width of 0 holds no row.
    const pane: Pane = {
      start: f.local("pane_start", "i64"),
      width: f.local("pane_width", "i64"),
      bound: f.local("pane_bound", "i64"),
      targets: f.local("pane_targets", "i32"),
      list: f.local("pane_list", "i32"),
    };
    stage.rows(p.lo, p.hi, (next) => {
      if (o.single) emitTouchAhead(stage, o.groups, o.keys, pane.list, p.hi, p.ctl);
      emitWhere(stage, o.where, filtered, next);
      emitPane(stage, o, pane, directory, entries);
      stage.stop(Stop.LATE, stage.watermark().ge(pane.bound).and(stage.row.ne(judged)));
      const minus = changes === undefined ? undefined : emitMinus(f, changes, stage.row);
      emitTargets(stage, o, pane, target, p.ctl, base, minus);
    });
    f.store.i32(p.ctl, target, CTL_TARGET);
    f.store.i32(p.ctl, filtered, CTL_FILTERED);
    stage.end();
  });
}

/** Goes on with the next row where the condition is not true. */
export function emitWhere(stage: Stage, where: Expr | undefined, filtered: Term, next: Jump): void {
  const { f } = stage;
  if (where === undefined) return;
  f.if(stage.isTrue(where).eqz(), () => {
    f.set(filtered, filtered.add(1));
    next();
  });
}

/** 1 where the row takes a row back; a batch without a change column has inserts only. */
export function emitMinus(f: Fn, changes: Term, row: Term): Term {
  const minus = f.let("minus", i32(0));
  f.if(changes, () => f.set(minus, load.u8(changes.add(row)).and(1)));
  return minus;
}

export function emitTime(stage: Stage, leaf: number, nullable: boolean): Term {
  const column = stage.column(leaf);
  if (nullable) {
    stage.stop(rowErrors.NULL_NOT_ALLOWED.number, load.u8(column.valid.add(stage.row)).ne(1));
  }
  return stage.f.let("time", load.i64(column.data.add(stage.row.shl(3))));
}

/** Makes `pane` that of the row, or stops. */
function emitPane(stage: Stage, o: WindowStageOptions, pane: Pane, directory: Term, entries: Term): void {
  const { f } = stage;
  const [first, second] = o.time.map((leaf) => emitTime(stage, leaf, o.timeNullable));
  if (first === undefined) throw new TypeError("a window aggregate needs a time");
  /** Whether the row lies in the pane whose start and width these are. */
  const isIn = (start: Term, width: Term): Term =>
    second === undefined ? first.sub(start).ltU(width) : first.eq(start).and(second.eq(width));
  f.if(isIn(pane.start, pane.width).eqz(), () => {
    const entry = f.let("entry", directory.add(entries.mul(ENTRY_BYTES)));
    f.loop("panes", (again, found) => {
      stage.stop(Stop.OPEN, entry.eq(directory));
      f.set(entry, entry.sub(ENTRY_BYTES));
      f.set(pane.start, load.i64(entry, ENTRY_START));
      f.set(pane.width, load.i64(entry, ENTRY_WIDTH));
      found(isIn(pane.start, pane.width));
      again();
    });
    f.set(pane.bound, load.i64(entry, ENTRY_BOUND));
    f.set(pane.targets, load.i32(entry, ENTRY_TARGETS));
    f.set(pane.list, load.i32(entry, ENTRY_TARGET_LIST));
  });
}

function emitTargets(
  stage: Stage,
  o: WindowStageOptions,
  pane: Pane,
  target: Term,
  ctl: Term,
  base: Term,
  minus: Term | undefined,
): void {
  const { f } = stage;
  const { groups } = o;
  const row = groups.evaluate(stage);
  const keys = o.keys.map((k) => stage.expr(k));
  const key = emitKey(f, groups.code.key, keys, groups.seed);
  const exits = roomExits(stage, ctl);
  const sequence = base.add(stage.origin().toI64U());
  const into = (control: Term): void => {
    const slot = emitProbe(f, groups.code, control, key, {
      full: () => exits.full(control),
      arenaFull: (bytes) => exits.arenaFull(control, bytes),
      inserted: (s) => groups.init(stage, control, s),
    });
    groups.accumulate(stage, control, slot, row, sequence, minus, exits);
  };
  if (o.single) return into(pane.list);
  f.while(
    "targets",
    () => target.ltU(pane.targets),
    () => {
      into(f.let("control", load.i32(pane.list.add(target.shl(2)))));
      f.set(target, target.add(1));
    },
  );
  f.set(target, 0);
}
