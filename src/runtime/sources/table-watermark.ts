/** The watermark of a table: the least of those of its partitions that count (T1, T6). */
import { WATERMARK_END } from "../../base/batch.ts";

/** What of a partition counts. */
export interface Standing {
  readonly watermark: bigint;
  /** It does not hold the table's watermark: it is idle, or has ended where others may still come. */
  readonly isAway: boolean;
}

/** The least watermark of the partitions that count, `of` giving each one's. */
export function least<P extends Standing>(partitions: readonly P[], of: (p: P) => bigint, except?: P): bigint {
  let found = WATERMARK_END;
  for (const p of partitions) {
    if (p === except || p.isAway) continue;
    const watermark = of(p);
    if (watermark < found) found = watermark;
  }
  return found;
}

/** Where the table stands. Where no partition is left that counts, and rows may still come, it stays where it was: at `held`. */
export function reached<P extends Standing>(
  partitions: readonly P[],
  of: (p: P) => bigint,
  { held, grows }: { readonly held: bigint; readonly grows: boolean },
): bigint {
  const found = least(partitions, of);
  return found === WATERMARK_END && (grows || partitions.some((p) => p.isAway)) ? held : found;
}
