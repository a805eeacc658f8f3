/**
 * Who listens to a query: a bounded buffer of rows between the job and an async iterator. Whoever reads it and is slow
 * makes the job wait between epochs; whoever does not, or asked for it, gets an error at the bound.
 */
import { asError, SqlError } from "../../base/error.ts";
import type { OutputRow } from "./outputs.ts";

/** Rows after which the read part of the buffer is given up. */
const CHUNK = 1024;

/** What a subscriber may be behind where it does not say. */
export const SUBSCRIBER_ROWS_MAX = 65_536;

export interface SubscribedRow extends OutputRow {
  readonly epoch: number;
}

export interface SubscriptionOptions {
  readonly query: string;
  readonly rowsMax: number;
  readonly whenFull: "wait" | "fail";
  readonly onClose: () => void;
}

export class Subscription implements AsyncIterable<SubscribedRow> {
  private readonly options: SubscriptionOptions;
  private readonly rows: SubscribedRow[] = [];
  /** Next row of the buffer to be read. */
  private at = 0;
  private wake: (() => void) | undefined;
  private room: PromiseWithResolvers<unknown> | undefined;
  private isRead = false;
  private ended = false;
  private error: Error | undefined;

  constructor(options: SubscriptionOptions) {
    this.options = options;
  }

  push(row: SubscribedRow): void {
    if (this.ended) return;
    const { query, rowsMax, whenFull } = this.options;
    if (this.behind >= rowsMax && (whenFull === "fail" || !this.isRead)) {
      this.end(new SqlError("SUBSCRIBER_BEHIND", undefined, { name: query, limit: rowsMax }));
      this.options.onClose();
      return;
    }
    this.rows.push(row);
    this.wake?.();
  }

  private get behind(): number {
    return this.rows.length - this.at;
  }

  /** Resolves when the buffer has room again; undefined: there is nothing to wait for. */
  whenRoom(): Promise<unknown> | undefined {
    if (this.ended || !this.isRead || this.behind < this.options.rowsMax) return undefined;
    this.room ??= Promise.withResolvers<unknown>();
    return this.room.promise;
  }

  /** The query has ended, or failed with `error`: what is buffered still comes out first. */
  end(error?: unknown): void {
    if (this.ended) return;
    this.ended = true;
    this.error = error === undefined ? undefined : asError(error);
    this.wake?.();
    this.makeRoom();
  }

  private makeRoom(): void {
    this.room?.resolve(undefined);
    this.room = undefined;
  }

  async *[Symbol.asyncIterator](): AsyncIterator<SubscribedRow> {
    this.isRead = true;
    try {
      for (;;) {
        while (this.at < this.rows.length) {
          const row = this.rows[this.at++];
          if (row !== undefined) yield row;
          if (this.at >= CHUNK) {
            this.rows.splice(0, this.at);
            this.at = 0;
          }
          if (this.behind < this.options.rowsMax) this.makeRoom();
        }
        this.rows.length = 0;
        this.at = 0;
        if (this.ended) break;
        await new Promise<void>((resolve) => (this.wake = resolve));
      }
      if (this.error !== undefined) throw this.error;
    } finally {
      this.ended = true;
      this.makeRoom();
      this.options.onClose();
    }
  }
}
