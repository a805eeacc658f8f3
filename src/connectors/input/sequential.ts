/** Several partitions read as one, one after the other: 'files' = 'sequential'. */
import type { BrokenRecord, PartitionReader } from "../connector.ts";

export function sequential(readers: readonly PartitionReader[]): PartitionReader {
  const [first] = readers;
  if (first === undefined) throw new TypeError("there is nothing to read");
  let index = 0;
  let current = first;
  const closeCurrent = (): void => {
    void current.close();
  };
  const readFrom = (): number | Promise<number> => {
    // The batch of a reader that has ended was used up before this call.
    while (current.ended && index + 1 < readers.length) {
      closeCurrent();
      index += 1;
      current = readers[index] ?? first;
    }
    return current.read();
  };
  return {
    name: first.name,
    read: readFrom,
    get ended(): boolean {
      return index + 1 >= readers.length && current.ended;
    },
    get batch(): number {
      return current.batch;
    },
    get rows(): number {
      return current.rows;
    },
    get broken(): readonly BrokenRecord[] {
      return current.broken;
    },
    get hasErrors(): boolean {
      return current.hasErrors;
    },
    place: (row) => current.place(row),
    badValue: (row, leaf) => current.badValue(row, leaf),
    async close() {
      for (const reader of readers.slice(index)) await reader.close();
    },
  };
}
