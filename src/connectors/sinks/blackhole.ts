/** `blackhole`: takes rows, counts them, and keeps a digest of them as a multiset (row-digest.ts). */
import type { Sink, SinkConnector, SinkRequest } from "../connector.ts";
import { checkOptions, engineSinkOptions } from "../options.ts";
import { RowDigest } from "./row-digest.ts";

export interface BlackholeSink extends Sink {
  readonly rows: number;
  /** Order-free digest of all rows so far: 32 hexadecimal digits. */
  readonly digest: string;
}

export const blackholeSink: SinkConnector = {
  name: "blackhole",
  doc: "Drops rows, after counting and hashing them: for benchmarks.",
  delivery: { promise: "best effort", reason: "rows are counted in one process only" },
  options: [],
  open(request: SinkRequest): BlackholeSink {
    checkOptions("connector 'blackhole'", engineSinkOptions, request.options, request.span);
    const digest = new RowDigest(request.memory, request.schema);
    let rows = 0;
    return {
      ordered: false,
      get rows() {
        return rows;
      },
      get digest() {
        return digest.hex;
      },
      write(batch) {
        rows += batch.rows;
        digest.add(batch.batch, batch.rows);
      },
      flush: () => undefined,
      close: () => Promise.resolve(),
    };
  },
};
