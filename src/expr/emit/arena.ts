/**
 * The driver's side of a stage's control block: the arena in which emitted code puts strings. Its chunks stay until the
 * end of the run, for batches point into them; the largest is kept for the next run.
 */
import type { EngineMemory, MemoryOwner, Region } from "../../wasm/memory.ts";
import {
  ARENA_SLACK,
  CTL_ARENA_END,
  CTL_ARENA_TOP,
  CTL_ARENA_WANTED,
  CTL_OWN,
  CTL_STATUS,
  StageStatus,
} from "./control.ts";

const CHUNK_BYTES = 256 * 1024;

export class StageControl {
  /** The control block's address. */
  readonly at: number;
  private readonly memory: EngineMemory;
  private readonly owner: MemoryOwner;
  private chunks: number[] = [];
  private isNewRun = true;

  /** `ownBytes`: of the operator's own words, from CTL_OWN up. */
  constructor(memory: EngineMemory, owner: MemoryOwner, region: Region, ownBytes = 0) {
    this.memory = memory;
    this.owner = owner;
    this.at = region.alloc(CTL_OWN + ownBytes);
  }

  /** The present run has ended: what the arena holds is given up when the next one writes. */
  endRun(): void {
    this.isNewRun = true;
  }

  /** Call before the first stage call of a batch. */
  begin(): void {
    if (!this.isNewRun) return;
    this.isNewRun = false;
    const kept = this.chunks.pop();
    for (const chunk of this.chunks) this.memory.release(chunk);
    this.chunks = kept === undefined ? [] : [kept];
    if (kept === undefined) this.use(0, 0);
    else this.use(kept, kept + this.memory.capacity(kept));
  }

  /** Why the stage stopped: StageStatus or the number of a row error. */
  status(): number {
    return this.memory.dataView.getUint32(this.at + CTL_STATUS, true);
  }

  /** A word of the operator's own. */
  word(offset: number): number {
    return this.memory.dataView.getUint32(this.at + offset, true);
  }
  setWord(offset: number, value: number): void {
    this.memory.dataView.setUint32(this.at + offset, value, true);
  }

  /** Room for `bytes` in the arena, for code in TypeScript. */
  take(bytes: number): number {
    this.begin();
    const view = this.memory.dataView;
    let top = view.getUint32(this.at + CTL_ARENA_TOP, true);
    if (view.getUint32(this.at + CTL_ARENA_END, true) - top < bytes + ARENA_SLACK) {
      this.grow(bytes + ARENA_SLACK);
      top = view.getUint32(this.at + CTL_ARENA_TOP, true);
    }
    view.setUint32(this.at + CTL_ARENA_TOP, top + bytes, true);
    return top;
  }

  /** Puts a text into the arena and its address and length (u32 each) at `cell`. */
  putText(text: string, cell: number): void {
    const at = this.take(3 * text.length);
    const length = this.memory.writeText(at, text);
    this.setWord(CTL_ARENA_TOP, at + length);
    this.memory.dataView.setUint32(cell, at, true);
    this.memory.dataView.setUint32(cell + 4, length, true);
  }

  /** After ARENA_FULL: a fresh chunk with room for what was wanted; then enter the stage again at the row. */
  growArena(): void {
    this.grow(this.word(CTL_ARENA_WANTED));
  }

  /** Handles ARENA_FULL; true where the stage is to be entered again at the row at which it stopped. */
  resumed(): boolean {
    if (this.status() !== StageStatus.ARENA_FULL) return false;
    this.growArena();
    return true;
  }

  private grow(bytes: number): void {
    const last = this.chunks.at(-1);
    const size = Math.max(bytes, last === undefined ? CHUNK_BYTES : this.memory.capacity(last));
    const chunk = this.memory.allocate(size, this.owner);
    this.chunks.push(chunk);
    this.use(chunk, chunk + this.memory.capacity(chunk));
  }

  private use(top: number, end: number): void {
    this.setWord(CTL_ARENA_TOP, top);
    this.setWord(CTL_ARENA_END, end);
  }

  close(): void {
    for (const chunk of this.chunks) this.memory.release(chunk);
    this.chunks = [];
    this.use(0, 0);
    this.isNewRun = true;
  }
}
