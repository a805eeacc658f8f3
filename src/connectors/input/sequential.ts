/** Several partitions read as one, one after the other: 'files' = 'sequential'. */
import type { BrokenRecord, PartitionReader, SourcePlace, SourcePosition } from "../connector.ts";
import { markOf, markText } from "./fingerprint.ts";

/** `name`: of the first file of all; `names`: a hash of all their names; `readers`: from the file on that is read now. */
export function sequential(name: string, names: string, readers: readonly PartitionReader[]): PartitionReader {
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
    name,
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
    get next(): SourcePlace {
      return current.next;
    },
    positionOf(place): SourcePosition {
      const own = current.positionOf(place);
      return { ...own, fingerprint: markText({ ...markOf(own), file: current.name, names }) };
    },
    badValue: (row, leaf) => current.badValue(row, leaf),
    async close() {
      for (const reader of readers.slice(index)) await reader.close();
    },
  };
}
