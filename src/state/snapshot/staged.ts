/**
 * State on its way into a snapshot or out of one: named tables of typed columns, copied out of linear memory in chunks,
 * so that whoever writes them needs nothing of the engine and may be another thread. The order of the rows is the one
 * in which state is restored.
 */
import { type SqlType, type Storage, storageBytes, storageOf, typeText } from "../../base/types.ts";

/** What a column holds: values of SQL, a whole number of 128 bits, or bytes that only the operator understands. */
export type StagedType =
  | { readonly kind: "sql"; readonly type: SqlType }
  | { readonly kind: "hugeint" }
  | { readonly kind: "blob" };

export interface StagedColumn {
  readonly name: string;
  readonly type: StagedType;
  readonly nullable: boolean;
  /** One of those by which a row is known: the others are what is kept of it. For people. */
  readonly key?: true;
}

/** One column of a chunk, little-endian. */
export interface StagedVector {
  /** Values side by side, as wide as their storage; of strings and blobs their bytes, without gaps. */
  readonly data: Uint8Array;
  /** Of strings and blobs: rows + 1 places in `data`. */
  readonly offsets?: Uint32Array;
  /** A byte per row, 1 or 0 (NULL: its value is 0, or empty); undefined: no row is NULL. */
  readonly valid?: Uint8Array;
}

/** Up to BATCH_ROWS rows. Its buffers are its own, and are handed over with it: no other chunk has a view of them. */
export interface StagedChunk {
  readonly rows: number;
  readonly vectors: readonly StagedVector[];
}

export interface StagedTable {
  /** Of letters, digits, `_` and `$`; unique within a snapshot. */
  readonly name: string;
  readonly columns: readonly StagedColumn[];
  readonly chunks: readonly StagedChunk[];
}

export function stagedStorage(type: StagedType): Exclude<Storage, "none"> {
  switch (type.kind) {
    case "hugeint":
      return "i128";
    case "blob":
      return "bytes";
    case "sql": {
      const storage = storageOf(type.type);
      // A ROW has no values of its own: whether it is NULL is one.
      return storage === "none" ? "i8" : storage;
    }
    default:
      return type satisfies never;
  }
}

/** For people. */
export const stagedTypeText = (type: StagedType): string =>
  type.kind === "sql" ? typeText(type.type) : type.kind === "hugeint" ? "HUGEINT" : "BYTES";

/** Bytes of a value; of strings and blobs there is no width. */
export const stagedWidth = (type: StagedType): number => storageBytes[stagedStorage(type)];
