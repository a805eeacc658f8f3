/** Emitted decoders of one value by the type of its column. Whatever is unusual gives the record up. */
import type { Leaf } from "../../../base/types.ts";
import { type Fn, i32, type Term } from "../../../wasm/ir.ts";
import { emitFloorMod } from "../../../wasm/library/calendar.ts";
import type { EpochUnit } from "../time-text.ts";
import { TIMESTAMP_MAX, TIMESTAMP_MIN } from "../time-text.ts";
import { type Cursor, isAt } from "./cursor.ts";
import { readDouble, readInteger, readUnscaled } from "./numbers.ts";
import type { EmittedRow } from "./row.ts";
import { dateAt, NO_DATE, stampAt } from "./times.ts";

/** What stands at the cursor: a bare number, true or false, or the content of a string or CSV field. */
export type ValueForm = "number" | "boolean" | "text";

/** Whether `readValue` knows the type in this form; strings are the formats' business. */
export function canRead(leaf: Leaf, form: ValueForm): boolean {
  switch (leaf.type.kind) {
    case "BOOLEAN":
      return form !== "number";
    case "DATE":
      return form === "text";
    case "TINYINT":
    case "SMALLINT":
    case "INT":
    case "BIGINT":
    case "FLOAT":
    case "DOUBLE":
    case "DECIMAL":
    case "TIMESTAMP":
    case "TIMESTAMP_LTZ":
      return form !== "boolean";
    case "CHAR":
    case "VARCHAR":
    case "ROW":
    case "INTERVAL_DAY":
    case "INTERVAL_MONTH":
    case "NULL":
      return false;
    default:
      return leaf.type satisfies never;
  }
}

/** Reads the value at the cursor into the row, and moves behind it. What follows is for the caller to check. */
export function readValue(
  c: Cursor,
  row: EmittedRow,
  index: number,
  leaf: Leaf,
  form: ValueForm,
  unit: EpochUnit,
): void {
  const { type } = leaf;
  switch (type.kind) {
    case "BOOLEAN": {
      const isTrue = c.f.let("is_true", isAt(c, "true"));
      c.fail(isTrue.or(isAt(c, "false")).eqz());
      row.u8(index, isTrue);
      return c.f.set(c.at, c.at.add(i32(5).sub(isTrue)));
    }
    case "TINYINT":
    case "SMALLINT":
    case "INT":
    case "BIGINT":
      return row.integer(index, readInteger(c), c.fail);
    case "FLOAT":
    case "DOUBLE":
      return row.double(index, readDouble(c), c.fail);
    case "DECIMAL":
      return row.decimal(index, readUnscaled(c, type.precision, type.scale));
    case "DATE":
      return row.i32(index, readDate(c));
    case "TIMESTAMP":
    case "TIMESTAMP_LTZ":
      return row.i64(index, form === "text" ? readStamp(c, row, type.precision) : readEpoch(c, unit, type.precision));
    case "CHAR":
    case "VARCHAR":
    case "ROW":
    case "INTERVAL_DAY":
    case "INTERVAL_MONTH":
    case "NULL":
      throw new TypeError(`no emitted decoder for ${type.kind}`);
    default:
      return type satisfies never;
  }
}

function cut(f: Fn, micros: Term, precision: number): Term {
  return precision >= 6 ? micros : f.let("cut", micros.sub(emitFloorMod(f, micros, 10n ** BigInt(6 - precision))));
}

/** An ISO timestamp; text that begins otherwise (epoch numbers in strings and CSV fields) is not for here. */
function readStamp(c: Cursor, row: EmittedRow, precision: number): Term {
  const { f, at, fail } = c;
  const { micros, next } = f.callNamed(["micros", "next"], stampAt(precision), at, row.stampCache);
  fail(next.eqz());
  f.set(at, next);
  return micros;
}

function readEpoch(c: Cursor, unit: EpochUnit, precision: number): Term {
  const { f, fail } = c;
  const value = readInteger(c);
  const micros = f.local("micros", "i64");
  if (unit === "ns") {
    f.set(micros, value.sub(emitFloorMod(f, value, 1000n)).div(1000n));
  } else {
    const factor = { s: 1_000_000n, ms: 1000n, us: 1n }[unit];
    // Before multiplying: 18 digits times a million would overflow.
    fail(value.lt(TIMESTAMP_MIN / factor).or(value.gt(TIMESTAMP_MAX / factor)));
    f.set(micros, value.mul(factor));
  }
  const digits = { s: 0, ms: 3, us: 6, ns: 6 }[unit];
  return precision >= digits ? micros : cut(f, micros, precision);
}

function readDate(c: Cursor): Term {
  const days = c.f.let("days", c.f.call(dateAt, c.at));
  c.fail(days.eq(NO_DATE));
  c.f.set(c.at, c.at.add(10));
  return days;
}
