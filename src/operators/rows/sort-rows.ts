/**
 * Emitted code of Sort: rows of batches into a table in linear memory, the list of those that stand, their order, and
 * the rows put out again. What tells rows apart, and is the table's key, is their position and, over updating input,
 * where a row is what is left after all changes, all of their columns; the table counts how often a row stands.
 */
import { BATCH_ROWS, DESCRIPTOR_CHANGE } from "../../base/batch.ts";
import { BIGINT, type Schema } from "../../base/types.ts";
import { Stage } from "../../expr/emit/stage.ts";
import type { Expr } from "../../expr/expr.ts";
import type { Emitted } from "../../expr/function.ts";
import { emitKey, emitKeyOfSlot } from "../../state/keys.ts";
import { fieldOf } from "../../state/layout.ts";
import { emitProbe, emitSlots, type TableCode, tableCode } from "../../state/table.ts";
import { type Fn, fn, i64, load, select } from "../../wasm/ir.ts";
import type { Region } from "../../wasm/memory.ts";
import { slotOrderFn } from "../aggregation/sort-slots.ts";
import { CTL_REST, CTL_WANTED, Stop } from "../aggregation/stops.ts";
import type { SortSpec } from "../operator.ts";
import { emitMinus } from "../window/stage.ts";
import { emitStoreLeaves, type OutputLayout } from "./output.ts";

/** Control block of the table of rows. */
export const CTL_HELD: number = CTL_REST;
/** Of putting out: rows in the block. */
export const CTL_ROWS: number = CTL_REST + 4;
/** The next row's position; how many rows are still to be left out, and how many may be put out (i64). */
export const CTL_POSITION: number = CTL_REST + 8;
export const CTL_SKIP: number = CTL_REST + 16;
export const CTL_LEFT: number = CTL_REST + 24;
export const SORT_CONTROL_BYTES: number = CTL_REST + 32;

/** How often the row stands (i64). */
export const COUNT_FIELD = "count";

export interface SortRows {
  readonly code: TableCode;
  readonly input: Schema;
  readonly isUpdating: boolean;
  readonly seed: bigint;
  readonly region: Region;
}

export function sortRowsCode(input: Schema, isUpdating: boolean): TableCode {
  const position = { name: "position", type: BIGINT, nullable: false };
  const key = isUpdating ? input : [position, ...input];
  return tableCode("rows", key, [{ name: COUNT_FIELD, type: "i64" }], COUNT_FIELD);
}

/** The columns of the input, each as a whole. `leafCounts`: how many leaves each has. */
function columnsOf(input: Schema, leafCounts: readonly number[]): Expr[] {
  let leaf = 0;
  return input.map(({ name, type, nullable }, i): Expr => {
    const column: Expr = { node: "column", type, nullable, leaf, name };
    leaf += leafCounts[i] ?? 1;
    return column;
  });
}

/** (batch, lo, hi, ctl) -> where it stopped: takes rows in, or back. */
export function takeRowsFn(o: SortRows, leafCounts: readonly number[]): Fn {
  return fn("take_rows", { batch: "i32", lo: "i32", hi: "i32", ctl: "i32" }, ["i32"], (f, p) => {
    const reads = columnsOf(o.input, leafCounts);
    const stage = new Stage(f, { region: o.region, ctl: p.ctl, batch: p.batch, reads });
    const control = f.let("control", load.i32(p.ctl, CTL_HELD));
    const changes = o.isUpdating ? f.let("changes", load.i32(p.batch, DESCRIPTOR_CHANGE)) : undefined;
    const { offset } = fieldOf(o.code.layout, COUNT_FIELD);
    stage.rows(p.lo, p.hi, () => {
      const values = reads.map((e) => stage.expr(e));
      const position = f.let("position", load.i64(p.ctl, CTL_POSITION));
      const first: Emitted = { type: BIGINT, valid: undefined, parts: [position] };
      // Rows that only arrive keep the zeros and NaNs that they came with, and differ by their position.
      const key = o.isUpdating
        ? emitKey(f, o.code.key, values, o.seed)
        : emitKey(f, o.code.key, [first, ...values], o.seed, { asIs: true, hashed: 1 });
      const slot = emitProbe(f, o.code, control, key, {
        full: () => stage.stop(Stop.TABLE_FULL),
        arenaFull: (bytes) => {
          f.store.i32(p.ctl, bytes, CTL_WANTED);
          stage.stop(Stop.ARENA_FULL);
        },
        inserted: () => undefined,
      });
      const step = changes === undefined ? i64(1) : select(emitMinus(f, changes, stage.row), i64(-1), i64(1));
      f.store.i64(slot, load.i64(slot, offset).add(step), offset);
      f.store.i64(p.ctl, position.add(1n), CTL_POSITION);
    });
    stage.end();
  });
}

/** (control, list) -> how many: lists the slots of rows that stand. */
export function listRowsFn(code: TableCode): Fn {
  return fn("list_rows", { control: "i32", list: "i32" }, ["i32"], (f, { control, list }) => {
    const at = f.local("at", "i32");
    const n = f.local("n", "i32");
    emitSlots(f, code.layout, control, at, (slot, next) => {
      next(load.i64(slot, fieldOf(code.layout, COUNT_FIELD).offset).le(0n));
      f.store.i32(list.add(n.shl(2)), slot);
      f.set(n, n.add(1));
    });
    f.return(n);
  });
}

/** (a, b) -> 1 where row a comes before row b: by the spec, then by position, or over updating input by all columns (R9). */
export function rowBeforeFn(spec: SortSpec, code: TableCode, isUpdating: boolean): Fn {
  const { columns } = code.key;
  const leading = isUpdating ? 0 : 1;
  const keys = spec.keys.map(({ column, descending, nullsFirst }) => {
    const found = columns[leading + column];
    if (found === undefined) throw new TypeError(`the input has no leaf ${column}`);
    return { column: found, descending, nullsFirst };
  });
  const ties = (isUpdating ? columns : columns.slice(0, 1)).map((column) => ({
    column,
    descending: false,
    nullsFirst: false,
  }));
  return slotOrderFn("row_before", code.layout, [...keys, ...ties]);
}

/** (list, from, to, block, ctl) -> where it stopped: puts rows out, as often as they stand, which it uses up. */
export function putRowsFn(o: SortRows, output: OutputLayout): Fn {
  const parameters = { list: "i32", from: "i32", to: "i32", block: "i32", ctl: "i32" } as const;
  const { code } = o;
  return fn("put_rows", parameters, ["i32"], (f, p) => {
    const stage = new Stage(f, { region: o.region, ctl: p.ctl });
    const out = f.let("out", load.i32(p.ctl, CTL_ROWS));
    const skip = f.let("skip", load.i64(p.ctl, CTL_SKIP));
    const left = f.let("left", load.i64(p.ctl, CTL_LEFT));
    const { offset } = fieldOf(code.layout, COUNT_FIELD);
    stage.rows(p.from, p.to, () => {
      const slot = f.let("slot", load.i32(p.list.add(stage.row.shl(2))));
      const count = f.let("count", load.i64(slot, offset));
      const skipped = f.let("skipped", select(count.lt(skip), count, skip));
      f.set(skip, skip.sub(skipped));
      f.set(count, count.sub(skipped));
      f.store.i64(slot, count, offset);
      f.while(
        "copies",
        () => count.gt(0n).and(left.gt(0n)),
        () => {
          stage.stop(Stop.BLOCK_FULL, out.geU(BATCH_ROWS));
          emitStoreLeaves(
            f,
            output,
            p.block,
            out,
            0,
            emitKeyOfSlot(f, code.key, code.layout, slot).slice(o.isUpdating ? 0 : 1),
          );
          f.set(out, out.add(1));
          f.set(left, left.sub(1n));
          f.set(count, count.sub(1n));
          f.store.i64(slot, count, offset);
        },
      );
    });
    f.store.i32(p.ctl, out, CTL_ROWS);
    f.store.i64(p.ctl, skip, CTL_SKIP);
    f.store.i64(p.ctl, left, CTL_LEFT);
    stage.end();
  });
}
