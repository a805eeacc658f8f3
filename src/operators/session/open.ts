/** The driver's side of open sessions: room for nodes, the timers' ring, and the table's growth. */
import { WATERMARK_MIN } from "../../base/batch.ts";
import type { StageControl } from "../../expr/emit/arena.ts";
import { StageStatus } from "../../expr/emit/control.ts";
import { type EngineMemory, type MemoryOwner, RUN_BYTES } from "../../wasm/memory.ts";
import { ordinalsAt } from "../aggregation/groups.ts";
import { CTL_TABLE, Stop } from "../aggregation/stops.ts";
import { call, type GroupTable, type GroupTables } from "../aggregation/tables.ts";
import { relinkName, unlinkName } from "../values/bags.ts";
import { bagBytes } from "../values/entries.ts";
import { floorTo } from "../window/windows.ts";
import { CTL_BASE, CTL_FREE_NODE, CTL_GROUPS, CTL_NODES, CTL_RING, SessionStop, sessionAt } from "./fields.ts";
import type { FiredSessions } from "./fired.ts";
import { bucketWidth, RING_BUCKETS } from "./timers.ts";

/** The largest block of pieces: beyond it room grows by so much a time. */
const BLOCK_BYTES_MAX = 16 * 1024 * 1024;

/** Blocks of pieces of one size, the free ones linked through one of their words. */
class Pieces {
  private readonly memory: EngineMemory;
  private readonly owner: MemoryOwner;
  private blockBytes = RUN_BYTES;

  constructor(memory: EngineMemory, owner: MemoryOwner) {
    this.memory = memory;
    this.owner = owner;
  }

  /** A block of free pieces, twice as large as the last one, before those that are free already: the first of them. */
  grow(bytes: number, link: number, free: number): number {
    const block = this.memory.allocate(Math.max(this.blockBytes, bytes), this.owner);
    this.blockBytes = Math.min(2 * this.blockBytes, BLOCK_BYTES_MAX);
    const end = block + this.memory.capacity(block);
    let first = free;
    for (let piece = block; piece + bytes <= end; piece += bytes) {
      this.memory.u32[(piece + link) / 4] = first;
      first = piece;
    }
    return first;
  }
}

export class OpenSessions {
  private readonly tables: GroupTables;
  readonly table: GroupTable;
  private readonly control: StageControl;
  private readonly fired: FiredSessions;
  /** Width of a bucket of timers, and the number of that of the last watermark. */
  private readonly width: bigint;
  private base: bigint;
  readonly ring: number;
  private readonly nodes: Pieces;
  private readonly bags: Pieces;

  constructor(tables: GroupTables, control: StageControl, fired: FiredSessions, gap: bigint) {
    this.tables = tables;
    this.control = control;
    this.fired = fired;
    this.nodes = new Pieces(tables.context.memory, tables.context.owner);
    this.bags = new Pieces(tables.context.memory, tables.context.owner);
    this.width = bucketWidth(gap);
    this.table = tables.open(true, true);
    this.ring = tables.context.region.alloc(4 * RING_BUCKETS);
    this.base = this.bucketOf(WATERMARK_MIN);
    control.setWord(CTL_GROUPS, this.table.control);
    control.setWord(CTL_RING, this.ring);
    this.setBase();
  }

  private bucketOf(time: bigint): bigint {
    return floorTo(time, this.width, 0n) / this.width;
  }
  private setBase(): void {
    this.tables.context.memory.i64[(this.control.at + CTL_BASE) / 8] = this.base;
  }

  /** Fires every session that the watermark closes. */
  expire(watermark: bigint): void {
    if (watermark === WATERMARK_MIN) return;
    const before = this.base;
    this.base = this.bucketOf(watermark);
    this.setBase();
    const passed = this.base - before;
    const from = Number(BigInt.asUintN(32, before) % BigInt(RING_BUCKETS));
    const to = from + (passed < RING_BUCKETS ? Number(passed) + 1 : RING_BUCKETS);
    for (let at = from; ; ) {
      at = call(this.tables.functions, "expire_sessions", at, to, watermark, this.control.at);
      const status = this.control.status();
      if (status === StageStatus.DONE) return;
      if (status !== SessionStop.FIRED_FULL) throw new TypeError(`expiring stopped with status ${status}`);
      this.fired.grow();
    }
  }

  /** Makes room where the stage has found none; false where it stopped for another reason. */
  makeRoom(status: number): boolean {
    const { control, table, tables } = this;
    const { layout } = tables.groups.code;
    if (status === SessionStop.NODES_EMPTY) {
      const { chain } = sessionAt(layout);
      control.setWord(CTL_FREE_NODE, this.nodes.grow(layout.stride, chain, control.word(CTL_FREE_NODE)));
    } else if (status === SessionStop.BAGS_EMPTY) {
      const { u32 } = tables.context.memory;
      const free = (table.control + ordinalsAt(tables.groups.plan)) / 4;
      u32[free] = this.bags.grow(bagBytes(tables.groups.plan), 0, u32[free] ?? 0);
    } else if (status !== Stop.TABLE_FULL) return tables.makeRoom(control.at, status);
    else if (control.word(CTL_TABLE) === table.control) this.growTable();
    else this.growValues(control.word(CTL_TABLE));
    return true;
  }

  /** A second table has no room: its entries move, so the lists of bags are made anew. */
  private growValues(control: number): void {
    const { functions } = this.tables;
    const index = this.table.values.findIndex((t) => t.control === control);
    call(functions, unlinkName(index), control);
    this.table.values[index]?.grow();
    call(functions, relinkName(index), control);
  }

  /** The table has no room: its slots move, so their timers are made anew. */
  private growTable(): void {
    const { functions, context } = this.tables;
    const { control } = this.table;
    this.table.groups.grow(() => {
      if (this.control.word(CTL_NODES) > 0) call(functions, "relocate_nodes", control);
    });
    context.memory.u32.fill(0, this.ring / 4, this.ring / 4 + RING_BUCKETS);
    call(functions, "relink_timers", control, this.control.at);
  }

  /** Number of the bucket of the last watermark. */
  get bucket(): bigint {
    return this.base;
  }
  set bucket(bucket: bigint) {
    this.base = bucket;
    this.setBase();
  }

  /** Older sessions of keys. */
  get nodeCount(): number {
    return this.control.word(CTL_NODES);
  }

  /** A bag for every slot and every node, side by side, empty: their address. */
  openBags(): number {
    const { memory, owner } = this.tables.context;
    return memory.allocateZeroed(Math.max(1, this.count()) * bagBytes(this.tables.groups.plan), owner);
  }

  /** Slots of keys, those without a session too, and the older sessions of keys. */
  count(): number {
    return this.table.groups.count + this.nodeCount;
  }
}
