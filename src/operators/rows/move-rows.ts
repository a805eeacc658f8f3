/** Moves the rows of a selection side by side, a column at a time: an emitted routine for each size of cell. */
import { type Fn, fn, load, type Term } from "../../wasm/ir.ts";

export type CellBytes = 1 | 4 | 8 | 16;

/** Rows that are moved in one piece where they lie side by side. */
const BLOCK = 16;

function moveCell(f: Fn, bytes: CellBytes, to: Term, from: Term): void {
  switch (bytes) {
    case 1:
      return f.store.u8(to, load.u8(from));
    case 4:
      return f.store.i32(to, load.i32(from));
    case 8:
      return f.store.i64(to, load.i64(from));
    case 16:
      return f.store.v128(to, load.v128(from));
    default:
      return bytes satisfies never;
  }
}

/**
 * (to, from, selection, rows): cell `selection[i]` of `from` becomes cell i of `to`. The selection, u32, ascends without
 * repeats, so sixteen of its numbers are neighbours where the last is fifteen more than the first.
 */
const moveRowsOf = (bytes: CellBytes): Fn =>
  fn(
    `move_rows_${bytes}`,
    { to: "i32", from: "i32", selection: "i32", rows: "i32" },
    [],
    (f, { to, from, selection, rows }) => {
      const target = f.let("target", to);
      const at = f.let("at", selection);
      const end = f.let("end", selection.add(rows.shl(2)));
      const lastBlock = f.let("last_block", end.sub(4 * BLOCK));
      const row = f.local("row", "i32");
      const source = f.local("source", "i32");
      const take = (): void => {
        f.set(row, load.i32(at));
        f.set(source, from.add(row.mul(bytes)));
      };
      f.loop("blocks", (next, leave) => {
        leave(rows.lt(BLOCK).or(at.gtU(lastBlock)));
        take();
        f.if(
          load
            .i32(at, 4 * (BLOCK - 1))
            .sub(row)
            .eq(BLOCK - 1),
          () => {
            for (let offset = 0; offset < BLOCK * bytes; offset += 16) {
              f.store.v128(target, load.v128(source, offset), offset);
            }
            f.set(target, target.add(BLOCK * bytes));
            f.set(at, at.add(4 * BLOCK));
            next();
          },
        );
        // Where rows are missing others are likely to be: some go one by one before the next try.
        for (let i = 0; i < BLOCK / 4; i++) {
          if (i > 0) take();
          moveCell(f, bytes, target, source);
          f.set(target, target.add(bytes));
          f.set(at, at.add(4));
        }
        next();
      });
      f.while(
        "rest",
        () => at.ltU(end),
        () => {
          take();
          moveCell(f, bytes, target, source);
          f.set(target, target.add(bytes));
          f.set(at, at.add(4));
        },
      );
    },
  );

const routines: Readonly<Record<CellBytes, Fn>> = {
  1: moveRowsOf(1),
  4: moveRowsOf(4),
  8: moveRowsOf(8),
  16: moveRowsOf(16),
};

export function emitMoveRows(f: Fn, bytes: CellBytes, to: Term, from: Term, selection: Term, rows: Term): void {
  f.put({ s: "call", fn: routines[bytes], args: [to, from, selection, rows], locals: [] });
}
