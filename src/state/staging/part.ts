/** State declares itself in parts: each is a table of a snapshot with a name, a version and typed columns. */

import type { StagedChunk, StagedColumn } from "../snapshot/staged.ts";

export interface StatePart {
  /** Within what it is a part of, of letters, digits and `_`; "": what it is mainly. */
  readonly name: string;
  /** Counts up where the meaning of the columns changes. */
  readonly version: number;
  readonly columns: readonly StagedColumn[];
  /** Copies the state out and changes nothing. Only at the end of an epoch, between runs. */
  save(put: (chunk: StagedChunk) => void): void;
  /** Into state that is as it was opened; the parts of a whole in the order in which it lists them. Throws a RangeError where rows do not fit together. */
  restore(chunks: Iterable<StagedChunk>): void;
}
