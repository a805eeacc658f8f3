/** What the demo knows at a moment, from the changes of its three views: the latest week, the latest sessions. */

export interface SlidingRow {
  readonly name: string;
  readonly window_end: string;
  readonly events: bigint;
  readonly amount: number;
}

export interface SessionRow {
  readonly name: string;
  readonly window_start: string;
  readonly last_event: string;
  readonly events: bigint;
}

/** How many names a window shows, and how many sessions are kept. */
const TOP = 8;
const SESSIONS_KEPT = 6;

export class Board {
  windowEnd = "";
  top: readonly SlidingRow[] = [];
  sessions: readonly SessionRow[] = [];
  hours = 0;

  /** Returns the window that is complete now because a row of a later one has come; all rows of a window come together. */
  addSliding(row: SlidingRow): { readonly windowEnd: string; readonly top: readonly SlidingRow[] } | undefined {
    const isNext = row.window_end !== this.windowEnd;
    const complete = isNext && this.windowEnd !== "" ? { windowEnd: this.windowEnd, top: this.top } : undefined;
    if (isNext) {
      this.windowEnd = row.window_end;
      this.top = [];
    }
    this.top = [...this.top, row].sort((a, b) => b.amount - a.amount).slice(0, TOP);
    return complete;
  }

  addSession(row: SessionRow): void {
    this.sessions = [row, ...this.sessions].slice(0, SESSIONS_KEPT);
  }
}
