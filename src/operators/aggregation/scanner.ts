/**
 * Puts the groups of a window out: sorted by key where the order shows (E7), else as they lie in their table. Emitted
 * code scans; the driver goes on where the scan stopped.
 */
import { BATCH_ROWS } from "../../base/batch.ts";
import { rowErrorName } from "../../base/row-error.ts";
import type { Schema } from "../../base/types.ts";
import { StageStatus } from "../../expr/emit/control.ts";
import { Stage } from "../../expr/emit/stage.ts";
import { emitKeyOfSlot } from "../../state/keys.ts";
import { fieldOf } from "../../state/layout.ts";
import { emitSlots, TABLE_SLOTS } from "../../state/table.ts";
import { type Fn, fn, load } from "../../wasm/ir.ts";
import type { Region } from "../../wasm/memory.ts";
import { emitStoreLeaves, type Output, type OutputLayout, windowColumns } from "../rows/output.ts";
import { fireBound, type Window } from "../window/windows.ts";
import type { Groups } from "./groups.ts";
import { ROWS_FIELD } from "./plan.ts";
import { slotBeforeFn, sortSlotsFn } from "./sort-slots.ts";
import { CTL_REST, Stop } from "./stops.ts";
import { call, type GroupTable, type GroupTables } from "./tables.ts";

/** Rows in the block so far (in and out). */
const SCAN_ROWS: number = CTL_REST;
const SCAN_CONTROL_BYTES: number = CTL_REST + 4;

interface ScanOptions {
  readonly name: string;
  readonly region: Region;
  readonly groups: Groups;
  readonly output: OutputLayout;
  /** Groups whose rows have fallen to 0 are left out. */
  readonly skipsEmpty: boolean;
  /** Over a sorted list of slots. */
  readonly sorted: boolean;
}

const parameters = {
  control: "i32",
  list: "i32",
  from: "i32",
  to: "i32",
  block: "i32",
  start: "i64",
  end: "i64",
  ctl: "i32",
} as const;

/** (table, list of slots, from, to, block, window start, window end, ctl) -> where it stopped. */
function windowScanFn(o: ScanOptions): Fn {
  return fn(o.name, parameters, ["i32"], (f, p) => {
    const { code } = o.groups;
    const stage = new Stage(f, { region: o.region, ctl: p.ctl });
    const slots = f.let("slots", load.i32(p.control, TABLE_SLOTS));
    const out = f.let("out", load.i32(p.ctl, SCAN_ROWS));
    stage.rows(p.from, p.to, (next) => {
      const slot = f.local("slot", "i32");
      if (o.sorted) f.set(slot, load.i32(p.list.add(stage.row.shl(2))));
      else f.set(slot, slots.add(stage.row.mul(code.layout.stride)));
      if (o.skipsEmpty) next(load.i64(slot, fieldOf(code.layout, ROWS_FIELD).offset).eqz());
      stage.stop(Stop.BLOCK_FULL, out.geU(BATCH_ROWS));
      const keys = emitKeyOfSlot(f, code.key, code.layout, slot);
      const results = o.groups.results(stage, p.control, slot);
      emitStoreLeaves(f, o.output, p.block, out, 0, keys);
      emitStoreLeaves(f, o.output, p.block, out, keys.length, [...results, ...windowColumns(p.start, p.end)]);
      o.groups.seal(f, slot);
      f.set(out, out.add(1));
    });
    f.store.i32(p.ctl, out, SCAN_ROWS);
    stage.end();
  });
}

/** (table, list) -> how many: the addresses of all slots. */
function listSlotsFn(name: string, groups: Groups): Fn {
  return fn(name, { control: "i32", list: "i32" }, ["i32"], (f, { control, list }) => {
    const at = f.local("at", "i32");
    const n = f.local("n", "i32");
    emitSlots(f, groups.code.layout, control, at, (slot) => {
      f.store.i32(list.add(n.shl(2)), slot);
      f.set(n, n.add(1));
    });
    f.return(n);
  });
}

export interface ScannerOptions {
  readonly region: Region;
  readonly groups: Groups;
  readonly output: Output["layout"];
  readonly skipsEmpty: boolean;
  readonly ordered: boolean;
}

export function scannerFns(o: ScannerOptions): readonly Fn[] {
  const { code } = o.groups;
  const scan = windowScanFn({ ...o, name: "put_out", sorted: o.ordered });
  if (!o.ordered) return [scan];
  const before = slotBeforeFn("slot_before", code.key, code.layout);
  return [scan, listSlotsFn("list_slots", o.groups), sortSlotsFn("sort_slots", before)];
}

export class Scanner {
  private readonly tables: GroupTables;
  private readonly output: Output;
  private readonly keys: Schema;
  private readonly ctl: number;

  constructor(tables: GroupTables, output: Output, keys: Schema) {
    this.tables = tables;
    this.output = output;
    this.keys = keys;
    this.ctl = tables.context.region.alloc(SCAN_CONTROL_BYTES);
  }

  scan(t: GroupTable, window: Window): void {
    const { context } = this.tables;
    if (t.groups.count === 0) return;
    this.tables.refresh(t, this.ctl);
    if (!context.ordered) return this.run(t, window, 0, t.groups.count);
    const half = 4 * t.groups.count;
    const block = context.memory.allocate(2 * half, context.owner);
    const n = call(this.tables.functions, "list_slots", t.control, block);
    this.run(t, window, call(this.tables.functions, "sort_slots", block, block + half, n) >>> 0, n);
    context.memory.release(block);
  }

  private run(t: GroupTable, window: Window, list: number, to: number): void {
    const { context, functions } = this.tables;
    const { u32 } = context.memory;
    let at = 0;
    for (;;) {
      const block = this.output.room();
      u32[(this.ctl + SCAN_ROWS) / 4] = block.rows;
      at = call(functions, "put_out", t.control, list, at, to, block.address, ...window, this.ctl);
      this.output.written(u32[(this.ctl + SCAN_ROWS) / 4] ?? 0, fireBound(window[1]));
      const status = this.tables.statusOf(this.ctl);
      if (status === StageStatus.DONE) return;
      if (status === Stop.BLOCK_FULL) continue;
      const code = rowErrorName(status);
      if (code === undefined) throw new TypeError(`putting groups out stopped with status ${status}`);
      const stride = this.tables.groups.code.layout.stride;
      const slot = list === 0 ? t.groups.slots + at * stride : (u32[list / 4 + at] ?? 0);
      context.failGroup(code, [...this.tables.keyOf(slot, this.keys), ...window]);
      at += 1;
    }
  }
}
