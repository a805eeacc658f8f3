/** Sessions that have closed: copies of their slots, until the end of the run puts them out. */
import { rowErrorName } from "../../base/row-error.ts";
import type { Schema } from "../../base/types.ts";
import type { StageControl } from "../../expr/emit/arena.ts";
import { StageStatus } from "../../expr/emit/control.ts";
import { Stop } from "../aggregation/stops.ts";
import { call, type GroupTables } from "../aggregation/tables.ts";
import { causes, type Output } from "../rows/output.ts";
import { CLOSE_LESS, CTL_FIRED, CTL_FIRED_END, CTL_ROWS, LIMIT_MORE, SessionStop, sessionAt } from "./fields.ts";

export class FiredSessions {
  private readonly tables: GroupTables;
  private readonly control: StageControl;
  private readonly output: Output;
  private readonly keys: Schema;
  private readonly stride: number;
  private readonly at: ReturnType<typeof sessionAt>;
  private block = 0;

  constructor(tables: GroupTables, control: StageControl, output: Output, keys: Schema) {
    this.tables = tables;
    this.control = control;
    this.output = output;
    this.keys = keys;
    this.stride = tables.groups.code.layout.stride;
    this.at = sessionAt(tables.groups.code.layout);
    this.block = tables.context.memory.allocate(1, tables.context.owner);
    this.reset();
  }

  private reset(): void {
    this.control.setWord(CTL_FIRED, this.block);
    this.control.setWord(CTL_FIRED_END, this.block + this.tables.context.memory.capacity(this.block));
  }

  get count(): number {
    return (this.control.word(CTL_FIRED) - this.block) / this.stride;
  }

  /** Room for twice as many sessions as there are. */
  grow(): void {
    const { memory, owner } = this.tables.context;
    const used = this.control.word(CTL_FIRED) - this.block;
    const next = memory.allocate(2 * memory.capacity(this.block), owner);
    memory.u8.copyWithin(next, this.block, this.block + used);
    memory.release(this.block);
    this.block = next;
    this.reset();
    this.control.setWord(CTL_FIRED, next + used);
  }

  putOut(watermark: bigint, forwarded: bigint): void {
    const n = this.count;
    if (n === 0) return;
    const { context } = this.tables;
    if (context.ordered) this.putSorted(n);
    else this.put(this.block, 0, n, watermark);
    this.reset();
    this.output.flush(causes(context.run, forwarded));
  }

  /** By their ends, starts and keys: each end at the watermark that closed it. */
  private putSorted(n: number): void {
    const { context, functions } = this.tables;
    const { memory } = context;
    const lists = memory.allocate(8 * n, context.owner);
    for (let i = 0; i < n; i++) memory.u32[lists / 4 + i] = this.block + i * this.stride;
    const list = call(functions, "sort_slots", lists, lists + 4 * n, n) >>> 0;
    for (let at = 0; at < n; ) at = this.put(list, at, n, this.limitOf(this.slotAt(list, at)) - CLOSE_LESS);
    memory.release(lists);
  }

  private slotAt(list: number, i: number): number {
    return this.tables.context.ordered
      ? (this.tables.context.memory.u32[list / 4 + i] ?? 0)
      : this.block + i * this.stride;
  }
  private limitOf(slot: number): bigint {
    return this.tables.context.memory.i64[(slot + this.at.limit) / 8] ?? 0n;
  }

  /** Puts sessions out that `bound` closes: all, but of a sorted list up to one that closes later. The first not put out. */
  private put(list: number, from: number, to: number, bound: bigint): number {
    const { control, output, tables } = this;
    for (let at = from; ; ) {
      const block = output.room();
      control.setWord(CTL_ROWS, block.rows);
      at = call(tables.functions, "put_sessions", list, at, to, bound + CLOSE_LESS, block.address, control.at);
      output.written(control.word(CTL_ROWS), bound);
      const status = control.status();
      if (status === StageStatus.DONE || status === SessionStop.NEXT_BOUND) return at;
      if (status === Stop.BLOCK_FULL || tables.makeRoom(control.at, status)) continue;
      const code = rowErrorName(status);
      if (code === undefined) throw new TypeError(`putting sessions out stopped with status ${status}`);
      const slot = this.slotAt(list, at);
      const start = tables.context.memory.i64[(slot + this.at.start) / 8] ?? 0n;
      const end = this.limitOf(slot) - LIMIT_MORE;
      tables.context.failGroup(code, [...tables.keyOf(slot, this.keys), start, end]);
      at += 1;
    }
  }
}
