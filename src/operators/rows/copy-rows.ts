/** Emitted code that copies rows of a batch into an output block, leaf by leaf. */
import { DESCRIPTOR_COLUMN_BYTES, DESCRIPTOR_COLUMNS } from "../../base/batch.ts";
import type { Leaf } from "../../base/types.ts";
import { cellAddress, loadParts, storeParts } from "../../expr/emit/values.ts";
import { type Fn, load, type Term } from "../../wasm/ir.ts";
import type { OutputLayout } from "./output.ts";

export interface SourceColumn {
  readonly leaf: Leaf;
  readonly data: Term;
  readonly valid: Term;
}

/** The addresses of a batch's columns, loaded once. */
export function emitSourceColumns(f: Fn, batch: Term, leaves: readonly Leaf[]): readonly SourceColumn[] {
  return leaves.map((leaf, i) => {
    const at = DESCRIPTOR_COLUMNS + DESCRIPTOR_COLUMN_BYTES * i;
    return { leaf, data: f.let("data", load.i32(batch, at)), valid: f.let("valid", load.i32(batch, at + 4)) };
  });
}

/** Copies row `row` of the columns to row `out` of the block, into its first leaves. The validity byte goes as it is. */
export function emitCopyRow(
  f: Fn,
  columns: readonly SourceColumn[],
  row: Term,
  layout: OutputLayout,
  block: Term,
  out: Term,
): void {
  columns.forEach(({ leaf, data, valid }, i) => {
    const to = layout.data[i];
    const toValid = layout.valid[i];
    if (to === undefined) throw new TypeError("the output has fewer columns");
    if (toValid !== undefined) f.store.u8(block.add(out), load.u8(valid.add(row)), toValid);
    const { storage } = leaf;
    if (storage === "none") return;
    const from = cellAddress(data, storage, row);
    storeParts(f, storage, cellAddress(block.add(to), storage, out), loadParts(storage, from));
  });
}
