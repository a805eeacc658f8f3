/**
 * A block of linear memory where emitted code and chunks meet: the columns of up to BATCH_ROWS rows at fixed places, so
 * that emitted code needs one address. Of strings and blobs the block has the offsets; their bytes lie in an area of their
 * own, which grows. Header, words of 32 bits: rows; the column that has no room and how many bytes it wants in all; by
 * column of strings or blobs the address and size of its area; then numbers of 64 bits that are the same for many rows.
 */
import { BATCH_ROWS } from "../../base/batch.ts";
import type { Storage } from "../../base/types.ts";
import { cellAddress, loadParts, storeParts } from "../../expr/emit/values.ts";
import { type Fn, i32, load, type Term } from "../../wasm/ir.ts";
import type { EngineMemory, MemoryOwner } from "../../wasm/memory.ts";
import { emitCopyBytes } from "../keys.ts";
import { type StagedChunk, type StagedColumn, type StagedVector, stagedStorage } from "../snapshot/staged.ts";

export const BLOCK_ROWS = 0;
const WANTED_COLUMN = 4;
export const BLOCK_WANTED = 8;
const AREAS = 16;
const AREA_BYTES = 8;
/** Strings are copied in steps of eight. */
const COPY_SLACK = 8;
const AREA_BYTES_LEAST = 64 * 1024;
/** A chunk ends early where the strings of a column would take more than this; one string may. */
const AREA_BYTES_MAX = 4 * 1024 * 1024;

interface PlacedColumn {
  readonly storage: Exclude<Storage, "none">;
  /** Of values, or of offsets. */
  readonly data: number;
  readonly valid: number | undefined;
  /** Of the words that say where its bytes lie. */
  readonly area: number | undefined;
  readonly nullable: boolean;
}

export interface BlockLayout {
  readonly columns: readonly PlacedColumn[];
  /** Where the numbers begin that are the same for many rows. */
  readonly constants: number;
  /** Where the columns begin. */
  readonly data: number;
  readonly bytes: number;
}

const roundUp = (bytes: number): number => Math.ceil(bytes / 16) * 16;

export function blockLayout(columns: readonly StagedColumn[], constants = 0): BlockLayout {
  let at = AREAS;
  const take = (bytes: number): number => {
    const offset = at;
    at += roundUp(bytes);
    return offset;
  };
  const storages = columns.map((c) => stagedStorage(c.type));
  let areas = take(AREA_BYTES * storages.filter((s) => s === "bytes").length);
  const constantsAt = take(8 * constants);
  const dataAt = at;
  const placed = columns.map(({ nullable }, i): PlacedColumn => {
    const storage = storages[i] ?? "i64";
    const area = storage === "bytes" ? areas : undefined;
    if (storage === "bytes") areas += AREA_BYTES;
    const data = storage === "bytes" ? take(4 * (BATCH_ROWS + 1)) : take(cellBytes(storage) * BATCH_ROWS);
    return { storage, data, valid: nullable ? take(BATCH_ROWS) : undefined, area, nullable };
  });
  return { columns: placed, constants: constantsAt, data: dataAt, bytes: at };
}

const cellBytes = (storage: Exclude<Storage, "none" | "bytes">): number =>
  ({ i8: 1, i32: 4, i64: 8, i128: 16, f32: 4, f64: 8 })[storage];

/** A value of a row. `parts` as in expr/function.ts. */
export interface Cell {
  /** 1 where it is not NULL; undefined: always. Of a NULL the parts are zeros. */
  readonly valid?: Term | undefined;
  readonly parts: readonly Term[];
}

/** Writes row `row`, one cell a column. Where bytes find no room nothing has changed: `full` leaves. */
export function emitStoreCells(
  f: Fn,
  layout: BlockLayout,
  block: Term,
  row: Term,
  cells: readonly Cell[],
  full: () => void,
): void {
  const places = layout.columns.map((c, i) => emitPlaceBytes(f, c, i, block, row, cells[i], full));
  layout.columns.forEach((c, i) => {
    const cell = cells[i];
    if (cell === undefined) throw new TypeError("a row with fewer cells than columns");
    if (c.valid !== undefined) f.store.u8(block.add(row), cell.valid ?? 1, c.valid);
    const place = places[i];
    if (place === undefined)
      return storeParts(f, c.storage, cellAddress(block.add(c.data), c.storage, row), cell.parts);
    const [address, length] = cell.parts;
    if (address === undefined || length === undefined) throw new TypeError("bytes have an address and a length");
    emitCopyBytes(f, place.to, address, length);
    f.store.i32(block.add(row.shl(2)), place.end, c.data + 4);
  });
}

/** Where the bytes of a cell go, and the offset behind them. */
function emitPlaceBytes(
  f: Fn,
  c: PlacedColumn,
  index: number,
  block: Term,
  row: Term,
  cell: Cell | undefined,
  full: () => void,
): { readonly to: Term; readonly end: Term } | undefined {
  if (c.area === undefined) return undefined;
  const from = f.let("from", load.i32(block.add(row.shl(2)), c.data));
  const end = f.let("end", from.add(cell?.parts[1] ?? i32(0)));
  f.if(load.i32(block, c.area + 4).ltU(end.add(COPY_SLACK)), () => {
    f.store.i32(block, index, WANTED_COLUMN);
    f.store.i32(block, end.add(COPY_SLACK), BLOCK_WANTED);
    full();
  });
  return { to: f.let("to", load.i32(block, c.area).add(from)), end };
}

/** The cells of row `row`, bound. */
export function emitLoadCells(f: Fn, layout: BlockLayout, block: Term, row: Term): readonly Cell[] {
  return layout.columns.map((c): Cell => {
    const valid = c.valid === undefined ? undefined : f.let("valid", load.u8(block.add(row), c.valid));
    const bind = (parts: readonly Term[]): readonly Term[] => parts.map((t) => f.let("cell", t));
    if (c.area === undefined) {
      return { valid, parts: bind(loadParts(c.storage, cellAddress(block.add(c.data), c.storage, row))) };
    }
    const from = f.let("from", load.i32(block.add(row.shl(2)), c.data));
    const length = load.i32(block.add(row.shl(2)), c.data + 4).sub(from);
    return { valid, parts: bind([load.i32(block, c.area).add(from), length]) };
  });
}

/** The driver's side of a block. */
export class StagingBlock {
  readonly address: number;
  private readonly layout: BlockLayout;
  private readonly memory: EngineMemory;
  private readonly owner: MemoryOwner;

  constructor(layout: BlockLayout, memory: EngineMemory, owner: MemoryOwner) {
    this.layout = layout;
    this.memory = memory;
    this.owner = owner;
    this.address = memory.allocate(layout.bytes, owner);
    memory.u8.fill(0, this.address, this.address + layout.bytes);
  }

  private word(offset: number): number {
    return this.memory.u32[(this.address + offset) / 4] ?? 0;
  }
  private setWord(offset: number, value: number): void {
    this.memory.u32[(this.address + offset) / 4] = value;
  }

  get rows(): number {
    return this.word(BLOCK_ROWS);
  }
  get wanted(): number {
    return this.word(BLOCK_WANTED);
  }

  setConstants(values: readonly bigint[]): void {
    const at = (this.address + this.layout.constants) / 8;
    values.forEach((value, i) => {
      this.memory.i64[at + i] = value;
    });
  }

  /** After emitted code found no room for bytes: makes some. False: the chunk is to end before that row. */
  grow(): boolean {
    const column = this.layout.columns[this.word(WANTED_COLUMN)];
    if (this.wanted > AREA_BYTES_MAX && this.rows > 0) return false;
    if (column === undefined) throw new TypeError("no column wants room");
    const used = this.rows === 0 ? 0 : this.word(column.data + 4 * this.rows);
    this.setArea(column, this.wanted, used);
    return true;
  }

  private setArea({ area }: PlacedColumn, bytes: number, used: number): void {
    if (area === undefined) throw new TypeError("a column of numbers has no area");
    const before = this.word(area);
    const next = this.memory.allocate(Math.max(bytes, AREA_BYTES_LEAST, 2 * used), this.owner);
    this.memory.u8.copyWithin(next, before, before + used);
    if (before !== 0) this.memory.release(before);
    this.setWord(area, next);
    this.setWord(area + 4, this.memory.capacity(next));
  }

  /** The rows of the block, copied out into one buffer; it is empty then. */
  take(): StagedChunk {
    const { rows, layout } = this;
    const own = layout.columns.map((c) => this.sizes(c, rows));
    const total = own.reduce((n, { data, valid, area }) => n + roundUp(data) + roundUp(valid) + roundUp(area), 0);
    // A full block goes in one piece, as it lies.
    const whole = rows === BATCH_ROWS ? layout.bytes - layout.data : 0;
    const buffer = Buffer.allocUnsafeSlow(whole === 0 ? total : whole + own.reduce((n, s) => n + roundUp(s.area), 0));
    if (whole > 0) this.memory.copyOut(this.address + layout.data, whole, buffer, 0);
    let end = whole;
    const copied = (from: number, bytes: number): number => {
      const at = end;
      this.memory.copyOut(from, bytes, buffer, at);
      end += roundUp(bytes);
      return at;
    };
    const place = (offset: number, bytes: number): number =>
      whole > 0 ? offset - layout.data : copied(this.address + offset, bytes);
    const view = (at: number, bytes: number): Uint8Array => new Uint8Array(buffer.buffer, at, bytes);
    const vectors = layout.columns.map((c, i): StagedVector => {
      const { data, valid, area } = own[i] ?? { data: 0, valid: 0, area: 0 };
      const at = place(c.data, data);
      const validity = c.valid === undefined ? {} : { valid: view(place(c.valid, valid), valid) };
      if (c.area === undefined) return { data: view(at, data), ...validity };
      const bytes = view(copied(this.word(c.area), area), area);
      return { data: bytes, offsets: new Uint32Array(buffer.buffer, at, rows + 1), ...validity };
    });
    this.setWord(BLOCK_ROWS, 0);
    return { rows, vectors };
  }

  /** Bytes of a column's values or offsets, of its validity, and of its strings. */
  private sizes(
    c: PlacedColumn,
    rows: number,
  ): { readonly data: number; readonly valid: number; readonly area: number } {
    const valid = c.valid === undefined ? 0 : rows;
    if (c.storage !== "bytes") return { data: cellBytes(c.storage) * rows, valid, area: 0 };
    return { data: 4 * (rows + 1), valid, area: this.word(c.data + 4 * rows) };
  }

  /** Fills the block. Throws a RangeError where the chunk is not of its columns. */
  fill(chunk: StagedChunk): void {
    const { memory, address } = this;
    const { rows, vectors } = chunk;
    if (rows > BATCH_ROWS || vectors.length !== this.layout.columns.length)
      throw new RangeError("a chunk of other columns");
    this.layout.columns.forEach((c, i) => {
      const { data, offsets, valid } = vectors[i] ?? { data: new Uint8Array(0) };
      if (c.valid !== undefined && valid !== undefined) memory.u8.set(valid.subarray(0, rows), address + c.valid);
      else if (c.valid !== undefined) memory.u8.fill(1, address + c.valid, address + c.valid + rows);
      if (c.storage !== "bytes") {
        if (data.length !== rows * cellBytes(c.storage)) throw new RangeError("a vector of another length");
        memory.u8.set(data, address + c.data);
        return;
      }
      if (offsets?.length !== rows + 1 || (offsets[rows] ?? 0) > data.length)
        throw new RangeError("offsets do not fit");
      memory.u32.set(offsets, (address + c.data) / 4);
      if (this.word((c.area ?? 0) + 4) < data.length + COPY_SLACK) this.setArea(c, data.length + COPY_SLACK, 0);
      memory.u8.set(data, this.word(c.area ?? 0));
    });
    this.setWord(BLOCK_ROWS, rows);
  }

  release(): void {
    for (const { area } of this.layout.columns) {
      if (area !== undefined && this.word(area) !== 0) this.memory.release(this.word(area));
    }
    this.memory.release(this.address);
  }
}
