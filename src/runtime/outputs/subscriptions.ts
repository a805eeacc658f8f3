/** Who listens to a query: a buffer of rows between the job and an async iterator. */
import { asError } from "../../base/error.ts";
import type { OutputRow } from "./outputs.ts";

/** Rows after which the read part of the buffer is given up. */
const CHUNK = 1024;

export interface SubscribedRow extends OutputRow {
  readonly epoch: number;
}

export class Subscription implements AsyncIterable<SubscribedRow> {
  private readonly rows: SubscribedRow[] = [];
  private wake: (() => void) | undefined;
  private ended = false;
  private error: Error | undefined;
  private readonly onClose: () => void;

  constructor(onClose: () => void) {
    this.onClose = onClose;
  }

  push(row: SubscribedRow): void {
    if (this.ended) return;
    this.rows.push(row);
    this.wake?.();
  }

  /** The query has ended, or failed with `error`: what is buffered still comes out first. */
  end(error?: unknown): void {
    this.ended = true;
    this.error = error === undefined ? undefined : asError(error);
    this.wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncIterator<SubscribedRow> {
    try {
      let at = 0;
      for (;;) {
        while (at < this.rows.length) {
          const row = this.rows[at++];
          if (row !== undefined) yield row;
          if (at === CHUNK) {
            this.rows.splice(0, at);
            at = 0;
          }
        }
        this.rows.length = 0;
        at = 0;
        if (this.ended) break;
        await new Promise<void>((resolve) => (this.wake = resolve));
      }
      if (this.error !== undefined) throw this.error;
    } finally {
      this.ended = true;
      this.onClose();
    }
  }
}
