/** The connectors: one line each. */
import { didYouMean, SqlError } from "../base/error.ts";
import type { Span } from "../base/value.ts";
import type { SinkConnector, SourceConnector } from "./connector.ts";
import { filesystemSource } from "./filesystem/source.ts";
import { nexmarkSource } from "./nexmark/source.ts";
import { blackholeSink } from "./sinks/blackhole.ts";
import { filesystemSink } from "./sinks/filesystem.ts";
import { printSink } from "./sinks/print.ts";
import { stdinSource } from "./stdin.ts";

export const sources: readonly SourceConnector[] = [filesystemSource, nexmarkSource, stdinSource];
export const sinks: readonly SinkConnector[] = [printSink, filesystemSink, blackholeSink];

const named = <C extends { readonly name: string }>(list: readonly C[], name: string): C | undefined =>
  list.find((connector) => connector.name === name.toLowerCase());

/** The source connector called `name`, or an error at `span`. */
export function findSource(name: string, span: Span): SourceConnector {
  const found = named(sources, name);
  if (found !== undefined) return found;
  if (named(sinks, name) !== undefined) throw new SqlError("NOT_A_SOURCE", span, { name });
  throw unknown(name, span, [...sources, ...sinks]);
}

/** The sink connector called `name`, or an error at `span`. */
export function findSink(name: string, span: Span): SinkConnector {
  const found = named(sinks, name);
  if (found !== undefined) return found;
  if (named(sources, name) !== undefined) throw new SqlError("NOT_A_SINK", span, { name });
  throw unknown(name, span, sinks);
}

function unknown(name: string, span: Span, list: readonly { readonly name: string }[]): SqlError {
  const connectors = [...new Set(list.map((connector) => connector.name))].sort();
  return new SqlError("UNKNOWN_CONNECTOR", span, { name, connectors }, didYouMean(name, connectors));
}
