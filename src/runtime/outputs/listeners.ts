/** Who listens to which query: rows come and go while it runs, and are only read where somebody listens. */
import type { Schema } from "../../base/types.ts";
import type { QueryPlan } from "../../operators/physical.ts";
import type { EngineMemory } from "../../wasm/memory.ts";
import type { Output } from "../pipeline-events.ts";
import { type OutputRow, rowsOutput } from "./outputs.ts";
import { SUBSCRIBER_ROWS_MAX, Subscription } from "./subscriptions.ts";

export interface SubscribeOptions {
  readonly signal?: AbortSignal;
  /** Rows that the subscriber may be behind. Default: 65,536. */
  readonly bufferRows?: number;
  /**
   * What happens when it is that far behind. `wait` (default): while it is being read, the queries wait for it between
   * two epochs, so that it holds at most this and what one epoch puts out; then it must not wait for an insert itself.
   * `fail`, and always where nothing has read from it yet: it ends with 53400, the query goes on.
   */
  readonly whenFull?: "wait" | "fail";
}

/** Where a query's rows go to reach its subscribers. */
export interface Tap {
  readonly output: Output;
  publish(isAgain: boolean): void;
}

/** The subscribers of one query, and whether it still puts out. */
interface Audience {
  readonly schema: Schema;
  readonly listeners: Set<Subscription>;
  ended: { readonly error: unknown } | undefined;
}

export class Listeners {
  /** A query that was dropped and made anew is another query of that name: the last one has it. */
  private readonly byName = new Map<string, Audience>();
  private readonly byQuery = new Map<QueryPlan, Audience>();

  get queries(): readonly string[] {
    return [...this.byName.keys()];
  }

  /**
   * What hands a query's rows on; `epoch`: the one that is being put out. `isHeld`: not before `publish` says that the epoch
   * is durable; one that is gone through again has been told, and is not.
   */
  tap(
    query: QueryPlan,
    memory: EngineMemory,
    options: { readonly epoch: () => number; readonly isHeld: boolean },
  ): Tap {
    const { schema } = query.root;
    const listeners = new Set<Subscription>();
    const audience: Audience = { schema, listeners, ended: undefined };
    this.byName.set(query.name, audience);
    this.byQuery.set(query, audience);
    const tell = (row: OutputRow): void => {
      const epoch = options.epoch();
      for (const s of listeners) s.push({ ...row, epoch });
    };
    let held: OutputRow[] = [];
    const output = rowsOutput(memory, schema, {
      ordered: query.sink.kind === "view",
      isWanted: () => listeners.size > 0,
      onRow: options.isHeld ? (row) => held.push(row) : tell,
    });
    const publish = (isAgain: boolean): void => {
      if (!isAgain) held.forEach(tell);
      held = [];
    };
    return { output, publish };
  }

  /** undefined: there is no such query. Of one that has ended there is nothing more to come. */
  subscribe(
    query: string,
    options: SubscribeOptions = {},
  ): { readonly schema: Schema; readonly changes: Subscription } | undefined {
    const audience = this.byName.get(query);
    if (audience === undefined) return undefined;
    const { schema, listeners, ended } = audience;
    const { signal, bufferRows = SUBSCRIBER_ROWS_MAX, whenFull = "wait" } = options;
    const stop = (): void => changes.end();
    const changes: Subscription = new Subscription({
      query,
      rowsMax: Math.max(1, bufferRows),
      whenFull,
      onClose: () => {
        listeners.delete(changes);
        signal?.removeEventListener("abort", stop);
      },
    });
    signal?.addEventListener("abort", stop, { once: true });
    if (signal?.aborted === true) stop();
    else if (ended === undefined) listeners.add(changes);
    else changes.end(ended.error);
    return { schema, changes };
  }

  /** Resolves when a subscriber of one of `queries` that has fallen behind has caught up, or ended; undefined: none has. */
  whenRoom(queries: readonly QueryPlan[]): Promise<unknown> | undefined {
    for (const query of queries) {
      for (const s of this.byQuery.get(query)?.listeners ?? []) {
        const room = s.whenRoom();
        if (room !== undefined) return room;
      }
    }
    return undefined;
  }

  /** The query was dropped: who listens has heard all there is, and its name is free. */
  drop(query: QueryPlan): void {
    this.end(query);
    const audience = this.byQuery.get(query);
    this.byQuery.delete(query);
    if (this.byName.get(query.name) === audience) this.byName.delete(query.name);
  }

  /** The query has ended, or failed with `error`. */
  end(query: QueryPlan, error?: unknown): void {
    const audience = this.byQuery.get(query);
    if (audience === undefined || audience.ended !== undefined) return;
    audience.ended = { error };
    for (const s of audience.listeners) s.end(error);
  }
}
