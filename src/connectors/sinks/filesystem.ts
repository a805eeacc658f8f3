/** `filesystem` as a sink: rows appended to a file as NDJSON or CSV; what an epoch wrote is in the file at its end. */
import { dirname } from "node:path";
import { SqlError } from "../../base/error.ts";
import type { Storage, StorageFile } from "../../base/storage.ts";
import type { Sink, SinkConnector, SinkRequest, UsedFile, UsedFiles } from "../connector.ts";
import type { OptionValues } from "../options.ts";
import type { ByteWriter } from "./byte-writer.ts";
import { ExactFile } from "./exact-file.ts";
import { openParts } from "./parts/open.ts";
import { RowText } from "./row-text.ts";
import { collide, isBelow, isSameFile } from "./same-file.ts";
import { formatOf, reasonOf, sinkFormats, sinkOptions, type Target, targetOf, unwritable } from "./target.ts";

const PIECE_BYTES = 1024 * 1024;
const NEW_LINE = 10;
const RETURN = 13;
const isLineEnd = (byte: number | undefined): boolean => byte === NEW_LINE || byte === RETURN;

export const filesystemSink: SinkConnector = {
  name: "filesystem",
  doc: "Writes rows to a file, or to a folder of parts; changes carry their kind as `$op`.",
  delivery: { promise: "exactly-once", reason: "as long as nobody else writes there; a pipe or device: best effort" },
  options: sinkOptions,
  formats: sinkFormats,
  isPartitioned: true,
  check(request: SinkRequest, { reads, writes }: UsedFiles): UsedFile {
    const { values, given, path, isFolder } = targetOf(request);
    formatOf(path, values);
    const { name: sink, storage, exact } = request;
    const written = { table: sink, path: isFolder ? `${path}/` : path };
    const read = reads.find((f) => (isFolder ? isBelow(storage, f.path, path) : isSameFile(storage, f.path, path)));
    if (read !== undefined) {
      throw new SqlError("SINK_IS_READ", values.spanOf("path"), { sink, path: given, source: read.table });
    }
    const other = writes.find((file) => collide(storage, [file.path, written.path], exact !== undefined));
    if (other !== undefined) {
      throw new SqlError("SINK_IS_SHARED", values.spanOf("path"), { sink, path: given, other: other.table });
    }
    return written;
  },
  open(request: SinkRequest): Sink {
    const target = targetOf(request);
    const { values, given, path } = target;
    const { storage } = request;
    if (target.isFolder) return openParts(request, target);
    const text = new RowText(request.memory, request.schema, formatOf(path, values), { change: !request.appendOnly });
    if (request.exact?.place !== undefined)
      return exactSink(ExactFile.reopen(storage, path, given), target, text, request.exact);
    const file = openFile(storage, path, given, values);
    const send = (): void => sending(given, text.out, (bytes) => file.append(bytes));
    try {
      if (formatOf(path, values) === "csv") text.header();
      if (request.exact !== undefined && isTornHead(storage, path, text.out.view())) file.truncate(0);
      if (file.size > 0) continueFile(storage, path, text.out, values);
      // At once: another query that writes to the same file must find it headed.
      send();
    } catch (error) {
      file.close();
      throw error instanceof SqlError ? error : unwritable(given, values, error);
    }
    // A pipe or a device keeps nothing that could be taken up.
    if (request.exact !== undefined && storage.stat(path)?.kind === "file") {
      file.close();
      const sink = exactSink(storage.open(path, "old"), target, text, request.exact);
      // Its name, too, is there when the log says what it holds.
      storage.syncFolder(dirname(path));
      return sink;
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
          file.close();
        }
        return Promise.resolve();
      },
    };
  },
};

/** Rows wait for the end of their epoch: what an epoch puts out is shown when it is durable. */
function exactSink(
  opened: StorageFile,
  { given }: Target,
  text: RowText,
  { place }: NonNullable<SinkRequest["exact"]>,
): Sink {
  const file = new ExactFile(opened, given, { place, waiting: () => text.out.length });
  return {
    ordered: true,
    exact: file,
    write: (batch) => text.rows(batch),
    flush: () => sending(given, text.out, (bytes) => file.flush(bytes)),
    close: () => {
      file.close();
      return Promise.resolve();
    },
  };
}

/** Writes what waits, which does not wait any more, whatever happens: what could not be written is not tried again. */
function sending(given: string, out: ByteWriter, write: (bytes: Uint8Array) => void): void {
  try {
    write(out.view());
  } catch (error) {
    if (error instanceof SqlError) throw error;
    // The statement was right, the disk is not: the error has no place in the SQL.
    throw new SqlError("PATH_UNWRITABLE", { path: given }, { path: given, reason: reasonOf(error) });
  } finally {
    out.length = 0;
  }
}

/** Whether a file holds no more than a piece of its head: the machine stopped before a job began. */
function isTornHead(storage: Storage, path: string, head: Uint8Array): boolean {
  const { kind, bytes = 0 } = storage.stat(path) ?? {};
  if (kind !== "file" || bytes === 0 || bytes > head.length) return false;
  const file = storage.open(path, "read");
  try {
    return file.read(0, bytes).every((byte, i) => byte === head[i] || byte === 0);
  } finally {
    file.close();
  }
}

/** Makes `head`, how such a file begins, what has to stand before the first row that is added to one that is not empty. */
function continueFile(storage: Storage, path: string, head: ByteWriter, values: OptionValues): void {
  const names = Buffer.from(head.view().subarray(0, -1));
  head.length = 0;
  const file = storage.open(path, "read");
  try {
    if (storage.stat(path)?.kind !== "file") return;
    const { size } = file;
    const found = file.read(0, names.length + 1);
    const isHeaded =
      names.equals(found.subarray(0, names.length)) && (size === names.length || isLineEnd(found.at(-1)));
    if (names.length > 0 && !isHeaded) {
      const details = { path: values.text("path") ?? path, columns: names.toString() };
      throw new SqlError("FILE_HEADER_DIFFERS", values.spanOf("path"), details);
    }
    if (file.read(size - 1, 1)[0] !== NEW_LINE) head.text("\n");
  } finally {
    file.close();
  }
}

/** Several queries may write to one file, each with a descriptor of its own. */
function openFile(storage: Storage, path: string, given: string, values: OptionValues): StorageFile {
  try {
    storage.makeFolder(dirname(path));
    return storage.open(path, values.text("mode") === "overwrite" ? "overwrite" : "append");
  } catch (error) {
    throw unwritable(given, values, error);
  }
}
