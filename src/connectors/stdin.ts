/** `stdin`: lines as they come, NDJSON or CSV. A live source: its end is not known before it comes. */
import type { OptionDef, Source, SourceConnector, SourcePosition, SourceRequest } from "./connector.ts";
import { textFormatOptions } from "./formats/options.ts";
import { streamInput } from "./input/byte-input.ts";
import { markOf, sourceChanged } from "./input/fingerprint.ts";
import { goOn } from "./input/going-on.ts";
import { recordMetadata } from "./input/metadata.ts";
import { AT_START, type Beginning } from "./input/reader-options.ts";
import { TextTable } from "./input/text-table.ts";
import { checkOptions, engineSourceOptions } from "./options.ts";

const formats = ["json", "csv"] as const;

const options: readonly OptionDef[] = [
  { name: "format", type: "enum", values: formats, default: "json", doc: "The format of the lines." },
  ...textFormatOptions,
];

const BUFFER_BYTES = 1024 * 1024;
const PARTITION = "stdin";

export const stdinSource: SourceConnector = {
  name: "stdin",
  doc: "Lines from standard input: NDJSON or CSV. After a restart, a first line that is a header again is no row.",
  delivery: {
    promise: "exactly-once",
    reason: "for rows that were read; those that were not are lost with the process",
  },
  options,
  isRepeatable: false,
  formats,
  metadata: recordMetadata,
  open(request: SourceRequest): Source {
    const all = [...options, ...engineSourceOptions];
    const values = checkOptions("connector 'stdin'", all, request.options, request.span);
    const kind = values.text("format") === "csv" ? "csv" : "json";
    const table = new TextTable(request, kind, values);
    return {
      bounded: false,
      partitions(from, logged) {
        const position = from?.get(PARTITION);
        const bytes = logged?.get(PARTITION) ?? new Uint8Array(0);
        const beginning = beginningAt(position, bytes);
        const { header = new Uint8Array(0) } = beginning;
        const isNew = beginning.position === 0 && bytes.length === 0;
        const goesOn = { header, logged: bytes, live: request.stdin };
        const headerEnd = table.headerAgain(kind, header.length > 0 ? header : bytes, () =>
          sourceChanged(request.table, request.span, "stdin", "has a header with other columns than before"),
        );
        const input = streamInput("stdin", () => (isNew ? request.stdin : goOn({ ...goesOn, headerEnd })));
        const how = { input, bufferBytes: BUFFER_BYTES, live: true, beginning, keepsBytes: logged !== undefined };
        return Promise.resolve([table.open({ name: PARTITION, format: { kind }, ...how })]);
      },
    };
  },
};

function beginningAt(from: SourcePosition | undefined, logged: Uint8Array): Beginning {
  if (from === undefined) return AT_START;
  const { header = "", inRecord = false } = markOf(from);
  const place = { position: Number(from.position), line: Number(from.line ?? 1n) };
  // The rest of a record that was broken is in the log, or gone with the old stream.
  return { kind: "here", ...place, inRecord: inRecord && logged.length > 0, header: Buffer.from(header, "utf8") };
}
