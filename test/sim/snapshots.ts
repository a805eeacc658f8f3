/** Snapshots as bytes on a disk of the simulator: DuckDB writes to none but the machine's. */
import { hash } from "node:crypto";
import type { SnapshotFormat } from "../../src/engine/snapshots.ts";
import { decodeRecord, encodeRecord } from "../../src/state/log/record.ts";
import type { StagedTable, StagedVector } from "../../src/state/snapshot/staged.ts";
import type { SimDisk } from "./disk.ts";

const bytesOf = (view: Uint8Array | Uint32Array): Uint8Array =>
  new Uint8Array(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));

export function simSnapshots(disk: SimDisk): SnapshotFormat {
  return {
    write: (path, tables) => {
      const plain = tables.map(({ name, columns, chunks }) => ({
        name,
        columns,
        chunks: chunks.map(({ rows, vectors }) => ({
          rows,
          vectors: vectors.map(({ data, offsets, valid }) => ({
            data: bytesOf(data),
            offsets: offsets && bytesOf(offsets),
            valid: valid && bytesOf(valid),
          })),
        })),
      }));
      const bytes = encodeRecord(plain);
      const file = disk.open(path, "new");
      file.write(0, bytes);
      file.sync();
      return Promise.resolve({ sha256: hash("sha256", bytes), bytes: bytes.length });
    },
    read: (path, sha256) => {
      const file = disk.open(path, "read");
      const bytes = file.read(0, file.size);
      if (hash("sha256", bytes) !== sha256) throw new Error(`${path} is damaged`);
      const tables = decodeRecord(bytes) as StagedTable[]; // as it was written
      return Promise.resolve(
        tables.map((table) => ({
          ...table,
          chunks: table.chunks.map((chunk) => ({ ...chunk, vectors: chunk.vectors.map(vectorOf) })),
        })),
      );
    },
    close: () => Promise.resolve(),
  };
}

function vectorOf({ data, offsets, valid }: StagedVector): StagedVector {
  const own = bytesOf(data);
  const places = offsets === undefined ? undefined : new Uint32Array(bytesOf(offsets).buffer);
  return {
    data: own,
    ...(places !== undefined && { offsets: places }),
    ...(valid !== undefined && { valid: bytesOf(valid) }),
  };
}
