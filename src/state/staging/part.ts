/**
 * Keyed state is declared: a name, a version and typed columns, some of which are the key. A snapshot is checked against what
 * a plan declares before anything of it is loaded, and EXPLAIN prints it. The rows themselves are in linear memory, where
 * emitted code finds them; a part is a declaration and how its rows come out of there and back.
 */

import { sameType } from "../../base/types.ts";
import type { StagedChunk, StagedColumn, StagedType } from "../snapshot/staged.ts";

/** A table of a snapshot. */
export interface StateDeclaration {
  /** Within what it is a part of, of letters, digits and `_`; "": what it is mainly. */
  readonly name: string;
  /** Counts up where the meaning of the columns changes. */
  readonly version: number;
  /** Those by which a row is known are marked as `key`; one row where none is, or rows in an order. */
  readonly columns: readonly StagedColumn[];
}

export interface StatePart extends StateDeclaration {
  /** Copies the state out and changes nothing. Only at the end of an epoch, between runs. */
  save(put: (chunk: StagedChunk) => void): void;
  /** Into state that is as it was opened; the parts of a whole in the order in which it lists them. Throws a RangeError where rows do not fit together. */
  restore(chunks: Iterable<StagedChunk>): void;
}

function isSameKind(a: StagedType, b: StagedType): boolean {
  return a.kind === "sql" && b.kind === "sql" ? sameType(a.type, b.type) : a.kind === b.kind;
}

/** The first column in which two tables differ, and undefined where they do not. */
export function differingColumn(a: readonly StagedColumn[], b: readonly StagedColumn[]): string | undefined {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const [x, y] = [a[i], b[i]];
    if (x === undefined || y === undefined) return x?.name ?? y?.name;
    if (x.name !== y.name || x.nullable !== y.nullable || !isSameKind(x.type, y.type)) return x.name;
  }
  return undefined;
}
