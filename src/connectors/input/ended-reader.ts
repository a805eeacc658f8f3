/** A partition that has ended, where it ended; one that there is not has ended at its start. */
import type { PartitionReader, SourcePosition } from "../connector.ts";

export function endedReader(name: string, position: SourcePosition): PartitionReader {
  const next = { partition: name, position: position.position, line: position.line };
  return {
    name,
    read: () => 0,
    ended: true,
    batch: 0,
    rows: 0,
    broken: [],
    hasErrors: false,
    place: () => ({ ...next, record: new Uint8Array() }),
    next,
    positionOf: () => position,
    badValue: () => ({ code: "UNDECODABLE", field: undefined, reason: "" }),
    close: () => undefined,
  };
}

export const noRows: PartitionReader = endedReader("", { position: 0n, line: undefined, fingerprint: undefined });
