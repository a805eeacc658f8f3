/** docs/connectors.md, made from the definitions: `node src/connectors/docs.ts > docs/connectors.md`. */
import type { OptionDef } from "./connector.ts";
import { sinks, sources } from "./index.ts";
import { engineSourceOptions, engineTableOptions } from "./options.ts";

const cell = (text: string): string => text.replaceAll("|", "\\|");

function optionTable(options: readonly OptionDef[]): string {
  const type = (def: OptionDef): string => (def.type === "enum" ? (def.values ?? []).join(", ") : def.type);
  const given = (def: OptionDef): string => (def.required === true ? "required" : (def.default ?? ""));
  const rows = options.map(
    (def) => `| \`${def.name}\` | ${cell(type(def))} | ${cell(given(def))} | ${cell(def.doc)} |`,
  );
  return ["| option | value | default | |", "|---|---|---|---|", ...rows].join("\n");
}

/** The page as Markdown. */
export function connectorsPage(): string {
  const parts = [
    "# Connectors",
    "Made from the definitions in `src/connectors` by `node src/connectors/docs.ts`.",
    "A table reads or writes through the connector that its `WITH` clause names. Options are written `'name' = 'value'` or `name = value`; dashes and underscores are the same.",
    "## Sources",
  ];
  for (const source of sources) {
    parts.push(`### ${source.name}`, source.doc);
    if (source.options.length > 0) parts.push(optionTable(source.options));
    const metadata = Object.entries(source.metadata);
    if (metadata.length === 0) continue;
    const list = metadata.map(([key, type]) => `\`${key}\` (${type})`).join(", ");
    parts.push(`Columns declared \`METADATA FROM '..'\`: ${list}.`);
  }
  parts.push("### Of every source", optionTable(engineSourceOptions.filter((def) => def.name !== "connector")));
  parts.push("### Of a table without connector", optionTable(engineTableOptions));
  parts.push("## Sinks");
  for (const sink of sinks) {
    parts.push(`### ${sink.name}`, sink.doc);
    if (sink.options.length > 0) parts.push(optionTable(sink.options));
  }
  return `${parts.join("\n\n")}\n`;
}

if (import.meta.main) process.stdout.write(connectorsPage());
