/**
 * The directory of open panes, in memory, where emitted code finds the pane of a row: entries sorted by start. An entry:
 * | offset | field                                                                                             |
 * |--------|---------------------------------------------------------------------------------------------------|
 * | 0      | start (i64)                                                                                       |
 * | 8      | width (i64); attached windows: their end                                                          |
 * | 16     | bound (i64): a row is late for some window of the pane when the watermark before it is at or above |
 * | 24     | how many tables take the pane's rows (u32)                                                        |
 * | 28     | address of their control blocks' addresses (u32); where there is always one: of its control block |
 */
import type { EngineMemory, MemoryOwner } from "../../wasm/memory.ts";

export const ENTRY_START = 0;
export const ENTRY_WIDTH = 8;
export const ENTRY_BOUND = 16;
export const ENTRY_TARGETS = 24;
export const ENTRY_TARGET_LIST = 28;
export const ENTRY_BYTES = 32;

export interface DirectoryEntry {
  readonly start: bigint;
  readonly width: bigint;
  readonly bound: bigint;
  /** Control blocks of the tables. */
  readonly targets: readonly number[];
}

export class Directory {
  private readonly memory: EngineMemory;
  private readonly owner: MemoryOwner;
  private block = 0;

  constructor(memory: EngineMemory, owner: MemoryOwner) {
    this.memory = memory;
    this.owner = owner;
  }

  /** Writes all entries, sorted by start; the directory's address. `single`: each has exactly one table. */
  write(entries: readonly DirectoryEntry[], single: boolean): number {
    const targets = single ? 0 : entries.reduce((n, e) => n + e.targets.length, 0);
    const bytes = entries.length * ENTRY_BYTES + 4 * targets;
    if (this.block === 0 || this.memory.capacity(this.block) < bytes) {
      const next = this.memory.allocate(Math.max(bytes, 1), this.owner);
      if (this.block !== 0) this.memory.release(this.block);
      this.block = next;
    }
    let list = this.block + entries.length * ENTRY_BYTES;
    const { i64, u32 } = this.memory;
    entries.forEach((e, i) => {
      const at = this.block + i * ENTRY_BYTES;
      i64[(at + ENTRY_START) / 8] = e.start;
      i64[(at + ENTRY_WIDTH) / 8] = e.width;
      i64[(at + ENTRY_BOUND) / 8] = e.bound;
      u32[(at + ENTRY_TARGETS) / 4] = e.targets.length;
      u32[(at + ENTRY_TARGET_LIST) / 4] = single ? (e.targets[0] ?? 0) : list;
      if (single) return;
      for (const t of e.targets) {
        u32[list / 4] = t;
        list += 4;
      }
    });
    return this.block;
  }

  close(): void {
    if (this.block !== 0) this.memory.release(this.block);
    this.block = 0;
  }
}
