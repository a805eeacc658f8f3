/** A folder of parts, as the options of its table describe it. */
import { isSqlError } from "../../../base/error.ts";
import type { Sink, SinkRequest } from "../../connector.ts";
import type { OptionValues } from "../../options.ts";
import { RowText } from "../row-text.ts";
import { formatOf, type Target, unwritable } from "../target.ts";
import { PartsFolder, type RollingPolicy } from "./folder.ts";
import { partitionPaths, partitionPrefix } from "./partition-path.ts";

/** Throws PATH_UNWRITABLE, and SINK_CHANGED where a part is not as it was left. */
export function openParts(request: SinkRequest, { values, given, path }: Target): Sink {
  const { storage, memory, schema, partitionedBy, appendOnly, exact } = request;
  const format = formatOf(path, values);
  try {
    return new PartsFolder({
      storage,
      root: path,
      given: given.replace(/\/+$/, ""),
      extension: format,
      text: new RowText(memory, schema, format, { change: !appendOnly }, partitionedBy),
      hasHeader: format === "csv",
      policy: policyOf(values),
      partition: partitionPaths(memory, schema, partitionedBy),
      prefixes: partitionedBy.flatMap((column) =>
        schema[column] === undefined ? [] : [partitionPrefix(schema[column])],
      ),
      overwrites: values.text("mode") === "overwrite",
      exact,
    });
  } catch (error) {
    throw isSqlError(error) ? error : unwritable(given, values, error);
  }
}

function policyOf(values: OptionValues): RollingPolicy {
  const micros = (name: string): bigint => BigInt(Math.round(1000 * (values.durationMs(name) ?? 0)));
  const openMax = values.integer("sink.open-parts-max") ?? 0;
  if (openMax === 0) throw values.invalid("sink.open-parts-max", "at least 1");
  return {
    bytes: values.bytes("sink.rolling-policy.file-size") ?? 0,
    ageMicros: micros("sink.rolling-policy.rollover-interval"),
    checkMicros: micros("sink.rolling-policy.check-interval"),
    openMax,
  };
}
