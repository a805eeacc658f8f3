/** The run in progress, as one query sees it: which rows, and where in them the watermark moved. */
import { WATERMARK_MIN } from "../base/batch.ts";
import type { Run } from "../operators/operator.ts";
import type { EngineMemory } from "../wasm/memory.ts";

export class QueryRun implements Run {
  rows = 0;
  first = 0n;
  private readonly memory: EngineMemory;
  /** Address of the watermarks before each row, and the one after the last: ascending. */
  private watermarks = 0;
  private after: bigint = WATERMARK_MIN;

  constructor(memory: EngineMemory) {
    this.memory = memory;
  }

  begin(rows: number, first: bigint, watermarks: number, after: bigint): void {
    this.rows = rows;
    this.first = first;
    this.watermarks = watermarks;
    this.after = after;
  }

  /** From the row of sequence `first`, of an earlier run, to the end of this one: the rows of an epoch. Causes are not asked for. */
  widen(first: bigint): void {
    this.rows += Number(this.first - first);
    this.first = first;
  }

  causeOf(bound: bigint): number {
    // The first row whose watermark afterwards, that is before the next row, reaches the bound.
    let low = 0;
    let high = Math.max(0, this.rows - 1);
    while (low < high) {
      const middle = (low + high) >>> 1;
      const after =
        middle + 1 < this.rows
          ? this.memory.dataView.getBigInt64(this.watermarks + 8 * (middle + 1), true)
          : this.after;
      if (after >= bound) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
