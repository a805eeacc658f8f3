/** The partition of a source that has none (an empty folder): it has ended. */
import type { PartitionReader } from "../../connectors/connector.ts";

export const noRows: PartitionReader = {
  name: "",
  read: () => 0,
  ended: true,
  batch: 0,
  rows: 0,
  broken: [],
  hasErrors: false,
  place: () => ({ partition: "", position: 0n, line: undefined, record: new Uint8Array() }),
  next: { partition: "", position: 0n, line: undefined },
  positionOf: () => ({ position: 0n, line: undefined, fingerprint: undefined }),
  badValue: () => ({ code: "UNDECODABLE", field: undefined, reason: "" }),
  close: () => undefined,
};
