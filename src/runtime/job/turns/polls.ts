/** When live partitions that had nothing are asked again, and sources for new ones: by the clock, never in a loop. */
import type { InputSource } from "../../sources/input-source.ts";
import type { Partition } from "../../sources/table-input.ts";

/** A partition that has nothing is asked more and more seldom. */
const PAUSE_MS_MIN = 10;
const PAUSE_MS_MAX = 250;

interface Pause {
  /** Of the first of the answers that were empty, since it had something. */
  readonly sinceMs: number;
  readonly untilMs: number;
  readonly ms: number;
}

export class Polls {
  private readonly clock: { nowMs(): number };
  private readonly pauses = new Map<Partition, Pause>();
  private readonly looks = new Map<InputSource, number>();

  constructor(clock: { nowMs(): number }) {
    this.clock = clock;
  }

  /** How long until the partition is asked again; 0: now. */
  waitMs(partition: Partition): number {
    const pause = this.pauses.get(partition);
    return pause === undefined ? 0 : Math.max(0, pause.untilMs - this.clock.nowMs());
  }

  /** It was asked, and had nothing: how long it is left alone. All that wait as long are asked at once. */
  hadNothing(partition: Partition): number {
    const nowMs = this.clock.nowMs();
    const before = this.pauses.get(partition) ?? { ms: PAUSE_MS_MIN / 2, sinceMs: nowMs };
    const ms = Math.min(PAUSE_MS_MAX, 2 * before.ms);
    const untilMs = (Math.floor(nowMs / ms) + 1) * ms;
    this.pauses.set(partition, { sinceMs: before.sinceMs, untilMs, ms });
    return untilMs - nowMs;
  }

  /** Whether it has just become idle: all that it answered for so long was that it has nothing (T6). */
  isIdle(partition: Partition): boolean {
    const { live, watermark } = partition.input.table;
    const { sinceMs } = this.pauses.get(partition) ?? {};
    if (partition.isAway || live === undefined || watermark === undefined || sinceMs === undefined) return false;
    return this.clock.nowMs() - sinceMs >= live.idleTimeoutMs;
  }

  /** It had something, or has ended. */
  forget(partition: Partition): void {
    this.pauses.delete(partition);
  }

  /** How long until the source is asked for new partitions; 0: now. */
  lookMs(source: InputSource): number {
    return Math.max(0, (this.looks.get(source) ?? 0) - this.clock.nowMs());
  }

  looked(source: InputSource): void {
    this.looks.set(source, this.clock.nowMs() + (source.growth?.intervalMs ?? 0));
  }

  /** A partition of it has ended: another may be there in its place. */
  lookSoon(source: InputSource): void {
    if (source.growth?.hasSuccessors === true) this.looks.delete(source);
  }
}
