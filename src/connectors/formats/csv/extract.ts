/**
 * Emits the extractor of a CSV file: one function that takes records from bytes into columns, field by field. A record
 * with something unusual (line ends or doubled quotes inside quotes, odd numbers) is listed for the exact decoder.
 */
import type { Leaf } from "../../../base/types.ts";
import { type Fn, fn, i32, load, type Term } from "../../../wasm/ir.ts";
import { once } from "../../../wasm/once.ts";
import { RECORD_BYTES_MAX } from "../../input/record-format.ts";
import { CR, type Cursor, LF, seekBytes, startsWith } from "../emit/cursor.ts";
import { EmittedRow } from "../emit/row.ts";
import { canRead, readValue } from "../emit/value.ts";
import type { EpochUnit } from "../time-text.ts";
import type { FieldNode } from "../tree.ts";
import type { CsvDialect } from "./decode.ts";

/** What an extractor is emitted for. */
export interface CsvShape {
  readonly leaves: readonly Leaf[];
  readonly needed: readonly boolean[];
  readonly unit: EpochUnit;
  readonly dialect: CsvDialect;
  /** By field: its column, and whether timestamps in it are numbers. */
  readonly fields: readonly { readonly node: FieldNode | undefined; readonly isNumber: boolean }[];
}

/** Whether an extractor can be emitted for the columns. */
export function canExtractCsv(leaves: readonly Leaf[], needed: readonly boolean[]): boolean {
  return leaves.every((leaf, i) => needed[i] !== true || leaf.type.kind === "VARCHAR" || canRead(leaf, "text"));
}

const parameters = { from: "i32", limit: "i32", row: "i32", rows_max: "i32", batch: "i32", flags: "i32" } as const;
const more = { starts: "i32", left_over: "i32" } as const;

/** (from, limit, row, rows_max, columns...) -> the address behind the last record, rows, how many are left over. */
export function emitCsvExtractor(shape: CsvShape): Fn {
  return fn("extract_csv", { ...parameters, ...more }, ["i32", "i32", "i32"], (f, p) => {
    const at = f.let("at", p.from);
    const start = f.local("start", "i32");
    const left = f.let("left", i32(0));
    const target = new EmittedRow(f, shape.leaves, shape.needed, p.batch, p.flags, p.row);
    f.loop("records", (_, leave) => {
      leave(at.geU(p.limit).or(p.row.ge(p.rows_max)));
      f.set(start, at);
      f.block("record", (taken) => {
        f.block("fields", (fail) => {
          const c: Cursor = { f, at, fail };
          if (shape.fields.length === 1) fail(load.u8(at).eq(LF).or(load.u8(at).eq(CR)));
          shape.fields.forEach((_field, i) => field(c, i, shape, target));
          fail(at.sub(start).gtU(RECORD_BYTES_MAX));
          taken();
        });
        f.set(at, f.call(recordEnd(shape.dialect), start, p.limit));
        // The record is not whole: it is taken when more of it has come.
        f.if(at.eqz(), () => f.return(start, p.row, left));
        const entry = f.let("entry", p.left_over.add(left.shl(3)));
        f.store.i32(entry, p.row);
        f.store.i32(entry, at, 4);
        f.set(left, left.add(1));
      });
      f.store.i32(p.starts.add(p.row.shl(2)), start);
      f.set(p.row, p.row.add(1));
    });
    f.return(at, p.row, left);
  });
}

function field(c: Cursor, index: number, shape: CsvShape, target: EmittedRow): void {
  const { f, at, fail } = c;
  const { delimiter, quote } = shape.dialect;
  const node = shape.fields[index]?.node;
  const isLast = index === shape.fields.length - 1;
  const isEnd = (): Term => {
    const byte = f.let("byte", load.u8(at));
    return isLast ? byte.eq(LF).or(byte.eq(CR)) : byte.eq(delimiter);
  };
  const isQuoted = f.let("quoted", load.u8(at).eq(quote));
  f.block("field", (done) => {
    if (node?.needed !== true) {
      f.if(isQuoted, () => {
        f.set(at, f.call(quotedEnd(quote), at.add(1)));
        fail(at.eqz());
        done();
      });
      return unquoted(c, shape.dialect, isLast);
    }
    f.if(isEnd(), () => {
      target.null(node.leaf, node.notNull);
      done();
    });
    nullText(c, node, shape, target, isEnd, done);
    f.set(at, at.add(isQuoted));
    value(c, index, shape, target, isQuoted, isLast);
    f.if(isQuoted, () => {
      fail(load.u8(at).ne(quote));
      f.set(at, at.add(1));
    });
  });
  if (isLast) f.set(at, at.add(load.u8(at).eq(CR)));
  fail(load.u8(at).ne(isLast ? LF : delimiter));
  f.set(at, at.add(1));
}

/** The null literal of the dialect, unquoted, as the whole field. */
function nullText(
  c: Cursor,
  node: FieldNode,
  shape: CsvShape,
  target: EmittedRow,
  isEnd: () => Term,
  done: () => void,
): void {
  const text = shape.dialect.nullText;
  if (text === undefined || text === "") return;
  const bytes = Buffer.from(text, "utf8");
  c.f.if(startsWith(c, bytes), () => {
    const from = c.f.let("null_text", c.at);
    c.f.set(c.at, c.at.add(bytes.length));
    c.f.if(isEnd(), () => {
      target.null(node.leaf, node.notNull);
      done();
    });
    c.f.set(c.at, from);
  });
}

/** Moves behind an unquoted field's content: to its delimiter or line end (CR LF: to the CR). */
function unquoted(c: Cursor, dialect: CsvDialect, isLast: boolean): void {
  const { f, at, fail } = c;
  seekBytes(c, [dialect.delimiter, dialect.quote, LF]);
  if (!isLast) return;
  fail(load.u8(at).ne(LF));
  f.set(at, at.sub(load.u8(at.sub(1)).eq(CR)));
}

function value(c: Cursor, index: number, shape: CsvShape, target: EmittedRow, isQuoted: Term, isLast: boolean): void {
  const { f, at, fail } = c;
  const { node, isNumber } = shape.fields[index] ?? { node: undefined, isNumber: false };
  const leaf = shape.leaves[node?.leaf ?? -1];
  if (node === undefined || leaf === undefined) return;
  if (leaf.type.kind !== "VARCHAR") {
    return readValue(c, target, node.leaf, leaf, isNumber ? "number" : "text", shape.unit);
  }
  const from = f.let("text", at);
  f.if(
    isQuoted,
    () => seekBytes(c, [shape.dialect.quote, LF]),
    () => unquoted(c, shape.dialect, isLast),
  );
  const length = f.let("length", at.sub(from));
  // Characters are counted by the exact decoder; so many bytes are at most as many characters.
  if (leaf.type.length !== undefined) fail(length.gtU(leaf.type.length));
  target.text(node.leaf, from, length);
}

/** Behind the closing quote of the content at `from`; 0 where a line end comes first. Doubled quotes are passed over. */
const quotedEnd = (quote: number): Fn =>
  once(`csv_quoted_end_${quote}`, (name) =>
    fn(name, { from: "i32" }, ["i32"], (f, { from }) => {
      const at = f.let("at", from);
      f.loop("quotes", (next) => {
        seekBytes({ f, at, fail: () => undefined }, [quote, LF]);
        f.if(load.u8(at).eq(LF), () => f.return(0));
        f.set(at, at.add(1));
        f.if(load.u8(at).ne(quote), () => f.return(at));
        f.set(at, at.add(1));
        next();
      });
      f.unreachable();
    }),
  );

/** Behind the line end outside quotes that ends the record at `from`; 0 where none comes before `limit`: csvRecordEnd. */
const recordEnd = ({ quote, delimiter }: CsvDialect): Fn =>
  once(`csv_record_end_${quote}_${delimiter}`, (name) =>
    fn(name, { from: "i32", limit: "i32" }, ["i32"], (f, { from, limit }) => {
      const bound = f.let("bound", from.add(RECORD_BYTES_MAX));
      f.if(limit.ltU(bound), () => f.set(bound, limit));
      const at = f.let("at", from);
      const inQuotes = f.let("in_quotes", i32(0));
      const atStart = f.let("at_start", i32(1));
      f.while(
        "bytes",
        () => at.ltU(bound),
        (next) => {
          const byte = f.let("byte", load.u8(at));
          f.set(at, at.add(1));
          f.if(inQuotes, () => {
            next(byte.ne(quote));
            const isDoubled = f.let("doubled", at.ltU(bound).and(load.u8(at).eq(quote)));
            f.set(at, at.add(isDoubled));
            f.set(inQuotes, isDoubled);
            next();
          });
          f.if(byte.eq(LF), () => f.return(at));
          f.set(inQuotes, atStart.and(byte.eq(quote)));
          f.set(atStart, byte.eq(delimiter));
        },
      );
      f.return(0);
    }),
  );
