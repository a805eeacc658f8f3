/** `filesystem` as a sink: rows appended to a file as NDJSON or CSV; what an epoch wrote is in the file at its end. */
import { closeSync, constants, fstatSync, mkdirSync, openSync, writeSync } from "node:fs";
import { dirname, isAbsolute, resolve } from "node:path";
import { SqlError } from "../../base/error.ts";
import type { OptionDef, Sink, SinkConnector, SinkRequest } from "../connector.ts";
import { checkOptions, engineSinkOptions, type OptionValues } from "../options.ts";
import { type RowFormat, RowText } from "./row-text.ts";

const formats = ["json", "csv"] as const;

const options: readonly OptionDef[] = [
  { name: "path", type: "string", required: true, doc: "The file; relative to the SQL file. Its folder is made." },
  {
    name: "format",
    type: "enum",
    values: formats,
    doc: "The format of the file; by its extension where it is absent.",
  },
  {
    name: "mode",
    type: "enum",
    values: ["append", "overwrite"],
    default: "append",
    doc: "Whether rows go behind those that the file has, or replace them.",
  },
];

const PIECE_BYTES = 1024 * 1024;

/** Emptied, then appended to: several queries may write to one file, each with a descriptor of its own. */
const OVERWRITE = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_APPEND;

export const filesystemSink: SinkConnector = {
  name: "filesystem",
  doc: "Writes rows to a file; changes carry their kind as `$op`.",
  options,
  formats,
  open(request: SinkRequest): Sink {
    const all = [...options, ...engineSinkOptions];
    const values = checkOptions("connector 'filesystem'", all, request.options, request.span);
    const given = values.text("path") ?? "";
    const path = isAbsolute(given) ? given : resolve(request.baseDirectory, given);
    const format = formatOf(path, values);
    const fd = openFile(path, given, values);
    const text = new RowText(request.memory, request.schema, format, { change: !request.appendOnly });
    const write = (bytes: Uint8Array): void => {
      for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
    };
    const send = (): void => {
      try {
        write(text.out.view());
      } catch (error) {
        // The statement was right, the disk is not: the error has no place in the SQL.
        throw new SqlError("PATH_UNWRITABLE", { path: given }, { path: given, reason: reasonOf(error) });
      } finally {
        // What could not be written is not tried again when the sink is closed.
        text.out.length = 0;
      }
    };
    if (format === "csv" && fstatSync(fd).size === 0) {
      // At once: another query that writes to the same file must find it headed.
      text.header();
      send();
    }
    return {
      ordered: true,
      write(batch) {
        text.rows(batch);
        if (text.out.length >= PIECE_BYTES) send();
      },
      flush: send,
      close() {
        try {
          send();
        } finally {
          closeSync(fd);
        }
        return Promise.resolve();
      },
    };
  },
};

function formatOf(path: string, values: OptionValues): RowFormat {
  const given = values.text("format");
  if (given === "csv" || given === "json") return given;
  if (/\.(?:json|ndjson|jsonl)$/i.test(path)) return "json";
  if (/\.csv$/i.test(path)) return "csv";
  throw new SqlError("MISSING_OPTION", values.spanOf("path"), { owner: values.owner, name: "format", example: "json" });
}

function openFile(path: string, given: string, values: OptionValues): number {
  try {
    mkdirSync(dirname(path), { recursive: true });
    return openSync(path, values.text("mode") === "overwrite" ? OVERWRITE : "a");
  } catch (error) {
    throw unwritable(given, values, error);
  }
}

function unwritable(path: string, values: OptionValues, error: unknown): SqlError {
  return new SqlError("PATH_UNWRITABLE", values.spanOf("path"), { path, reason: reasonOf(error) });
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
