/** Rows of a reader's batch as one query sees them: a descriptor that points into it, without a copy. */
import {
  BATCH_ROWS,
  DESCRIPTOR_CHANGE,
  DESCRIPTOR_COLUMN_BYTES,
  DESCRIPTOR_COLUMNS,
  DESCRIPTOR_ORIGIN,
  DESCRIPTOR_ROWS,
  DESCRIPTOR_WATERMARK,
  descriptorBytes,
} from "../../base/batch.ts";
import { dataAddress, validAddress } from "../../expr/columns.ts";
import type { EngineMemory, Region } from "../../wasm/memory.ts";

/** Bytes of the widest value in a column. */
const CELL_BYTES_MAX = 16;

export class RowView {
  private readonly memory: EngineMemory;
  private readonly leafBytes: readonly number[];
  private readonly region: Region;
  /** A descriptor stays as it is until the end of the run: operators may hold it so long. */
  private readonly descriptors: number[] = [];
  private used = 0;
  /** 0, 1, 2, ..: origins. */
  private readonly identity: number;
  /** Data and validity of a leaf that a query does not read: NULL in every row. */
  private readonly nothing: number;

  constructor(memory: EngineMemory, region: Region, leafBytes: readonly number[]) {
    this.memory = memory;
    this.leafBytes = leafBytes;
    this.region = region;
    this.nothing = region.alloc(CELL_BYTES_MAX * BATCH_ROWS);
    this.identity = region.alloc(4 * BATCH_ROWS);
    for (let i = 0; i < BATCH_ROWS; i++) memory.dataView.setUint32(this.identity + 4 * i, i, true);
  }

  /** The descriptors of the run before are free. */
  beginRun(): void {
    this.used = 0;
  }

  private next(): number {
    const known = this.descriptors[this.used++];
    if (known !== undefined) return known;
    const address = this.region.alloc(descriptorBytes(this.leafBytes.length));
    this.descriptors.push(address);
    return address;
  }

  /** A descriptor of rows [from, end) of `batch`; origins count from `low`, `watermarks` belongs to row 0. */
  of(
    batch: number,
    isRead: readonly boolean[],
    rows: { readonly low: number; readonly from: number; readonly end: number; readonly watermarks: number },
  ): number {
    const { memory } = this;
    const address = this.next();
    const { low, from, end, watermarks } = rows;
    const view = memory.dataView;
    view.setUint32(address + DESCRIPTOR_ROWS, end - from, true);
    view.setUint32(address + DESCRIPTOR_ORIGIN, this.identity + 4 * (from - low), true);
    view.setUint32(address + DESCRIPTOR_WATERMARK, watermarks + 8 * from, true);
    const change = view.getUint32(batch + DESCRIPTOR_CHANGE, true);
    view.setUint32(address + DESCRIPTOR_CHANGE, change === 0 ? 0 : change + from, true);
    this.leafBytes.forEach((bytes, leaf) => {
      const at = address + DESCRIPTOR_COLUMNS + DESCRIPTOR_COLUMN_BYTES * leaf;
      if (isRead[leaf] !== true) {
        view.setUint32(at, this.nothing, true);
        view.setUint32(at + 4, this.nothing, true);
        return;
      }
      const valid = validAddress(memory, batch, leaf);
      view.setUint32(at, dataAddress(memory, batch, leaf) + bytes * from, true);
      view.setUint32(at + 4, valid === 0 || valid === memory.allValid ? memory.allValid : valid + from, true);
    });
    return address;
  }
}
