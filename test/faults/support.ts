/** One program over a disk of the simulator, whose clock, disk and calls a test has in its hands. */
import type { SystemClock } from "../../src/connectors/clock.ts";
import { Engine } from "../../src/engine.ts";
import { SimDisk } from "../sim/disk.ts";
import { MEMORY_BYTES } from "../sim/histories/told.ts";
import { simState } from "../sim/state.ts";

export const T = `CREATE TABLE t (id BIGINT, k STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '2' SECOND)
  WITH ('connector' = 'filesystem', 'path' = '/in/*');`;

export interface LifeOptions {
  readonly sql: string;
  readonly epochRows?: number;
  readonly snapshotIntervalMs?: number;
  readonly segmentBytesMax?: number;
  readonly clock?: SystemClock;
  readonly notices?: string[];
}

/** A disk with these files, and folders for what is written. */
export function diskWith(files: Readonly<Record<string, string | Uint8Array>>): SimDisk {
  const disk = new SimDisk();
  for (const folder of ["/in", "/out", "/state"]) disk.makeFolder(folder);
  for (const [path, content] of Object.entries(files)) {
    const file = disk.open(path, "new");
    file.write(0, typeof content === "string" ? Buffer.from(content) : content);
    file.sync();
  }
  disk.syncFolder("/in");
  return disk;
}

export const textOf = (disk: SimDisk, path: string): string => {
  const file = disk.open(path, "read");
  return Buffer.from(file.read(0, file.size)).toString();
};

/** Opens an engine with state, and begins the program. */
export async function begin(disk: SimDisk, options: LifeOptions): Promise<Engine> {
  const { sql, epochRows = 4, snapshotIntervalMs = 0, segmentBytesMax = 4000, clock, notices = [] } = options;
  const state = await simState(disk, {
    segmentBytesMax,
    snapshotIntervalMs,
    say: (text) => notices.push(text),
  });
  const db = new Engine(
    {
      storage: disk,
      baseDirectory: "/",
      settings: { "epoch-rows": String(epochRows) },
      memoryLimitBytes: MEMORY_BYTES,
      hashSeed: 1n,
      ...(clock !== undefined && { clock }),
    },
    state,
  );
  try {
    await db.execute(sql, { isProgram: true });
    return db;
  } catch (error) {
    await db.close().catch(() => undefined);
    throw error;
  }
}

/** A life to its end. Rejects with what ended it early. */
export async function live(disk: SimDisk, options: LifeOptions): Promise<void> {
  const db = await begin(disk, options);
  try {
    db.endInput();
    await db.finished();
  } finally {
    await db.close().catch(() => undefined);
  }
}
