/** The sink of a table with a connector, for a query that INSERTs into it. */
import type { Storage } from "../../base/storage.ts";
import type { ReadFile, Sink, SinkRequest } from "../../connectors/connector.ts";
import { findSink } from "../../connectors/index.ts";
import type { QueryPlan, TablePlan } from "../../operators/physical.ts";
import type { EngineMemory } from "../../wasm/memory.ts";

export interface SinkEnvironment {
  readonly memory: EngineMemory;
  readonly stdout: NodeJS.WritableStream;
  readonly storage: Storage;
  readonly exact?: SinkRequest["exact"];
}

/** Refuses what can be refused before anything is opened; `reads`: the files that the job reads. */
export function checkTableSink(
  query: QueryPlan,
  table: TablePlan,
  writers: readonly QueryPlan[],
  reads: readonly ReadFile[],
  env: SinkEnvironment,
): void {
  if (table.connector === undefined) return;
  findSink(table.connector, table.span).check?.(requestOf(query, table, writers, env), reads);
}

/** The sink that all of `writers` share; undefined: a table without connector, which keeps its rows itself. */
export function openTableSink(
  query: QueryPlan,
  table: TablePlan,
  writers: readonly QueryPlan[],
  env: SinkEnvironment,
): Sink | undefined {
  if (table.connector === undefined) return undefined;
  return findSink(table.connector, table.span).open(requestOf(query, table, writers, env));
}

const requestOf = (
  query: QueryPlan,
  table: TablePlan,
  writers: readonly QueryPlan[],
  env: SinkEnvironment,
): SinkRequest => ({
  ...env,
  baseDirectory: table.folder,
  name: table.name,
  schema: query.root.schema,
  appendOnly: writers.every(({ root }) => root.mode === "append"),
  options: table.options,
  span: table.span,
});
