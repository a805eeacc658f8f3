/** Emitted code that sorts a list of slots by columns of their keys: a merge sort from the bottom up, which keeps ties in order. */
import type { KeyColumn, KeyShape } from "../../state/keys.ts";
import { fieldOf, type Layout } from "../../state/layout.ts";
import { type Fn, fn, i32, load, select, type Term } from "../../wasm/ir.ts";
import { bytesCompare } from "../../wasm/library/bytes.ts";
import { less128 } from "../../wasm/library/int128.ts";

const isNull = (layout: Layout, slot: Term, bit: number): Term =>
  load
    .i32(slot, fieldOf(layout, `nulls${Math.floor(bit / 32)}`).offset)
    .shrU(bit % 32)
    .and(1);

/** How slots are ordered by one column. */
export interface ColumnOrder {
  readonly column: KeyColumn;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}

/** Ascending, NULLs last (E7). */
const ascending = (column: KeyColumn): ColumnOrder => ({ column, descending: false, nullsFirst: false });

/** Returns from the function where the two slots differ in this column. */
function emitCompareColumn(f: Fn, layout: Layout, order: ColumnOrder, a: Term, b: Term): void {
  const { column: c, descending, nullsFirst } = order;
  const decideBy = (isFirst: Term, isSecond: Term): void => {
    f.if(isFirst, () => f.return(1));
    f.if(isSecond, () => f.return(0));
  };
  const decide = (isLess: Term, isGreater: Term): void =>
    descending ? decideBy(isGreater, isLess) : decideBy(isLess, isGreater);
  const bit = c.nullBit;
  if (bit !== undefined) {
    const [x, y] = [f.let("null_a", isNull(layout, a, bit)), f.let("null_b", isNull(layout, b, bit))];
    if (nullsFirst) decideBy(x.gt(y), x.lt(y));
    else decideBy(x.lt(y), x.gt(y));
  }
  if (c.field === undefined) return;
  const { offset, type } = fieldOf(layout, c.field);
  switch (type) {
    case "text": {
      const compared = f.let(
        "compared",
        f.call(
          bytesCompare,
          load.i32(a, offset + 4),
          load.i32(a, offset),
          load.i32(b, offset + 4),
          load.i32(b, offset),
        ),
      );
      return decide(compared.lt(0), compared.gt(0));
    }
    case "f64": {
      const [x, y] = [f.let("x", load.f64(a, offset)), f.let("y", load.f64(b, offset))];
      const less = (p: Term, q: Term): Term => p.lt(q).or(q.ne(q).and(p.eq(p)));
      return decide(less(x, y), less(y, x));
    }
    case "i128": {
      const [x, y] = [a, b].map((s) => ({
        lo: f.let("lo", load.i64(s, offset)),
        hi: f.let("hi", load.i64(s, offset + 8)),
      }));
      if (x === undefined || y === undefined) throw new TypeError("two slots are compared");
      return decide(less128(x, y), less128(y, x));
    }
    case "i32": {
      const [x, y] = [f.let("x", load.i32(a, offset)), f.let("y", load.i32(b, offset))];
      return decide(x.lt(y), x.gt(y));
    }
    default: {
      const [x, y] = [f.let("x", load.i64(a, offset)), f.let("y", load.i64(b, offset))];
      return decide(x.lt(y), x.gt(y));
    }
  }
}

/** (a, b) -> 1 where slot a comes before slot b; the i64 fields `before` decide before the key. */
export function slotBeforeFn(name: string, shape: KeyShape, layout: Layout, ...before: readonly string[]): Fn {
  return fn(name, { a: "i32", b: "i32" }, ["i32"], (f, { a, b }) => {
    for (const first of before) {
      const { offset } = fieldOf(layout, first);
      const [x, y] = [f.let("first_a", load.i64(a, offset)), f.let("first_b", load.i64(b, offset))];
      f.if(x.ne(y), () => f.return(x.lt(y)));
    }
    for (const c of shape.columns) emitCompareColumn(f, layout, ascending(c), a, b);
    f.return(0);
  });
}

/** (a, b) -> 1 where slot a comes before slot b by these columns. */
export function slotOrderFn(name: string, layout: Layout, columns: readonly ColumnOrder[]): Fn {
  return fn(name, { a: "i32", b: "i32" }, ["i32"], (f, { a, b }) => {
    for (const c of columns) emitCompareColumn(f, layout, c, a, b);
    f.return(0);
  });
}

/** (list, scratch, n) -> the one of the two that holds the sorted list. Each has room for n addresses. */
export function sortSlotsFn(name: string, before: Fn): Fn {
  return fn(name, { list: "i32", scratch: "i32", n: "i32" }, ["i32"], (f, { list, scratch, n }) => {
    const width = f.let("width", i32(1));
    const from = f.let("from", list);
    const to = f.let("to", scratch);
    f.while(
      "widths",
      () => width.ltU(n),
      () => {
        const lo = f.let("lo", i32(0));
        f.while(
          "pairs",
          () => lo.ltU(n),
          () => {
            emitMergeRuns(f, before, from, to, lo, width, n);
            f.set(lo, lo.add(width.shl(1)));
          },
        );
        const other = f.let("other", from);
        f.set(from, to);
        f.set(to, other);
        f.set(width, width.shl(1));
      },
    );
    f.return(from);
  });
}

function emitMergeRuns(f: Fn, before: Fn, from: Term, to: Term, lo: Term, width: Term, n: Term): void {
  const least = (x: Term): Term => select(x.ltU(n), x, n);
  const middle = f.let("middle", least(lo.add(width)));
  const end = f.let("end", least(lo.add(width.shl(1))));
  const i = f.let("i", lo);
  const j = f.let("j", middle);
  const out = f.let("out", lo);
  f.while(
    "merge",
    () => out.ltU(end),
    () => {
      const takesRight = f.let("takes_right", i.geU(middle));
      f.if(i.ltU(middle).and(j.ltU(end)), () => {
        f.set(takesRight, f.call(before, load.i32(from.add(j.shl(2))), load.i32(from.add(i.shl(2)))));
      });
      f.store.i32(to.add(out.shl(2)), load.i32(from.add(select(takesRight, j, i).shl(2))));
      f.set(j, j.add(takesRight));
      f.set(i, i.add(takesRight.eqz()));
      f.set(out, out.add(1));
    },
  );
}
