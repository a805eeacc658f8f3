/**
 * Emits the extractor of a set of layouts: one function that takes records from bytes into columns. A record that
 * matches no layout, or holds something unusual, keeps its row and is listed for the exact decoder.
 */
import type { Leaf } from "../../../base/types.ts";
import { type Fn, fn, i32, load, type Term } from "../../../wasm/ir.ts";
import { RECORD_BYTES_MAX } from "../../input/record-format.ts";
import type { BatchColumns } from "../columns.ts";
import {
  type Cursor,
  eightDigits,
  expectBytes,
  isAt,
  MINUS,
  nextLine,
  QUOTE,
  seekStringEnd,
  skipBy,
  skipNested,
  skipStringRest,
  skipValue,
} from "../emit/cursor.ts";
import { readDecimal } from "../emit/numbers.ts";
import { EmittedRow } from "../emit/row.ts";
import { canRead, readValue } from "../emit/value.ts";
import type { EpochUnit } from "../time-text.ts";
import type { FieldNode } from "../tree.ts";
import type { JsonForm, Layout, LayoutStep } from "./layout.ts";

/** What an extractor needs to know of the table. */
export interface ExtractorShape {
  readonly leaves: readonly Leaf[];
  readonly needed: readonly boolean[];
  readonly unit: EpochUnit;
}

/** CHAR counts and fills up characters, which is left to the exact decoder. */
const isString = (leaf: Leaf): boolean => leaf.type.kind === "VARCHAR";

/** Whether an extractor can be emitted for the layout. */
export function canExtract(layout: Layout, leaves: readonly Leaf[]): boolean {
  return layout.steps.every((step) => {
    const leaf = step.step === "value" ? leaves[step.node.leaf] : undefined;
    if (leaf === undefined || step.step !== "value") return true;
    return isString(leaf) || canRead(leaf, step.form === "string" ? "text" : step.form);
  });
}

const parameters = { from: "i32", limit: "i32", row: "i32", rows_max: "i32", batch: "i32", flags: "i32" } as const;
const more = { starts: "i32", left_over: "i32" } as const;

/** (from, limit, row, rows_max, columns...) -> the address behind the last record, rows, how many are left over. */
export function emitJsonExtractor(layouts: readonly Layout[], shape: ExtractorShape): Fn {
  return fn("extract_json", { ...parameters, ...more }, ["i32", "i32", "i32"], (f, p) => {
    const at = f.let("at", p.from);
    const start = f.local("start", "i32");
    const left = f.let("left", i32(0));
    /** Whether a NULL was written for the present record: a layout that then gives up takes it back. */
    const touched = f.local("touched", "i32");
    const target = new EmittedRow(f, shape.leaves, shape.needed, p.batch, p.flags, p.row);
    f.loop("records", (_, leave) => {
      leave(at.geU(p.limit).or(p.row.ge(p.rows_max)));
      f.set(start, at);
      f.set(touched, 0);
      f.store.i32(p.starts.add(p.row.shl(2)), start);
      f.block("record", (taken) => {
        layouts.forEach((layout, i) => {
          f.block(`layout_${i}`, (fail) => {
            f.set(at, start);
            emitLayout({ f, at, fail }, layout, shape, target, touched);
            fail(at.sub(start).gtU(RECORD_BYTES_MAX));
            for (const step of layout.steps) if (step.step === "null") nulls(step.node, shape, target);
            taken();
          });
          f.if(touched, () => {
            for (const step of layout.steps) if (step.step === "value") target.valid(step.node.leaf);
            f.set(touched, 0);
          });
        });
        f.set(at, f.call(nextLine, start));
        const entry = f.let("entry", p.left_over.add(left.shl(3)));
        f.store.i32(entry, p.row);
        f.store.i32(entry, at, 4);
        f.set(left, left.add(1));
      });
      f.set(p.row, p.row.add(1));
    });
    f.return(at, p.row, left);
  });
}

function emitLayout(c: Cursor, layout: Layout, shape: ExtractorShape, target: EmittedRow, touched: Term): void {
  layout.steps.forEach((step, i) => {
    switch (step.step) {
      case "bytes":
        return expectBytes(c, step.bytes);
      case "skip":
        return skip(c, step.form, firstByte(layout.steps[i + 1]));
      case "null":
        return; // Written at the end, when the layout is known to match.
      case "value":
        return value(c, step.node, step.form, shape, target, touched);
      default:
        return step satisfies never;
    }
  });
}

const firstByte = (step: LayoutStep | undefined): number => (step?.step === "bytes" ? (step.bytes[0] ?? 0) : 0);

/** Moves over a value that is not read; `next`: the byte that should follow it. */
function skip(c: Cursor, form: JsonForm | "nested", next: number): void {
  const { f, at } = c;
  if (form === "boolean") return skipBy(c, skipValue);
  const from = f.let("value", at);
  f.block("skipped", (done) => {
    if (form === "string") {
      f.if(load.u8(at).eq(QUOTE), () => {
        f.set(at, at.add(1));
        seekStringEnd(c);
        f.if(load.u8(at).eq(QUOTE), () => {
          f.set(at, at.add(1));
          done();
        });
        skipBy(c, skipStringRest);
        done();
      });
    } else if (form === "number") {
      f.set(at, at.add(load.u8(at).eq(MINUS)));
      const { count } = eightDigits(f, at);
      f.set(at, at.add(count));
      // What follows is checked by the bytes that the layout has next; an empty value would pass them too.
      done(load.u8(at).eq(next).and(at.gtU(from)));
      f.set(at, from);
    } else {
      f.if(load.u8(at).or(0x20).eq(0x7b), () => {
        skipBy(c, skipNested);
        done();
      });
    }
    skipBy(c, skipValue);
  });
}

function nulls(node: FieldNode, shape: ExtractorShape, target: EmittedRow): void {
  for (let leaf = node.leaf; leaf < node.leafEnd; leaf++)
    if (shape.needed[leaf] === true) target.null(leaf, node.notNull);
}

function value(
  c: Cursor,
  node: FieldNode,
  form: JsonForm,
  shape: ExtractorShape,
  target: EmittedRow,
  touched: Term,
): void {
  const { f } = c;
  const leaf = shape.leaves[node.leaf];
  if (leaf === undefined) return;
  f.block("value", (done) => {
    // Of what a value may begin with only null has an n.
    f.if(load.u8(c.at).eq(0x6e), () => {
      c.fail(isAt(c, "null").eqz());
      f.set(c.at, c.at.add(4));
      target.null(node.leaf, node.notNull);
      f.set(touched, 1);
      done();
    });
    if (form === "string") {
      c.fail(load.u8(c.at).ne(QUOTE));
      f.set(c.at, c.at.add(1));
    }
    if (isString(leaf)) return text(c, leaf, node.leaf, form, target);
    readValue(c, target, node.leaf, leaf, form === "string" ? "text" : form, shape.unit);
    if (form === "string") {
      c.fail(load.u8(c.at).ne(QUOTE));
      f.set(c.at, c.at.add(1));
    }
  });
}

/** A string, or a number or boolean as its text stands in the record. */
function text(c: Cursor, leaf: Leaf, index: number, form: JsonForm, target: EmittedRow): void {
  const { f, at, fail } = c;
  const from = f.let("text", at);
  if (form === "string") {
    seekStringEnd(c);
    fail(load.u8(at).ne(QUOTE));
  } else if (form === "number") {
    const { next } = f.callNamed(["magnitude", "digits", "negative", "next"], readDecimal, at);
    fail(next.eqz());
    f.set(at, next);
  } else {
    const isTrue = f.let("is_true", isAt(c, "true"));
    fail(isTrue.or(isAt(c, "false")).eqz());
    f.set(at, at.add(i32(5).sub(isTrue)));
  }
  const length = f.let("length", at.sub(from));
  refuseLength(leaf, length, fail);
  target.text(index, from, length);
  if (form === "string") f.set(at, at.add(1));
}

/** Characters are counted by the exact decoder; so many bytes are at most as many characters. */
export function refuseLength(leaf: Leaf, length: Term, fail: Cursor["fail"]): void {
  if (leaf.type.kind === "VARCHAR" && leaf.type.length !== undefined) fail(length.gtU(leaf.type.length));
}

/** How an extractor is called over the columns of a reader. */
export function extractorArguments(columns: BatchColumns): readonly number[] {
  return [columns.descriptor, columns.flags, columns.starts, columns.leftOver];
}
