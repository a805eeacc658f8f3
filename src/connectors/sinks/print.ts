/** `print`: rows onto standard output, as NDJSON or CSV. */
import type { OptionDef, Sink, SinkConnector, SinkRequest } from "../connector.ts";
import { checkOptions, engineSinkOptions } from "../options.ts";
import { RowText } from "./row-text.ts";

const formats = ["json", "csv"] as const;

const options: readonly OptionDef[] = [
  { name: "format", type: "enum", values: formats, default: "json", doc: "How rows are written." },
];

/** Rows go out in pieces of about this size. */
const PIECE_BYTES = 65536;

export const printSink: SinkConnector = {
  name: "print",
  doc: "Writes rows to standard output; changes carry their kind as `$op`.",
  options,
  formats,
  open(request: SinkRequest): Sink {
    const all = [...options, ...engineSinkOptions];
    const values = checkOptions("connector 'print'", all, request.options, request.span);
    const format = values.text("format") === "csv" ? "csv" : "json";
    const text = new RowText(request.memory, request.schema, format, { change: !request.appendOnly });
    const send = (): void => {
      if (text.out.length > 0) request.stdout.write(text.out.take());
    };
    let isFirst = true;
    return {
      ordered: true,
      write(batch) {
        if (isFirst && format === "csv") text.header();
        isFirst = false;
        text.rows(batch);
        if (text.out.length >= PIECE_BYTES) send();
      },
      flush: send,
      close() {
        send();
        return Promise.resolve();
      },
    };
  },
};
