/**
 * The columns that stand for a slot of a keyed table, or for a record of the same form: its key as values of SQL, then
 * what an operator adds, then its fields in the types that are nearest to them.
 */
import { BIGINT, DOUBLE, INT, type Leaf, VARCHAR } from "../../base/types.ts";
import type { Emitted } from "../../expr/function.ts";
import { type Fn, i32, load, select, type Term } from "../../wasm/ir.ts";
import {
  emitCopyBytes,
  emitKey,
  emitKeyOfSlot,
  emitKeyStore,
  type KeyForm,
  type KeyShape,
  type KeyTerms,
} from "../keys.ts";
import { fieldBytes, type Layout, type PlacedField } from "../layout.ts";
import type { StagedColumn, StagedType } from "../snapshot/staged.ts";
import type { Cell } from "./block.ts";

/** A column that an operator makes of what a slot holds, or knows of it. */
export interface OwnColumn {
  readonly column: StagedColumn;
  /** `slots`: of a table the first slot, of records 0. */
  load(f: Fn, slot: Term, slots: Term): Cell;
  /** Undefined: what it says is known otherwise. */
  readonly store?: (f: Fn, slot: Term, cell: Cell, slots: Term) => void;
}

export interface SlotColumns {
  readonly key: KeyShape;
  readonly layout: Layout;
  /** Of key leaves, in order. Default: their paths. */
  readonly keyNames?: readonly string[];
  /** Instead of the first leaf of the key, an INT: what it holds is an address. */
  readonly group?: { readonly name: string; load(f: Fn, key: Term): Term; store(f: Fn, number: Term): Term };
  readonly own?: readonly OwnColumn[];
  /** The name of a field; undefined: it is not saved, and zero in a slot that is restored. */
  nameOf(field: string): string | undefined;
  readonly form: KeyForm & { readonly seed: bigint };
}

const blob: StagedType = { kind: "blob" };
const sql = (type: typeof INT): StagedType => ({ kind: "sql", type });

/** Suffix of the column that says how much room a string has: what is stored next reuses it. */
const ROOM = "_room";

export function stagedLeaf({ path, type, nullable }: Leaf): StagedColumn {
  return { name: path.join("."), type: { kind: "sql", type }, nullable };
}

function keyColumns(o: SlotColumns): readonly StagedColumn[] {
  return o.key.columns.map(({ leaf }, i) => {
    if (i === 0 && o.group !== undefined) return { name: o.group.name, type: sql(INT), nullable: false, key: true };
    const column = stagedLeaf(leaf);
    return { ...column, name: o.keyNames?.[i] ?? column.name, key: true };
  });
}

const fieldTypes: Readonly<Record<string, StagedType>> = {
  i32: sql(INT),
  i64: sql(BIGINT),
  f64: sql(DOUBLE),
  i128: { kind: "hugeint" },
  bytes: sql(VARCHAR),
};

/** The fields that are saved, without the key's. */
function savedFields(o: SlotColumns): readonly (PlacedField & { readonly column: string })[] {
  const keys = new Set(o.key.fields.map((k) => k.name));
  return o.layout.fields.flatMap((field) => {
    const column = keys.has(field.name) ? undefined : o.nameOf(field.name);
    return column === undefined ? [] : [{ ...field, column }];
  });
}

export function columnsOfSlot(o: SlotColumns): readonly StagedColumn[] {
  const fields = savedFields(o).flatMap(({ column: name, type }): StagedColumn[] => {
    const column = { name, type: fieldTypes[type] ?? blob, nullable: false };
    return type === "bytes" ? [column, { name: `${name}${ROOM}`, type: sql(INT), nullable: false }] : [column];
  });
  return [...keyColumns(o), ...(o.own ?? []).map((c) => c.column), ...fields];
}

/** The cells of a slot, in the order of its columns. */
export function emitCellsOfSlot(f: Fn, o: SlotColumns, slot: Term, slots: Term = i32(0)): readonly Cell[] {
  const keys = emitKeyOfSlot(f, o.key, o.layout, slot).map(({ type, valid, parts }, i): Cell => {
    const [a] = parts;
    if (i === 0 && o.group !== undefined && a !== undefined) return { parts: [f.let("group", o.group.load(f, a))] };
    return { valid, parts: type.kind === "ROW" ? [valid ?? i32(1)] : parts };
  });
  const own = (o.own ?? []).map((c) => c.load(f, slot, slots));
  return [...keys, ...own, ...savedFields(o).flatMap((field) => cellsOfField(f, field, slot))];
}

function cellsOfField(f: Fn, { type, offset }: PlacedField, slot: Term): readonly Cell[] {
  const bound = (t: Term): Cell => ({ parts: [f.let("field", t)] });
  switch (type) {
    case "i32":
      return [bound(load.i32(slot, offset))];
    case "i64":
      return [bound(load.i64(slot, offset))];
    case "f64":
      return [bound(load.f64(slot, offset))];
    case "i128":
      return [{ parts: [load.i64(slot, offset), load.i64(slot, offset + 8)].map((t) => f.let("field", t)) }];
    case "bytes": {
      const text = [load.i32(slot, offset), load.i32(slot, offset + 4)].map((t) => f.let("text", t));
      return [{ parts: text }, bound(load.i32(slot, offset + 8))];
    }
    default:
      return [{ parts: [f.let("field", slot.add(offset)), i32(fieldBytes(type))] }];
  }
}

/** A row that has been read: what a slot is made of. */
export interface SlotCells {
  readonly key: KeyTerms;
  readonly own: readonly Cell[];
  readonly fields: readonly Cell[];
  /** Bytes that its strings take; undefined where it has none. */
  readonly bytes: Term | undefined;
}

export function emitSlotCells(f: Fn, o: SlotColumns, cells: readonly Cell[]): SlotCells {
  const keys = o.key.columns.map(({ leaf }, i): Emitted => {
    const { valid, parts } = cells[i] ?? { parts: [] };
    const [a] = parts;
    if (i === 0 && o.group !== undefined && a !== undefined) {
      return { type: leaf.type, valid: undefined, parts: [f.let("group", o.group.store(f, a))] };
    }
    return { type: leaf.type, valid, parts: leaf.storage === "none" ? [] : parts };
  });
  const key = emitKey(f, o.key, keys, o.form.seed, { ...o.form, asIs: true });
  const ownFrom = o.key.columns.length;
  const fieldsFrom = ownFrom + (o.own?.length ?? 0);
  let bytes = key.stringBytes;
  let at = fieldsFrom;
  for (const { type } of savedFields(o)) {
    if (type === "bytes") {
      const room = f.let("room", roomOf(cells, at));
      bytes = bytes === undefined ? room : bytes.add(room);
    }
    at += type === "bytes" ? 2 : 1;
  }
  const total = bytes === undefined ? undefined : f.let("strings", bytes);
  return { key, own: cells.slice(ownFrom, fieldsFrom), fields: cells.slice(fieldsFrom), bytes: total };
}

/** Room that a string of a state is given: what it had, and as much as it takes. */
function roomOf(cells: readonly Cell[], at: number): Term {
  const [length, room] = [cells[at]?.parts[1] ?? i32(0), cells[at + 1]?.parts[0] ?? i32(0)];
  return select(room.gtU(length), room, length);
}

/** Writes a slot whose bytes are zero but for its tag; strings go to `top` (a local), which moves on. */
export function emitStoreSlot(f: Fn, o: SlotColumns, slot: Term, cells: SlotCells, top: Term, slots: Term): void {
  emitKeyStore(f, o.key, o.layout, slot, cells.key, top);
  emitStoreFields(f, o, slot, cells, top, slots);
}

/** The same without the key. */
export function emitStoreFields(
  f: Fn,
  o: SlotColumns,
  slot: Term,
  cells: SlotCells,
  top: Term,
  slots: Term = i32(0),
): void {
  (o.own ?? []).forEach((c, i) => {
    const cell = cells.own[i];
    if (cell !== undefined) c.store?.(f, slot, cell, slots);
  });
  let at = 0;
  for (const { type, offset } of savedFields(o)) {
    const [a, b] = cells.fields[at]?.parts ?? [];
    if (a === undefined) throw new TypeError("a row with fewer cells than fields");
    storeField(f, type, slot, offset, a, b);
    if (type === "bytes") {
      const length = b ?? i32(0);
      f.store.i32(slot, top, offset);
      f.store.i32(slot, cells.fields[at + 1]?.parts[0] ?? 0, offset + 8);
      emitCopyBytes(f, top, a, length);
      f.set(top, top.add(roomOf(cells.fields, at)));
    }
    at += type === "bytes" ? 2 : 1;
  }
}

function storeField(f: Fn, type: PlacedField["type"], slot: Term, offset: number, a: Term, b: Term | undefined): void {
  switch (type) {
    case "i32":
      return f.store.i32(slot, a, offset);
    case "i64":
      return f.store.i64(slot, a, offset);
    case "f64":
      return f.store.f64(slot, a, offset);
    case "i128":
      f.store.i64(slot, a, offset);
      return f.store.i64(slot, b ?? 0n, offset + 8);
    case "bytes":
      return f.store.i32(slot, b ?? 0, offset + 4);
    default:
      return emitCopyBytes(f, slot.add(offset), a, i32(fieldBytes(type)));
  }
}
