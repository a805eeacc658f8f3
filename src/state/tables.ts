/** The driver's side of keyed tables (table.ts): allocates, grows, compacts and releases them. */
import type { EngineMemory, MemoryOwner } from "../wasm/memory.ts";
import { RUN_BYTES } from "../wasm/memory.ts";
import {
  TABLE_ARENA_END,
  TABLE_ARENA_SLACK,
  TABLE_ARENA_TOP,
  TABLE_COUNT,
  TABLE_LIMIT,
  TABLE_MASK,
  TABLE_SLOTS,
  type TableCode,
} from "./table.ts";

export type TableFunctions = Readonly<Record<string, (...args: (number | bigint)[]) => unknown>>;

/** Share of the slots that may be taken: fewer slots, which stay in the caches, are worth longer probes. */
const LOAD_MAX = 0.75;
const ARENA_GROWTH_MAX = 16 * 1024 * 1024;

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

  run(name: "clear" | "rehash" | "compact" | "relocate" | "alive", ...args: number[]): unknown {
    const f = this.functions[this.code[name].name];
    if (f === undefined) throw new TypeError(`${this.code[name].name} is not compiled`);
    return f(...args);
  }
}

export class Table {
  readonly control: number;
  private readonly pool: TablePool;
  private slotsBlock = 0;
  private arenas: number[] = [];
  /** Bytes of all arenas but the last. */
  private arenaBytesBefore = 0;

  private readonly dies: boolean;

  constructor(pool: TablePool, control: number, dies: boolean, rows: number, arenaBytes: number) {
    this.pool = pool;
    this.control = control;
    this.dies = dies;
    this.setSlots(this.capacityFor(rows));
    this.put(TABLE_COUNT, 0);
    this.put(TABLE_ARENA_TOP, 0);
    this.put(TABLE_ARENA_END, 0);
    if (arenaBytes > 0) this.addArena(arenaBytes);
  }

  get count(): number {
    return this.get(TABLE_COUNT);
  }
  get slots(): number {
    return this.slotsBlock;
  }
  /** How many slots there are, empty ones too. */
  get capacity(): number {
    return this.get(TABLE_MASK) + 1;
  }

  private get(word: number): number {
    return this.pool.memory.u32[(this.control + word) >>> 2] ?? 0;
  }
  private put(word: number, value: number): void {
    this.pool.memory.u32[(this.control + word) >>> 2] = value;
  }

  /** At least what fills one run of memory, not fuller than LOAD_MAX. */
  private capacityFor(rows: number): number {
    const least = 2 ** Math.floor(Math.log2(RUN_BYTES / this.pool.code.layout.stride));
    let capacity = Math.max(8, least);
    while (capacity * LOAD_MAX < rows) capacity *= 2;
    return capacity;
  }

  private setSlots(capacity: number): void {
    const { memory, owner, code } = this.pool;
    const bytes = capacity * code.layout.stride;
    this.slotsBlock = memory.allocate(bytes, owner);
    this.pool.run("clear", this.slotsBlock, bytes);
    this.put(TABLE_SLOTS, this.slotsBlock);
    this.put(TABLE_MASK, capacity - 1);
    this.put(TABLE_LIMIT, Math.floor(capacity * LOAD_MAX));
  }

  /**
   * Makes room for more slots: twice as many, or as many without those that died. `relocateOthers` copies the strings of
   * slots outside the table to its new arena.
   */
  grow(relocateOthers?: () => void): void {
    const { memory } = this.pool;
    const [old, count] = [this.slotsBlock, this.capacity];
    if (this.dies) return this.compact(this.alive() + 1, relocateOthers);
    this.setSlots(count * 2);
    this.pool.run("rehash", old, count, this.control);
    memory.release(old);
  }

  /** How many slots are not dead. */
  alive(): number {
    return Number(this.pool.run("alive", this.control));
  }

  /** Drops dead slots, with room for half as many again as the `rows` live ones, and brings the strings into one arena. */
  compact(rows: number, relocateOthers?: () => void): void {
    const { memory } = this.pool;
    const [old, count, arenas] = [this.slotsBlock, this.capacity, this.arenas];
    const bytes = this.arenaBytes();
    this.setSlots(this.capacityFor(Math.ceil(1.5 * rows)));
    this.arenas = [];
    this.arenaBytesBefore = 0;
    if (bytes > 0) this.addArena(bytes);
    this.pool.run("compact", old, count, this.control);
    relocateOthers?.();
    memory.release(old);
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
    const block = memory.allocate(wanted, owner);
    this.arenaBytesBefore = used;
    this.arenas.push(block);
    this.put(TABLE_ARENA_TOP, block);
    this.put(TABLE_ARENA_END, block + memory.capacity(block) - TABLE_ARENA_SLACK);
  }

  /** Gives the memory back. */
  release(): void {
    this.pool.remember(this.count, this.arenaBytes());
    this.pool.memory.release(this.slotsBlock);
    for (const a of this.arenas) this.pool.releaseArena(a);
    this.arenas = [];
  }
}
