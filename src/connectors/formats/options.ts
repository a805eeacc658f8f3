/** Options of the text formats, as sources that take them share them. */
import { SqlError } from "../../base/error.ts";
import { typeText } from "../../base/types.ts";
import type { OptionDef, SourceRequest } from "../connector.ts";
import type { OptionValues } from "../options.ts";
import type { CsvDialect } from "./csv/decode.ts";
import { type EpochUnit, epochUnits } from "./time-text.ts";
import { type FieldNames, fieldTree } from "./tree.ts";
import { isDecodable } from "./values.ts";

export const textFormatOptions: readonly OptionDef[] = [
  { name: "csv.delimiter", type: "string", default: ",", doc: "One character between fields; \\t is a tab." },
  { name: "csv.quote", type: "string", default: '"', doc: "The character that encloses fields." },
  { name: "csv.header", type: "boolean", default: "true", doc: "Whether the first record names the columns." },
  { name: "csv.null-literal", type: "string", doc: "Text of unquoted fields that are NULL, beside the empty one." },
  {
    name: "timestamp-format",
    type: "enum",
    values: ["iso", ...epochUnits],
    default: "iso",
    doc: "What whole numbers in timestamp columns count: s, ms, us or ns since the epoch; iso reads them as milliseconds.",
  },
];

export function timestampUnit(options: OptionValues): EpochUnit {
  const unit = options.text("timestamp-format");
  return epochUnits.find((known) => known === unit) ?? "ms";
}

export function csvDialect(options: OptionValues): CsvDialect {
  const byte = (name: string): number => {
    const text = options.text(name) === "\\t" ? "\t" : (options.text(name) ?? "");
    const code = text.charCodeAt(0);
    if (text.length !== 1 || code >= 0x80 || code === 0x0a || code === 0x0d)
      throw options.invalid(name, "one ASCII character");
    return code;
  };
  const delimiter = byte("csv.delimiter");
  const quote = byte("csv.quote");
  if (delimiter === quote) throw options.invalid("csv.quote", "another character than the delimiter");
  return { delimiter, quote, nullText: options.text("csv.null-literal") };
}

/** The columns that come from records, as a tree; refuses types that `format` cannot hold. */
export function recordFields(request: SourceRequest, format: string): FieldNames {
  for (const leaf of request.leaves) {
    const isNested = format === "csv" && leaf.type.kind === "ROW";
    if (isDecodable(leaf.type) && !isNested) continue;
    const construct = `column "${leaf.path.join(".")}" of type ${typeText(leaf.type)} in format '${format}'`;
    throw new SqlError("NOT_SUPPORTED", request.span, { construct, advice: "declare it as STRING" });
  }
  return fieldTree(request.schema, request.needed, (column) => request.metadata[column] !== undefined);
}
