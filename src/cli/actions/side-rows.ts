/** `--errors FILE`: bad, failed and late rows as NDJSON, as they happen; the table that has them comes first. */
import { createWriteStream } from "node:fs";
import { finished } from "node:stream/promises";
import { SqlError } from "../../base/error.ts";
import type { JsValue } from "../../expr/text.ts";
import { jsonText } from "../output/json.ts";

export interface SideRows extends AsyncDisposable {
  write(table: string, row: Readonly<Record<string, JsValue>>): void;
}

export function sideRowsInto(path: string): SideRows {
  const file = createWriteStream(path);
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
        failure ??= error instanceof Error ? error : new Error(String(error));
      });
      if (failure !== undefined) throw new SqlError("PATH_UNWRITABLE", { path }, { path, reason: failure.message });
    },
  };
}
