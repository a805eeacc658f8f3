/** The library's public surface. */

export type {
  Change,
  ExecuteOptions,
  ExecuteResult,
  ExplainedQuery,
  OpenOptions,
  QueryFailure,
  QueryRows,
  RunSummary,
  SqlText,
  TextTable,
} from "./api.ts";
export type { DiagnosticJson } from "./base/error.ts";
export { SqlError, SqlErrors } from "./base/error.ts";
export type { Engine } from "./engine.ts";
export { open } from "./engine.ts";
export type { JsValue } from "./expr/text.ts";
export type { Parameters } from "./plan/parameters.ts";
export type { EngineStats, QueryStats } from "./runtime/accounting/statistics.ts";
export type { SubscribeOptions } from "./runtime/outputs/listeners.ts";
export type { BytesColumn, ColumnData } from "./runtime/sources/given/column-values.ts";
export type { ColumnInput } from "./runtime/sources/given/columns-input.ts";
export type { JsRow } from "./runtime/sources/given/rows-from-js.ts";
