/** Emitted code of a GROUP BY without a window: rows into groups, and at the end of an epoch the net change of those touched. */
import { BATCH_ROWS, Change, DESCRIPTOR_CHANGE } from "../../base/batch.ts";
import { type SqlType, storageOf } from "../../base/types.ts";
import { Stage } from "../../expr/emit/stage.ts";
import { loadParts, storeParts } from "../../expr/emit/values.ts";
import type { Expr } from "../../expr/expr.ts";
import type { Emitted } from "../../expr/function.ts";
import { emitCopyBytes, emitKey, emitKeyOfSlot } from "../../state/keys.ts";
import { fieldOf, type LayoutField } from "../../state/layout.ts";
import { emitProbe, emitSlots, TABLE_ARENA_END, TABLE_ARENA_TOP } from "../../state/table.ts";
import { type Fn, fn, i32, load, select, type Term } from "../../wasm/ir.ts";
import { bytesEqual } from "../../wasm/library/bytes.ts";
import type { Region } from "../../wasm/memory.ts";
import { type Groups, type RoomExits, roomExits } from "../aggregation/groups.ts";
import { expressionsOf, ROWS_FIELD } from "../aggregation/plan.ts";
import { CTL_REST, CTL_TABLE, CTL_WANTED, Stop } from "../aggregation/stops.ts";
import { emitStoreLeaves, type OutputLayout } from "../rows/output.ts";
import { emitMinus, emitWhere } from "../window/stage.ts";

/** Words of the control block, behind those of stops.ts. */
export const CTL_GROUPS: number = CTL_REST;
/** The slots touched in this epoch: where, and how many. */
export const CTL_TOUCHED: number = CTL_REST + 4;
export const CTL_TOUCHED_COUNT: number = CTL_REST + 8;
export const CTL_FILTERED: number = CTL_REST + 12;
/** Sequence of the run's first row (i64). */
export const CTL_SEQUENCE: number = CTL_REST + 16;
/** Of the change stage: rows in the block, and the list's index of the group whose result has failed, or -1. */
export const CTL_ROWS: number = CTL_REST + 24;
export const CTL_FAILED: number = CTL_REST + 28;
/** Groups that were taken out. */
export const CTL_GONE: number = CTL_REST + 32;
export const GROUP_CONTROL_BYTES: number = CTL_REST + 36;

/** Sequence of the last row that changed the group. */
export const LAST_FIELD = "last";
/** 1 where the group is among those touched in this epoch. */
export const TOUCHED_FIELD = "touched";
/** 1 where a row of the group stands below; its columns are kept in `out<i>`, their validity in `out_valid<i>`. */
export const PRESENT_FIELD = "present";
/** Number of the error (base/row-error.ts) with which the group stands in the error table, or 0. */
export const ERROR_FIELD = "error";

const outFieldTypes = {
  i8: "i32",
  i32: "i32",
  i64: "i64",
  i128: "i128",
  f32: "f64",
  f64: "f64",
  bytes: "bytes",
} as const;

const keptType = (type: SqlType): (typeof outFieldTypes)[keyof typeof outFieldTypes] => {
  const storage = storageOf(type);
  if (storage === "none") throw new TypeError("an aggregate does not give a ROW");
  return outFieldTypes[storage];
};

export function groupFields(results: readonly SqlType[]): readonly LayoutField[] {
  return [
    { name: TOUCHED_FIELD, type: "i32" },
    { name: PRESENT_FIELD, type: "i32" },
    { name: ERROR_FIELD, type: "i32" },
    { name: LAST_FIELD, type: "i64" },
    ...results.flatMap((type, i): LayoutField[] => [
      { name: `out_valid${i}`, type: "i32" },
      { name: `out${i}`, type: keptType(type) },
    ]),
  ];
}

export interface GroupStageOptions {
  readonly region: Region;
  readonly groups: Groups;
  readonly where: Expr | undefined;
  readonly keys: readonly Expr[];
  readonly retracts: boolean;
  readonly computedFrom: number | undefined;
}

export function groupStageFn(o: GroupStageOptions): Fn {
  return fn("group_aggregate", { batch: "i32", lo: "i32", hi: "i32", ctl: "i32" }, ["i32"], (f, p) => {
    const reads = [...(o.where === undefined ? [] : [o.where]), ...o.keys, ...expressionsOf(o.groups.plan)];
    const computed = o.computedFrom === undefined ? {} : { computedFrom: o.computedFrom };
    const stage = new Stage(f, { region: o.region, ctl: p.ctl, batch: p.batch, reads, ...computed });
    const changes = o.retracts ? f.let("changes", load.i32(p.batch, DESCRIPTOR_CHANGE)) : undefined;
    const control = f.let("control", load.i32(p.ctl, CTL_GROUPS));
    const base = f.let("base", load.i64(p.ctl, CTL_SEQUENCE));
    const filtered = f.local("filtered", "i32");
    const exits = roomExits(stage, p.ctl);
    stage.rows(p.lo, p.hi, (next) => {
      emitWhere(stage, o.where, filtered, next);
      const row = o.groups.evaluate(stage);
      const values = o.keys.map((k) => stage.expr(k));
      const minus = changes === undefined ? undefined : emitMinus(f, changes, stage.row);
      const sequence = f.let("sequence", base.add(stage.origin().toI64U()));
      const slot = emitFindGroup(stage, o.groups, control, values, exits);
      o.groups.accumulate(stage, control, slot, row, sequence, minus, exits);
      emitTouch(f, o.groups, slot, sequence, p.ctl);
    });
    f.store.i32(p.ctl, filtered, CTL_FILTERED);
    stage.end();
  });
}

function emitFindGroup(
  stage: Stage,
  groups: Groups,
  control: Term,
  values: readonly Emitted[],
  exits: RoomExits,
): Term {
  const key = emitKey(stage.f, groups.code.key, values, groups.seed);
  return emitProbe(stage.f, groups.code, control, key, {
    full: () => exits.full(control),
    arenaFull: (bytes) => exits.arenaFull(control, bytes),
    inserted: (s) => groups.init(stage, control, s),
  });
}

/** There is room in the list: the driver sees to it before each batch. */
function emitTouch(f: Fn, groups: Groups, slot: Term, sequence: Term, ctl: Term): void {
  const { layout } = groups.code;
  f.store.i64(slot, sequence, fieldOf(layout, LAST_FIELD).offset);
  const touched = fieldOf(layout, TOUCHED_FIELD).offset;
  f.if(load.i32(slot, touched).eqz(), () => {
    const n = f.let("n", load.i32(ctl, CTL_TOUCHED_COUNT));
    f.store.i32(slot, 1, touched);
    f.store.i32(load.i32(ctl, CTL_TOUCHED).add(n.shl(2)), slot);
    f.store.i32(ctl, n.add(1), CTL_TOUCHED_COUNT);
  });
}

/** (ctl): makes the one group of an aggregation without keys. */
export function globalGroupFn(region: Region, groups: Groups): Fn {
  return fn("global_group", { ctl: "i32" }, ["i32"], (f, { ctl }) => {
    const stage = new Stage(f, { region, ctl });
    const control = f.let("control", load.i32(ctl, CTL_GROUPS));
    stage.stoppable(() => {
      const slot = emitFindGroup(stage, groups, control, [], roomExits(stage, ctl));
      emitTouch(f, groups, slot, load.i64(ctl, CTL_SEQUENCE), ctl);
    });
    stage.end();
  });
}

/** (ctl): lists the slots that were touched anew, after the table has moved. */
export function listTouchedFn(groups: Groups): Fn {
  return fn("list_touched", { ctl: "i32" }, [], (f, { ctl }) => {
    const { layout } = groups.code;
    const control = f.let("control", load.i32(ctl, CTL_GROUPS));
    const list = f.let("list", load.i32(ctl, CTL_TOUCHED));
    const at = f.local("at", "i32");
    const n = f.local("n", "i32");
    emitSlots(f, layout, control, at, (slot, next) => {
      next(load.i32(slot, fieldOf(layout, TOUCHED_FIELD).offset).eqz());
      f.store.i32(list.add(n.shl(2)), slot);
      f.set(n, n.add(1));
    });
  });
}

export interface ChangesOptions {
  readonly region: Region;
  readonly groups: Groups;
  readonly results: readonly SqlType[];
  readonly output: OutputLayout;
  /** Without keys: the group's row always stands. */
  readonly isGlobal: boolean;
  readonly ordered: boolean;
}

const changeParameters = {
  list: "i32",
  from: "i32",
  to: "i32",
  block: "i32",
  first: "i64",
  watermark: "i64",
  ctl: "i32",
} as const;

/** (list, from, to, block, sequence of the run's first row, watermark, ctl) -> where it stopped: puts net changes out. */
export function changesFn(o: ChangesOptions): Fn {
  return fn("put_changes", changeParameters, ["i32"], (f, p) => {
    const { groups } = o;
    const { layout } = groups.code;
    const stage = new Stage(f, { region: o.region, ctl: p.ctl });
    const control = f.let("control", load.i32(p.ctl, CTL_GROUPS));
    const out = f.let("out", load.i32(p.ctl, CTL_ROWS));
    const gone = f.let("gone", load.i32(p.ctl, CTL_GONE));
    const failed = f.let("failed", load.i32(p.ctl, CTL_FAILED));
    const at = (name: string): number => fieldOf(layout, name).offset;
    stage.rows(p.from, p.to, () => {
      const slot = f.let("slot", load.i32(p.list.add(stage.row.shl(2))));
      // A group may put out two rows.
      stage.stop(Stop.BLOCK_FULL, out.geU(BATCH_ROWS - 1));
      const hadRow = f.let("had_row", load.i32(slot, at(PRESENT_FIELD)));
      const isHeld = o.isGlobal ? i32(1) : load.i64(slot, at(ROWS_FIELD)).gt(0n);
      const hasRow = f.let("has_row", isHeld.and(stage.row.ne(failed)));
      const rowOrigin = o.ordered ? emitOrigin(f, load.i64(slot, at(LAST_FIELD)), p.first) : i32(0);
      const origin = f.let("origin", rowOrigin);
      const keys = emitKeyOfSlot(f, groups.code.key, layout, slot);
      const put = (change: number, values: readonly Emitted[]): void => {
        f.store.i32(p.block.add(out.shl(2)), origin, o.output.origin);
        f.store.i64(p.block.add(out.shl(3)), p.watermark, o.output.watermark);
        f.store.u8(p.block.add(out), change, o.output.change ?? 0);
        emitStoreLeaves(f, o.output, p.block, out, 0, keys);
        emitStoreLeaves(f, o.output, p.block, out, keys.length, values);
        f.set(out, out.add(1));
      };
      const old = o.results.map((type, i) => keptResult(f, groups, slot, type, i));
      const isMended = load.i32(slot, at(ERROR_FIELD)).ne(0).and(stage.row.ne(failed));
      f.if(
        hasRow,
        () => {
          const now = groups.results(stage, control, slot);
          stage.stop(Stop.MENDED, isMended);
          emitKeepRoom(stage, now, control, p.ctl);
          const same = f.let("same", hadRow.and(old.reduce((all, v, i) => all.and(emitSame(f, v, now[i])), i32(1))));
          f.if(same.eqz(), () => {
            f.if(hadRow, () => put(Change.UPDATE_BEFORE, old));
            put(Change.INSERT, now);
            const last = p.block.add(out.sub(1));
            f.if(hadRow, () => f.store.u8(last, Change.UPDATE_AFTER, o.output.change ?? 0));
            now.forEach((v, i) => {
              emitKeepResult(f, groups, slot, control, v, i);
            });
          });
        },
        () => {
          stage.stop(Stop.MENDED, isMended);
          f.if(hadRow, () => put(Change.DELETE, old));
        },
      );
      if (!o.isGlobal) f.set(gone, gone.add(load.i64(slot, at(ROWS_FIELD)).le(0n)));
      f.store.i32(slot, hasRow, at(PRESENT_FIELD));
      f.store.i32(slot, 0, at(TOUCHED_FIELD));
      groups.seal(f, slot);
    });
    f.store.i32(p.ctl, out, CTL_ROWS);
    f.store.i32(p.ctl, gone, CTL_GONE);
    stage.end();
  });
}

/** The origin of a sequence in this run; of an earlier run's the first. */
function emitOrigin(f: Fn, sequence: Term, first: Term): Term {
  const origin = f.let("offset", sequence.sub(first));
  return select(origin.lt(0n), i32(0), origin.toI32());
}

function keptResult(f: Fn, groups: Groups, slot: Term, type: SqlType, i: number): Emitted {
  const { layout } = groups.code;
  const valid = f.let("old_valid", load.i32(slot, fieldOf(layout, `out_valid${i}`).offset));
  const { type: kept, offset } = fieldOf(layout, `out${i}`);
  const storage = kept === "bytes" || kept === "i128" || kept === "f64" || kept === "i64" ? kept : "i32";
  return { type, valid, parts: loadParts(storage, slot.add(offset)).map((t) => f.let("old", t)) };
}

/** Room for the strings that are kept as the group's row. */
function emitKeepRoom(stage: Stage, now: readonly Emitted[], control: Term, ctl: Term): void {
  const { f } = stage;
  let need: Term | undefined;
  for (const v of now) {
    if (storageOf(v.type) !== "bytes") continue;
    const length = v.valid === undefined ? v.parts[1] : select(v.valid, v.parts[1] ?? i32(0), 0);
    if (length !== undefined) need = need === undefined ? length : need.add(length);
  }
  if (need === undefined) return;
  const bytes = f.let("keep_room", need);
  f.if(load.i32(control, TABLE_ARENA_END).sub(load.i32(control, TABLE_ARENA_TOP)).ltU(bytes), () => {
    f.store.i32(ctl, control, CTL_TABLE);
    f.store.i32(ctl, bytes, CTL_WANTED);
    stage.stop(Stop.ARENA_FULL);
  });
}

/** Keeps a column of the group's row; a string always in room of its own: rows put out point to the old one. */
function emitKeepResult(f: Fn, groups: Groups, slot: Term, control: Term, v: Emitted, i: number): void {
  const { layout } = groups.code;
  const valid = v.valid ?? i32(1);
  f.store.i32(slot, valid, fieldOf(layout, `out_valid${i}`).offset);
  const { type, offset } = fieldOf(layout, `out${i}`);
  const [a, b] = v.parts;
  if (a === undefined) return;
  if (type !== "bytes" || b === undefined) {
    const storage = type === "i128" || type === "f64" || type === "i64" ? type : "i32";
    return storeParts(f, storage, slot.add(offset), v.parts);
  }
  f.if(
    valid,
    () => {
      const to = f.let("to", load.i32(control, TABLE_ARENA_TOP));
      f.store.i32(slot, to, offset);
      f.store.i32(slot, b, offset + 4);
      emitCopyBytes(f, to, a, b);
      f.store.i32(control, to.add(b), TABLE_ARENA_TOP);
    },
    () => f.store.i32(slot, 0, offset + 4),
  );
}

/** 1 where two values are not distinct; NaN is NaN. */
function emitSame(f: Fn, a: Emitted, b: Emitted | undefined): Term {
  if (b === undefined) throw new TypeError("a row with fewer columns");
  const valid = [a.valid ?? i32(1), b.valid ?? i32(1)] as const;
  const [x, x2] = a.parts;
  const [y, y2] = b.parts;
  if (x === undefined || y === undefined) return valid[0].eq(valid[1]);
  const equal = ((): Term => {
    if (storageOf(a.type) === "bytes" && x2 !== undefined && y2 !== undefined) {
      const same = f.local("same_text", "i32");
      f.set(same, 0);
      f.if(valid[0].and(valid[1]), () => f.set(same, f.call(bytesEqual, x, x2, y, y2)));
      return same;
    }
    if (x.type === "f64") return x.eq(y).or(x.ne(x).and(y.ne(y)));
    return x2 === undefined || y2 === undefined ? x.eq(y) : x.eq(y).and(x2.eq(y2));
  })();
  return f.let("same", valid[0].eq(valid[1]).and(valid[0].eqz().or(equal)));
}
