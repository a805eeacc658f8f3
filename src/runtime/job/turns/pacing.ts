/** 'rate' and 'speed': replaying a source no faster than a number of rows a second, or than a multiple of event time. */
import { WATERMARK_END, WATERMARK_MIN } from "../../../base/batch.ts";

export type Pace =
  | { readonly kind: "none" }
  | { readonly kind: "rate"; readonly rowsPerSecond: number }
  | { readonly kind: "speed"; readonly factor: number };

/** How often a paced source is let go on, milliseconds. */
const TICK_MS = 50;

export class Pacer {
  readonly pace: Pace;
  private startMs: number | undefined;
  private startTime: bigint | undefined;
  private taken = 0;

  constructor(pace: Pace) {
    this.pace = pace;
  }

  /**
   * What may be taken now: rows, and up to which watermark (microseconds); or how long to wait.
   * `watermark` is the source's now.
   */
  allow(nowMs: number, watermark: bigint): { readonly rows: number; readonly until: bigint; readonly waitMs: number } {
    this.startMs ??= nowMs;
    const elapsedMs = nowMs - this.startMs;
    switch (this.pace.kind) {
      case "none":
        return { rows: Number.POSITIVE_INFINITY, until: WATERMARK_END, waitMs: 0 };
      case "rate": {
        const perTick = Math.max(1, Math.floor(this.pace.rowsPerSecond / (1000 / TICK_MS)));
        const due = Math.floor((elapsedMs / 1000) * this.pace.rowsPerSecond) + perTick;
        if (due <= this.taken) {
          const waitMs = ((this.taken + 1 - perTick) / this.pace.rowsPerSecond) * 1000 - elapsedMs;
          return { rows: 0, until: WATERMARK_END, waitMs: Math.max(1, Math.ceil(waitMs)) };
        }
        return { rows: Math.min(due - this.taken, perTick), until: WATERMARK_END, waitMs: 0 };
      }
      case "speed": {
        if (watermark === WATERMARK_MIN) return { rows: 1, until: WATERMARK_END, waitMs: 0 };
        this.startTime ??= watermark;
        const tick = BigInt(Math.max(1, Math.round(this.pace.factor * TICK_MS * 1000)));
        const due = this.startTime + BigInt(Math.floor(elapsedMs * this.pace.factor * 1000));
        if (watermark > due) {
          const waitMs = Number(watermark - due) / 1000 / this.pace.factor;
          return { rows: 0, until: WATERMARK_END, waitMs: Math.min(1000, Math.max(1, Math.ceil(waitMs))) };
        }
        const next = ((watermark - this.startTime) / tick + 1n) * tick + this.startTime;
        return { rows: Number.POSITIVE_INFINITY, until: next, waitMs: 0 };
      }
      default:
        return this.pace satisfies never;
    }
  }

  took(rows: number): void {
    this.taken += rows;
  }

  /** Rows of an epoch (T13); undefined where it is cut otherwise. */
  get epochRows(): number | undefined {
    return this.pace.kind === "rate" ? Math.max(1, Math.floor(this.pace.rowsPerSecond / 20)) : undefined;
  }
  /** Whether a run that ended by its watermark ends the epoch. */
  get epochByTime(): boolean {
    return this.pace.kind === "speed";
  }
}
