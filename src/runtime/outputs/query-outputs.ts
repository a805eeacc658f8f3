/** Where queries of an engine put out by what they are: printers, tables with a connector, and the rows that the engine keeps. */

import { SqlError } from "../../base/error.ts";
import type { Storage } from "../../base/storage.ts";
import type { Schema } from "../../base/types.ts";
import type { Value } from "../../base/value.ts";
import type { Sink, SinkRequest, UsedFile, UsedFiles } from "../../connectors/connector.ts";
import type { QueryPlan } from "../../operators/physical.ts";
import type { EngineMemory } from "../../wasm/memory.ts";
import { ResultStore } from "./result-store.ts";
import { checkTableSink, openTableSink } from "./table-sink.ts";
import { foldingSink, storeSink } from "./view-sinks.ts";

/** A bare SELECT that wants to be printed. */
export interface PrintTarget {
  readonly query: string;
  /** 1-based, in the order of the file. */
  readonly ordinal: number;
  readonly schema: Schema;
  readonly appendOnly: boolean;
}

export interface OutputOptions {
  readonly memory: EngineMemory;
  readonly stdout: NodeJS.WritableStream;
  readonly storage: Storage;
  /** undefined: rows of a bare SELECT are kept. */
  readonly print: ((target: PrintTarget) => Sink) | undefined;
  readonly isFinal: boolean;
  /** Most rows that are kept of a bare SELECT, and of a view or a folded result. */
  readonly resultRowsMax: number;
  readonly viewRowsMax: number;
}

export class QueryOutputs {
  private readonly options: OutputOptions;
  private readonly stores = new Map<string, ResultStore>();

  constructor(options: OutputOptions) {
    this.options = options;
  }

  /** Refuses a query whose table cannot be written, before any is; gives the file that it writes. */
  check(
    query: QueryPlan,
    writers: readonly QueryPlan[],
    used: UsedFiles,
    exact: SinkRequest["exact"],
  ): UsedFile | undefined {
    const { memory, stdout, storage } = this.options;
    if (query.sink.kind !== "table") return undefined;
    return checkTableSink(query, query.sink.table, writers, used, { memory, stdout, storage, exact });
  }

  /** `writers`: the queries that share the sink, `query` among them. undefined: the rows go into a table without connector. */
  open(
    query: QueryPlan,
    writers: readonly QueryPlan[],
    exact: SinkRequest["exact"],
  ): { readonly sink: Sink; readonly group: string } | undefined {
    const { memory, stdout, storage, print } = this.options;
    const { sink } = query;
    switch (sink.kind) {
      case "print": {
        if (print === undefined) return { sink: storeSink(memory, this.storeOf(query, "newest")), group: query.name };
        const { schema, mode } = query.root;
        const printed = print({ query: query.name, ordinal: sink.ordinal, schema, appendOnly: mode === "append" });
        const isFolded = this.options.isFinal;
        return { sink: isFolded ? foldingSink(memory, this.storeOf(query, "all"), printed) : printed, group: "print" };
      }
      case "view":
        return { sink: storeSink(memory, this.storeOf(query, "all")), group: query.name };
      case "table": {
        const opened = openTableSink(query, sink.table, writers, { memory, stdout, storage, exact });
        return opened && { sink: opened, group: sink.table.name };
      }
      default:
        return sink satisfies never;
    }
  }

  /** A store that no name leads to: the answer of one query. */
  answer(query: QueryPlan): ResultStore {
    return this.newStore(query, "all", this.options.resultRowsMax);
  }

  private storeOf(query: QueryPlan, keeps: "all" | "newest"): ResultStore {
    const { resultRowsMax, viewRowsMax } = this.options;
    const store = this.newStore(query, keeps, keeps === "all" ? viewRowsMax : resultRowsMax);
    this.stores.set(query.name, store);
    return store;
  }

  private newStore(query: QueryPlan, keeps: "all" | "newest", rowsMax: number): ResultStore {
    const { schema, mode } = query.root;
    const retention = query.sink.kind === "view" ? query.sink.retention : undefined;
    const appendOnly = mode === "append";
    return new ResultStore(schema, { name: query.name, key: query.key, appendOnly, keeps, rowsMax, retention });
  }

  get names(): readonly string[] {
    return [...this.stores.keys()];
  }

  get(query: string): ResultStore | undefined {
    return this.stores.get(query);
  }

  /** Throws UNKNOWN_TABLE where no query of that name keeps its rows. */
  named(name: string): ResultStore {
    const store = this.stores.get(name);
    if (store === undefined) throw new SqlError("UNKNOWN_TABLE", undefined, { name, tables: this.names });
    return store;
  }

  /** Rows of a view that its retention does not cover any more go. */
  expire({ name }: QueryPlan, watermark: bigint): void {
    this.stores.get(name)?.expire(watermark);
  }

  rows(query: string): readonly (readonly Value[])[] {
    return this.stores.get(query)?.current() ?? [];
  }

  /** The query that has `store` is gone; another one of its name may have come. */
  drop(query: string, store: ResultStore | undefined): void {
    if (this.stores.get(query) === store) this.stores.delete(query);
  }
}
