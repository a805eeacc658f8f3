/** The changes of a query as a program gets them: plain objects. */
import type { Change } from "../api.ts";
import { type ChangeByte, changeText } from "../base/batch.ts";
import { SqlError } from "../base/error.ts";
import type { Listeners } from "../runtime/outputs/listeners.ts";
import { toObject } from "../runtime/outputs/rows-to-js.ts";

/** Of what `listeners` found under `name`; throws UNKNOWN_TABLE, when the first one is asked for, where that is nothing. */
export async function* toldChanges(
  name: string,
  found: ReturnType<Listeners["subscribe"]>,
  { queries }: Listeners,
): AsyncGenerator<Change> {
  if (found === undefined) throw new SqlError("UNKNOWN_TABLE", undefined, { name, tables: queries });
  for await (const { epoch, change, row } of found.changes) {
    yield { epoch, op: changeText[change as ChangeByte], row: toObject(found.schema, row) }; // a byte of Change
  }
}
