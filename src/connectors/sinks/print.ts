/** `print`: rows onto standard output, as NDJSON or CSV. */
import { SqlError } from "../../base/error.ts";
import type { OptionDef, Sink, SinkConnector, SinkRequest } from "../connector.ts";
import { checkOptions, engineSinkOptions } from "../options.ts";
import { RowText } from "./row-text.ts";

const formats = ["json", "csv"] as const;

const options: readonly OptionDef[] = [
  { name: "format", type: "enum", values: formats, default: "json", doc: "How rows are written." },
];

/** Rows go out in pieces of about this size. */
const PIECE_BYTES = 65536;

/** What has become of the streams that were written to. */
const streams = new WeakMap<NodeJS.WritableStream, { failure: Error | undefined }>();

/** Without a listener an error of the stream, which may come at any time, would end the process and not the query. */
function watched(stream: NodeJS.WritableStream): { failure: Error | undefined } {
  const known = streams.get(stream);
  if (known !== undefined) return known;
  const state: { failure: Error | undefined } = { failure: undefined };
  streams.set(stream, state);
  stream.on("error", (error: Error) => {
    state.failure ??= error;
  });
  return state;
}

/** Until it takes more; an error, and its end, are told by the next write. */
const drained = (stdout: NodeJS.WritableStream): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      for (const event of ["drain", "error", "close"]) stdout.off(event, done);
      resolve();
    };
    for (const event of ["drain", "error", "close"]) stdout.on(event, done);
  });

export const printSink: SinkConnector = {
  name: "print",
  doc: "Writes rows to standard output; changes carry their kind as `$op`.",
  delivery: { promise: "best effort", reason: "the last rows before a kill may be missing, or printed" },
  options,
  formats,
  open(request: SinkRequest): Sink {
    const all = [...options, ...engineSinkOptions];
    const values = checkOptions("connector 'print'", all, request.options, request.span);
    const format = values.text("format") === "csv" ? "csv" : "json";
    const text = new RowText(request.memory, request.schema, format, { change: !request.appendOnly });
    const { stdout } = request;
    const state = watched(stdout);
    /** false: the stream wants no more before it has drained. */
    const send = (): boolean => {
      if ("destroyed" in stdout && stdout.destroyed === true) state.failure ??= new Error("it is closed");
      if (state.failure !== undefined) {
        const details = { target: "standard output", reason: state.failure.message };
        throw new SqlError("CONNECTION_FAILED", undefined, details);
      }
      return text.out.length === 0 || stdout.write(text.out.take());
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
      async flush() {
        if (!send()) await drained(stdout);
      },
      close() {
        send();
        return Promise.resolve();
      },
    };
  },
};
