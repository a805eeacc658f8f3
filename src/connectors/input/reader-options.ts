/** What a reader of records (record-reader.ts) is opened with. */
import type { EngineMemory, MemoryOwner } from "../../wasm/memory.ts";
import type { SourcePosition } from "../connector.ts";
import type { BatchColumns } from "../formats/columns.ts";
import type { ByteInput } from "./byte-input.ts";
import { type Mark, markOf } from "./fingerprint.ts";
import type { RecordFormat } from "./record-format.ts";

/** Where the rows of a batch stand. */
export interface RowPlaces {
  offsetOf(row: number): bigint;
  /** Writes the line of every row as i64 to a column. */
  fillLines(data: number, rows: number): void;
}

/**
 * Where a reader begins. `skip`: the input begins at its own start, and what stands before the position is passed over
 * once the header is known. `here`: the input's first byte is at the position. `inRecord`: the rest of a record that
 * was taken stands there. `ended`: there is nothing to read.
 */
export interface Beginning {
  readonly kind: "skip" | "here" | "ended";
  readonly position: number;
  readonly line: number;
  readonly inRecord: boolean;
  /** `here`: what the input gives before the position: the header, which names the columns. */
  readonly header?: Uint8Array;
}

export const AT_START: Beginning = { kind: "here", position: 0, line: 1, inRecord: false };

/** A bounded file that was read to its end has ended there, though more was written behind it since. */
export function skipTo(from: SourcePosition | undefined): Beginning {
  if (from === undefined) return AT_START;
  const { ended = false, inRecord = false } = markOf(from);
  return { kind: ended ? "ended" : "skip", position: Number(from.position), line: Number(from.line ?? 1n), inRecord };
}

export interface RecordReaderOptions {
  readonly name: string;
  readonly input: ByteInput;
  readonly memory: EngineMemory;
  readonly owner: MemoryOwner;
  readonly columns: BatchColumns;
  readonly format: RecordFormat;
  /** First size of the buffer; it grows for long records. */
  readonly bufferBytes: number;
  /** Input comes as it happens: rows that are there are not held back for a full batch. */
  readonly live: boolean;
  readonly beginning: Beginning;
  /** What of the fingerprint at a position is the input's own. */
  readonly markAt: (position: bigint) => Mark;
  /** Whether bytes are kept for a log. */
  readonly keepsBytes: boolean;
  /** Fills metadata columns of rows [0, rows). */
  readonly fillMetadata: ((rows: RowPlaces, count: number) => void) | undefined;
}
