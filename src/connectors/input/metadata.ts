/** METADATA columns of readers of records: `file`, `line`, `offset`. */
import { firstLeaf } from "../../base/types.ts";
import type { SourceRequest } from "../connector.ts";
import type { BatchColumns } from "../formats/columns.ts";
import type { RowPlaces } from "./reader-options.ts";

export const recordMetadata = { file: "STRING NOT NULL", line: "BIGINT NOT NULL", offset: "BIGINT NOT NULL" } as const;

/** Fills the metadata columns that are needed; undefined where none is. */
export function metadataFiller(
  request: SourceRequest,
  columns: BatchColumns,
  file: string,
): ((reader: RowPlaces, rows: number) => void) | undefined {
  const { memory } = columns;
  const fillers: ((reader: RowPlaces, rows: number) => void)[] = [];
  request.metadata.forEach((key, column) => {
    const leaf = firstLeaf(request.schema, column);
    if (key === undefined || request.needed[leaf] !== true) return;
    const data = columns.data[leaf] ?? 0;
    if (key === "file") {
      const bytes = Buffer.from(file, "utf8");
      fillers.push((_, rows) => {
        const address = columns.allocateText(bytes.length);
        memory.u8.set(bytes, address);
        for (let row = 0; row < rows; row++) {
          memory.u32[data / 4 + row * 2] = address;
          memory.u32[data / 4 + row * 2 + 1] = bytes.length;
        }
      });
    } else if (key === "line") {
      fillers.push((reader, rows) => {
        reader.fillLines(data, rows);
      });
    } else {
      fillers.push((reader, rows) => {
        for (let row = 0; row < rows; row++) memory.i64[data / 8 + row] = reader.offsetOf(row);
      });
    }
  });
  if (fillers.length === 0) return undefined;
  return (reader, rows) => {
    for (const fill of fillers) fill(reader, rows);
  };
}
