/** The watermark of a table: the least of those of its partitions that count (T1, T6). */
import { WATERMARK_END, WATERMARK_MIN } from "../../base/batch.ts";

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

/** Before the first row. `held`: the watermark of what is read. */
export const BEGINNING: Standing & { readonly held: bigint } = {
  watermark: WATERMARK_MIN,
  held: WATERMARK_MIN,
  isAway: false,
};

/** Where the table stands. Where no partition is left that counts, and rows may still come, it stays where it was: at `held`. */
export function reached<P extends Standing>(
  partitions: readonly P[],
  of: (p: P) => bigint,
  { held, grows }: { readonly held: bigint; readonly grows: boolean },
): bigint {
  const found = least(partitions, of);
  if (found === WATERMARK_END && (grows || partitions.some((p) => p.isAway))) return held;
  return found < held ? held : found;
}

/** Whether no partition is left that may have rows now, and one may have them later: the table leaves the minimum of an operator. */
export const isIdle = (partitions: readonly (Standing & { readonly ended: boolean })[]): boolean =>
  partitions.some((p) => p.isAway && !p.ended) && partitions.every((p) => p.isAway || p.ended);
