/** Who listens to which query: rows come and go while it runs, and are only read where somebody listens. */
import type { Schema } from "../../base/types.ts";
import type { QueryPlan } from "../../operators/physical.ts";
import type { EngineMemory } from "../../wasm/memory.ts";
import type { Output } from "../pipeline.ts";
import { rowsOutput } from "./outputs.ts";
import { Subscription } from "./subscriptions.ts";

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

  /** The output that hands a query's rows on; `epoch`: the one that is being put out. */
  tap(query: QueryPlan, memory: EngineMemory, epoch: () => number): Output {
    const { schema } = query.root;
    const listeners = new Set<Subscription>();
    const audience: Audience = { schema, listeners, ended: undefined };
    this.byName.set(query.name, audience);
    this.byQuery.set(query, audience);
    return rowsOutput(memory, schema, {
      ordered: query.sink.kind === "view",
      isWanted: () => listeners.size > 0,
      onRow: (row) => {
        const at = epoch();
        for (const s of listeners) s.push({ ...row, epoch: at });
      },
    });
  }

  /** undefined: there is no such query. Of one that has ended there is nothing more to come. */
  subscribe(
    query: string,
    signal: AbortSignal | undefined,
  ): { readonly schema: Schema; readonly changes: Subscription } | undefined {
    const audience = this.byName.get(query);
    if (audience === undefined) return undefined;
    const { schema, listeners, ended } = audience;
    const stop = (): void => changes.end();
    const changes: Subscription = new Subscription(() => {
      listeners.delete(changes);
      signal?.removeEventListener("abort", stop);
    });
    signal?.addEventListener("abort", stop, { once: true });
    if (signal?.aborted === true) stop();
    else if (ended === undefined) listeners.add(changes);
    else changes.end(ended.error);
    return { schema, changes };
  }

  /** The query has ended, or failed with `error`. */
  end(query: QueryPlan, error?: unknown): void {
    const audience = this.byQuery.get(query);
    if (audience === undefined || audience.ended !== undefined) return;
    audience.ended = { error };
    for (const s of audience.listeners) s.end(error);
  }
}
