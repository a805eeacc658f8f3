/** The sink of a table with a connector, for a query that INSERTs into it. */
import type { Storage } from "../../base/storage.ts";
import type { Sink, SinkRequest, UsedFile, UsedFiles } from "../../connectors/connector.ts";
import { findSink } from "../../connectors/index.ts";
import type { QueryPlan, TablePlan } from "../../operators/physical.ts";
import type { EngineMemory } from "../../wasm/memory.ts";

export interface SinkEnvironment {
  readonly memory: EngineMemory;
  readonly stdout: NodeJS.WritableStream;
  readonly storage: Storage;
  readonly exact?: SinkRequest["exact"];
}

/** Refuses what can be refused before anything is opened; gives the file that is written. */
export function checkTableSink(
  query: QueryPlan,
  table: TablePlan,
  writers: readonly QueryPlan[],
  used: UsedFiles,
  env: SinkEnvironment,
): UsedFile | undefined {
  if (table.connector === undefined) return undefined;
  return findSink(table.connector, table.span).check?.(requestOf(query, table, writers, env), used);
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
  partitionedBy: table.partitionedBy,
  span: table.span,
});
