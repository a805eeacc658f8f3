/** The memory's own error as the one that a person sees: 53200, of the query that asked. */
import { SqlError } from "../base/error.ts";
import { MemoryLimitError } from "../wasm/memory.ts";

const MIB = 1024 * 1024;

export function withoutMemoryError(error: unknown): unknown {
  if (!(error instanceof MemoryLimitError)) return error;
  return new SqlError("MEMORY_EXHAUSTED", undefined, {
    owner: error.owner,
    limit: `${Math.floor(error.limitBytes / MIB)} MiB`,
  });
}
