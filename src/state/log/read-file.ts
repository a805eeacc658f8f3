/** A file of a state directory, to be read only. */
import type { ReadableStorage } from "../../base/storage.ts";

/** Its bytes up to `end`; all of them where none is given. */
export function readFile(storage: ReadableStorage, path: string, end: number = Number.POSITIVE_INFINITY): Uint8Array {
  const file = storage.open(path, "read");
  try {
    return file.read(0, Math.min(file.size, end));
  } finally {
    file.close();
  }
}
