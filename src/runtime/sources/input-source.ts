/** A source of a job, and which of several has its turn (T13). */
import { WATERMARK_END } from "../../base/batch.ts";
import type { Growth, LoggedBytes, PartitionReader, SourcePositions } from "../../connectors/connector.ts";
import type { Pacer } from "../job/turns/pacing.ts";
import type { Partition, TableInput } from "./table-input.ts";

export interface InputSource {
  readonly input: TableInput;
  readonly kind: "bounded" | "live" | "feed" | "system";
  readonly pacer: Pacer;
  /** Absolute paths of the files that it reads. */
  readonly files: readonly string[];
  /** Whether another process can read again what was read. */
  readonly isRepeatable: boolean;
  /** As `Source.partitions`. */
  open(from?: SourcePositions, logged?: LoggedBytes): Promise<readonly PartitionReader[]>;
  /** Of live sources to which partitions come. */
  readonly growth?: Growth | undefined;
}

export interface OpenPartition {
  readonly source: InputSource;
  readonly partition: Partition;
}

/** The partition whose turn it is among bounded ones, and the watermark above which it is another's; undefined: there is none. */
export function whoseTurn(
  open: readonly OpenPartition[],
): { readonly turn: OpenPartition; readonly stopAbove: bigint } | undefined {
  const untimed = open.find((p) => p.partition.input.table.watermark === undefined);
  if (untimed !== undefined) return { turn: untimed, stopAbove: WATERMARK_END };
  let first = open[0];
  let secondWatermark = WATERMARK_END;
  let secondOrdinal = Infinity;
  for (const p of open.slice(1)) {
    if (first === undefined) break;
    const isLower = p.partition.watermark < first.partition.watermark;
    const other = isLower ? first : p;
    if (isLower) first = p;
    const { watermark, ordinal } = other.partition;
    if (watermark < secondWatermark || (watermark === secondWatermark && ordinal < secondOrdinal)) {
      secondWatermark = watermark;
      secondOrdinal = ordinal;
    }
  }
  if (first === undefined) return undefined;
  // Equal watermarks: the one that was declared first goes on.
  const staysOnTie = first.partition.ordinal < secondOrdinal;
  return {
    turn: first,
    stopAbove: secondWatermark === WATERMARK_END || staysOnTie ? secondWatermark : secondWatermark - 1n,
  };
}
