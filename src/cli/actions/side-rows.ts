/** `--errors FILE`: bad, failed and late rows as NDJSON, as they happen; the table that has them comes first. */
import { createWriteStream, openSync } from "node:fs";
import { finished } from "node:stream/promises";
import { asError, SqlError } from "../../base/error.ts";
import type { JsValue } from "../../expr/text.ts";
import { jsonText } from "../output/json.ts";

export interface SideRows extends AsyncDisposable {
  write(table: string, row: Readonly<Record<string, JsValue>>): void;
}

/**
 * Throws SqlError (58030) where the file cannot be written: before anything has run. `goesOn`: rows come behind those of
 * earlier processes.
 */
export function sideRowsInto(path: string, goesOn: boolean): SideRows {
  const file = createWriteStream(path, { fd: opened(path, goesOn) });
  let failure: Error | undefined;
  file.on("error", (error) => {
    failure = error;
  });
  return {
    write(table, row): void {
      if (failure === undefined) file.write(`${jsonText({ table, ...row })}\n`);
    },
    async [Symbol.asyncDispose](): Promise<void> {
      file.end();
      await finished(file).catch((error: unknown) => {
        failure ??= asError(error);
      });
      if (failure !== undefined) throw unwritable(path, failure);
    },
  };
}

function opened(path: string, goesOn: boolean): number {
  try {
    return openSync(path, goesOn ? "a" : "w");
  } catch (error) {
    throw unwritable(path, asError(error));
  }
}

const unwritable = (path: string, { message }: Error): SqlError =>
  new SqlError("PATH_UNWRITABLE", { path }, { path, reason: message });
