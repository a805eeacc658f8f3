/** The driver's side of open sessions: room for nodes, the timers' ring, and the table's growth. */
import { WATERMARK_MIN } from "../../base/batch.ts";
import type { StageControl } from "../../expr/emit/arena.ts";
import { StageStatus } from "../../expr/emit/control.ts";
import { RUN_BYTES } from "../../wasm/memory.ts";
import { call, type GroupTable, type GroupTables } from "../aggregation/tables.ts";
import { floorTo } from "../window/windows.ts";
import { CTL_BASE, CTL_FREE_NODE, CTL_GROUPS, CTL_NODES, CTL_RING, SessionStop, sessionAt } from "./fields.ts";
import type { FiredSessions } from "./fired.ts";
import { bucketWidth, RING_BUCKETS } from "./timers.ts";

/** The largest block of nodes: beyond it room grows by so much a time. */
const NODE_BYTES_MAX = 16 * 1024 * 1024;

export class OpenSessions {
  private readonly tables: GroupTables;
  private readonly table: GroupTable;
  private readonly control: StageControl;
  private readonly fired: FiredSessions;
  /** Width of a bucket of timers, and the number of that of the last watermark. */
  private readonly width: bigint;
  private base: bigint;
  private readonly ring: number;
  private nodeBytes = RUN_BYTES;

  constructor(tables: GroupTables, control: StageControl, fired: FiredSessions, gap: bigint) {
    this.tables = tables;
    this.control = control;
    this.fired = fired;
    this.width = bucketWidth(gap);
    this.table = tables.open(true);
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
    if (status !== SessionStop.NODES_EMPTY) return false;
    this.addNodes();
    return true;
  }

  /** A block of free nodes, twice as large as the last one. */
  private addNodes(): void {
    const { memory, owner } = this.tables.context;
    const { stride } = this.tables.groups.code.layout;
    const { chain } = sessionAt(this.tables.groups.code.layout);
    const block = memory.allocate(Math.max(this.nodeBytes, stride), owner);
    this.nodeBytes = Math.min(2 * this.nodeBytes, NODE_BYTES_MAX);
    const end = block + memory.capacity(block);
    let free = this.control.word(CTL_FREE_NODE);
    for (let node = block; node + stride <= end; node += stride) {
      memory.u32[(node + chain) / 4] = free;
      free = node;
    }
    this.control.setWord(CTL_FREE_NODE, free);
  }

  /** The table has no room: its slots move, so their timers are made anew. */
  growTable(): void {
    const { functions, context } = this.tables;
    const { control } = this.table;
    this.table.groups.grow(() => {
      if (this.control.word(CTL_NODES) > 0) call(functions, "relocate_nodes", control);
    });
    context.memory.u32.fill(0, this.ring / 4, this.ring / 4 + RING_BUCKETS);
    call(functions, "relink_timers", control, this.control.at);
  }

  /** Slots of keys, those without a session too, and the older sessions of keys. */
  count(): number {
    return this.table.groups.count + this.control.word(CTL_NODES);
  }
}
