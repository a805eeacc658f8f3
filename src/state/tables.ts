/** The driver's side of keyed tables (table.ts): allocates, grows, compacts and releases them. */

import { PIECE_BYTES } from "../wasm/memory/pieces.ts";
import type { EngineMemory, MemoryOwner } from "../wasm/memory.ts";
import {
  INDEX_ENTRY_BYTES,
  TABLE_ARENA_END,
  TABLE_ARENA_SLACK,
  TABLE_ARENA_TOP,
  TABLE_COUNT,
  TABLE_INDEX,
  TABLE_LIMIT,
  TABLE_MASK,
  TABLE_SLOTS,
  type TableCode,
} from "./table.ts";

export type TableFunctions = Readonly<Record<string, (...args: (number | bigint)[]) => unknown>>;

/** Share of the index's entries that may be taken: a smaller index, which stays in the caches, is worth longer probes. */
const LOAD_MAX = 0.75;
const ENTRIES_LEAST = 8;
const ARENA_GROWTH_MAX = 16 * 1024 * 1024;

/** How a block is divided: entries of the index, and slots that there is room for. */
interface Division {
  readonly bytes: number;
  readonly entries: number;
  readonly rows: number;
}

/** The index that leaves room for most slots. */
function divide(bytes: number, stride: number): Division {
  let best: Division = { bytes, entries: 0, rows: 0 };
  for (let entries = ENTRIES_LEAST; entries * INDEX_ENTRY_BYTES < bytes; entries *= 2) {
    const slots = Math.floor((bytes - entries * INDEX_ENTRY_BYTES) / stride);
    const rows = Math.min(slots, Math.floor(entries * LOAD_MAX));
    if (rows > best.rows) best = { bytes, entries, rows };
  }
  return best;
}

/** How full a table is, and when it is full: a copy that knows grows, and drops what died, at the same row. */
export interface TableFill {
  readonly rows: number;
  /** Slots at which it is full. */
  readonly limit: number;
  /** Bytes that strings take, those that nothing points to any more too. */
  readonly arenaBytes: number;
}

/** The least that one block of memory, of a power of two of pieces, holds `rows` slots in. */
function divisionFor(rows: number, stride: number): Division {
  let division = divide(PIECE_BYTES, stride);
  while (division.rows < rows) division = divide(2 * division.bytes, stride);
  return division;
}

/** Makes tables of one shape and remembers how large the last one became. */
export class TablePool {
  readonly code: TableCode;
  readonly memory: EngineMemory;
  readonly owner: MemoryOwner;
  readonly functions: TableFunctions;
  /** Rows put out may point to an arena until the end of the run. */
  readonly releaseArena: (address: number) => void;
  private lastRows = 0;
  private lastArenaBytes = 0;

  constructor(
    code: TableCode,
    memory: EngineMemory,
    owner: MemoryOwner,
    functions: TableFunctions,
    releaseArena: (address: number) => void,
  ) {
    this.code = code;
    this.memory = memory;
    this.owner = owner;
    this.functions = functions;
    this.releaseArena = releaseArena;
  }

  /** A table with its control block at `control`, as large as the last one became. `dies`: its slots can die. */
  open(control: number, dies = false): Table {
    return new Table(this, control, dies, this.lastRows, this.lastArenaBytes);
  }

  remember(rows: number, arenaBytes: number): void {
    this.lastRows = rows;
    this.lastArenaBytes = arenaBytes;
  }

  /** How large the last table became: rows, and bytes of strings. */
  get last(): readonly [rows: number, arenaBytes: number] {
    return [this.lastRows, this.lastArenaBytes];
  }

  run(name: "reindex" | "compact" | "alive", ...args: number[]): unknown {
    const f = this.functions[this.code[name].name];
    if (f === undefined) throw new TypeError(`${this.code[name].name} is not compiled`);
    return f(...args);
  }
}

export class Table {
  readonly control: number;
  private readonly pool: TablePool;
  /** Index and slots. */
  private block = 0;
  private arenas: number[] = [];
  /** Bytes of all arenas but the last. */
  private arenaBytesBefore = 0;

  private readonly dies: boolean;

  constructor(pool: TablePool, control: number, dies: boolean, rows: number, arenaBytes: number) {
    this.pool = pool;
    this.control = control;
    this.dies = dies;
    this.setBlock(rows);
    this.put(TABLE_COUNT, 0);
    this.put(TABLE_ARENA_TOP, 0);
    this.put(TABLE_ARENA_END, 0);
    if (arenaBytes > 0) this.addArena(arenaBytes);
  }

  get count(): number {
    return this.get(TABLE_COUNT);
  }
  /** Address of the first slot. */
  get slots(): number {
    return this.get(TABLE_SLOTS);
  }

  private get(word: number): number {
    return this.pool.memory.u32[(this.control + word) >>> 2] ?? 0;
  }
  private put(word: number, value: number): void {
    this.pool.memory.u32[(this.control + word) >>> 2] = value;
  }

  /** A new block, with an empty index, for at least `rows` slots, and one. */
  private setBlock(rows: number): void {
    const { memory, owner, code } = this.pool;
    const division = divisionFor(Math.max(1, rows), code.layout.stride);
    const indexBytes = division.entries * INDEX_ENTRY_BYTES;
    this.block = memory.allocatePiece(division.bytes, owner);
    memory.u8.fill(0, this.block, this.block + indexBytes);
    this.put(TABLE_INDEX, this.block);
    this.put(TABLE_MASK, division.entries - 1);
    this.put(TABLE_SLOTS, this.block + indexBytes);
    this.put(TABLE_LIMIT, division.rows);
  }

  /**
   * Makes room for more slots: twice as many, or as many without those that died. `relocateOthers` copies the strings of
   * slots outside the table to its new arena.
   */
  grow(relocateOthers?: () => void): void {
    if (this.dies) return this.compact(this.alive() + 1, relocateOthers);
    const { memory, code } = this.pool;
    const [block, slots] = [this.block, this.slots];
    this.setBlock(this.count + 1);
    memory.u8.copyWithin(this.slots, slots, slots + this.count * code.layout.stride);
    this.pool.run("reindex", this.control);
    memory.release(block);
  }

  /** How many slots are not dead. */
  alive(): number {
    return Number(this.pool.run("alive", this.control));
  }

  /** Drops dead slots, with room for half as many again as the `rows` live ones, and brings the strings into one arena. */
  compact(rows: number, relocateOthers?: () => void): void {
    const { memory } = this.pool;
    const [block, slots, count, arenas] = [this.block, this.slots, this.count, this.arenas];
    const bytes = this.arenaBytes();
    this.setBlock(Math.ceil(1.5 * rows));
    this.arenas = [];
    this.arenaBytesBefore = 0;
    this.put(TABLE_ARENA_TOP, 0);
    this.put(TABLE_ARENA_END, 0);
    if (bytes > 0) this.addArena(bytes);
    this.pool.run("compact", slots, count, this.control);
    relocateOthers?.();
    memory.release(block);
    for (const a of arenas) this.pool.releaseArena(a);
  }

  /** Bytes that strings take in the arenas. */
  arenaBytes(): number {
    const last = this.arenas.at(-1);
    return last === undefined ? 0 : this.arenaBytesBefore + this.get(TABLE_ARENA_TOP) - last;
  }

  /** Room for at least `bytes` more bytes of strings. */
  addArena(bytes: number): void {
    const { memory, owner } = this.pool;
    const used = this.arenaBytes();
    const wanted = Math.max(bytes, Math.min(used, ARENA_GROWTH_MAX)) + TABLE_ARENA_SLACK;
    const block = memory.allocatePiece(wanted, owner);
    this.arenaBytesBefore = used;
    this.arenas.push(block);
    this.put(TABLE_ARENA_TOP, block);
    this.put(TABLE_ARENA_END, block + memory.capacity(block) - TABLE_ARENA_SLACK);
  }

  get fill(): TableFill {
    return { rows: this.count, limit: this.get(TABLE_LIMIT), arenaBytes: this.arenaBytes() };
  }

  /** Empties the table and makes it one that is full at `limit` slots. Nothing points to its strings. */
  reopen(limit: number): void {
    this.pool.memory.release(this.block);
    for (const a of this.arenas) this.pool.memory.release(a);
    this.arenas = [];
    this.arenaBytesBefore = 0;
    this.setBlock(limit);
    for (const word of [TABLE_COUNT, TABLE_ARENA_TOP, TABLE_ARENA_END]) this.put(word, 0);
  }

  /** Slots were written as they lie: enters them into the index. `arenaBytes`: what the strings of the table they are of took. */
  settle(arenaBytes: number): void {
    this.pool.run("reindex", this.control);
    this.account(arenaBytes);
  }

  /** The strings count as so many bytes, whatever they take. */
  account(arenaBytes: number): void {
    if (arenaBytes > 0 && this.arenas.length === 0) this.addArena(1);
    this.arenaBytesBefore += arenaBytes - this.arenaBytes();
  }

  /** Gives the memory back. */
  release(): void {
    this.pool.remember(this.count, this.arenaBytes());
    this.pool.memory.release(this.block);
    for (const a of this.arenas) this.pool.releaseArena(a);
    this.arenas = [];
  }
}
