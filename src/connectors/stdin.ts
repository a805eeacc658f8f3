/** `stdin`: lines of a pipe, as they come. It is live (its end is not known), and ends where the pipe ends. */
import type { OptionDef, Source, SourceConnector, SourceRequest } from "./connector.ts";
import { textFormatOptions } from "./formats/options.ts";
import { streamInput } from "./input/byte-input.ts";
import { recordMetadata } from "./input/metadata.ts";
import { TextTable } from "./input/text-table.ts";
import { checkOptions, engineSourceOptions } from "./options.ts";

const formats = ["json", "csv"] as const;

const options: readonly OptionDef[] = [
  { name: "format", type: "enum", values: formats, default: "json", doc: "The format of the lines." },
  ...textFormatOptions,
];

const BUFFER_BYTES = 1024 * 1024;

export const stdinSource: SourceConnector = {
  name: "stdin",
  doc: "Lines from standard input: NDJSON or CSV.",
  options,
  formats,
  metadata: recordMetadata,
  open(request: SourceRequest): Source {
    const all = [...options, ...engineSourceOptions];
    const values = checkOptions("connector 'stdin'", all, request.options, request.span);
    const kind = values.text("format") === "csv" ? "csv" : "json";
    const table = new TextTable(request, kind, values);
    return {
      bounded: false,
      partitions() {
        const input = streamInput("stdin", () => request.stdin);
        const reader = table.open({ name: "stdin", format: { kind }, input, bufferBytes: BUFFER_BYTES, live: true });
        return Promise.resolve([reader]);
      },
    };
  },
};
