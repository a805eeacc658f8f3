/** WITH options: both spellings of a pair, checked against the connector's definitions where it is known. */
import { SqlError } from "../../base/error.ts";
import type { Span } from "../../base/value.ts";
import type { OptionDef, Options } from "../../connectors/connector.ts";
import { findSink, findSource, sinks, sources } from "../../connectors/index.ts";
import { checkOptions, engineSinkOptions, engineSourceOptions, engineTableOptions } from "../../connectors/options.ts";
import type { FormatEncode, SqlOption } from "../../sql/ast.ts";

export interface TableOptions {
  readonly connector: string | undefined;
  /** Without 'connector'. */
  readonly options: Options;
  readonly connectorSpan: Span;
}

/** Tables without a connector are the engine's own. */
const OWN_OPTIONS = new Set(["changelog", "on-error", "max-future-drift", "idle-timeout", "close-after-idle"]);

/** `on_error` and `on-error` are one option, and Flink's name of one is another. */
const optionKey = (written: string): string =>
  written
    .toLowerCase()
    .replaceAll("_", "-")
    .replace(/^source\.(?=monitor-)/, "");

export function givenOptions(given: readonly SqlOption[]): Map<string, { value: string; span: Span }> {
  const map = new Map<string, { value: string; span: Span }>();
  for (const o of given) {
    const key = optionKey(o.key);
    if (map.has(key)) throw new SqlError("DUPLICATE_OPTION", o.keySpan, { name: o.key });
    map.set(key, { value: o.value, span: o.span });
  }
  return map;
}

export function tableOptions(given: readonly SqlOption[], format: FormatEncode | undefined, span: Span): TableOptions {
  const map = givenOptions(given);
  if (format !== undefined) addFormat(format, map);
  const connector = map.get("connector");
  map.delete("connector");
  return { connector: connector?.value.toLowerCase(), options: map, connectorSpan: connector?.span ?? span };
}

/** RisingWave's FORMAT PLAIN ENCODE JSON. */
function addFormat(format: FormatEncode, map: Map<string, { value: string; span: Span }>): void {
  if (format.format.toUpperCase() !== "PLAIN") {
    throw new SqlError("NOT_SUPPORTED", format.span, {
      construct: `FORMAT ${format.format}`,
      advice: "write FORMAT PLAIN",
    });
  }
  if (map.has("format"))
    throw new SqlError("OPTION_CONFLICT", format.span, { name: "format", other: "FORMAT .. ENCODE" });
  map.set("format", { value: format.encode.toLowerCase(), span: format.span });
  for (const o of format.options) map.set(optionKey(o.key), { value: o.value, span: o.span });
}

const byName = (list: readonly { readonly name: string; readonly options: readonly OptionDef[] }[], name: string) =>
  list.find((c) => c.name === name);

/** Options that a table takes as source, as sink, or both. */
export function checkTableOptions(o: TableOptions, role: "table" | "source" | "sink", span: Span): void {
  const { connector, options } = o;
  const changelog = options.get("changelog");
  if (changelog !== undefined && changelog.value.toLowerCase() !== "append") {
    throw new SqlError("NOT_SUPPORTED", changelog.span, {
      construct: `'changelog' = '${changelog.value}'`,
      advice: undefined,
    });
  }
  const closes = options.get("close-after-idle");
  if (closes !== undefined) {
    const advice = "windows close when the watermark passes their end";
    throw new SqlError("NOT_SUPPORTED", closes.span, { construct: "option 'close-after-idle'", advice });
  }
  if (connector === undefined) {
    if (role === "sink")
      throw new SqlError("MISSING_OPTION", span, { owner: "a sink", name: "connector", example: "filesystem" });
    const given = [...options].find(([name]) => sources.some((s) => s.options.some((d) => d.name === name)));
    if (given !== undefined) {
      const owner = `a table with '${given[0]}'`;
      throw new SqlError("MISSING_OPTION", given[1].span, { owner, name: "connector", example: "filesystem" });
    }
    const defs = [...engineSourceOptions.filter((d) => OWN_OPTIONS.has(d.name)), ...engineTableOptions];
    checkOptions("a table without connector", defs, options, span);
    return;
  }
  if (role === "sink") findSink(connector, o.connectorSpan);
  else if (role === "source" || byName(sinks, connector) === undefined) findSource(connector, o.connectorSpan);
  const source = role === "sink" ? undefined : byName(sources, connector);
  const sink = role === "source" ? undefined : byName(sinks, connector);
  const asSource = source === undefined ? [] : [...engineSourceOptions, ...source.options];
  const names = new Set(asSource.map((d) => d.name));
  const asSink = sink === undefined ? [] : [...engineSinkOptions, ...sink.options].filter((d) => !names.has(d.name));
  const optional = source === undefined ? asSink : asSink.map((d) => ({ ...d, required: false }));
  checkOptions(`connector '${connector}'`, [...asSource, ...optional], options, span);
}
